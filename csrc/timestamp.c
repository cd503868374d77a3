#include "timestamp.h"

#include <limits.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "certificate.h"

enum { DIGEST = 32, NONCE = 8 };

static bool set_imprint(TS_REQ *request, const void *data, size_t size)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();
    bool is_set = imprint != NULL && algorithm != NULL &&
                  X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) &&
                  EVP_Q_digest(NULL, "SHA256", NULL, data, size, digest, NULL) &&
                  TS_MSG_IMPRINT_set_algo(imprint, algorithm) &&
                  TS_MSG_IMPRINT_set_msg(imprint, digest, DIGEST) &&
                  TS_REQ_set_msg_imprint(request, imprint);

    X509_ALGOR_free(algorithm);
    TS_MSG_IMPRINT_free(imprint);
    return is_set;
}

static bool set_nonce(TS_REQ *request)
{
    unsigned char bytes[NONCE];
    BIGNUM *number = NULL;
    ASN1_INTEGER *nonce = NULL;
    bool is_set;

    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return false;
    bytes[0] |= 0x40; /* as many digits every time: an INTEGER has no leading zeros */
    number = BN_bin2bn(bytes, sizeof bytes, NULL);
    nonce = number != NULL ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
    is_set = nonce != NULL && TS_REQ_set_nonce(request, nonce);
    ASN1_INTEGER_free(nonce);
    BN_free(number);
    return is_set;
}

static enum fq_status set_policy(TS_REQ *request, const char *policy, struct fq_error *error)
{
    ASN1_OBJECT *object = OBJ_txt2obj(policy, 1);
    char text[128] = "";
    bool is_set;

    /* OpenSSL takes some texts for an OID that are none. */
    if (object != NULL)
        OBJ_obj2txt(text, sizeof text, object, 1);
    is_set = text[0] != '\0' && strcmp(text, policy) == 0 && TS_REQ_set_policy_id(request, object);

    ASN1_OBJECT_free(object);
    return is_set ? FQ_OK : fq_fail(error, FQ_TOKEN_POLICY, 0);
}

enum fq_status fq_timestamp_request(const void *data, size_t size, const char *policy,
                                    bool has_nonce, unsigned char bytes[FQ_TIMESTAMP_REQUEST],
                                    size_t *bytes_size, struct fq_error *error)
{
    TS_REQ *request = TS_REQ_new();
    enum fq_status status = FQ_OK;
    unsigned char *end = bytes;
    int length = -1;

    if (policy != NULL && request != NULL)
        status = set_policy(request, policy, error);
    if (status == FQ_OK && request != NULL && TS_REQ_set_version(request, 1) &&
        set_imprint(request, data, size) && (!has_nonce || set_nonce(request)) &&
        TS_REQ_set_cert_req(request, 1))
        length = i2d_TS_REQ(request, NULL);
    if (length > FQ_TIMESTAMP_REQUEST)
        length = -1;
    if (length > 0)
        length = i2d_TS_REQ(request, &end);
    TS_REQ_free(request);
    ERR_clear_error();
    *bytes_size = length > 0 ? (size_t)length : 0;
    if (status == FQ_OK && length <= 0)
        status = fq_fail(error, FQ_CRYPTO_FAILED, 0);
    return status;
}

/* Why OpenSSL has refused, in its own words. */
static enum fq_status refuse(enum fq_status status, struct fq_error *error)
{
    const char *data = NULL;
    int flags = 0;
    unsigned long code = ERR_peek_last_error_all(NULL, NULL, NULL, &data, &flags);
    const char *reason = ERR_reason_error_string(code);
    bool has_data = data != NULL && (flags & ERR_TXT_STRING) != 0 && data[0] != '\0';

    fq_fail(error, status, 0);
    if (error != NULL && reason != NULL)
        snprintf(error->detail, sizeof error->detail, "%s%s%s", reason, has_data ? ": " : "",
                 has_data ? data : "");
    ERR_clear_error();
    return status;
}

/* Does the response grant a token?  If not, the TSA's own words are the detail: it may say there
 * what it likes, so that what is not printable is left out. */
static enum fq_status check_status(TS_RESP *response, struct fq_error *error)
{
    TS_STATUS_INFO *info = TS_RESP_get_status_info(response);
    long status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(info));
    const STACK_OF(ASN1_UTF8STRING) *texts = TS_STATUS_INFO_get0_text(info);
    size_t length = 0;

    if ((status == TS_STATUS_GRANTED || status == TS_STATUS_GRANTED_WITH_MODS) &&
        TS_RESP_get_tst_info(response) != NULL)
        return FQ_OK;
    fq_fail(error, FQ_TOKEN_REFUSED, 0);
    for (int i = 0; error != NULL && i < sk_ASN1_UTF8STRING_num(texts); i++) {
        const ASN1_UTF8STRING *text = sk_ASN1_UTF8STRING_value(texts, i);
        const unsigned char *bytes = ASN1_STRING_get0_data(text);
        for (int at = 0; at < ASN1_STRING_length(text) && length < sizeof error->detail - 1; at++)
            if (bytes[at] >= ' ' && bytes[at] < 0x7F)
                error->detail[length++] = (char)bytes[at];
        error->detail[length] = '\0';
    }
    return FQ_TOKEN_REFUSED;
}

