#include <openssl/evp.h>
#include <stdint.h>

#include "../medium.h"
#include "open.h"
#include "value.h"

#define DECODER "facequery.decoder"

static int decoder_free(lua_State *L)
{
    struct fq_medium **media = luaL_checkudata(L, 1, DECODER);
    fq_medium_free(*media);
    *media = NULL;
    return 0;
}

static enum fq_status decode(struct fq_medium **media, const char *text, size_t size, size_t limit,
                             struct fq_medium_result *result, struct fq_error *error)
{
    size_t consumed;
    struct fq_content_options options = {.limit = limit, .expected = size / 4 * 3 + 3};
    enum fq_status status = fq_medium_new(&options, media, error);

    if (status == FQ_OK)
        status = fq_medium_write(*media, text, size, &consumed, error);
    if (status == FQ_OK && consumed < size)
        status = fq_medium_foreign(*media, error);
    if (status == FQ_OK)
        status = fq_medium_end(*media, error);
    return status == FQ_OK ? fq_medium_result(*media, result, error) : status;
}

/* decode_media(base64): bytes and their format or nil; or nil and a failure. */
static int core_decode_media(lua_State *L)
{
    struct fq_medium **media;
    struct fq_medium_result result;
    struct fq_error error;
    const char *text;
    size_t size;

    luaL_checktype(L, 1, LUA_TSTRING);
    text = lua_tolstring(L, 1, &size);
    media = lua_newuserdata(L, sizeof *media);
    *media = NULL;
    luaL_setmetatable(L, DECODER);
    if (decode(media, text, size, SIZE_MAX, &result, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_pushlstring(L, (const char *)result.data, result.size);
    lua_pushstring(L, result.format);
    fq_medium_free(*media);
    *media = NULL;
    return 2;
}

/* encode_base64(bytes): RFC 4648's text of them, with padding and without line breaks. */
static int core_encode_base64(lua_State *L)
{
    enum { PIECE = 48 * 1024 }; /* whole groups of three, as EVP_EncodeBlock takes an int */
    unsigned char *text;
    const char *bytes;
    size_t size, written = 0;

    luaL_checktype(L, 1, LUA_TSTRING);
    bytes = lua_tolstring(L, 1, &size);
    text = lua_newuserdata(L, (size / 3 + 1) * 4 + 1); /* EVP_EncodeBlock ends it with a NUL */
    for (size_t at = 0; at < size; at += PIECE) {
        size_t piece = size - at < PIECE ? size - at : PIECE;
        written +=
            (size_t)EVP_EncodeBlock(text + written, (const unsigned char *)bytes + at, (int)piece);
    }
    lua_pushlstring(L, (const char *)text, written);
    return 1;
}

void fq_lua_open_medium(lua_State *L)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"decode_media", core_decode_media}, {"encode_base64", core_encode_base64}, {NULL, NULL}};

    fq_lua_metatable(L, DECODER, none, decoder_free);
    luaL_setfuncs(L, functions, 0);
}
