/* One HTTPS exchange: a request out, the body of its answer into a sink as it arrives. */
#ifndef FQ_HTTP_H
#define FQ_HTTP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diagnosis.h"
#include "peer.h"
#include "sink.h"
#include "status.h"

struct fq_http_request {
    const char *url;            /* https, or http to a loopback host */
    bool is_public;             /* nothing in it is secret: http to any host, too */
    const char *body;           /* POSTed; NULL: a GET */
    size_t body_size;           /* bytes */
    const char *const *headers; /* "Name: value", the last one NULL; NULL: none */
    long timeout;               /* milliseconds, of the whole exchange; above 0 */
    long connect_timeout;       /* milliseconds, of which to connect; above 0 */
    const char *ca_file;        /* PEM; NULL: the system's */
    const char *proxy;          /* NULL: what libcurl's environment variables say */
    bool wants_peer;            /* who answers, too */
    bool wants_diagnosis;       /* of fq_http_exchange: how long each step took, too */
};

struct fq_http_result {
    long status;
    double seconds;
    bool reused;                   /* the connection was open already */
    char content_type[128];        /* "" where the answer has none, or a longer one */
    struct fq_peer peer;           /* where the request wants it; else all zero */
    struct fq_diagnosis diagnosis; /* the same */
};

/* Readies libcurl, once a process; fq_http_new does it, too. */
void fq_http_initialise(void);

/* A connection, kept open between exchanges.  One exchange and one thread at a time. */
struct fq_http;

/* FQ_OUT_OF_MEMORY; FQ_TRANSPORT where libcurl lacks what it takes.  On FQ_OK *http is the
 * caller's, freed with fq_http_free. */
enum fq_status fq_http_new(struct fq_http **http, struct fq_error *error);
void fq_http_free(struct fq_http *http);

/* Prepares the exchange; `sink` is borrowed until fq_http_end, `request` is copied.
 * FQ_INVALID_BASE_URL, FQ_INSECURE_URL, FQ_OUT_OF_MEMORY, FQ_TRANSPORT.  On FQ_OK fq_http_handle is
 * to be performed, easy or multi, and its result handed to fq_http_end. */
enum fq_status fq_http_begin(struct fq_http *http, const struct fq_http_request *request,
                             struct fq_sink *sink, struct fq_error *error);
CURL *fq_http_handle(const struct fq_http *http);

/* What came of it: FQ_OK for a whole answer, whatever its HTTP status, which *result has, whose
 * body the sink has taken and ended; FQ_HTTP with a status other than 200 where the sink would not
 * have the body; FQ_TRANSPORT with the CURLcode; or with the status 200 what the sink said. *result
 * is filled in any case. */
enum fq_status fq_http_end(struct fq_http *http, CURLcode code, struct fq_http_result *result,
                           struct fq_error *error);

/* All three, blocking.  Resolving the url's name is within `timeout` from libcurl 7.87 on. */
enum fq_status fq_http_exchange(struct fq_http *http, const struct fq_http_request *request,
                                struct fq_sink *sink, struct fq_http_result *result,
                                struct fq_error *error);

#endif
