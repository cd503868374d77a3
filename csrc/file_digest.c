#include "file_digest.h"

#include <stdlib.h>
#include <string.h>

#include "disk.h"

static void work(struct fq_task *task, size_t piece)
{
    struct fq_file_digest *digest = (struct fq_file_digest *)task;

    (void)piece;
    digest->status =
        fq_digest_file(digest->path, digest->which, digest->hex, &digest->size, &digest->error);
}

static void free_digest(struct fq_task *task)
{
    free(task);
}

enum fq_status fq_file_digest_new(const char *path, unsigned which, struct fq_file_digest **out,
                                  struct fq_error *error)
{
    size_t size = strlen(path) + 1;
    struct fq_file_digest *digest = calloc(1, sizeof *digest + size);

    *out = digest;
    if (digest == NULL)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    digest->task = (struct fq_task){.work = work, .free = free_digest, .pieces = 1};
    digest->which = which;
    memcpy(digest->path, path, size);
    return FQ_OK;
}

struct fq_file_digest *fq_file_digest_of(struct fq_task *task)
{
    return task->work == work ? (struct fq_file_digest *)task : NULL;
}
