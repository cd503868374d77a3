#include "escape.h"

#include <string.h>

#include "hex.h"

void fq_escape_begin(struct fq_escape *escape)
{
    escape->source[0] = '\\';
    escape->length = 1;
    escape->unit = 0;
}

static char unescaped(char c)
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c; /* '"', '\\', '/' stand for themselves */
    }
}

enum fq_status fq_escape_take(struct fq_escape *escape, char c, bool *is_complete, char *character,
                              struct fq_error *error)
{
    int value = fq_hex_value(c);

    *is_complete = false;
    escape->source[escape->length++] = c;
    if (escape->length == FQ_SHORT_ESCAPE) {
        if (c == '\0' || strchr("\"\\/bfnrtu", c) == NULL)
            return fq_fail(error, FQ_NOT_JSON, 0);
        *is_complete = c != 'u';
        *character = unescaped(c);
        return FQ_OK;
    }
    if (value < 0)
        return fq_fail(error, FQ_NOT_JSON, 0);
    escape->unit = escape->unit << 4 | (unsigned)value;
    *is_complete = escape->length == FQ_LONGEST_ESCAPE;
    *character = escape->unit > 0x7F ? '\x7F' : (char)escape->unit;
    return FQ_OK;
}
