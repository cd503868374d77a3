/* The answer made again of what the splitter has left of it. */
#ifndef REBUILT_H
#define REBUILT_H

#include <stdbool.h>
#include <stddef.h>

#include "answer.h"

/* Where the answer, once ended, says that it can be made again, it is `text`, byte by byte: else
 * the target ends.  `media` and `damage` are the answer's, by file.  Returns what it says. */
bool rebuilt_check(const struct fq_answer *answer, const struct fq_medium_result *media,
                   const struct fq_damage_result *damage, const char *text, size_t size);

#endif
