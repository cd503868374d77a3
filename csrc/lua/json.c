#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../json_plain.h"
#include "../json_string.h"
#include "../utf8.h"
#include "open.h"
#include "value.h"

#define TEXT "facequery.text"

static int text_free(lua_State *L)
{
    struct fq_buffer *text = luaL_checkudata(L, 1, TEXT);
    fq_buffer_free(text);
    return 0;
}

/* Pushes an empty buffer in a userdata: its bytes are freed with that, whatever raises. */
static struct fq_buffer *push_text(lua_State *L)
{
    struct fq_buffer *text = lua_newuserdata(L, sizeof *text);

    memset(text, 0, sizeof *text);
    text->limit = SIZE_MAX;
    luaL_setmetatable(L, TEXT);
    return text;
}

static void push_string(lua_State *L, struct fq_buffer *text)
{
    lua_pushlstring(L, text->data != NULL ? text->data : "", text->size);
    fq_buffer_free(text);
}

/* plain_json(text): the text rewritten for a parser of doubles, and whether there is a mark in it
 * (see json_plain.h); or nil and a failure. */
static int core_plain_json(lua_State *L)
{
    size_t size;
    const char *json = luaL_checklstring(L, 1, &size);
    struct fq_buffer *text;
    struct fq_error error;
    bool is_plain, has_marks;

    if (fq_json_check(json, size, &is_plain, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    if (is_plain) {
        /* Text that needs no marks is returned as it is, without a copy. */
        lua_pushvalue(L, 1);
        return 1;
    }
    text = push_text(L);
    if (fq_json_plain(json, size, text, &has_marks, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    push_string(L, text);
    lua_pushboolean(L, has_marks);
    return 2;
}

/* utf8(text): the text with U+FFFD for what is not UTF-8; or nil and a failure. */
static int core_utf8(lua_State *L)
{
    size_t size;
    const char *bytes = luaL_checklstring(L, 1, &size);
    struct fq_buffer *text = push_text(L);
    struct fq_error error;

    if (fq_utf8_add(text, bytes, size, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    push_string(L, text);
    return 1;
}

/* json_string(text): the text as a JSON string, with U+FFFD for what is not UTF-8; or nil and a
 * failure. */
static int core_json_string(lua_State *L)
{
    size_t size;
    const char *bytes = luaL_checklstring(L, 1, &size);
    struct fq_buffer *text;
    struct fq_error error;
    luaL_Buffer plain;

    /* Most are names and digests: they need no buffer of ours. */
    if (fq_json_string_plain(bytes, size) == size) {
        luaL_buffinit(L, &plain);
        luaL_addchar(&plain, '"');
        luaL_addlstring(&plain, bytes, size);
        luaL_addchar(&plain, '"');
        luaL_pushresult(&plain);
        return 1;
    }
    text = push_text(L);
    if (fq_json_string_add(text, bytes, size, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    push_string(L, text);
    return 1;
}

struct name {
    const char *text;
    size_t size;
    int index; /* in the caller's list */
};

static int compare_names(const void *left, const void *right)
{
    const struct name *a = left, *b = right;

    return fq_utf8_compare(a->text, a->size, b->text, b->size);
}

/* sort_names(names): the strings of a list in a new one, in the order that RFC 8785 has for an
 * object's names. */
static int core_sort_names(lua_State *L)
{
    struct name *names;
    int count;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    count = (int)lua_objlen(L, 1);
    names = lua_newuserdata(L, ((size_t)count + 1) * sizeof *names);
    for (int i = 0; i < count; i++) {
        lua_rawgeti(L, 1, i + 1);
        luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 1, "strings expected");
        /* The list keeps the string. */
        names[i].text = lua_tolstring(L, -1, &names[i].size);
        names[i].index = i + 1;
        lua_pop(L, 1);
    }
    qsort(names, (size_t)count, sizeof *names, compare_names);
    lua_createtable(L, count, 0);
    for (int i = 0; i < count; i++) {
        lua_rawgeti(L, 1, names[i].index);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

void fq_lua_open_json(lua_State *L)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"plain_json", core_plain_json}, {"utf8", core_utf8}, {"json_string", core_json_string},
        {"sort_names", core_sort_names}, {NULL, NULL},
    };

    fq_lua_metatable(L, TEXT, none, text_free);
    luaL_setfuncs(L, functions, 0);
}
