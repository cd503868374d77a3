/* Scenarios of which each call to the system, OpenSSL or libcurl fails once, in each of several
 * ways, and on file systems that lack what Linux's own have. */
#ifndef FAILING_H
#define FAILING_H

#include <stdbool.h>
#include <stddef.h>

#include "status.h"

struct scenario {
    const char *name;
    void (*prepare)(void);
    enum fq_status (*run)(struct fq_error *error);
    bool (*check)(bool is_ok); /* of the folder, and what came of it */
    bool is_refused;           /* always */
    bool is_everywhere;        /* to be tried on every file system */
};

/* The folder of every scenario, empty when it is prepared, and two names in it. */
extern char folder[32], path[48], other[48];

/* Writes a file of mode 0600. */
void put(const char *name, const char *text);

/* Is that what the file holds?  NULL: nothing has that name. */
bool holds(const char *name, const char *text);

/* Does the call that fails say that there is no memory? */
bool is_short_of_memory(void);

/* What a scenario prepares, and what it checks, where there is nothing to do. */
void nothing(void);
bool anything(bool is_ok);

/* Plays them all, and prints TAP.  For main to return. */
int fail_all(const struct scenario *scenarios, size_t count);

#endif
