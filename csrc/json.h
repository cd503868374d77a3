/* JSON (RFC 8259), strictly: a pull reader over a text in memory; and a text that a parser which
 * knows only doubles, and no empty list from an empty object, can read without a loss. */
#ifndef FQ_JSON_H
#define FQ_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "status.h"

enum { FQ_JSON_DEPTH = 128 };

enum fq_json_kind {
    FQ_JSON_OBJECT,
    FQ_JSON_OBJECT_END,
    FQ_JSON_ARRAY,
    FQ_JSON_ARRAY_END,
    FQ_JSON_KEY,
    FQ_JSON_STRING,
    FQ_JSON_NUMBER,
    FQ_JSON_LITERAL, /* true, false, null */
    FQ_JSON_END,     /* of the text */
};

struct fq_json_token {
    enum fq_json_kind kind;
    const char *text; /* as it stands in the text; of a string or a key between its quotes */
    size_t size;
};

/* All zero but for text and size: before the first token. */
struct fq_json {
    const char *text; /* the caller's */
    size_t size;      /* bytes */
    size_t at;
    unsigned depth;
    bool is_array[FQ_JSON_DEPTH]; /* of the containers that are open, by depth - 1 */
    bool has_value;               /* the innermost container's last value has ended, */
    bool has_key;                 /* or a key waits for its value */
};

/* The next token.  Strings are not decoded: their escapes are checked, their bytes are not; a
 * control character passes.  FQ_NOT_JSON, FQ_JSON_TOO_DEEP; an error stays. */
enum fq_status fq_json_next(struct fq_json *json, struct fq_json_token *token,
                            struct fq_error *error);

/* Marks in strings, behind U+0001. */
#define FQ_JSON_MARK '\x01'
#define FQ_JSON_MARK_NUMBER 'n' /* the number's literal follows */
#define FQ_JSON_MARK_ARRAY 'a'  /* an empty list */
#define FQ_JSON_MARK_STRING 's' /* a string that itself begins with U+0001 follows */

/* Reads `text`; *is_plain: fq_json_plain has nothing to do for it.  FQ_NOT_JSON, FQ_JSON_TOO_DEEP.
 */
enum fq_status fq_json_check(const char *text, size_t size, bool *is_plain, struct fq_error *error);

/* Writes `text` to `plain` (empty, freed by the caller in any case) with strings for its numbers
 * and its empty lists, marked as above, and with U+FFFD for what is no character: bytes that are
 * not UTF-8, half a surrogate pair, control characters that were not escaped.  *has_marks: there is
 * one. FQ_NOT_JSON, FQ_JSON_TOO_DEEP, FQ_OUT_OF_MEMORY. */
enum fq_status fq_json_plain(const char *text, size_t size, struct fq_buffer *plain,
                             bool *has_marks, struct fq_error *error);

/* Appends `text` with U+FFFD for each piece that is not UTF-8.  FQ_OUT_OF_MEMORY. */
enum fq_status fq_utf8_add(struct fq_buffer *buffer, const char *text, size_t size,
                           struct fq_error *error);

#endif
