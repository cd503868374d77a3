#include "exchange.h"

#include <limits.h>

#include "../bytes.h"
#include "../url.h"
#include "answer.h"
#include "open.h"
#include "value.h"

#define CONNECTION "facequery.connection"

static int connection_free(lua_State *L)
{
    struct fq_http **http = luaL_checkudata(L, 1, CONNECTION);
    fq_http_free(*http);
    *http = NULL;
    return 0;
}

/* connection(): keeps its HTTPS connection open between queries; or nil and a failure. */
static int core_connection(lua_State *L)
{
    struct fq_error error;
    struct fq_http **http = lua_newuserdata(L, sizeof *http);

    *http = NULL;
    luaL_setmetatable(L, CONNECTION);
    return fq_http_new(http, &error) == FQ_OK ? 1 : fq_lua_fail(L, &error);
}

/* Reads seconds as the long of milliseconds that libcurl takes: never as 0, which would mean no
 * limit. A field that is missing raises. */
static long milliseconds_field(lua_State *L, int index, const char *name)
{
    lua_Number seconds = fq_lua_number_field(L, index, name, 0);

    if (!(seconds > 0 && seconds < INT_MAX / 1000))
        luaL_error(L, "bad field '%s' (seconds above 0 expected)", name);
    return seconds < 0.001 ? 1 : (long)(seconds * 1000);
}

/* A header's name or value at `index`.  One with a control character raises: a line break would
 * begin another header (header injection), a NUL would end this one. */
static const char *check_header(lua_State *L, int index)
{
    size_t size;
    const char *string = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &size) : NULL;

    for (size_t i = 0; string != NULL && i < size; i++)
        if ((unsigned char)string[i] < ' ' || string[i] == '\x7F')
            string = NULL;
    if (string == NULL)
        luaL_error(L, "bad field 'headers' (strings without control characters expected)");
    return string;
}

/* The table in field `headers` as lines; the strings stay on the stack. */
static void headers_field(lua_State *L, int index, const char *lines[FQ_MAX_HEADERS + 1])
{
    int count = 0;

    lua_getfield(L, index, "headers");
    if (!lua_isnil(L, -1)) {
        int table = lua_gettop(L);
        luaL_checktype(L, table, LUA_TTABLE);
        luaL_checkstack(L, 2 * FQ_MAX_HEADERS + 8, NULL);
        lua_pushnil(L);
        while (lua_next(L, table) != 0) {
            if (count == FQ_MAX_HEADERS)
                luaL_error(L, "bad field 'headers' (more than %d)", FQ_MAX_HEADERS);
            lines[count++] = lua_pushfstring(L, "%s: %s", check_header(L, -2), check_header(L, -1));
            lua_replace(L, -2);   /* the line stays below */
            lua_pushvalue(L, -2); /* the key that lua_next wants on top */
        }
    }
    lines[count] = NULL;
}

void fq_lua_request(lua_State *L, int index, struct fq_http_request *request,
                    const char *headers[FQ_MAX_HEADERS + 1])
{
    *request = (struct fq_http_request){.headers = headers};
    request->url = fq_lua_string_field(L, index, "url");
    if (request->url == NULL)
        luaL_error(L, "bad field 'url' (string expected, got nil)");
    request->ca_file = fq_lua_string_field(L, index, "ca_file");
    request->proxy = fq_lua_string_field(L, index, "proxy");
    request->timeout = milliseconds_field(L, index, "timeout");
    request->connect_timeout = milliseconds_field(L, index, "connect_timeout");
    lua_getfield(L, index, "body");
    if (!lua_isnil(L, -1))
        request->body = luaL_checklstring(L, -1, &request->body_size);
    lua_getfield(L, index, "is_public");
    request->is_public = lua_toboolean(L, -1) != 0;
    lua_getfield(L, index, "provenance");
    request->wants_peer = lua_toboolean(L, -1);
    lua_getfield(L, index, "diagnose");
    request->wants_diagnosis = lua_toboolean(L, -1);
    headers_field(L, index, headers);
}

static void set_text(lua_State *L, const char *name, const char *text)
{
    if (text[0] == '\0')
        return;
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
}

/* { sent = seconds since the epoch, received =, date =, tls =, cipher =, certificate = }. */
static void push_peer(lua_State *L, const struct fq_peer *peer)
{
    lua_createtable(L, 0, 7); /* with room for what transport/settle.lua adds */
    lua_pushnumber(L, (lua_Number)peer->sent / 1000);
    lua_setfield(L, -2, "sent");
    lua_pushnumber(L, (lua_Number)peer->received / 1000);
    lua_setfield(L, -2, "received");
    set_text(L, "date", peer->date);
    set_text(L, "tls", peer->tls);
    set_text(L, "cipher", peer->cipher);
    set_text(L, "certificate", peer->certificate);
}

