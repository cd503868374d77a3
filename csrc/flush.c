#include "flush.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static void work(struct fq_task *task, size_t piece)
{
    struct fq_flush *flush = (struct fq_flush *)task;

    flush->numbers[piece] = sync_path(flush->paths[piece]);
}

static void free_flush(struct fq_task *task)
{
    struct fq_flush *flush = (struct fq_flush *)task;

    free(flush->numbers);
    for (size_t i = 0; flush->paths != NULL && i < task->pieces; i++)
        free(flush->paths[i]);
    free(flush->paths);
    free(flush);
}

enum fq_status fq_flush_new(const char *const *paths, size_t count, struct fq_flush **out,
                            struct fq_error *error)
{
    struct fq_flush *flush = calloc(1, sizeof *flush);
    bool is_whole;

    *out = NULL;
    if (flush == NULL)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    flush->task = (struct fq_task){.work = work, .free = free_flush, .pieces = count};
    flush->paths = calloc(count, sizeof *flush->paths);
    flush->numbers = calloc(count, sizeof *flush->numbers);
    is_whole = flush->paths != NULL && flush->numbers != NULL;
    for (size_t i = 0; is_whole && i < count; i++)
        is_whole = (flush->paths[i] = strdup(paths[i])) != NULL;
    if (!is_whole) {
        free_flush(&flush->task);
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    }
    *out = flush;
    return FQ_OK;
}

struct fq_flush *fq_flush_of(struct fq_task *task)
{
    return task->work == work ? (struct fq_flush *)task : NULL;
}
