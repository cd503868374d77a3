/* What a fuzz target holds true: else it says which, and ends as libFuzzer wants it. */
#ifndef MUST_H
#define MUST_H

#include <stdio.h>
#include <stdlib.h>

#define must(condition, sentence)                                                                  \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, sentence);                  \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
