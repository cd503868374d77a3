#include "http.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "encoding.h"
#include "url.h"

enum {
    /* How much of an HTTP error's body is read before the connection is given up: it may be a
     * refusal of the service's with its files, or a page of a gateway's. */
    LONGEST_ERROR_BODY = 4 * 1024 * 1024,
    /* CURLOPT_BUFFERSIZE, of each transfer: four TLS records, so that one of many over HTTP/2 takes
     * what has come for it at once. */
    RECEIVE_BUFFER = 64 * 1024,
    /* CURLOPT_UPLOAD_BUFFERSIZE, the least that libcurl takes: a request has some hundred bytes.
     * Each transfer allocates both buffers, and beyond malloc's M_MMAP_THRESHOLD (128 KiB) they
     * would be mapped and unmapped by the kernel each time. */
    SEND_BUFFER = 16 * 1024,
};

struct fq_http {
    CURL *easy;
    CURLU *url; /* this and all below: of the exchange under way */
    struct curl_slist *headers;
    struct fq_sink *sink;
    struct fq_encoding *encoding; /* NULL until the body begins */
    struct fq_error failure;      /* the sink's, while receiving */
    size_t error_body;            /* bytes of an HTTP error's body so far */
    int64_t end;                  /* of its time, by fq_clock_milliseconds */
    bool wants_peer;              /* which takes some microseconds */
    struct fq_peer peer;
    struct fq_diagnosis diagnosis; /* the connections that are open refer to it */
    bool has_headers; /* the last answer's have come whole; it may be an interim one (1xx) */
    char detail[CURL_ERROR_SIZE];
};

static void initialise(void)
{
    /* Never undone by curl_global_cleanup: other threads and modules may still use libcurl. */
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

void fq_http_initialise(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, initialise);
}

/* Forgets an exchange, but for its open connections. */
static void clear(struct fq_http *http)
{
    curl_easy_setopt(http->easy, CURLOPT_CURLU, NULL);
    curl_easy_setopt(http->easy, CURLOPT_POSTFIELDS, NULL);
    curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, NULL);
    curl_url_cleanup(http->url);
    http->url = NULL;
    curl_slist_free_all(http->headers);
    http->headers = NULL;
    fq_encoding_free(http->encoding);
    http->encoding = NULL;
    http->sink = NULL;
    http->error_body = 0;
    http->has_headers = false;
    http->detail[0] = '\0';
    fq_fail(&http->failure, FQ_OK, 0);
}

void fq_http_free(struct fq_http *http)
{
    if (http == NULL)
        return;
    curl_easy_cleanup(http->easy);
    curl_url_cleanup(http->url);
    curl_slist_free_all(http->headers);
    fq_encoding_free(http->encoding);
    free(http);
}

/* A failure stays, and the sink hears no more. */
static void take(struct fq_http *http, const char *data, size_t size)
{
    struct fq_error *failure = &http->failure;

    if (failure->status == FQ_OK && http->encoding == NULL)
        fq_encoding_new(http->easy, http->sink, http->end, &http->encoding, failure);
    if (failure->status == FQ_OK)
        fq_encoding_take(http->encoding, data, size, failure);
}

/* CURLOPT_WRITEFUNCTION: to take less than it was given makes libcurl give up with
 * CURLE_WRITE_ERROR.  An HTTP error's body that is no JSON is read to its end, so that the
 * connection can be kept. */
static size_t receive(char *data, size_t unit, size_t count, void *context)
{
    struct fq_http *http = context;
    size_t size = unit * count;
    long status = 0;

    curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
    take(http, data, size);
    if (status == 200)
        return http->failure.status == FQ_OK ? size : 0;
    http->error_body += size;
    return http->error_body <= LONGEST_ERROR_BODY ? size : 0;
}

/* The connection, a kept one, too, is the exchange's for certain while its answer comes; afterwards
 * libcurl may have closed it, or given it to another. */
static void has_all_headers(struct fq_http *http)
{
    http->has_headers = true;
    if (http->wants_peer)
        fq_peer_read_connection(http->easy, &http->peer);
}

/* CURLOPT_HEADERFUNCTION: an empty line ends the headers; lines after that are trailers.  libcurl
 * takes a connection that ends among the headers for a whole answer without a body. */
static size_t receive_header(char *line, size_t unit, size_t count, void *context)
{
    struct fq_http *http = context;
    size_t size = unit * count;

    if (size >= 5 && memcmp(line, "HTTP/", 5) == 0)
        http->has_headers = false;
    else if (size > 0 && (line[0] == '\r' || line[0] == '\n'))
        has_all_headers(http);
    return size;
}

static enum fq_status add_headers(struct fq_http *http, const struct fq_http_request *request,
                                  struct fq_error *error)
{
    for (const char *const *header = request->headers; header != NULL && *header != NULL;
         header++) {
        struct curl_slist *longer = curl_slist_append(http->headers, *header);
        if (longer == NULL)
            return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
        http->headers = longer;
    }
    return FQ_OK;
}