/* { lookup = seconds, connect =, handshake = }. */
static void push_steps(lua_State *L, const struct fq_diagnosis *diagnosis)
{
    lua_createtable(L, 0, 3);
    lua_pushnumber(L, diagnosis->lookup);
    lua_setfield(L, -2, "lookup");
    lua_pushnumber(L, diagnosis->connect);
    lua_setfield(L, -2, "connect");
    lua_pushnumber(L, diagnosis->handshake);
    lua_setfield(L, -2, "handshake");
}

void fq_lua_push_result(lua_State *L, const struct fq_http_result *result,
                        const struct fq_answer *answer)
{
    size_t size;
    const char *envelope = fq_answer_envelope(answer, &size);

    lua_createtable(L, 0, 7); /* with room for what transport/settle.lua adds */
    lua_pushlstring(L, envelope, size);
    lua_setfield(L, -2, "envelope");
    lua_pushinteger(L, result->status);
    lua_setfield(L, -2, "status");
    lua_pushnumber(L, result->seconds);
    lua_setfield(L, -2, "time");
    lua_pushboolean(L, result->reused);
    lua_setfield(L, -2, "reused");
    if (result->peer.sent != 0) {
        push_peer(L, &result->peer);
        lua_setfield(L, -2, "provenance");
    }
}

/* exchange(request [, connection]): sends a request and splits its answer.  Returns a finished
 * answer and { status =, time = seconds, reused =, envelope = the JSON text without its media,
 * provenance = and steps = where the request says so }; or nil and a failure. */
static int core_exchange(lua_State *L)
{
    const char *headers[FQ_MAX_HEADERS + 1];
    struct fq_http_request request;
    struct fq_http_result result;
    struct fq_http **http;
    struct fq_answer **answer;
    struct fq_error error;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    if (lua_isnil(L, 2)) {
        if (core_connection(L) != 1)
            return 2;
        lua_replace(L, 2);
    }
    http = luaL_checkudata(L, 2, CONNECTION);
    luaL_argcheck(L, *http != NULL, 2, "the connection is closed");
    fq_lua_request(L, 1, &request, headers);
    answer = fq_lua_answer(L, 1, NULL, &error);
    if (*answer == NULL)
        return fq_lua_fail(L, &error);
    /* Reading the request's table may call Lua (a metamethod), which may close the connection. */
    if (*http == NULL) {
        fq_lua_answer_close(answer);
        return luaL_argerror(L, 2, "the connection is closed");
    }
    if (fq_http_exchange(*http, &request, fq_answer_sink(*answer), &result, &error) != FQ_OK) {
        fq_lua_answer_close(answer);
        return fq_lua_fail(L, &error);
    }
    fq_lua_push_result(L, &result, *answer);
    if (request.wants_diagnosis) {
        push_steps(L, &result.diagnosis);
        lua_setfield(L, -2, "steps");
    }
    return 2;
}

#define BODY "facequery.body"

static int body_free(lua_State *L)
{
    struct fq_sink **body = luaL_checkudata(L, 1, BODY);

    if (*body != NULL)
        (*body)->free(*body);
    *body = NULL;
    return 0;
}

/* fetch(request): sends a request over a connection of its own, and returns the answer's body as it
 * came, of up to `max_body` bytes, its HTTP status, whatever that is, and its content type; or nil
 * and a failure. */
static int core_fetch(lua_State *L)
{
    const char *headers[FQ_MAX_HEADERS + 1];
    struct fq_http_request request;
    struct fq_http_result result;
    struct fq_http **http;
    struct fq_sink **body;
    struct fq_error error;
    const char *data;
    size_t limit, size;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    fq_lua_request(L, 1, &request, headers);
    limit = fq_lua_size_field(L, 1, "max_body", FQ_LUA_REQUIRED);
    if (core_connection(L) != 1)
        return 2;
    http = lua_touserdata(L, -1);
    body = lua_newuserdata(L, sizeof *body);
    *body = NULL;
    luaL_setmetatable(L, BODY);
    if (fq_bytes_new(limit, body, &error) != FQ_OK ||
        fq_http_exchange(*http, &request, *body, &result, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    data = fq_bytes_data(*body, &size);
    lua_pushlstring(L, data, size);
    lua_pushinteger(L, result.status);
    lua_pushstring(L, result.content_type);
    return 3;
}

/* check_url(url): true when it is one that a query may go to; or nil and a failure. */
static int core_check_url(lua_State *L)
{
    struct fq_error error;

    if (fq_url_check(fq_lua_check_string(L, 1), &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_pushboolean(L, 1);
    return 1;
}

void fq_lua_open_exchange(lua_State *L)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg methods[] = {{"close", connection_free}, {NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"connection", core_connection},
        {"exchange", core_exchange},
        {"fetch", core_fetch},
        {"check_url", core_check_url},
        {NULL, NULL},
    };

    fq_lua_metatable(L, CONNECTION, methods, connection_free);
    fq_lua_metatable(L, BODY, none, body_free);
    luaL_setfuncs(L, functions, 0);
}
