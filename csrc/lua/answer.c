#include "answer.h"

#include <string.h>

#include "cms.h"
#include "open.h"
#include "value.h"

#define ANSWER "facequery.answer"

void fq_lua_answer_close(struct fq_answer **answer)
{
    struct fq_sink *sink = *answer != NULL ? fq_answer_sink(*answer) : NULL;

    if (sink != NULL)
        sink->free(sink);
    *answer = NULL;
}

static int answer_free(lua_State *L)
{
    fq_lua_answer_close(luaL_checkudata(L, 1, ANSWER));
    return 0;
}

static struct fq_answer *check_answer(lua_State *L)
{
    struct fq_answer **answer = luaL_checkudata(L, 1, ANSWER);
    luaL_argcheck(L, *answer != NULL, 1, "the answer is closed");
    return *answer;
}

/* Pushes the answer of argument 1 in a userdata of its own, which leaves the caller's empty: Lua
 * may collect garbage whenever something is pushed, and a finalizer may close what it can reach. */
static struct fq_answer **take_answer(lua_State *L)
{
    struct fq_answer **taken = fq_lua_empty_answer(L);

    *taken = check_answer(L);
    *(struct fq_answer **)lua_touserdata(L, 1) = NULL;
    return taken;
}

struct fq_answer **fq_lua_empty_answer(lua_State *L)
{
    struct fq_answer **answer = lua_newuserdata(L, sizeof *answer);

    *answer = NULL;
    luaL_setmetatable(L, ANSWER);
    return answer;
}

/* The name on the top of the stack, where it stays.  `field` is the list that an error is about. */
static const char *check_name(lua_State *L, const char *field)
{
    size_t size = 0;
    const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &size) : NULL;

    if (name == NULL || strlen(name) != size || size == 0 || size > FQ_LONGEST_FIELD)
        luaL_error(L, "bad field '%s' (names of up to %d bytes expected)", field, FQ_LONGEST_FIELD);
    return name;
}

/* Pushes the list in the field `name` of the table at `index`, and returns how many it has, up to
 * `most`. */
static size_t list_field(lua_State *L, int index, const char *name, size_t most)
{
    size_t count;

    lua_getfield(L, index, name);
    if (!lua_istable(L, -1))
        luaL_error(L, "bad field '%s' (list expected, got %s)", name, luaL_typename(L, -1));
    count = lua_objlen(L, -1);
    if (count > most)
        luaL_error(L, "bad field '%s' (more than %d)", name, (int)most);
    luaL_checkstack(L, 3 * (int)most + 8, NULL);
    return count;
}

/* files = { { name =, path = }, … }; the strings stay on the stack. */
static size_t files_field(lua_State *L, int index, struct fq_answer_file files[FQ_ANSWER_FILES])
{
    size_t count = list_field(L, index, "files", FQ_ANSWER_FILES);
    int list = lua_gettop(L);

    for (size_t i = 0; i < count; i++) {
        int file = lua_gettop(L) + 1;
        lua_rawgeti(L, list, (int)i + 1);
        if (!lua_istable(L, file))
            luaL_error(L, "bad field 'files' (tables expected)");
        lua_getfield(L, file, "name");
        files[i].name = check_name(L, "files");
        files[i].path = fq_lua_string_field(L, file, "path");
    }
    return count;
}

/* unique = { name, … }; the strings stay on the stack. */
static size_t unique_field(lua_State *L, int index, size_t most, const char **unique)
{
    size_t count = list_field(L, index, "unique", most);
    int list = lua_gettop(L);

    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, list, (int)i + 1);
        unique[i] = check_name(L, "unique");
    }
    return count;
}

static const char *within_field(lua_State *L, int index)
{
    lua_getfield(L, index, "within");
    return lua_isnil(L, -1) ? NULL : check_name(L, "within");
}

struct fq_answer **fq_lua_answer(lua_State *L, int index, struct fq_relay_thread *const *digester,
                                 struct fq_error *error)
{
    struct fq_answer_file files[FQ_ANSWER_FILES];
    const char *unique[FQ_ANSWER_FIELDS];
    struct fq_answer_options options = {
        .files = files,
        .unique = unique,
        .max_envelope = fq_lua_size_field(L, index, "max_envelope", FQ_LUA_REQUIRED),
        .max_media = fq_lua_size_field(L, index, "max_media", FQ_LUA_REQUIRED),
        .draft = fq_lua_flag_field(L, index, "draft"),
        .digests = fq_lua_digests_field(L, index),
        .digest_body = fq_lua_flag_field(L, index, "digest_body"),
    };
    struct fq_answer **answer;

