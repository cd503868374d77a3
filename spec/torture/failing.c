/* Preloaded: fails one allocation, the nth from now.  It is told so through the one function that
 * any Lua can call with a word of its own: getenv("TORTURE_FAIL_<n>") arms it,
 * getenv("TORTURE_COUNT") disarms it and says how many there were. */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);

static atomic_long count, failing;

/* lua-cjson ends the process itself where it lacks memory. */
static int is_cjson(void *caller)
{
    Dl_info info;

    return dladdr(caller, &info) != 0 && info.dli_fname != NULL &&
           strstr(info.dli_fname, "cjson") != NULL;
}

static int fails(void *caller)
{
    if (atomic_load(&failing) == 0 || atomic_fetch_add(&count, 1) + 1 != atomic_load(&failing) ||
        is_cjson(caller))
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t members, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(members, size);
}

void *realloc(void *block, size_t size)
{
    return size > 0 && fails(__builtin_return_address(0)) ? NULL : __libc_realloc(block, size);
}

char *getenv(const char *name)
{
    static char *(*real)(const char *);
    static char text[32];

    if (strncmp(name, "TORTURE_FAIL_", 13) == 0) {
        atomic_store(&count, 0);
        atomic_store(&failing, atol(name + 13));
        return NULL;
    }
    if (strcmp(name, "TORTURE_COUNT") == 0) {
        atomic_store(&failing, 0);
        snprintf(text, sizeof text, "%ld", atomic_load(&count));
        return text;
    }
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "getenv");
    return real(name);
}
