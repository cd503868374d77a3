#include "../rebuild.h"

#include <stdbool.h>
#include <string.h>

#include "open.h"
#include "value.h"

#define REBUILD "facequery.rebuild"

static int rebuild_free(lua_State *L)
{
    fq_digests_close(luaL_checkudata(L, 1, REBUILD));
    return 0;
}

/* The spelling in the table at `index`, as answer:layout has pushed it; its strings stay on the
 * stack.  One that can't be raises. */
static void check_spelling(lua_State *L, int index, struct fq_spelling *spelling)
{
    const char *ending;

    memset(spelling, 0, sizeof *spelling);
    spelling->prefix = fq_lua_string_field(L, index, "prefix");
    spelling->prefix_length = spelling->prefix != NULL ? strlen(spelling->prefix) : 0;
    spelling->slashes = fq_lua_string_field(L, index, "slash") != NULL;
    lua_getfield(L, index, "unpadded");
    spelling->is_unpadded = lua_toboolean(L, -1);
    ending = fq_lua_string_field(L, index, "ending");
    if (ending == NULL)
        return;
    if (strlen(ending) > FQ_LONGEST_ENDING)
        luaL_error(L, "bad field 'ending' (more than %d characters)", FQ_LONGEST_ENDING);
    strcpy(spelling->ending, ending);
    spelling->line = fq_lua_size_field(L, index, "line", FQ_LUA_REQUIRED);
    spelling->lines = fq_lua_size_field(L, index, "lines", FQ_LUA_REQUIRED);
    if (spelling->line == 0)
        luaL_error(L, "bad field 'line' (above 0 expected)");
}

/* A file of the text: { path =, base64 = }. */
static enum fq_status add_file(lua_State *L, int index, struct fq_digests *digests,
                               struct fq_error *error)
{
    struct fq_spelling spelling;
    const char *path;
    bool is_base64;

    luaL_checktype(L, index, LUA_TTABLE);
    path = fq_lua_string_field(L, index, "path");
    if (path == NULL)
        luaL_error(L, "bad field 'path' (string expected, got nil)");
    lua_getfield(L, index, "base64");
    is_base64 = !lua_isnil(L, -1);
    if (is_base64) {
        luaL_checktype(L, -1, LUA_TTABLE);
        check_spelling(L, lua_gettop(L), &spelling);
    }
    return fq_rebuild_file(digests, path, is_base64 ? &spelling : NULL, error);
}

/* rebuild(parts): { sha256 = } of a text of these parts, in their order: strings, and files { path
 * =, base64 = }, whose bytes stand in it in base64, as answer:layout tells, or as they are where
 * that is nil; or nil and a failure. */
static int core_rebuild(lua_State *L)
{
    struct fq_digests *digests;
    struct fq_error error;
    fq_digests_hex hex;
    enum fq_status status;
    int count;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    count = (int)lua_objlen(L, 1);
    digests = lua_newuserdata(L, sizeof *digests);
    memset(digests, 0, sizeof *digests);
    luaL_setmetatable(L, REBUILD);
    status = fq_digests_open(digests, 1u << FQ_DIGEST_sha256, &error);
    for (int i = 1; i <= count && status == FQ_OK; i++) {
        lua_settop(L, 2);
        lua_rawgeti(L, 1, i);
        if (lua_type(L, 3) == LUA_TSTRING)
            status = fq_digests_update(digests, lua_tostring(L, 3), lua_objlen(L, 3), &error);
        else
            status = add_file(L, 3, digests, &error);
    }
    if (status == FQ_OK)
        status = fq_digests_finish(digests, hex, &error);
    fq_digests_close(digests);
    if (status != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_newtable(L);
    fq_lua_set_digests(L, hex);
    return 1;
}

void fq_lua_open_rebuild(lua_State *L)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg functions[] = {{"rebuild", core_rebuild}, {NULL, NULL}};

    fq_lua_metatable(L, REBUILD, none, rebuild_free);
    luaL_setfuncs(L, functions, 0);
}
