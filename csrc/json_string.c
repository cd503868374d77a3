#include "json_string.h"

#include <stdio.h>
#include <string.h>

#include "utf8.h"

size_t fq_json_string_plain(const char *text, size_t size)
{
    size_t at = 0;

    while (at < size && (unsigned char)text[at] >= ' ' && (unsigned char)text[at] < 0x80 &&
           text[at] != '"' && text[at] != '\\')
        at++;
    return at;
}

/* Appends what stands for a character of ASCII that does not stand for itself. */
static enum fq_status add_escape(struct fq_buffer *buffer, char c, struct fq_error *error)
{
    static const char characters[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *found = c != '\0' ? strchr(characters, c) : NULL;
    char escape[sizeof "\\u0000"];
    int length = found != NULL
                     ? snprintf(escape, sizeof escape, "\\%c", letters[found - characters])
                     : snprintf(escape, sizeof escape, "\\u%04x", (unsigned char)c);

    return fq_buffer_add(buffer, escape, (size_t)length, FQ_OUT_OF_MEMORY, error);
}

enum fq_status fq_json_string_add(struct fq_buffer *buffer, const char *text, size_t size,
                                  struct fq_error *error)
{
    enum fq_status status = fq_buffer_add(buffer, "\"", 1, FQ_OUT_OF_MEMORY, error);
    size_t length;

    for (size_t at = 0; at < size && status == FQ_OK; at += length) {
        length = fq_json_string_plain(text + at, size - at);
        if (length > 0) {
            status = fq_buffer_add(buffer, text + at, length, FQ_OUT_OF_MEMORY, error);
        } else if ((unsigned char)text[at] < 0x80) {
            length = 1;
            status = add_escape(buffer, text[at], error);
        } else {
            bool is_valid;
            length = fq_utf8_next(text + at, size - at, &is_valid);
            status = fq_utf8_add(buffer, text + at, length, error);
        }
    }
    return status == FQ_OK ? fq_buffer_add(buffer, "\"", 1, FQ_OUT_OF_MEMORY, error) : status;
}
