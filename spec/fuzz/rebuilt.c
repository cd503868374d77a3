#include "rebuilt.h"

#include <stdint.h>
#include <string.h>

#include "must.h"

static enum fq_status put(void *text, const void *data, size_t size, struct fq_error *error)
{
    return fq_buffer_add(text, data, size, FQ_ENVELOPE_TOO_LARGE, error);
}

static void put_medium(const struct fq_spelling *spelling, const struct fq_medium_result *medium,
                       struct fq_buffer *text)
{
    struct fq_speller speller = {.spelling = spelling, .put = put, .out = text};

    must(fq_speller_add(&speller, spelling->prefix, spelling->prefix_length, false, NULL) ==
                 FQ_OK &&
             fq_speller_encode(&speller, medium->data, medium->size, NULL) == FQ_OK &&
             fq_speller_end(&speller, NULL) == FQ_OK,
         "there is memory");
}

bool rebuilt_check(const struct fq_answer *answer, const struct fq_medium_result *media,
                   const struct fq_damage_result *damage, const char *text, size_t size)
{
    struct fq_answer_place places[FQ_ANSWER_PLACES];
    struct fq_buffer made = {.limit = SIZE_MAX};
    size_t count, left, at = 0;
    bool is_regular = fq_answer_layout(answer, places, &count);
    const char *envelope = fq_answer_envelope(answer, &left);

    if (!is_regular)
        return false;
    for (size_t i = 0; i <= count; i++) {
        const struct fq_answer_place *place = i < count ? &places[i] : NULL;
        size_t next = place != NULL ? place->at : left;

        must(at <= next && next <= left, "places are in the envelope, in order");
        must(put(&made, envelope + at, next - at, NULL) == FQ_OK, "there is memory");
        if (place != NULL && place->is_damaged)
            must(put(&made, damage[place->file].text, damage[place->file].size, NULL) == FQ_OK,
                 "there is memory");
        else if (place != NULL)
            put_medium(&place->spelling, &media[place->file], &made);
        at = next;
    }
    must(made.size == size && memcmp(made.data, text, size) == 0,
         "an answer that can be made again is the one that came");
    fq_buffer_free(&made);
    return true;
}
