/* A folder that appears under its name whole or not at all. */
#ifndef FQ_FOLDER_H
#define FQ_FOLDER_H

#include "status.h"

/* Makes a folder (mode 0700) and brings its name to the disk; one that is there is fine.
 * FQ_FILE_UNWRITABLE with errno. */
enum fq_status fq_folder_make(const char *path, struct fq_error *error);

/* Makes a folder (mode 0700) for fq_rename or fq_folder_remove: a crash may take it away.
 * FQ_FILE_EXISTS, FQ_FILE_UNWRITABLE with errno. */
enum fq_status fq_folder_draft(const char *path, struct fq_error *error);

/* Removes a folder with what is in it, or a file; links are removed, not followed.  What is not
 * there is fine.  FQ_FILE_UNWRITABLE when something is left. */
enum fq_status fq_folder_remove(const char *path, struct fq_error *error);

/* How many bytes a user without privileges may still write on the file system of a folder.  As a
 * double: one that knows no bounds may count more blocks than 64 bits count bytes of.
 * FQ_FILE_UNWRITABLE with errno. */
enum fq_status fq_folder_room(const char *path, double *bytes, struct fq_error *error);

#endif
