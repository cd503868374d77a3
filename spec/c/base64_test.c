/* Every base64 kernel of this machine, against vectors, a decoder of another make and OpenSSL.
 *
 * The last page before a guard page holds the buffers, so that one byte read or written too far
 * is a crash, in vector code too. */
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base64/base64.h"
#include "base64/kernels.h"
#include "tap.h"

#define CANARY 0xa5
#define MOST 4096 /* characters in any buffer here */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Ends of writable memory: what follows is forbidden. */
static char *in_end;
static unsigned char *out_end;

static const char *name;
static size_t (*decode)(const char *, size_t, unsigned char *, size_t);

static void *end_before_guard(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = (2 * MOST + page - 1) / page * page;
    char *start =
        mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (start == MAP_FAILED || mprotect(start + size, page, PROT_NONE) != 0) {
        printf("Bail out! no memory\n");
        exit(1);
    }
    return start + size;
}

static uint32_t next_random(void)
{
    static uint64_t state = 20240229;

    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

static void fill_valid(char *in, size_t size)
{
    for (size_t i = 0; i < size; i++)
        in[i] = alphabet[next_random() % 64];
}

/* Bit by bit, from the definition: the six bits of each character, highest first, in a row. */
static size_t naive(const char *in, size_t size, unsigned char *out, size_t capacity)
{
    size_t read = 0;

    while (size - read >= 4 && capacity - read / 4 * 3 >= 3) {
        unsigned char bytes[3] = {0, 0, 0};

        for (size_t bit = 0; bit < 24; bit++) {
            char c = in[read + bit / 6];
            const char *found = c == '\0' ? NULL : strchr(alphabet, c);

            if (found == NULL)
                return read;
            if ((found - alphabet) >> (5 - bit % 6) & 1)
                bytes[bit / 8] |= (unsigned char)(1 << (7 - bit % 8));
        }
        memcpy(out + read / 4 * 3, bytes, 3);
        read += 4;
    }
    return read;
}

/* Decodes and compares with what is expected: `consumed` characters, and the bytes of `bytes`.
 * Says what went wrong the first time. */
static bool check(const char *in, size_t size, unsigned char *out, size_t capacity, size_t consumed,
                  const unsigned char *bytes)
{
    size_t got = decode(in, size, out, capacity);

    if (got != consumed) {
        printf("# %s: %zu characters, room for %zu bytes: consumed %zu, not %zu\n", name, size,
               capacity, got, consumed);
        return false;
    }
    if (consumed > 0 && memcmp(out, bytes, consumed / 4 * 3) != 0) {
        printf("# %s: %zu characters, room for %zu bytes: wrong bytes\n", name, size, capacity);
        return false;
    }
    return true;
}

/* `text` at the guard, decoded to the guard. */
static bool check_text(const char *text, size_t size, size_t consumed, const char *bytes)
{
    size_t capacity = size / 4 * 3;
    char *in = in_end - size;

    memcpy(in, text, size);
    memset(out_end - capacity, CANARY, capacity);
    return check(in, size, out_end - capacity, capacity, consumed, (const unsigned char *)bytes);
}

static void vectors(void)
{
    static const struct {
        const char *text, *bytes;
        size_t consumed;
    } cases[] = {
        {"", "", 0},
        {"Zg==", "", 0},
        {"Zm8=", "", 0},
        {"Zm9v", "foo", 4},
        {"Zm9vYg==", "foo", 4},
        {"Zm9vYmE=", "foo", 4},
        {"Zm9vYmFy", "foobar", 8},
        {"FPucA9l+", "\x14\xfb\x9c\x03\xd9\x7e", 8},
    };
    bool good = true;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        good &= check_text(cases[i].text, strlen(cases[i].text), cases[i].consumed, cases[i].bytes);
    ok(good, "%s decodes the whole groups of RFC 4648's examples and stops at padding", name);

    /* python3: base64.b64decode(alphabet).hex() */
    ok(check_text(alphabet, 64, 64,
                  "\x00\x10\x83\x10\x51\x87\x20\x92\x8b\x30\xd3\x8f\x41\x14\x93\x51"
                  "\x55\x97\x61\x96\x9b\x71\xd7\x9f\x82\x18\xa3\x92\x59\xa7\xa2\x9a"
                  "\xab\xb2\xdb\xaf\xc3\x1c\xb3\xd3\x5d\xb7\xe3\x9e\xbb\xf3\xdf\xbf"),
       "%s knows every character of the alphabet", name);
    good = decode(NULL, 0, NULL, 0) == 0;
    ok(good, "%s takes nothing for nothing", name);
}

static void lengths_and_alignments(void)
{
    static unsigned char expected[MOST];
    bool guarded = true, aligned = true, canaries = true;

    for (size_t size = 0; size <= 300; size++) {
        size_t capacity = size / 4 * 3;
        char *in = in_end - size;
        unsigned char *out = out_end - capacity;
        size_t consumed;

        fill_valid(in, size);
        consumed = naive(in, size, expected, capacity);
        guarded &= consumed == size / 4 * 4;
        guarded &= check(in, size, out, capacity, consumed, expected);
        for (size_t alignment = 0; alignment < 64; alignment++) {
            /* More of the alphabet behind it, which is not to be taken for input, and canaries
             * around the output.  Other alignments there, so that the pair varies. */
            char *start = in_end - MOST + alignment;
            unsigned char *place = out_end - MOST + 64 + (alignment * 29 + size) % 64;

            memcpy(start, in, size);
            memset(start + size, 'A', 64);
            memset(place - 64, CANARY, 64 + capacity + 64);
            aligned &= check(start, size, place, capacity, consumed, expected);
            for (size_t i = 1; i <= 64; i++)
                canaries &= place[-(ptrdiff_t)i] == CANARY && place[capacity + i - 1] == CANARY;
        }
    }
    ok(guarded, "%s decodes 0 to 300 characters up to the very end of memory", name);
    ok(aligned, "%s decodes them at each of 64 alignments", name);
    ok(canaries, "%s writes nothing outside the output", name);
}

static void random_input(void)
{
    static unsigned char expected[MOST];
    static char terminated[MOST + 1];
    bool same = true, openssl = true;

    for (int turn = 0; turn < 300; turn++) {
        size_t size = next_random() % (MOST / 4) * 4;
        size_t capacity = size / 4 * 3;
        char *in = in_end - size;
        unsigned char *out = out_end - capacity;

        fill_valid(in, size);
        memcpy(terminated, in, size);
        terminated[size] = '\0';
        same &= naive(in, size, expected, capacity) == size;
        same &= check(in, size, out, capacity, size, expected);
        openssl &= EVP_DecodeBlock(expected, (const unsigned char *)terminated, (int)size) ==
                   (int)capacity;
        openssl &= capacity == 0 || memcmp(out, expected, capacity) == 0;
    }
    ok(same, "%s decodes random text like the plain decoder", name);
    ok(openssl, "%s decodes random text like OpenSSL", name);
}

/* Does it stop before the group of each of these bytes, at each place of a text of this size? */
static bool stops_at(const char *bytes, size_t count, size_t size)
{
    static unsigned char expected[MOST];
    size_t capacity = size / 4 * 3;
    char *in = in_end - size;
    unsigned char *out = out_end - capacity;
    bool good = true;
    size_t whole;

    fill_valid(in, size);
    whole = naive(in, size, expected, capacity);
    for (size_t offset = 0; offset < size; offset++) {
        char saved = in[offset];
        size_t consumed = offset / 4 * 4 < whole ? offset / 4 * 4 : whole;

        for (size_t i = 0; i < count; i++) {
            in[offset] = bytes[i];
            good &= check(in, size, out, capacity, consumed, expected);
        }
        in[offset] = saved;
    }
    return good;
}

static void foreign_bytes(void)
{
    static const size_t longer[] = {255, 256, 257, 300, 512, 515, 600, 1100};
    static const char few[] = {'=', '\0', '\n', '-', '_', (char)0x80, (char)0xff, (char)0xc1};
    char all[256];
    size_t count = 0;
    bool good = true, far = true;

    for (int byte = 0; byte < 256; byte++)
        if (byte == 0 || strchr(alphabet, byte) == NULL)
            all[count++] = (char)byte;
    for (size_t size = 1; size <= 200; size++)
        good &= stops_at(all, count, size);
    ok(good, "%s stops before the group of each foreign byte at each place of 1 to 200 characters",
       name);
    for (size_t i = 0; i < sizeof longer / sizeof longer[0]; i++)
        far &= stops_at(few, sizeof few, longer[i]);
    ok(far, "%s stops at padding, NUL, line breaks and high bytes at each place of longer text",
       name);
}

static void several_foreign_bytes(void)
{
    static unsigned char expected[MOST];
    bool good = true;

    for (int turn = 0; turn < 2000; turn++) {
        size_t size = next_random() % 600;
        size_t capacity = size / 4 * 3;
        char *in = in_end - size;

        fill_valid(in, size);
        for (uint32_t n = next_random() % 4; size > 0 && n > 0; n--)
            in[next_random() % size] = (char)next_random();
        good &= check(in, size, out_end - capacity, capacity, naive(in, size, expected, capacity),
                      expected);
    }
    ok(good, "%s stops at the first of several", name);
}

static void small_capacity(void)
{
    static unsigned char expected[MOST];
    static const size_t sizes[] = {4, 32, 64, 127, 128, 200, 256, 300, 520, 1100};
    bool good = true, canaries = true;

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t size = sizes[i];
        char *in = in_end - size;

        fill_valid(in, size);
        for (size_t capacity = 0; capacity <= size; capacity++) {
            size_t consumed = naive(in, size, expected, capacity);

            out_end[-(ptrdiff_t)capacity - 1] = CANARY;
            good &= check(in, size, out_end - capacity, capacity, consumed, expected);
            canaries &= out_end[-(ptrdiff_t)capacity - 1] == CANARY;
        }
    }
    ok(good, "%s decodes as many groups as have room and writes nothing past it", name);
    ok(canaries, "%s writes nothing before the output", name);
}

static void all(void)
{
    vectors();
    lengths_and_alignments();
    random_input();
    foreign_bytes();
    several_foreign_bytes();
    small_capacity();
}

int main(void)
{
    size_t count;
    const struct fq_base64_kernel *kernels = fq_base64_kernels(&count);
    size_t supported = 0;

    in_end = end_before_guard();
    out_end = end_before_guard();
    for (size_t i = 0; i < count; i++) {
        if (!kernels[i].supported()) {
            printf("# %s is not for this processor\n", kernels[i].name);
            continue;
        }
        supported++;
        name = kernels[i].name;
        decode = kernels[i].decode;
        all();
    }
    ok(supported > 0 && kernels[count - 1].supported(), "there is a kernel for this processor");
    name = "fq_base64_decode";
    decode = fq_base64_decode;
    vectors();
    random_input();
    small_capacity();
    return done_testing();
}
