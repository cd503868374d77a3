/* Brings files and folders to the disk beside the caller: a few threads wait for fsync, so that a
 * batch takes about as long as one of its files, and nobody else waits (group commit). */
#ifndef FQ_FLUSH_H
#define FQ_FLUSH_H

#include <stdbool.h>
#include <stddef.h>

#include "status.h"

struct fq_flush;

/* FQ_OUT_OF_MEMORY, where threads or descriptors lack, too.  On FQ_OK *flush is the caller's, freed
 * with fq_flush_free. */
enum fq_status fq_flush_new(unsigned threads, struct fq_flush **flush, struct fq_error *error);

/* Waits for the fsyncs under way; batches that were not yet begun are not any more.  In a process
 * that was forked since, which has none of the threads, it frees nothing.  NULL is fine. */
void fq_flush_free(struct fq_flush *flush);

/* Begins a batch, and names it by a number: each file and folder that has one of the `count` paths
 * (above 0; copied) is brought to the disk.  FQ_OUT_OF_MEMORY. */
enum fq_status fq_flush_start(struct fq_flush *flush, const char *const *paths, size_t count,
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
