#include "damage.h"

#include <stdint.h>
#include <string.h>

enum { SPARE_TEXT = 64 * 1024 };

bool fq_damage_is(enum fq_status status)
{
    return status == FQ_BASE64_FOREIGN || status == FQ_BASE64_CUT || status == FQ_MEDIA_TOO_LARGE ||
           status == FQ_DUPLICATE_MEDIA;
}

void fq_damage_begin(struct fq_damage *damage, const struct fq_error *failure, size_t limit)
{
    damage->status = failure->status;
    damage->offset = failure->offset;
    damage->is_exact = true;
    damage->text.limit = limit < (SIZE_MAX - SPARE_TEXT) / 2 ? 2 * limit + SPARE_TEXT : SIZE_MAX;
}

enum fq_status fq_damage_add(struct fq_damage *damage, const char *text, size_t size,
                             struct fq_error *error)
{
    return fq_buffer_add(&damage->text, text, size, FQ_MEDIA_TOO_LARGE, error);
}

enum fq_status fq_damage_skip(struct fq_damage *damage, size_t size, struct fq_error *error)
{
    if (size > damage->text.limit - damage->skipped)
        return fq_fail(error, FQ_MEDIA_TOO_LARGE, 0);
    damage->skipped += size;
    return FQ_OK;
}

/* The blank that JSON text begins with, as it is or escaped: its length; 0: none. */
static size_t blank_length(const char *text, size_t size)
{
    static const char *const blanks[] = {
        " ",       "\t",      "\r",      "\n",      "\\t",     "\\r",     "\\n",
        "\\u0020", "\\u0009", "\\u000a", "\\u000A", "\\u000d", "\\u000D",
    };

    for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++) {
        size_t length = strlen(blanks[i]);
        if (length <= size && memcmp(text, blanks[i], length) == 0)
            return length;
    }
    return 0;
}

bool fq_damage_is_blank(const struct fq_damage *damage)
{
    const struct fq_buffer *text = &damage->text;
    size_t at = 0, length = 1;

    while (at < text->size && length > 0) {
        length = blank_length(text->data + at, text->size - at);
        at += length;
    }
    return damage->status == FQ_BASE64_FOREIGN && text->size > 0 && at == text->size;
}

enum fq_status fq_damage_result(const struct fq_damage *damage, unsigned which,
                                struct fq_damage_result *result, struct fq_error *error)
{
    struct fq_digests digests;
    enum fq_status status;

    *result = (struct fq_damage_result){.status = damage->status, .offset = damage->offset};
    if (damage->text.size == 0)
        return FQ_OK;
    result->text = damage->text.data;
    result->size = damage->text.size;
    result->is_exact = damage->is_exact;
    status = fq_digests_open(&digests, which, error);
    if (status == FQ_OK)
        status = fq_digests_update(&digests, result->text, result->size, error);
    if (status == FQ_OK)
        status = fq_digests_finish(&digests, result->digests, error);
    fq_digests_close(&digests);
    return status;
}

void fq_damage_clear(struct fq_damage *damage)
{
    fq_buffer_free(&damage->text);
    *damage = (struct fq_damage){.status = FQ_OK};
}
