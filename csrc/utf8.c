#include "utf8.h"

size_t fq_utf8_next(const char *text, size_t size, bool *is_valid)
{
    const unsigned char *bytes = (const unsigned char *)text;
    unsigned char lead = bytes[0], low = 0x80, high = 0xBF;
    size_t length, at = 1;

    *is_valid = lead < 0x80;
    if (lead < 0xC2 || lead > 0xF4)
        return 1;
    length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    /* The second byte's range excludes overlong forms, surrogates, and what is beyond U+10FFFF. */
    if (lead == 0xE0)
        low = 0xA0;
    else if (lead == 0xED)
        high = 0x9F;
    else if (lead == 0xF0)
        low = 0x90;
    else if (lead == 0xF4)
        high = 0x8F;
    while (at < length && at < size && bytes[at] >= low && bytes[at] <= high) {
        low = 0x80;
        high = 0xBF;
        at++;
    }
    *is_valid = at == length;
    return at;
}

enum fq_status fq_utf8_add(struct fq_buffer *buffer, const char *text, size_t size,
                           struct fq_error *error)
{
    enum fq_status status = FQ_OK;

    for (size_t at = 0; at < size && status == FQ_OK;) {
        bool is_valid;
        size_t length = fq_utf8_next(text + at, size - at, &is_valid);
        status = is_valid ? fq_buffer_add(buffer, text + at, length, FQ_OUT_OF_MEMORY, error)
                          : fq_buffer_add(buffer, FQ_REPLACEMENT, sizeof FQ_REPLACEMENT - 1,
                                          FQ_OUT_OF_MEMORY, error);
        at += length;
    }
    return status;
}

/* U+E000 to U+FFFF begin with the bytes EE and EF, and come after the surrogate pairs of all
 * characters beyond, which begin with F0 to F4.  No other byte of a character is so high. */
static int rank(char byte)
{
    int value = (unsigned char)byte;

    return value == 0xEE || value == 0xEF ? value + 0x10 : value;
}

int fq_utf8_compare(const char *a, size_t a_size, const char *b, size_t b_size)
{
    size_t at = 0, size = a_size < b_size ? a_size : b_size;

    while (at < size && a[at] == b[at])
        at++;
    if (at < size)
        return rank(a[at]) - rank(b[at]);
    return (a_size > b_size) - (a_size < b_size);
}
