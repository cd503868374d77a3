#include "kernels.h"

#include <stdint.h>
#include <string.h>

/* The table below, written down once and spelled out by VALUES(as) in more than one form: `as`
 * makes an entry of a value. */
#define ROW(as, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)                                    \
    as(a), as(b), as(c), as(d), as(e), as(f), as(g), as(h), as(i), as(j), as(k), as(l), as(m),     \
        as(n), as(o), as(p)
#define NONE(as) ROW(as, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)
/* clang-format off */
#define VALUES(as)                                                                            \
    NONE(as),                                                                                 \
    NONE(as),                                                                                 \
    ROW(as, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 62, -1, -1, -1, 63), /* + and / */    \
    ROW(as, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1), /* 0 to 9 */     \
    ROW(as, -1,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14), /* A to O */     \
    ROW(as, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, -1), /* P to Z */     \
    ROW(as, -1, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40), /* a to o */     \
    ROW(as, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, -1, -1, -1, -1, -1), /* p to z */     \
    NONE(as), NONE(as), NONE(as), NONE(as), NONE(as), NONE(as), NONE(as), NONE(as)
/* clang-format on */

#define AS_IS(value) (value)
#define AS_FIRST(value) ((uint32_t)(value) << 18)
#define AS_SECOND(value) ((uint32_t)(value) << 12)
#define AS_THIRD(value) ((uint32_t)(value) << 6)
#define AS_FOURTH(value) ((uint32_t)(value))

const signed char fq_base64_values[256] = {VALUES(AS_IS)};

/* Each value where it belongs in its group's 24 bits. */
static const uint32_t placed[4][256] = {
    {VALUES(AS_FIRST)}, {VALUES(AS_SECOND)}, {VALUES(AS_THIRD)}, {VALUES(AS_FOURTH)}};

/* The 24 bits of a group.  A -1 among the four keeps bit 31 set in any place, and no value reaches
 * it: one test finds a foreign byte. */
static inline uint32_t group(const char *in)
{
    return placed[0][(unsigned char)in[0]] | placed[1][(unsigned char)in[1]] |
           placed[2][(unsigned char)in[2]] | placed[3][(unsigned char)in[3]];
}

size_t fq_base64_decode_scalar(const char *in, size_t size, unsigned char *out, size_t capacity)
{
    size_t groups = size / 4 < capacity / 3 ? size / 4 : capacity / 3;
    size_t i = 0;

    /* Writes two groups by one store of eight bytes.  The last two of these are garbage, and lie
     * where a third group has its room. */
    for (; groups - i >= 3; i += 2) {
        uint32_t first = group(in + 4 * i);
        uint32_t second = group(in + 4 * i + 4);
        uint64_t bits = (uint64_t)first << 40 | (uint64_t)second << 16;

        if ((first | second) >> 31)
            break;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        bits = __builtin_bswap64(bits);
#endif
        memcpy(out + 3 * i, &bits, sizeof bits);
    }
    for (; i < groups; i++) {
        uint32_t bits = group(in + 4 * i);

        if (bits >> 31)
            break;
        out[3 * i] = (unsigned char)(bits >> 16);
        out[3 * i + 1] = (unsigned char)(bits >> 8);
        out[3 * i + 2] = (unsigned char)bits;
    }
    return 4 * i;
}
