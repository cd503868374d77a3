/* The service's answer as libyajl reads it, whole and strictly: the judge of the splitter, which
 * checks no more of JSON's grammar than it takes to find the media. */
#ifndef ORACLE_H
#define ORACLE_H

#include <stdbool.h>
#include <stddef.h>

enum { ANSWER_PHOTO, ANSWER_VIDEO, ANSWER_MEDIA, ANSWER_VALUES = 8 };

/* A string's bytes, unescaped. */
struct answer_value {
    char *text;
    size_t size;
};

struct answer {
    bool is_object;    /* one JSON object and nothing else but blanks; else the rest means little */
    unsigned deepest;  /* containers in each other */
    bool is_duplicate; /* code, orderNo or result comes twice in the root or in its result */
    bool has_code, has_other_code; /* than "0" or 0, there */
    bool has_other_order;          /* than "a1" or "" */
    bool is_result_list;           /* and not an empty one */
    /* The string values of photo and video there, in their order, as many as have room. */
    struct answer_value values[ANSWER_MEDIA][ANSWER_VALUES];
    size_t count[ANSWER_MEDIA]; /* of all of them */
    /* All tokens, one after the other, with "" for those values. */
    char *tokens;
    size_t tokens_size;
};

/* To be freed with answer_free. */
void answer_read(const char *text, size_t size, struct answer *answer);

void answer_free(struct answer *answer);

#endif
