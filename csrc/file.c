#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"

#define SELF "/proc/self/fd"

struct fq_file {
    int fd;
    int folder; /* of `path`; -1 for a draft */
    enum fq_file_kind kind;
    bool named; /* `temporary` is a name on the disk */
    bool committed;
    char *temporary; /* "<path>.XXXXXX"; for a draft `path` */
    char path[];
};

/* What follows the last slash. */
static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static int open_folder(const char *path)
{
    size_t length = (size_t)(base_of(path) - path);
    char *folder = strndup(path, length);
    int fd;

    if (folder == NULL)
        return -1;
    fd = open(length > 0 ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    return fd;
}

static int open_named(struct fq_file *file)
{
    int fd = mkostemp(file->temporary, O_CLOEXEC);

    file->named = fd >= 0;
    if (fd < 0 && errno == EEXIST)
        errno = EIO; /* out of names: the caller's path is free */
    return fd;
}

/* A nameless file, or one with a temporary name. */
static int open_new(struct fq_file *file)
{
    const char *name = base_of(file->path); /* "": the folder itself */
    struct stat status;
    int fd;

    if (*name == '\0' || fstatat(file->folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
        errno = EEXIST;
    /* Nor else, now: a name that is too long would fail at its commit. */
    if (errno != ENOENT)
        return -1;
    /* A nameless file gets its name by way of /proc. */
    if (access(SELF, F_OK) != 0)
        return open_named(file);
    fd = openat(file->folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    /* EISDIR: a kernel that takes O_TMPFILE for O_DIRECTORY. */
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
        return open_named(file);
    return fd;
}

static int open_draft(struct fq_file *file)
{
    int fd = open(file->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    file->temporary = file->path;
    file->named = fd >= 0;
    return fd;
}

static int open_by_kind(struct fq_file *file)
{
    if (file->kind == FQ_FILE_DRAFT)
        return open_draft(file);
    /* Now, not after the last byte: what can't be read can't be brought to the disk. */
    file->folder = open_folder(file->path);
    if (file->folder < 0)
        return -1;
    return file->kind == FQ_FILE_REPLACEMENT ? open_named(file) : open_new(file);
}

enum fq_status fq_file_open(const char *path, enum fq_file_kind kind, struct fq_file **out,
                            struct fq_error *error)
{
    static const char suffix[] = ".XXXXXX";
    size_t size = strlen(path) + 1;
    struct fq_file *file = malloc(sizeof *file + size + size + sizeof suffix);

    *out = NULL;
    if (file == NULL)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    *file = (struct fq_file){.folder = -1, .kind = kind};
    memcpy(file->path, path, size);
    file->temporary = file->path + size;
    memcpy(file->temporary, path, size - 1);
    memcpy(file->temporary + size - 1, suffix, sizeof suffix);
    file->fd = open_by_kind(file);
    if (file->fd < 0) {
        int number = errno;
        fq_file_free(file);
        return fq_file_failure(number, error);
    }
    *out = file;
    return FQ_OK;
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
    return write_all(file->fd, data, size) == 0 ? FQ_OK : fq_file_failure(errno, error);
}

enum fq_status fq_file_read(struct fq_file *file, void *data, size_t size, size_t offset,
                            struct fq_error *error)
{
    char *next = data;

    while (size > 0) {
        ssize_t got = pread(file->fd, next, size, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return fq_read_failure(got < 0 ? errno : EIO, error);
        next += got;
        offset += (size_t)got;
        size -= (size_t)got;
    }
    return FQ_OK;
}

static int sync_name(const struct fq_file *file)
{
    /* EINVAL: a file system whose folders need no fsync. */
    return fsync(file->folder) == 0 || errno == EINVAL ? 0 : -1;
}

static int commit_replacement(struct fq_file *file)
{
    if (rename(file->temporary, file->path) != 0)
        return -1;
    file->named = false;
    return sync_name(file);
}

static int commit_new(struct fq_file *file)
{
    char self[64];
    int number;

    snprintf(self, sizeof self, SELF "/%d", file->fd);
    /* A link, not a rename: it never replaces a file that came meanwhile. */
    if (linkat(AT_FDCWD, file->named ? file->temporary : self, file->folder, base_of(file->path),
               AT_SYMLINK_FOLLOW) != 0) {
        /* A file system without links. */
        if (!file->named || (errno != EPERM && errno != EOPNOTSUPP))
            return -1;
        if (fq_rename_entry(file->temporary, file->path) != 0)
            return -1;
        file->named = false;
    }
    if (sync_name(file) == 0)
        return 0;
    number = errno;
    unlink(file->path);
    errno = number;
    return -1;
}

enum fq_status fq_file_commit(struct fq_file *file, struct fq_error *error)
{
    int result = fsync(file->fd);

    if (result == 0 && file->kind == FQ_FILE_NEW)
        result = commit_new(file);
    else if (result == 0 && file->kind == FQ_FILE_REPLACEMENT)
        result = commit_replacement(file);
    if (result != 0)
        return fq_file_failure(errno, error);
    file->committed = true;
    return FQ_OK;
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
    if (file->named && !(file->committed && file->kind == FQ_FILE_DRAFT))
        unlink(file->temporary);
    if (file->fd >= 0)
        close(file->fd);
    if (file->folder >= 0)
        close(file->folder);
    free(file);
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
    if (fd < 0)
        return fq_read_failure(errno, error);
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
    return got < 0 ? fq_read_failure(number, error) : FQ_OK;
}

enum fq_status fq_append(const char *path, const void *data, size_t size, struct fq_error *error)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    struct stat before;
    int number = 0;

    if (fd < 0)
        return fq_file_failure(errno, error);
    if (fstat(fd, &before) != 0) {
        number = errno;
    } else if (write_all(fd, data, size) != 0 || fsync(fd) != 0 ||
               (before.st_size == 0 && fq_sync_entry(path) != 0)) {
        number = errno;
        /* Best effort: whoever reads it next finds the end that was. */
        if (ftruncate(fd, before.st_size) != 0)
            number = errno;
    }
    close(fd);
    return number == 0 ? FQ_OK : fq_file_failure(number, error);
}

enum fq_status fq_truncate(const char *path, size_t size, struct fq_error *error)
{
    int fd = open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int number = 0;

    if (fd < 0)
        return fq_file_failure(errno, error);
    if (ftruncate(fd, (off_t)size) != 0 || fsync(fd) != 0)
        number = errno;
    close(fd);
    return number == 0 ? FQ_OK : fq_file_failure(number, error);
}

enum fq_status fq_lock_file(const char *path, int *out, struct fq_error *error)
{
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    int number;

    *out = -1;
    if (fd < 0)
        return fq_file_failure(errno, error);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        number = errno;
        close(fd);
        return number == EWOULDBLOCK ? fq_fail(error, FQ_FILE_LOCKED, number)
                                     : fq_file_failure(number, error);
    }
    *out = fd;
    return FQ_OK;
}
