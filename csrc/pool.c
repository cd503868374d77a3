#include "pool.h"

#include <stdint.h>
#include <stdlib.h>

#include "clock.h"

/* How long after an exchange's time it is ended here, in case libcurl has lost it: before that
 * libcurl ends it by itself, with a message that says more. */
enum { GRACE = 250 }; /* milliseconds */

/* An exchange's place; its handle stays for the next one. */
struct slot {
    struct fq_http *http;
    struct fq_sink *sink; /* NULL: free */
    int64_t end;          /* by fq_clock_milliseconds, whatever libcurl makes of it */
    bool is_with_libcurl;
    bool is_named; /* by fq_pool_next */
    CURLcode code; /* when it has ended */
};

struct fq_pool {
    CURLM *multi;
    struct slot **slots; /* by id */
    size_t count;
    int under_way; /* handles that libcurl has */
};

enum fq_status fq_pool_new(struct fq_pool **out, struct fq_error *error)
{
    struct fq_pool *pool = calloc(1, sizeof *pool);

    *out = NULL;
    if (pool == NULL)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    fq_http_initialise();
    pool->multi = curl_multi_init();
    if (pool->multi == NULL) {
        free(pool);
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    }
    *out = pool;
    return FQ_OK;
}

void fq_pool_free(struct fq_pool *pool)
{
    if (pool == NULL)
        return;
    for (size_t id = 0; id < pool->count; id++) {
        struct slot *slot = pool->slots[id];
        curl_multi_remove_handle(pool->multi, fq_http_handle(slot->http));
        fq_http_free(slot->http);
        if (slot->sink != NULL)
            slot->sink->free(slot->sink);
        free(slot);
    }
    curl_multi_cleanup(pool->multi);
    free(pool->slots);
    free(pool);
}

static enum fq_status add_slot(struct fq_pool *pool, struct fq_error *error)
{
    struct slot **slots = realloc(pool->slots, (pool->count + 1) * sizeof *slots);
    struct slot *slot = calloc(1, sizeof *slot);
    enum fq_status status;

    if (slots != NULL)
        pool->slots = slots;
    if (slots == NULL || slot == NULL) {
        free(slot);
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    }
    status = fq_http_new(&slot->http, error);
    if (status != FQ_OK) {
        free(slot);
        return status;
    }
    pool->slots[pool->count++] = slot;
    return FQ_OK;
}

/* There are as many as the caller has at once: a few dozen. */
static enum fq_status free_slot(struct fq_pool *pool, size_t *id, struct fq_error *error)
{
    for (*id = 0; *id < pool->count; ++*id)
        if (pool->slots[*id]->sink == NULL)
            return FQ_OK;
    return add_slot(pool, error);
}

static CURLcode as_easy(CURLMcode code)
{
    return code == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY : CURLE_FAILED_INIT;
}

static void take_back(struct fq_pool *pool, struct slot *slot, CURLcode code)
{
    curl_multi_remove_handle(pool->multi, fq_http_handle(slot->http));
    slot->is_with_libcurl = false;
    slot->code = code;
    pool->under_way--;
}

enum fq_status fq_pool_start(struct fq_pool *pool, const struct fq_http_request *request,
                             struct fq_sink *sink, size_t *id, struct fq_error *error)
{
    enum fq_status status = free_slot(pool, id, error);

    if (status == FQ_OK)
        status = fq_http_begin(pool->slots[*id]->http, request, sink, error);
    if (status == FQ_OK) {
        CURL *easy = fq_http_handle(pool->slots[*id]->http);
        /* CURLOPT_PIPEWAIT: rather wait for a connection under way, which HTTP/2 may share, than
         * open one more. */
        curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
        curl_easy_setopt(easy, CURLOPT_PRIVATE, (char *)*id);
        CURLMcode code = curl_multi_add_handle(pool->multi, easy);
        if (code != CURLM_OK) {
            struct fq_http_result none;
            status = fq_http_end(pool->slots[*id]->http, as_easy(code), &none, error);
        }
    }
    if (status != FQ_OK) {
        sink->free(sink);
    } else {
        struct slot *slot = pool->slots[*id];
        slot->sink = sink;
        slot->end = fq_clock_milliseconds() + request->timeout + GRACE;
        slot->is_with_libcurl = true;
        pool->under_way++;
    }
    return status;
}

/* Ends what is past its time at `now`.  Returns when the next one will be, or INT64_MAX. */
static int64_t end_late(struct fq_pool *pool, int64_t now)
{
    int64_t next = INT64_MAX;

    for (size_t id = 0; id < pool->count; id++) {
        struct slot *slot = pool->slots[id];
        if (slot->is_with_libcurl && slot->end <= now)
            take_back(pool, slot, CURLE_OPERATION_TIMEDOUT);
        else if (slot->is_with_libcurl && slot->end < next)
            next = slot->end;
    }
    return next;
}

static void end_all(struct fq_pool *pool, CURLcode code)
{
    for (size_t id = 0; id < pool->count; id++)
        if (pool->slots[id]->is_with_libcurl)
            take_back(pool, pool->slots[id], code);
}

bool fq_pool_wait(struct fq_pool *pool, int timeout, int descriptor)
{
    struct curl_waitfd other = {.fd = descriptor, .events = CURL_WAIT_POLLIN};
    unsigned others = descriptor >= 0;
    int64_t now = fq_clock_milliseconds(), end = now + timeout;
    int running = 0, before = pool->under_way;
    CURLMcode code;

    do {
        int64_t late = end_late(pool, now);
        int64_t until = late < end ? late : end;
        bool has_ended = pool->under_way < before;
        code =
            curl_multi_poll(pool->multi, &other, others, has_ended ? 0 : (int)(until - now), NULL);
        if (code == CURLM_OK)
            code = curl_multi_perform(pool->multi, &running);
        if (code != CURLM_OK)
            end_all(pool, as_easy(code));
        now = fq_clock_milliseconds();
    } while (pool->under_way == before && running >= pool->under_way && now < end &&
             other.revents == 0);
    return other.revents != 0;
}

/* An exchange that has ended and is not named yet. */
static bool unnamed(const struct fq_pool *pool, size_t *id)
{
    for (*id = 0; *id < pool->count; ++*id) {
        const struct slot *slot = pool->slots[*id];
        if (slot->sink != NULL && !slot->is_with_libcurl && !slot->is_named)
            return true;
    }
    return false;
}

bool fq_pool_next(struct fq_pool *pool, size_t *id)
{
    int left;
    CURLMsg *message = curl_multi_info_read(pool->multi, &left);
    char *place = NULL;

    if (message != NULL) {
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &place);
        *id = (size_t)place;
        take_back(pool, pool->slots[*id], message->data.result); /* the message is gone with this */
    } else if (!unnamed(pool, id)) {
        return false;
    }
    pool->slots[*id]->is_named = true;
    return true;
}

bool fq_pool_has_ended(const struct fq_pool *pool, size_t id)
{
    return id < pool->count && pool->slots[id]->is_named;
}

enum fq_status fq_pool_end(struct fq_pool *pool, size_t id, struct fq_sink **sink,
                           struct fq_http_result *result, struct fq_error *error)
{
    struct slot *slot = pool->slots[id];

    *sink = slot->sink;
    slot->sink = NULL;
    slot->is_named = false;
    return fq_http_end(slot->http, slot->code, result, error);
}
