#include "medium.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base64/base64.h"
#include "base64/values.h"
#include "data_url.h"

enum {
    /* "data:image/jpeg;charset=…;base64," and then some. */
    LONGEST_PREFIX = 128,
    GROUP = 4,
    GROUP_BYTES = 3,
    /* Line breaks that may come beyond one for each byte of the limit. */
    SPARE_BREAKS = 64 * 1024,
    /* Bytes that are encoded again at a time; of whole groups. */
    SPELLED = 3 * 1024,
};

enum phase { START, PREFIX, TEXT, PADDING };

/* How the character that is written came. */
enum escape { PLAIN, SHORT_ESCAPE, LONG_ESCAPE };

struct fq_medium {
    size_t offset; /* characters taken of the value */
    size_t breaks; /* CR and LF taken, of all values */

    enum phase phase;
    char prefix[LONGEST_PREFIX];
    size_t prefix_length;
    bool has_prefix; /* a data URL's, whole */
    size_t replayed; /* of a prefix that was none: characters taken as text */
    enum escape escape;
    struct fq_spelling_watch watch;
    struct fq_spelling spelling; /* of a text that has ended well, */
    bool is_regular;             /* and whether it tells all of it */
    uint32_t group;              /* the bits of the characters of an unfinished group, */
    unsigned held;               /* and their number */
    unsigned padded;

    struct fq_content content; /* the bytes */
};

enum fq_status fq_medium_new(const struct fq_content_options *options, struct fq_medium **out,
                             struct fq_error *error)
{
    struct fq_medium *medium = calloc(1, sizeof *medium);
    enum fq_status status;

    *out = NULL;
    if (medium == NULL)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    status = fq_content_open(&medium->content, options, error);
    if (status != FQ_OK) {
        fq_medium_free(medium);
        return status;
    }
    *out = medium;
    return FQ_OK;
}

void fq_medium_free(struct fq_medium *medium)
{
    if (medium == NULL)
        return;
    fq_content_close(&medium->content);
    free(medium);
}

/* Appends the bytes of an unfinished group, as many whole ones as its characters' bits make. */
static enum fq_status add_group(struct fq_medium *medium, struct fq_error *error)
{
    enum fq_status status = fq_content_make_room(&medium->content, error);
    unsigned bytes = medium->held * 6 / 8;
    uint32_t bits = medium->group << (GROUP - medium->held) * 6;

    if (status != FQ_OK)
        return status;
    for (unsigned i = 0; i < bytes; i++)
        medium->content.buffer[medium->content.size + i] = (unsigned char)(bits >> (16 - 8 * i));
    medium->group = 0;
    medium->held = 0;
    return fq_content_add(&medium->content, bytes, error);
}

/* Text of base64 came as it is.  Where a '/' of many has shown, no other is looked for. */
static void see_slashes(struct fq_medium *medium, const char *text, size_t size)
{
    if (!medium->watch.has_plain)
        medium->watch.has_plain = memchr(text, '/', size) != NULL;
}

/* Whole groups, as fast as they can be decoded; returns what it consumed in *consumed. */
static enum fq_status decode_groups(struct fq_medium *medium, const char *text, size_t size,
                                    size_t *consumed, struct fq_error *error)
{
    *consumed = 0;
    while (size - *consumed >= GROUP) {
        size_t taken;
        enum fq_status status = fq_content_make_room(&medium->content, error);
        if (status != FQ_OK)
            return status;
        taken = fq_base64_decode(text + *consumed, size - *consumed,
                                 medium->content.buffer + medium->content.size,
                                 medium->content.capacity - medium->content.size);
        if (taken == 0)
            break;
        see_slashes(medium, text + *consumed, taken);
        *consumed += taken;
        medium->offset += taken;
        status = fq_content_add(&medium->content, taken / GROUP * GROUP_BYTES, error);
        if (status != FQ_OK)
            return status;
    }
    return FQ_OK;
}

/* How many characters of base64 have come so far, padding included. */
static size_t characters_of(const struct fq_medium *medium)
{
    return medium->content.total / GROUP_BYTES * GROUP + medium->held + medium->padded;
}

