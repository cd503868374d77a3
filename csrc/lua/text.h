/* A class of ../text.h by its name in Lua. */
#ifndef FQ_LUA_TEXT_H
#define FQ_LUA_TEXT_H

#include <lua.h>

/* The class named at `index`: "clean", "alphanumeric" or "token"; nil: "clean".  Else it raises. */
unsigned fq_lua_check_class(lua_State *L, int index);

#endif
