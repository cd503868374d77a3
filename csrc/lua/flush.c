#include <stdlib.h>

#include "../disk.h"
#include "../flush.h"
#include "open.h"
#include "value.h"

#define FLUSH "facequery.flush"

enum {
    MOST_THREADS = 64,
    /* What a batch of a run has: some files for each of its orders. */
    MOST_PATHS = 65536,
    /* Milliseconds: a wait longer than this is none that anybody means. */
    LONGEST_WAIT = 3600 * 1000,
};

static int flush_free(lua_State *L)
{
    struct fq_flush **flush = luaL_checkudata(L, 1, FLUSH);
    fq_flush_free(*flush);
    *flush = NULL;
    return 0;
}

static struct fq_flush *check_flush(lua_State *L)
{
    struct fq_flush **flush = luaL_checkudata(L, 1, FLUSH);
    luaL_argcheck(L, *flush != NULL, 1, "the flush is closed");
    return *flush;
}

/* flush(threads): brings files to the disk beside the caller; or nil and a failure. */
static int core_flush(lua_State *L)
{
    lua_Integer threads = luaL_checkinteger(L, 1);
    struct fq_error error;
    struct fq_flush **flush;

    luaL_argcheck(L, threads >= 1 && threads <= MOST_THREADS, 1, "1 to 64 threads expected");
    flush = lua_newuserdata(L, sizeof *flush);
    *flush = NULL;
    luaL_setmetatable(L, FLUSH);
    return fq_flush_new((unsigned)threads, flush, &error) == FQ_OK ? 1 : fq_lua_fail(L, &error);
}

/* The strings of the list at `index`, in a userdata that is pushed; they live as long as the list.
 */
static const char **check_paths(lua_State *L, int index, size_t *count)
{
    const char **paths;

    luaL_checktype(L, index, LUA_TTABLE);
    for (*count = 0; *count <= MOST_PATHS; ++*count) {
        lua_rawgeti(L, index, (int)*count + 1);
        if (lua_isnil(L, -1))
            break;
        fq_lua_check_string(L, lua_gettop(L));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    luaL_argcheck(L, *count >= 1 && *count <= MOST_PATHS, index, "1 to 65536 paths expected");
    paths = lua_newuserdata(L, *count * sizeof *paths);
    for (size_t i = 0; i < *count; i++) {
        lua_rawgeti(L, index, (int)i + 1);
        paths[i] = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    return paths;
}

/* flush:start(paths): brings what has these paths to the disk; returns a number for flush:next, or
 * nil and a failure. */
static int flush_start(lua_State *L)
{
    struct fq_error error;
    const char **paths;
    size_t count, id;

    lua_settop(L, 2);
    paths = check_paths(L, 2, &count);
    if (fq_flush_start(check_flush(L), paths, count, &id, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_pushinteger(L, (lua_Integer)id);
    return 1;
}

/* flush:wait(seconds): until flush:next has something to say. */
static int flush_wait(lua_State *L)
{
    lua_Number seconds = luaL_checknumber(L, 2);

    luaL_argcheck(L, seconds >= 0, 2, "seconds expected");
    fq_flush_wait(check_flush(L),
                  seconds < LONGEST_WAIT / 1000 ? (int)(seconds * 1000 + 0.999) : LONGEST_WAIT);
    return 0;
}

/* flush:descriptor(): can be read while flush:next has something to say; for pool:wait. */
static int flush_descriptor(lua_State *L)
{
    lua_pushinteger(L, fq_flush_descriptor(check_flush(L)));
    return 1;
}

/* Pushes the failure that an errno is. */
static void push_failure(lua_State *L, int number)
{
    struct fq_error error;

    fq_file_failure(number, &error);
    fq_lua_fail(L, &error);
    lua_remove(L, -2);
}

/* The result's numbers, which are freed with this, whatever raises. */
static int numbers_free(lua_State *L)
{
    int **numbers = lua_touserdata(L, 1);
    free(*numbers);
    *numbers = NULL;
    return 0;
}

#define NUMBERS "facequery.numbers"

/* flush:next(): the number of a batch that has ended, and its failures by the index of the path,
 * where it has one; nil where none has ended. */
static int flush_next(lua_State *L)
{
    struct fq_flush_result result;
    int **numbers;
    bool has_failed = false;

    check_flush(L);
    numbers = lua_newuserdata(L, sizeof *numbers);
    *numbers = NULL;
    luaL_setmetatable(L, NUMBERS);
    /* Making that may have run a finalizer, which may have closed it. */
    if (!fq_flush_next(check_flush(L), &result))
        return 0;
    *numbers = result.numbers;
    lua_pushinteger(L, (lua_Integer)result.id);
    lua_newtable(L);
    for (size_t i = 0; i < result.count; i++)
        if (result.numbers[i] != 0) {
            push_failure(L, result.numbers[i]);
            lua_rawseti(L, -2, (int)i + 1);
            has_failed = true;
        }
    if (!has_failed)
        lua_pop(L, 1);
    return has_failed ? 2 : 1;
}

void fq_lua_open_flush(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"start", flush_start},           {"wait", flush_wait},  {"next", flush_next},
        {"descriptor", flush_descriptor}, {"close", flush_free}, {NULL, NULL},
    };
    static const luaL_Reg functions[] = {{"flush", core_flush}, {NULL, NULL}};
    static const luaL_Reg none[] = {{NULL, NULL}};

    fq_lua_metatable(L, NUMBERS, none, numbers_free);
    fq_lua_metatable(L, FLUSH, methods, flush_free);
    luaL_setfuncs(L, functions, 0);
}
