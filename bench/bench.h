/* What the C programs of the bench share: a clock, and one line per measurement. */
#ifndef BENCH_H
#define BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* CPU time of this process, user and system, in seconds. */
static inline double cpu_seconds(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* What bench/compare.lua reads. */
static inline void report(const char *name, double value)
{
    printf("%s\t%.9g\n", name, value);
}

/* Keeps the compiler from leaving out what made the bytes at `data`. */
static inline void use(const void *data)
{
    __asm__ volatile("" : : "r"(data) : "memory");
}

/* `size` characters of base64, always the same. */
static inline void fill_base64(char *text, size_t size)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned state = 1;

    for (size_t i = 0; i < size; i++) {
        state = state * 1664525 + 1013904223;
        text[i] = alphabet[state >> 26];
    }
}

static inline void *allocate(size_t size)
{
    void *memory = malloc(size);

    if (memory == NULL) {
        fputs("out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

#endif
