/* What core.threads does where no Lua gets: a process that is forked while its threads are there.
 */
#include "threads.h"

#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

int main(void)
{
    struct fq_threads *threads;
    int status = -1;
    pid_t child;

    ok(fq_threads_new(4, &threads, NULL) == FQ_OK, "threads are there");
    child = fork();
    if (child == 0) {
        fq_threads_free(threads);
        _exit(0);
    }
    ok(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0,
       "a child that was forked, and has none of them, waits for none");
    fq_threads_free(threads);
    return done_testing();
}
