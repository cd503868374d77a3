#include "kernels.h"

#ifdef FQ_BASE64_NEON
#include <arm_neon.h>
#include <stdint.h>

#include "values.h"

static inline uint8x16x4_t table(const signed char *values)
{
    const uint8_t *bytes = (const uint8_t *)values;
    uint8x16x4_t registers = {
        {vld1q_u8(bytes), vld1q_u8(bytes + 16), vld1q_u8(bytes + 32), vld1q_u8(bytes + 48)}};

    return registers;
}

/* 16 characters to their values.  A look-up takes 64 entries and gives zero beyond them, its
 * second form leaves what was there: the two together know all of ASCII.  Bit 7 of a byte of
 * *foreign is set where that of the character or of its value (-1) is. */
static inline uint8x16_t values_of(uint8x16_t in, uint8x16x4_t low, uint8x16x4_t high,
                                   uint8x16_t *foreign)
{
    uint8x16_t values = vqtbx4q_u8(vqtbl4q_u8(low, in), high, vsubq_u8(in, vdupq_n_u8(64)));

    *foreign = vorrq_u8(*foreign, vorrq_u8(in, values));
    return values;
}

size_t fq_base64_decode_neon(const char *in, size_t size, unsigned char *out, size_t capacity)
{
    const uint8x16x4_t low = table(fq_base64_values);
    const uint8x16x4_t high = table(fq_base64_values + 64);
    const char *start = in;

    while (size >= 64 && capacity >= 48) {
        /* Takes the characters of 16 groups apart: all first ones, all second ones, … */
        uint8x16x4_t chars = vld4q_u8((const uint8_t *)in);
        uint8x16_t foreign = vdupq_n_u8(0);
        uint8x16_t a = values_of(chars.val[0], low, high, &foreign);
        uint8x16_t b = values_of(chars.val[1], low, high, &foreign);
        uint8x16_t c = values_of(chars.val[2], low, high, &foreign);
        uint8x16_t d = values_of(chars.val[3], low, high, &foreign);
        uint8x16x3_t bytes = {{
            vorrq_u8(vshlq_n_u8(a, 2), vshrq_n_u8(b, 4)),
            vorrq_u8(vshlq_n_u8(b, 4), vshrq_n_u8(c, 2)),
            vorrq_u8(vshlq_n_u8(c, 6), d),
        }};
        /* Spreads bit 7 over its byte, then keeps four bits of each: as many bits as a group
         * has characters, so the first set bit is where the first bad group begins. */
        uint8x16_t spread = vcgeq_u8(foreign, vdupq_n_u8(0x80));
        uint64_t groups =
            vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(spread), 4)), 0);

        vst3q_u8(out, bytes);
        if (groups != 0)
            return (size_t)(in - start) + (size_t)__builtin_ctzll(groups);
        in += 64;
        size -= 64;
        out += 48;
        capacity -= 48;
    }
    return (size_t)(in - start) + fq_base64_decode_scalar(in, size, out, capacity);
}
#else
typedef int fq_base64_neon_elsewhere;
#endif
