/* Lines to a reader who is slow, stopped or gone: rows and claims about what he gets, and that nobody waits. */
#include "node/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { LINE = 500 };

struct reader {
    struct outlet o;
    int from, to;
    unsigned put, got; /* lines */
    char text[4 * OUTLET_ROOM];
    size_t n;
};

static struct reader *reader_new(bool is_socket)
{
    struct reader *r = calloc(1, sizeof *r);
    struct error err = {""};
    int fd[2];

    assert_non_null(r);
    assert_int_equal(is_socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, fd) : pipe(fd), 0);
    r->from = fd[0];
    r->to = fd[1];
    fcntl(r->from, F_SETFL, O_NONBLOCK); /* ours; the writing end waits, as whoever starts us gives it */
    assert_int_equal(outlet_open(&r->o, &sys_real, r->to, &err), 0);
    return r;
}

static void reader_free(struct reader *r)
{
    outlet_close(&r->o, 0);
    close(r->from);
    close(r->to);
    free(r);
}

static bool put(struct reader *r)
{
    char line[LINE + 1];

    snprintf(line, sizeof line, "%08u%*s\n", r->put, LINE - 9, ".");
    r->put++;
    return outlet_line(&r->o, line, LINE);
}

/* What has come so far; every line of it is whole, and of those that were taken none is missing or twice. */
static void read_all(struct reader *r)
{
    ssize_t n;

    do {
        outlet_flush(&r->o);
        n = read(r->from, r->text + r->n, sizeof r->text - r->n);
        r->n += n > 0 ? (size_t)n : 0;
    } while (n > 0);
    for (size_t at = 0; at + LINE <= r->n; at += LINE, r->got++) {
        assert_int_equal(r->text[at + LINE - 1], '\n');
        assert_int_equal((unsigned)strtoul(r->text + at, NULL, 10), r->got);
    }
    memmove(r->text, r->text + r->n / LINE * LINE, r->n % LINE);
    r->n %= LINE;
}

static const struct {
    const char *name;
    bool is_socket;
    unsigned at_once; /* lines between two looks of the reader */
} rows[] = {
    {"a pipe, read at once", false, 1}, {"a pipe, read now and then", false, 100},
    {"a pipe, read late", false, 500},  {"a socket, read at once", true, 1},
    {"a socket, read late", true, 500},
};

static void a_slow_reader_gets_every_line_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct reader *r = reader_new(rows[i].is_socket);
        print_message("           %s\n", rows[i].name);
        while (r->put < 3000) { /* several times round the buffer */
            for (unsigned k = 0; k < rows[i].at_once; k++)
                assert_true(put(r));
            outlet_flush(&r->o);
            read_all(r);
        }
        assert_int_equal(r->got, r->put);
        assert_int_equal(outlet_skipped(&r->o), 0);
        reader_free(r);
    }
}

static void one_who_never_reads_holds_up_nobody(void **state)
{
    unsigned taken = 0;

    (void)state;
    for (int is_socket = 0; is_socket <= 1; is_socket++) {
        struct reader *r = reader_new(is_socket);
        for (int i = 0; i < 5000; i++) { /* would wait for ever */
            taken += put(r);
            outlet_flush(&r->o);
        }
        assert_in_range(taken, OUTLET_ROOM / LINE, 4999);
        assert_int_equal(outlet_skipped(&r->o), 5000 - taken);
        assert_int_equal(outlet_skipped(&r->o), 0); /* told once */
        read_all(r);                                /* and when he does read, it goes on */
        assert_int_equal(r->got, taken);
        assert_true(put(r));
        outlet_close(&r->o, 1);
        reader_free(r);
        taken = 0;
    }
}

static void one_who_is_gone_is_told_of(void **state)
{
    struct reader *r = reader_new(false);

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    close(r->from);
    put(r);
    outlet_flush(&r->o);
    assert_int_equal(r->o.failed, EPIPE);
    assert_int_equal(r->o.waiting, 0);
    r->from = open("/dev/null", O_RDONLY | O_CLOEXEC);
    reader_free(r);
}

static void a_descriptor_that_never_waits(void **state)
{
    char piece[4096] = "";
    int fd[2], other;

    (void)state;
    assert_int_equal(pipe(fd), 0);
    other = dup(fd[1]); /* another program's */
    assert_true(outlet_never_wait(fd[1]));
    while (write(fd[1], piece, sizeof piece) > 0)
        continue;
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(fcntl(other, F_GETFL) & O_NONBLOCK, 0); /* which waits as before */
    close(other);
    close(fd[0]);
    close(fd[1]);
    assert_false(outlet_never_wait(fd[1]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_reader_gets_every_line_whole),
        cmocka_unit_test(one_who_never_reads_holds_up_nobody),
        cmocka_unit_test(one_who_is_gone_is_told_of),
        cmocka_unit_test(a_descriptor_that_never_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
