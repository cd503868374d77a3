/* Bytes as hexadecimal digits, and digits as what they stand for. */
#ifndef FQ_HEX_H
#define FQ_HEX_H

#include <stddef.h>

#define FQ_HEX_LOWER "0123456789abcdef"
#define FQ_HEX_UPPER "0123456789ABCDEF"

/* Writes 2 * size digits and a NUL to `hex`, which holds that many. */
static inline void fq_hex(const unsigned char *bytes, size_t size, const char *digits, char *hex)
{
    for (size_t i = 0; i < size; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[2 * size] = '\0';
}

/* What a digit of either case stands for, or -1. */
static inline int fq_hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

#endif
