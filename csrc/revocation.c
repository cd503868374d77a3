#include "revocation.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "certificate.h"

struct question {
    X509_STORE *store;
    X509 *signer;
    STACK_OF(X509) * chain;
    STACK_OF(X509_CRL) * lists;
    int64_t time;
};

static void free_lists(STACK_OF(X509_CRL) * lists)
{
    sk_X509_CRL_pop_free(lists, X509_CRL_free);
}

/* The lists in `pem`, at least one; other things in it are passed over. */
static enum fq_status read_lists(const char *pem, size_t size, STACK_OF(X509_CRL) * *out,
                                 struct fq_error *error)
{
    BIO *input = size <= INT_MAX ? BIO_new_mem_buf(pem, (int)size) : NULL;
    STACK_OF(X509_CRL) *lists = sk_X509_CRL_new_null();
    enum fq_status status = FQ_OK;
    X509_CRL *list;

    if (input == NULL || lists == NULL)
        status = fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    while (status == FQ_OK && (list = PEM_read_bio_X509_CRL(input, NULL, NULL, NULL)) != NULL)
        if (sk_X509_CRL_push(lists, list) == 0) {
            X509_CRL_free(list);
            status = fq_fail(error, FQ_OUT_OF_MEMORY, 0);
        }
    /* As with certificates: the end of what can be read must be the end of the text. */
    if (status == FQ_OK && (sk_X509_CRL_num(lists) == 0 ||
                            ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE))
        status = fq_fail(error, FQ_CRL_INVALID, 0);
    BIO_free(input);
    if (status != FQ_OK) {
        free_lists(lists);
        lists = NULL;
    }
    *out = lists;
    return status;
}

/* Does an entry leave what was signed at that time good? */
static bool is_harmless(const X509_REVOKED *entry, int64_t time)
{
    ASN1_ENUMERATED *given = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
    long reason = given != NULL ? ASN1_ENUMERATED_get(given) : CRL_REASON_NONE;
    struct tm since;

    ASN1_ENUMERATED_free(given);
    return (reason == CRL_REASON_UNSPECIFIED || reason == CRL_REASON_AFFILIATION_CHANGED ||
            reason == CRL_REASON_SUPERSEDED || reason == CRL_REASON_CESSATION_OF_OPERATION) &&
           ASN1_TIME_to_tm(X509_REVOKED_get0_revocationDate(entry), &since) &&
           timegm(&since) > time;
}

/* What OpenSSL asks whenever it finds something: whether to go on.  At depth 0 is the signer. */
static int go_on(int is_good, X509_STORE_CTX *context)
{
    const struct question *question = X509_STORE_CTX_get_app_data(context);
    X509_REVOKED *entry = NULL;

    if (!is_good && X509_STORE_CTX_get_error(context) == X509_V_ERR_CERT_REVOKED &&
        X509_STORE_CTX_get_error_depth(context) == 0 &&
        X509_CRL_get0_by_cert(X509_STORE_CTX_get0_current_crl(context), &entry,
                              X509_STORE_CTX_get_current_cert(context)) == 1)
        return is_harmless(entry, question->time);
    return is_good;
}

/* X509_V_OK, or what is wrong.  When lists and certificates were valid is not looked at: the chain
 * was, at the token's time, and a list holds what was known on its day. */
static int verify(struct question *question, unsigned long depth)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    int code = X509_V_ERR_OUT_OF_MEM;

    if (context != NULL &&
        X509_STORE_CTX_init(context, question->store, question->signer, question->chain) == 1) {
        X509_STORE_CTX_set_flags(context,
                                 X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_CRL_CHECK | depth);
        X509_STORE_CTX_set0_crls(context, question->lists);
        X509_STORE_CTX_set_purpose(context, X509_PURPOSE_TIMESTAMP_SIGN);
        X509_STORE_CTX_set_app_data(context, question);
        X509_STORE_CTX_set_verify_cb(context, go_on);
        code = X509_verify_cert(context) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context);
    }
    X509_STORE_CTX_free(context);
    return code;
}

/* As verify, of the whole chain or, where lists for that are missing, of the signer alone. */
static int verify_deepest(struct question *question, enum fq_judged *judged)
{
    int code = verify(question, X509_V_FLAG_CRL_CHECK_ALL);

    *judged = code == X509_V_OK ? FQ_JUDGED_CHAIN : FQ_JUDGED_NONE;
    if (code == X509_V_ERR_UNABLE_TO_GET_CRL) {
        code = verify(question, 0);
        *judged = code == X509_V_OK ? FQ_JUDGED_SIGNER : FQ_JUDGED_NONE;
    }
    return code;
}

/* Takes away the lists that do not know what was revoked when the token was made. */
static void drop_older(STACK_OF(X509_CRL) * lists, int64_t time)
{
    for (int i = sk_X509_CRL_num(lists) - 1; i >= 0; i--) {
        struct tm day;
        if (!ASN1_TIME_to_tm(X509_CRL_get0_lastUpdate(sk_X509_CRL_value(lists, i)), &day) ||
            timegm(&day) < time)
            X509_CRL_free(sk_X509_CRL_delete(lists, i));
    }
}

/* An older list tells of who was revoked even then, and of nobody that he was not. */
static enum fq_status judge(struct question *question, enum fq_judged *judged,
                            struct fq_error *error)
{
    int code = verify_deepest(question, judged);
    enum fq_status status = FQ_CRL_INVALID;

    if (code == X509_V_OK) {
        drop_older(question->lists, question->time);
        code = verify_deepest(question, judged);
    }
    if (code == X509_V_OK || code == X509_V_ERR_UNABLE_TO_GET_CRL)
        return FQ_OK;
    if (code == X509_V_ERR_CERT_REVOKED)
        status = FQ_TOKEN_REVOKED;
    else if (code == X509_V_ERR_OUT_OF_MEM)
        status = FQ_OUT_OF_MEMORY;
    fq_fail(error, status, 0);
    snprintf(error->detail, sizeof error->detail, "%s", X509_verify_cert_error_string(code));
    return status;
}

enum fq_status fq_revocation_judge(const void *response_bytes, size_t response_size, int64_t time,
                                   const char *ca, size_t ca_size, const char *lists,
                                   size_t lists_size, enum fq_judged *judged,
                                   struct fq_error *error)
{
    const unsigned char *at = response_bytes;
    TS_RESP *response =
        response_size <= LONG_MAX ? d2i_TS_RESP(NULL, &at, (long)response_size) : NULL;
    PKCS7 *token = response != NULL ? TS_RESP_get_token(response) : NULL;
    STACK_OF(X509) *signers = token != NULL ? PKCS7_get0_signers(token, NULL, 0) : NULL;
    struct question question = {.time = time};
    enum fq_status status = FQ_OK;

    if (sk_X509_num(signers) != 1)
        status = fq_fail(error, FQ_TOKEN_MALFORMED, 0);
    if (status == FQ_OK)
        status = fq_certificates_store(ca, ca_size, &question.store, error);
    if (status == FQ_OK)
        status = read_lists(lists, lists_size, &question.lists, error);
    if (status == FQ_OK) {
        question.signer = sk_X509_value(signers, 0);
        question.chain = token->d.sign->cert;
        status = judge(&question, judged, error);
    }
    free_lists(question.lists);
    X509_STORE_free(question.store);
    sk_X509_free(signers);
    TS_RESP_free(response);
    ERR_clear_error();
    return status;
}
