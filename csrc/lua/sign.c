#include <stdbool.h>
#include <stdint.h>

#include "../sign.h"
#include "../text.h"
#include "open.h"
#include "text.h"
#include "value.h"

#define SIGNER "facequery.signer"

/* Values on the C stack, and on Lua's, which has room for twenty; the service's calls have five to
 * seven. */
enum { FEW_VALUES = 12 };

/* A field's rule. */
struct field {
    const char *name;
    struct fq_slice otherwise; /* data NULL: none */
    size_t least, most;        /* bytes */
    unsigned class;            /* of every byte */
};

struct fields {
    size_t count;
    struct field list[FEW_VALUES];
    unsigned char classes_of[256]; /* a look-up: a query's values have more than a hundred bytes */
};

static int signer_free(lua_State *L)
{
    struct fq_signer **signer = luaL_checkudata(L, 1, SIGNER);
    fq_signer_free(*signer);
    *signer = NULL;
    return 0;
}

/* Pushes the signature of the values; the signer is the first upvalue of all that call this. */
static int push_sign(lua_State *L, struct fq_slice *values, size_t count)
{
    struct fq_signer **signer = lua_touserdata(L, lua_upvalueindex(1));
    char sign[FQ_SIGN_LENGTH + 1];
    struct fq_error error;

    if (*signer == NULL)
        *signer = fq_signer_new();
    if (*signer == NULL || fq_sign(*signer, values, count, sign) != FQ_OK) {
        fq_fail(&error, FQ_CRYPTO_FAILED, 0);
        return fq_lua_fail(L, &error);
    }
    lua_pushlstring(L, sign, FQ_SIGN_LENGTH);
    return 1;
}

/* Room for so many values: `few`, or a userdata. */
static struct fq_slice *make_room(lua_State *L, size_t count, struct fq_slice few[FEW_VALUES])
{
    return count <= FEW_VALUES ? few : lua_newuserdata(L, count * sizeof *few);
}

/* sign(value, ...): upper-case hex, or nil and a failure. */
static int core_sign(lua_State *L)
{
    struct fq_slice few[FEW_VALUES], *values;
    int count = lua_gettop(L);

    luaL_argcheck(L, count > 0, 1, "values to sign expected");
    values = make_room(L, (size_t)count, few);
    for (int i = 0; i < count; i++) {
        /* Not a number: 1.0 and 1 would sign differently on different Luas. */
        luaL_checktype(L, i + 1, LUA_TSTRING);
        values[i].data = lua_tolstring(L, i + 1, &values[i].size);
    }
    return push_sign(L, values, (size_t)count);
}

/* Signs a list.  Returns 0 results where a value is no string. */
static int sign_list(lua_State *L, size_t count)
{
    struct fq_slice few[FEW_VALUES], *values = make_room(L, count, few);

    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, 1, (int)i + 1);
        if (lua_type(L, -1) != LUA_TSTRING)
            return 0;
        values[i].data = lua_tolstring(L, -1, &values[i].size);
        if (count > FEW_VALUES)
            lua_pop(L, 1); /* the list keeps it alive */
    }
    return push_sign(L, values, count);
}

static bool fits(const struct fields *fields, const struct field *field,
                 const struct fq_slice *text)
{
    unsigned classes = field->class;

    for (size_t i = 0; i < text->size; i++)
        classes &= fields->classes_of[(unsigned char)text->data[i]];
    return classes != 0 && text->size >= field->least && text->size <= field->most;
}

/* Signs a table of fields.  Returns 0 results where one is missing, not known or does not fit. */
static int sign_fields(lua_State *L, const struct fields *fields)
{
    struct fq_slice values[FEW_VALUES];
    const struct field *list = fields->list;

    for (size_t i = 0; i < fields->count; i++)
        values[i] = list[i].otherwise;
    for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1)) {
        const char *name;
        size_t i = 0;
        if (lua_type(L, 2) != LUA_TSTRING || lua_type(L, 3) != LUA_TSTRING)
            return 0;
        /* Short strings are interned, and the closure keeps the names alive: equal ones are one
         * pointer. */
        name = lua_tostring(L, 2);
        while (i < fields->count && list[i].name != name)
            i++;
        if (i == fields->count)
            return 0;
        values[i].data = lua_tolstring(L, 3, &values[i].size); /* the table keeps it alive */
        if (!fits(fields, &list[i], &values[i]))
            return 0;
    }
    for (size_t i = 0; i < fields->count; i++)
        if (values[i].data == NULL)
            return 0;
    return push_sign(L, values, fields->count);
}

/* What signer returns.  Upvalues: the signer, the fields, what they point to, and `otherwise`. */
static int sign_values(lua_State *L)
{
    int results = 0;

    lua_settop(L, 1);
    if (lua_istable(L, 1)) {
        size_t count = lua_objlen(L, 1);
        results = count > 0 ? sign_list(L, count)
                            : sign_fields(L, lua_touserdata(L, lua_upvalueindex(2)));
    }
    if (results == 1)
        return 1;
    if (results == 0)
        lua_pushnil(L); /* there is no failure */
    lua_pushvalue(L, lua_upvalueindex(4));
    lua_pushvalue(L, 1);
    lua_pushvalue(L, -3);
    lua_call(L, 2, 2);
    return 2;
}

static void read_field(lua_State *L, int index, struct field *field)
{
    field->name = fq_lua_string_field(L, index, "name");
    field->least = fq_lua_size_field(L, index, "least", FQ_LUA_REQUIRED);
    field->most = fq_lua_size_field(L, index, "most", FQ_LUA_REQUIRED);
    lua_getfield(L, index, "class");
    field->class = fq_lua_check_class(L, lua_gettop(L));
    lua_getfield(L, index, "otherwise");
    field->otherwise.data = luaL_optlstring(L, -1, NULL, &field->otherwise.size);
}

/* signer({ { name =, least =, most =, class =, otherwise = }, ... }, otherwise): a
 * function that signs the values in a list, or in a table by these names, and returns the
 * signature.  Where a field is missing, is not known or does not fit, or on a failure, it returns
 * two results of otherwise(values [, failure]). */
static int core_signer(lua_State *L)
{
    struct fields *fields;

    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    luaL_argcheck(L, lua_objlen(L, 1) <= FEW_VALUES, 1, "too many fields");
    lua_settop(L, 2);
    lua_pushvalue(L, lua_upvalueindex(1));
    fields = lua_newuserdata(L, sizeof *fields);
    fields->count = lua_objlen(L, 1);
    for (int c = 0; c < 256; c++)
        fields->classes_of[c] = (unsigned char)fq_text_classes((unsigned char)c);
    for (size_t i = 0; i < fields->count; i++) {
        lua_rawgeti(L, 1, (int)i + 1);
        luaL_checktype(L, 5, LUA_TTABLE);
        read_field(L, 5, &fields->list[i]);
        lua_settop(L, 4);
    }
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, sign_values, 4);
    return 1;
}

void fq_lua_open_sign(lua_State *L)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"sign", core_sign}, {"signer", core_signer}, {NULL, NULL}};
    struct fq_signer **signer;

    fq_lua_metatable(L, SIGNER, none, signer_free);
    /* One signer, with its digest ready, is shared by the functions as an upvalue. */
    signer = lua_newuserdata(L, sizeof *signer);
    *signer = NULL;
    luaL_setmetatable(L, SIGNER);
    luaL_setfuncs(L, functions, 1);
}
