#include "spelling.h"

#include <openssl/evp.h>
#include <string.h>

enum {
    GROUP = 4,
    GROUP_BYTES = 3,
    /* Bytes that are encoded at a time; of whole groups. */
    PIECE = 3 * 1024,
};

void fq_spelling_break(struct fq_spelling_watch *watch, size_t characters, char c, bool is_escaped)
{
    size_t length = characters - watch->at, taken;

    if (length > 0) {
        if (watch->lines == 1)
            memcpy(watch->ending, watch->last, sizeof watch->ending);
        if (watch->was_short ||
            (watch->lines > 0 && (length > watch->line || strcmp(watch->ending, watch->last) != 0)))
            watch->irregular = true;
        if (watch->lines == 0)
            watch->line = length;
        watch->was_short = length < watch->line;
        watch->lines++;
        watch->at = characters;
        watch->last[0] = '\0';
    } else if (watch->lines == 0) {
        watch->irregular = true;
    }
    taken = strlen(watch->last);
    if (taken == FQ_LONGEST_BREAK) {
        watch->irregular = true;
        return;
    }
    watch->last[taken] = c;
    if (is_escaped)
        watch->last[taken] = c == '\r' ? 'r' : 'n';
    watch->last[taken + 1] = '\0';
}

bool fq_spelling_of(const struct fq_spelling_watch *watch, size_t characters,
                    struct fq_spelling *spelling)
{
    const char *c = watch->lines == 1 ? watch->last : watch->ending;
    char *ending = spelling->ending;

    spelling->slashes = watch->has_escaped;
    spelling->line = watch->line;
    spelling->lines = watch->lines;
    for (; *c != '\0'; c++) {
        if (*c == 'r' || *c == 'n')
            *ending++ = '\\';
        *ending++ = *c;
    }
    *ending = '\0';
    return !watch->irregular && !(watch->has_plain && watch->has_escaped) &&
           !(watch->was_short && characters > watch->at) &&
           (watch->lines < 2 || strcmp(watch->ending, watch->last) == 0);
}

static enum fq_status put(struct fq_speller *speller, const char *text, size_t size,
                          struct fq_error *error)
{
    return speller->put(speller->out, text, size, error);
}

static enum fq_status end_line(struct fq_speller *speller, struct fq_error *error)
{
    const char *ending = speller->spelling->ending;

    speller->lines++;
    return put(speller, ending, strlen(ending), error);
}

/* Text without line breaks: its slashes are all escaped, or none is. */
static enum fq_status put_line(struct fq_speller *speller, const char *text, size_t size,
                               struct fq_error *error)
{
    enum fq_status status = FQ_OK;

    while (size > 0 && status == FQ_OK) {
        const char *slash = speller->spelling->slashes ? memchr(text, '/', size) : NULL;
        size_t plain = slash != NULL ? (size_t)(slash - text) : size;

        status = put(speller, text, plain, error);
        if (status == FQ_OK && slash != NULL) {
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

enum fq_status fq_speller_encode(struct fq_speller *speller, const unsigned char *bytes,
                                 size_t size, struct fq_error *error)
{
    char text[PIECE / GROUP_BYTES * GROUP + 1];
    enum fq_status status = FQ_OK;

    while (size > 0 && status == FQ_OK) {
        size_t piece = size < PIECE ? size : PIECE, padding = (PIECE - piece) % GROUP_BYTES;
        size_t length = (size_t)EVP_EncodeBlock((unsigned char *)text, bytes, (int)piece);

        if (speller->spelling->is_unpadded)
            length -= padding;
        status = fq_speller_add(speller, text, length, true, error);
        bytes += piece;
        size -= piece;
    }
    return status;
}

enum fq_status fq_speller_end(struct fq_speller *speller, struct fq_error *error)
{
    return speller->lines < speller->spelling->lines ? end_line(speller, error) : FQ_OK;
}
