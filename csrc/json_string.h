/* A text as a JSON string (RFC 8259, escaped as RFC 8785 has it). */
#ifndef FQ_JSON_STRING_H
#define FQ_JSON_STRING_H

#include <stddef.h>

#include "buffer.h"
#include "status.h"

/* The bytes at the text's beginning that stand for themselves in a JSON string. */
size_t fq_json_string_plain(const char *text, size_t size);

/* Appends the text between quotation marks, with U+FFFD for each piece that is not UTF-8.
 * FQ_OUT_OF_MEMORY. */
enum fq_status fq_json_string_add(struct fq_buffer *buffer, const char *text, size_t size,
                                  struct fq_error *error);

#endif
