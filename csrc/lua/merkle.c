#include "../merkle.h"

#include <string.h>

#include "open.h"
#include "value.h"

#define MERKLE "facequery.merkle"

/* Characters of a hash in base64, as checkpoints and proofs have it. */
enum { BASE64 = 44 };

static int merkle_free(lua_State *L)
{
    fq_merkle_close(luaL_checkudata(L, 1, MERKLE));
    return 0;
}

static void push_hash(lua_State *L, const fq_merkle_hash hash)
{
    unsigned char text[BASE64 + 1];

    EVP_EncodeBlock(text, hash, FQ_MERKLE_HASH);
    lua_pushlstring(L, (const char *)text, BASE64);
}

/* The hash that the string on the top of the stack is; raises where it is none. */
static void read_hash(lua_State *L, fq_merkle_hash hash)
{
    unsigned char bytes[BASE64], again[BASE64 + 1];
    size_t size = 0;
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &size) : NULL;

    if (size != BASE64 || EVP_DecodeBlock(bytes, (const unsigned char *)text, BASE64) < 0)
        luaL_error(L, "a hash in base64 expected");
    EVP_EncodeBlock(again, bytes, FQ_MERKLE_HASH);
    if (memcmp(again, text, BASE64) != 0)
        luaL_error(L, "a hash in base64 expected");
    memcpy(hash, bytes, FQ_MERKLE_HASH);
}

static void read_frontier(lua_State *L, struct fq_merkle *tree)
{
    lua_Number size;

    luaL_checktype(L, 1, LUA_TNUMBER);
    luaL_checktype(L, 2, LUA_TTABLE);
    size = lua_tonumber(L, 1);
    luaL_argcheck(L, size >= 0 && size <= FQ_LUA_LARGEST_SIZE, 1, "a size expected");
    tree->size = (uint64_t)size;
    luaL_argcheck(L, (lua_Number)tree->size == size, 1, "a size expected");
    tree->count = fq_merkle_count(tree->size);
    luaL_argcheck(L, lua_objlen(L, 2) == tree->count, 2, "the frontier is another tree's");
    for (size_t i = 0; i < tree->count; i++) {
        lua_rawgeti(L, 2, (int)i + 1);
        read_hash(L, tree->frontier[i]);
        lua_pop(L, 1);
    }
}

/* merkle([size, frontier]): an empty tree, or one that goes on from there; or nil and a failure. */
static int core_merkle(lua_State *L)
{
    struct fq_merkle *tree;
    struct fq_error error;

    lua_settop(L, 2);
    tree = lua_newuserdata(L, sizeof *tree);
    memset(tree, 0, sizeof *tree);
    luaL_setmetatable(L, MERKLE);
    if (fq_merkle_open(tree, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    if (!lua_isnil(L, 1))
        read_frontier(L, tree);
    return 1;
}

static struct fq_merkle *check_tree(lua_State *L)
{
    struct fq_merkle *tree = luaL_checkudata(L, 1, MERKLE);

    luaL_argcheck(L, tree->context != NULL, 1, "the tree is closed");
    return tree;
}

/* tree:add(leaf): true, or nil and a failure. */
static int merkle_add(lua_State *L)
{
    struct fq_merkle *tree = check_tree(L);
    struct fq_error error;
    size_t size;
    const char *leaf = luaL_checklstring(L, 2, &size);

    if (fq_merkle_add(tree, leaf, size, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_pushboolean(L, 1);
    return 1;
}

/* tree:root(): in base64, or nil and a failure. */
static int merkle_root(lua_State *L)
{
    fq_merkle_hash root;
    struct fq_error error;

    if (fq_merkle_root(check_tree(L), root, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    push_hash(L, root);
    return 1;
}

/* tree:frontier(): a list of hashes in base64. */
static int merkle_frontier(lua_State *L)
{
    const struct fq_merkle *tree = check_tree(L);

    lua_createtable(L, (int)tree->count, 0);
    for (size_t i = 0; i < tree->count; i++) {
        push_hash(L, tree->frontier[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    return 1;
}

void fq_lua_open_merkle(lua_State *L)
{
    static const luaL_Reg methods[] = {{"add", merkle_add},
                                       {"root", merkle_root},
                                       {"frontier", merkle_frontier},
                                       {"close", merkle_free},
                                       {NULL, NULL}};
    static const luaL_Reg functions[] = {{"merkle", core_merkle}, {NULL, NULL}};

    fq_lua_metatable(L, MERKLE, methods, merkle_free);
    luaL_setfuncs(L, functions, 0);
}
