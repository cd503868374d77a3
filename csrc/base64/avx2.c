#include "kernels.h"

#ifdef FQ_BASE64_X86
#include <immintrin.h>
#include <stdint.h>

#define AVX2 __attribute__((target("avx2")))

#define ROW_1_9 ((char)0xf8)

/* The same 16 bytes in both halves of a register: byte shuffles look up within a half. */
#define TWICE(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)

/* 32 characters to their values.  A byte of *good is zero where the character is foreign; its value
 * is then arbitrary. */
AVX2 static inline __m256i values_of(__m256i in, __m256i *good)
{
    /* Bit h of byte l: is the character with the hexadecimal digits hl valid?  Those are 2B 2F,
     * 30 to 39, 41 to 4F, 50 to 5A, 61 to 6F and 70 to 7A, so h is 2 to 7 and fits a byte. */
    const __m256i rows = TWICE((char)0xa8, ROW_1_9, ROW_1_9, ROW_1_9, ROW_1_9, ROW_1_9, ROW_1_9,
                               ROW_1_9, ROW_1_9, ROW_1_9, (char)0xf0, 0x54, 0x50, 0x50, 0x50, 0x54);
    const __m256i bit =
        TWICE(0, 0, 0x04, 0x08, 0x10, 0x20, 0x40, (char)0x80, 0, 0, 0, 0, 0, 0, 0, 0);
    /* What to add to a character, by h.  Under 2, '+' and '/' need different numbers: '/' gets the
     * place of 1, where no character is valid. */
    const __m256i offsets = TWICE(0, 63 - '/', 62 - '+', 52 - '0', -'A', -'A', 26 - 'a', 26 - 'a',
                                  0, 0, 0, 0, 0, 0, 0, 0);
    __m256i high = _mm256_and_si256(_mm256_srli_epi32(in, 4), _mm256_set1_epi8(0x0f));
    __m256i slash = _mm256_cmpeq_epi8(in, _mm256_set1_epi8('/'));

    /* A shuffle indexed by the character itself uses its low digit, and gives zero where bit 7 is
     * set: such a byte has no row and so is foreign without a test of its own. */
    *good = _mm256_and_si256(_mm256_shuffle_epi8(rows, in), _mm256_shuffle_epi8(bit, high));
    /* `slash` is -1 where true. */
    return _mm256_add_epi8(in, _mm256_shuffle_epi8(offsets, _mm256_add_epi8(high, slash)));
}

AVX2 static inline __m256i load(const char *in)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)in);
}

/* 32 values to 24 bytes.  Writes 28 bytes; the last 4 are scribble. */
AVX2 static inline void store(unsigned char *out, __m256i values)
{
    /* Neighbours join by multiply and add: 6 + 6 bits, then 12 + 12 bits in each 32-bit lane. */
    __m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi16(0x0140));
    __m256i lanes = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
    /* A lane holds its three bytes last first: turn them, and close the gaps within each half. */
    __m256i halves =
        _mm256_shuffle_epi8(lanes, TWICE(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));

    /* The second half's store closes the gap between them. */
    _mm_storeu_si128((__m128i *)(void *)out, _mm256_castsi256_si128(halves));
    _mm_storeu_si128((__m128i *)(void *)(out + 12), _mm256_extracti128_si256(halves, 1));
}

AVX2 static inline uint32_t zeros(__m256i bytes)
{
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_setzero_si256()));
}

AVX2 size_t fq_base64_decode_avx2(const char *in, size_t size, unsigned char *out, size_t capacity)
{
    const char *start = in;

    /* Four registers a turn share one branch.  They are written before it is known whether they
     * are good, which keeps the stores off the branch's path: there is room, and what is not good
     * is not counted. */
    while (size >= 128 && capacity >= 3 * 24 + 28) {
        __m256i good[4];
        __m256i a = values_of(load(in), &good[0]);
        __m256i b = values_of(load(in + 32), &good[1]);
        __m256i c = values_of(load(in + 64), &good[2]);
        __m256i d = values_of(load(in + 96), &good[3]);
        /* The least of four bytes is zero when one of them is. */
        __m256i all =
            _mm256_min_epu8(_mm256_min_epu8(good[0], good[1]), _mm256_min_epu8(good[2], good[3]));

        store(out, a);
        store(out + 24, b);
        store(out + 48, c);
        store(out + 72, d);
        if (zeros(all) != 0)
            break;
        in += 128;
        size -= 128;
        out += 96;
        capacity -= 96;
    }
    while (size >= 32 && capacity >= 28) {
        __m256i good;
        __m256i values = values_of(load(in), &good);
        uint32_t foreign = zeros(good);

        store(out, values);
        if (foreign != 0)
            return (size_t)(in - start) + ((size_t)__builtin_ctz(foreign) & ~(size_t)3);
        in += 32;
        size -= 32;
        out += 24;
        capacity -= 24;
    }
    return (size_t)(in - start) + fq_base64_decode_scalar(in, size, out, capacity);
}
#else
typedef int fq_base64_avx2_elsewhere;
#endif
