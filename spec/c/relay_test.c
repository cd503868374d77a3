/* Bytes that another thread takes: all of them, in their order, and once. */
#include "relay.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

enum {
    RELAYS = 40, /* more than wake the thread, and with their pieces more than may wait for it */
    BYTES = 3 * 1024 * 1024 + 17, /* of each */
    LARGEST_PIECE = 200 * 1000,
};

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *context), void *context);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *context), void *context);

static bool has_no_threads;

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *context), void *context)
{
    return has_no_threads ? 11 : __real_pthread_create(thread, attributes, run, context);
}

static unsigned char source[BYTES];

/* What has taken the bytes. */
struct taken {
    pthread_mutex_t gate; /* closed for as long as the test holds it */
    unsigned char *bytes;
    size_t size, fails_at; /* 0: never */
    bool by_other, fails_for_other;
    pthread_t owner;
};

static enum fq_status take(void *to, const void *data, size_t size, struct fq_error *error)
{
    struct taken *taken = to;

    pthread_mutex_lock(&taken->gate);
    pthread_mutex_unlock(&taken->gate);
    if ((taken->fails_at > 0 && taken->size >= taken->fails_at) ||
        (taken->fails_for_other && !pthread_equal(pthread_self(), taken->owner)))
        return fq_fail(error, FQ_CRYPTO_FAILED, 7);
    memcpy(taken->bytes + taken->size, data, size);
    taken->size += size;
    taken->by_other = taken->by_other || !pthread_equal(pthread_self(), taken->owner);
    return FQ_OK;
}

static enum fq_status give(struct fq_relay *relay, const unsigned char *data, size_t size,
                           struct fq_error *error)
{
    return fq_relay_give(relay, memcpy(malloc(size + 1), data, size), size, error);
}

static struct taken new_taken(void)
{
    return (struct taken){
        .gate = PTHREAD_MUTEX_INITIALIZER,
        .bytes = malloc(BYTES),
        .owner = pthread_self(),
    };
}

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Feeds all relays in turn, in pieces of any size, and says whether each took what was fed. */
static bool feed_all(struct fq_relay_thread *thread, uint32_t seed, bool *by_other)
{
    struct taken taken[RELAYS];
    struct fq_relay *relays[RELAYS];
    size_t fed[RELAYS] = {0}, left = RELAYS;
    bool is_right = true;

    for (int i = 0; i < RELAYS; i++) {
        taken[i] = new_taken();
        is_right = is_right && fq_relay_new(thread, take, &taken[i], &relays[i], NULL) == FQ_OK;
    }
    while (is_right && left > 0) {
        uint32_t i = next_random(&seed) % RELAYS, most = next_random(&seed) % LARGEST_PIECE;
        size_t size = next_random(&seed) % (most + 1);
        if (fed[i] == BYTES)
            continue;
        size = size < BYTES - fed[i] ? size : BYTES - fed[i];
        is_right = give(relays[i], source + fed[i], size, NULL) == FQ_OK;
        fed[i] += size;
        left -= fed[i] == BYTES;
    }
    *by_other = false;
    for (int i = 0; i < RELAYS; i++) {
        is_right = is_right && fq_relay_end(relays[i], NULL) == FQ_OK && taken[i].size == BYTES &&
                   memcmp(taken[i].bytes, source, BYTES) == 0;
        *by_other = *by_other || taken[i].by_other;
        fq_relay_free(relays[i]);
        free(taken[i].bytes);
    }
    return is_right;
}

static void test_order(void)
{
    struct fq_relay_thread *thread;
    bool by_other, is_right = true, was_other = false;

    ok(fq_relay_thread_new(&thread, NULL) == FQ_OK, "a thread for relays");
    for (uint32_t seed = 1; seed <= 5 && is_right; seed++) {
        is_right = feed_all(thread, seed, &by_other);
        was_other = was_other || by_other;
    }
    ok(is_right, "each relay takes its own bytes, all of them and in their order");
    ok(was_other, "some of them in another thread");
    fq_relay_thread_free(thread);
}

static void test_no_thread(void)
{
    struct fq_relay_thread *thread;
    bool by_other;

    has_no_threads = true;
    fq_relay_thread_new(&thread, NULL);
    ok(feed_all(thread, 1, &by_other) && !by_other,
       "where no thread can be had, the caller takes the bytes");
    has_no_threads = false;
    fq_relay_thread_free(thread);
}

