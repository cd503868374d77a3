#include "json_stream.h"

#include <string.h>

/* A reader may pass over a byte order mark: RFC 8259, section 8.1. */
static const char byte_order_mark[] = "\xEF\xBB\xBF";

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Appends a part of a key; what is longer than any name counts as too long. */
static void add_to_key(struct fq_json_stream *json, const char *text, size_t size)
{
    if (size < sizeof json->key - json->key_length) {
        memcpy(json->key + json->key_length, text, size);
        json->key_length += size;
    } else {
        json->key_length = sizeof json->key;
    }
}

static enum fq_status open_container(struct fq_json_stream *json, bool is_array,
                                     enum fq_json_event *event, struct fq_error *error)
{
    if (json->depth == FQ_JSON_DEPTH)
        return fq_fail(error, FQ_JSON_TOO_DEEP, 0);
    json->is_array[json->depth++] = is_array;
    json->expects_key = !is_array;
    *event = FQ_JSON_HAS_OPENED;
    return FQ_OK;
}

static void close_container(struct fq_json_stream *json)
{
    json->depth--;
    json->expects_key = false;
    if (json->depth == 0)
        json->state = FQ_JSON_AFTER_OBJECT;
}

static void open_string(struct fq_json_stream *json, enum fq_json_event *event)
{
    json->state = FQ_JSON_IN_STRING;
    json->is_in_key = json->expects_key;
    if (json->is_in_key)
        json->key_length = 0;
    else
        *event = FQ_JSON_BEFORE_STRING;
}

static enum fq_status punctuation(struct fq_json_stream *json, char c, enum fq_json_event *event,
                                  struct fq_error *error)
{
    switch (c) {
    case '"':
        open_string(json, event);
        break;
    case ':':
        json->expects_key = false;
        break;
    case ',':
        json->expects_key = !json->is_array[json->depth - 1];
        break;
    case '{':
    case '[':
        return open_container(json, c == '[', event, error);
    case '}':
    case ']':
        close_container(json);
        break;
    }
    return FQ_OK;
}

/* Takes what is between strings, up to the next event, the next string, or the object's end. */
static enum fq_status between(struct fq_json_stream *json, const char *data, size_t size,
                              size_t *consumed, enum fq_json_event *event, struct fq_error *error)
{
    enum fq_status status = FQ_OK;
    size_t at = 0;

    while (at < size && json->state == FQ_JSON_BETWEEN_TOKENS && *event == FQ_JSON_NOTHING &&
           status == FQ_OK)
        status = punctuation(json, data[at++], event, error);
    *consumed = at;
    return status;
}

static enum fq_status escape(struct fq_json_stream *json, char c, struct fq_error *error)
{
    bool is_complete;
    char character;
    enum fq_status status = fq_escape_take(&json->escape, c, &is_complete, &character, error);

    if (status != FQ_OK || !is_complete)
        return status;
    json->escape.length = 0;
    if (json->is_in_key)
        add_to_key(json, &character, 1);
    return FQ_OK;
}

/* Takes the part of a string up to its next quote or backslash. */
static enum fq_status string(struct fq_json_stream *json, const char *data, size_t size,
                             size_t *consumed, enum fq_json_event *event, struct fq_error *error)
{
    size_t at = 0;

    if (json->escape.length > 0)
        return escape(json, *data, error);
    while (at < size && data[at] != '"' && data[at] != '\\')
        at++;
    if (json->is_in_key)
        add_to_key(json, data, at);
    *consumed = at;
    if (at == size)
        return FQ_OK;
    ++*consumed;
    if (data[at] == '\\') {
        fq_escape_begin(&json->escape);
        return FQ_OK;
    }
    json->state = FQ_JSON_BETWEEN_TOKENS;
    if (json->is_in_key)
        *event = FQ_JSON_HAS_KEY;
    return FQ_OK;
}

static enum fq_status before(struct fq_json_stream *json, char c, enum fq_json_event *event,
                             struct fq_error *error)
{
    if (is_space(c))
        return FQ_OK;
    if (c != '{')
        return fq_fail(error, FQ_NOT_JSON, 0);
    json->state = FQ_JSON_BETWEEN_TOKENS;
    return punctuation(json, c, event, error);
}

static enum fq_status start(struct fq_json_stream *json, char c, enum fq_json_event *event,
                            struct fq_error *error)
{
    if (c == byte_order_mark[json->mark]) {
        json->mark++;
        if (byte_order_mark[json->mark] == '\0')
            json->state = FQ_JSON_BEFORE_OBJECT;
        *event = FQ_JSON_BYTE_ORDER_MARK;
        return FQ_OK;
    }
    if (json->mark > 0)
        return fq_fail(error, FQ_NOT_JSON, 0);
    json->state = FQ_JSON_BEFORE_OBJECT;
    return before(json, c, event, error);
}

/* Takes a token or more, or as much of one as there is. */
static enum fq_status step(struct fq_json_stream *json, const char *data, size_t size,
                           size_t *consumed, enum fq_json_event *event, struct fq_error *error)
{
    *consumed = 1;
    switch (json->state) {
    case FQ_JSON_AT_START:
        return start(json, *data, event, error);
    case FQ_JSON_BEFORE_OBJECT:
        return before(json, *data, event, error);
    case FQ_JSON_BETWEEN_TOKENS:
        return between(json, data, size, consumed, event, error);
    case FQ_JSON_IN_STRING:
        return string(json, data, size, consumed, event, error);
    case FQ_JSON_AFTER_OBJECT:
        break;
    }
    return is_space(*data) ? FQ_OK : fq_fail(error, FQ_TRAILING_DATA, 0);
}

enum fq_status fq_json_stream_next(struct fq_json_stream *json, const char *data, size_t size,
                                   size_t *consumed, enum fq_json_event *event,
                                   struct fq_error *error)
{
    enum fq_status status = FQ_OK;

    *consumed = 0;
    *event = FQ_JSON_NOTHING;
    while (*consumed < size && *event == FQ_JSON_NOTHING && status == FQ_OK) {
        size_t taken;
        status = step(json, data + *consumed, size - *consumed, &taken, event, error);
        *consumed += taken;
    }
    return status;
}

bool fq_json_stream_has_ended(const struct fq_json_stream *json)
{
    return json->state == FQ_JSON_AFTER_OBJECT;
}
