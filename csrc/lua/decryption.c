#include "../decryption.h"

#include <pwd.h>
#include <stdint.h>
#include <unistd.h>

#include "open.h"
#include "value.h"

#define DECRYPTION "facequery.decryption"
#define CONTENT "facequery.content"

enum { LONGEST_USER = 4096 };

static int decryption_free(lua_State *L)
{
    struct fq_decryption **decryption = luaL_checkudata(L, 1, DECRYPTION);

    fq_decryption_free(*decryption);
    *decryption = NULL;
    return 0;
}

static int content_free(lua_State *L)
{
    fq_buffer_free(luaL_checkudata(L, 1, CONTENT));
    return 0;
}

/* decryption(key_path [, certificate_path]): what opens messages with this key; or nil and a
 * failure. */
static int core_decryption(lua_State *L)
{
    const char *key = fq_lua_check_string(L, 1);
    const char *certificate = lua_isnoneornil(L, 2) ? NULL : fq_lua_check_string(L, 2);
    struct fq_decryption **decryption = lua_newuserdata(L, sizeof *decryption);
    struct fq_error error;

    *decryption = NULL;
    luaL_setmetatable(L, DECRYPTION);
    return fq_decryption_new(key, certificate, decryption, &error) == FQ_OK
               ? 1
               : fq_lua_fail(L, &error);
}

/* decryption:open(message): its content; or nil and a failure. */
static int decryption_open(lua_State *L)
{
    struct fq_decryption **decryption = luaL_checkudata(L, 1, DECRYPTION);
    struct fq_buffer *content;
    struct fq_error error;
    const char *message;
    size_t size;

    luaL_checktype(L, 2, LUA_TSTRING);
    message = lua_tolstring(L, 2, &size);
    content = lua_newuserdata(L, sizeof *content);
    *content = (struct fq_buffer){.limit = SIZE_MAX};
    luaL_setmetatable(L, CONTENT);
    luaL_argcheck(L, *decryption != NULL, 1, "the decryption is closed");
    if (fq_decryption_open(*decryption, message, size, content, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_pushlstring(L, content->data != NULL ? content->data : "", content->size);
    fq_buffer_free(content);
    return 1;
}

/* user(): who runs this process, "name@host" of the system's; the user's number where it has no
 * name. */
static int core_user(lua_State *L)
{
    char host[256] = "", buffer[LONGEST_USER];
    struct passwd entry, *found = NULL;

    gethostname(host, sizeof host - 1);
    if (getpwuid_r(getuid(), &entry, buffer, sizeof buffer, &found) == 0 && found != NULL)
        lua_pushfstring(L, "%s@%s", found->pw_name, host);
    else
        lua_pushfstring(L, "%d@%s", (int)getuid(), host);
    return 1;
}

void fq_lua_open_decryption(lua_State *L)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg methods[] = {
        {"open", decryption_open}, {"close", decryption_free}, {NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"decryption", core_decryption}, {"user", core_user}, {NULL, NULL}};

    fq_lua_metatable(L, DECRYPTION, methods, decryption_free);
    fq_lua_metatable(L, CONTENT, none, content_free);
    luaL_setfuncs(L, functions, 0);
}
