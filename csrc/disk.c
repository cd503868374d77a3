#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    /* RENAME_NOREPLACE of linux/fs.h: not every libc names it, or has renameat2. */
    NO_REPLACE = 1,
};

static enum fq_status explained(enum fq_status status, int number, struct fq_error *error)
{
    if (number == ENOMEM)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    fq_fail(error, status, number);
    if (error != NULL)
        snprintf(error->detail, sizeof error->detail, "%s", strerror(number));
    return status;
}

enum fq_status fq_file_failure(int number, struct fq_error *error)
{
    if (number == EEXIST)
        return fq_fail(error, FQ_FILE_EXISTS, number);
    return explained(FQ_FILE_UNWRITABLE, number, error);
}

enum fq_status fq_read_failure(int number, struct fq_error *error)
{
    if (number == ENOENT)
        return fq_fail(error, FQ_FILE_MISSING, number);
    if (number == ELOOP)
        return fq_fail(error, FQ_FILE_UNTRUSTED, number);
    return explained(FQ_FILE_UNREADABLE, number, error);
}

int fq_write_all(int fd, const void *data, size_t size)
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

int fq_sync_open_folder(int fd)
{
    /* EINVAL: a file system whose folders need no fsync. */
    return fsync(fd) == 0 || errno == EINVAL ? 0 : -1;
}

static int sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result, number;

    if (fd < 0)
        return -1;
    result = fq_sync_open_folder(fd);
    number = errno;
    close(fd);
    errno = number;
    return result;
}

int fq_sync_entry(const char *path)
{
    char *copy = strdup(path);
    int result, number;

    if (copy == NULL)
        return -1;
    result = sync_folder(dirname(copy));
    number = errno;
    free(copy);
    errno = number;
    return result;
}

/* Renames without RENAME_NOREPLACE.  link(2) never replaces a file either, but takes no folders:
 * for these, and on a file system without links, a look before the rename has to do, though another
 * process may come between. */
static int rename_unflagged(const char *from, const char *to)
{
    struct stat status;

    if (lstat(from, &status) != 0)
        return -1;
    if (!S_ISDIR(status.st_mode) && link(from, to) == 0)
        return unlink(from);
    /* EPERM, EOPNOTSUPP: a file system without links. */
    if (!S_ISDIR(status.st_mode) && errno != EPERM && errno != EOPNOTSUPP)
        return -1;
    if (lstat(to, &status) == 0) {
        errno = EEXIST;
        return -1;
    }
    return errno == ENOENT ? rename(from, to) : -1;
}

int fq_rename_entry(const char *from, const char *to)
{
    long result = syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, NO_REPLACE);

    /* EINVAL: a file system without that flag.  ENOSYS: a kernel, or a seccomp filter, without that
     * call. */
    if (result != 0 && (errno == EINVAL || errno == ENOSYS))
        result = rename_unflagged(from, to);
    return (int)result;
}

enum fq_status fq_rename(const char *from, const char *to, struct fq_error *error)
{
    return fq_rename_entry(from, to) == 0 ? FQ_OK : fq_file_failure(errno, error);
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
    /* O_NONBLOCK: opening a FIFO in the file's place must not block the caller. */
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

enum fq_status fq_append(const char *path, const void *data, size_t size, size_t *before,
                         struct fq_error *error)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    struct stat status;
    int number = 0;

    *before = 0;
    if (fd < 0)
        return fq_file_failure(errno, error);
    if (fstat(fd, &status) != 0) {
        number = errno;
    } else if (fq_write_all(fd, data, size) != 0) {
        number = errno;
        /* Truncates what was written of it, as far as that can be done: the next reader finds the
         * old end. */
        if (ftruncate(fd, status.st_size) != 0)
            number = errno;
    } else {
        *before = (size_t)status.st_size;
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

/* Reads until `piece` is full or the file has ended.  The bytes read, or -1 with errno. */
static ssize_t fill(int fd, char *piece)
{
    size_t size = 0;
    ssize_t got = 1;

    while (got > 0 && size < FQ_PIECE) {
        got = read(fd, piece + size, FQ_PIECE - size);
        if (got > 0)
            size += (size_t)got;
        else if (got < 0 && errno == EINTR)
            got = 1;
    }
    return got < 0 ? -1 : (ssize_t)size;
}

static enum fq_status read_open_file(int fd, fq_take take, void *context, struct fq_error *error)
{
    char piece[FQ_PIECE];
    struct stat about;
    ssize_t got;

    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
        return fq_fail(error, FQ_FILE_UNTRUSTED, 0);
    while ((got = fill(fd, piece)) > 0) {
        enum fq_status status = take(context, piece, (size_t)got, error);
        if (status != FQ_OK)
            return status;
    }
    return got < 0 ? fq_read_failure(errno, error) : FQ_OK;
}

enum fq_status fq_read_file(const char *path, fq_take take, void *context, struct fq_error *error)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    enum fq_status status;

    if (fd < 0)
        return fq_read_failure(errno, error);
    status = read_open_file(fd, take, context, error);
    close(fd);
    return status;
}

struct counted {
    struct fq_digests digests;
    size_t size;
};

static enum fq_status count(void *context, const void *data, size_t size, struct fq_error *error)
{
    struct counted *counted = context;

    counted->size += size;
    return fq_digests_update(&counted->digests, data, size, error);
}

enum fq_status fq_digest_file(const char *path, unsigned which, fq_digests_hex hex, size_t *size,
                              struct fq_error *error)
{
    struct counted counted = {.size = 0};
    enum fq_status status = fq_digests_open(&counted.digests, which, error);

    if (status == FQ_OK)
        status = fq_read_file(path, count, &counted, error);
    if (status == FQ_OK)
        status = fq_digests_finish(&counted.digests, hex, error);
    fq_digests_close(&counted.digests);
    *size = counted.size;
    return status;
}
