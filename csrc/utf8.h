/* UTF-8 (RFC 3629), and the replacement character for bytes that are none. */
#ifndef FQ_UTF8_H
#define FQ_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "status.h"

/* U+FFFD, the replacement character. */
#define FQ_REPLACEMENT "\xEF\xBF\xBD"

/* Looks at the first bytes of `text` (one at least): *is_valid says whether they are a character of
 * UTF-8.  Returns their number: the character's, or of what a single U+FFFD stands for (the maximal
 * subpart of Unicode's chapter 3.9, which is what other decoders replace, too). */
size_t fq_utf8_next(const char *text, size_t size, bool *is_valid);

/* Appends `text` with U+FFFD for each piece that is not UTF-8.  FQ_OUT_OF_MEMORY. */
enum fq_status fq_utf8_add(struct fq_buffer *buffer, const char *text, size_t size,
                           struct fq_error *error);

/* Compares by UTF-16 code units, as RFC 8785 sorts an object's names: below 0, 0 or above, as
 * memcmp.  What is not UTF-8 has a fixed place in that order, too. */
int fq_utf8_compare(const char *a, size_t a_size, const char *b, size_t b_size);

#endif
