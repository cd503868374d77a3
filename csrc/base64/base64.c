#include "base64.h"

#include "kernels.h"

static bool always(void)
{
    return true;
}

#ifdef FQ_BASE64_X86
/* Each is a load and a test of what __builtin_cpu_init has found out at start-up, the operating
 * system's support for the wide registers included. */
static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bw");
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}
#endif

size_t fq_base64_decode(const char *in, size_t size, unsigned char *out, size_t capacity)
{
#ifdef FQ_BASE64_X86
    if (has_avx512())
        return fq_base64_decode_avx512(in, size, out, capacity);
    if (has_avx2())
        return fq_base64_decode_avx2(in, size, out, capacity);
#endif
#ifdef FQ_BASE64_NEON
    return fq_base64_decode_neon(in, size, out, capacity);
#else
    return fq_base64_decode_scalar(in, size, out, capacity);
#endif
}

const struct fq_base64_kernel *fq_base64_kernels(size_t *count)
{
    static const struct fq_base64_kernel kernels[] = {
#ifdef FQ_BASE64_X86
        {"avx512", has_avx512, fq_base64_decode_avx512},
        {"avx2", has_avx2, fq_base64_decode_avx2},
#endif
#ifdef FQ_BASE64_NEON
        {"neon", always, fq_base64_decode_neon},
#endif
        {"scalar", always, fq_base64_decode_scalar},
    };

    *count = sizeof kernels / sizeof kernels[0];
    return kernels;
}
