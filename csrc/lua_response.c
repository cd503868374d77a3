#include <string.h>

#include "lua_core.h"

#define RESPONSE "facequery.transport.settle"

enum { DEFAULT_MAX_ENVELOPE = 1024 * 1024, DEFAULT_MAX_MEDIA = 64 * 1024 * 1024 };

void fq_lua_response_close(struct fq_response **response)
{
    fq_response_free(*response);
    *response = NULL;
}

static int response_free(lua_State *L)
{
    fq_lua_response_close(luaL_checkudata(L, 1, RESPONSE));
    return 0;
}

static struct fq_response *check_response(lua_State *L)
{
    struct fq_response **response = luaL_checkudata(L, 1, RESPONSE);
    luaL_argcheck(L, *response != NULL, 1, "the response is closed");
    return *response;
}

/* Pushes the response of argument 1 in a userdata of its own, which leaves the caller's empty: Lua
 * may collect garbage whenever something is pushed, and a finalizer may close what it can reach. */
static struct fq_response **take_response(lua_State *L)
{
    struct fq_response **taken = fq_lua_empty_response(L);

    *taken = check_response(L);
    *(struct fq_response **)lua_touserdata(L, 1) = NULL;
    return taken;
}

static bool flag_field(lua_State *L, int index, const char *name)
{
    bool flag;

    lua_getfield(L, index, name);
    flag = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return flag;
}

static unsigned digests_field(lua_State *L, int index)
{
    unsigned digests;

    lua_getfield(L, index, "hashes");
    digests = lua_isnil(L, -1) ? 0 : fq_lua_digests(L, lua_gettop(L));
    lua_pop(L, 1);
    return digests;
}

struct fq_response **fq_lua_empty_response(lua_State *L)
{
    struct fq_response **response = lua_newuserdata(L, sizeof *response);

    *response = NULL;
    luaL_setmetatable(L, RESPONSE);
    return response;
}

struct fq_response **fq_lua_response(lua_State *L, int index, struct fq_error *error)
{
    struct fq_response_options options = {
        .max_envelope = fq_lua_size_field(L, index, "max_envelope", DEFAULT_MAX_ENVELOPE),
        .max_media = fq_lua_size_field(L, index, "max_media", DEFAULT_MAX_MEDIA),
        .digests = digests_field(L, index),
    };
    struct fq_response **response;

    options.paths[FQ_MEDIUM_photo] = fq_lua_string_field(L, index, "photo_path");
    options.paths[FQ_MEDIUM_video] = fq_lua_string_field(L, index, "video_path");
    options.draft = flag_field(L, index, "draft");
    options.digest_body = flag_field(L, index, "digest_body");
    response = fq_lua_empty_response(L);
    fq_response_new(&options, response, error);
    return response;
}

/* response{ max_envelope =, max_media =, photo_path =, video_path =, draft =, hashes =, digest_body
 * = }: a response, or nil and a failure. */
static int core_response(lua_State *L)
{
    struct fq_error error;

    luaL_checktype(L, 1, LUA_TTABLE);
    return *fq_lua_response(L, 1, &error) != NULL ? 1 : fq_lua_fail(L, &error);
}

