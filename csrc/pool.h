/* Many exchanges at once in one thread, by libcurl's multi interface: their connections are shared,
 * and over HTTP/2 one connection carries many. */
#ifndef FQ_POOL_H
#define FQ_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "http.h"
#include "sink.h"
#include "status.h"

struct fq_pool;

/* FQ_OUT_OF_MEMORY.  On FQ_OK *pool is the caller's, freed with fq_pool_free, which ends what is
 * under way. */
enum fq_status fq_pool_new(struct fq_pool **pool, struct fq_error *error);
void fq_pool_free(struct fq_pool *pool);

/* Starts an exchange and names it by a small number, free again after fq_pool_end.  Owns `sink`
 * from here on, and frees it when this fails.  As fq_http_begin. */
enum fq_status fq_pool_start(struct fq_pool *pool, const struct fq_http_request *request,
                             struct fq_sink *sink, size_t *id, struct fq_error *error);

/* Moves everything on until an exchange has ended, for up to `timeout` milliseconds, or until
 * `descriptor` can be read (-1: none), which it returns.  Each exchange ends by its request's
 * timeout, even one that libcurl has lost; all of them end where libcurl refuses to go on. */
bool fq_pool_wait(struct fq_pool *pool, int timeout, int descriptor);

/* The next exchange that has come to its end: true and its *id, each once. */
bool fq_pool_next(struct fq_pool *pool, size_t *id);

/* Has fq_pool_next named this one, and fq_pool_end not yet been called? */
bool fq_pool_has_ended(const struct fq_pool *pool, size_t id);

/* What came of it, as fq_http_end; *sink is the caller's again, whatever came. */
enum fq_status fq_pool_end(struct fq_pool *pool, size_t id, struct fq_sink **sink,
                           struct fq_http_result *result, struct fq_error *error);

#endif
