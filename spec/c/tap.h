/* Test results in the Test Anything Protocol. */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tap_tests;
static int tap_failures;

/* One result; `sentence` is printf's. */
#define ok(condition, ...) tap_ok((condition), __FILE__, __LINE__, __VA_ARGS__)

__attribute__((format(printf, 4, 5))) static inline bool tap_ok(bool passed, const char *file,
                                                                int line, const char *sentence, ...)
{
    va_list arguments;

    printf("%sok %d - ", passed ? "" : "not ", ++tap_tests);
    va_start(arguments, sentence);
    vprintf(sentence, arguments);
    va_end(arguments);
    putchar('\n');
    if (!passed) {
        tap_failures++;
        printf("# failed at %s:%d\n", file, line);
    }
    /* What was found is on its way before a crash. */
    fflush(stdout);
    return passed;
}

/* Prints the plan.  Returns the exit status: 1 when a test failed, or when there were none. */
static inline int done_testing(void)
{
    printf("1..%d\n", tap_tests);
    return tap_failures > 0 || tap_tests == 0;
}

#endif
