#include "json.h"

#include <string.h>

#include "hex.h"

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

int fq_json_unit(const char *digits)
{
    int unit = 0;

    for (int i = 0; i < 4; i++) {
        int value = fq_hex_value(digits[i]);
        if (value < 0)
            return -1;
        unit = unit << 4 | value;
    }
    return unit;
}

/* Passes over a string, from behind its opening quote to behind its closing one. */
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
        if (json->size - json->at < FQ_JSON_UNIT - 2 || fq_json_unit(json->text + json->at) < 0)
            return false;
        json->at += FQ_JSON_UNIT - 2;
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

/* Reads a key and its colon, in an object where no key waits for its value. */
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
