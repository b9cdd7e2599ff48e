// launch CORE FD COMMAND...: runs the command on one core and writes to FD
// "user+system microseconds, peak RSS in KiB, exit status (or 128 + signal)".
//
// The harness does not start programs itself because a child's peak RSS counts what its parent
// occupied when it forked: everything would seem to need as much as the Python that started it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 4)
        return fprintf(stderr, "usage: launch CORE FD COMMAND...\n"), 64;
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(atoi(argv[1]), &cores);
    int report = atoi(argv[2]);
    if (sched_setaffinity(0, sizeof cores, &cores) != 0 || fcntl(report, F_SETFD, FD_CLOEXEC) != 0)
        return perror("launch"), 71;

    pid_t child = fork();
    if (child == 0) {
        execvp(argv[3], argv + 3);
        perror(argv[3]);
        _exit(127);
    }
    int status;
    struct rusage use;
    while (wait4(child, &status, 0, &use) < 0)
        if (errno != EINTR)
            return perror("launch"), 71;
    long long time = (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000LL + use.ru_utime.tv_usec + use.ru_stime.tv_usec;
    dprintf(report, "%lld %ld %d\n", time, use.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
