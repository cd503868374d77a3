/* Bytes that another thread takes, beside what else becomes of them: whoever has them gives them
 * away and goes on at once. */
#ifndef FQ_RELAY_H
#define FQ_RELAY_H

#include <stddef.h>

#include "status.h"

/* One thread for many relays, which starts when bytes are given to it. */
struct fq_relay_thread;

/* FQ_OUT_OF_MEMORY.  On FQ_OK *thread is the caller's, who releases it with fq_relay_thread_free;
 * relays hold it, too, and who releases it last waits until it has ended. */
enum fq_status fq_relay_thread_new(struct fq_relay_thread **thread, struct fq_error *error);

/* NULL is fine. */
void fq_relay_thread_free(struct fq_relay_thread *thread);

/* All functions of a relay are for the thread that made it, or for one after the other. */
struct fq_relay;

/* Takes bytes, in the order in which they were given: in the relay's thread, or in the caller's
 * where that does not come to them.  Never in both at once. */
typedef enum fq_status fq_relay_take(void *to, const void *data, size_t size,
                                     struct fq_error *error);

/* FQ_OUT_OF_MEMORY.  On FQ_OK *relay is the caller's, freed with fq_relay_free; `to` is lent to
 * it. */
enum fq_status fq_relay_new(struct fq_relay_thread *thread, fq_relay_take *take, void *to,
                            struct fq_relay **relay, struct fq_error *error);

/* Gives memory of malloc's with so many bytes, which is the relay's from now on, and freed when
 * they were taken.  FQ_OUT_OF_MEMORY, in a process that was forked since, too, which does not have
 * the thread; or what `take` has said of bytes before. */
enum fq_status fq_relay_give(struct fq_relay *relay, void *memory, size_t size,
                             struct fq_error *error);

/* Returns when all bytes were taken.  As fq_relay_give. */
enum fq_status fq_relay_end(struct fq_relay *relay, struct fq_error *error);

/* Returns when `take` does; bytes that it has not had are forgotten.  In a process that was forked
 * since it frees nothing.  NULL is fine. */
void fq_relay_free(struct fq_relay *relay);

#endif
