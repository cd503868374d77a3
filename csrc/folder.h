/* Folders and names: made, moved and removed, and brought to the disk. */
#ifndef FQ_FOLDER_H
#define FQ_FOLDER_H

#include "status.h"

/* Makes a folder (mode 0700) and brings its name to the disk; one that is there is fine.
 * FQ_FILE_UNWRITABLE with errno. */
enum fq_status fq_folder_make(const char *path, struct fq_error *error);

/* Makes a folder (mode 0700) for fq_folder_commit or fq_folder_remove: a crash may take it away.
 * FQ_FILE_EXISTS, FQ_FILE_UNWRITABLE with errno. */
enum fq_status fq_folder_draft(const char *path, struct fq_error *error);

/* Brings the names in the folder `draft` to the disk, then as fq_rename: it appears whole under
 * `path`, or not at all.  Its files' bytes are brought to the disk by fq_file_commit. */
enum fq_status fq_folder_commit(const char *draft, const char *path, struct fq_error *error);

/* Removes a folder with what is in it, or a file; links are removed, not followed.  What is not
 * there is fine.  FQ_FILE_UNWRITABLE when something is left. */
enum fq_status fq_folder_remove(const char *path, struct fq_error *error);

/* Renames a file or a folder and brings the new name to the disk; what has that name already is
 * left as it is.  FQ_FILE_EXISTS, FQ_FILE_UNWRITABLE with errno: when it says that of the disk, the
 * new name is there all the same. */
enum fq_status fq_rename(const char *from, const char *to, struct fq_error *error);

/* The same, and brings nothing to the disk.  0, or -1 with errno. */
int fq_rename_entry(const char *from, const char *to);

/* Brings the entry of `path` in its folder to the disk.  0, or -1 with errno. */
int fq_sync_entry(const char *path);

/* What an errno means, of a file that is written: FQ_FILE_EXISTS, FQ_OUT_OF_MEMORY,
 * FQ_FILE_UNWRITABLE; and of one that is read: FQ_FILE_MISSING, FQ_FILE_UNTRUSTED for a link,
 * FQ_OUT_OF_MEMORY, FQ_FILE_UNREADABLE. */
enum fq_status fq_file_failure(int number, struct fq_error *error);
enum fq_status fq_read_failure(int number, struct fq_error *error);

#endif
