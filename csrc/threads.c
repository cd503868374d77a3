#include "threads.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "quiet_thread.h"

/* Tasks in the order that they came in. */
struct queue {
    struct fq_task *first, **end;
};

struct fq_threads {
    pthread_mutex_t mutex; /* of all below but `event` */
    pthread_cond_t more;
    struct queue waiting; /* with pieces that no thread has taken */
    struct queue ended;
    size_t last_id;
    bool is_closing;
    bool is_waking; /* one of the idle has been told of more, and has not come yet */
    unsigned idle;
    pid_t process; /* whose threads they are */
    int event;     /* eventfd: counts the tasks that have ended and were not yet taken */
    unsigned count;
    pthread_t threads[];
};

static void enqueue(struct queue *queue, struct fq_task *task)
{
    task->next = NULL;
    *queue->end = task;
    queue->end = &task->next;
}

static struct fq_task *dequeue(struct queue *queue)
{
    struct fq_task *task = queue->first;

    if (task == NULL)
        return NULL;
    queue->first = task->next;
    if (queue->first == NULL)
        queue->end = &queue->first;
    return task;
}

static void tell(const struct fq_threads *threads)
{
    uint64_t one = 1;

    while (write(threads->event, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

/* One at a time: a thread that comes wakes the next where there is more, so that all come to a slow
 * disk, and few to one that has done the work before they could. */
static void wake_one(struct fq_threads *threads)
{
    if (threads->is_waking || threads->idle == 0 || threads->waiting.first == NULL)
        return;
    threads->is_waking = true;
    pthread_cond_signal(&threads->more);
}

/* With the mutex, which is left while the thread works. */
static void work_on_next(struct fq_threads *threads)
{
    struct fq_task *task = threads->waiting.first;
    size_t piece = task->begun++;

    if (task->begun == task->pieces)
        dequeue(&threads->waiting);
    wake_one(threads);
    pthread_mutex_unlock(&threads->mutex);
    task->work(task, piece);
    pthread_mutex_lock(&threads->mutex);
    if (--task->left > 0)
        return;
    enqueue(&threads->ended, task);
    tell(threads);
}

static void *run(void *context)
{
    struct fq_threads *threads = context;

    pthread_mutex_lock(&threads->mutex);
    while (!threads->is_closing) {
        if (threads->waiting.first != NULL) {
            work_on_next(threads);
        } else {
            threads->idle++;
            pthread_cond_wait(&threads->more, &threads->mutex);
            threads->idle--;
            threads->is_waking = false;
        }
    }
    pthread_mutex_unlock(&threads->mutex);
    return NULL;
}

enum fq_status fq_threads_new(unsigned count, struct fq_threads **out, struct fq_error *error)
{
    struct fq_threads *threads = calloc(1, sizeof *threads + count * sizeof *threads->threads);

    *out = NULL;
    if (threads == NULL)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    threads->process = getpid();
    threads->waiting.end = &threads->waiting.first;
    threads->ended.end = &threads->ended.first;
    pthread_mutex_init(&threads->mutex, NULL);
    pthread_cond_init(&threads->more, NULL);
    threads->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
    while (threads->event >= 0 && threads->count < count &&
           fq_quiet_thread(run, threads, &threads->threads[threads->count]) == 0)
        threads->count++;
    /* Fewer threads than asked for are slower, and none at all would never be done. */
    if (threads->count == 0) {
        fq_threads_free(threads);
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    }
    *out = threads;
    return FQ_OK;
}

void fq_threads_free(struct fq_threads *threads)
{
    struct fq_task *task;

    if (threads == NULL || threads->process != getpid())
        return;
    pthread_mutex_lock(&threads->mutex);
    threads->is_closing = true;
    pthread_cond_broadcast(&threads->more);
    pthread_mutex_unlock(&threads->mutex);
    for (unsigned i = 0; i < threads->count; i++)
        pthread_join(threads->threads[i], NULL);
    while ((task = dequeue(&threads->waiting)) != NULL)
        task->free(task);
    while ((task = dequeue(&threads->ended)) != NULL)
        task->free(task);
    if (threads->event >= 0)
        close(threads->event);
    pthread_cond_destroy(&threads->more);
    pthread_mutex_destroy(&threads->mutex);
    free(threads);
}

size_t fq_threads_start(struct fq_threads *threads, struct fq_task *task)
{
    size_t id;

    task->begun = 0;
    task->left = task->pieces;
    pthread_mutex_lock(&threads->mutex);
    id = task->id = ++threads->last_id;
    enqueue(&threads->waiting, task);
    wake_one(threads);
    pthread_mutex_unlock(&threads->mutex);
    return id;
}

int fq_threads_descriptor(const struct fq_threads *threads)
{
    return threads->event;
}

void fq_threads_wait(const struct fq_threads *threads, int timeout)
{
    struct pollfd event = {.fd = threads->event, .events = POLLIN};

    poll(&event, 1, timeout);
}

struct fq_task *fq_threads_next(struct fq_threads *threads)
{
    struct fq_task *task;
    uint64_t one;

    pthread_mutex_lock(&threads->mutex);
    task = dequeue(&threads->ended);
    pthread_mutex_unlock(&threads->mutex);
    while (task != NULL && read(threads->event, &one, sizeof one) < 0 && errno == EINTR)
        ;
    return task;
}
