#include "io/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NO_PROGRAM = 127, NO_START = 126 };

/* In the child: only calls that are safe after a fork. */
static _Noreturn void become(const struct process *p, int nothing, int complaints)
{
    if (dup2(p->in < 0 ? nothing : p->in, STDIN_FILENO) < 0 ||
        dup2(p->out < 0 ? nothing : p->out, STDOUT_FILENO) < 0 || dup2(complaints, STDERR_FILENO) < 0)
        _exit(NO_START);
    if (p->file_max > 0) {
        struct rlimit limit = {(rlim_t)p->file_max, (rlim_t)p->file_max};
        if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
            _exit(NO_START);
    }
    execvp(p->argv[0], (char *const *)(uintptr_t)p->argv);
    _exit(errno == ENOENT ? NO_PROGRAM : NO_START);
}

static int wait_for(pid_t child, int *status)
{
    while (waitpid(child, status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return 0;
}

static void first_line(FILE *complaints, char said[PROCESS_SAID])
{
    rewind(complaints);
    while (fgets(said, PROCESS_SAID, complaints)) {
        said[strcspn(said, "\n")] = 0;
        for (char *c = said; *c; c++)
            if ((unsigned char)*c < 32)
                *c = ' ';
        if (said[strspn(said, " ")])
            return;
    }
    said[0] = 0;
}

enum process_end process_run(const struct process *p, char said[PROCESS_SAID])
{
    FILE *complaints = tmpfile();
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC), status = 0;
    enum process_end end = PROCESS_NO_START;
    pid_t child = -1;

    said[0] = 0;
    if (complaints && nothing >= 0) {
        child = fork();
        if (child == 0)
            become(p, nothing, fileno(complaints));
    }
    if (child > 0 && wait_for(child, &status) == 0) {
        end = !WIFEXITED(status) || WEXITSTATUS(status) != 0 ? PROCESS_FAILED : PROCESS_DONE;
        if (WIFEXITED(status) && WEXITSTATUS(status) == NO_PROGRAM)
            end = PROCESS_MISSING;
        first_line(complaints, said);
    }
    int why = errno;
    if (nothing >= 0)
        close(nothing);
    if (complaints)
        fclose(complaints);
    errno = why;
    return end;
}
