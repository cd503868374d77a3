#include "../linked.h"
#include "open.h"

/* The module facequery.core: every binding's functions in one table. */
__attribute__((visibility("default"))) int luaopen_facequery_core(lua_State *L)
{
    struct fq_error error;

    if (fq_linked_check(&error) != FQ_OK)
        return luaL_error(L, "facequery: %s", error.detail);
    lua_newtable(L);
    fq_lua_open_system(L);
    fq_lua_open_merkle(L);
    fq_lua_open_timestamp(L);
    fq_lua_open_sign(L);
    fq_lua_open_text(L);
    fq_lua_open_medium(L);
    fq_lua_open_answer(L);
    fq_lua_open_exchange(L);
    fq_lua_open_pool(L);
    fq_lua_open_disk(L);
    fq_lua_open_file(L);
    fq_lua_open_threads(L);
    fq_lua_open_rebuild(L);
    fq_lua_open_cms(L);
    fq_lua_open_decryption(L);
    fq_lua_open_json(L);
    fq_lua_open_signals(L);
    return 1;
}
