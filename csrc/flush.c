#include "flush.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

struct batch {
    struct batch *next;
    struct fq_flush_result result;
    size_t begun, left; /* paths that a thread has taken, and that none has brought to the disk */
    char **paths;       /* its own, like their texts */
};

/* Batches in the order that they came in. */
struct queue {
    struct batch *first, **end;
};

struct fq_flush {
    pthread_mutex_t mutex; /* of all below but `event` */
    pthread_cond_t more;
    struct queue waiting; /* with paths that no thread has taken */
    struct queue ended;
    size_t last_id;
    bool is_closing;
    pid_t process; /* whose threads they are */
    int event;     /* eventfd: counts the batches that have ended and were not yet taken */
    unsigned count;
    pthread_t threads[];
};

static void enqueue(struct queue *queue, struct batch *batch)
{
    batch->next = NULL;
    *queue->end = batch;
    queue->end = &batch->next;
}

static struct batch *dequeue(struct queue *queue)
{
    struct batch *batch = queue->first;

    if (batch == NULL)
        return NULL;
    queue->first = batch->next;
    if (queue->first == NULL)
        queue->end = &queue->first;
    return batch;
}

static void free_batch(struct batch *batch)
{
    free(batch->result.numbers);
    for (size_t i = 0; batch->paths != NULL && i < batch->result.count; i++)
        free(batch->paths[i]);
    free(batch->paths);
    free(batch);
}

static bool is_folder(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

/* An errno, or 0. */
static int sync_path(const char *path)
{
    /* Not through a link, nor waiting for whoever holds a pipe's other end. */
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int number;

    if (fd < 0)
        return errno;
    /* EINVAL: a file system whose folders need no fsync. */
    number = fsync(fd) == 0 || (errno == EINVAL && is_folder(fd)) ? 0 : errno;
    close(fd);
    return number;
}

static void tell(const struct fq_flush *flush)
{
    uint64_t one = 1;

    while (write(flush->event, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

/* With the mutex, which is left while the disk is waited for. */
static void bring_next(struct fq_flush *flush)
{
    struct batch *batch = flush->waiting.first;
    size_t path = batch->begun++;
    int number;

    if (batch->begun == batch->result.count)
        dequeue(&flush->waiting);
    pthread_mutex_unlock(&flush->mutex);
    number = sync_path(batch->paths[path]);
    pthread_mutex_lock(&flush->mutex);
    batch->result.numbers[path] = number;
    if (--batch->left > 0)
        return;
    enqueue(&flush->ended, batch);
    tell(flush);
}

static void *work(void *context)
{
    struct fq_flush *flush = context;

    pthread_mutex_lock(&flush->mutex);
    while (!flush->is_closing) {
        if (flush->waiting.first != NULL)
            bring_next(flush);
        else
            pthread_cond_wait(&flush->more, &flush->mutex);
    }
    pthread_mutex_unlock(&flush->mutex);
    return NULL;
}

/* Signals are the program's own threads'. */
static void start_threads(struct fq_flush *flush, unsigned threads)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (flush->count < threads &&
           pthread_create(&flush->threads[flush->count], NULL, work, flush) == 0)
        flush->count++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

enum fq_status fq_flush_new(unsigned threads, struct fq_flush **out, struct fq_error *error)
{
    struct fq_flush *flush = calloc(1, sizeof *flush + threads * sizeof *flush->threads);

    *out = NULL;
    if (flush == NULL)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    flush->process = getpid();
    flush->waiting.end = &flush->waiting.first;
    flush->ended.end = &flush->ended.first;
    pthread_mutex_init(&flush->mutex, NULL);
    pthread_cond_init(&flush->more, NULL);
    flush->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
    if (flush->event >= 0)
        start_threads(flush, threads);
    /* Fewer threads than asked for are slower, and none at all would never be done. */
    if (flush->count == 0) {
        fq_flush_free(flush);
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    }
    *out = flush;
    return FQ_OK;
}

void fq_flush_free(struct fq_flush *flush)
{
    struct batch *batch;

    if (flush == NULL || flush->process != getpid())
        return;
    pthread_mutex_lock(&flush->mutex);
    flush->is_closing = true;
    pthread_cond_broadcast(&flush->more);
    pthread_mutex_unlock(&flush->mutex);
    for (unsigned i = 0; i < flush->count; i++)
        pthread_join(flush->threads[i], NULL);
    while ((batch = dequeue(&flush->waiting)) != NULL)
        free_batch(batch);
    while ((batch = dequeue(&flush->ended)) != NULL)
        free_batch(batch);
    if (flush->event >= 0)
        close(flush->event);
    pthread_cond_destroy(&flush->more);
    pthread_mutex_destroy(&flush->mutex);
    free(flush);
}

/* NULL where memory lacks. */
static struct batch *new_batch(const char *const *paths, size_t count)
{
    struct batch *batch = calloc(1, sizeof *batch);
    bool is_whole;

    if (batch == NULL)
        return NULL;
    batch->paths = calloc(count, sizeof *batch->paths);
    batch->result.numbers = calloc(count, sizeof *batch->result.numbers);
    is_whole = batch->paths != NULL && batch->result.numbers != NULL;
    batch->result.count = batch->left = count;
    for (size_t i = 0; is_whole && i < count; i++)
        is_whole = (batch->paths[i] = strdup(paths[i])) != NULL;
    if (is_whole)
        return batch;
    free_batch(batch);
    return NULL;
}

enum fq_status fq_flush_start(struct fq_flush *flush, const char *const *paths, size_t count,
                              size_t *id, struct fq_error *error)
{
    struct batch *batch = new_batch(paths, count);

    if (batch == NULL)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    pthread_mutex_lock(&flush->mutex);
    *id = batch->result.id = ++flush->last_id;
    enqueue(&flush->waiting, batch);
    pthread_cond_broadcast(&flush->more);
    pthread_mutex_unlock(&flush->mutex);
    return FQ_OK;
}

int fq_flush_descriptor(const struct fq_flush *flush)
{
    return flush->event;
}

void fq_flush_wait(const struct fq_flush *flush, int timeout)
{
    struct pollfd event = {.fd = flush->event, .events = POLLIN};

    poll(&event, 1, timeout);
}

bool fq_flush_next(struct fq_flush *flush, struct fq_flush_result *result)
{
    struct batch *batch;
    uint64_t one;

    pthread_mutex_lock(&flush->mutex);
    batch = dequeue(&flush->ended);
    pthread_mutex_unlock(&flush->mutex);
    if (batch == NULL)
        return false;
    while (read(flush->event, &one, sizeof one) < 0 && errno == EINTR)
        ;
    *result = batch->result;
    batch->result.numbers = NULL;
    free_batch(batch);
    return true;
}
