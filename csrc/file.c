#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"

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
        errno = EIO; /* EEXIST would be about the caller's own path */
    return fd;
}

/* Opens a file without a name (O_TMPFILE) or, where there are none, one with a temporary name. */
static int open_new(struct fq_file *file)
{
    const char *name = base_of(file->path); /* "": the folder itself */
    struct stat status;
    int fd;

    if (*name == '\0' || fstatat(file->folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
        errno = EEXIST;
    /* Any errno but ENOENT (ENAMETOOLONG, say) fails here rather than at the commit. */
    if (errno != ENOENT)
        return -1;
    /* linkat names an O_TMPFILE by its path under /proc/self/fd. */
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
    /* The folder is opened now, not after the last byte: one that can't be opened for reading can't
     * be synced, and then the file's name would not be brought to the disk. */
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

enum fq_status fq_file_write(struct fq_file *file, const void *data, size_t size,
                             struct fq_error *error)
{
    return fq_write_all(file->fd, data, size) == 0 ? FQ_OK : fq_file_failure(errno, error);
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

static int commit_replacement(struct fq_file *file)
{
    if (rename(file->temporary, file->path) != 0)
        return -1;
    file->named = false;
    return fq_sync_open_folder(file->folder);
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
    if (fq_sync_open_folder(file->folder) == 0)
        return 0;
    number = errno;
    unlink(file->path);
    errno = number;
    return -1;
}

enum fq_status fq_file_commit(struct fq_file *file, struct fq_error *error)
{
    int result;

    if (file->kind == FQ_FILE_DRAFT) {
        /* Whoever brings it to the disk opens it anew: some file systems say now what they could
         * not write, and not then. */
        result = close(file->fd) == 0 || errno == EINTR ? 0 : -1;
        file->fd = -1;
    } else {
        result = fsync(file->fd);
    }
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
