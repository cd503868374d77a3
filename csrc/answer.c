#include "answer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_DEPTH = 128,
    /* Longer than any key that matters. */
    KEY_CAPACITY = 16,
    LONGEST_ESCAPE = 6, /* \uXXXX */
    /* A damaged text may be so much longer than twice the bytes that a good one may hold. */
    SPARE_TEXT = 64 * 1024,
};

/* Where the next byte belongs. */
enum state {
    START,         /* a byte order mark may come */
    BEFORE,        /* the object */
    BETWEEN,       /* tokens: punctuation, numbers, literals */
    STRING,        /* of the envelope */
    STRING_ESCAPE, /* after its backslash */
    STRING_HEX,    /* in its \uXXXX */
    MEDIA,         /* the same, in a photo's or a video's value */
    MEDIA_ESCAPE,
    MEDIA_HEX,
    AFTER, /* the object */
};

/* A medium that is damaged, as far as it is kept. */
struct damaged {
    enum fq_status status; /* FQ_OK: it is not */
    size_t offset;
    struct fq_buffer text;
    size_t skipped; /* bytes that were not kept */
    bool is_exact;
};

/* What is done with the value of a medium. */
enum value {
    DECODED,
    KEPT,    /* as text: it is damaged */
    SKIPPED, /* damaged, and not even kept: too large, or one more of them */
};

/* The record's fields that matter here: the media; and those that say what the answer means, of
 * which parsers differ in which of two they take. */
#define FIELD_LIST(X)                                                                              \
    FQ_ANSWER_MEDIA_LIST(X)                                                                        \
    X(code)                                                                                        \
    X(orderNo)                                                                                     \
    X(result)

/* clang-format off */
enum field {
#define X(name) FIELD_##name,
    FIELD_LIST(X)
#undef X
    NO_FIELD
};
/* clang-format on */

struct fq_answer {
    struct fq_answer_options options;
    struct fq_medium *media[FQ_ANSWER_MEDIA];
    bool received[FQ_ANSWER_MEDIA]; /* a value with bytes in it has ended */
    struct damaged damaged[FQ_ANSWER_MEDIA];
    struct fq_digests body; /* where digest_body was asked for */
    struct fq_error failure;

    struct fq_buffer envelope;

    enum state state;
    unsigned depth;              /* containers open */
    bool is_array[MAX_DEPTH];    /* by depth - 1 */
    bool key_next;               /* a string here would be a key of the innermost object */
    bool in_result;              /* depth 2 is the root's "result" object */
    bool in_key;                 /* the string is a key */
    char key[KEY_CAPACITY];      /* under way */
    size_t key_length;           /* KEY_CAPACITY: too long to matter */
    enum field field;            /* whose value comes next, or is under way */
    unsigned seen;               /* a bit for each field at depth 1, then at depth 2 */
    unsigned mark;               /* bytes of a byte order mark that came */
    enum value value;            /* of the medium under way */
    char source[LONGEST_ESCAPE]; /* of the escape under way, its backslash first */
    size_t source_length;
    unsigned hex; /* of …HEX */
};

const char *fq_answer_medium_name(enum fq_answer_medium medium)
{
    static const char *const names[] = {
#define X(name) #name,
        FQ_ANSWER_MEDIA_LIST(X)
#undef X
    };
    return medium < FQ_ANSWER_MEDIA ? names[medium] : "";
}

static enum fq_status named(enum fq_status status, enum fq_answer_medium medium,
                            struct fq_error *error)
{
    if (status != FQ_OK && error != NULL)
        error->field = fq_answer_medium_name(medium);
    return status;
}

enum fq_status fq_answer_new(const struct fq_answer_options *options, struct fq_answer **out,
                             struct fq_error *error)
{
    struct fq_answer *answer = calloc(1, sizeof *answer);
    enum fq_status status = FQ_OK;

