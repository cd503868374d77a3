#include "kernels.h"

#ifdef FQ_BASE64_X86
#include <immintrin.h>
#include <stdint.h>

#include "values.h"

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi")))

/* The index (of vpermi2b) where byte j of the 192 that are written comes from.  They stand in four
 * registers of 16 lanes, each lane three bytes, last first, and a gap.  The index counts from
 * register j / 64; 64 and up is the register after that. */
#define FROM(j) ((j) / 3 * 4 + 2 - (j) % 3 - (j) / 64 * 64)
#define FROM_4(j) FROM(j), FROM((j) + 1), FROM((j) + 2), FROM((j) + 3)
#define FROM_16(j) FROM_4(j), FROM_4((j) + 4), FROM_4((j) + 8), FROM_4((j) + 12)
#define FROM_64(j)                                                                                 \
    {                                                                                              \
        FROM_16(j), FROM_16((j) + 16), FROM_16((j) + 32), FROM_16((j) + 48)                        \
    }

static const unsigned char from[3][64] = {FROM_64(0), FROM_64(64), FROM_64(128)};

AVX512 static inline __m512i load(const void *bytes)
{
    return _mm512_loadu_si512(bytes);
}

AVX512 static inline void store(void *out, __m512i bytes)
{
    _mm512_storeu_si512(out, bytes);
}

AVX512 static inline __m512i or4(__m512i a, __m512i b, __m512i c, __m512i d)
{
    return _mm512_or_si512(_mm512_or_si512(a, b), _mm512_or_si512(c, d));
}

/* 64 values to 16 lanes of 24 bits: neighbours join by multiply and add, 6 + 6 bits, then
 * 12 + 12. */
AVX512 static inline __m512i join(__m512i values)
{
    __m512i pairs = _mm512_maddubs_epi16(values, _mm512_set1_epi16(0x0140));

    return _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x00011000));
}

AVX512 size_t fq_base64_decode_avx512(const char *in, size_t size, unsigned char *out,
                                      size_t capacity)
{
    /* All of ASCII in two registers: one instruction looks 64 characters up.  It ignores bit 7, so
     * a character is foreign when bit 7 is set in itself or in what it stands for (-1). */
    const __m512i low = load(fq_base64_values);
    const __m512i high = load(fq_base64_values + 64);
    const __m512i from0 = load(from[0]);
    const __m512i from1 = load(from[1]);
    const __m512i from2 = load(from[2]);
    size_t groups = size / 4 < capacity / 3 ? size / 4 : capacity / 3;
    size_t left = 4 * groups;
    const char *start = in;

    /* Four registers become three: whole stores, and one branch for all.  They are written before
     * it is known whether they are good, which keeps the stores off the branch's path: there is
     * room, and what is not good is not counted. */
    while (left >= 256) {
        __m512i a = load(in);
        __m512i b = load(in + 64);
        __m512i c = load(in + 128);
        __m512i d = load(in + 192);
        __m512i va = _mm512_permutex2var_epi8(low, a, high);
        __m512i vb = _mm512_permutex2var_epi8(low, b, high);
        __m512i vc = _mm512_permutex2var_epi8(low, c, high);
        __m512i vd = _mm512_permutex2var_epi8(low, d, high);
        __m512i foreign = _mm512_or_si512(or4(a, b, c, d), or4(va, vb, vc, vd));

        va = join(va);
        vb = join(vb);
        vc = join(vc);
        vd = join(vd);
        store(out, _mm512_permutex2var_epi8(va, from0, vb));
        store(out + 64, _mm512_permutex2var_epi8(vb, from1, vc));
        store(out + 128, _mm512_permutex2var_epi8(vc, from2, vd));
        if (_mm512_movepi8_mask(foreign) != 0)
            break;
        in += 256;
        out += 192;
        left -= 256;
    }
    /* Masks make the last register like any other: characters past the end read as NUL, which is
     * foreign, and nothing but whole good groups is written. */
    while (left > 0) {
        __mmask64 present = left >= 64 ? ~(__mmask64)0 : ~(~(__mmask64)0 << left);
        __m512i a = _mm512_maskz_loadu_epi8(present, in);
        __m512i values = _mm512_permutex2var_epi8(low, a, high);
        uint64_t foreign = _mm512_movepi8_mask(_mm512_or_si512(a, values));
        size_t good = foreign == 0 ? 64 : (size_t)__builtin_ctzll(foreign) & ~(size_t)3;

        _mm512_mask_storeu_epi8(out, ~(~(__mmask64)0 << good / 4 * 3),
                                _mm512_permutexvar_epi8(from0, join(values)));
        in += good;
        if (good < 64)
            break;
        out += 48;
        left -= 64;
    }
    return (size_t)(in - start);
}
#else
typedef int fq_base64_avx512_elsewhere;
#endif
