/* A sink that keeps a small body in memory, as it came. */
#ifndef FQ_BYTES_H
#define FQ_BYTES_H

#include <stddef.h>

#include "sink.h"
#include "status.h"

/* Takes up to `limit` bytes; beyond, FQ_ENVELOPE_TOO_LARGE.  Keeping it is nothing.
 * FQ_OUT_OF_MEMORY.  On FQ_OK *sink is the caller's, freed as a sink is. */
enum fq_status fq_bytes_new(size_t limit, struct fq_sink **sink, struct fq_error *error);

/* What it has taken; the sink's own. */
const char *fq_bytes_data(const struct fq_sink *sink, size_t *size);

#endif
