/* The bytes of a file while they come: recognised, hashed, and kept in memory or in a file. Whoever
 * makes them writes straight into the buffer, so that none is copied. */
#ifndef FQ_CONTENT_H
#define FQ_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "digest.h"
#include "file.h"
#include "status.h"

struct fq_cms;
struct fq_recipients;
struct fq_relay_thread;

struct fq_content_options {
    const char *path; /* stream into this file; NULL: keep in memory */
    bool draft;       /* in a folder that will appear as a whole: see fq_file_open */
    size_t limit;     /* bytes */
    size_t expected;  /* bytes to reserve in memory; 0: grow as needed */
    unsigned digests; /* 1u << FQ_DIGEST_…, or-ed */
    struct fq_relay_thread *digester; /* takes those of a file; NULL: the caller's thread does */
    /* Encrypt the file for them; NULL: don't.  Borrowed for as long as bytes come.  What is kept in
     * memory is not encrypted. */
    const struct fq_recipients *recipients;
};

/* All zero, and to be opened. */
struct fq_content {
    unsigned char *buffer; /* all bytes, or those that the file has not yet */
    size_t size, capacity; /* of the buffer */
    size_t total;          /* bytes that came */
    size_t limit;
    struct fq_file *file; /* NULL: in memory */
    const char *format, *mime;
    size_t hashed;           /* bytes at the start of the buffer that the digests have seen */
    unsigned digests_wanted; /* and not yet open */
    struct fq_relay_thread *digester;
    struct fq_digests digests;

    const struct fq_recipients *recipients; /* NULL: the file has the bytes as they are */
    struct fq_cms *cms;                     /* what encrypts them, from the first byte on */
    size_t stored;                          /* encrypted bytes that the file has, */
    struct fq_digests stored_digests;       /* and theirs */
};

/* Opens the file where there is a path, so that a path that can't be written shows before anything
 * is sent.  FQ_FILE_EXISTS, FQ_FILE_UNWRITABLE, FQ_OUT_OF_MEMORY.  `path` is copied.  To be closed
 * in any case. */
enum fq_status fq_content_open(struct fq_content *content, const struct fq_content_options *options,
                               struct fq_error *error);

/* Frees all; a file that was not kept is gone. */
void fq_content_close(struct fq_content *content);

enum {
    FQ_CONTENT_ROOM = 3,          /* bytes */
    FQ_CONTENT_PIECE = 64 * 1024, /* bytes that are hashed at a time in memory */
};

/* The uncommon cases of the two functions below, which are inline for the common one. */
enum fq_status fq_content_grow(struct fq_content *content, struct fq_error *error);
enum fq_status fq_content_check(struct fq_content *content, struct fq_error *error);

/* Makes room behind the buffer's end for FQ_CONTENT_ROOM bytes at least, and for much more where
 * that is cheap.  FQ_FILE_UNWRITABLE, FQ_CRYPTO_FAILED, FQ_OUT_OF_MEMORY. */
static inline enum fq_status fq_content_make_room(struct fq_content *content,
                                                  struct fq_error *error)
{
    return content->capacity - content->size >= FQ_CONTENT_ROOM ? FQ_OK
                                                                : fq_content_grow(content, error);
}

/* Counts `size` bytes that were put there.  FQ_MEDIA_TOO_LARGE, FQ_CRYPTO_FAILED. */
static inline enum fq_status fq_content_add(struct fq_content *content, size_t size,
                                            struct fq_error *error)
{
    content->size += size;
    content->total += size;
    return content->total <= content->limit && content->size - content->hashed < FQ_CONTENT_PIECE
               ? FQ_OK
               : fq_content_check(content, error);
}

/* All bytes have come: hands the whole buffer on to digests and file.  FQ_FILE_UNWRITABLE,
 * FQ_CRYPTO_FAILED, FQ_OUT_OF_MEMORY. */
enum fq_status fq_content_end(struct fq_content *content, struct fq_error *error);

/* Writes the digests of the bytes, and of what the file holds of them where it is encrypted, and
 * closes them all.  FQ_CRYPTO_FAILED. */
enum fq_status fq_content_finish(struct fq_content *content, fq_digests_hex digests,
                                 fq_digests_hex stored, struct fq_error *error);

/* The bytes from `offset` on, wherever they are, before fq_content_end.  Of a file that is
 * encrypted they are read in order, and once.  FQ_FILE_UNREADABLE, FQ_FILE_UNWRITABLE,
 * FQ_CRYPTO_FAILED. */
enum fq_status fq_content_read(struct fq_content *content, size_t offset, size_t size,
                               unsigned char *bytes, struct fq_error *error);

/* Gives the file its name; in memory, or empty: does nothing.  FQ_FILE_EXISTS,
 * FQ_FILE_UNWRITABLE. */
enum fq_status fq_content_keep(struct fq_content *content, struct fq_error *error);

/* Takes back the name that fq_content_keep gave. */
void fq_content_unkeep(struct fq_content *content);

#endif
