/* Brings files and folders to the disk beside the caller: a few threads wait for fsync, so that a
 * batch takes about as long as one of its files, and nobody else waits (group commit). */
#ifndef FQ_FLUSH_H
#define FQ_FLUSH_H

#include <stdbool.h>
#include <stddef.h>

#include "status.h"

struct fq_flush;

struct fq_flush_batch {
    const char *const *paths; /* of files and folders, each brought to the disk (fsync) */
    size_t count;             /* of paths; above 0 */
};

/* FQ_OUT_OF_MEMORY, where threads or descriptors lack, too.  On FQ_OK *flush is the caller's, freed
 * with fq_flush_free. */
enum fq_status fq_flush_new(unsigned threads, struct fq_flush **flush, struct fq_error *error);

/* Waits for the fsyncs under way; batches that were not yet begun are not any more.  In a process
 * that was forked since, which has none of the threads, it frees nothing.  NULL is fine. */
void fq_flush_free(struct fq_flush *flush);

/* Begins a batch, of which everything is copied, and names it by a number.  FQ_OUT_OF_MEMORY. */
enum fq_status fq_flush_start(struct fq_flush *flush, const struct fq_flush_batch *batch,
                              size_t *id, struct fq_error *error);

/* A descriptor that can be read (POLLIN) while fq_flush_next has something to say; the flush's own.
 */
int fq_flush_descriptor(const struct fq_flush *flush);

/* Waits for up to `timeout` milliseconds until fq_flush_next has something to say. */
void fq_flush_wait(const struct fq_flush *flush, int timeout);

struct fq_flush_result {
    size_t id, count;
    int *numbers; /* by path: an errno, or 0 */
};

/* The next batch that has come to its end: true, and its result, whose numbers the caller frees. */
bool fq_flush_next(struct fq_flush *flush, struct fq_flush_result *result);

#endif
