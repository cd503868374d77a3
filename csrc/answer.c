#include "answer.h"

#include <stdlib.h>
#include <string.h>

#include "embedded.h"
#include "json_stream.h"

/* A bit for each field at the root, and for each within. */
_Static_assert(2 * FQ_ANSWER_FIELDS <= 8 * sizeof(unsigned), "bits for the fields seen");

/* In the place of a field's: any other. */
enum { NO_FIELD = FQ_ANSWER_FIELDS };

struct field {
    char name[FQ_LONGEST_FIELD + 1];
    size_t length;
};

struct fq_answer {
    struct fq_sink sink;
    struct fq_error failure;

    struct field fields[FQ_ANSWER_FIELDS]; /* the files', by their place; and all else is unique */
    size_t fields_count;
    size_t within; /* one of them, or NO_FIELD */
    struct fq_embedded files[FQ_ANSWER_FILES];
    size_t files_count;
    unsigned file_digests;

    struct fq_json_stream json;
    bool is_within;           /* depth 2 is the object in the field `within` */
    size_t field;             /* whose value comes next, or is under way */
    unsigned seen;            /* bits: unique fields at the root, then within */
    struct fq_embedded *file; /* whose value is under way, or NULL */
    struct fq_buffer envelope;
    struct fq_digests body; /* where digest_body was asked for */
};

/* Names the file that a failure is about. */
static enum fq_status named(enum fq_status status, const struct fq_answer *answer, size_t file,
                            struct fq_error *error)
{
    if (status != FQ_OK && error != NULL)
        memcpy(error->field, answer->fields[file].name, sizeof error->field);
    return status;
}

static size_t add_field(struct fq_answer *answer, const char *name)
{
    struct field *field = &answer->fields[answer->fields_count];

    field->length = strnlen(name, FQ_LONGEST_FIELD);
    memcpy(field->name, name, field->length);
    return answer->fields_count++;
}

static void add_fields(struct fq_answer *answer, const struct fq_answer_options *options)
{
    answer->field = answer->within = NO_FIELD;
    for (size_t i = 0; i < options->files_count; i++)
        add_field(answer, options->files[i].name);
    for (size_t i = 0; i < options->unique_count; i++)
        add_field(answer, options->unique[i]);
    if (options->within != NULL)
        answer->within = add_field(answer, options->within);
}

static enum fq_status open_files(struct fq_answer *answer, const struct fq_answer_options *options,
                                 struct fq_error *error)
{
    enum fq_status status = FQ_OK;

    answer->files_count = options->files_count;
    answer->file_digests = options->digests;
    for (size_t i = 0; i < options->files_count && status == FQ_OK; i++) {
        struct fq_content_options medium = {
            .path = options->files[i].path,
            .draft = options->draft,
            .limit = options->max_media,
            .digests = options->digests,
            .digester = options->digester,
            .recipients = options->recipients,
        };
        status = named(fq_embedded_open(&answer->files[i], &medium, error), answer, i, error);
    }
    return status;
}

static void answer_free(struct fq_sink *sink)
{
    struct fq_answer *answer = fq_answer_of(sink);

    for (size_t i = 0; i < answer->files_count; i++)
        fq_embedded_close(&answer->files[i]);
    fq_digests_close(&answer->body);
    fq_buffer_free(&answer->envelope);
    free(answer);
}

static enum fq_status put(struct fq_answer *answer, const char *text, size_t size,
                          struct fq_error *error)
{
    return fq_buffer_add(&answer->envelope, text, size, FQ_ENVELOPE_TOO_LARGE, error);
}

/* Is the innermost container one whose keys name the fields? */
static bool has_fields(const struct fq_answer *answer)
{
    return answer->json.depth == 1 || (answer->json.depth == 2 && answer->is_within);
}

static size_t field_of(const struct fq_answer *answer, const char *key, size_t length)
{
    for (size_t i = 0; i < answer->fields_count; i++)
        if (answer->fields[i].length == length && memcmp(answer->fields[i].name, key, length) == 0)
            return i;
    return NO_FIELD;
}

