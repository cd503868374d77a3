/* Text that grows up to a limit. */
#ifndef FQ_BUFFER_H
#define FQ_BUFFER_H

#include <stddef.h>

#include "status.h"

/* All zero but for the limit: empty. */
struct fq_buffer {
    char *data; /* NULL while empty */
    size_t size, capacity;
    size_t limit; /* bytes */
};

/* Makes room for `size` more bytes and returns where they go, or NULL: FQ_OUT_OF_MEMORY, or
 * `too_large` where they would pass the limit.  The caller writes them and counts them in
 * buffer->size. */
char *fq_buffer_reserve(struct fq_buffer *buffer, size_t size, enum fq_status too_large,
                        struct fq_error *error);

/* Appends `size` bytes, all or none; as fq_buffer_reserve. */
enum fq_status fq_buffer_add(struct fq_buffer *buffer, const void *data, size_t size,
                             enum fq_status too_large, struct fq_error *error);

/* Frees its bytes; it is empty, then. */
void fq_buffer_free(struct fq_buffer *buffer);

#endif
