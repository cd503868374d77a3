#include "folder.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "disk.h"

/* The file descriptors that nftw may keep open, one for each level of folders. */
enum { LEVELS = 8 };

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

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    remove(path);
    return 0; /* go on to the next: fq_folder_remove looks whether anything is left */
}

enum fq_status fq_folder_remove(const char *path, struct fq_error *error)
{
    struct stat status;

    nftw(path, remove_one, LEVELS, FTW_DEPTH | FTW_PHYS);
    if (lstat(path, &status) == 0)
        return fq_file_failure(ENOTEMPTY, error);
    return errno == ENOENT ? FQ_OK : fq_file_failure(errno, error);
}

enum fq_status fq_folder_room(const char *path, double *bytes, struct fq_error *error)
{
    struct statvfs status;

    if (statvfs(path, &status) != 0)
        return fq_file_failure(errno, error);
    *bytes = (double)status.f_bavail * (double)status.f_frsize;
    return FQ_OK;
}
