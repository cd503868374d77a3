/* What can go wrong in the core, by name.  Names are public: Lua gives each its meaning. */
#ifndef FQ_STATUS_H
#define FQ_STATUS_H

#include <stddef.h>

#define FQ_STATUS_LIST(X)                                                                          \
    X(OK)                                                                                          \
    X(OUT_OF_MEMORY)                                                                               \
    X(CRYPTO_FAILED)                                                                               \
    X(CERTIFICATE_INVALID)                                                                         \
    X(SIGNATURE_INVALID)                                                                           \
    X(TOKEN_MALFORMED)                                                                             \
    X(TOKEN_REFUSED)                                                                               \
    X(TOKEN_IMPRINT)                                                                               \
    X(TOKEN_NONCE)                                                                                 \
    X(TOKEN_POLICY)                                                                                \
    X(TOKEN_SIGNATURE)                                                                             \
    X(TOKEN_UNTRUSTED)                                                                             \
    X(TOKEN_REVOKED)                                                                               \
    X(CRL_INVALID)                                                                                 \
    X(INVALID_BASE_URL)                                                                            \
    X(INSECURE_URL)                                                                                \
    X(TRANSPORT) /* number: libcurl's CURLcode */                                                  \
    X(HTTP)      /* number: the HTTP status */                                                     \
    X(NOT_JSON)                                                                                    \
    X(JSON_CUT)                                                                                    \
    X(JSON_TOO_DEEP)                                                                               \
    X(TRAILING_DATA)                                                                               \
    X(ENVELOPE_TOO_LARGE)                                                                          \
    X(DUPLICATE_FIELD)                                                                             \
    X(DUPLICATE_MEDIA)                                                                             \
    X(BASE64_FOREIGN) /* offset: of the character in the value */                                  \
    X(BASE64_CUT)                                                                                  \
    X(MEDIA_TOO_LARGE)                                                                             \
    X(FILE_EXISTS)                                                                                 \
    X(FILE_MISSING)                                                                                \
    X(FILE_UNTRUSTED)  /* not a plain file of this user's alone */                                 \
    X(FILE_LOCKED)     /* by someone else */                                                       \
    X(FILE_UNREADABLE) /* number: errno */                                                         \
    X(FILE_UNWRITABLE) /* number: errno */                                                         \
    X(OPENSSL_TOO_OLD)                                                                             \
    X(CERTIFICATE_UNREADABLE)                                                                      \
    X(CERTIFICATE_EXPIRED)                                                                         \
    X(CERTIFICATE_UNFIT)                                                                           \
    X(KEY_UNREADABLE)                                                                              \
    X(KEY_UNFIT)                                                                                   \
    X(CIPHERTEXT_DAMAGED)

enum fq_status {
#define X(name) FQ_##name,
    FQ_STATUS_LIST(X)
#undef X
};

/* Bytes of a field's name. */
enum { FQ_LONGEST_FIELD = 31 };

struct fq_error {
    enum fq_status status;
    int number;                       /* errno, CURLcode or HTTP status, where the status says so */
    size_t offset;                    /* in characters from 0, where the status says so */
    char field[FQ_LONGEST_FIELD + 1]; /* of the answer, whose file is meant; "": none */
    char detail[256]; /* what the library below said of it; never content, may be empty */
};

/* The status's name ("BASE64_CUT"); static, never NULL. */
const char *fq_status_name(enum fq_status status);

/* Fills `error` (which may be NULL) with a status and a number, clears the rest;
 * returns `status`. */
enum fq_status fq_fail(struct fq_error *error, enum fq_status status, int number);

#endif
