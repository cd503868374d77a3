#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
    fq_fail(error, FQ_FILE_UNWRITABLE, number);
    if (error != NULL)
        snprintf(error->detail, sizeof error->detail, "%s", strerror(number));
    return FQ_FILE_UNWRITABLE;
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
    fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (slash != NULL)
        *slash = '/';
    if (fd >= 0)
        return fd;
    /* EISDIR: a kernel that takes O_TMPFILE for O_DIRECTORY. */
    if (errno != EOPNOTSUPP && errno != EISDIR)
        return -1;
    fd = mkostemp(file->temporary, O_CLOEXEC);
    file->named = fd >= 0;
    return fd;
}

enum fq_status fq_file_open(const char *path, struct fq_file **out, struct fq_error *error)
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
    if (lstat(path, &status) == 0) {
        free(file);
        return fail(error, EEXIST);
    }
    /* Where lstat could not look (EACCES, ENOTDIR), neither can open, and says why. */
    file->fd = open_temporary(file);
    if (file->fd < 0) {
        int number = errno;
        free(file);
        /* EEXIST is mkostemp out of names: the caller's path is free. */
        return fail(error, number == EEXIST ? EIO : number);
    }
    *out = file;
    return FQ_OK;
}

enum fq_status fq_file_write(struct fq_file *file, const void *data, size_t size,
                             struct fq_error *error)
{
    const char *next = data;

    while (size > 0) {
        ssize_t written = write(file->fd, next, size);
        if (written < 0) {
            if (errno == EINTR)
                continue;
            return fail(error, errno);
        }
        next += written;
        size -= (size_t)written;
    }
    return FQ_OK;
}

enum fq_status fq_file_commit(struct fq_file *file, struct fq_error *error)
{
    char self[64];

    if (fsync(file->fd) != 0)
        return fail(error, errno);
    if (file->named)
        /* link, not rename: it never replaces a file that came meanwhile. */
        return link(file->temporary, file->path) == 0 ? FQ_OK : fail(error, errno);
    snprintf(self, sizeof self, "/proc/self/fd/%d", file->fd);
    if (linkat(AT_FDCWD, self, AT_FDCWD, file->path, AT_SYMLINK_FOLLOW) != 0)
        return fail(error, errno);
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
    if (file->named)
        unlink(file->temporary);
    close(file->fd);
    free(file);
}
