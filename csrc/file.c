#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SELF "/proc/self/fd"

struct fq_file {
    int fd;
    bool named;      /* `temporary` is a name on the disk */
    char *temporary; /* "<path>.XXXXXX" */
    char path[];
};

static enum fq_status fail(struct fq_error *error, int number)
{
    if (number == EEXIST)
        return fq_fail(error, FQ_FILE_EXISTS, number);
    if (number == ENOMEM)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    fq_fail(error, FQ_FILE_UNWRITABLE, number);
    if (error != NULL)
        snprintf(error->detail, sizeof error->detail, "%s", strerror(number));
    return FQ_FILE_UNWRITABLE;
}

static int open_named(struct fq_file *file)
{
    int fd = mkostemp(file->temporary, O_CLOEXEC);
    file->named = fd >= 0;
    return fd;
}

/* A nameless file in the folder of file->path, or one with a temporary name. */
static int open_temporary(struct fq_file *file)
{
    char *slash = strrchr(file->temporary, '/');
    const char *folder = ".";
    int fd;

    /* Cuts the copy of the path to its folder for the call; "/x" lies in "/". */
    if (slash != NULL) {
        *slash = '\0';
        folder = slash == file->temporary ? "/" : file->temporary;
    }
    /* A nameless file gets its name by way of /proc. */
    fd = access(SELF, F_OK) == 0 ? open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : -1;
    if (slash != NULL)
        *slash = '/';
    if (fd >= 0)
        return fd;
    /* EISDIR: a kernel that takes O_TMPFILE for O_DIRECTORY. */
    if (errno != EOPNOTSUPP && errno != EISDIR && access(SELF, F_OK) == 0)
        return -1;
    return open_named(file);
}

static enum fq_status open_file(const char *path, bool replacement, struct fq_file **out,
                                struct fq_error *error)
{
    static const char suffix[] = ".XXXXXX";
    size_t size = strlen(path) + 1;
    struct stat status;
    struct fq_file *file = malloc(sizeof *file + size + size + sizeof suffix);

    *out = NULL;
    if (file == NULL)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    file->named = false;
    memcpy(file->path, path, size);
    file->temporary = file->path + size;
    memcpy(file->temporary, path, size - 1);
    memcpy(file->temporary + size - 1, suffix, sizeof suffix);
    file->fd = -1;
    /* Not only EEXIST: a name that is too long would else fail at its commit. */
    if (!replacement) {
        int number = lstat(path, &status) == 0 ? EEXIST : errno;
        if (number != ENOENT) {
            free(file);
            return fail(error, number);
        }
    }
    file->fd = replacement ? open_named(file) : open_temporary(file);
    if (file->fd < 0) {
        int number = errno;
        free(file);
        /* EEXIST is mkostemp out of names: the caller's path is free. */
        return fail(error, number == EEXIST ? EIO : number);
    }
    *out = file;
    return FQ_OK;
}

enum fq_status fq_file_open(const char *path, struct fq_file **file, struct fq_error *error)
{
    return open_file(path, false, file, error);
}

enum fq_status fq_file_open_replacement(const char *path, struct fq_file **file,
                                        struct fq_error *error)
{
    return open_file(path, true, file, error);
}

static int write_all(int fd, const void *data, size_t size)
{
    const char *next = data;

    while (size > 0) {
        ssize_t written = write(fd, next, size);
        if (written < 0) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        next += written;
        size -= (size_t)written;
    }
    return 0;
}

enum fq_status fq_file_write(struct fq_file *file, const void *data, size_t size,
                             struct fq_error *error)
{
    return write_all(file->fd, data, size) == 0 ? FQ_OK : fail(error, errno);
}

/* Brings the entry of `path` in its folder to the disk. */
static int sync_entry(const char *path)
{
    size_t size = strlen(path) + 1;
    char *copy = malloc(size);
    int fd, result, number;

    if (copy == NULL)
        return -1;
    memcpy(copy, path, size);
    fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    if (fd < 0)
        return -1;
    result = fsync(fd);
    number = errno;
    close(fd);
    errno = number;
    /* EINVAL: a file system whose folders need no fsync. */
    return result == 0 || number == EINVAL ? 0 : -1;
}

enum fq_status fq_file_commit(struct fq_file *file, struct fq_error *error)
{
    char self[64];

