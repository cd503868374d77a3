#include "../timestamp.h"

#include "../revocation.h"
#include "../signature.h"
#include "open.h"
#include "value.h"

/* timestamp_request(data, has_nonce [, policy]): a TimeStampReq in DER, or nil and a failure. */
static int core_timestamp_request(lua_State *L)
{
    unsigned char request[FQ_TIMESTAMP_REQUEST];
    struct fq_error error;
    size_t size, request_size;
    const char *data = luaL_checklstring(L, 1, &size);
    const char *policy = lua_isnoneornil(L, 3) ? NULL : fq_lua_check_string(L, 3);

    luaL_checktype(L, 2, LUA_TBOOLEAN);
    if (fq_timestamp_request(data, size, policy, lua_toboolean(L, 2) != 0, request, &request_size,
                             &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_pushlstring(L, (const char *)request, request_size);
    return 1;
}

/* timestamp_check(response, request [, ca]): { time =, policy =, serial =, signer = } of an answer
 * to that request; or nil and a failure.  `ca`: PEM. */
static int core_timestamp_check(lua_State *L)
{
    struct fq_timestamp timestamp;
    struct fq_error error;
    size_t size, request_size, ca_size = 0;
    const char *response = luaL_checklstring(L, 1, &size);
    const char *request = luaL_checklstring(L, 2, &request_size);
    const char *ca = lua_isnoneornil(L, 3) ? NULL : luaL_checklstring(L, 3, &ca_size);

    if (fq_timestamp_check(response, size, request, request_size, ca, ca_size, &timestamp,
                           &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_createtable(L, 0, 4);
    lua_pushinteger(L, (lua_Integer)timestamp.time);
    lua_setfield(L, -2, "time");
    lua_pushstring(L, timestamp.policy);
    lua_setfield(L, -2, "policy");
    lua_pushstring(L, timestamp.serial);
    lua_setfield(L, -2, "serial");
    lua_pushstring(L, timestamp.signer);
    lua_setfield(L, -2, "signer");
    return 1;
}

/* timestamp_revocation(response, time, ca, lists): whether an answer that timestamp_check has
 * taken, with that time and these authorities, has a TSA's certificate that was revoked: "chain",
 * "signer" or "none", of whom the lists know that they were not; or nil and a failure.  PEM. */
static int core_timestamp_revocation(lua_State *L)
{
    static const char *const names[] = {
        [FQ_JUDGED_NONE] = "none", [FQ_JUDGED_SIGNER] = "signer", [FQ_JUDGED_CHAIN] = "chain"};
    enum fq_judged judged;
    struct fq_error error;
    size_t size, ca_size, lists_size;
    const char *response = luaL_checklstring(L, 1, &size);
    lua_Number time = luaL_checknumber(L, 2);
    const char *ca = luaL_checklstring(L, 3, &ca_size);
    const char *lists = luaL_checklstring(L, 4, &lists_size);

    if (fq_revocation_judge(response, size, (int64_t)time, ca, ca_size, lists, lists_size, &judged,
                            &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_pushstring(L, names[judged]);
    return 1;
}

/* signature(data, certificates, key): a detached one in DER, or nil and a failure.  Both PEM. */
static int core_signature(lua_State *L)
{
    struct fq_error error;
    size_t size, certificates_size, key_size, signature_size;
    const char *data = luaL_checklstring(L, 1, &size);
    const char *certificates = luaL_checklstring(L, 2, &certificates_size);
    const char *key = luaL_checklstring(L, 3, &key_size);
    unsigned char *signature = lua_newuserdata(L, FQ_SIGNATURE_LARGEST);

    if (fq_signature_make(data, size, certificates, certificates_size, key, key_size, signature,
                          &signature_size, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_pushlstring(L, (const char *)signature, signature_size);
    return 1;
}

/* signature_check(data, signature): who has signed, or nil and a failure. */
static int core_signature_check(lua_State *L)
{
    char signer[256];
    struct fq_error error;
    size_t size, signature_size;
    const char *data = luaL_checklstring(L, 1, &size);
    const char *signature = luaL_checklstring(L, 2, &signature_size);

    if (fq_signature_check(data, size, signature, signature_size, signer, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_pushstring(L, signer);
    return 1;
}

void fq_lua_open_timestamp(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"timestamp_request", core_timestamp_request},
        {"timestamp_check", core_timestamp_check},
        {"timestamp_revocation", core_timestamp_revocation},
        {"signature", core_signature},
        {"signature_check", core_signature_check},
        {NULL, NULL},
    };

    luaL_setfuncs(L, functions, 0);
}
