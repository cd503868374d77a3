#include <curl/curl.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "../linked.h"
#include "../sign.h"
#include "open.h"
#include "value.h"

/* nonce(): 32 letters and digits, or nil and a failure. */
static int core_nonce(lua_State *L)
{
    char nonce[FQ_NONCE_LENGTH + 1];
    struct fq_error error;

    if (fq_nonce(nonce) != FQ_OK) {
        fq_fail(&error, FQ_CRYPTO_FAILED, 0);
        return fq_lua_fail(L, &error);
    }
    lua_pushlstring(L, nonce, FQ_NONCE_LENGTH);
    return 1;
}

/* random(): a number in [0, 1), from the nonce's source: Lua's own generator starts alike in every
 * LuaJIT process, and jitter must not.  Or nil and a failure. */
static int core_random(lua_State *L)
{
    uint32_t bits;
    struct fq_error error;

    if (fq_random(&bits, sizeof bits) != FQ_OK) {
        fq_fail(&error, FQ_CRYPTO_FAILED, 0);
        return fq_lua_fail(L, &error);
    }
    lua_pushnumber(L, (lua_Number)bits / 4294967296.0);
    return 1;
}

static int push_time(lua_State *L, clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    lua_pushnumber(L, (lua_Number)now.tv_sec + (lua_Number)now.tv_nsec / 1e9);
    return 1;
}

/* now(): seconds since the epoch, with their fraction: for what is stored or told to others. */
static int core_now(lua_State *L)
{
    return push_time(L, CLOCK_REALTIME);
}

/* clock(): seconds of CLOCK_MONOTONIC, which nobody sets: for waits. */
static int core_clock(lua_State *L)
{
    return push_time(L, CLOCK_MONOTONIC);
}

/* equal(a, b): compares strings in constant time, which says nothing of where they differ. */
static int core_equal(lua_State *L)
{
    size_t a_size, b_size;
    const char *a = luaL_checklstring(L, 1, &a_size);
    const char *b = luaL_checklstring(L, 2, &b_size);

    lua_pushboolean(L, a_size == b_size && CRYPTO_memcmp(a, b, a_size) == 0);
    return 1;
}

/* sleep(seconds): blocks the thread. */
static int core_sleep(lua_State *L)
{
    lua_Number seconds = luaL_checknumber(L, 1);
    struct timespec left;

    luaL_argcheck(L, seconds >= 0 && seconds < 1e9, 1, "seconds expected");
    left.tv_sec = (time_t)seconds;
    left.tv_nsec = (long)((seconds - (lua_Number)left.tv_sec) * 1e9);
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
    return 0;
}

/* default_interrupt(): SIGINT ends the process at once, as it ends any other command.  The
 * standalone interpreter makes a Lua error of it, which the next pcall takes for a failure of
 * something else. */
static int core_default_interrupt(lua_State *L)
{
    (void)L;
    signal(SIGINT, SIG_DFL);
    return 0;
}

/* cores(): how many of the machine's this process may run on, as nproc(1) counts them. */
static int core_cores(lua_State *L)
{
    cpu_set_t set;
    long count;

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        count = CPU_COUNT(&set);
    else
        count = sysconf(_SC_NPROCESSORS_ONLN); /* more than the set has room for */
    lua_pushinteger(L, count > 0 ? (lua_Integer)count : 1);
    return 1;
}

/* has_threads(): may several threads call OpenSSL at once? */
static int core_has_threads(lua_State *L)
{
    lua_pushboolean(L, fq_linked_has_threads());
    return 1;
}

/* build(): { libcurl =, openssl = }: the versions of the libraries that are in use. */
static int core_build(lua_State *L)
{
    lua_createtable(L, 0, 2);
    lua_pushstring(L, curl_version_info(CURLVERSION_NOW)->version);
    lua_setfield(L, -2, "libcurl");
    lua_pushstring(L, OpenSSL_version(OPENSSL_FULL_VERSION_STRING));
    lua_setfield(L, -2, "openssl");
    return 1;
}

/* tls(): { library = whose TLS libcurl speaks, with its version; ca_file =, ca_path = whom libcurl
 * trusts when nobody says otherwise, where it was built with such }. */
static int core_tls(lua_State *L)
{
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

    lua_createtable(L, 0, 3);
    lua_pushstring(L, info->ssl_version);
    lua_setfield(L, -2, "library");
    lua_pushstring(L, info->cainfo);
    lua_setfield(L, -2, "ca_file");
    lua_pushstring(L, info->capath);
    lua_setfield(L, -2, "ca_path");
    return 1;
}

/* machine(): the machine's name, as `uname -n` prints it. */
static int core_machine(lua_State *L)
{
    struct utsname names;

    lua_pushstring(L, uname(&names) == 0 ? names.nodename : "");
    return 1;
}

/* columns(descriptor): how many columns the terminal has, 0 where it doesn't say; nil where it is
 * no terminal. */
static int core_columns(lua_State *L)
{
    int fd = (int)luaL_checkinteger(L, 1);
    struct winsize size = {0};

    if (!isatty(fd)) {
        lua_pushnil(L);
        return 1;
    }
    ioctl(fd, TIOCGWINSZ, &size);
    lua_pushinteger(L, size.ws_col);
    return 1;
}

/* send_datagram(name, text): sends text to a unix socket: a path, or, beginning with "@", an
 * abstract name.  Never waits.  Returns whether the socket has it. */
static int core_send_datagram(lua_State *L)
{
    size_t name_size, size;
    const char *name = luaL_checklstring(L, 1, &name_size);
    const char *text = luaL_checklstring(L, 2, &size);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + name_size);
    int fd;

    lua_pushboolean(L, 0);
    if (name_size == 0 || name_size >= sizeof address.sun_path)
        return 1;
    memcpy(address.sun_path, name, name_size);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return 1;
    lua_pushboolean(L, sendto(fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL,
                              (struct sockaddr *)&address, length) >= 0);
    close(fd);
    return 1;
}

void fq_lua_open_system(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"nonce", core_nonce},
        {"random", core_random},
        {"sleep", core_sleep},
        {"now", core_now},
        {"clock", core_clock},
        {"equal", core_equal},
        {"default_interrupt", core_default_interrupt},
        {"cores", core_cores},
        {"has_threads", core_has_threads},
        {"build", core_build},
        {"tls", core_tls},
        {"machine", core_machine},
        {"columns", core_columns},
        {"send_datagram", core_send_datagram},
        {NULL, NULL},
    };

    luaL_setfuncs(L, functions, 0);
}
