#include "lua_core.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "linked.h"
#include "media.h"
#include "sign.h"

#define DECODER "facequery.decoder"

int fq_lua_fail(lua_State *L, const struct fq_error *error)
{
    lua_pushnil(L);
    lua_createtable(L, 0, 4);
    lua_pushstring(L, fq_status_name(error->status));
    lua_setfield(L, -2, "status");
    if (error->status == FQ_TRANSPORT) {
        lua_pushstring(L, fq_http_code_name(error->number));
        lua_setfield(L, -2, "curl");
    }
    if (error->status == FQ_HTTP) {
        lua_pushinteger(L, error->number);
        lua_setfield(L, -2, "http_status");
    }
    if (error->status == FQ_BASE64_FOREIGN) {
        lua_pushinteger(L, (lua_Integer)error->offset);
        lua_setfield(L, -2, "offset");
    }
    if (error->field != NULL) {
        lua_pushstring(L, error->field);
        lua_setfield(L, -2, "field");
    }
    if (error->detail[0] != '\0') {
        lua_pushstring(L, error->detail);
        lua_setfield(L, -2, "detail");
    }
    return 2;
}

static int bad_field(lua_State *L, const char *name, const char *expected)
{
    return luaL_error(L, "bad field '%s' (%s expected, got %s)", name, expected,
                      luaL_typename(L, -1));
}

const char *fq_lua_check_string(lua_State *L, int index)
{
    size_t size;
    const char *string;

    luaL_checktype(L, index, LUA_TSTRING);
    string = lua_tolstring(L, index, &size);
    luaL_argcheck(L, strlen(string) == size, index, "NUL byte in it");
    return string;
}

const char *fq_lua_string_field(lua_State *L, int index, const char *name)
{
    size_t size;
    const char *string;

    luaL_checkstack(L, 4, NULL);
    lua_getfield(L, index, name);
    if (lua_isnil(L, -1))
        return NULL;
    if (lua_type(L, -1) != LUA_TSTRING)
        bad_field(L, name, "string");
    string = lua_tolstring(L, -1, &size);
    if (strlen(string) != size)
        luaL_error(L, "bad field '%s' (NUL byte in it)", name);
    return string;
}

lua_Number fq_lua_number_field(lua_State *L, int index, const char *name, lua_Number otherwise)
{
    lua_Number number = otherwise;

    lua_getfield(L, index, name);
    if (!lua_isnil(L, -1)) {
        if (lua_type(L, -1) != LUA_TNUMBER)
            bad_field(L, name, "number");
        number = lua_tonumber(L, -1);
    }
    lua_pop(L, 1);
    return number;
}

size_t fq_lua_size_field(lua_State *L, int index, const char *name, size_t otherwise)
{
    lua_Number number = fq_lua_number_field(L, index, name, (lua_Number)otherwise);

    if (!(number >= 0 && number <= FQ_LUA_LARGEST_SIZE))
        luaL_error(L, "bad field '%s' (a size expected)", name);
    return (size_t)number;
}

/* clang-format off */
static const char *const digest_names[] = {
#define X(name, openssl) #name,
    FQ_DIGEST_LIST(X)
#undef X
    NULL,
};
/* clang-format on */

unsigned fq_lua_digests(lua_State *L, int index)
{
    unsigned digests = 0;

    luaL_checktype(L, index, LUA_TTABLE);
    lua_pushvalue(L, index);
    for (int i = 1; lua_rawgeti(L, -1, i), !lua_isnil(L, -1); i++) {
        digests |= 1u << luaL_checkoption(L, lua_gettop(L), NULL, digest_names);
        lua_pop(L, 1);
    }
    lua_pop(L, 2);
    return digests;
}

void fq_lua_set_digests(lua_State *L, fq_digests_hex hex)
{
    for (int i = 0; i < FQ_DIGESTS; i++)
        if (hex[i][0] != '\0') {
            lua_pushstring(L, hex[i]);
            lua_setfield(L, -2, digest_names[i]);
        }
}

void fq_lua_metatable(lua_State *L, const char *name, const luaL_Reg *methods,
                      lua_CFunction free_function)
{
    luaL_newmetatable(L, name);
    lua_pushcfunction(L, free_function);
    lua_setfield(L, -2, "__gc");
#if LUA_VERSION_NUM >= 504
    lua_pushcfunction(L, free_function);
    lua_setfield(L, -2, "__close");
#endif
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}

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

/* clock(): seconds of a clock that nobody sets: for waits. */
static int core_clock(lua_State *L)
{
    return push_time(L, CLOCK_MONOTONIC);
}

/* equal(a, b): compares strings in a time that says nothing of where they differ. */
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

static int decoder_free(lua_State *L)
{
    struct fq_media **media = luaL_checkudata(L, 1, DECODER);
    fq_media_free(*media);
    *media = NULL;
    return 0;
}

static enum fq_status decode(struct fq_media **media, const char *text, size_t size, size_t limit,
                             struct fq_media_result *result, struct fq_error *error)
{
    size_t consumed;
    struct fq_media_options options = {.limit = limit, .expected = size / 4 * 3 + 3};
    enum fq_status status = fq_media_new(&options, media, error);

    if (status == FQ_OK)
        status = fq_media_write(*media, text, size, &consumed, error);
    if (status == FQ_OK && consumed < size)
        status = fq_media_foreign(*media, error);
    if (status == FQ_OK)
        status = fq_media_end(*media, error);
    return status == FQ_OK ? fq_media_result(*media, result, error) : status;
}

/* decode_media(base64): bytes and their format or nil; or nil and a failure. */
static int core_decode_media(lua_State *L)
{
    struct fq_media **media;
    struct fq_media_result result;
    struct fq_error error;
    const char *text;
    size_t size;

    luaL_checktype(L, 1, LUA_TSTRING);
    text = lua_tolstring(L, 1, &size);
    media = lua_newuserdata(L, sizeof *media);
    *media = NULL;
    luaL_setmetatable(L, DECODER);
    if (decode(media, text, size, SIZE_MAX, &result, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_pushlstring(L, (const char *)result.data, result.size);
    lua_pushstring(L, result.format);
    fq_media_free(*media);
    *media = NULL;
    return 2;
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

/* has_threads(): may several threads call OpenSSL at once? */
static int core_has_threads(lua_State *L)
{
    lua_pushboolean(L, fq_linked_has_threads());
    return 1;
}

__attribute__((visibility("default"))) int luaopen_facequery_core(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"nonce", core_nonce},
        {"decode_media", core_decode_media},
        {"random", core_random},
        {"sleep", core_sleep},
        {"now", core_now},
        {"clock", core_clock},
        {"equal", core_equal},
        {"default_interrupt", core_default_interrupt},
        {"has_threads", core_has_threads},
        {NULL, NULL},
    };
    static const luaL_Reg none[] = {{NULL, NULL}};
    struct fq_error error;

    if (fq_linked_check(&error) != FQ_OK)
        return luaL_error(L, "facequery: %s", error.detail);
    fq_lua_metatable(L, DECODER, none, decoder_free);
    luaL_newlib(L, functions);
    fq_lua_open_sign(L);
    fq_lua_open_response(L);
    fq_lua_open_http(L);
    fq_lua_open_pool(L);
    fq_lua_open_file(L);
    fq_lua_open_json(L);
    return 1;
}