    fq_fail(error, FQ_OK, 0);
    options.recipients = fq_lua_recipients_field(L, index, error);
    options.files_count = files_field(L, index, files);
    options.within = within_field(L, index);
    options.unique_count =
        unique_field(L, index, FQ_ANSWER_FIELDS - options.files_count - 1, unique);
    answer = fq_lua_empty_answer(L);
    options.digester = digester != NULL ? *digester : NULL;
    if (error->status == FQ_OK)
        fq_answer_new(&options, answer, error);
    return answer;
}

/* answer{ files = { { name =, path = }, … }, recipients = certificates in PEM, unique = { name, …
 * }, within = name, max_envelope =, max_media =, draft =, hashes =, digest_body = }: an answer (see
 * fq_answer_options), or nil and a failure. */
static int core_answer(lua_State *L)
{
    struct fq_error error;

    luaL_checktype(L, 1, LUA_TTABLE);
    return *fq_lua_answer(L, 1, NULL, &error) != NULL ? 1 : fq_lua_fail(L, &error);
}

/* answer:feed(bytes): true, or nil and a failure. */
static int answer_feed(lua_State *L)
{
    struct fq_error error;
    size_t size;
    const char *data = luaL_checklstring(L, 2, &size);

    struct fq_sink *sink = fq_answer_sink(check_answer(L));

    if (sink->take(sink, data, size, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_pushboolean(L, 1);
    return 1;
}

/* answer:finish(): true, or nil and a failure. */
static int answer_finish(lua_State *L)
{
    struct fq_sink *sink = fq_answer_sink(check_answer(L));
    struct fq_error error;

    if (sink->end(sink, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_pushboolean(L, 1);
    return 1;
}

/* answer:envelope(): the JSON text without its media. */
static int answer_envelope(lua_State *L)
{
    struct fq_answer **answer = take_answer(L);
    size_t size;
    const char *envelope = fq_answer_envelope(*answer, &size);

    lua_pushlstring(L, envelope, size);
    *(struct fq_answer **)lua_touserdata(L, 1) = *answer;
    *answer = NULL;
    return 1;
}

/* answer:digest(): SHA-256 of the bytes fed, in hex; "" the second time; or nil and a failure. */
static int answer_digest(lua_State *L)
{
    struct fq_error error;
    char hex[FQ_DIGEST_HEX + 1];

    if (fq_answer_digest(check_answer(L), hex, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_pushstring(L, hex);
    return 1;
}

static void set_size(lua_State *L, const char *name, size_t size)
{
    lua_pushinteger(L, (lua_Integer)size);
    lua_setfield(L, -2, name);
}

/* As rebuild.c reads it. */
static void push_spelling(lua_State *L, const struct fq_spelling *spelling)
{
    lua_newtable(L);
    if (spelling->prefix_length > 0) {
        lua_pushlstring(L, spelling->prefix, spelling->prefix_length);
        lua_setfield(L, -2, "prefix");
    }
    if (spelling->is_unpadded) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, "unpadded");
    }
    if (spelling->slashes) {
        lua_pushliteral(L, "\\/");
        lua_setfield(L, -2, "slash");
    }
    if (spelling->lines > 0) {
        set_size(L, "line", spelling->line);
        set_size(L, "lines", spelling->lines);
        lua_pushstring(L, spelling->ending);
        lua_setfield(L, -2, "ending");
    }
}

/* answer:layout(): where the files' text stood in the answer, in order: { { name = the file's, at =
 * bytes of the envelope before it, base64 = how its bytes were written in it: { prefix =, unpadded
 * = true, slash = "\\/", line =, lines =, ending = } }, … }; without base64 the text of the damaged
 * file stood there.  nil where the answer can't be made again of its parts. */
static int answer_layout(lua_State *L)
{
    struct fq_answer_place places[FQ_ANSWER_PLACES];
    struct fq_answer **answer;
    size_t count;

    lua_settop(L, 1);
    answer = take_answer(L);
    if (fq_answer_layout(*answer, places, &count))
        lua_createtable(L, (int)count, 0);
    else
        lua_pushnil(L);
    for (size_t i = 0; lua_istable(L, -1) && i < count; i++) {
        lua_createtable(L, 0, 3);
        lua_pushstring(L, fq_answer_file_name(*answer, places[i].file));
        lua_setfield(L, -2, "name");
        set_size(L, "at", places[i].at);
        if (!places[i].is_damaged) {
            push_spelling(L, &places[i].spelling);
            lua_setfield(L, -2, "base64");
        }
        lua_rawseti(L, -2, (int)i + 1);
    }
    *(struct fq_answer **)lua_touserdata(L, 1) = *answer;
    *answer = NULL;
    return 1;
}

static void push_medium(lua_State *L, struct fq_medium_result *result)
{
    lua_createtable(L, 0, 5);
    if (result->path != NULL) {
        lua_pushstring(L, result->path);
        lua_setfield(L, -2, "path");
    } else {
        lua_pushlstring(L, (const char *)result->data, result->size);
        lua_setfield(L, -2, "data");
    }
    set_size(L, "size", result->size);
    lua_pushstring(L, result->format);
    lua_setfield(L, -2, "format");
    lua_pushstring(L, result->mime);
    lua_setfield(L, -2, "mime");
    fq_lua_set_digests(L, result->digests);
    if (result->stored_size == 0)
        return;
    lua_createtable(L, 0, 1 + FQ_DIGESTS);
    lua_pushinteger(L, (lua_Integer)result->stored_size);
    lua_setfield(L, -2, "size");
    fq_lua_set_digests(L, result->stored_digests);
    lua_setfield(L, -2, "stored");
}

/* Pushes a table of those files, by their names, that came. */
static enum fq_status push_media(lua_State *L, struct fq_answer *answer, struct fq_error *error)
{
    struct fq_medium_result result;

    lua_newtable(L);
    for (size_t i = 0; i < fq_answer_files(answer); i++) {
        if (fq_answer_medium(answer, i, &result, error) != FQ_OK)
            return error->status;
        if (result.size == 0)
            continue;
        push_medium(L, &result);
        lua_setfield(L, -2, fq_answer_file_name(answer, i));
    }
    return FQ_OK;
}

static void push_damage(lua_State *L, struct fq_damage_result *damage)
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

/* Pushes a table of those files, by their names, that are damaged; nil where none is. */
static enum fq_status push_damages(lua_State *L, const struct fq_answer *answer,
                                   struct fq_error *error)
{
    struct fq_damage_result damage;

    lua_pushnil(L);
    for (size_t i = 0; i < fq_answer_files(answer); i++) {
        if (fq_answer_damage(answer, i, &damage, error) != FQ_OK)
            return error->status;
        if (damage.status == FQ_OK)
            continue;
        if (lua_isnil(L, -1)) {
            lua_pop(L, 1);
            lua_newtable(L);
        }
        push_damage(L, &damage);
        lua_setfield(L, -2, fq_answer_file_name(answer, i));
    }
    return FQ_OK;
}

/* answer:keep(): gives the files their paths and returns, by their names, those that came whole:
 * { path = or data =, size =, format =, mime =, sha256 =, …, stored = of a file that is encrypted:
 * { size =, sha256 =, … } }; and those that are damaged: { code
 * =, offset =, data = the JSON text between its quotes, size =, exact = as it came byte by byte,
 * sha256 =, … }, nil where none is; or nil and a failure.  Closes the answer in any case. */
static int answer_keep(lua_State *L)
{
    struct fq_answer **answer;
    struct fq_sink *sink;
    struct fq_error error;
    enum fq_status status;

    lua_settop(L, 1);
    answer = take_answer(L);
    sink = fq_answer_sink(*answer);
    status = sink->end(sink, &error);
    if (status == FQ_OK)
        status = push_media(L, *answer, &error);
    if (status == FQ_OK)
        status = push_damages(L, *answer, &error);
    /* Kept last: what raised before, for want of memory, has left no file behind. */
    if (status == FQ_OK)
        status = sink->keep(sink, &error);
    fq_lua_answer_close(answer);
    return status == FQ_OK ? 2 : fq_lua_fail(L, &error);
}

void fq_lua_open_answer(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"feed", answer_feed},         {"finish", answer_finish},
        {"envelope", answer_envelope}, {"digest", answer_digest},
        {"layout", answer_layout},     {"keep", answer_keep},
        {"close", answer_free},        {NULL, NULL},
    };
    static const luaL_Reg functions[] = {{"answer", core_answer}, {NULL, NULL}};

    fq_lua_metatable(L, ANSWER, methods, answer_free);
    luaL_setfuncs(L, functions, 0);
}
