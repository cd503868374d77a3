/* Values between Lua and C: arguments and fields in, failures and digests out, and the metatables
 * of userdata.  lua.h is included by the files of this folder alone. */
#ifndef FQ_LUA_VALUE_H
#define FQ_LUA_VALUE_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

#include "../digest.h"
#include "../status.h"

/* Lua 5.1's name for lua_rawlen, which Lua 5.5 has again. */
#if LUA_VERSION_NUM >= 502 && !defined lua_objlen
#define lua_objlen lua_rawlen
#endif

/* Pushes nil and a plain table { status =, code =, http_status =, offset =, field =, detail = };
 * returns 2. */
int fq_lua_fail(lua_State *L, const struct fq_error *error);

/* Arguments, and fields of the table at `index`.  A wrong type raises; so does a string with a NUL
 * in it, which C would take for its end.  Strings stay on the stack, so that they live as long as
 * the call; NULL, or `otherwise`, where the field is nil. */
const char *fq_lua_string_field(lua_State *L, int index, const char *name);
const char *fq_lua_check_string(lua_State *L, int index);
lua_Number fq_lua_number_field(lua_State *L, int index, const char *name, lua_Number otherwise);

/* Is the field neither nil nor false? */
bool fq_lua_flag_field(lua_State *L, int index, const char *name);

/* 2^53: up to here a double holds every whole number. */
#define FQ_LUA_LARGEST_SIZE 9007199254740992

/* As fq_lua_number_field, for a size: 0 up to the largest, else it raises.  FQ_LUA_REQUIRED for
 * `otherwise`: a field that is nil raises, too. */
#define FQ_LUA_REQUIRED (-1)
size_t fq_lua_size_field(lua_State *L, int index, const char *name, lua_Number otherwise);

/* The digests named in the list at `index`, or-ed; a name that is none of theirs raises. */
unsigned fq_lua_digests(lua_State *L, int index);

/* The same of the list in the field `hashes` of the table at `index`; 0 where it is nil. */
unsigned fq_lua_digests_field(lua_State *L, int index);

/* Sets each digest that was taken, by its name, in the table on the top of the stack. */
void fq_lua_set_digests(lua_State *L, fq_digests_hex hex);

/* Pushes a file's { size =, sha256 =, … }. */
void fq_lua_push_file_digests(lua_State *L, fq_digests_hex hex, size_t size);

/* Makes the metatable of a userdata with __gc, and __close where Lua has it, calling `free`. */
void fq_lua_metatable(lua_State *L, const char *name, const luaL_Reg *methods,
                      lua_CFunction free_function);

#endif