static enum fq_status has_key(struct fq_answer *answer, struct fq_error *error)
{
    const struct fq_json_stream *json = &answer->json;
    unsigned bit;

    answer->field = NO_FIELD;
    if (has_fields(answer))
        answer->field = field_of(answer, json->key, json->key_length);
    /* A file's field may come more than once, as long as only one value has bytes. */
    if (answer->field < answer->files_count || answer->field == NO_FIELD)
        return FQ_OK;
    bit = 1u << (answer->field + (json->depth - 1) * FQ_ANSWER_FIELDS);
    if (answer->seen & bit)
        return fq_fail(error, FQ_DUPLICATE_FIELD, 0);
    answer->seen |= bit;
    return FQ_OK;
}

static void has_opened(struct fq_answer *answer)
{
    if (answer->json.depth == 2)
        answer->is_within = !answer->json.is_array[1] && answer->field == answer->within &&
                            answer->within != NO_FIELD;
    answer->field = NO_FIELD;
}

/* Takes what is the envelope's, up to the value of a file; *skipped: what was taken is not the
 * envelope's after all. */
static enum fq_status take_envelope(struct fq_answer *answer, const char *data, size_t size,
                                    size_t *consumed, bool *skipped, struct fq_error *error)
{
    enum fq_json_event event;
    enum fq_status status = fq_json_stream_next(&answer->json, data, size, consumed, &event, error);

    *skipped = event == FQ_JSON_BYTE_ORDER_MARK;
    if (status != FQ_OK)
        return status;
    if (event == FQ_JSON_HAS_KEY)
        return has_key(answer, error);
    if (event == FQ_JSON_HAS_OPENED)
        has_opened(answer);
    else if (event == FQ_JSON_BEFORE_STRING && answer->field < answer->files_count)
        answer->file = &answer->files[answer->field];
    return FQ_OK;
}

/* Takes what is a file's, up to its closing quote. */
static enum fq_status take_file(struct fq_answer *answer, const char *data, size_t size,
                                size_t *consumed, struct fq_error *error)
{
    enum fq_status status = fq_embedded_take(answer->file, data, size, consumed, error);

    if (status == FQ_OK && *consumed < size) {
        status = fq_embedded_end(answer->file, &answer->envelope, error);
        answer->file = NULL;
    }
    return named(status, answer, answer->field, error);
}

static enum fq_status take(struct fq_sink *sink, const char *data, size_t size,
                           struct fq_error *error)
{
    struct fq_answer *answer = fq_answer_of(sink);
    struct fq_error *failure = &answer->failure;
    const char *kept = data; /* from here on: the envelope's, and not yet put */

    if (failure->status == FQ_OK)
        fq_digests_update(&answer->body, data, size, failure);
    while (failure->status == FQ_OK && size > 0) {
        size_t consumed = 0;
        bool skipped = true;

        if (answer->file == NULL)
            take_envelope(answer, data, size, &consumed, &skipped, failure);
        else if (put(answer, kept, (size_t)(data - kept), failure) == FQ_OK)
            take_file(answer, data, size, &consumed, failure);
        else
            break;
        data += consumed;
        size -= consumed;
        if (skipped)
            kept = data;
    }
    /* Put after a failure, too: had the answer come in smaller pieces, an envelope that is too
     * large would have shown before it, and the error must not depend on the pieces. */
    put(answer, kept, (size_t)(data - kept), failure);
    if (failure->status != FQ_OK && error != NULL)
        *error = *failure;
    return failure->status;
}

static enum fq_status end(struct fq_sink *sink, struct fq_error *error)
{
    struct fq_answer *answer = fq_answer_of(sink);

    if (answer->failure.status == FQ_OK && !fq_json_stream_has_ended(&answer->json))
        fq_fail(&answer->failure, FQ_JSON_CUT, 0);
    return take(sink, "", 0, error);
}

/* Takes back the names of the first files, which have theirs. */
static void unkeep_first(struct fq_answer *answer, size_t count)
{
    while (count > 0)
        if (fq_embedded_is_good(&answer->files[--count]))
            fq_medium_unkeep(answer->files[count].medium);
}

