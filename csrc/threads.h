/* Threads that work beside the caller, who is told by a descriptor when a task has come to its end.
 */
#ifndef FQ_THREADS_H
#define FQ_THREADS_H

#include <stdbool.h>
#include <stddef.h>

#include "status.h"

struct fq_threads;

/* What is to be done: the first member of a struct of its maker's.  The rest of that is the task's
 * own from fq_threads_start until fq_threads_next returns it. */
struct fq_task {
    /* Of several threads at once, each with another piece, which counts from 0. */
    void (*work)(struct fq_task *task, size_t piece);
    void (*free)(struct fq_task *task);
    size_t pieces; /* above 0 */
    /* The threads' own: */
    struct fq_task *next;
    size_t id, begun, left; /* pieces that a thread has taken, and that none has ended */
};

/* FQ_OUT_OF_MEMORY, where threads or descriptors lack, too.  On FQ_OK *threads is the caller's,
 * freed with fq_threads_free. */
enum fq_status fq_threads_new(unsigned count, struct fq_threads **threads, struct fq_error *error);

/* Waits for the pieces under way, and frees all tasks; those that were not yet begun are not any
 * more.  In a process that was forked since, which has none of the threads, it frees nothing.  NULL
 * is fine. */
void fq_threads_free(struct fq_threads *threads);

/* Begins a task, which is the threads' from now on, and names it by a number. */
size_t fq_threads_start(struct fq_threads *threads, struct fq_task *task);

/* A descriptor that can be read (POLLIN) while fq_threads_next has something to say; the threads'
 * own. */
int fq_threads_descriptor(const struct fq_threads *threads);

/* Waits for up to `timeout` milliseconds until fq_threads_next has something to say. */
void fq_threads_wait(const struct fq_threads *threads, int timeout);

/* The next task that has come to its end, the caller's to free; NULL where none has. */
struct fq_task *fq_threads_next(struct fq_threads *threads);

#endif
