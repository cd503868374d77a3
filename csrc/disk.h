/* What file.c and folder.c are built on: what an errno means, and names brought to the disk (fsync
 * of their folder).  And what is done to one file in place: it is renamed, read, digested, appended
 * to, truncated and locked. */
#ifndef FQ_DISK_H
#define FQ_DISK_H

#include <stddef.h>

#include "digest.h"
#include "status.h"

/* What an errno means, of a file that is written: FQ_FILE_EXISTS, FQ_OUT_OF_MEMORY,
 * FQ_FILE_UNWRITABLE; and of one that is read: FQ_FILE_MISSING, FQ_FILE_UNTRUSTED for a link,
 * FQ_OUT_OF_MEMORY, FQ_FILE_UNREADABLE. */
enum fq_status fq_file_failure(int number, struct fq_error *error);
enum fq_status fq_read_failure(int number, struct fq_error *error);

/* Writes all of `data`, however many calls of write that takes.  0, or -1 with errno. */
int fq_write_all(int fd, const void *data, size_t size);

/* Brings the names in an open folder to the disk.  0, or -1 with errno. */
int fq_sync_open_folder(int fd);

/* Brings the entry of `path` in its folder to the disk.  0, or -1 with errno. */
int fq_sync_entry(const char *path);

/* Renames a file or a folder, which brings nothing to the disk; what has the new name already is
 * left as it is.  FQ_FILE_EXISTS, FQ_FILE_UNWRITABLE with errno. */
enum fq_status fq_rename(const char *from, const char *to, struct fq_error *error);

/* The same.  0, or -1 with errno. */
int fq_rename_entry(const char *from, const char *to);

/* Reads up to `capacity` bytes of a file that only this user can have written: a plain file, its
 * own, with no rights for others.  FQ_FILE_MISSING, FQ_FILE_UNTRUSTED (a larger file, too),
 * FQ_FILE_UNREADABLE with errno for what can't be read. */
enum fq_status fq_read_private(const char *path, char *data, size_t capacity, size_t *size,
                               struct fq_error *error);

/* Appends to a file (made, mode 0600, where it is missing), which brings nothing to the disk: all
 * of `data`, or nothing.  One process at a time: it takes back what it could not finish by cutting
 * the file to the size that it had, which is *before.  FQ_FILE_UNWRITABLE with errno. */
enum fq_status fq_append(const char *path, const void *data, size_t size, size_t *before,
                         struct fq_error *error);

/* Cuts a file to `size` bytes and brings that to the disk.  A link is not followed.
 * FQ_FILE_UNWRITABLE with errno. */
enum fq_status fq_truncate(const char *path, size_t size, struct fq_error *error);

/* Locks `path` (made, mode 0600, where it is missing) for this open file: between processes and
 * within one.  The lock ends with close(*fd), which is the caller's, or with the process.
 * FQ_FILE_LOCKED when another has it, FQ_FILE_UNWRITABLE with errno. */
enum fq_status fq_lock_file(const char *path, int *fd, struct fq_error *error);

/* What is handed a file's bytes. */
typedef enum fq_status (*fq_take)(void *context, const void *data, size_t size,
                                  struct fq_error *error);

/* Bytes that are read at a time: whole groups of three, so that pieces can be encoded as base64. */
enum { FQ_PIECE = 24 * 1024 };

/* Hands a plain file's bytes to `take`, in pieces of FQ_PIECE and a last one that may be shorter;
 * ends with the first failure of `take`.  A link is not followed.  FQ_FILE_MISSING,
 * FQ_FILE_UNTRUSTED (not a plain file), FQ_FILE_UNREADABLE with errno for what can't be read. */
enum fq_status fq_read_file(const char *path, fq_take take, void *context, struct fq_error *error);

/* Digests a file's bytes and counts them.  A link is not followed.  FQ_FILE_MISSING,
 * FQ_FILE_UNTRUSTED (not a plain file), FQ_FILE_UNREADABLE with errno for what can't be read,
 * FQ_CRYPTO_FAILED. */
enum fq_status fq_digest_file(const char *path, unsigned which, fq_digests_hex hex, size_t *size,
                              struct fq_error *error);

#endif
