/* Every base64 kernel of this machine with any bytes, against a decoder that is plain to see.  A
 * seed's first byte says how many bytes less than needed there is room for; the rest is text. */
#include <stdint.h>
#include <string.h>

#include "base64/base64.h"
#include "base64/kernels.h"
#include "must.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Six bits, or -1. */
static int value_of(char c)
{
    const char *found = c == '\0' ? NULL : strchr(alphabet, c);

    return found == NULL ? -1 : (int)(found - alphabet);
}

static size_t decode_plainly(const char *in, size_t size, unsigned char *out, size_t capacity)
{
    size_t at = 0;

    for (; size - at >= 4 && capacity >= 3; at += 4, out += 3, capacity -= 3) {
        int a = value_of(in[at]), b = value_of(in[at + 1]), c = value_of(in[at + 2]),
            d = value_of(in[at + 3]);

        if (a < 0 || b < 0 || c < 0 || d < 0)
            break;
        out[0] = (unsigned char)(a * 4 + b / 16);
        out[1] = (unsigned char)(b % 16 * 16 + c / 4);
        out[2] = (unsigned char)(c % 4 * 64 + d);
    }
    return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t count, capacity, consumed;
    const struct fq_base64_kernel *kernels = fq_base64_kernels(&count);
    unsigned char *expected;
    char *in;

    if (size == 0)
        return 0;
    size--;
    capacity = size / 4 * 3 > data[0] ? size / 4 * 3 - data[0] : 0;
    /* In memory of their own size, so that what is read or written past it is seen. */
    in = malloc(size);
    expected = malloc(capacity);
    must((in != NULL || size == 0) && (expected != NULL || capacity == 0), "there is memory");
    memcpy(in, data + 1, size);
    consumed = decode_plainly(in, size, expected, capacity);
    for (size_t i = 0; i < count; i++) {
        unsigned char *out = malloc(capacity);

        must(out != NULL || capacity == 0, "there is memory");
        if (kernels[i].supported()) {
            must(kernels[i].decode(in, size, out, capacity) == consumed,
                 "a kernel stops where base64 does");
            must(memcmp(out, expected, consumed / 4 * 3) == 0, "a kernel's bytes are right");
        }
        free(out);
    }
    free(expected);
    free(in);
    return 0;
}