/* One after another, so that each is known by its own name. */
static enum fq_status check_content(TS_RESP *response, TS_REQ *request, struct fq_error *error)
{
    static const struct {
        unsigned flag;
        enum fq_status status;
    } checks[] = {{TS_VFY_VERSION, FQ_TOKEN_MALFORMED},
                  {TS_VFY_IMPRINT, FQ_TOKEN_IMPRINT},
                  {TS_VFY_NONCE, FQ_TOKEN_NONCE},
                  {TS_VFY_POLICY, FQ_TOKEN_POLICY}};
    TS_VERIFY_CTX *context = TS_REQ_to_TS_VERIFY_CTX(request, NULL);
    enum fq_status status = FQ_OK;

    if (context == NULL)
        return refuse(FQ_CRYPTO_FAILED, error);
    for (size_t i = 0; status == FQ_OK && i < sizeof checks / sizeof *checks; i++) {
        if ((checks[i].flag == TS_VFY_NONCE && TS_REQ_get_nonce(request) == NULL) ||
            (checks[i].flag == TS_VFY_POLICY && TS_REQ_get_policy_id(request) == NULL))
            continue;
        TS_VERIFY_CTX_set_flags(context, (int)checks[i].flag);
        if (TS_RESP_verify_token(context, TS_RESP_get_token(response)) != 1)
            status = refuse(checks[i].status, error);
    }
    TS_VERIFY_CTX_free(context);
    return status;
}

static enum fq_status check_chain(PKCS7 *token, int64_t time, const char *ca, size_t ca_size,
                                  struct fq_error *error)
{
    X509_STORE *store = NULL;
    enum fq_status status = fq_certificates_store(ca, ca_size, &store, error);

    if (status != FQ_OK)
        return status;
    /* A certificate that has expired since was good when it signed. */
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)time);
    if (TS_RESP_verify_signature(token, NULL, store, NULL) != 1) {
        bool is_chain = ERR_GET_REASON(ERR_peek_last_error()) == TS_R_CERTIFICATE_VERIFY_ERROR;
        status = refuse(is_chain ? FQ_TOKEN_UNTRUSTED : FQ_TOKEN_SIGNATURE, error);
    }
    X509_STORE_free(store);
    return status;
}

static enum fq_status check_signature(PKCS7 *token, struct fq_error *error)
{
    if (PKCS7_verify(token, NULL, NULL, NULL, NULL, PKCS7_NOVERIFY) != 1)
        return refuse(FQ_TOKEN_SIGNATURE, error);
    return FQ_OK;
}

static bool describe(TS_RESP *response, struct fq_timestamp *timestamp)
{
    TS_TST_INFO *info = TS_RESP_get_tst_info(response);
    STACK_OF(X509) *signers = PKCS7_get0_signers(TS_RESP_get_token(response), NULL, 0);
    BIGNUM *number = ASN1_INTEGER_to_BN(TS_TST_INFO_get_serial(info), NULL);
    char *hex = number != NULL ? BN_bn2hex(number) : NULL;
    bool is_whole = signers != NULL && sk_X509_num(signers) == 1 && hex != NULL;

    OBJ_obj2txt(timestamp->policy, sizeof timestamp->policy, TS_TST_INFO_get_policy_id(info), 1);
    if (is_whole) {
        snprintf(timestamp->serial, sizeof timestamp->serial, "%s", hex);
        is_whole = fq_certificate_name(sk_X509_value(signers, 0), timestamp->signer,
                                       sizeof timestamp->signer);
    }
    OPENSSL_free(hex);
    BN_free(number);
    sk_X509_free(signers);
    return is_whole;
}

static bool read_time(TS_RESP *response, int64_t *time)
{
    struct tm when;

    if (!ASN1_TIME_to_tm(TS_TST_INFO_get_time(TS_RESP_get_tst_info(response)), &when))
        return false;
    *time = timegm(&when);
    return true;
}

static enum fq_status check(TS_RESP *response, TS_REQ *request, const char *ca, size_t ca_size,
                            struct fq_timestamp *timestamp, struct fq_error *error)
{
    enum fq_status status = check_status(response, error);

    if (status == FQ_OK && !read_time(response, &timestamp->time))
        status = fq_fail(error, FQ_TOKEN_MALFORMED, 0);
    if (status == FQ_OK)
        status = check_content(response, request, error);
    if (status == FQ_OK)
        status = check_signature(TS_RESP_get_token(response), error);
    if (status == FQ_OK && ca != NULL)
        status = check_chain(TS_RESP_get_token(response), timestamp->time, ca, ca_size, error);
    if (status == FQ_OK && !describe(response, timestamp))
        status = fq_fail(error, FQ_TOKEN_MALFORMED, 0);
    return status;
}

enum fq_status fq_timestamp_check(const void *response_bytes, size_t response_size,
                                  const void *request_bytes, size_t request_size, const char *ca,
                                  size_t ca_size, struct fq_timestamp *timestamp,
                                  struct fq_error *error)
{
    const unsigned char *at = response_bytes, *end = at + response_size;
    const unsigned char *request_at = request_bytes;
    TS_RESP *response = NULL;
    TS_REQ *request = NULL;
    enum fq_status status;

    memset(timestamp, 0, sizeof *timestamp);
    if (response_size <= LONG_MAX && request_size <= LONG_MAX) {
        response = d2i_TS_RESP(NULL, &at, (long)response_size);
        request = d2i_TS_REQ(NULL, &request_at, (long)request_size);
    }
    if (response == NULL || at != end)
        status = fq_fail(error, FQ_TOKEN_MALFORMED, 0);
    else if (request == NULL)
        status = fq_fail(error, FQ_CRYPTO_FAILED, 0);
    else
        status = check(response, request, ca, ca_size, timestamp, error);
    TS_RESP_free(response);
    TS_REQ_free(request);
    ERR_clear_error();
    return status;
}
