#include "file.h"
#include "lua_core.h"

#define FILE_METATABLE "facequery.file"

static int file_free(lua_State *L)
{
    struct fq_file **file = luaL_checkudata(L, 1, FILE_METATABLE);
    fq_file_free(*file);
    *file = NULL;
    return 0;
}

static int result(lua_State *L, enum fq_status status, const struct fq_error *error)
{
    if (status != FQ_OK)
        return fq_lua_fail(L, error);
    lua_pushboolean(L, 1);
    return 1;
}

/* write_file(path, bytes): a new file, whole or not at all; true, or nil and a failure. */
static int core_write_file(lua_State *L)
{
    const char *path = fq_lua_check_string(L, 1);
    struct fq_error error;
    struct fq_file **file;
    enum fq_status status;
    const char *bytes;
    size_t size;

    luaL_checktype(L, 2, LUA_TSTRING);
    bytes = lua_tolstring(L, 2, &size);
    file = lua_newuserdata(L, sizeof *file);
    *file = NULL;
    luaL_setmetatable(L, FILE_METATABLE);
    status = fq_file_open(path, file, &error);
    if (status == FQ_OK)
        status = fq_file_write(*file, bytes, size, &error);
    if (status == FQ_OK)
        status = fq_file_commit(*file, &error);
    fq_file_free(*file);
    *file = NULL;
    return result(L, status, &error);
}

/* rename(from, to): never replaces; true, or nil and a failure. */
static int core_rename(lua_State *L)
{
    struct fq_error error;
    enum fq_status status = fq_rename(fq_lua_check_string(L, 1), fq_lua_check_string(L, 2), &error);

    return result(L, status, &error);
}

/* make_folder(path): true when it is there, or nil and a failure. */
static int core_make_folder(lua_State *L)
{
    struct fq_error error;
    enum fq_status status = fq_make_folder(fq_lua_check_string(L, 1), &error);

    return result(L, status, &error);
}

void fq_lua_open_file(lua_State *L)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"write_file", core_write_file},
        {"rename", core_rename},
        {"make_folder", core_make_folder},
        {NULL, NULL},
    };

    fq_lua_metatable(L, FILE_METATABLE, none, file_free);
    luaL_setfuncs(L, functions, 0);
}
