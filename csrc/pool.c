#include "pool.h"

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/* An exchange's place; its handle stays for the next one. */
struct slot {
    struct fq_http *http;
    struct fq_response *response; /* NULL: free */
    bool ended;
    CURLcode code; /* when it has */
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
        fq_response_free(slot->response);
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
        if (pool->slots[*id]->response == NULL)
            return FQ_OK;
    return add_slot(pool, error);
}

static enum fq_status failure(CURLMcode code, struct fq_error *error)
{
    if (code == CURLM_OK)
        return FQ_OK;
    return code == CURLM_OUT_OF_MEMORY ? fq_fail(error, FQ_OUT_OF_MEMORY, 0)
                                       : fq_fail(error, FQ_TRANSPORT, CURLE_FAILED_INIT);
}

enum fq_status fq_pool_start(struct fq_pool *pool, const struct fq_http_request *request,
                             struct fq_response *response, size_t *id, struct fq_error *error)
{
    enum fq_status status = free_slot(pool, id, error);

    if (status == FQ_OK)
        status = fq_http_begin(pool->slots[*id]->http, request, response, error);
    if (status == FQ_OK) {
        CURL *easy = fq_http_handle(pool->slots[*id]->http);
        /* Rather wait for a connection that is about to be than open one more. */
        curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
        curl_easy_setopt(easy, CURLOPT_PRIVATE, (char *)*id);
        status = failure(curl_multi_add_handle(pool->multi, easy), error);
        if (status != FQ_OK) {
            struct fq_http_result none;
            fq_http_end(pool->slots[*id]->http, CURLE_FAILED_INIT, &none, NULL);
        }
    }
    if (status != FQ_OK) {
        fq_response_free(response);
    } else {
        pool->slots[*id]->response = response;
        pool->under_way++;
    }
    return status;
}

/* Milliseconds of a clock that nobody sets. */
static int64_t milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

enum fq_status fq_pool_wait(struct fq_pool *pool, int timeout, struct fq_error *error)
{
    int64_t end = milliseconds() + timeout, left = timeout;
    int running;
    CURLMcode code;

    do {
        code = curl_multi_poll(pool->multi, NULL, 0, (int)left, NULL);
        if (code == CURLM_OK)
            code = curl_multi_perform(pool->multi, &running);
        left = end - milliseconds();
    } while (code == CURLM_OK && running >= pool->under_way && left > 0);
    return failure(code, error);
}

bool fq_pool_next(struct fq_pool *pool, size_t *id)
{
    int left;
    CURLMsg *message = curl_multi_info_read(pool->multi, &left);
    char *place = NULL;

    if (message == NULL)
        return false;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &place);
    *id = (size_t)place;
    pool->slots[*id]->ended = true;
    pool->slots[*id]->code = message->data.result;
    /* The message is gone with this. */
    curl_multi_remove_handle(pool->multi, message->easy_handle);
    pool->under_way--;
    return true;
}

bool fq_pool_has_ended(const struct fq_pool *pool, size_t id)
{
    return id < pool->count && pool->slots[id]->ended;
}

enum fq_status fq_pool_end(struct fq_pool *pool, size_t id, struct fq_response **response,
                           struct fq_http_result *result, struct fq_error *error)
{
    struct slot *slot = pool->slots[id];

    *response = slot->response;
    slot->response = NULL;
    slot->ended = false;
    return fq_http_end(slot->http, slot->code, result, error);
}