    *out = NULL;
    if (answer == NULL)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    answer->options = *options;
    answer->envelope.limit = options->max_envelope;
    if (options->digest_body)
        status = fq_digests_open(&answer->body, 1u << FQ_DIGEST_sha256, error);
    for (int i = 0; i < FQ_ANSWER_MEDIA && status == FQ_OK; i++) {
        struct fq_medium_options media = {
            .path = options->paths[i],
            .draft = options->draft,
            .limit = options->max_media,
            .digests = options->digests,
        };
        answer->options.paths[i] = NULL; /* the caller's: not kept */
        status = named(fq_medium_new(&media, &answer->media[i], error), i, error);
    }
    if (status != FQ_OK) {
        fq_answer_free(answer);
        return status;
    }
    *out = answer;
    return FQ_OK;
}

void fq_answer_free(struct fq_answer *answer)
{
    if (answer == NULL)
        return;
    for (int i = 0; i < FQ_ANSWER_MEDIA; i++) {
        fq_medium_free(answer->media[i]);
        fq_buffer_free(&answer->damaged[i].text);
    }
    fq_digests_close(&answer->body);
    fq_buffer_free(&answer->envelope);
    free(answer);
}

static enum fq_status put(struct fq_answer *answer, const char *text, size_t size,
                          struct fq_error *error)
{
    return fq_buffer_add(&answer->envelope, text, size, FQ_ENVELOPE_TOO_LARGE, error);
}

/* Is the innermost container one whose keys name the record's fields? */
static bool has_fields(const struct fq_answer *answer)
{
    return answer->depth == 1 || (answer->depth == 2 && answer->in_result);
}

/* A part of a key. */
static void add_to_key(struct fq_answer *answer, const char *text, size_t size)
{
    if (size < KEY_CAPACITY - answer->key_length) {
        memcpy(answer->key + answer->key_length, text, size);
        answer->key_length += size;
    } else {
        answer->key_length = KEY_CAPACITY;
    }
}

static unsigned unescaped(char c)
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return (unsigned char)c; /* '"', '\\', '/' stand for themselves */
    }
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_medium(enum field field)
{
    return (int)field < FQ_ANSWER_MEDIA;
}

static enum field field_of(const char *key, size_t length)
{
    static const struct {
        const char *name;
        size_t length;
    } fields[] = {
#define X(name) {#name, sizeof #name - 1},
        FIELD_LIST(X)
#undef X
    };
    int i = 0;

    while (i < NO_FIELD && (fields[i].length != length || memcmp(fields[i].name, key, length) != 0))
        i++;
    return i;
}

static enum fq_status end_key(struct fq_answer *answer, struct fq_error *error)
{
    unsigned bit;

    answer->field = has_fields(answer) ? field_of(answer->key, answer->key_length) : NO_FIELD;
    /* Of the media more than one may come, as long as only one has bytes. */
    if (is_medium(answer->field) || answer->field == NO_FIELD)
        return FQ_OK;
    bit = 1u << (answer->field + (answer->depth - 1) * NO_FIELD);
    if (answer->seen & bit)
        return fq_fail(error, FQ_DUPLICATE_FIELD, 0);
    answer->seen |= bit;
    return FQ_OK;
}

static enum fq_status open_container(struct fq_answer *answer, bool is_array,
                                     struct fq_error *error)
{
    if (answer->depth == MAX_DEPTH)
        return fq_fail(error, FQ_JSON_TOO_DEEP, 0);
    if (answer->depth == 1)
        answer->in_result = !is_array && answer->field == FIELD_result;
    answer->is_array[answer->depth++] = is_array;
    answer->key_next = !is_array;
    answer->field = NO_FIELD;
    return FQ_OK;
}

static void close_container(struct fq_answer *answer)
{
    answer->depth--;
    answer->key_next = false;
    if (answer->depth == 0)
        answer->state = AFTER;
}

/* At a quote between tokens: is it a key, a photo, a video, or any other string? */
static void open_string(struct fq_answer *answer)
{
    answer->in_key = answer->key_next;
    answer->state = STRING;
    if (answer->in_key) {
        answer->key_length = 0;
    } else if (is_medium(answer->field)) {
        answer->state = MEDIA;
    }
}

