#include <stdlib.h>

#include "../disk.h"
#include "../file_digest.h"
#include "../flush.h"
#include "open.h"
#include "value.h"

#define THREADS "facequery.threads"
#define TASK "facequery.task"

enum {
    MOST_THREADS = 256,
    /* What a batch of a run has: some files for each of its orders. */
    MOST_PATHS = 65536,
    /* Milliseconds: a wait longer than this is none that anybody means. */
    LONGEST_WAIT = 3600 * 1000,
};

static int threads_free(lua_State *L)
{
    struct fq_threads **threads = luaL_checkudata(L, 1, THREADS);
    fq_threads_free(*threads);
    *threads = NULL;
    return 0;
}

static struct fq_threads *check_threads(lua_State *L)
{
    struct fq_threads **threads = luaL_checkudata(L, 1, THREADS);
    luaL_argcheck(L, *threads != NULL, 1, "the threads are closed");
    return *threads;
}

/* threads(count): work beside the caller; or nil and a failure. */
static int core_threads(lua_State *L)
{
    lua_Integer count = luaL_checkinteger(L, 1);
    struct fq_error error;
    struct fq_threads **threads;

    luaL_argcheck(L, count >= 1 && count <= MOST_THREADS, 1, "1 to 256 threads expected");
    threads = lua_newuserdata(L, sizeof *threads);
    *threads = NULL;
    luaL_setmetatable(L, THREADS);
    return fq_threads_new((unsigned)count, threads, &error) == FQ_OK ? 1 : fq_lua_fail(L, &error);
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

static int start(lua_State *L, struct fq_task *task)
{
    lua_pushinteger(L, (lua_Integer)fq_threads_start(check_threads(L), task));
    return 1;
}

/* threads:flush(paths): brings what has these paths to the disk; returns a number for threads:next,
 * or nil and a failure. */
static int threads_flush(lua_State *L)
{
    struct fq_error error;
    struct fq_flush *flush;
    const char **paths;
    size_t count;

    lua_settop(L, 2);
    paths = check_paths(L, 2, &count);
    check_threads(L);
    if (fq_flush_new(paths, count, &flush, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    return start(L, &flush->task);
}

/* threads:digest(path [, hashes]): digests a file; returns a number for threads:next, or nil and a
 * failure. */
static int threads_digest(lua_State *L)
{
    const char *path = fq_lua_check_string(L, 2);
    struct fq_error error;
    struct fq_file_digest *digest;
    unsigned which;

    lua_settop(L, 3);
    which = lua_isnil(L, 3) ? 1u << FQ_DIGEST_sha256 : fq_lua_digests(L, 3);
    check_threads(L);
    if (fq_file_digest_new(path, which, &digest, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    return start(L, &digest->task);
}

/* threads:wait(seconds): until threads:next has something to say. */
static int threads_wait(lua_State *L)
{
    lua_Number seconds = luaL_checknumber(L, 2);

    luaL_argcheck(L, seconds >= 0, 2, "seconds expected");
    fq_threads_wait(check_threads(L),
                    seconds < LONGEST_WAIT / 1000 ? (int)(seconds * 1000 + 0.999) : LONGEST_WAIT);
    return 0;
}

/* threads:descriptor(): can be read while threads:next has something to say; for pool:wait. */
static int threads_descriptor(lua_State *L)
{
    lua_pushinteger(L, fq_threads_descriptor(check_threads(L)));
    return 1;
}

/* Pushes the failures of a flush, by the index of the path; nil where it has none. */
static int push_flush(lua_State *L, const struct fq_flush *flush)
{
    struct fq_error error;
    bool has_failed = false;

    lua_newtable(L);
    for (size_t i = 0; i < flush->task.pieces; i++)
        if (flush->numbers[i] != 0) {
            fq_file_failure(flush->numbers[i], &error);
            fq_lua_fail(L, &error);
            lua_rawseti(L, -3, (int)i + 1);
            lua_pop(L, 1);
            has_failed = true;
        }
    if (!has_failed)
        lua_pop(L, 1);
    return has_failed ? 1 : 0;
}

static int push_digest(lua_State *L, struct fq_file_digest *digest)
{
    if (digest->status != FQ_OK)
        return fq_lua_fail(L, &digest->error);
    fq_lua_push_file_digests(L, digest->hex, digest->size);
    return 1;
}

/* The task is freed with this, whatever raises. */
static int task_free(lua_State *L)
{
    struct fq_task **task = lua_touserdata(L, 1);
    if (*task != NULL)
        (*task)->free(*task);
    *task = NULL;
    return 0;
}

/* threads:next(): the number of a task that has ended, and what came of it: of a flush its failures
 * by the index of the path, where it has one; of a digest { size =, sha256 =, … }, or nil and a
 * failure.  nil where none has ended. */
static int threads_next(lua_State *L)
{
    struct fq_flush *flush;
    struct fq_task **task;

    check_threads(L);
    task = lua_newuserdata(L, sizeof *task);
    *task = NULL;
    luaL_setmetatable(L, TASK);
    /* Making that may have run a finalizer, which may have closed them. */
    *task = fq_threads_next(check_threads(L));
    if (*task == NULL)
        return 0;
    lua_pushinteger(L, (lua_Integer)(*task)->id);
    flush = fq_flush_of(*task);
    return 1 + (flush != NULL ? push_flush(L, flush) : push_digest(L, fq_file_digest_of(*task)));
}

void fq_lua_open_threads(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"flush", threads_flush},
        {"digest", threads_digest},
        {"wait", threads_wait},
        {"next", threads_next},
        {"descriptor", threads_descriptor},
        {"close", threads_free},
        {NULL, NULL},
    };
    static const luaL_Reg functions[] = {{"threads", core_threads}, {NULL, NULL}};
    static const luaL_Reg none[] = {{NULL, NULL}};

    fq_lua_metatable(L, TASK, none, task_free);
    fq_lua_metatable(L, THREADS, methods, threads_free);
    luaL_setfuncs(L, functions, 0);
}