/* The thread stands still at one relay's bytes, which are the first of many's. */
static void test_slow_thread(void)
{
    struct fq_relay_thread *thread;
    struct taken stuck = new_taken(), other[RELAYS];
    struct fq_relay *first, *relays[RELAYS];
    bool is_right = true;

    fq_relay_thread_new(&thread, NULL);
    fq_relay_new(thread, take, &stuck, &first, NULL);
    pthread_mutex_lock(&stuck.gate);
    is_right = give(first, source, 1000, NULL) == FQ_OK;
    for (int i = 0; i < RELAYS; i++) {
        other[i] = new_taken();
        fq_relay_new(thread, take, &other[i], &relays[i], NULL);
        is_right = is_right && give(relays[i], source, 1000, NULL) == FQ_OK &&
                   give(relays[i], source + 1000, 1000, NULL) == FQ_OK;
    }
    for (int i = 0; i < RELAYS; i++) {
        is_right = is_right && fq_relay_end(relays[i], NULL) == FQ_OK && other[i].size == 2000 &&
                   memcmp(other[i].bytes, source, 2000) == 0;
        free(other[i].bytes);
    }
    ok(is_right, "whoever ends does not wait for a thread that is at another's bytes");
    pthread_mutex_unlock(&stuck.gate);
    ok(fq_relay_end(first, NULL) == FQ_OK && stuck.size == 1000 &&
           memcmp(stuck.bytes, source, stuck.size) == 0,
       "and those arrive when it goes on");
    fq_relay_free(first);
    fq_relay_thread_free(thread); /* the others hold it still */
    for (int i = 0; i < RELAYS; i++)
        fq_relay_free(relays[i]);
    free(stuck.bytes);
}

static void test_failure(void)
{
    struct fq_relay_thread *thread;
    struct taken taken = new_taken();
    struct fq_relay *relay;
    struct fq_error error = {0};
    enum fq_status status = FQ_OK;
    size_t given = 0;

    taken.fails_for_other = true;
    fq_relay_thread_new(&thread, NULL);
    fq_relay_new(thread, take, &taken, &relay, NULL);
    while (status == FQ_OK && ++given < BYTES / 1000) {
        status = give(relay, source, 1000, &error);
        /* Before so many wait that the caller takes them, the thread has to come. */
        if (given % 32 == 0)
            usleep(50 * 1000);
    }
    ok(given < BYTES / 1000 && status == FQ_CRYPTO_FAILED && error.number == 7,
       "a failure in the thread is told to whoever gives more");
    given = taken.size;
    ok(fq_relay_end(relay, &error) == FQ_CRYPTO_FAILED && error.number == 7 && taken.size == given,
       "and stays so, and nothing is taken any more");
    fq_relay_free(relay);

    taken.size = 0;
    taken.fails_for_other = false;
    taken.fails_at = 1000;
    fq_relay_new(thread, take, &taken, &relay, NULL);
    give(relay, source, 1000, NULL);
    give(relay, source, 1000, NULL);
    ok(fq_relay_end(relay, &error) == FQ_CRYPTO_FAILED && error.number == 7,
       "a failure at the end is told, too");
    fq_relay_free(relay);
    fq_relay_thread_free(thread);
    free(taken.bytes);
}

/* Many are freed with bytes that nobody has taken yet, and some under way. */
static void test_free(void)
{
    struct fq_relay_thread *thread;
    struct taken taken[RELAYS];
    struct fq_relay *relays[RELAYS];
    bool is_right = true;

    fq_relay_thread_new(&thread, NULL);
    for (int i = 0; i < RELAYS; i++) {
        taken[i] = new_taken();
        fq_relay_new(thread, take, &taken[i], &relays[i], NULL);
        give(relays[i], source, LARGEST_PIECE, NULL);
    }
    for (int i = 0; i < RELAYS; i++) {
        fq_relay_free(relays[i]);
        is_right = is_right && (taken[i].size == 0 || taken[i].size == LARGEST_PIECE) &&
                   memcmp(taken[i].bytes, source, taken[i].size) == 0;
        free(taken[i].bytes);
    }
    ok(is_right, "a relay that is freed has taken its bytes, or never will");
    fq_relay_thread_free(thread);
}

static void test_fork(void)
{
    struct fq_relay_thread *thread;
    struct taken taken = new_taken();
    struct fq_relay *relay;
    int status = -1;
    pid_t child;

    fq_relay_thread_new(&thread, NULL);
    fq_relay_new(thread, take, &taken, &relay, NULL);
    give(relay, source, 100 * 1024, NULL);
    child = fork();
    if (child == 0) {
        bool refuses = give(relay, source, 1, NULL) == FQ_OUT_OF_MEMORY &&
                       fq_relay_end(relay, NULL) == FQ_OUT_OF_MEMORY;
        fq_relay_free(relay);
        fq_relay_thread_free(thread);
        _exit(refuses ? 0 : 1);
    }
    ok(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0,
       "a child that was forked, and has not the thread, is refused, and waits for nothing");
    ok(fq_relay_end(relay, NULL) == FQ_OK && taken.size == 100 * 1024, "the parent goes on");
    fq_relay_free(relay);
    fq_relay_thread_free(thread);
    fq_relay_free(NULL);
    fq_relay_thread_free(NULL);
    free(taken.bytes);
}

int main(void)
{
    uint32_t state = 42;

    for (size_t i = 0; i < BYTES; i++)
        source[i] = (unsigned char)next_random(&state);
    test_order();
    test_no_thread();
    test_slow_thread();
    test_failure();
    test_free();
    test_fork();
    return done_testing();
}
