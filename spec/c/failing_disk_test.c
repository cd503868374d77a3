/* Files, folders and digests when any one call is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "disk.h"
#include "embed.h"
#include "failing.h"
#include "file.h"
#include "file_digest.h"
#include "flush.h"
#include "folder.h"

static enum fq_status write_file(const char *name, enum fq_file_kind kind, struct fq_error *error)
{
    struct fq_file *file;
    enum fq_status status = fq_file_open(name, kind, &file, error);

    if (status == FQ_OK)
        status = fq_file_write(file, "new", 3, error);
    if (status == FQ_OK)
        status = fq_file_commit(file, error);
    fq_file_free(file);
    return status;
}

static enum fq_status run_new(struct fq_error *error)
{
    return write_file(path, FQ_FILE_NEW, error);
}

static bool check_new(bool is_ok)
{
    return holds(path, is_ok ? "new" : NULL);
}

static void prepare_old(void)
{
    put(path, "old");
}

static enum fq_status run_replacement(struct fq_error *error)
{
    return write_file(path, FQ_FILE_REPLACEMENT, error);
}

static bool check_replacement(bool is_ok)
{
    return holds(path, "new") || (!is_ok && holds(path, "old"));
}

static enum fq_status run_append(struct fq_error *error)
{
    size_t before;
    enum fq_status status = fq_append(path, "new", 3, &before, error);

    if (status != FQ_OK || before != 3)
        return status;
    return fq_append(other, "new", 3, &before, error);
}

static bool check_append(bool is_ok)
{
    bool first = holds(path, "oldnew"), second = holds(other, "new");

    return (first && second) ||
           (!is_ok && (first || holds(path, "old")) && (holds(other, "") || holds(other, NULL)));
}

static enum fq_status run_truncate(struct fq_error *error)
{
    return fq_truncate(path, 1, error);
}

static bool check_truncate(bool is_ok)
{
    return holds(path, "o") || (!is_ok && holds(path, "old"));
}

static enum fq_status run_lock(struct fq_error *error)
{
    int fd;
    enum fq_status status = fq_lock_file(path, &fd, error);

    if (status == FQ_OK)
        close(fd);
    return status;
}

static char content[8];

static enum fq_status run_read(struct fq_error *error)
{
    size_t size;
    enum fq_status status = fq_read_private(path, content, sizeof content - 1, &size, error);

    content[size] = '\0';
    return status;
}

static bool check_read(bool is_ok)
{
    return !is_ok || strcmp(content, "old") == 0;
}

static fq_digests_hex digests;

static enum fq_status run_digest(struct fq_error *error)
{
    size_t size;

    return fq_digest_file(path, 1u << FQ_DIGEST_sha256 | 1u << FQ_DIGEST_sm3, digests, &size,
                          error);
}

/* printf old | sha256sum */
static bool check_digest(bool is_ok)
{
    return !is_ok ||
           strcmp(digests[FQ_DIGEST_sha256],
                  "cba06b5736faf67e54b07b561eae94395e774c517a7d910a54369e1263ccfbd4") == 0;
}

static enum fq_status run_embed(struct fq_error *error)
{
    struct fq_file *file;
    size_t size;
    enum fq_status status = fq_file_open(other, FQ_FILE_NEW, &file, error);

    if (status == FQ_OK)
        status = fq_embed(file, path, FQ_BASE64, 1u << FQ_DIGEST_sha256, digests, &size, error);
    if (status == FQ_OK)
        status = fq_file_commit(file, error);
    fq_file_free(file);
    return status;
}

/* printf old | base64 */
static bool check_embed(bool is_ok)
{
    return is_ok ? holds(other, "b2xk") && check_digest(true) : holds(other, NULL);
}

static enum fq_status run_rename(struct fq_error *error)
{
    return fq_rename(path, other, error);
}

/* The old name may be there, too, where a link is all there is. */
static bool check_rename(bool is_ok)
{
    return holds(other, "old") ? !is_ok || holds(path, NULL) : !is_ok && holds(path, "old");
}

static void prepare_both(void)
{
    put(path, "old");
    put(other, "taken");
}

static bool check_taken(bool is_ok)
{
    return !is_ok && holds(path, "old") && holds(other, "taken");
}

