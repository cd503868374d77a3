#include "cms.h"

#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "../buffer.h"
#include "../cms.h"
#include "open.h"
#include "value.h"

#define RECIPIENTS "facequery.recipients"
#define CERTIFICATE "facequery.certificate"
#define MESSAGE "facequery.message"

static int recipients_free(lua_State *L)
{
    struct fq_recipients **recipients = luaL_checkudata(L, 1, RECIPIENTS);

    fq_recipients_free(*recipients);
    *recipients = NULL;
    return 0;
}

/* Those of the text at `index`; NULL with *error filled. */
static const struct fq_recipients *recipients_of(lua_State *L, int index, struct fq_error *error)
{
    size_t size;
    const char *pem = luaL_checklstring(L, index, &size);
    struct fq_recipients **recipients;

    /* The table of those that were read already: most certificates stay the same for a month. */
    luaL_checkstack(L, 4, NULL);
    lua_getfield(L, LUA_REGISTRYINDEX, RECIPIENTS "s");
    lua_pushvalue(L, index);
    lua_rawget(L, -2);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_pushvalue(L, index);
        recipients = lua_newuserdata(L, sizeof *recipients);
        *recipients = NULL;
        luaL_setmetatable(L, RECIPIENTS);
        if (fq_recipients_new(pem, size, recipients, error) != FQ_OK) {
            lua_pop(L, 3);
            return NULL;
        }
        lua_rawset(L, -3);
        lua_pop(L, 1);
        return *recipients;
    }
    recipients = lua_touserdata(L, -1);
    lua_pop(L, 2);
    return *recipients;
}

const struct fq_recipients *fq_lua_recipients_field(lua_State *L, int index, struct fq_error *error)
{
    const struct fq_recipients *recipients = NULL;

    lua_getfield(L, index, "recipients");
    if (!lua_isnil(L, -1))
        recipients = recipients_of(L, lua_gettop(L), error);
    lua_pop(L, 1);
    return recipients;
}

static int certificate_free(lua_State *L)
{
    fq_certificate_clear(luaL_checkudata(L, 1, CERTIFICATE));
    return 0;
}

static void set_text(lua_State *L, const char *name, const struct fq_buffer *text)
{
    lua_pushlstring(L, text->data != NULL ? text->data : "", text->size);
    lua_setfield(L, -2, name);
}

/* certificate(path): the first one of a PEM file, where something may be encrypted for it today: {
 * pem =, issuer =, serial =, key_id = or nil, algorithm = }; or nil and a failure. */
static int core_certificate(lua_State *L)
{
    const char *path = fq_lua_check_string(L, 1);
    struct fq_certificate *certificate = lua_newuserdata(L, sizeof *certificate);
    struct fq_error error;

    *certificate = (struct fq_certificate){.algorithm = ""};
    luaL_setmetatable(L, CERTIFICATE);
    if (fq_certificate_read(path, certificate, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_createtable(L, 0, 5);
    set_text(L, "pem", &certificate->pem);
    set_text(L, "issuer", &certificate->issuer);
    lua_pushstring(L, certificate->serial);
    lua_setfield(L, -2, "serial");
    if (certificate->key_id[0] != '\0') {
        lua_pushstring(L, certificate->key_id);
        lua_setfield(L, -2, "key_id");
    }
    lua_pushstring(L, certificate->algorithm);
    lua_setfield(L, -2, "algorithm");
    return 1;
}

/* What core.encrypt works with, so that it is freed whatever happens. */
struct message {
    struct fq_cms *cms;
    struct fq_buffer text;
};

static int message_free(lua_State *L)
{
    struct message *message = luaL_checkudata(L, 1, MESSAGE);

    fq_cms_free(message->cms);
    message->cms = NULL;
    fq_buffer_free(&message->text);
    return 0;
}

static enum fq_status put(void *to, const void *data, size_t size, struct fq_error *error)
{
    return fq_buffer_add(to, data, size, FQ_MEDIA_TOO_LARGE, error);
}

/* encrypt(bytes, recipients): a message for them of at least one byte; or nil and a failure. */
static int core_encrypt(lua_State *L)
{
    const struct fq_recipients *recipients;
    struct message *message;
    struct fq_error error;
    enum fq_status status = FQ_OK;
    const char *bytes;
    size_t size;

    luaL_checktype(L, 1, LUA_TSTRING);
    bytes = lua_tolstring(L, 1, &size);
    recipients = recipients_of(L, 2, &error);
    if (recipients == NULL)
        return fq_lua_fail(L, &error);
    message = lua_newuserdata(L, sizeof *message);
    *message = (struct message){.text.limit = SIZE_MAX};
    luaL_setmetatable(L, MESSAGE);
    status = fq_cms_new(recipients, put, &message->text, &message->cms, &error);
    if (status == FQ_OK)
        status = fq_cms_write(message->cms, bytes, size, &error);
    if (status == FQ_OK)
        status = fq_cms_end(message->cms, &error);
    if (status != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_pushlstring(L, message->text.data, message->text.size);
    fq_buffer_free(&message->text);
    return 1;
}

/* forbid_dumps(): from here on a crash leaves no core file of this process, in which faces could
 * lie, nor can other processes of its user look into it (PR_SET_DUMPABLE).  Its children have a
 * limit of 0. */
static int core_forbid_dumps(lua_State *L)
{
    struct rlimit limit;

    (void)L;
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (getrlimit(RLIMIT_CORE, &limit) == 0) {
        limit.rlim_cur = 0;
        setrlimit(RLIMIT_CORE, &limit);
    }
    return 0;
}

void fq_lua_open_cms(lua_State *L)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"certificate", core_certificate},
        {"encrypt", core_encrypt},
        {"forbid_dumps", core_forbid_dumps},
        {NULL, NULL},
    };

    fq_lua_metatable(L, RECIPIENTS, none, recipients_free);
    fq_lua_metatable(L, CERTIFICATE, none, certificate_free);
    fq_lua_metatable(L, MESSAGE, none, message_free);
    lua_newtable(L);
    lua_setfield(L, LUA_REGISTRYINDEX, RECIPIENTS "s");
    luaL_setfuncs(L, functions, 0);
}