/* Text and padding; stops before a character that it does not know. */
static enum fq_status write_text(struct fq_medium *medium, const char *text, size_t size,
                                 size_t *consumed, struct fq_error *error)
{
    size_t at = 0;

    while (at < size) {
        char c = text[at];
        int value = fq_base64_values[(unsigned char)c];
        enum fq_status status = FQ_OK;

        if (value >= 0 && medium->phase == TEXT) {
            size_t taken = 0;
            if (medium->held == 0) {
                status = decode_groups(medium, text + at, size - at, &taken, error);
                if (status != FQ_OK)
                    return status;
                at += taken;
            }
            if (taken > 0)
                continue;
            if (medium->escape == PLAIN)
                see_slashes(medium, &c, 1);
            medium->group = medium->group << 6 | (uint32_t)value;
            medium->held++;
            if (medium->held == GROUP)
                status = add_group(medium, error);
        } else if (c == '=' && medium->held >= 2 && medium->held + medium->padded < GROUP) {
            medium->phase = PADDING;
            medium->padded++;
        } else if (c == '\r' || c == '\n') {
            /* Line breaks decode to no bytes, so the limit on bytes would never stop them. */
            if (++medium->breaks > SPARE_BREAKS &&
                medium->breaks - SPARE_BREAKS > medium->content.limit)
                return fq_fail(error, FQ_MEDIA_TOO_LARGE, 0);
            fq_spelling_break(&medium->watch, characters_of(medium), c, medium->escape != PLAIN);
        } else {
            break;
        }
        if (status != FQ_OK)
            return status;
        at++;
        medium->offset++;
    }
    *consumed = at;
    return FQ_OK;
}

/* The prefix was none after all: its characters are text like any other. */
static enum fq_status replay_prefix(struct fq_medium *medium, struct fq_error *error)
{
    size_t consumed;
    enum fq_status status;

    medium->phase = TEXT;
    medium->offset -= medium->prefix_length;
    status = write_text(medium, medium->prefix, medium->prefix_length, &consumed, error);
    if (status != FQ_OK)
        return status;
    medium->replayed = consumed;
    return consumed < medium->prefix_length ? fq_medium_foreign(medium, error) : FQ_OK;
}

/* START and PREFIX: holds characters back until it is clear whether they are a data URL's. */
static enum fq_status write_prefix(struct fq_medium *medium, char c, bool *taken,
                                   struct fq_error *error)
{
    *taken = false;
    if (medium->phase == START && !fq_data_url_begins(c, medium->prefix_length))
        return replay_prefix(medium, error);
    if (medium->phase == PREFIX && medium->prefix_length == LONGEST_PREFIX)
        return replay_prefix(medium, error);
    *taken = true;
    if (medium->escape == PLAIN)
        medium->watch.has_plain = medium->watch.has_plain || c == '/';
    else if (c != '/')
        medium->watch.irregular = true;
    medium->prefix[medium->prefix_length++] = c;
    medium->offset++;
    if (medium->prefix_length == FQ_DATA_URL_START)
        medium->phase = PREFIX;
    if (medium->phase == PREFIX && c == ',') {
        if (!fq_data_url_is_prefix(medium->prefix, medium->prefix_length))
            return replay_prefix(medium, error);
        medium->phase = TEXT;
        medium->has_prefix = true;
    }
    return FQ_OK;
}

enum fq_status fq_medium_write(struct fq_medium *medium, const char *text, size_t size,
                               size_t *consumed, struct fq_error *error)
{
    size_t at = 0, more = 0;
    enum fq_status status;

    *consumed = 0;
    while (at < size && (medium->phase == START || medium->phase == PREFIX)) {
        bool taken, is_full = medium->prefix_length == LONGEST_PREFIX;
        if (!is_full && (text[at] == '"' || text[at] == '\\')) {
            /* No data URL has a quote or a backslash in it: the JSON string ends here, or an escape
             * begins, which is the caller's. */
            *consumed = at;
            return FQ_OK;
        }
        status = write_prefix(medium, text[at], &taken, error);
        at += taken;
        *consumed = at;
        if (status != FQ_OK)
            return status;
    }
    status = write_text(medium, text + at, size - at, &more, error);
    *consumed = at + more;
    return status;
}

enum fq_status fq_medium_write_escaped(struct fq_medium *medium, char c, bool is_short,
                                       size_t *consumed, struct fq_error *error)
{
    enum fq_status status;

    medium->escape = is_short ? SHORT_ESCAPE : LONG_ESCAPE;
    status = fq_medium_write(medium, &c, 1, consumed, error);
    medium->escape = PLAIN;
    if (status != FQ_OK || *consumed == 0)
        return status;
    if (is_short && c == '/')
        medium->watch.has_escaped = true;
    else if (!is_short || (c != '\r' && c != '\n'))
        medium->watch.irregular = true;
    return FQ_OK;
}

enum fq_status fq_medium_foreign(const struct fq_medium *medium, struct fq_error *error)
{
    fq_fail(error, FQ_BASE64_FOREIGN, 0);
    if (error != NULL)
        error->offset = medium->offset;
    return FQ_BASE64_FOREIGN;
}

/* Of the last character: those that belong to no whole byte. */
static uint32_t spare_bits(const struct fq_medium *medium)
{
    return medium->held == 0 ? 0 : medium->group & (medium->held == 2 ? 0xF : 0x3);
}

