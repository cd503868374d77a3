/* JSON rewritten with marks, so that nothing of it is lost to a parser (lua-cjson) which makes a
 * double of every number and can't tell an empty list from an empty object. */
#ifndef FQ_JSON_PLAIN_H
#define FQ_JSON_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "status.h"

/* Marks in strings, behind U+0001. */
#define FQ_JSON_MARK '\x01'
#define FQ_JSON_MARK_NUMBER 'n' /* the number's literal follows */
#define FQ_JSON_MARK_ARRAY 'a'  /* an empty list */
#define FQ_JSON_MARK_STRING 's' /* a string that itself begins with U+0001 follows */

/* Checks `text`.  *is_plain: it needs no fq_json_plain.  FQ_NOT_JSON, FQ_JSON_TOO_DEEP. */
enum fq_status fq_json_check(const char *text, size_t size, bool *is_plain, struct fq_error *error);

/* Writes `text` to `plain` (empty, freed by the caller in any case) with strings for its numbers
 * and its empty lists, marked as above, and with U+FFFD for what is no character: bytes that are
 * not UTF-8, half a surrogate pair, control characters that were not escaped.  *has_marks: there is
 * one. FQ_NOT_JSON, FQ_JSON_TOO_DEEP, FQ_OUT_OF_MEMORY. */
enum fq_status fq_json_plain(const char *text, size_t size, struct fq_buffer *plain,
                             bool *has_marks, struct fq_error *error);

#endif
