/* What each binding opens with: it adds its metatables to the registry, and its functions to the
 * module's table, which is on the top of the stack and stays there. */
#ifndef FQ_LUA_OPEN_H
#define FQ_LUA_OPEN_H

#include <lauxlib.h>
#include <lua.h>

void fq_lua_open_system(lua_State *L);
void fq_lua_open_merkle(lua_State *L);
void fq_lua_open_timestamp(lua_State *L);
void fq_lua_open_sign(lua_State *L);
void fq_lua_open_text(lua_State *L);
void fq_lua_open_medium(lua_State *L);
void fq_lua_open_answer(lua_State *L);
void fq_lua_open_exchange(lua_State *L);
void fq_lua_open_pool(lua_State *L);
void fq_lua_open_disk(lua_State *L);
void fq_lua_open_file(lua_State *L);
void fq_lua_open_threads(lua_State *L);
void fq_lua_open_rebuild(lua_State *L);
void fq_lua_open_cms(lua_State *L);
void fq_lua_open_decryption(lua_State *L);
void fq_lua_open_json(lua_State *L);
void fq_lua_open_signals(lua_State *L);

#endif
