/* A file that appears under its name whole or not at all. */
#ifndef FQ_FILE_H
#define FQ_FILE_H

#include <stddef.h>

#include "status.h"

struct fq_file;

/* How a file comes by its name. */
enum fq_file_kind {
    FQ_FILE_NEW,         /* by fq_file_commit, where nothing has the name */
    FQ_FILE_REPLACEMENT, /* by fq_file_commit, in the place of what has it */
    FQ_FILE_DRAFT, /* at once, in a folder that will appear as a whole: whoever moves that brings
                      its files to the disk before (flush.h) */
};

/* Makes a file (mode 0600) in the folder of `path`.  Unless it is a draft, nothing is seen under
 * `path` before fq_file_commit, not even after a crash: it has no name, or, where it is a
 * replacement and where the file system has no nameless files, one of its own beside `path`.
 * FQ_FILE_EXISTS when `path` exists (for a replacement it may), FQ_FILE_UNWRITABLE (with errno)
 * when the folder can't be written, FQ_OUT_OF_MEMORY.  On FQ_OK *file is owned by the caller; freed
 * with fq_file_free. */
enum fq_status fq_file_open(const char *path, enum fq_file_kind kind, struct fq_file **file,
                            struct fq_error *error);

/* Appends all of `data`.  FQ_FILE_UNWRITABLE with errno. */
enum fq_status fq_file_write(struct fq_file *file, const void *data, size_t size,
                             struct fq_error *error);

/* Reads `size` bytes that were written, from `offset` on.  FQ_FILE_UNREADABLE with errno. */
enum fq_status fq_file_read(struct fq_file *file, void *data, size_t size, size_t offset,
                            struct fq_error *error);

/* Brings the bytes to the disk, gives the file its name and brings that there, too.  An existing
 * file is left as it is unless this is its replacement: FQ_FILE_EXISTS.  Otherwise
 * FQ_FILE_UNWRITABLE with errno; a replacement may have its name even so. */
enum fq_status fq_file_commit(struct fq_file *file, struct fq_error *error);

/* Takes the name back that fq_file_commit gave. */
void fq_file_uncommit(struct fq_file *file);

const char *fq_file_path(const struct fq_file *file);

/* Closes it; what was not committed is gone.  NULL is fine. */
void fq_file_free(struct fq_file *file);

#endif
