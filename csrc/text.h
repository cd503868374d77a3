/* What the bytes of a text may be. */
#ifndef FQ_TEXT_H
#define FQ_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Classes of bytes, to be or-ed. */
enum {
    FQ_TEXT_CLEAN = 1,        /* all but ASCII's control characters */
    FQ_TEXT_ALPHANUMERIC = 2, /* ASCII's letters and digits */
    FQ_TEXT_TOKEN = 4,        /* ASCII's characters that can be seen, but for quotation marks */
};

/* The classes that a byte belongs to, whatever the locale says. */
unsigned fq_text_classes(unsigned char byte);

/* Has the text a byte, and is each of its bytes of this class? */
bool fq_text_is(const char *text, size_t size, unsigned class);

#endif
