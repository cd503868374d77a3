/* The Merkle tree of RFC 6962, section 2.1, over SHA-256, as it grows leaf by leaf.  It is kept as
 * its frontier: the roots of the perfect subtrees that it falls into, one for each bit of its size
 * that is set.  That is all it takes to go on, and to tell the root. */
#ifndef FQ_MERKLE_H
#define FQ_MERKLE_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

enum { FQ_MERKLE_HASH = 32 /* bytes */, FQ_MERKLE_DEPTH = 64 };

typedef unsigned char fq_merkle_hash[FQ_MERKLE_HASH];

/* To be opened. */
struct fq_merkle {
    uint64_t size;                            /* leaves */
    size_t count;                             /* of the frontier */
    fq_merkle_hash frontier[FQ_MERKLE_DEPTH]; /* the largest subtree's first */
    EVP_MD *digest;
    EVP_MD_CTX *context;
};

/* How many hashes the frontier of a tree of `size` leaves has. */
size_t fq_merkle_count(uint64_t size);

/* An empty tree; whoever sets its size, count and frontier goes on with another one.
 * FQ_CRYPTO_FAILED.  To be closed in any case; all zero before that. */
enum fq_status fq_merkle_open(struct fq_merkle *tree, struct fq_error *error);
void fq_merkle_close(struct fq_merkle *tree);

/* Adds a leaf, whose bytes these are.  FQ_CRYPTO_FAILED: the tree is as it was. */
enum fq_status fq_merkle_add(struct fq_merkle *tree, const void *leaf, size_t size,
                             struct fq_error *error);

/* The root, of an empty tree, too.  FQ_CRYPTO_FAILED. */
enum fq_status fq_merkle_root(struct fq_merkle *tree, fq_merkle_hash root, struct fq_error *error);

#endif
