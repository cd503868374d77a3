/* The JSON reader in memory of its text's own size, cut anywhere, so that a read past the end is
 * seen by the sanitizers.  What it reads and refuses is held by spec/json_spec.lua. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "json_plain.h"
#include "json_string.h"
#include "tap.h"
#include "utf8.h"

static const char *const texts[] = {
    "{\"a\":[1,-2.5e+7,\ttrue,\r\nfalse,null,{}],\"b\\u0041\":\"\\ud83d\\ude42\\ud83d\",\"c\":[]}",
    "[\"\\u0001n1\",\"\xF0\x9F\x99\x82\",\"\xF0\x9F\",\"\xE4\xB8\",[ ] , { \"x\" : 0 } ]",
    "\"\\u12",
    "[-",
    "[1e",
    "[[[[",
    "{\"a\"",
    "\"\\",
};

static enum fq_status read_copy(const char *text, size_t size)
{
    char *copy = malloc(size > 0 ? size : 1);
    struct fq_buffer plain = {0};
    struct fq_error error;
    bool has_marks;
    enum fq_status status;

    memcpy(copy, text, size);
    status = fq_json_plain(copy, size, &plain, &has_marks, &error);
    fq_buffer_free(&plain);
    free(copy);
    return status;
}

static void cut_anywhere(void)
{
    bool refused = true;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t size = 0; size < strlen(texts[i]); size++)
            refused = read_copy(texts[i], size) == FQ_NOT_JSON && refused;
    ok(refused, "a text that was cut is refused, wherever it was");
    ok(read_copy(texts[0], strlen(texts[0])) == FQ_OK, "the whole one is read");
    ok(read_copy(texts[1], strlen(texts[1])) == FQ_OK, "so is one that is not UTF-8");
}

static void garbage(void)
{
    uint64_t state = 20240229;
    bool same = true;

    for (int round = 0; round < 50000; round++) {
        char text[128];
        size_t size = strlen(texts[round % 2]);

        memcpy(text, texts[round % 2], size);
        for (int i = 0; i < 3; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            text[(state >> 33) % size] = "{}[],:\"\\u0n1e.-+ \0\xF0\x80"[(state >> 50) % 20];
        }
        same = read_copy(text, size) == read_copy(text, size) && same;
    }
    ok(same, "garbage is read or refused, and never beyond its end");
}

static void stays_refused(void)
{
    struct fq_json json = {.text = "[1,]", .size = 4};
    struct fq_json_token token;
    struct fq_error error;
    enum fq_status status = FQ_OK;

    while (status == FQ_OK)
        status = fq_json_next(&json, &token, &error);
    ok(status == FQ_NOT_JSON && fq_json_next(&json, &token, &error) == FQ_NOT_JSON,
       "an error stays");
}

/* What python3's bytes.decode("utf-8", "replace") makes of them. */
static void not_utf8(void)
{
    static const char *const cases[][2] = {
        {"\xC0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xE0\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xE0\xA0\x80", "\xE0\xA0\x80"},
        {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xED\x9F\xBF", "\xED\x9F\xBF"},
        {"\xF0\x80\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xF0\x90\x80\x80", "\xF0\x90\x80\x80"},
        {"\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"},
        {"\xF5\x80", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xE4\xB8", "\xEF\xBF\xBD"},
        {"\xC3", "\xEF\xBF\xBD"},
        {"\xE4\xB8\xAD\xFF\xC3\xA9", "\xE4\xB8\xAD\xEF\xBF\xBD\xC3\xA9"},
    };
    bool right = true;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = cases[i][0], *expected = cases[i][1];
        struct fq_buffer buffer = {.limit = 100};
        struct fq_error error;

        right = fq_utf8_add(&buffer, text, strlen(text), &error) == FQ_OK &&
                buffer.size == strlen(expected) &&
                memcmp(buffer.data, expected, buffer.size) == 0 && right;
        fq_buffer_free(&buffer);
    }
    ok(right, "what is not UTF-8 is U+FFFD, as often as python3 says");
}

/* What python3's json.dumps(text, ensure_ascii=False) makes of it, where there is room for that. */
static void string(void)
{
    static const char text[] = "a\0\x1f\"\\/\b\f\n\r\t\x7f\xE4\xB8\xAD\xFF";
    static const char expected[] =
        "\"a\\u0000\\u001f\\\"\\\\/\\b\\f\\n\\r\\t\x7f\xE4\xB8\xAD\xEF\xBF\xBD\"";
    bool right = true;

    for (size_t limit = 0; limit <= sizeof expected - 1; limit++) {
        struct fq_buffer buffer = {.limit = limit};
        struct fq_error error;
        enum fq_status status = fq_json_string_add(&buffer, text, sizeof text - 1, &error);

        right = limit < sizeof expected - 1
                    ? status == FQ_OUT_OF_MEMORY && right
                    : status == FQ_OK && buffer.size == limit &&
                          memcmp(buffer.data, expected, limit) == 0 && right;
        fq_buffer_free(&buffer);
    }
    ok(right, "a string is escaped as python3 escapes it, or not at all");
}

int main(void)
{
    string();
    cut_anywhere();
    garbage();
    stays_refused();
    not_utf8();
    return done_testing();
}