/* response:feed(bytes): true, or nil and a failure. */
static int response_feed(lua_State *L)
{
    struct fq_error error;
    size_t size;
    const char *data = luaL_checklstring(L, 2, &size);

    if (fq_response_feed(check_response(L), data, size, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_pushboolean(L, 1);
    return 1;
}

/* response:finish(): true, or nil and a failure. */
static int response_finish(lua_State *L)
{
    struct fq_error error;

    if (fq_response_finish(check_response(L), &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_pushboolean(L, 1);
    return 1;
}

/* response:envelope(): the JSON text without its media. */
static int response_envelope(lua_State *L)
{
    struct fq_response **response = take_response(L);
    size_t size;
    const char *envelope = fq_response_envelope(*response, &size);

    lua_pushlstring(L, envelope, size);
    *(struct fq_response **)lua_touserdata(L, 1) = *response;
    *response = NULL;
    return 1;
}

/* response:digest(): SHA-256 of the bytes fed, in hex; "" the second time; or nil and a failure. */
static int response_digest(lua_State *L)
{
    struct fq_error error;
    char hex[FQ_DIGEST_HEX + 1];

    if (fq_response_digest(check_response(L), hex, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_pushstring(L, hex);
    return 1;
}

static void push_medium(lua_State *L, struct fq_media_result *result)
{
    lua_createtable(L, 0, 5);
    if (result->path != NULL) {
        lua_pushstring(L, result->path);
        lua_setfield(L, -2, "path");
    } else {
        lua_pushlstring(L, (const char *)result->data, result->size);
        lua_setfield(L, -2, "data");
    }
    lua_pushinteger(L, (lua_Integer)result->size);
    lua_setfield(L, -2, "size");
    lua_pushstring(L, result->format);
    lua_setfield(L, -2, "format");
    lua_pushstring(L, result->mime);
    lua_setfield(L, -2, "mime");
    fq_lua_set_digests(L, result->digests);
}

/* Pushes { photo =, video = }, each where the service sent it. */
static enum fq_status push_media(lua_State *L, struct fq_response *response, struct fq_error *error)
{
    struct fq_media_result result;

    lua_newtable(L);
    for (int i = 0; i < FQ_MEDIA; i++) {
        if (fq_response_media(response, i, &result, error) != FQ_OK)
            return error->status;
        if (result.size == 0)
            continue;
        push_medium(L, &result);
        lua_setfield(L, -2, fq_medium_name(i));
    }
    return FQ_OK;
}

static void push_damage(lua_State *L, struct fq_damage *damage)
{
    lua_createtable(L, 0, 6);
    lua_pushstring(L, fq_status_name(damage->status));
    lua_setfield(L, -2, "code");
    if (damage->status == FQ_BASE64_FOREIGN) {
        lua_pushinteger(L, (lua_Integer)damage->offset);
        lua_setfield(L, -2, "offset");
    }
    if (damage->text == NULL)
        return;
    lua_pushlstring(L, damage->text, damage->size);
    lua_setfield(L, -2, "data");
    lua_pushinteger(L, (lua_Integer)damage->size);
    lua_setfield(L, -2, "size");
    lua_pushboolean(L, damage->is_exact);
    lua_setfield(L, -2, "exact");
    fq_lua_set_digests(L, damage->digests);
}

/* Pushes { photo =, video = }, each where it is damaged; nil where none is. */
static enum fq_status push_damages(lua_State *L, const struct fq_response *response,
                                   struct fq_error *error)
{
    struct fq_damage damage;

    lua_pushnil(L);
    for (int i = 0; i < FQ_MEDIA; i++) {
        if (fq_response_damage(response, i, &damage, error) != FQ_OK)
            return error->status;
        if (damage.status == FQ_OK)
            continue;
        if (lua_isnil(L, -1)) {
            lua_pop(L, 1);
            lua_newtable(L);
        }
        push_damage(L, &damage);
        lua_setfield(L, -2, fq_medium_name(i));
    }
    return FQ_OK;
}

/* response:keep(): gives the files their names and returns { photo =, video = }, each where the
 * service sent it whole, and the same of what is damaged: { code =, offset =, data = the JSON text
 * between its quotes, size =, exact = as it came byte by byte, sha256 =, … }, nil where nothing is;
 * or nil and a failure.  Closes the response in any case. */
static int response_keep(lua_State *L)
{
    struct fq_response **response;
    struct fq_error error;
    enum fq_status status;

    lua_settop(L, 1);
    response = take_response(L);
    status = fq_response_finish(*response, &error);
    if (status == FQ_OK)
        status = push_media(L, *response, &error);
    if (status == FQ_OK)
        status = push_damages(L, *response, &error);
    /* Last: what raises, for want of memory, leaves no file behind. */
    if (status == FQ_OK)
        status = fq_response_keep(*response, &error);
    fq_lua_response_close(response);
    return status == FQ_OK ? 2 : fq_lua_fail(L, &error);
}

void fq_lua_open_response(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"feed", response_feed},
        {"finish", response_finish},
        {"envelope", response_envelope},
        {"digest", response_digest},
        {"keep", response_keep},
        {"close", response_free},
        {NULL, NULL},
    };
    static const luaL_Reg functions[] = {{"response", core_response}, {NULL, NULL}};

    fq_lua_metatable(L, RESPONSE, methods, response_free);
    luaL_setfuncs(L, functions, 0);
}
