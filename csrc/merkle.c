#include "merkle.h"

#include <stdbool.h>
#include <string.h>

/* What stands before a leaf's bytes, and before a node's two hashes: no leaf can pass for a node.
 */
static const unsigned char LEAF = 0x00, NODE = 0x01;

size_t fq_merkle_count(uint64_t size)
{
    size_t count = 0;

    for (; size != 0; size &= size - 1)
        count++;
    return count;
}

enum fq_status fq_merkle_open(struct fq_merkle *tree, struct fq_error *error)
{
    memset(tree, 0, sizeof *tree);
    tree->digest = EVP_MD_fetch(NULL, "SHA256", NULL);
    tree->context = EVP_MD_CTX_new();
    return tree->digest != NULL && tree->context != NULL ? FQ_OK
                                                         : fq_fail(error, FQ_CRYPTO_FAILED, 0);
}

void fq_merkle_close(struct fq_merkle *tree)
{
    EVP_MD_CTX_free(tree->context);
    EVP_MD_free(tree->digest);
    memset(tree, 0, sizeof *tree);
}

static bool hash_leaf(const struct fq_merkle *tree, const void *leaf, size_t size,
                      fq_merkle_hash hash)
{
    return EVP_DigestInit_ex(tree->context, tree->digest, NULL) &&
           EVP_DigestUpdate(tree->context, &LEAF, 1) &&
           EVP_DigestUpdate(tree->context, leaf, size) &&
           EVP_DigestFinal_ex(tree->context, hash, NULL);
}

/* `hash` is the right one, and then the node's. */
static bool hash_node(const struct fq_merkle *tree, const fq_merkle_hash left, fq_merkle_hash hash)
{
    return EVP_DigestInit_ex(tree->context, tree->digest, NULL) &&
           EVP_DigestUpdate(tree->context, &NODE, 1) &&
           EVP_DigestUpdate(tree->context, left, FQ_MERKLE_HASH) &&
           EVP_DigestUpdate(tree->context, hash, FQ_MERKLE_HASH) &&
           EVP_DigestFinal_ex(tree->context, hash, NULL);
}

enum fq_status fq_merkle_add(struct fq_merkle *tree, const void *leaf, size_t size,
                             struct fq_error *error)
{
    size_t count = tree->count;
    fq_merkle_hash hash;

    if (!hash_leaf(tree, leaf, size, hash))
        return fq_fail(error, FQ_CRYPTO_FAILED, 0);
    /* As a binary counter carries: two subtrees of the same size become one of twice that. */
    for (uint64_t carry = tree->size; (carry & 1) != 0; carry >>= 1)
        if (!hash_node(tree, tree->frontier[--count], hash))
            return fq_fail(error, FQ_CRYPTO_FAILED, 0);
    memcpy(tree->frontier[count], hash, FQ_MERKLE_HASH);
    tree->count = count + 1;
    tree->size++;
    return FQ_OK;
}

enum fq_status fq_merkle_root(struct fq_merkle *tree, fq_merkle_hash root, struct fq_error *error)
{
    size_t count = tree->count;

    if (count == 0)
        return EVP_Digest("", 0, root, NULL, tree->digest, NULL)
                   ? FQ_OK
                   : fq_fail(error, FQ_CRYPTO_FAILED, 0);
    memcpy(root, tree->frontier[--count], FQ_MERKLE_HASH);
    while (count > 0)
        if (!hash_node(tree, tree->frontier[--count], root))
            return fq_fail(error, FQ_CRYPTO_FAILED, 0);
    return FQ_OK;
}