/* SOCK_CLOEXEC: a program that this process starts must not hold its connections open, nor speak
 * over them. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)context;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

#define SET(option, value)                                                                         \
    if (code == CURLE_OK)                                                                          \
    code = curl_easy_setopt(easy, option, value)

/* What holds for every exchange, and while connections are closed: without NOSIGNAL libcurl changes
 * what the process does on SIGPIPE, whatever its other threads want. */
static CURLcode set_constants(struct fq_http *http)
{
    CURL *easy = http->easy;
    CURLcode code = CURLE_OK;

    SET(CURLOPT_ERRORBUFFER, http->detail);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER);
    SET(CURLOPT_UPLOAD_BUFFERSIZE, (long)SEND_BUFFER);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    /* What is accepted is decoded in encoding.c. */
    SET(CURLOPT_ACCEPT_ENCODING, FQ_ENCODINGS);
    SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
    SET(CURLOPT_WRITEFUNCTION, receive);
    SET(CURLOPT_WRITEDATA, http);
    SET(CURLOPT_HEADERFUNCTION, receive_header);
    SET(CURLOPT_HEADERDATA, http);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
#if LIBCURL_VERSION_NUM >= 0x075700
    /* Without CURLOPT_QUICK_EXIT libcurl joins its resolver's thread, however long that takes.  Its
     * result is not looked at: an older libcurl at run time does without. */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
    return code;
}

/* Sets what differs between exchanges, all of it for every exchange, so that nothing of the one
 * before is left. */
static CURLcode set_request(struct fq_http *http, const struct fq_http_request *request,
                            enum fq_url_kind kind)
{
    CURL *easy = http->easy;
    CURLcode code = CURLE_OK;
    char *ca_file = NULL, *ca_path = NULL; /* the system's */

    if (request->ca_file == NULL) {
        curl_easy_getinfo(easy, CURLINFO_CAINFO, &ca_file);
        curl_easy_getinfo(easy, CURLINFO_CAPATH, &ca_path);
    }
    /* libcurl goes to CURLOPT_CURLU, the parsed url that was judged; it takes the text of
     * CURLOPT_URL for its messages, and would else make it of that. */
    SET(CURLOPT_URL, request->url);
    SET(CURLOPT_CURLU, http->url);
    SET(CURLOPT_PROTOCOLS_STR, kind == FQ_URL_HTTPS ? "https" : "http");
    SET(CURLOPT_TIMEOUT_MS, request->timeout);
    SET(CURLOPT_CONNECTTIMEOUT_MS, request->connect_timeout);
    SET(CURLOPT_HTTPHEADER, http->headers);
    /* The request's ca_file takes the place of the system's certificate authorities, and does not
     * stand beside them. */
    SET(CURLOPT_CAINFO, request->ca_file != NULL ? request->ca_file : ca_file);
    SET(CURLOPT_CAPATH, ca_path);
    SET(CURLOPT_PROXY, request->proxy);
    /* Plain http that may go to a loopback host alone must not go there through a proxy. */
    SET(CURLOPT_NOPROXY, kind == FQ_URL_LOOPBACK ? "*" : NULL);
    if (request->body != NULL) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
        SET(CURLOPT_COPYPOSTFIELDS, request->body);
    } else {
        SET(CURLOPT_HTTPGET, 1L);
    }
    return code;
}

/* libcurl's message (CURLOPT_ERRORBUFFER) or, where that quotes a url, the one for any failure of
 * this kind: a proxy's url may have a password in it. */
static const char *words_for(const struct fq_http *http, CURLcode code)
{
    bool quotes = code == CURLE_COULDNT_RESOLVE_PROXY || strstr(http->detail, "://") != NULL;

    return quotes || http->detail[0] == '\0' ? curl_easy_strerror(code) : http->detail;
}

static enum fq_status transport_failure(const struct fq_http *http, CURLcode code,
                                        struct fq_error *error)
{
    if (code == CURLE_OUT_OF_MEMORY)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    fq_fail(error, FQ_TRANSPORT, (int)code);
    if (error != NULL)
        snprintf(error->detail, sizeof error->detail, "%s", words_for(http, code));
    return FQ_TRANSPORT;
}

enum fq_status fq_http_new(struct fq_http **out, struct fq_error *error)
{
    struct fq_http *http;
    CURLcode code;

    *out = NULL;
    fq_http_initialise();
    http = calloc(1, sizeof *http);
    if (http == NULL)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    http->easy = curl_easy_init();
    code = http->easy != NULL ? set_constants(http) : CURLE_OUT_OF_MEMORY;
    if (code != CURLE_OK) {
        enum fq_status status = transport_failure(http, code, error);
        fq_http_free(http);
        return status;
    }
    *out = http;
    return FQ_OK;
}

enum fq_status fq_http_begin(struct fq_http *http, const struct fq_http_request *request,
                             struct fq_sink *sink, struct fq_error *error)
{
    enum fq_url_kind kind = FQ_URL_HTTPS;
    CURLcode code;
    enum fq_status status = fq_url_read(request->url, request->is_public, &http->url, &kind, error);

