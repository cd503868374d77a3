#include "embedded.h"

enum fq_status fq_embedded_open(struct fq_embedded *embedded,
                                const struct fq_content_options *options, struct fq_error *error)
{
    embedded->limit = options->limit;
    return fq_medium_new(options, &embedded->medium, error);
}

void fq_embedded_close(struct fq_embedded *embedded)
{
    fq_medium_free(embedded->medium);
    fq_damage_clear(&embedded->damage);
}

/* Keeps or skips more of a damaged value's text, as it stands in the JSON. */
static enum fq_status take_damaged(struct fq_embedded *embedded, const char *text, size_t size,
                                   struct fq_error *error)
{
    return embedded->way == FQ_EMBEDDED_KEPT ? fq_damage_add(&embedded->damage, text, size, error)
                                             : fq_damage_skip(&embedded->damage, size, error);
}

/* After a failure of the value under way: where it is damaged, what came of it so far goes into its
 * text, and all else goes on.  Else the failure is the caller's. */
static enum fq_status survive(struct fq_embedded *embedded, const struct fq_error *failure,
                              struct fq_error *error)
{
    struct fq_damage *damage = &embedded->damage;

    if (!fq_damage_is(failure->status)) {
        if (error != NULL)
            *error = *failure;
        return failure->status;
    }
    embedded->way = FQ_EMBEDDED_SKIPPED;
    embedded->is_lost = embedded->is_lost || damage->status != FQ_OK;
    if (damage->status != FQ_OK)
        return FQ_OK;
    fq_damage_begin(damage, failure, embedded->limit);
    embedded->is_lost = embedded->is_lost || failure->status == FQ_MEDIA_TOO_LARGE;
    if (failure->status == FQ_MEDIA_TOO_LARGE)
        return FQ_OK;
    embedded->way = FQ_EMBEDDED_KEPT;
    if (failure->status == FQ_DUPLICATE_MEDIA)
        return FQ_OK;
    return fq_medium_spell(embedded->medium, &damage->text, &damage->is_exact, error);
}

/* Decodes base64 text up to the next quote or backslash; or the one character that an escape stands
 * for, when `escape_length`, the characters of the escape, is not 0. */
static enum fq_status decode(struct fq_embedded *embedded, const char *data, size_t size,
                             size_t escape_length, size_t *consumed, struct fq_error *error)
{
    struct fq_medium *medium = embedded->medium;
    bool is_escaped = escape_length > 0;
    enum fq_status status;

    *consumed = 0;
    if (embedded->has_value)
        return fq_fail(error, FQ_DUPLICATE_MEDIA, 0);
    status = is_escaped ? fq_medium_write_escaped(medium, *data, escape_length == FQ_SHORT_ESCAPE,
                                                  consumed, error)
                        : fq_medium_write(medium, data, size, consumed, error);
    if (status == FQ_OK && *consumed < size && data[*consumed] != '"' && data[*consumed] != '\\')
        return fq_medium_foreign(medium, error);
    return status == FQ_OK && is_escaped && *consumed == 0 ? fq_medium_foreign(medium, error)
                                                           : status;
}

/* The part of a damaged value before its next quote or backslash. */
static size_t plain_length(const char *data, size_t size)
{
    size_t at = 0;

    while (at < size && data[at] != '"' && data[at] != '\\')
        at++;
    return at;
}

static enum fq_status take_plain(struct fq_embedded *embedded, const char *data, size_t size,
                                 size_t *consumed, struct fq_error *error)
{
    struct fq_error failure;

    if (embedded->way != FQ_EMBEDDED_DECODED) {
        *consumed = plain_length(data, size);
        return take_damaged(embedded, data, *consumed, error);
    }
    return decode(embedded, data, size, 0, consumed, &failure) == FQ_OK
               ? FQ_OK
               : survive(embedded, &failure, error);
}

static enum fq_status take_escape(struct fq_embedded *embedded, char c, struct fq_error *error)
{
    struct fq_escape *escape = &embedded->escape;
    bool is_complete;
    size_t length, consumed;
    char character;
    struct fq_error failure;
    enum fq_status status = fq_escape_take(escape, c, &is_complete, &character, error);

