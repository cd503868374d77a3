#include "diagnosis.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

#include "certificate.h"

/* OpenSSL's verify_callback: changes no verdict.  After the first that is bad OpenSSL gives up. */
static int note(int is_fine, X509_STORE_CTX *context)
{
    const SSL *ssl = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct fq_diagnosis *diagnosis = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    const X509 *certificate = X509_STORE_CTX_get_current_cert(context);

    if (!is_fine && certificate != NULL)
        fq_certificate_issuer(certificate, diagnosis->issuer, sizeof diagnosis->issuer);
    return is_fine;
}

/* CURLOPT_SSL_CTX_FUNCTION: the context is OpenSSL's where libcurl's TLS is. */
static CURLcode watch(CURL *easy, void *context, void *diagnosis)
{
    struct curl_tlssessioninfo *session = NULL;

    curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session);
    if (session != NULL && session->backend == CURLSSLBACKEND_OPENSSL &&
        SSL_CTX_set_app_data(context, diagnosis))
        SSL_CTX_set_verify(context, SSL_CTX_get_verify_mode(context), note);
    return CURLE_OK;
}

static double seconds(CURL *easy, CURLINFO step)
{
    curl_off_t microseconds = 0;

    curl_easy_getinfo(easy, step, &microseconds);
    return (double)microseconds / 1e6;
}

CURLcode fq_diagnosis_perform(CURL *easy, struct fq_diagnosis *diagnosis)
{
    CURLcode code;

    *diagnosis = (struct fq_diagnosis){.lookup = 0};
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, watch);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, diagnosis);
    code = curl_easy_perform(easy);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, NULL);
    diagnosis->lookup = seconds(easy, CURLINFO_NAMELOOKUP_TIME_T);
    diagnosis->connect = seconds(easy, CURLINFO_CONNECT_TIME_T);
    diagnosis->handshake = seconds(easy, CURLINFO_APPCONNECT_TIME_T);
    return code;
}

void fq_diagnosis_tell(const struct fq_diagnosis *diagnosis, struct fq_error *failure)
{
    size_t length = strlen(failure->detail);

    if (failure->number == CURLE_PEER_FAILED_VERIFICATION && diagnosis->issuer[0] != '\0')
        snprintf(failure->detail + length, sizeof failure->detail - length, "; issuer: %s",
                 diagnosis->issuer);
}