    if (status == FQ_OK)
        status = add_headers(http, request, error);
    if (status == FQ_OK) {
        http->sink = sink;
        http->end = fq_clock_milliseconds() + request->timeout;
        http->wants_peer = request->wants_peer;
        http->peer = (struct fq_peer){.sent = fq_peer_now()};
        code = set_request(http, request, kind);
        if (code != CURLE_OK)
            status = transport_failure(http, code, error);
    }
    if (status != FQ_OK)
        clear(http);
    return status;
}

/* libcurl before 8.6 returns CURLE_OUT_OF_MEMORY for a header that is too long; a later one
 * CURLE_TOO_LARGE (100), which the curl.h of an earlier one does not name. */
static bool is_header_too_long(const struct fq_http *http, CURLcode code)
{
    enum { TOO_LARGE = 100 };
    curl_off_t first_byte = 0;

    if ((int)code == TOO_LARGE)
        return !http->has_headers;
    curl_easy_getinfo(http->easy, CURLINFO_STARTTRANSFER_TIME_T, &first_byte);
    return code == CURLE_OUT_OF_MEMORY && first_byte > 0 && !http->has_headers;
}

static enum fq_status end_body(const struct fq_http *http, struct fq_error *error)
{
    enum fq_status status = fq_encoding_end(http->encoding, error);

    return status == FQ_OK ? http->sink->end(http->sink, error) : status;
}

/* What came of an exchange that ended with `code` and this HTTP status. */
static enum fq_status outcome(struct fq_http *http, CURLcode code, long status,
                              struct fq_error *error)
{
    if (http->failure.status != FQ_OK && status == 200) {
        if (error != NULL)
            *error = http->failure;
        return http->failure.status;
    }
    if (is_header_too_long(http, code))
        return transport_failure(http, CURLE_WEIRD_SERVER_REPLY, error);
    if (code != CURLE_OK && http->error_body <= LONGEST_ERROR_BODY)
        return transport_failure(http, code, error);
    if (!http->has_headers)
        return transport_failure(http, CURLE_PARTIAL_FILE, error);
    if (status == 200)
        return end_body(http, error);
    if (http->failure.status != FQ_OK || end_body(http, NULL) != FQ_OK)
        return fq_fail(error, FQ_HTTP, (int)status);
    return FQ_OK;
}

CURL *fq_http_handle(const struct fq_http *http)
{
    return http->easy;
}

enum fq_status fq_http_end(struct fq_http *http, CURLcode code, struct fq_http_result *result,
                           struct fq_error *error)
{
    enum fq_status status;
    curl_off_t microseconds = 0;
    long connects = 0, tunnel = 0;
    const char *type = NULL;

    result->status = 0;
    curl_easy_getinfo(http->easy, CURLINFO_CONTENT_TYPE, &type);
    if (type == NULL || strlen(type) >= sizeof result->content_type)
        type = "";
    snprintf(result->content_type, sizeof result->content_type, "%s", type);
    result->peer = (struct fq_peer){.sent = 0};
    result->diagnosis = (struct fq_diagnosis){.lookup = 0};
    if (http->wants_peer) {
        http->peer.received = fq_peer_now();
        fq_peer_read_headers(http->easy, &http->peer);
        result->peer = http->peer;
    }
    curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &result->status);
    curl_easy_getinfo(http->easy, CURLINFO_HTTP_CONNECTCODE, &tunnel);
    curl_easy_getinfo(http->easy, CURLINFO_TOTAL_TIME_T, &microseconds);
    curl_easy_getinfo(http->easy, CURLINFO_NUM_CONNECTS, &connects);
    result->seconds = (double)microseconds / 1e6;
    result->reused = connects == 0;
    if (code != CURLE_OK && tunnel >= 300) {
        /* A proxy that refuses CONNECT says why by its HTTP status; to libcurl it is a broken
         * connection. */
        result->status = tunnel;
        status = fq_fail(error, FQ_HTTP, (int)tunnel);
        if (error != NULL)
            snprintf(error->detail, sizeof error->detail, "the proxy's answer to CONNECT");
    } else {
        status = outcome(http, code, result->status, error);
    }
    clear(http); /* borrows nothing any more */
    return status;
}

enum fq_status fq_http_exchange(struct fq_http *http, const struct fq_http_request *request,
                                struct fq_sink *sink, struct fq_http_result *result,
                                struct fq_error *error)
{
    enum fq_status status = fq_http_begin(http, request, sink, error);

    if (status != FQ_OK)
        return status;
    if (!request->wants_diagnosis)
        return fq_http_end(http, curl_easy_perform(http->easy), result, error);
    status = fq_http_end(http, fq_diagnosis_perform(http->easy, &http->diagnosis), result, error);
    result->diagnosis = http->diagnosis;
    if (status == FQ_TRANSPORT && error != NULL)
        fq_diagnosis_tell(&http->diagnosis, error);
    return status;
}
