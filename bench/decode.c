/* decode_media's floor: the decoder in C alone, each of its kernels, OpenSSL's and memcpy.  The
 * copies are of as many bytes as there are characters, and of as many as come out of them. */
#include <openssl/evp.h>
#include <string.h>

#include "base64/base64.h"
#include "base64/kernels.h"
#include "bench.h"

typedef size_t decoder(const char *in, size_t size, unsigned char *out, size_t capacity);

static size_t copy_characters(const char *in, size_t size, unsigned char *out, size_t capacity)
{
    (void)capacity;
    memcpy(out, in, size);
    return size;
}

static size_t copy_bytes(const char *in, size_t size, unsigned char *out, size_t capacity)
{
    memcpy(out, in, capacity);
    return size;
}

static size_t openssl(const char *in, size_t size, unsigned char *out, size_t capacity)
{
    (void)capacity;
    return EVP_DecodeBlock(out, (const unsigned char *)in, (int)size) < 0 ? 0 : size;
}

/* Seconds per call, as "decode.<name>.<size>". */
static void measure(const char *name, decoder *decode, const char *in, size_t size,
                    unsigned char *out)
{
    const size_t calls = (64 << 20) / size;
    char label[64];
    double start = 0;

    for (size_t call = 0; call <= calls; call++) {
        if (call == 1) /* the first only warms up */
            start = cpu_seconds();
        if (decode(in, size, out, size / 4 * 3) != size) {
            fprintf(stderr, "%s stopped early\n", name);
            exit(1);
        }
        use(out);
    }
    snprintf(label, sizeof label, "decode.%s.%zu", name, size);
    report(label, (cpu_seconds() - start) / (double)calls);
}

int main(void)
{
    static const size_t sizes[] = {4 << 10, 200 << 10, 4 << 20};
    const size_t most = 4 << 20;
    char *in = allocate(most);
    unsigned char *out = allocate(most);
    size_t count;
    const struct fq_base64_kernel *kernels = fq_base64_kernels(&count);

    fill_base64(in, most);
    memset(out, 0, most);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        measure("memcpy_characters", copy_characters, in, sizes[i], out);
        measure("memcpy_bytes", copy_bytes, in, sizes[i], out);
        measure("openssl", openssl, in, sizes[i], out);
        measure("c", fq_base64_decode, in, sizes[i], out);
        for (size_t k = 0; k < count; k++)
            if (kernels[k].supported())
                measure(kernels[k].name, kernels[k].decode, in, sizes[i], out);
    }
    free(in);
    free(out);
    return 0;
}
