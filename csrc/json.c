#include "json.h"

#include <stdint.h>
#include <string.h>

#include "utf8.h"

enum { UNIT_ESCAPE = 6 /* \uXXXX */ };

static enum fq_status refuse(struct fq_json *json, struct fq_error *error)
{
    json->at = json->size + 1; /* an error stays */
    return fq_fail(error, FQ_NOT_JSON, 0);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The next character, or NUL, which stands in no JSON outside of strings. */
static char peek(const struct fq_json *json)
{
    return json->at < json->size ? json->text[json->at] : '\0';
}

static bool skip_digits(struct fq_json *json)
{
    size_t start = json->at;

    while (is_digit(peek(json)))
        json->at++;
    return json->at > start;
}

static bool skip_number(struct fq_json *json)
{
    if (peek(json) == '-')
        json->at++;
    if (peek(json) == '0')
        json->at++;
    else if (!skip_digits(json))
        return false;
    if (peek(json) == '.') {
        json->at++;
        if (!skip_digits(json))
            return false;
    }
    if (peek(json) == 'e' || peek(json) == 'E') {
        json->at++;
        if (peek(json) == '+' || peek(json) == '-')
            json->at++;
        return skip_digits(json);
    }
    return true;
}

static bool skip_literal(struct fq_json *json)
{
    static const char *const literals[] = {"true", "false", "null"};

    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
        size_t length = strlen(literals[i]);
        if (json->size - json->at >= length &&
            memcmp(json->text + json->at, literals[i], length) == 0) {
            json->at += length;
            return true;
        }
    }
    return false;
}

