/* JSON (RFC 8259), strictly: a pull reader over a text in memory. */
#ifndef FQ_JSON_H
#define FQ_JSON_H

#include <stdbool.h>
#include <stddef.h>

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

/* `\uXXXX`, and the value of its four digits, or -1. */
enum { FQ_JSON_UNIT = 6 };
int fq_json_unit(const char *digits);

#endif