static enum fq_status punctuation(struct fq_answer *answer, char c, struct fq_error *error)
{
    switch (c) {
    case '"':
        open_string(answer);
        break;
    case ':':
        answer->key_next = false;
        break;
    case ',':
        answer->key_next = !answer->is_array[answer->depth - 1];
        break;
    case '{':
    case '[':
        return open_container(answer, c == '[', error);
    case '}':
    case ']':
        close_container(answer);
        break;
    }
    return FQ_OK;
}

/* All up to the next string, or to the object's end. */
static enum fq_status between(struct fq_answer *answer, const char *data, size_t size,
                              size_t *consumed, struct fq_error *error)
{
    enum fq_status status = FQ_OK;
    size_t at = 0;

    while (at < size && answer->state == BETWEEN && status == FQ_OK)
        status = punctuation(answer, data[at++], error);
    *consumed = at;
    return status;
}

/* After a backslash. */
static void begin_escape(struct fq_answer *answer)
{
    answer->source[0] = '\\';
    answer->source_length = 1;
}

/* The part of a string up to its next quote or backslash. */
static enum fq_status string(struct fq_answer *answer, const char *data, size_t size,
                             size_t *consumed, struct fq_error *error)
{
    size_t at = 0;

    while (at < size && data[at] != '"' && data[at] != '\\')
        at++;
    if (answer->in_key)
        add_to_key(answer, data, at);
    *consumed = at;
    if (at == size)
        return FQ_OK;
    ++*consumed;
    answer->state = data[at] == '"' ? BETWEEN : STRING_ESCAPE;
    begin_escape(answer);
    return answer->in_key && answer->state == BETWEEN ? end_key(answer, error) : FQ_OK;
}

/* One character of an escape, in a string or a medium; *character is set when it is complete, and
 * the state is that of the string again. */
static enum fq_status escape(struct fq_answer *answer, char c, enum state inside, enum state hex,
                             bool *complete, unsigned *character, struct fq_error *error)
{
    int value = hex_value(c);

    *complete = false;
    answer->source[answer->source_length++] = c;
    if (answer->state != hex && c == 'u') {
        answer->state = hex;
        answer->hex = 0;
        return FQ_OK;
    }
    if (answer->state != hex) {
        if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL)
            return fq_fail(error, FQ_NOT_JSON, 0);
        *character = unescaped(c);
    } else {
        if (value < 0)
            return fq_fail(error, FQ_NOT_JSON, 0);
        answer->hex = answer->hex << 4 | (unsigned)value;
        if (answer->source_length < LONGEST_ESCAPE)
            return FQ_OK;
        *character = answer->hex;
    }
    *complete = true;
    answer->state = inside;
    return FQ_OK;
}

/* An ASCII character as it is; any other as one that is neither in Base64 nor in a key that
 * matters. */
static char narrow(unsigned character)
{
    return character > 0x7F ? '\x7F' : (char)character;
}

static enum fq_status string_escape(struct fq_answer *answer, char c, struct fq_error *error)
{
    bool complete;
    unsigned character;
    enum fq_status status = escape(answer, c, STRING, STRING_HEX, &complete, &character, error);

    if (status == FQ_OK && complete && answer->in_key) {
        char text = narrow(character);
        add_to_key(answer, &text, 1);
    }
    return status;
}

static bool is_damage(enum fq_status status)
{
    return status == FQ_BASE64_FOREIGN || status == FQ_BASE64_CUT || status == FQ_MEDIA_TOO_LARGE ||
           status == FQ_DUPLICATE_MEDIA;
}

/* More of a damaged medium's text, as it stands in the answer.  One that does not end is no
 * answer's, whether it is kept or not. */
static enum fq_status damaged_text(struct fq_answer *answer, const char *text, size_t size,
                                   struct fq_error *error)
{
    struct damaged *damaged = &answer->damaged[answer->field];

    if (answer->value == KEPT)
        return fq_buffer_add(&damaged->text, text, size, FQ_MEDIA_TOO_LARGE, error);
    if (size > damaged->text.limit - damaged->skipped)
        return fq_fail(error, FQ_MEDIA_TOO_LARGE, 0);
    damaged->skipped += size;
    return FQ_OK;
}

