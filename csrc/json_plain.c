#include "json_plain.h"

#include <stdint.h>
#include <string.h>

#include "json.h"
#include "utf8.h"

static enum fq_status put(struct fq_buffer *plain, const char *text, size_t size,
                          struct fq_error *error)
{
    return fq_buffer_add(plain, text, size, FQ_OUT_OF_MEMORY, error);
}

/* The length of the piece of a string that begins here: an escape, two of them that are a surrogate
 * pair, or a character.  *instead is what replaces one that a parser may refuse, else NULL. */
static size_t bad_piece(const char *text, size_t size, const char **instead)
{
    int unit, low;
    bool is_valid;
    size_t length;

    *instead = NULL;
    if (text[0] == '\\') {
        if (text[1] != 'u')
            return 2;
        unit = fq_json_unit(text + 2);
        if (unit < 0xD800 || unit > 0xDFFF)
            return FQ_JSON_UNIT;
        low = -1;
        if (unit < 0xDC00 && size >= 2 * FQ_JSON_UNIT && text[6] == '\\' && text[7] == 'u')
            low = fq_json_unit(text + FQ_JSON_UNIT + 2);
        if (low >= 0xDC00 && low <= 0xDFFF)
            return 2 * FQ_JSON_UNIT;
        *instead = FQ_REPLACEMENT;
        return FQ_JSON_UNIT;
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

/* Does a string begin with U+0001 by itself, so that it would be taken for a marked one? */
static bool looks_marked(const struct fq_json_token *token)
{
    return token->size >= FQ_JSON_UNIT && token->text[0] == '\\' && token->text[1] == 'u' &&
           fq_json_unit(token->text + 2) == FQ_JSON_MARK;
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

/* Writes one token.  fq_json_plain takes the '[' of an empty list back. */
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
