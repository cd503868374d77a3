/* Preloaded: fails one allocation, the nth from now.  It is told so through the one function that
 * any Lua can call with a word of its own: getenv("TORTURE_FAIL_<n>") arms it,
 * getenv("TORTURE_COUNT") disarms it and says how many there were. */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);

static atomic_long count, failing;

static bool is_in(void *address, const char *library)
{
    Dl_info info;

    return dladdr(address, &info) != 0 && info.dli_fname != NULL &&
           strstr(info.dli_fname, library) != NULL;
}

/* lua-cjson ends the process itself where it lacks memory.  libgcc's unwinder, by which LuaJIT
 * raises errors, allocates with a lock that a backtrace would wait for. */
static bool is_spared_caller(void *caller)
{
    return is_in(caller, "cjson") || is_in(caller, "libgcc_s");
}

/* `function`: its name, or how that begins. */
static bool is_of(void *address, const char *function)
{
    Dl_info info;

    return dladdr(address, &info) != 0 && info.dli_sname != NULL &&
           strncmp(info.dli_sname, function, strlen(function)) == 0;
}

/* Where libraries end the process themselves.  libcurl 7.88.1 frees a TLS session twice where it
 * lacks the memory for what it keeps with the session: it keeps one when libssl calls it back with
 * a new one, and libssl calls libcurl for nothing else.  And it goes on with an HTTP/2 session that
 * nghttp2 has given up while it read; so does 8.14.1, which calls nghttp2_session_mem_recv2. */
static bool is_fatal_elsewhere(void)
{
    void *frames[32];
    int count = backtrace(frames, 32);

    for (int i = 1; i < count; i++)
        if ((is_in(frames[i - 1], "libcurl") && is_in(frames[i], "libssl")) ||
            is_of(frames[i], "nghttp2_session_mem_recv"))
            return true;
    return false;
}

/* The first backtrace loads a library, which allocates: not amid a failing allocation. */
__attribute__((constructor)) static void load_backtrace(void)
{
    void *frame;

    backtrace(&frame, 1);
}

static _Thread_local bool is_spared;

static bool fails(void *caller)
{
    if (is_spared || atomic_load(&failing) == 0 ||
        atomic_fetch_add(&count, 1) + 1 != atomic_load(&failing) || is_spared_caller(caller) ||
        is_fatal_elsewhere())
        return false;
    errno = ENOMEM;
    return true;
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

/* OpenSSL 3.5's returns nothing, and leaves a connection without the record layer that it had no
 * memory for: the next call crashes. */
void SSL_set_connect_state(void *connection)
{
    void (*real)(void *);

    is_spared = true;
    *(void **)&real =
        dlsym(dlopen("libssl.so.3", RTLD_LAZY | RTLD_NOLOAD), "SSL_set_connect_state");
    real(connection);
    is_spared = false;
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