    if (fsync(file->fd) != 0)
        return fail(error, errno);
    snprintf(self, sizeof self, SELF "/%d", file->fd);
    /* A link, not a rename: it never replaces a file that came meanwhile. */
    if (linkat(AT_FDCWD, file->named ? file->temporary : self, AT_FDCWD, file->path,
               AT_SYMLINK_FOLLOW) != 0)
        return fail(error, errno);
    if (sync_entry(file->path) != 0) {
        int number = errno;
        unlink(file->path);
        return fail(error, number);
    }
    return FQ_OK;
}

enum fq_status fq_file_replace(struct fq_file *file, struct fq_error *error)
{
    if (fsync(file->fd) != 0 || rename(file->temporary, file->path) != 0)
        return fail(error, errno);
    file->named = false;
    return sync_entry(file->path) == 0 ? FQ_OK : fail(error, errno);
}

void fq_file_uncommit(struct fq_file *file)
{
    unlink(file->path);
}

const char *fq_file_path(const struct fq_file *file)
{
    return file->path;
}

void fq_file_free(struct fq_file *file)
{
    if (file == NULL)
        return;
    if (file->named)
        unlink(file->temporary);
    close(file->fd);
    free(file);
}

/* link never replaces either, but takes no folders; for them, a look before the rename has to do. */
static int rename_unflagged(const char *from, const char *to)
{
    struct stat status;

    if (lstat(from, &status) != 0)
        return -1;
    if (!S_ISDIR(status.st_mode))
        return link(from, to) == 0 ? unlink(from) : -1;
    if (lstat(to, &status) == 0) {
        errno = EEXIST;
        return -1;
    }
    return errno == ENOENT ? rename(from, to) : -1;
}

enum fq_status fq_rename(const char *from, const char *to, struct fq_error *error)
{
    int result = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);

    /* A file system without that flag. */
    if (result != 0 && errno == EINVAL)
        result = rename_unflagged(from, to);
    return result == 0 && sync_entry(to) == 0 ? FQ_OK : fail(error, errno);
}

enum fq_status fq_make_folder(const char *path, struct fq_error *error)
{
    struct stat status;

    if (mkdir(path, 0700) == 0)
        return sync_entry(path) == 0 ? FQ_OK : fail(error, errno);
    if (errno == EEXIST && stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return FQ_OK;
    return fail(error, errno == EEXIST ? ENOTDIR : errno);
}

static bool is_private(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
           (status.st_mode & 077) == 0;
}

enum fq_status fq_read_private(const char *path, char *data, size_t capacity, size_t *size,
                               struct fq_error *error)
{
    /* NONBLOCK: a pipe in its place must not hold the caller. */
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t got = 1;
    int number;
    char beyond;

    *size = 0;
    if (fd < 0) {
        if (errno == ENOENT)
            return fq_fail(error, FQ_FILE_MISSING, errno);
        return errno == ELOOP ? fq_fail(error, FQ_FILE_UNTRUSTED, errno) : fail(error, errno);
    }
    if (!is_private(fd)) {
        close(fd);
        return fq_fail(error, FQ_FILE_UNTRUSTED, 0);
    }
    while (got > 0 && *size < capacity) {
        got = read(fd, data + *size, capacity - *size);
        if (got > 0)
            *size += (size_t)got;
        else if (got < 0 && errno == EINTR)
            got = 1;
    }
    if (got > 0 && read(fd, &beyond, 1) > 0) {
        close(fd);
        return fq_fail(error, FQ_FILE_UNTRUSTED, 0);
    }
    number = errno;
    close(fd);
    return got < 0 ? fail(error, number) : FQ_OK;
}

enum fq_status fq_append(const char *path, const void *data, size_t size, struct fq_error *error)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    struct stat before;
    int number = 0;

    if (fd < 0)
        return fail(error, errno);
    if (fstat(fd, &before) != 0) {
        number = errno;
    } else if (write_all(fd, data, size) != 0 || fsync(fd) != 0) {
        number = errno;
        /* Best effort: whoever reads it next finds the end that was. */
        if (ftruncate(fd, before.st_size) != 0)
            number = errno;
    }
    close(fd);
    return number == 0 ? FQ_OK : fail(error, number);
}

enum fq_status fq_lock_file(const char *path, int *out, struct fq_error *error)
{
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    int number;

    *out = -1;
    if (fd < 0)
        return fail(error, errno);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        number = errno;
        close(fd);
        return number == EWOULDBLOCK ? fq_fail(error, FQ_FILE_LOCKED, number)
                                     : fail(error, number);
    }
    *out = fd;
    return FQ_OK;
}