/* The value of four hex digits, or -1. */
static int unit_of(const char *digits)
{
    int unit = 0;

    for (int i = 0; i < 4; i++) {
        char c = digits[i];
        if (is_digit(c))
            unit = unit << 4 | (c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            unit = unit << 4 | ((c | 0x20) - 'a' + 10);
        else
            return -1;
    }
    return unit;
}

/* Behind a quote: up to the next one, which is passed over. */
static bool skip_string(struct fq_json *json, struct fq_json_token *token)
{
    size_t start = json->at;

    while (json->at < json->size && json->text[json->at] != '"') {
        if (json->text[json->at++] != '\\')
            continue;
        if (json->at == json->size || json->text[json->at] == '\0' ||
            strchr("\"\\/bfnrtu", json->text[json->at]) == NULL)
            return false;
        if (json->text[json->at++] != 'u')
            continue;
        if (json->size - json->at < UNIT_ESCAPE - 2 || unit_of(json->text + json->at) < 0)
            return false;
        json->at += UNIT_ESCAPE - 2;
    }
    token->text = json->text + start;
    token->size = json->at - start;
    return json->at++ < json->size;
}

static enum fq_status open_container(struct fq_json *json, bool is_array, struct fq_error *error)
{
    if (json->depth == FQ_JSON_DEPTH) {
        json->at = json->size + 1;
        return fq_fail(error, FQ_JSON_TOO_DEEP, 0);
    }
    json->is_array[json->depth++] = is_array;
    json->has_value = json->has_key = false;
    return FQ_OK;
}

static enum fq_status value(struct fq_json *json, char c, struct fq_json_token *token,
                            struct fq_error *error)
{
    size_t start = json->at;
    bool valid;

    json->has_key = false;
    json->has_value = true;
    switch (c) {
    case '{':
    case '[':
        json->at++;
        token->kind = c == '[' ? FQ_JSON_ARRAY : FQ_JSON_OBJECT;
        token->size = 1;
        return open_container(json, c == '[', error);
    case '"':
        json->at++;
        token->kind = FQ_JSON_STRING;
        return skip_string(json, token) ? FQ_OK : refuse(json, error);
    case 't':
    case 'f':
    case 'n':
        token->kind = FQ_JSON_LITERAL;
        valid = skip_literal(json);
        break;
    default:
        token->kind = FQ_JSON_NUMBER;
        valid = skip_number(json);
        break;
    }
    token->size = json->at - start;
    return valid ? FQ_OK : refuse(json, error);
}

static enum fq_status close_container(struct fq_json *json, char c, struct fq_json_token *token,
                                      struct fq_error *error)
{
    bool is_array = json->is_array[json->depth - 1];

    if ((c == ']') != is_array || json->has_key)
        return refuse(json, error);
    json->at++;
    json->depth--;
    json->has_value = true;
    token->kind = is_array ? FQ_JSON_ARRAY_END : FQ_JSON_OBJECT_END;
    token->size = 1;
    return FQ_OK;
}

/* In an object, where no key waits: a key and its colon. */
static enum fq_status key(struct fq_json *json, char c, struct fq_json_token *token,
                          struct fq_error *error)
{
    if (c != '"')
        return refuse(json, error);
    json->at++;
    token->kind = FQ_JSON_KEY;
    if (!skip_string(json, token))
        return refuse(json, error);
    while (is_space(peek(json)))
        json->at++;
    if (peek(json) != ':')
        return refuse(json, error);
    json->at++;
    json->has_key = true;
    return FQ_OK;
}

enum fq_status fq_json_next(struct fq_json *json, struct fq_json_token *token,
                            struct fq_error *error)
{
    bool after_comma = false;
    char c;

    if (json->at > json->size)
        return fq_fail(error, FQ_NOT_JSON, 0);
    while (is_space(peek(json)))
        json->at++;
    c = peek(json);
    *token = (struct fq_json_token){.kind = FQ_JSON_END, .text = json->text + json->at};
    if (json->depth == 0 && json->has_value)
        return json->at == json->size ? FQ_OK : refuse(json, error);
    if (json->depth > 0 && (c == '}' || c == ']'))
        return close_container(json, c, token, error);
    if (json->depth > 0 && json->has_value && !json->has_key) {
        if (c != ',')
            return refuse(json, error);
        after_comma = true;
        json->has_value = false;
        for (json->at++; is_space(peek(json)); json->at++)
            ;
        c = peek(json);
        token->text = json->text + json->at;
    }
    if (after_comma && (c == '}' || c == ']'))
        return refuse(json, error);
    if (json->depth > 0 && !json->is_array[json->depth - 1] && !json->has_key)
        return key(json, c, token, error);
    return value(json, c, token, error);
}

static enum fq_status put(struct fq_buffer *plain, const char *text, size_t size,
                          struct fq_error *error)
{
    return fq_buffer_add(plain, text, size, FQ_OUT_OF_MEMORY, error);
}

/* A piece of a string that a parser may not take, and what stands for it: how long it is. */
static size_t bad_piece(const char *text, size_t size, const char **instead)
{
    int unit, low;
    bool is_valid;
    size_t length;

    *instead = NULL;
    if (text[0] == '\\') {
        if (text[1] != 'u')
            return 2;
        unit = unit_of(text + 2);
        if (unit < 0xD800 || unit > 0xDFFF)
            return UNIT_ESCAPE;
        low = -1;
        if (unit < 0xDC00 && size >= 2 * UNIT_ESCAPE && text[6] == '\\' && text[7] == 'u')
            low = unit_of(text + UNIT_ESCAPE + 2);
        if (low >= 0xDC00 && low <= 0xDFFF)
            return 2 * UNIT_ESCAPE;
        *instead = FQ_REPLACEMENT;
        return UNIT_ESCAPE;
    }
    if ((unsigned char)text[0] < ' ') {
        *instead = FQ_REPLACEMENT;
        return 1;
    }
    length = fq_utf8_next(text, size, &is_valid);
    if (!is_valid)
        *instead = FQ_REPLACEMENT;
    return length;
}

/* Is it printable ASCII, and no escape? */
static bool is_plain(char c)
{
    return c >= ' ' && c != '\\' && (unsigned char)c < 0x80;
}

static enum fq_status put_string(struct fq_buffer *plain, const char *text, size_t size,
                                 struct fq_error *error)
{
    enum fq_status status = FQ_OK;
    size_t kept = 0, at = 0;

    while (at < size && status == FQ_OK) {
        const char *instead;
        size_t length;

        if (is_plain(text[at])) {
            at++;
            continue;
        }
        length = bad_piece(text + at, size - at, &instead);
        if (instead != NULL) {
            status = put(plain, text + kept, at - kept, error);
            if (status == FQ_OK)
                status = put(plain, instead, strlen(instead), error);
            kept = at + length;
        }
        at += length;
    }
    return status == FQ_OK ? put(plain, text + kept, size - kept, error) : status;
}

/* A marked string, its quotes included. */
static enum fq_status put_mark(struct fq_buffer *plain, char mark, const char *text, size_t size,
                               struct fq_error *error)
{
    char head[] = "\"\\u0001?";
    enum fq_status status;

    head[sizeof head - 2] = mark;
    status = put(plain, head, sizeof head - 1, error);
    if (status == FQ_OK)
        status = put_string(plain, text, size, error);
    return status == FQ_OK ? put(plain, "\"", 1, error) : status;
}

/* Would it be taken for marked? */
static bool looks_marked(const struct fq_json_token *token)
{
    return token->size >= UNIT_ESCAPE && token->text[0] == '\\' && token->text[1] == 'u' &&
           unit_of(token->text + 2) == FQ_JSON_MARK;
}

static enum fq_status put_quoted(struct fq_buffer *plain, const struct fq_json_token *token,
                                 struct fq_error *error)
{
    enum fq_status status = put(plain, "\"", 1, error);

    if (status == FQ_OK)
        status = put_string(plain, token->text, token->size, error);
    return status == FQ_OK ? put(plain, token->kind == FQ_JSON_KEY ? "\":" : "\"",
                                 token->kind == FQ_JSON_KEY ? 2 : 1, error)
                           : status;
}

/* One token.  A '[' is held back until it is clear whether its list is empty. */
static enum fq_status put_token(struct fq_buffer *plain, const struct fq_json_token *token,
                                bool *has_marks, struct fq_error *error)
{
    switch (token->kind) {
    case FQ_JSON_NUMBER:
        *has_marks = true;
        return put_mark(plain, FQ_JSON_MARK_NUMBER, token->text, token->size, error);
    case FQ_JSON_STRING:
        if (looks_marked(token)) {
            *has_marks = true;
            return put_mark(plain, FQ_JSON_MARK_STRING, token->text, token->size, error);
        }
        return put_quoted(plain, token, error);
    case FQ_JSON_KEY:
        return put_quoted(plain, token, error);
    default:
        return put(plain, token->text, token->size, error);
    }
}

/* Does a comma stand between the two tokens? */
static bool is_separated(enum fq_json_kind before, enum fq_json_kind next)
{
    return before != FQ_JSON_OBJECT && before != FQ_JSON_ARRAY && before != FQ_JSON_KEY &&
           next != FQ_JSON_OBJECT_END && next != FQ_JSON_ARRAY_END;
}

/* Does every piece of a string stay as it is? */
static bool is_kept(const struct fq_json_token *token)
{
    for (size_t at = 0; at < token->size;) {
        const char *instead;

        if (is_plain(token->text[at])) {
            at++;
            continue;
        }
        at += bad_piece(token->text + at, token->size - at, &instead);
        if (instead != NULL)
            return false;
    }
    return token->kind == FQ_JSON_KEY || !looks_marked(token);
}

enum fq_status fq_json_check(const char *text, size_t size, bool *is_plain, struct fq_error *error)
{
    struct fq_json json = {.text = text, .size = size};
    struct fq_json_token token;
    enum fq_json_kind before = FQ_JSON_KEY;
    enum fq_status status;

    *is_plain = true;
    while ((status = fq_json_next(&json, &token, error)) == FQ_OK && token.kind != FQ_JSON_END) {
        if (token.kind == FQ_JSON_KEY || token.kind == FQ_JSON_STRING)
            *is_plain = *is_plain && is_kept(&token);
        else if (token.kind == FQ_JSON_NUMBER ||
                 (before == FQ_JSON_ARRAY && token.kind == FQ_JSON_ARRAY_END))
            *is_plain = false;
        before = token.kind;
    }
    return status;
}

enum fq_status fq_json_plain(const char *text, size_t size, struct fq_buffer *plain,
                             bool *has_marks, struct fq_error *error)
{
    struct fq_json json = {.text = text, .size = size};
    struct fq_json_token token;
    enum fq_json_kind before = FQ_JSON_KEY; /* no comma before the first */
    enum fq_status status;

    *has_marks = false;
    plain->limit = SIZE_MAX;
    while ((status = fq_json_next(&json, &token, error)) == FQ_OK && token.kind != FQ_JSON_END) {
        if (is_separated(before, token.kind))
            status = put(plain, ",", 1, error);
        if (status == FQ_OK && before == FQ_JSON_ARRAY && token.kind == FQ_JSON_ARRAY_END) {
            plain->size--; /* the '[' */
            *has_marks = true;
            status = put_mark(plain, FQ_JSON_MARK_ARRAY, "", 0, error);
        } else if (status == FQ_OK) {
            status = put_token(plain, &token, has_marks, error);
        }
        if (status != FQ_OK)
            return status;
        before = token.kind;
    }
    return status;
}

enum fq_status fq_utf8_add(struct fq_buffer *buffer, const char *text, size_t size,
                           struct fq_error *error)
{
    enum fq_status status = FQ_OK;

    for (size_t at = 0; at < size && status == FQ_OK;) {
        bool is_valid;
        size_t length = fq_utf8_next(text + at, size - at, &is_valid);
        status = is_valid ? put(buffer, text + at, length, error)
                          : put(buffer, FQ_REPLACEMENT, sizeof FQ_REPLACEMENT - 1, error);
        at += length;
    }
    return status;
}
