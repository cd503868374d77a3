#include "text.h"

#include "../text.h"
#include "open.h"

unsigned fq_lua_check_class(lua_State *L, int index)
{
    static const char *const names[] = {"clean", "alphanumeric", "token", NULL};
    static const unsigned classes[] = {FQ_TEXT_CLEAN, FQ_TEXT_ALPHANUMERIC, FQ_TEXT_TOKEN};

    return classes[luaL_checkoption(L, index, names[0], names)];
}

/* is_text(text, class): has it a byte, and is each of its bytes of the class? */
static int core_is_text(lua_State *L)
{
    size_t size;
    const char *text = luaL_checklstring(L, 1, &size);

    lua_pushboolean(L, fq_text_is(text, size, fq_lua_check_class(L, 2)));
    return 1;
}

void fq_lua_open_text(lua_State *L)
{
    static const luaL_Reg functions[] = {{"is_text", core_is_text}, {NULL, NULL}};

    luaL_setfuncs(L, functions, 0);
}