/* Bytes that a damaged text may have. */
static size_t text_limit(size_t max_media)
{
    return max_media < (SIZE_MAX - SPARE_TEXT) / 2 ? 2 * max_media + SPARE_TEXT : SIZE_MAX;
}

/* After a failure of the medium under way: where it is damaged, what came of it so far goes into
 * its text, and the answer goes on.  Else the failure is the answer's. */
static enum fq_status survive(struct fq_answer *answer, const struct fq_error *failure,
                              struct fq_error *error)
{
    struct damaged *damaged = &answer->damaged[answer->field];

    if (!is_damage(failure->status)) {
        if (error != NULL)
            *error = *failure;
        return failure->status;
    }
    answer->value = SKIPPED;
    if (damaged->status != FQ_OK)
        return FQ_OK;
    damaged->status = failure->status;
    damaged->offset = failure->offset;
    damaged->text.limit = text_limit(answer->options.max_media);
    damaged->is_exact = true;
    if (failure->status == FQ_MEDIA_TOO_LARGE)
        return FQ_OK;
    answer->value = KEPT;
    if (failure->status == FQ_DUPLICATE_MEDIA)
        return FQ_OK;
    return fq_medium_spell(answer->media[answer->field], &damaged->text, &damaged->is_exact, error);
}

/* A second value where the first had bytes. */
static enum fq_status check_duplicate(const struct fq_answer *answer, struct fq_error *error)
{
    return answer->received[answer->field] ? fq_fail(error, FQ_DUPLICATE_MEDIA, 0) : FQ_OK;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
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

/* Is the text nothing but blanks?  Then no medium is there, and none is damaged. */
static bool is_blank(const struct damaged *damaged)
{
    const struct fq_buffer *text = &damaged->text;
    size_t at = 0, length = 1;

    while (at < text->size && length > 0) {
        length = blank_length(text->data + at, text->size - at);
        at += length;
    }
    return damaged->status == FQ_BASE64_FOREIGN && text->size > 0 && at == text->size;
}

/* Blanks are the envelope's: what reads it sees that they are neither base64 nor empty. */
static enum fq_status blank_end(struct fq_answer *answer, struct fq_error *error)
{
    struct damaged *damaged = &answer->damaged[answer->field];
    enum fq_status status = put(answer, damaged->text.data, damaged->text.size, error);

    fq_buffer_free(&damaged->text);
    *damaged = (struct damaged){.status = FQ_OK};
    return status == FQ_OK ? fq_medium_end(answer->media[answer->field], error) : status;
}

static enum fq_status media_end(struct fq_answer *answer, struct fq_error *error)
{
    struct fq_medium *medium = answer->media[answer->field];
    bool *received = &answer->received[answer->field];
    struct fq_error failure;
    enum fq_status status = FQ_OK;
    enum value value;

    answer->state = BETWEEN;
    if (answer->value == DECODED && !*received) {
        if (fq_medium_end(medium, &failure) != FQ_OK)
            status = survive(answer, &failure, error);
        else
            *received = !fq_medium_is_empty(medium);
    }
    value = answer->value;
    answer->value = DECODED;
    if (status != FQ_OK || value == DECODED)
        return status;
    if (value == KEPT && is_blank(&answer->damaged[answer->field]))
        return blank_end(answer, error);
    *received = true; /* another value would be one too many */
    return FQ_OK;
}

/* Base64 text of the medium, up to the next quote or backslash; or the one character that an escape
 * stands for. */
static enum fq_status media_text(struct fq_answer *answer, const char *data, size_t size,
                                 size_t *consumed, struct fq_error *error)
{
    struct fq_medium *medium = answer->media[answer->field];
    bool is_escaped = answer->source_length > 0;
    enum fq_status status = check_duplicate(answer, error);

    *consumed = 0;
    if (status != FQ_OK)
        return status;
    status = is_escaped ? fq_medium_write_escaped(medium, *data, answer->source_length == 2,
                                                  consumed, error)
                        : fq_medium_write(medium, data, size, consumed, error);
    if (status == FQ_OK && *consumed < size && data[*consumed] != '"' && data[*consumed] != '\\')
        return fq_medium_foreign(medium, error);
    return status == FQ_OK && is_escaped && *consumed == 0 ? fq_medium_foreign(medium, error)
                                                           : status;
}

/* The part of a damaged medium before its next quote or backslash. */
static size_t plain_length(const char *data, size_t size)
{
    size_t at = 0;

    while (at < size && data[at] != '"' && data[at] != '\\')
        at++;
    return at;
}

/* The part of a medium before its next quote or backslash, or that. */
static enum fq_status media(struct fq_answer *answer, const char *data, size_t size,
                            size_t *consumed, struct fq_error *error)
{
    struct fq_error failure;

    answer->source_length = 0;
    if (data[0] == '"')
        return media_end(answer, error);
    if (data[0] == '\\') {
        begin_escape(answer);
        answer->state = MEDIA_ESCAPE;
        return FQ_OK;
    }
    if (answer->value != DECODED) {
        *consumed = plain_length(data, size);
        return damaged_text(answer, data, *consumed, error);
    }
    return media_text(answer, data, size, consumed, &failure) == FQ_OK
               ? FQ_OK
               : survive(answer, &failure, error);
}

static enum fq_status media_escape(struct fq_answer *answer, char c, struct fq_error *error)
{
    bool complete;
    unsigned character;
    size_t consumed;
    char text;
    struct fq_error failure;
    enum fq_status status = escape(answer, c, MEDIA, MEDIA_HEX, &complete, &character, error);

