#include "oracle.h"

#include <stdio.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "must.h"

enum field { PHOTO = ANSWER_PHOTO, VIDEO = ANSWER_VIDEO, CODE, ORDER_NO, RESULT, NONE };

static const char *const names[] = {"photo", "video", "code", "orderNo", "result"};

struct reader {
    struct answer *answer;
    FILE *tokens;
    unsigned depth;
    bool in_list;       /* depth 2 is a list of that name */
    bool in_result;     /* depth 2 is the root's "result" object */
    enum field field;   /* whose value comes next */
    bool seen[2][NONE]; /* at depth 1, at depth 2 */
};

/* A value of code or orderNo, but for null, which is none. */
static void take_verdict(struct reader *reader, char kind, const unsigned char *text, size_t size)
{
    bool is_string = kind == 's';
    bool is_zero = (is_string || kind == '0') && size == 1 && *text == '0';
    bool is_asked = is_string && (size == 0 || (size == 2 && memcmp(text, "a1", 2) == 0));

    if (reader->field == CODE && kind != 'n') {
        reader->answer->has_code = true;
        reader->answer->has_other_code = reader->answer->has_other_code || !is_zero;
    }
    if (reader->field == ORDER_NO && kind != 'n')
        reader->answer->has_other_order = reader->answer->has_other_order || !is_asked;
}

static int token(struct reader *reader, char kind, const unsigned char *text, size_t size)
{
    if (kind != 'k')
        take_verdict(reader, kind, text, size);
    if (reader->in_list && reader->depth == 2 && kind != '}')
        reader->answer->is_result_list = true;
    fprintf(reader->tokens, "%c%zu:", kind, size);
    if (size > 0)
        fwrite(text, 1, size, reader->tokens);
    return 1;
}

static int on_null(void *context)
{
    return token(context, 'n', NULL, 0);
}

static int on_boolean(void *context, int value)
{
    return token(context, value ? 't' : 'f', NULL, 0);
}

static int on_number(void *context, const char *text, size_t size)
{
    return token(context, '0', (const unsigned char *)text, size);
}

static void keep(struct answer *answer, enum field field, const unsigned char *text, size_t size)
{
    size_t at = answer->count[field]++;

    if (at >= ANSWER_VALUES)
        return;
    answer->values[field][at].text = malloc(size + 1);
    must(answer->values[field][at].text != NULL, "there is memory");
    if (size > 0)
        memcpy(answer->values[field][at].text, text, size);
    answer->values[field][at].size = size;
}

static int on_string(void *context, const unsigned char *text, size_t size)
{
    struct reader *reader = context;

    if (reader->field != PHOTO && reader->field != VIDEO)
        return token(reader, 's', text, size);
    keep(reader->answer, reader->field, text, size);
    return token(reader, 's', NULL, 0);
}

static int on_key(void *context, const unsigned char *text, size_t size)
{
    struct reader *reader = context;
    int field = 0;

    if (reader->depth > 2 || (reader->depth == 2 && !reader->in_result))
        return token(reader, 'k', text, size);
    while (field < NONE && (strlen(names[field]) != size || memcmp(names[field], text, size) != 0))
        field++;
    reader->field = field;
    if (field > VIDEO && field < NONE) {
        bool *seen = &reader->seen[reader->depth - 1][field];
        reader->answer->is_duplicate = reader->answer->is_duplicate || *seen;
        *seen = true;
    }
    return token(reader, 'k', text, size);
}

static int begin(struct reader *reader, char kind)
{
    token(reader, kind, NULL, 0);
    if (reader->depth == 0)
        reader->answer->is_object = kind == '{';
    if (reader->depth == 1) {
        reader->in_result = kind == '{' && reader->field == RESULT;
        reader->in_list = kind == '[' && reader->field == RESULT;
    }
    reader->depth++;
    if (reader->depth > reader->answer->deepest)
        reader->answer->deepest = reader->depth;
    reader->field = NONE;
    return 1;
}

static int on_begin_object(void *context)
{
    return begin(context, '{');
}

static int on_begin_array(void *context)
{
    return begin(context, '[');
}

static int on_end(void *context)
{
    struct reader *reader = context;

    reader->depth--;
    reader->field = NONE;
    return token(reader, '}', NULL, 0);
}

static bool is_blank(const char *text, size_t size)
{
    while (size > 0 && text[size - 1] != '\0' && strchr(" \t\r\n", text[size - 1]) != NULL)
        size--;
    return size == 0;
}

/* libyajl takes a vertical tab and a form feed for blanks, and half a token behind the object for
 * nothing; JSON does not. */
static bool is_strict(const char *text, size_t size, size_t consumed)
{
    const char *brace = memchr(text, '{', consumed);

    return brace != NULL && is_blank(text, (size_t)(brace - text)) &&
           is_blank(text + consumed, size - consumed);
}

void answer_read(const char *text, size_t size, struct answer *answer)
{
    static const yajl_callbacks callbacks = {
        .yajl_null = on_null,
        .yajl_boolean = on_boolean,
        .yajl_number = on_number,
        .yajl_string = on_string,
        .yajl_map_key = on_key,
        .yajl_start_map = on_begin_object,
        .yajl_end_map = on_end,
        .yajl_start_array = on_begin_array,
        .yajl_end_array = on_end,
    };
    struct reader reader = {.answer = answer, .field = NONE};
    yajl_handle parser = yajl_alloc(&callbacks, NULL, &reader);

    *answer = (struct answer){0};
    reader.tokens = open_memstream(&answer->tokens, &answer->tokens_size);
    must(parser != NULL && reader.tokens != NULL, "there is memory");
    yajl_config(parser, yajl_allow_trailing_garbage, 1);
    /* Bytes that are not UTF-8 are nothing to the splitter. */
    yajl_config(parser, yajl_dont_validate_strings, 1);
    if (yajl_parse(parser, (const unsigned char *)text, size) != yajl_status_ok ||
        !is_strict(text, size, yajl_get_bytes_consumed(parser)) ||
        yajl_complete_parse(parser) != yajl_status_ok)
        answer->is_object = false;
    yajl_free(parser);
    fclose(reader.tokens);
}

void answer_free(struct answer *answer)
{
    for (int medium = 0; medium < ANSWER_MEDIA; medium++)
        for (size_t i = 0; i < ANSWER_VALUES; i++)
            free(answer->values[medium][i].text);
    free(answer->tokens);
}
