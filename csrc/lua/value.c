#include "value.h"

#include <string.h>

#include "../curl_name.h"

int fq_lua_fail(lua_State *L, const struct fq_error *error)
{
    lua_pushnil(L);
    lua_createtable(L, 0, 4);
    lua_pushstring(L, fq_status_name(error->status));
    lua_setfield(L, -2, "status");
    if (error->status == FQ_TRANSPORT) {
        lua_pushstring(L, fq_curl_name(error->number));
        lua_setfield(L, -2, "code");
    }
    if (error->status == FQ_HTTP) {
        lua_pushinteger(L, error->number);
        lua_setfield(L, -2, "http_status");
    }
    if (error->status == FQ_BASE64_FOREIGN) {
        lua_pushinteger(L, (lua_Integer)error->offset);
        lua_setfield(L, -2, "offset");
    }
    if (error->field[0] != '\0') {
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

bool fq_lua_flag_field(lua_State *L, int index, const char *name)
{
    bool flag;

    lua_getfield(L, index, name);
    flag = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return flag;
}

size_t fq_lua_size_field(lua_State *L, int index, const char *name, lua_Number otherwise)
{
    lua_Number number = fq_lua_number_field(L, index, name, otherwise);

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

unsigned fq_lua_digests_field(lua_State *L, int index)
{
    unsigned digests;

    lua_getfield(L, index, "hashes");
    digests = lua_isnil(L, -1) ? 0 : fq_lua_digests(L, lua_gettop(L));
    lua_pop(L, 1);
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

void fq_lua_push_file_digests(lua_State *L, fq_digests_hex hex, size_t size)
{
    lua_createtable(L, 0, 1 + FQ_DIGESTS);
    lua_pushinteger(L, (lua_Integer)size);
    lua_setfield(L, -2, "size");
    fq_lua_set_digests(L, hex);
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
