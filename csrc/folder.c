#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* From linux/fs.h: libcs name it, and the call, or don't. */
enum { NO_REPLACE = 1 };

/* nftw's descriptors, one for each level of a walk. */
enum { LEVELS = 8 };

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

static int sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result, number;

    if (fd < 0)
        return -1;
    result = fsync(fd);
    number = errno;
    close(fd);
    errno = number;
    /* EINVAL: a file system whose folders need no fsync. */
    return result == 0 || number == EINVAL ? 0 : -1;
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

enum fq_status fq_folder_make(const char *path, struct fq_error *error)
{
    struct stat status;

    if (mkdir(path, 0700) == 0)
        return fq_sync_entry(path) == 0 ? FQ_OK : fq_file_failure(errno, error);
    if (errno == EEXIST && stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return FQ_OK;
    return fq_file_failure(errno == EEXIST ? ENOTDIR : errno, error);
}

enum fq_status fq_folder_draft(const char *path, struct fq_error *error)
{
    return mkdir(path, 0700) == 0 ? FQ_OK : fq_file_failure(errno, error);
}

enum fq_status fq_folder_commit(const char *draft, const char *path, struct fq_error *error)
{
    if (sync_folder(draft) != 0)
        return fq_file_failure(errno, error);
    return fq_rename(draft, path, error);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    remove(path);
    return 0; /* on to the next: what is left shows in the end */
}

enum fq_status fq_folder_remove(const char *path, struct fq_error *error)
{
    struct stat status;

    nftw(path, remove_one, LEVELS, FTW_DEPTH | FTW_PHYS);
    if (lstat(path, &status) == 0)
        return fq_file_failure(ENOTEMPTY, error);
    return errno == ENOENT ? FQ_OK : fq_file_failure(errno, error);
}

/* link never replaces either, but takes no folders: for them, a look before has to do. */
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

    /* A file system without that flag; a kernel, or a sandbox, without that call. */
    if (result != 0 && (errno == EINVAL || errno == ENOSYS))
        result = rename_unflagged(from, to);
    return (int)result;
}

enum fq_status fq_rename(const char *from, const char *to, struct fq_error *error)
{
    return fq_rename_entry(from, to) == 0 && fq_sync_entry(to) == 0 ? FQ_OK
                                                                    : fq_file_failure(errno, error);
}
