/* An answer (../answer.h) as a userdata. */
#ifndef FQ_LUA_ANSWER_H
#define FQ_LUA_ANSWER_H

#include <lua.h>

#include "../answer.h"
#include "../status.h"

/* Pushes an answer userdata made of the options in the table at `index` and returns what it holds:
 * NULL, with *error filled, when the answer can't be made.  *digester: see fq_answer_options;
 * looked at when the table has been read, which may call Lua.  NULL is fine. */
struct fq_answer **fq_lua_answer(lua_State *L, int index, struct fq_relay_thread *const *digester,
                                 struct fq_error *error);

/* Pushes an empty answer userdata, to be filled. */
struct fq_answer **fq_lua_empty_answer(lua_State *L);

/* Frees the answer now, its files included, and empties its userdata. */
void fq_lua_answer_close(struct fq_answer **answer);

#endif
