/* How the base64 text of a JSON string was written: its line breaks, its escapes and its padding,
 * as far as they follow a rule.  With the bytes that were decoded it is enough to write the text
 * again as it came, without having kept it. */
#ifndef FQ_SPELLING_H
#define FQ_SPELLING_H

#include <stdbool.h>
#include <stddef.h>

#include "status.h"

enum { FQ_LONGEST_BREAK = 2, FQ_LONGEST_ENDING = 2 * FQ_LONGEST_BREAK };

/* The rules.  All zero: base64 and nothing else, with its padding. */
struct fq_spelling {
    const char *prefix; /* before the base64, its escapes undone; not owned */
    size_t prefix_length;
    bool is_unpadded;
    bool slashes; /* each '/' came as `\/`, those of the prefix, too; else none did */
    size_t line; /* characters of base64 in each of the first lines, above 0 where there are any, */
    size_t lines; /* of which there are so many; all else stands on the last */
    char ending[FQ_LONGEST_ENDING + 1]; /* of each of the first lines, as it stood in the JSON */
};

/* What shows of the rules while a text comes.  All zero: nothing came yet. */
struct fq_spelling_watch {
    bool has_plain, has_escaped; /* a '/' came as it is, or as `\/` */
    size_t line;                 /* characters in the first line */
    size_t lines;                /* that have ended */
    size_t at;                   /* characters before the last line break */
    bool was_short; /* the line that ended last was shorter than the first: no other may follow */
    bool irregular; /* no rule holds */
    /* What ended the first line, and the line that ended last: CR and LF, or 'r' and 'n' for one
     * that came as an escape. */
    char ending[FQ_LONGEST_BREAK + 1], last[FQ_LONGEST_BREAK + 1];
};

/* A CR or LF came after so many characters of base64, padding included. */
void fq_spelling_break(struct fq_spelling_watch *watch, size_t characters, char c, bool is_escaped);

/* The rules for line breaks and slashes of a text that had so many characters of base64, padding
 * included; false: it followed none, and these are near it. */
bool fq_spelling_of(const struct fq_spelling_watch *watch, size_t characters,
                    struct fq_spelling *spelling);

/* Writes base64 text again by the rules that it came by. */
struct fq_speller {
    const struct fq_spelling *spelling;
    /* Takes the text, piece by piece; what it says ends the writing. */
    enum fq_status (*put)(void *out, const void *text, size_t size, struct fq_error *error);
    void *out;
    size_t characters, lines; /* so far */
};

/* Writes `size` characters: of base64, or, where `is_base64` is false, of what stands before or
 * after it, which knows no lines. */
enum fq_status fq_speller_add(struct fq_speller *speller, const char *text, size_t size,
                              bool is_base64, struct fq_error *error);

/* Writes bytes as base64: whole groups of three, but for the last ones of all. */
enum fq_status fq_speller_encode(struct fq_speller *speller, const unsigned char *bytes,
                                 size_t size, struct fq_error *error);

/* Writes the line break at the end, where there was one. */
enum fq_status fq_speller_end(struct fq_speller *speller, struct fq_error *error);

#endif
