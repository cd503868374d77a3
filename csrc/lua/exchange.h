/* What the bindings of one exchange (exchange.c) and of many (pool.c) share: a request in, and what
 * came of it out. */
#ifndef FQ_LUA_EXCHANGE_H
#define FQ_LUA_EXCHANGE_H

#include <lua.h>

#include "../answer.h"
#include "../http.h"

enum { FQ_MAX_HEADERS = 16 };

/* Reads a request from the table at `index`.  Its strings stay on the stack. */
void fq_lua_request(lua_State *L, int index, struct fq_http_request *request,
                    const char *headers[FQ_MAX_HEADERS + 1]);

/* Pushes { status =, time = seconds, reused =, envelope =, provenance = }.  Nothing in Lua may
 * reach the answer yet: pushing may run finalizers, and they may close what they reach. */
void fq_lua_push_result(lua_State *L, const struct fq_http_result *result,
                        const struct fq_answer *answer);

#endif
