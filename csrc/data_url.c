#include "data_url.h"

static const char start[] = "data:";
static const char end[] = ";base64,";

/* tolower for ASCII alone, whatever the locale says. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Does `text` begin with `word`, which is in lower case, in either case? */
static bool is_like(const char *text, const char *word)
{
    while (*word != '\0' && lower(*text) == *word)
        text++, word++;
    return *word == '\0';
}

bool fq_data_url_begins(char c, size_t at)
{
    return lower(c) == start[at];
}

bool fq_data_url_is_prefix(const char *text, size_t length)
{
    const size_t shortest = sizeof start - 1 + sizeof end - 1;

    return length >= shortest && is_like(text + length - (sizeof end - 1), end);
}
