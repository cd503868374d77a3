/* Whose OpenSSL it is that the loader has given this module. */
#ifndef FQ_LINKED_H
#define FQ_LINKED_H

#include <stdbool.h>

#include "status.h"

/* A program that has an OpenSSL of its own inside and exports its symbols stands in, function by
 * function, for the shared library that this module and libcurl are linked with; two versions then
 * work on each other's memory.  To be asked before any other function that calls OpenSSL.
 * FQ_CRYPTO_FAILED, with a sentence for people in error->detail. */
enum fq_status fq_linked_check(struct fq_error *error);

/* Does OpenSSL lock what threads share?  One built with no-threads does not. */
bool fq_linked_has_threads(void);

#endif
