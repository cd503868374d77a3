/* What kind of file it is, as its first bytes say. */
#ifndef FQ_FORMAT_H
#define FQ_FORMAT_H

#include <stddef.h>

/* *format: "jpeg", "png" or "mp4", or NULL where it is none of them; *mime: the media type, which
 * is "application/octet-stream" where it is unknown.  Both are static.  `head`: the first bytes, 12
 * of them unless the file has fewer. */
void fq_format_of(const unsigned char *head, size_t size, const char **format, const char **mime);

#endif
