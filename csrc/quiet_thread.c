#include "quiet_thread.h"

#include <signal.h>

int fq_quiet_thread(void *(*run)(void *context), void *context, pthread_t *thread)
{
    sigset_t all, before;
    int number;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    number = pthread_create(thread, NULL, run, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return number;
}
