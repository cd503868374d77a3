/* The six bits that each character of base64 stands for. */
#ifndef FQ_BASE64_VALUES_H
#define FQ_BASE64_VALUES_H

/* By character; -1 for one that is none of base64's. */
extern const signed char fq_base64_values[256];

/* The table, written down once for all its forms: `as` makes an entry of a value. */
#define FQ_BASE64_ROW(as, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)                          \
    as(a), as(b), as(c), as(d), as(e), as(f), as(g), as(h), as(i), as(j), as(k), as(l), as(m),     \
        as(n), as(o), as(p)
#define FQ_BASE64_NONE(as)                                                                         \
    FQ_BASE64_ROW(as, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)
/* clang-format off */
#define FQ_BASE64_VALUES(as)                                                                       \
    FQ_BASE64_NONE(as),                                                                            \
    FQ_BASE64_NONE(as),                                                                            \
    FQ_BASE64_ROW(as, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 62, -1, -1, -1, 63), /* + and / */\
    FQ_BASE64_ROW(as, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1), /* 0 to 9 */\
    FQ_BASE64_ROW(as, -1,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14), /* A to O */\
    FQ_BASE64_ROW(as, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, -1), /* P to Z */\
    FQ_BASE64_ROW(as, -1, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40), /* a to o */\
    FQ_BASE64_ROW(as, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, -1, -1, -1, -1, -1), /* p to z */\
    FQ_BASE64_NONE(as), FQ_BASE64_NONE(as),                                                        \
    FQ_BASE64_NONE(as), FQ_BASE64_NONE(as),                                                        \
    FQ_BASE64_NONE(as), FQ_BASE64_NONE(as),                                                        \
    FQ_BASE64_NONE(as), FQ_BASE64_NONE(as)
/* clang-format on */

#endif
