/* service.h - what the service manager is told: ready, alive, ending, and one line of state.
 *
 * Each call does nothing where no service manager started the program. */
#ifndef TOCSIN_NODE_SERVICE_H
#define TOCSIN_NODE_SERVICE_H

#include <stdint.h>

void service_ready(const char *state);
void service_state(const char *state);
void service_stopping(void);
/* How often service_alive is wanted, in ns: half the watchdog's time; 0: no watchdog. */
int64_t service_watchdog_ns(void);
void service_alive(void);

#endif
