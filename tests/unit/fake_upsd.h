/* fake_upsd.h - an upsd of a few lines on a loopback port: it knows the one question about the supply "rack". */
#ifndef TOCSIN_TESTS_FAKE_UPSD_H
#define TOCSIN_TESTS_FAKE_UPSD_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct upsd {
    pthread_t thread;
    int listening, port;
    const char *_Atomic answer; /* NULL: hangs up; "": says nothing */
    _Atomic bool stop;
    _Atomic int connections, talking; /* talking: its connection's descriptor; -1 */
};

static inline void upsd_serve(struct upsd *u, int fd)
{
    char line[256];

    while (!u->stop) {
        ssize_t n = recv(fd, line, sizeof line - 1, 0);
        const char *answer = u->answer;

        if (n <= 0 || !answer)
            return;
        line[n] = '\0';
        if (strcmp(line, "GET VAR rack ups.status\n") != 0)
            answer = "ERR UNKNOWN-COMMAND\n";
        if (*answer && send(fd, answer, strlen(answer), MSG_NOSIGNAL) < 0)
            return;
    }
}

static inline void *upsd_run(void *arg)
{
    struct upsd *u = arg;
    struct timeval patience = {.tv_sec = 20};

    while (!u->stop) {
        int fd = accept(u->listening, NULL, NULL);
        if (fd < 0)
            break;
        u->connections++;
        u->talking = fd;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        upsd_serve(u, fd);
        u->talking = -1;
        close(fd);
    }
    return NULL;
}

static inline void upsd_start(struct upsd *u, const char *answer)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;

    memset(u, 0, sizeof *u);
    u->answer = answer;
    u->talking = -1;
    u->listening = socket(AF_INET, SOCK_STREAM, 0);
    if (u->listening < 0 || bind(u->listening, (struct sockaddr *)&at, sizeof at) ||
        listen(u->listening, 4) || getsockname(u->listening, (struct sockaddr *)&at, &size))
        abort();
    u->port = ntohs(at.sin_port);
    if (pthread_create(&u->thread, NULL, upsd_run, u))
        abort();
}

static inline void upsd_stop(struct upsd *u)
{
    u->stop = true;
    shutdown(u->listening, SHUT_RDWR);
    if (u->talking >= 0)
        shutdown(u->talking, SHUT_RDWR);
    pthread_join(u->thread, NULL);
    close(u->listening);
}

#endif