    if (status != FQ_OK || !complete)
        return status;
    if (answer->value == DECODED) {
        text = narrow(character);
        if (media_text(answer, &text, 1, &consumed, &failure) != FQ_OK)
            status = survive(answer, &failure, error);
    }
    return status == FQ_OK && answer->value == KEPT
               ? damaged_text(answer, answer->source, answer->source_length, error)
               : status;
}

/* A byte order mark is not the envelope's; RFC 8259, section 8.1, lets a reader pass over it. */
static const char byte_order_mark[] = "\xEF\xBB\xBF";

static enum fq_status before(struct fq_answer *answer, char c, struct fq_error *error)
{
    if (is_space(c))
        return FQ_OK;
    if (c != '{')
        return fq_fail(error, FQ_NOT_JSON, 0);
    answer->state = BETWEEN;
    return punctuation(answer, c, error);
}

static enum fq_status start(struct fq_answer *answer, char c, struct fq_error *error)
{
    if (c == byte_order_mark[answer->mark]) {
        answer->mark++;
        if (byte_order_mark[answer->mark] == '\0')
            answer->state = BEFORE;
        return FQ_OK;
    }
    if (answer->mark > 0)
        return fq_fail(error, FQ_NOT_JSON, 0);
    answer->state = BEFORE;
    return before(answer, c, error);
}

static enum fq_status after(char c, struct fq_error *error)
{
    return is_space(c) ? FQ_OK : fq_fail(error, FQ_TRAILING_DATA, 0);
}

/* Takes a token or more, or as much of one as there is. */
static enum fq_status step(struct fq_answer *answer, const char *data, size_t size,
                           size_t *consumed, struct fq_error *error)
{
    *consumed = 1;
    switch (answer->state) {
    case START:
        return start(answer, *data, error);
    case BEFORE:
        return before(answer, *data, error);
    case BETWEEN:
        return between(answer, data, size, consumed, error);
    case STRING:
        return string(answer, data, size, consumed, error);
    case STRING_ESCAPE:
    case STRING_HEX:
        return string_escape(answer, *data, error);
    case MEDIA:
        return named(media(answer, data, size, consumed, error),
                     (enum fq_answer_medium)answer->field, error);
    case MEDIA_ESCAPE:
    case MEDIA_HEX:
        return named(media_escape(answer, *data, error), (enum fq_answer_medium)answer->field,
                     error);
    case AFTER:
        break;
    }
    return after(*data, error);
}

/* Is the next byte the envelope's?  Of a medium its quotes are. */
static bool is_kept(const struct fq_answer *answer, char c)
{
    switch (answer->state) {
    case START:
        return c != byte_order_mark[answer->mark];
    case MEDIA:
        return c == '"';
    case MEDIA_ESCAPE:
    case MEDIA_HEX:
        return false;
    default:
        return true;
    }
}

enum fq_status fq_answer_feed(struct fq_answer *answer, const char *data, size_t size,
                              struct fq_error *error)
{
    struct fq_error *failure = &answer->failure;
    const char *kept = data; /* from here on: the envelope's, and not yet put */

