#include <unistd.h>

#include "../digest.h"
#include "../disk.h"
#include "../file.h"
#include "../folder.h"
#include "open.h"
#include "value.h"

#define FILE_METATABLE "facequery.file"
#define LOCK "facequery.lock"

enum { LARGEST_PRIVATE = 64 * 1024 };

static int file_free(lua_State *L)
{
    struct fq_file **file = luaL_checkudata(L, 1, FILE_METATABLE);
    fq_file_free(*file);
    *file = NULL;
    return 0;
}

static int result(lua_State *L, enum fq_status status, const struct fq_error *error)
{
    if (status != FQ_OK)
        return fq_lua_fail(L, error);
    lua_pushboolean(L, 1);
    return 1;
}

static int write_whole(lua_State *L, enum fq_file_kind kind)
{
    const char *path = fq_lua_check_string(L, 1);
    struct fq_error error;
    struct fq_file **file;
    enum fq_status status;
    const char *bytes;
    size_t size;

    luaL_checktype(L, 2, LUA_TSTRING);
    bytes = lua_tolstring(L, 2, &size);
    file = lua_newuserdata(L, sizeof *file);
    *file = NULL;
    luaL_setmetatable(L, FILE_METATABLE);
    status = fq_file_open(path, kind, file, &error);
    if (status == FQ_OK)
        status = fq_file_write(*file, bytes, size, &error);
    if (status == FQ_OK)
        status = fq_file_commit(*file, &error);
    fq_file_free(*file);
    *file = NULL;
    return result(L, status, &error);
}

/* write_file(path, bytes): a new file, whole or not at all; true, or nil and a failure. */
static int core_write_file(lua_State *L)
{
    return write_whole(L, FQ_FILE_NEW);
}

/* replace_file(path, bytes): the same, in the place of what was there. */
static int core_replace_file(lua_State *L)
{
    return write_whole(L, FQ_FILE_REPLACEMENT);
}

/* write_draft(path, bytes): a new file in a folder that will be moved; flush brings both to the
 * disk. */
static int core_write_draft(lua_State *L)
{
    return write_whole(L, FQ_FILE_DRAFT);
}

/* append(path, bytes): all of them or none, and nothing is brought to the disk; the size that the
 * file had before, or nil and a failure. */
