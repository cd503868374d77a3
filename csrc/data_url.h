/* What stands before the base64 of a data URL (RFC 2397), in either case: `data:...;base64,`. */
#ifndef FQ_DATA_URL_H
#define FQ_DATA_URL_H

#include <stdbool.h>
#include <stddef.h>

enum { FQ_DATA_URL_START = 5 }; /* characters of `data:` */

/* Is it the character at this place of `data:`, from 0? */
bool fq_data_url_begins(char c, size_t at);

/* Is the text, which begins with `data:` and ends with its first comma, such a prefix? */
bool fq_data_url_is_prefix(const char *text, size_t length);

#endif
