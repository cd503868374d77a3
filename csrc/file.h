/* A file that appears under its name whole or not at all. */
#ifndef FQ_FILE_H
#define FQ_FILE_H

#include <stddef.h>

#include "status.h"

struct fq_file;

/* Makes a nameless file (mode 0600) in the folder of `path`.  Nothing is seen under `path` before
 * fq_file_commit, not even after a crash.  Where the file system has no nameless files, it has a
 * name of its own beside `path` until then.
 * FQ_FILE_EXISTS when `path` exists, FQ_FILE_UNWRITABLE (with errno) when the folder can't be
 * written, FQ_OUT_OF_MEMORY.  On FQ_OK *file is owned by the caller; freed with fq_file_free. */
enum fq_status fq_file_open(const char *path, struct fq_file **file, struct fq_error *error);

/* Appends all of `data`.  FQ_FILE_UNWRITABLE with errno. */
enum fq_status fq_file_write(struct fq_file *file, const void *data, size_t size,
                             struct fq_error *error);

/* Brings the bytes to the disk and gives the file its name.  An existing file is left as it is:
 * FQ_FILE_EXISTS.  Otherwise FQ_FILE_UNWRITABLE with errno. */
enum fq_status fq_file_commit(struct fq_file *file, struct fq_error *error);

/* Takes the name back that fq_file_commit gave. */
void fq_file_uncommit(struct fq_file *file);

const char *fq_file_path(const struct fq_file *file);

/* Closes it; what was not committed is gone.  NULL is fine. */
void fq_file_free(struct fq_file *file);

/* As fq_file_commit, but replaces what has the name. */
enum fq_status fq_file_replace(struct fq_file *file, struct fq_error *error);

/* As fq_file_open, for fq_file_replace: `path` may exist. */
enum fq_status fq_file_open_replacement(const char *path, struct fq_file **file,
                                        struct fq_error *error);

/* Reads up to `capacity` bytes of a file that only this user can have written: a plain file, its
 * own, with no rights for others.  FQ_FILE_MISSING, FQ_FILE_UNTRUSTED (a larger file, too),
 * FQ_FILE_UNWRITABLE with errno for what can't be read. */
enum fq_status fq_read_private(const char *path, char *data, size_t capacity, size_t *size,
                               struct fq_error *error);

/* Appends to a file (made, mode 0600, where it is missing) and brings it to the disk: all of `data`,
 * or nothing.  FQ_FILE_UNWRITABLE with errno. */
enum fq_status fq_append(const char *path, const void *data, size_t size, struct fq_error *error);

/* Locks `path` (made, mode 0600, where it is missing) for this open file: between processes and
 * within one.  The lock ends with close(*fd), which is the caller's, or with the process.
 * FQ_FILE_LOCKED when another has it, FQ_FILE_UNWRITABLE with errno. */
enum fq_status fq_lock_file(const char *path, int *fd, struct fq_error *error);

/* Renames a file or a folder and brings the new name to the disk; what has that name already is left
 * as it is.  FQ_FILE_EXISTS, FQ_FILE_UNWRITABLE with errno. */
enum fq_status fq_rename(const char *from, const char *to, struct fq_error *error);

/* Makes a folder (mode 0700); one that is there is fine.  FQ_FILE_UNWRITABLE with errno. */
enum fq_status fq_make_folder(const char *path, struct fq_error *error);

#endif
