/* What core.flush does where no Lua gets: a process that is forked while its threads are there. */
#include "flush.h"

#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

int main(void)
{
    struct fq_flush *flush;
    int status = -1;
    pid_t child;

    ok(fq_flush_new(4, &flush, NULL) == FQ_OK, "threads are there");
    child = fork();
    if (child == 0) {
        fq_flush_free(flush);
        _exit(0);
    }
    ok(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0,
       "a child that was forked, and has none of them, waits for none");
    fq_flush_free(flush);
    return done_testing();
}