static enum fq_status keep(struct fq_sink *sink, struct fq_error *error)
{
    struct fq_answer *answer = fq_answer_of(sink);
    enum fq_status status = end(sink, error);
    size_t kept = 0;

    while (status == FQ_OK && kept < answer->files_count) {
        if (fq_embedded_is_good(&answer->files[kept]))
            status = fq_medium_keep(answer->files[kept].medium, error);
        if (status == FQ_OK)
            kept++;
        else
            named(status, answer, kept, error);
    }
    if (status != FQ_OK)
        unkeep_first(answer, kept);
    return status;
}

static void unkeep(struct fq_sink *sink)
{
    struct fq_answer *answer = fq_answer_of(sink);

    unkeep_first(answer, answer->files_count);
}

enum fq_status fq_answer_new(const struct fq_answer_options *options, struct fq_answer **out,
                             struct fq_error *error)
{
    struct fq_answer *answer = calloc(1, sizeof *answer);
    enum fq_status status = FQ_OK;

    *out = NULL;
    if (answer == NULL)
        return fq_fail(error, FQ_OUT_OF_MEMORY, 0);
    answer->sink = (struct fq_sink){
        .take = take, .end = end, .keep = keep, .unkeep = unkeep, .free = answer_free};
    answer->envelope.limit = options->max_envelope;
    add_fields(answer, options);
    if (options->digest_body)
        status = fq_digests_open(&answer->body, 1u << FQ_DIGEST_sha256, error);
    if (status == FQ_OK)
        status = fq_digests_relay(&answer->body, options->digester, error);
    if (status == FQ_OK)
        status = open_files(answer, options, error);
    if (status != FQ_OK) {
        answer_free(&answer->sink);
        return status;
    }
    *out = answer;
    return FQ_OK;
}

struct fq_sink *fq_answer_sink(struct fq_answer *answer)
{
    return &answer->sink;
}

struct fq_answer *fq_answer_of(struct fq_sink *sink)
{
    return (struct fq_answer *)sink;
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

/* Inserts a place among those before it. */
static void add_place(struct fq_answer_place *places, size_t *count,
                      const struct fq_answer_place *place)
{
    size_t i = (*count)++;

    for (; i > 0 && places[i - 1].at > place->at; i--)
        places[i] = places[i - 1];
    places[i] = *place;
}

bool fq_answer_layout(const struct fq_answer *answer,
                      struct fq_answer_place places[FQ_ANSWER_PLACES], size_t *count)
{
    bool is_regular = answer->json.mark == 0; /* the envelope has no byte order mark */

    *count = 0;
    for (size_t i = 0; i < answer->files_count; i++) {
        const struct fq_embedded *file = &answer->files[i];
        struct fq_answer_place place = {.file = i, .at = file->at};

        if (!fq_embedded_is_regular(file, &place.spelling))
            is_regular = false;
        if (fq_embedded_is_good(file) && !fq_medium_is_empty(file->medium))
            add_place(places, count, &place);
        place = (struct fq_answer_place){.file = i, .at = file->damaged_at, .is_damaged = true};
        if (file->damage.text.size > 0)
            add_place(places, count, &place);
    }
    return is_regular;
}

size_t fq_answer_files(const struct fq_answer *answer)
{
    return answer->files_count;
}

const char *fq_answer_file_name(const struct fq_answer *answer, size_t file)
{
    return answer->fields[file].name;
}

enum fq_status fq_answer_medium(struct fq_answer *answer, size_t file,
                                struct fq_medium_result *result, struct fq_error *error)
{
    memset(result, 0, sizeof *result);
    if (!fq_embedded_is_good(&answer->files[file]))
        return FQ_OK;
    return named(fq_medium_result(answer->files[file].medium, result, error), answer, file, error);
}

enum fq_status fq_answer_damage(const struct fq_answer *answer, size_t file,
                                struct fq_damage_result *result, struct fq_error *error)
{
    const struct fq_damage *damage = &answer->files[file].damage;

    return named(fq_damage_result(damage, answer->file_digests, result, error), answer, file,
                 error);
}
