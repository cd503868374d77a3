/* The clock by which exchanges end in their time. */
#ifndef FQ_CLOCK_H
#define FQ_CLOCK_H

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC, which nobody sets. */
int64_t fq_clock_milliseconds(void);

#endif
