/* The splitter and the decoder alone: an answer of 40 MB in memory, handed over as libcurl would,
 * in pieces of 16 KB, beside a memcpy of the same pieces and yajl, which merely parses them. */
#include <malloc.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "answer.h"
#include "bench.h"

enum { PIECE = 16 * 1024, TEXT = 40 * 1000 * 1000 };

static const char head[] =
    "{\"code\":\"0\",\"msg\":\"ok\",\"result\":{\"orderNo\":\"order1\",\"video\":\"";
static const char tail[] = "\"}}";

typedef int way(const char *text, size_t size, char *to);

static size_t piece(size_t left)
{
    return left < PIECE ? left : PIECE;
}

static int copy(const char *text, size_t size, char *to)
{
    for (size_t at = 0; at < size; at += PIECE) {
        memcpy(to + at, text + at, piece(size - at));
        use(to);
    }
    return 1;
}

/* In pieces, or in one: yajl starts a string that was cut over again at each piece. */
static int parse_by(const char *text, size_t size, size_t step)
{
    yajl_handle yajl = yajl_alloc(NULL, NULL, NULL);
    yajl_status status = yajl_status_ok;

    for (size_t at = 0; at < size && status == yajl_status_ok; at += step)
        status =
            yajl_parse(yajl, (const unsigned char *)text + at, size - at < step ? size - at : step);
    if (status == yajl_status_ok)
        status = yajl_complete_parse(yajl);
    yajl_free(yajl);
    return status == yajl_status_ok;
}

static int parse_pieces(const char *text, size_t size, char *to)
{
    (void)to;
    return parse_by(text, size, PIECE);
}

static int parse_whole(const char *text, size_t size, char *to)
{
    (void)to;
    return parse_by(text, size, size);
}

static int split(const char *text, size_t size, char *to)
{
    const struct fq_answer_file files[] = {{"photo", NULL}, {"video", NULL}};
    const char *const unique[] = {"code", "orderNo"};
    const struct fq_answer_options options = {.files = files,
                                              .files_count = 2,
                                              .unique = unique,
                                              .unique_count = 2,
                                              .within = "result",
                                              .max_envelope = 1 << 20,
                                              .max_media = 64 << 20};
    struct fq_answer *answer;
    struct fq_sink *sink;
    struct fq_medium_result video;
    enum fq_status status = fq_answer_new(&options, &answer, NULL);

    (void)to;
    if (status != FQ_OK)
        return 0;
    sink = fq_answer_sink(answer);
    for (size_t at = 0; at < size && status == FQ_OK; at += PIECE)
        status = sink->take(sink, text + at, piece(size - at), NULL);
    if (status == FQ_OK)
        status = sink->end(sink, NULL);
    if (status == FQ_OK)
        status = fq_answer_medium(answer, 1, &video, NULL);
    sink->free(sink);
    return status == FQ_OK && video.size == TEXT / 4 * 3;
}

/* Bytes per second. */
static void measure(const char *name, way *way, const char *text, size_t size, char *to)
{
    double start = cpu_seconds();

    if (!way(text, size, to)) {
        fprintf(stderr, "%s failed\n", name);
        exit(1);
    }
    report(name, (double)size / (cpu_seconds() - start));
}

int main(int count, char **arguments)
{
    const size_t size = sizeof head - 1 + TEXT + sizeof tail - 1;
    char *text = allocate(size), *to = allocate(size);

    memcpy(text, head, sizeof head - 1);
    fill_base64(text + sizeof head - 1, TEXT);
    memcpy(text + sizeof head - 1 + TEXT, tail, sizeof tail - 1);
    if (count > 1 && strcmp(arguments[1], "yajl") == 0) {
        measure("split.yajl_pieces", parse_pieces, text, size, to);
        return 0;
    }
    /* From here on freed memory stays, so that after the first turn nobody waits for the kernel's
     * fresh pages. */
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    measure("split.memcpy_fresh", copy, text, size, to);
    measure("split.facequery_fresh", split, text, size, to);
    measure("split.memcpy", copy, text, size, to);
    measure("split.facequery", split, text, size, to);
    measure("split.yajl_whole", parse_whole, text, size, to);
    free(to);
    free(text);
    return 0;
}
