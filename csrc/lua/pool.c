#include <stdbool.h>

#include "../pool.h"
#include "../relay.h"
#include "answer.h"
#include "exchange.h"
#include "open.h"
#include "value.h"

#define POOL "facequery.pool"

/* The longest wait in seconds, so that its milliseconds fit an int. */
enum { LONGEST_WAIT = 3600 };

struct pool {
    struct fq_pool *transfers; /* NULL: closed */
    /* Takes the answers' digests, the most work of an archive, while the transfers go on. */
    struct fq_relay_thread *digester;
};

static int pool_free(lua_State *L)
{
    struct pool *pool = luaL_checkudata(L, 1, POOL);

    fq_pool_free(pool->transfers);
    fq_relay_thread_free(pool->digester);
    *pool = (struct pool){0};
    return 0;
}

static struct pool *check_pool(lua_State *L)
{
    struct pool *pool = luaL_checkudata(L, 1, POOL);

    luaL_argcheck(L, pool->transfers != NULL, 1, "the pool is closed");
    return pool;
}

/* pool(): many exchanges at once; or nil and a failure. */
static int core_pool(lua_State *L)
{
    struct fq_error error;
    struct pool *pool = lua_newuserdata(L, sizeof *pool);

    *pool = (struct pool){0};
    luaL_setmetatable(L, POOL);
    if (fq_relay_thread_new(&pool->digester, &error) != FQ_OK ||
        fq_pool_new(&pool->transfers, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    return 1;
}

/* pool:start(request): a number for pool:finish, or nil and a failure. */
static int pool_start(lua_State *L)
{
    const char *headers[FQ_MAX_HEADERS + 1];
    struct pool *pool = luaL_checkudata(L, 1, POOL);
    struct fq_http_request request;
    struct fq_answer **answer;
    struct fq_sink *sink;
    struct fq_error error;
    size_t id;

    luaL_checktype(L, 2, LUA_TTABLE);
    /* Reads the request first: that may call Lua (a metamethod), which may close the pool. */
    fq_lua_request(L, 2, &request, headers);
    answer = fq_lua_answer(L, 2, &pool->digester, &error);
    check_pool(L);
    if (*answer == NULL)
        return fq_lua_fail(L, &error);
    sink = fq_answer_sink(*answer);
    *answer = NULL; /* the pool's from here on */
    if (fq_pool_start(pool->transfers, &request, sink, &id, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_pushinteger(L, (lua_Integer)id);
    return 1;
}

/* pool:wait(seconds [, descriptor]): the numbers of those that have ended meanwhile; and whether
 * the descriptor can be read, which ends the wait, too. */
static int pool_wait(lua_State *L)
{
    lua_Number seconds = luaL_checknumber(L, 2);
    int descriptor = lua_isnoneornil(L, 3) ? -1 : (int)luaL_checkinteger(L, 3);
    struct fq_pool *transfers;
    bool is_readable;
    size_t id;

    luaL_argcheck(L, seconds >= 0, 2, "seconds expected");
    if (seconds > LONGEST_WAIT)
        seconds = LONGEST_WAIT;
    /* Allocates first: that may run a finalizer, which may close the pool. */
    lua_newtable(L);
    transfers = check_pool(L)->transfers;
    /* Rounded up: a wait that ends early is asked for again at once. */
    is_readable = fq_pool_wait(transfers, (int)(seconds * 1000 + 0.999), descriptor);
    for (int i = 1; fq_pool_next(transfers, &id); i++) {
        lua_pushinteger(L, (lua_Integer)id);
        lua_rawseti(L, -2, i);
    }
    lua_pushboolean(L, is_readable);
    return 2;
}

/* pool:finish(number): once, for one that has ended; as core.exchange. */
static int pool_finish(lua_State *L)
{
    lua_Integer id = luaL_checkinteger(L, 2);
    struct fq_answer **answer = fq_lua_empty_answer(L);
    struct fq_pool *transfers = check_pool(L)->transfers; /* now: a finalizer may have closed it */
    struct fq_http_result result;
    struct fq_sink *sink;
    struct fq_error error;
    enum fq_status status;

    luaL_argcheck(L, id >= 0 && fq_pool_has_ended(transfers, (size_t)id), 2,
                  "nothing has ended there");
    status = fq_pool_end(transfers, (size_t)id, &sink, &result, &error);
    *answer = fq_answer_of(sink);
    if (status != FQ_OK) {
        fq_lua_answer_close(answer);
        return fq_lua_fail(L, &error);
    }
    fq_lua_push_result(L, &result, *answer);
    return 2;
}

void fq_lua_open_pool(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"start", pool_start}, {"wait", pool_wait}, {"finish", pool_finish},
        {"close", pool_free},  {NULL, NULL},
    };
    static const luaL_Reg functions[] = {{"pool", core_pool}, {NULL, NULL}};

    fq_lua_metatable(L, POOL, methods, pool_free);
    luaL_setfuncs(L, functions, 0);
}
