#include "kernels.h"

#include <stdint.h>
#include <string.h>

#include "values.h"

#define AS_FIRST(value) ((uint32_t)(value) << 18)
#define AS_SECOND(value) ((uint32_t)(value) << 12)
#define AS_THIRD(value) ((uint32_t)(value) << 6)
#define AS_FOURTH(value) ((uint32_t)(value))

/* Each value where it belongs in its group's 24 bits. */
static const uint32_t placed[4][256] = {{FQ_BASE64_VALUES(AS_FIRST)},
                                        {FQ_BASE64_VALUES(AS_SECOND)},
                                        {FQ_BASE64_VALUES(AS_THIRD)},
                                        {FQ_BASE64_VALUES(AS_FOURTH)}};

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
