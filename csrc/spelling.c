#include "spelling.h"

#include <string.h>

void fq_spelling_break(struct fq_spelling *spelling, size_t characters, char c, bool is_escaped)
{
    size_t length = characters - spelling->at, taken;

    if (length > 0) {
        if (spelling->lines == 1)
            memcpy(spelling->ending, spelling->last, sizeof spelling->ending);
        if (spelling->was_short ||
            (spelling->lines > 0 &&
             (length > spelling->line || strcmp(spelling->ending, spelling->last) != 0)))
            spelling->irregular = true;
        if (spelling->lines == 0)
            spelling->line = length;
        spelling->was_short = length < spelling->line;
        spelling->lines++;
        spelling->at = characters;
        spelling->last[0] = '\0';
    } else if (spelling->lines == 0) {
        spelling->irregular = true;
    }
    taken = strlen(spelling->last);
    if (taken == FQ_LONGEST_ENDING) {
        spelling->irregular = true;
        return;
    }
    spelling->last[taken] = c;
    if (is_escaped)
        spelling->last[taken] = c == '\r' ? 'r' : 'n';
    spelling->last[taken + 1] = '\0';
}

static enum fq_status put(struct fq_speller *speller, const char *text, size_t size,
                          struct fq_error *error)
{
    return fq_buffer_add(speller->text, text, size, FQ_MEDIA_TOO_LARGE, error);
}

static enum fq_status end_line(struct fq_speller *speller, struct fq_error *error)
{
    const struct fq_spelling *spelling = speller->spelling;
    const char *c = spelling->lines == 1 ? spelling->last : spelling->ending;
    enum fq_status status = FQ_OK;

    speller->lines++;
    for (; *c != '\0' && status == FQ_OK; c++) {
        if (*c == 'r' || *c == 'n')
            status = put(speller, "\\", 1, error);
        if (status == FQ_OK)
            status = put(speller, c, 1, error);
    }
    return status;
}

/* Text without line breaks: its slashes are all escaped, or none is. */
static enum fq_status put_line(struct fq_speller *speller, const char *text, size_t size,
                               struct fq_error *error)
{
    enum fq_status status = FQ_OK;

    while (size > 0 && status == FQ_OK) {
        const char *slash = memchr(text, '/', size);
        size_t plain = slash != NULL ? (size_t)(slash - text) : size;

        if (speller->spelling->slashes == 0)
            return put(speller, text, size, error);
        status = put(speller, text, plain, error);
        if (status == FQ_OK && slash != NULL) {
            speller->slashes++;
            status = put(speller, "\\/", 2, error);
            plain++;
        }
        text += plain;
        size -= plain;
    }
    return status;
}

enum fq_status fq_speller_add(struct fq_speller *speller, const char *text, size_t size,
                              bool is_base64, struct fq_error *error)
{
    const struct fq_spelling *spelling = speller->spelling;
    enum fq_status status = FQ_OK;

    if (!is_base64)
        return put_line(speller, text, size, error);
    while (size > 0 && status == FQ_OK) {
        size_t left = size;

        /* A line is ended only before the next character: the last one need not have a break behind
         * it. */
        if (speller->lines < spelling->lines) {
            left = spelling->line - (speller->characters - speller->lines * spelling->line);
            if (left == 0) {
                status = end_line(speller, error);
                continue;
            }
        }
        left = left < size ? left : size;
        status = put_line(speller, text, left, error);
        speller->characters += left;
        text += left;
        size -= left;
    }
    return status;
}

enum fq_status fq_speller_end(struct fq_speller *speller, bool *is_exact, struct fq_error *error)
{
    const struct fq_spelling *spelling = speller->spelling;
    enum fq_status status = FQ_OK;

    if (speller->lines < spelling->lines)
        status = end_line(speller, error);
    *is_exact = !spelling->irregular && speller->lines == spelling->lines &&
                speller->slashes == spelling->slashes &&
                !(spelling->was_short && speller->characters > spelling->at) &&
                (spelling->lines < 2 || strcmp(spelling->ending, spelling->last) == 0);
    return status;
}
