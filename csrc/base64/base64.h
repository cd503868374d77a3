/* Base64 (RFC 4648, section 4) to bytes, whole groups only. */
#ifndef FQ_BASE64_H
#define FQ_BASE64_H

#include <stddef.h>

/* Decodes groups of four characters of [A-Za-z0-9+/] to three bytes each, and stops before the
 * first group that holds another byte, that is not whole, or whose bytes have no room in `out`.
 * So padding, blanks and the end of the text all stop it; they are the caller's.
 *
 * Returns the characters decoded, a multiple of 4; `out` holds 3 bytes for every 4 of them.  What
 * lies behind those, up to `capacity`, may have been overwritten.  Never reads at or past
 * in + size, never writes at or past out + capacity.  `in` and `out` must not overlap; either may
 * be NULL where its size is 0.  Any thread, any time. */
size_t fq_base64_decode(const char *in, size_t size, unsigned char *out, size_t capacity);

#endif
