#include "relay.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "quiet_thread.h"

enum {
    /* Fewer pieces than so many don't wake the thread: that takes as long as it takes to digest
     * some kilobytes.  Whoever ends takes what waits meanwhile. */
    WORTH_WAKING = 16,
    /* More than so many are taken out of its hands by whoever has more. */
    MOST_WAITING = 64,
};

struct piece {
    struct piece *next;
    void *memory;
    size_t size;
};

struct fq_relay {
    struct fq_relay_thread *thread;
    fq_relay_take *take;
    void *to;
    /* With the thread's mutex: */
    struct piece *first, **end; /* not yet taken */
    struct fq_relay *next;      /* of those that wait */
    bool is_busy;               /* the thread takes a piece of it */
    struct fq_error failure;    /* what `take` said */
};

struct fq_relay_thread {
    pthread_mutex_t mutex; /* of all below */
    pthread_cond_t more, done;
    struct fq_relay *first, **end; /* those with pieces, but for the busy one: longest first */
    size_t waiting;                /* pieces of all relays */
    struct piece *taken; /* and to be freed: by who gives more, for malloc's lock is his */
    size_t holders;
    bool is_started, is_idle, is_closing;
    pid_t process; /* whose thread it is */
    pthread_t thread;
};

/* With the mutex, as all up to `run`. */
static void line_up(struct fq_relay *relay)
{
    relay->next = NULL;
    *relay->thread->end = relay;
    relay->thread->end = &relay->next;
}

/* Does nothing to one that is not in it. */
static void leave_line(struct fq_relay *relay)
{
    struct fq_relay_thread *thread = relay->thread;
    struct fq_relay **at = &thread->first;

    while (*at != NULL && *at != relay)
        at = &(*at)->next;
    if (*at == NULL)
        return;
    *at = relay->next;
    if (*at == NULL)
        thread->end = at;
}

/* The piece that has waited longest; NULL where none does. */
static struct piece *next_piece(struct fq_relay *relay)
{
    struct piece *piece = relay->first;

    if (piece == NULL)
        return NULL;
    relay->first = piece->next;
    if (relay->first == NULL)
        relay->end = &relay->first;
    relay->thread->waiting--;
    return piece;
}

static void free_pieces(struct piece *piece)
{
    while (piece != NULL) {
        struct piece *next = piece->next;
        free(piece->memory);
        free(piece);
        piece = next;
    }
}

/* The thread's turn at a relay: one piece, and then at the next. */
static void take_one(struct fq_relay_thread *thread, struct fq_relay *relay)
{
    struct piece *piece;
    struct fq_error failure = {0};

    leave_line(relay);
    piece = next_piece(relay);
    relay->is_busy = true;
    pthread_mutex_unlock(&thread->mutex);
    relay->take(relay->to, piece->memory, piece->size, &failure);
    pthread_mutex_lock(&thread->mutex);
    piece->next = thread->taken;
    thread->taken = piece;
    relay->is_busy = false;
    if (relay->failure.status == FQ_OK)
        relay->failure = failure;
    if (relay->first != NULL)
        line_up(relay);
    pthread_cond_broadcast(&thread->done);
}

static void *run(void *context)
{
    struct fq_relay_thread *thread = context;

    pthread_mutex_lock(&thread->mutex);
    while (!thread->is_closing) {
        if (thread->first != NULL) {
            take_one(thread, thread->first);
        } else {
            thread->is_idle = true;
            pthread_cond_wait(&thread->more, &thread->mutex);
            thread->is_idle = false;
        }
    }
    pthread_mutex_unlock(&thread->mutex);
    return NULL;
}

enum fq_status fq_relay_thread_new(struct fq_relay_thread **out, struct fq_error *error)
{
    struct fq_relay_thread *thread = calloc(1, sizeof *thread);

    *out = thread;
    if (thread == NULL)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    thread->process = getpid();
    thread->end = &thread->first;
    thread->holders = 1;
    pthread_mutex_init(&thread->mutex, NULL);
    pthread_cond_init(&thread->more, NULL);
    pthread_cond_init(&thread->done, NULL);
    return FQ_OK;
}

/* Not where the process was forked from the one that has it. */
static bool has_thread(const struct fq_relay_thread *thread)
{
    return thread->process == getpid();
}