    if (status != FQ_OK || !is_complete)
        return status;
    length = escape->length;
    escape->length = 0;
    if (embedded->way == FQ_EMBEDDED_DECODED &&
        decode(embedded, &character, 1, length, &consumed, &failure) != FQ_OK)
        status = survive(embedded, &failure, error);
    return status == FQ_OK && embedded->way == FQ_EMBEDDED_KEPT
               ? fq_damage_add(&embedded->damage, escape->source, length, error)
               : status;
}

enum fq_status fq_embedded_take(struct fq_embedded *embedded, const char *data, size_t size,
                                size_t *consumed, struct fq_error *error)
{
    enum fq_status status = FQ_OK;
    size_t at = 0;

    while (at < size && status == FQ_OK) {
        size_t taken = 1;

        if (embedded->escape.length > 0)
            status = take_escape(embedded, data[at], error);
        else if (data[at] == '"')
            break;
        else if (data[at] == '\\')
            fq_escape_begin(&embedded->escape);
        else
            status = take_plain(embedded, data + at, size - at, &taken, error);
        at += taken;
    }
    embedded->has_text = embedded->has_text || at > 0;
    *consumed = at;
    return status;
}

static enum fq_status end_blank(struct fq_embedded *embedded, struct fq_buffer *rest,
                                struct fq_error *error)
{
    const struct fq_buffer *text = &embedded->damage.text;
    enum fq_status status =
        fq_buffer_add(rest, text->data, text->size, FQ_ENVELOPE_TOO_LARGE, error);

    embedded->is_lost = embedded->is_lost || !embedded->damage.is_exact;
    fq_damage_clear(&embedded->damage);
    return status == FQ_OK ? fq_medium_end(embedded->medium, error) : status;
}

/* The value was decoded to its end; one without bytes is gone from the text. */
static void end_decoded(struct fq_embedded *embedded, size_t at)
{
    embedded->has_value = !fq_medium_is_empty(embedded->medium);
    if (embedded->has_value)
        embedded->at = at;
    else
        embedded->is_lost = embedded->is_lost || embedded->has_text;
}

enum fq_status fq_embedded_end(struct fq_embedded *embedded, struct fq_buffer *rest,
                               struct fq_error *error)
{
    struct fq_error failure;
    enum fq_status status = FQ_OK;
    bool is_kept, is_decoded;

    if (embedded->way == FQ_EMBEDDED_DECODED && !embedded->has_value) {
        if (fq_medium_end(embedded->medium, &failure) != FQ_OK)
            status = survive(embedded, &failure, error);
        else
            end_decoded(embedded, rest->size);
    }
    embedded->has_text = false;
    is_kept = embedded->way == FQ_EMBEDDED_KEPT;
    is_decoded = embedded->way == FQ_EMBEDDED_DECODED;
    embedded->way = FQ_EMBEDDED_DECODED;
    if (status != FQ_OK || is_decoded)
        return status;
    if (is_kept && fq_damage_is_blank(&embedded->damage))
        return end_blank(embedded, rest, error);
    if (is_kept)
        embedded->damaged_at = rest->size;
    embedded->has_value = true;
    return FQ_OK;
}

bool fq_embedded_is_regular(const struct fq_embedded *embedded, struct fq_spelling *spelling)
{
    const struct fq_damage *damage = &embedded->damage;

    *spelling = (struct fq_spelling){0};
    if (embedded->is_lost || (damage->status != FQ_OK && !damage->is_exact))
        return false;
    return !fq_embedded_is_good(embedded) || fq_medium_is_empty(embedded->medium) ||
           fq_medium_spelling(embedded->medium, spelling);
}

bool fq_embedded_is_good(const struct fq_embedded *embedded)
{
    enum fq_status status = embedded->damage.status;

    return status == FQ_OK || status == FQ_DUPLICATE_MEDIA;
}