static enum fq_status run_folder(struct fq_error *error)
{
    char draft[sizeof path + 8], inside[sizeof path + 16];
    enum fq_status status = fq_folder_make(folder, error);

    snprintf(draft, sizeof draft, "%s.new", path);
    snprintf(inside, sizeof inside, "%s/a", draft);
    if (status == FQ_OK)
        status = fq_folder_make(other, error);
    if (status == FQ_OK)
        status = fq_folder_draft(draft, error);
    if (status == FQ_OK)
        status = write_file(inside, FQ_FILE_DRAFT, error);
    if (status == FQ_OK)
        status = fq_rename(draft, path, error);
    if (status != FQ_OK)
        fq_folder_remove(draft, NULL);
    return status;
}

static bool check_folder(bool is_ok)
{
    char inside[sizeof path + 8];

    snprintf(inside, sizeof inside, "%s/a", path);
    return holds(inside, "new") || (!is_ok && holds(path, NULL));
}

/* What comes of a task, which is freed.  One thread, so that the calls come in one order. */
static enum fq_status run_task(struct fq_task *task,
                               enum fq_status (*judge)(struct fq_task *task,
                                                       struct fq_error *error),
                               struct fq_error *error)
{
    struct fq_threads *threads;
    enum fq_status status = fq_threads_new(1, &threads, error);

    if (status == FQ_OK) {
        fq_threads_start(threads, task);
        /* Not for long: of a task whose end could not be told nothing is heard. */
        while ((task = fq_threads_next(threads)) == NULL)
            fq_threads_wait(threads, 10);
        status = judge(task, error);
    }
    task->free(task);
    fq_threads_free(threads);
    return status;
}

static enum fq_status judge_flush(struct fq_task *task, struct fq_error *error)
{
    const struct fq_flush *flush = fq_flush_of(task);

    for (size_t i = 0; i < task->pieces; i++)
        if (flush->numbers[i] != 0)
            return fq_file_failure(flush->numbers[i], error);
    return FQ_OK;
}

static enum fq_status run_flush(struct fq_error *error)
{
    const char *paths[] = {path, folder};
    struct fq_flush *flush;
    enum fq_status status = fq_flush_new(paths, 2, &flush, error);

    return status == FQ_OK ? run_task(&flush->task, judge_flush, error) : status;
}

static enum fq_status judge_digest(struct fq_task *task, struct fq_error *error)
{
    const struct fq_file_digest *digest = fq_file_digest_of(task);

    memcpy(digests, digest->hex, sizeof digests);
    *error = digest->error;
    return digest->status;
}

static enum fq_status run_digest_beside(struct fq_error *error)
{
    struct fq_file_digest *digest;
    enum fq_status status = fq_file_digest_new(path, 1u << FQ_DIGEST_sha256, &digest, error);

    return status == FQ_OK ? run_task(&digest->task, judge_digest, error) : status;
}

int main(void)
{
    static const struct scenario scenarios[] = {
        {"a new file", nothing, run_new, check_new, false, true},
        {"a new file where there is one", prepare_old, run_new, check_replacement, true, true},
        {"a replacement", prepare_old, run_replacement, check_replacement, false, true},
        {"lines appended", prepare_old, run_append, check_append, false, true},
        {"a file cut short", prepare_old, run_truncate, check_truncate, false, true},
        {"a lock", nothing, run_lock, anything, false, true},
        {"a private file read", prepare_old, run_read, check_read, false, true},
        {"a file's digests", prepare_old, run_digest, check_digest, false, true},
        {"a file as base64 in another", prepare_old, run_embed, check_embed, false, true},
        {"a file renamed", prepare_old, run_rename, check_rename, false, true},
        {"a file renamed to a name that is taken", prepare_both, run_rename, check_taken, true,
         true},
        {"a folder that appears whole", nothing, run_folder, check_folder, false, true},
        {"a batch brought to the disk", prepare_old, run_flush, anything, false, false},
        {"a file's digests made beside", prepare_old, run_digest_beside, check_digest, false,
         false},
    };

    return fail_all(scenarios, sizeof scenarios / sizeof *scenarios);
}
