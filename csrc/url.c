#include "url.h"

#include <arpa/inet.h>
#include <string.h>

static bool is_loopback(const char *host)
{
    struct in_addr v4;

    if (strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
        return true;
    return inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
}

enum fq_status fq_url_read(const char *text, bool is_public, CURLU **url, enum fq_url_kind *kind,
                           struct fq_error *error)
{
    enum fq_status status = FQ_OK;
    char *scheme = NULL, *host = NULL;
    CURLUcode code;

    *url = curl_url();
    if (*url == NULL)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    code = curl_url_set(*url, CURLUPART_URL, text, CURLU_DISALLOW_USER);
    if (code == CURLUE_OK)
        code = curl_url_get(*url, CURLUPART_SCHEME, &scheme, 0);
    if (code == CURLUE_OK)
        code = curl_url_get(*url, CURLUPART_HOST, &host, 0);
    if (code != CURLUE_OK)
        status = fq_fail(error,
                         code == CURLUE_OUT_OF_MEMORY ? FQ_OUT_OF_MEMORY : FQ_INVALID_BASE_URL, 0);
    else if (strcmp(scheme, "https") == 0)
        *kind = FQ_URL_HTTPS;
    else if (strcmp(scheme, "http") == 0 && is_loopback(host))
        *kind = FQ_URL_LOOPBACK;
    else if (strcmp(scheme, "http") == 0 && is_public)
        *kind = FQ_URL_HTTP;
    else
        status = fq_fail(error, FQ_INSECURE_URL, 0);
    curl_free(scheme);
    curl_free(host);
    return status;
}

enum fq_status fq_url_check(const char *text, struct fq_error *error)
{
    CURLU *url;
    enum fq_url_kind kind;
    enum fq_status status = fq_url_read(text, false, &url, &kind, error);

    curl_url_cleanup(url);
    return status;
}
