#include "../file.h"

#include "../embed.h"
#include "open.h"
#include "value.h"

#define METATABLE "facequery.new_file"

static int file_free(lua_State *L)
{
    struct fq_file **file = luaL_checkudata(L, 1, METATABLE);

    fq_file_free(*file);
    *file = NULL;
    return 0;
}

static struct fq_file *check_open(lua_State *L)
{
    struct fq_file **file = luaL_checkudata(L, 1, METATABLE);

    luaL_argcheck(L, *file != NULL, 1, "an open file expected");
    return *file;
}

static int result(lua_State *L, enum fq_status status, const struct fq_error *error)
{
    if (status != FQ_OK)
        return fq_lua_fail(L, error);
    lua_pushboolean(L, 1);
    return 1;
}

/* file:write(bytes): appends all of them; true, or nil and a failure. */
static int file_write(lua_State *L)
{
    struct fq_file *file = check_open(L);
    struct fq_error error;
    const char *bytes;
    size_t size;

    luaL_checktype(L, 2, LUA_TSTRING);
    bytes = lua_tolstring(L, 2, &size);
    return result(L, fq_file_write(file, bytes, size, &error), &error);
}

/* file:embed(path [, hashes [, is_plain]]): appends another file's bytes, as base64 or, where that
 * is true, as they are; { size =, sha256 =, … } of that file, or nil and a failure. */
static int file_embed(lua_State *L)
{
    struct fq_file *file = check_open(L);
    const char *path = fq_lua_check_string(L, 2);
    struct fq_error error;
    fq_digests_hex hex;
    size_t size;
    unsigned which;

    lua_settop(L, 4);
    which = lua_isnil(L, 3) ? 1u << FQ_DIGEST_sha256 : fq_lua_digests(L, 3);
    if (fq_embed(file, path, lua_toboolean(L, 4) ? FQ_AS_IS : FQ_BASE64, which, hex, &size,
                 &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_createtable(L, 0, 1 + FQ_DIGESTS);
    lua_pushinteger(L, (lua_Integer)size);
    lua_setfield(L, -2, "size");
    fq_lua_set_digests(L, hex);
    return 1;
}

/* file:commit(): gives it its name, and closes it; true, or nil and a failure. */
static int file_commit(lua_State *L)
{
    struct fq_file *file = check_open(L);
    struct fq_error error;
    enum fq_status status = fq_file_commit(file, &error);

    file_free(L);
    return result(L, status, &error);
}

/* new_file(path): a file that has its name once it is committed, and is gone if it never is; or nil
 * and a failure. */
static int core_new_file(lua_State *L)
{
    const char *path = fq_lua_check_string(L, 1);
    struct fq_error error;
    struct fq_file **file = lua_newuserdata(L, sizeof *file);

    *file = NULL;
    luaL_setmetatable(L, METATABLE);
    return fq_file_open(path, FQ_FILE_NEW, file, &error) == FQ_OK ? 1 : fq_lua_fail(L, &error);
}

void fq_lua_open_file(lua_State *L)
{
    static const luaL_Reg methods[] = {{"write", file_write},
                                       {"embed", file_embed},
                                       {"commit", file_commit},
                                       {"close", file_free},
                                       {NULL, NULL}};
    static const luaL_Reg functions[] = {{"new_file", core_new_file}, {NULL, NULL}};

    fq_lua_metatable(L, METATABLE, methods, file_free);
    luaL_setfuncs(L, functions, 0);
}
