#include "buffer.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST = 1024 };

char *fq_buffer_reserve(struct fq_buffer *buffer, size_t size, enum fq_status too_large,
                        struct fq_error *error)
{
    size_t capacity = buffer->capacity < FIRST ? FIRST : buffer->capacity;
    char *data;

    if (size > buffer->limit - buffer->size) {
        fq_fail(error, too_large, 0);
        return NULL;
    }
    if (size > buffer->capacity - buffer->size) {
        while (capacity - buffer->size < size)
            capacity *= 2;
        data = realloc(buffer->data, capacity);
        if (data == NULL) {
            fq_fail(error, FQ_OUT_OF_MEMORY, 0);
            return NULL;
        }
        buffer->data = data;
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->size;
}

enum fq_status fq_buffer_add(struct fq_buffer *buffer, const void *data, size_t size,
                             enum fq_status too_large, struct fq_error *error)
{
    char *end;

    if (size == 0)
        return FQ_OK;
    end = fq_buffer_reserve(buffer, size, too_large, error);
    if (end == NULL)
        return buffer->limit - buffer->size < size ? too_large : FQ_OUT_OF_MEMORY;
    memcpy(end, data, size);
    buffer->size += size;
    return FQ_OK;
}

void fq_buffer_free(struct fq_buffer *buffer)
{
    free(buffer->data);
    buffer->data = NULL;
    buffer->size = buffer->capacity = 0;
}