/* The rules that the text came by.  Its end has come, its last group is still held. */
static void set_spelling(struct fq_medium *medium)
{
    struct fq_spelling *spelling = &medium->spelling;

    medium->is_regular =
        fq_spelling_of(&medium->watch, characters_of(medium), spelling) && spare_bits(medium) == 0;
    spelling->prefix = medium->prefix;
    spelling->prefix_length = medium->has_prefix ? medium->prefix_length : 0;
    spelling->is_unpadded = medium->held > 0 && medium->padded == 0;
}

enum fq_status fq_medium_end(struct fq_medium *medium, struct fq_error *error)
{
    enum fq_status status = FQ_OK;

    if (medium->phase == START || medium->phase == PREFIX)
        status = replay_prefix(medium, error);
    if (status != FQ_OK)
        return status;
    set_spelling(medium);
    if (medium->held > 0) {
        /* Without padding the bits left over must be zero, or something is missing. */
        uint32_t spare = spare_bits(medium);
        bool complete = medium->padded > 0 ? medium->held + medium->padded == GROUP
                                           : medium->held > 1 && spare == 0;
        if (!complete)
            return fq_fail(error, FQ_BASE64_CUT, 0);
        status = add_group(medium, error);
        if (status != FQ_OK)
            return status;
    }
    if (medium->content.total == 0) {
        medium->phase = START;
        medium->prefix_length = medium->offset = medium->replayed = 0;
        medium->has_prefix = false;
        medium->watch = (struct fq_spelling_watch){0};
        return FQ_OK;
    }
    return fq_content_end(&medium->content, error);
}

bool fq_medium_spelling(const struct fq_medium *medium, struct fq_spelling *spelling)
{
    *spelling = medium->spelling;
    return medium->is_regular;
}

static enum fq_status put_text(void *text, const void *data, size_t size, struct fq_error *error)
{
    return fq_buffer_add(text, data, size, FQ_MEDIA_TOO_LARGE, error);
}

/* The characters that were decoded, the last group's still held included. */
static enum fq_status spell_base64(struct fq_medium *medium, struct fq_speller *speller,
                                   struct fq_error *error)
{
    unsigned char bytes[SPELLED];
    char text[GROUP + 1];
    enum fq_status status = FQ_OK;
    uint32_t bits;

    for (size_t at = 0; at < medium->content.total && status == FQ_OK; at += SPELLED) {
        size_t size = medium->content.total - at < SPELLED ? medium->content.total - at : SPELLED;
        status = fq_content_read(&medium->content, at, size, bytes, error);
        if (status == FQ_OK)
            status = fq_speller_encode(speller, bytes, size, error);
    }
    bits = medium->group << (GROUP - medium->held) * 6;
    for (unsigned i = 0; i < GROUP_BYTES; i++)
        bytes[i] = (unsigned char)(bits >> (16 - 8 * i));
    EVP_EncodeBlock((unsigned char *)text, bytes, GROUP_BYTES);
    memset(text + medium->held, '=', medium->padded);
    return status == FQ_OK
               ? fq_speller_add(speller, text, medium->held + medium->padded, true, error)
               : status;
}

enum fq_status fq_medium_spell(struct fq_medium *medium, struct fq_buffer *text, bool *is_exact,
                               struct fq_error *error)
{
    struct fq_spelling spelling = {0};
    struct fq_speller speller = {.spelling = &spelling, .put = put_text, .out = text};
    size_t prefix = medium->has_prefix ? medium->prefix_length : 0;
    enum fq_status status;

    *is_exact = fq_spelling_of(&medium->watch, characters_of(medium), &spelling);
    status = fq_speller_add(&speller, medium->prefix, prefix, false, error);
    if (status == FQ_OK)
        status = spell_base64(medium, &speller, error);
    /* What looked like the beginning of a data URL, and was held back. */
    if (status == FQ_OK && !medium->has_prefix)
        status = fq_speller_add(&speller, medium->prefix + medium->replayed,
                                medium->prefix_length - medium->replayed, false, error);
    return status == FQ_OK ? fq_speller_end(&speller, error) : status;
}

enum fq_status fq_medium_result(struct fq_medium *medium, struct fq_medium_result *result,
                                struct fq_error *error)
{
    memset(result, 0, sizeof *result);
    if (medium->content.file != NULL)
        result->path = fq_file_path(medium->content.file);
    else
        result->data = medium->content.buffer;
    result->size = medium->content.total;
    result->format = medium->content.format;
    result->mime = medium->content.mime;
    result->stored_size = medium->content.stored;
    return fq_content_finish(&medium->content, result->digests, result->stored_digests, error);
}

bool fq_medium_is_empty(const struct fq_medium *medium)
{
    return medium->content.total == 0;
}

enum fq_status fq_medium_keep(struct fq_medium *medium, struct fq_error *error)
{
    return fq_content_keep(&medium->content, error);
}

void fq_medium_unkeep(struct fq_medium *medium)
{
    fq_content_unkeep(&medium->content);
}
