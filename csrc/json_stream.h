/* JSON that arrives in pieces, cut anywhere: a pull reader that finds the containers, the keys and
 * the strings of one object.
 *
 * It is another one than json.h's, as each does what the other can't.  That one needs the whole
 * text in memory and gives out each token in one piece.  This one keeps nothing but a key, and
 * leaves the bytes of a string to the caller as they come, who decodes megabytes of them in one
 * pass.  For that it checks no more of the grammar than it takes to find the strings: whoever needs
 * to know more reads what is left of the text with json.h. */
#ifndef FQ_JSON_STREAM_H
#define FQ_JSON_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "escape.h"
#include "json.h"
#include "status.h"

enum fq_json_event {
    FQ_JSON_NOTHING,         /* all bytes were taken */
    FQ_JSON_BYTE_ORDER_MARK, /* a byte of a byte order mark was taken, which is none of the text's
                              */
    FQ_JSON_HAS_OPENED,      /* a container: see depth and is_array */
    FQ_JSON_HAS_KEY,         /* a key has ended: see key */
    FQ_JSON_BEFORE_STRING    /* the quote was taken that opens a string which is no key */
};

/* All zero: before the text. */
struct fq_json_stream {
    enum {
        FQ_JSON_AT_START,       /* a byte order mark may come */
        FQ_JSON_BEFORE_OBJECT,  /* or blanks */
        FQ_JSON_BETWEEN_TOKENS, /* of the object: punctuation, numbers, literals */
        FQ_JSON_IN_STRING,      /* a key or not */
        FQ_JSON_AFTER_OBJECT
    } state;
    unsigned mark;                /* bytes of a byte order mark that came */
    unsigned depth;               /* containers open */
    bool is_array[FQ_JSON_DEPTH]; /* by depth - 1 */
    bool expects_key;             /* a string here would be a key of the innermost object */
    bool is_in_key;               /* the string is one */
    struct fq_escape escape;
    /* The last key, its escapes undone; a length of more than FQ_LONGEST_FIELD: not all of it. */
    char key[FQ_LONGEST_FIELD + 1];
    size_t key_length;
};

/* Takes bytes up to the next event.  Behind FQ_JSON_BEFORE_STRING the caller may call it again at
 * once, and the string is passed over; or take bytes of the string itself, and call it with the
 * quote that ends the string.
 * FQ_NOT_JSON (no object, or a wrong escape), FQ_JSON_TOO_DEEP, FQ_TRAILING_DATA; *consumed is set
 * in any case, and nothing but a call with no bytes may follow. */
enum fq_status fq_json_stream_next(struct fq_json_stream *json, const char *data, size_t size,
                                   size_t *consumed, enum fq_json_event *event,
                                   struct fq_error *error);

/* Has the object ended? */
bool fq_json_stream_has_ended(const struct fq_json_stream *json);

#endif
