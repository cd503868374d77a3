/* The escapes of a JSON string, character by character: a text that arrives in pieces may be cut in
 * the middle of one. */
#ifndef FQ_ESCAPE_H
#define FQ_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "status.h"

enum { FQ_SHORT_ESCAPE = 2, FQ_LONGEST_ESCAPE = 6 }; /* `\n` and `\uXXXX` */

/* All zero: none is under way. */
struct fq_escape {
    char source[FQ_LONGEST_ESCAPE]; /* as it came, its backslash first */
    size_t length;                  /* of the source; 0: none is under way */
    unsigned unit;                  /* the digits of `\uXXXX` so far */
};

/* A backslash came. */
void fq_escape_begin(struct fq_escape *escape);

/* Takes the next character.  *is_complete: it was the last one, and *character is what the escape
 * stands for, or DEL for what is not ASCII: neither base64 nor the name of a field has either.  The
 * source stays until the caller sets its length to 0.  FQ_NOT_JSON. */
enum fq_status fq_escape_take(struct fq_escape *escape, char c, bool *is_complete, char *character,
                              struct fq_error *error);

#endif