static int core_append(lua_State *L)
{
    const char *path = fq_lua_check_string(L, 1);
    struct fq_error error;
    size_t size, before;
    const char *bytes = luaL_checklstring(L, 2, &size);

    if (fq_append(path, bytes, size, &before, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_pushinteger(L, (lua_Integer)before);
    return 1;
}

/* truncate(path, size): cuts a file; true, or nil and a failure. */
static int core_truncate(lua_State *L)
{
    const char *path = fq_lua_check_string(L, 1);
    lua_Number size = luaL_checknumber(L, 2);
    struct fq_error error;

    luaL_argcheck(L, size >= 0 && size <= FQ_LUA_LARGEST_SIZE, 2, "a size expected");
    return result(L, fq_truncate(path, (size_t)size, &error), &error);
}

/* digest_file(path [, hashes]): { size =, sha256 =, … }, or nil and a failure. */
static int core_digest_file(lua_State *L)
{
    const char *path = fq_lua_check_string(L, 1);
    struct fq_error error;
    fq_digests_hex hex;
    size_t size;
    unsigned which;

    lua_settop(L, 2);
    which = lua_isnil(L, 2) ? 1u << FQ_DIGEST_sha256 : fq_lua_digests(L, 2);
    if (fq_digest_file(path, which, hex, &size, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    fq_lua_push_file_digests(L, hex, size);
    return 1;
}

/* digest(bytes [, hashes]): { sha256 =, … }, or nil and a failure. */
static int core_digest(lua_State *L)
{
    struct fq_digests digests;
    struct fq_error error;
    fq_digests_hex hex;
    size_t size;
    const char *bytes = luaL_checklstring(L, 1, &size);
    unsigned which;
    enum fq_status status;

    lua_settop(L, 2);
    which = lua_isnil(L, 2) ? 1u << FQ_DIGEST_sha256 : fq_lua_digests(L, 2);
    status = fq_digests_open(&digests, which, &error);
    if (status == FQ_OK)
        status = fq_digests_update(&digests, bytes, size, &error);
    if (status == FQ_OK)
        status = fq_digests_finish(&digests, hex, &error);
    fq_digests_close(&digests);
    if (status != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_createtable(L, 0, FQ_DIGESTS);
    fq_lua_set_digests(L, hex);
    return 1;
}

/* read_private(path): the bytes of a small file that only this user can have written; or nil and a
 * failure. */
static int core_read_private(lua_State *L)
{
    const char *path = fq_lua_check_string(L, 1);
    struct fq_error error;
    char *data = lua_newuserdata(L, LARGEST_PRIVATE);
    size_t size;

    if (fq_read_private(path, data, LARGEST_PRIVATE, &size, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_pushlstring(L, data, size);
    return 1;
}

static int lock_free(lua_State *L)
{
    int *fd = luaL_checkudata(L, 1, LOCK);

    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    return 0;
}

/* lock_file(path): a lock, held until lock:close(); or nil and a failure: FILE_LOCKED when another
 * holds it. */
static int core_lock_file(lua_State *L)
{
    const char *path = fq_lua_check_string(L, 1);
    struct fq_error error;
    int *fd = lua_newuserdata(L, sizeof *fd);

    *fd = -1;
    luaL_setmetatable(L, LOCK);
    return fq_lock_file(path, fd, &error) == FQ_OK ? 1 : fq_lua_fail(L, &error);
}

static int one_path(lua_State *L, enum fq_status (*act)(const char *, struct fq_error *))
{
    struct fq_error error;

    return result(L, act(fq_lua_check_string(L, 1), &error), &error);
}

/* rename(from, to): never replaces, and brings nothing to the disk; true, or nil and a failure. */
static int core_rename(lua_State *L)
{
    struct fq_error error;

    return result(L, fq_rename(fq_lua_check_string(L, 1), fq_lua_check_string(L, 2), &error),
                  &error);
}

/* make_folder(path): true when it is there, or nil and a failure. */
static int core_make_folder(lua_State *L)
{
    return one_path(L, fq_folder_make);
}

/* room(path): how many bytes may still be written on a folder's file system, or nil and a
 * failure. */
static int core_room(lua_State *L)
{
    const char *path = fq_lua_check_string(L, 1);
    struct fq_error error;
    double bytes;

    if (fq_folder_room(path, &bytes, &error) != FQ_OK)
        return fq_lua_fail(L, &error);
    lua_pushnumber(L, bytes);
    return 1;
}

/* draft_folder(path): a new one, for rename or remove_folder; true, or nil and a failure. */
static int core_draft_folder(lua_State *L)
{
    return one_path(L, fq_folder_draft);
}

/* remove_folder(path): a folder with what is in it, or a file; true, or nil and a failure. */
static int core_remove_folder(lua_State *L)
{
    return one_path(L, fq_folder_remove);
}

void fq_lua_open_disk(lua_State *L)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg lock_methods[] = {{"close", lock_free}, {NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"write_file", core_write_file},
        {"replace_file", core_replace_file},
        {"write_draft", core_write_draft},
        {"append", core_append},
        {"truncate", core_truncate},
        {"digest_file", core_digest_file},
        {"digest", core_digest},
        {"read_private", core_read_private},
        {"lock_file", core_lock_file},
        {"rename", core_rename},
        {"make_folder", core_make_folder},
        {"room", core_room},
        {"draft_folder", core_draft_folder},
        {"remove_folder", core_remove_folder},
        {NULL, NULL},
    };

    fq_lua_metatable(L, FILE_METATABLE, none, file_free);
    fq_lua_metatable(L, LOCK, lock_methods, lock_free);
    luaL_setfuncs(L, functions, 0);
}