    if (failure->status == FQ_OK)
        fq_digests_update(&answer->body, data, size, failure);
    while (failure->status == FQ_OK && size > 0) {
        size_t consumed;
        bool keeps = is_kept(answer, *data);

        if (!keeps && put(answer, kept, (size_t)(data - kept), failure) != FQ_OK)
            break;
        step(answer, data, size, &consumed, failure);
        data += consumed;
        size -= consumed;
        if (!keeps)
            kept = data;
    }
    /* After a failure, too: that the envelope is too large shows earlier in smaller pieces. */
    put(answer, kept, (size_t)(data - kept), failure);
    if (failure->status != FQ_OK && error != NULL)
        *error = *failure;
    return failure->status;
}

enum fq_status fq_answer_finish(struct fq_answer *answer, struct fq_error *error)
{
    if (answer->failure.status == FQ_OK && answer->state != AFTER)
        fq_fail(&answer->failure, FQ_JSON_CUT, 0);
    return fq_answer_feed(answer, "", 0, error);
}

const char *fq_answer_envelope(const struct fq_answer *answer, size_t *size)
{
    *size = answer->envelope.size;
    return answer->envelope.data != NULL ? answer->envelope.data : "";
}

enum fq_status fq_answer_digest(struct fq_answer *answer, char hex[FQ_DIGEST_HEX + 1],
                                struct fq_error *error)
{
    fq_digests_hex all;
    enum fq_status status = fq_digests_finish(&answer->body, all, error);

    if (status == FQ_OK)
        memcpy(hex, all[FQ_DIGEST_sha256], sizeof all[FQ_DIGEST_sha256]);
    return status;
}

/* Is there a file, or bytes in memory, for it?  A second value does the first no harm. */
static bool is_good(const struct fq_answer *answer, enum fq_answer_medium medium)
{
    enum fq_status status = answer->damaged[medium].status;

    return status == FQ_OK || status == FQ_DUPLICATE_MEDIA;
}

enum fq_status fq_answer_keep(struct fq_answer *answer, struct fq_error *error)
{
    enum fq_status status = fq_answer_finish(answer, error);
    int kept = 0;

    while (status == FQ_OK && kept < FQ_ANSWER_MEDIA) {
        if (is_good(answer, kept))
            status = named(fq_medium_keep(answer->media[kept], error), kept, error);
        if (status == FQ_OK)
            kept++;
    }
    while (status != FQ_OK && kept > 0)
        if (is_good(answer, --kept))
            fq_medium_unkeep(answer->media[kept]);
    return status;
}

enum fq_status fq_answer_medium(struct fq_answer *answer, enum fq_answer_medium medium,
                                struct fq_medium_result *result, struct fq_error *error)
{
    memset(result, 0, sizeof *result);
    if (!is_good(answer, medium))
        return FQ_OK;
    return named(fq_medium_result(answer->media[medium], result, error), medium, error);
}

enum fq_status fq_answer_damage(const struct fq_answer *answer, enum fq_answer_medium medium,
                                struct fq_damage *damage, struct fq_error *error)
{
    const struct damaged *damaged = &answer->damaged[medium];
    unsigned which = answer->options.digests;
    struct fq_digests digests;
    enum fq_status status;

    *damage = (struct fq_damage){.status = damaged->status, .offset = damaged->offset};
    if (damaged->text.size == 0)
        return FQ_OK;
    damage->text = damaged->text.data;
    damage->size = damaged->text.size;
    damage->is_exact = damaged->is_exact;
    status = fq_digests_open(&digests, which, error);
    if (status == FQ_OK)
        status = fq_digests_update(&digests, damage->text, damage->size, error);
    if (status == FQ_OK)
        status = fq_digests_finish(&digests, damage->digests, error);
    fq_digests_close(&digests);
    return named(status, medium, error);
}
