/* signals.h - SIGTERM, SIGINT and SIGHUP as something to wait for, where outputs must be left in order. */
#ifndef TOCSIN_NODE_SIGNALS_H
#define TOCSIN_NODE_SIGNALS_H

/* Before any thread is started: signals come as readable bytes to the descriptor that is returned, and interrupt
 * no thread; SIGPIPE is ignored. -1 and errno: refused. The caller closes it. */
int signals_open(void);
/* Waits for at most timeout_ms. The name of the signal that says to end; NULL: none has come. A terminal that goes
 * away says so too. */
const char *signals_ending(int fd, int timeout_ms);

#endif