void fq_relay_thread_free(struct fq_relay_thread *thread)
{
    bool is_last;

    if (thread == NULL || !has_thread(thread))
        return;
    pthread_mutex_lock(&thread->mutex);
    is_last = --thread->holders == 0;
    thread->is_closing = is_last;
    pthread_cond_signal(&thread->more);
    pthread_mutex_unlock(&thread->mutex);
    if (!is_last)
        return;
    if (thread->is_started)
        pthread_join(thread->thread, NULL);
    pthread_cond_destroy(&thread->done);
    pthread_cond_destroy(&thread->more);
    pthread_mutex_destroy(&thread->mutex);
    free_pieces(thread->taken);
    free(thread);
}

enum fq_status fq_relay_new(struct fq_relay_thread *thread, fq_relay_take *take, void *to,
                            struct fq_relay **out, struct fq_error *error)
{
    struct fq_relay *relay = calloc(1, sizeof *relay);

    *out = relay;
    if (relay == NULL)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    relay->thread = thread;
    relay->take = take;
    relay->to = to;
    relay->end = &relay->first;
    pthread_mutex_lock(&thread->mutex);
    thread->holders++;
    pthread_mutex_unlock(&thread->mutex);
    return FQ_OK;
}

/* Takes out of the thread's hands what it has not begun, and waits for what it has. */
static struct piece *take_back(struct fq_relay *relay)
{
    struct fq_relay_thread *thread = relay->thread;
    struct piece *pieces, **end = &pieces;

    pthread_mutex_lock(&thread->mutex);
    leave_line(relay);
    while ((*end = next_piece(relay)) != NULL)
        end = &(*end)->next;
    while (relay->is_busy)
        pthread_cond_wait(&thread->done, &thread->mutex);
    pthread_mutex_unlock(&thread->mutex);
    return pieces;
}

/* Has the caller take what the thread has not begun. */
static void take_here(struct fq_relay *relay)
{
    struct piece *pieces = take_back(relay);

    for (struct piece *piece = pieces; piece != NULL; piece = piece->next)
        if (relay->failure.status == FQ_OK)
            relay->take(relay->to, piece->memory, piece->size, &relay->failure);
    free_pieces(pieces);
}

/* Returns whether so many wait that the caller has to take some. */
static bool hand_over(struct fq_relay *relay, struct piece *piece, struct fq_error *failure)
{
    struct fq_relay_thread *thread = relay->thread;
    struct piece *taken;
    bool is_full, is_worth_it;

    pthread_mutex_lock(&thread->mutex);
    if (!thread->is_started)
        thread->is_started = fq_quiet_thread(run, thread, &thread->thread) == 0;
    if (relay->first == NULL && !relay->is_busy)
        line_up(relay);
    *relay->end = piece;
    relay->end = &piece->next;
    /* Where no thread can be had, there is nobody else to take it. */
    is_full = ++thread->waiting > MOST_WAITING || !thread->is_started;
    is_worth_it = thread->is_idle && thread->waiting >= WORTH_WAKING;
    taken = thread->taken;
    thread->taken = NULL;
    *failure = relay->failure;
    pthread_mutex_unlock(&thread->mutex);
    /* Without the mutex, which the thread would at once have to wait for. */
    if (is_worth_it)
        pthread_cond_signal(&thread->more);
    free_pieces(taken);
    return is_full;
}

/* Says what `take` has said. */
static enum fq_status tell(const struct fq_error *failure, struct fq_error *error)
{
    if (failure->status != FQ_OK && error != NULL)
        *error = *failure;
    return failure->status;
}

enum fq_status fq_relay_give(struct fq_relay *relay, void *memory, size_t size,
                             struct fq_error *error)
{
    struct piece *piece = has_thread(relay->thread) ? calloc(1, sizeof *piece) : NULL;
    struct fq_error failure;

    if (piece == NULL) {
        free(memory);
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    }
    piece->memory = memory;
    piece->size = size;
    if (hand_over(relay, piece, &failure)) {
        take_here(relay);
        failure = relay->failure;
    }
    return tell(&failure, error);
}

enum fq_status fq_relay_end(struct fq_relay *relay, struct fq_error *error)
{
    if (!has_thread(relay->thread))
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    take_here(relay);
    return tell(&relay->failure, error);
}

void fq_relay_free(struct fq_relay *relay)
{
    if (relay == NULL || !has_thread(relay->thread))
        return;
    free_pieces(take_back(relay));
    fq_relay_thread_free(relay->thread);
    free(relay);
}
