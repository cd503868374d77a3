/* Any text for the answer to a query of order a1, without its media: a success where libyajl reads
 * code 0 and no other, and nowhere else. */
#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "must.h"
#include "oracle.h"

enum { DEEPEST = 128 };

static lua_State *L; /* with the function below on its stack */

static const char is_success[] =
    "package.path = 'lua/?.lua;lua/?/init.lua;' .. package.path\n"
    "local record = require 'facequery.service.record'\n"
    "return function(text)\n"
    "  local answer = record.from_response({ status = 200, envelope = text }, nil, 'a1')\n"
    "  return answer ~= nil and answer.code == '0'\n"
    "end\n";

int luaopen_facequery_core(lua_State *L); /* csrc/lua/core.c */
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    L = luaL_newstate();
    must(L != NULL, "there is memory");
    luaL_openlibs(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, luaopen_facequery_core);
    lua_setfield(L, -2, "facequery.core");
    lua_pop(L, 1);
    if (luaL_dostring(L, is_success)) {
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
        abort();
    }
    return 0;
}

/* The core lets pass what libyajl does not: control characters in strings; and the other way
 * round: a vertical tab or a form feed between tokens. */
static void mend(char *text, size_t size)
{
    bool in_string = false;

    for (size_t i = 0; i < size; i++) {
        if (in_string && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            in_string = !in_string;
        else if (in_string && (unsigned char)text[i] < ' ')
            text[i] = '?';
        else if (text[i] == '\v' || text[i] == '\f')
            text[i] = '!';
    }
}

static bool is_expected(const char *text, size_t size)
{
    static const char mark[] = "\xEF\xBB\xBF";
    size_t skipped = size >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
    struct answer answer;
    char *mended = malloc(size + 1);
    bool expected;

    must(mended != NULL, "there is memory");
    memcpy(mended, text + skipped, size - skipped);
    mend(mended, size - skipped);
    answer_read(mended, size - skipped, &answer);
    expected = answer.is_object && answer.deepest <= DEEPEST && !answer.is_duplicate &&
               answer.has_code && !answer.has_other_code && !answer.has_other_order &&
               !answer.is_result_list;
    answer_free(&answer);
    free(mended);
    return expected;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size > 0 ? (const char *)data : "";
    bool success;

    lua_pushvalue(L, -1);
    lua_pushlstring(L, text, size);
    must(lua_pcall(L, 1, 1, 0) == LUA_OK, "it raises nothing");
    success = lua_toboolean(L, -1);
    lua_pop(L, 1);
    if (is_expected(text, size))
        must(success, "an answer with code 0 and no other is a success");
    else
        must(!success, "no other answer is a success");
    return 0;
}
