/* Where an exchange may go to. */
#ifndef FQ_URL_H
#define FQ_URL_H

#include <curl/curl.h>
#include <stdbool.h>

#include "status.h"

enum fq_url_kind { FQ_URL_HTTPS, FQ_URL_LOOPBACK /* http to this host */, FQ_URL_HTTP };

/* Reads and judges a url: it is to be https, or http to a loopback host (FQ_URL_HTTP where it
 * `is_public`, too), without a user name.  By libcurl's own parser, so that what is judged is what
 * will be connected to.  *url is the caller's in any case, freed with curl_url_cleanup.
 * FQ_INVALID_BASE_URL, FQ_INSECURE_URL, FQ_OUT_OF_MEMORY. */
enum fq_status fq_url_read(const char *text, bool is_public, CURLU **url, enum fq_url_kind *kind,
                           struct fq_error *error);

/* The same, of which the judgement alone is wanted. */
enum fq_status fq_url_check(const char *text, struct fq_error *error);

#endif
