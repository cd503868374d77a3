/* How the base64 text of a JSON string was written: its line breaks and its escapes, as far as they
 * follow a rule.  With the bytes that were decoded it is enough to write the text again as it came,
 * without having kept it. */
#ifndef FQ_SPELLING_H
#define FQ_SPELLING_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

enum { FQ_LONGEST_ENDING = 2 };

/* All zero: nothing was written yet. */
struct fq_spelling {
    size_t slashes; /* that came as `\/` */
    size_t line;    /* characters in each line but the last */
    size_t lines;   /* that have ended */
    size_t at;      /* characters before the last line break */
    bool was_short; /* the line that ended last was shorter than the first: no other may follow */
    bool irregular; /* no rule holds */
    /* What ended the first line, and the line that ended last: CR and LF, or 'r' and 'n' for one
     * that came as an escape. */
    char ending[FQ_LONGEST_ENDING + 1], last[FQ_LONGEST_ENDING + 1];
};

/* A CR or LF came after so many characters of base64, padding included. */
void fq_spelling_break(struct fq_spelling *spelling, size_t characters, char c, bool is_escaped);

/* Writes base64 text again by the rules that it came by. */
struct fq_speller {
    const struct fq_spelling *spelling;
    struct fq_buffer *text; /* the caller's */
    size_t characters, lines, slashes;
};

/* Appends `size` characters to the text: of base64, or, where `is_base64` is false, of what stands
 * before or after it, which knows no lines.  FQ_MEDIA_TOO_LARGE where the buffer's limit is passed,
 * FQ_OUT_OF_MEMORY. */
enum fq_status fq_speller_add(struct fq_speller *speller, const char *text, size_t size,
                              bool is_base64, struct fq_error *error);

/* Appends the line break at the end, where there was one; *is_exact says whether the text is the
 * one that came, byte by byte.  As fq_speller_add. */
enum fq_status fq_speller_end(struct fq_speller *speller, bool *is_exact, struct fq_error *error);

#endif
