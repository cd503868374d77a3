/* How fast each base64 kernel is, beside memcpy and OpenSSL.
 *
 * GB/s counts what is read.  "of memcpy" is memcpy's time over the decoder's: once for a memcpy
 * of as many bytes as there are characters, once for one of as many as come out (3/4 of that, so
 * the harder one to reach).  Medians of repetitions that take turns. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base64.h"

#define REPETITIONS 41
#define MAX_WAYS 8

struct way {
    const char *name;
    size_t (*decode)(const char *, size_t, unsigned char *, size_t);
    double seconds[REPETITIONS]; /* per call */
};

static size_t copy_characters(const char *in, size_t size, unsigned char *out, size_t capacity)
{
    (void)capacity;
    memcpy(out, in, size);
    return size;
}

static size_t copy_bytes(const char *in, size_t size, unsigned char *out, size_t capacity)
{
    (void)size;
    memcpy(out, in, capacity);
    return size;
}

static size_t openssl(const char *in, size_t size, unsigned char *out, size_t capacity)
{
    (void)capacity;
    return EVP_DecodeBlock(out, (const unsigned char *)in, (int)size) < 0 ? 0 : size;
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(struct way *way)
{
    qsort(way->seconds, REPETITIONS, sizeof way->seconds[0], ascending);
    return way->seconds[REPETITIONS / 2];
}

static int measure(const char *label, struct way *ways, size_t count, const char *in, size_t size,
                   unsigned char *out)
{
    size_t calls = size > 1 << 20 ? 1 : (1 << 22) / (size + 256);
    double characters;
    double bytes;

    for (int repetition = -1; repetition < REPETITIONS; repetition++) {
        for (size_t w = 0; w < count; w++) {
            double start = now();

            for (size_t call = 0; call < calls; call++) {
                if (ways[w].decode(in, size, out, size / 4 * 3) != size) {
                    fprintf(stderr, "%s stopped early\n", ways[w].name);
                    return 1;
                }
                /* The copies have to happen, each of them. */
                __asm__ volatile("" : : "r"(out) : "memory");
            }
            /* The first turn only warms up. */
            if (repetition >= 0)
                ways[w].seconds[repetition] = (now() - start) / (double)calls;
        }
    }
    characters = median(&ways[0]);
    bytes = median(&ways[1]);
    for (size_t w = 0; w < count; w++) {
        double seconds = w == 0 ? characters : w == 1 ? bytes : median(&ways[w]);
        double moved = w == 1 ? (double)(size / 4 * 3) : (double)size;

        printf("%-8s %-18s %10.1f %8.2f", label, ways[w].name, seconds * 1e9,
               moved / seconds / 1e9);
        if (w > 1)
            printf(" %11.2f %11.2f", characters / seconds, bytes / seconds);
        putchar('\n');
    }
    return 0;
}

int main(void)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const struct {
        const char *label;
        size_t size;
    } sizes[] = {{"4 B", 4},         {"64 B", 64},     {"1 KB", 1 << 10},
                 {"16 KB", 1 << 14}, {"4 MB", 1 << 22}, {"40 MB", 10 << 22}};
    size_t most = 10 << 22;
    char *in = aligned_alloc(4096, most + 4096);
    unsigned char *out = aligned_alloc(4096, most + 4096);
    static struct way ways[MAX_WAYS] = {{"memcpy, characters", copy_characters, {0}},
                                        {"memcpy, bytes", copy_bytes, {0}},
                                        {"OpenSSL", openssl, {0}},
                                        {"fq_base64_decode", fq_base64_decode, {0}}};
    size_t count = 4;
    size_t left_out = 0;
    size_t kernels;
    const struct fq_base64_kernel *kernel = fq_base64_kernels(&kernels);
    unsigned state = 1;

    if (in == NULL || out == NULL)
        return 1;
    for (size_t k = 0; k < kernels; k++) {
        if (!kernel[k].supported() || count == MAX_WAYS)
            left_out++;
        else
            ways[count++] = (struct way){kernel[k].name, kernel[k].decode, {0}};
    }
    for (size_t i = 0; i < most; i++) {
        state = state * 1664525 + 1013904223;
        in[i] = alphabet[state >> 26];
    }
    memset(out, 0, most + 4096);
    printf("%-8s %-18s %10s %8s %11s %11s\n", "chars", "decoder", "ns/call", "GB/s", "of memcpy,",
           "of memcpy,");
    printf("%-8s %-18s %10s %8s %11s %11s\n", "", "", "", "", "characters", "bytes");
    /* Whole cache lines, which suits memcpy best, but not at one place of a page, where loads would
     * wait for stores. */
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
        if (measure(sizes[s].label, ways, count, in, sizes[s].size, out + 1088) != 0)
            return 1;
    if (left_out > 0)
        printf("%zu not supported here\n", left_out);
    free(in);
    free(out);
    return 0;
}
