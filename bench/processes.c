/* Runs a shell command and prints what its processes took: the CPU seconds of all, and the peak
 * memory of the largest. */
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

int main(int count, char **arguments)
{
    struct rusage usage;
    int status;
    pid_t child = count == 2 ? fork() : -1;

    if (child == 0) {
        execl("/bin/bash", "bash", "-c", arguments[1], (char *)NULL);
        _exit(127);
    }
    /* The shell waits for the others, so that their times are in its own. */
    if (child < 0 || wait4(child, &status, 0, &usage) < 0 || status != 0)
        return 1;
    report("first", seconds(usage.ru_utime) + seconds(usage.ru_stime));
    report("peak", (double)usage.ru_maxrss * 1024);
    return 0;
}
