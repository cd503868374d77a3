/* The ways to decode base64 that base64.c chooses from: for the library's own files and its tests.
 */
#ifndef FQ_BASE64_KERNELS_H
#define FQ_BASE64_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__x86_64__)
#define FQ_BASE64_X86 1
#elif defined(__AARCH64EL__)
#define FQ_BASE64_NEON 1
#endif

/* One way to do it.  All keep the contract of fq_base64_decode. */
struct fq_base64_kernel {
    const char *name;
    bool (*supported)(void); /* by this processor */
    size_t (*decode)(const char *in, size_t size, unsigned char *out, size_t capacity);
};

/* All that were compiled in, the one that fq_base64_decode prefers first.  Static. */
const struct fq_base64_kernel *fq_base64_kernels(size_t *count);

size_t fq_base64_decode_scalar(const char *in, size_t size, unsigned char *out, size_t capacity);
size_t fq_base64_decode_avx2(const char *in, size_t size, unsigned char *out, size_t capacity);
size_t fq_base64_decode_avx512(const char *in, size_t size, unsigned char *out, size_t capacity);
size_t fq_base64_decode_neon(const char *in, size_t size, unsigned char *out, size_t capacity);

#endif
