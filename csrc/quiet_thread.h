/* A thread that no signal reaches. */
#ifndef FQ_QUIET_THREAD_H
#define FQ_QUIET_THREAD_H

#include <pthread.h>

/* As pthread_create, with all signals blocked: they are the program's own threads'. */
int fq_quiet_thread(void *(*run)(void *context), void *context, pthread_t *thread);

#endif
