/* The floor of query: libcurl discarding the answer.  With media, OpenSSL's SHA-256 of as many
 * bytes as they decode to, and one write() of those.
 *
 * floor <url> <order> files|memory|none <bytes> <queries>
 * prints the CPU seconds of the first query, with its connection and handshake, and of each of the
 * following on the same connection. */
#include <curl/curl.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

static size_t received;

static size_t discard(char *data, size_t unit, size_t count, void *context)
{
    (void)data;
    (void)context;
    received += unit * count;
    return unit * count;
}

static void must(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "%s failed\n", what);
        exit(1);
    }
}

static void write_file(const char *path, const unsigned char *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    must(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && close(fd) == 0, "write");
}

static CURL *open_connection(const char *base_url, const char *order)
{
    static const char body[] = "{\"appId\":\"IDAXXXXX\",\"version\":\"1.0.0\","
                               "\"nonce\":\"kHoSxvLZGxSoFsjxlbzEoUzh5PAnTU7T\","
                               "\"orderNo\":\"video40\",\"getFile\":\"3\","
                               "\"sign\":\"D7606F1741DDCF90757DA924EDCF152A200AC7F0\"}";
    struct curl_slist *headers = NULL;
    char url[256];
    CURL *easy;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    easy = curl_easy_init();
    snprintf(url, sizeof url, "%s/api/v2/base/queryfacerecord?orderNo=%s", base_url, order);
    headers = curl_slist_append(headers, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Accept: application/json");
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_CAINFO, getenv("FACEQUERY_CA_FILE"));
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
    return easy;
}

int main(int count, char **arguments)
{
    unsigned char digest[EVP_MAX_MD_SIZE], *bytes;
    double start, stop, total = 0;
    int to_file, queries;
    size_t size;
    CURL *easy;
    EVP_MD *sha256;
    EVP_MD_CTX *context;

    must(count == 6, "usage");
    to_file = strcmp(arguments[3], "files") == 0;
    size = strtoul(arguments[4], NULL, 10);
    queries = atoi(arguments[5]);
    bytes = allocate(size + 1);
    memset(bytes, 'x', size + 1);

    start = cpu_seconds();
    easy = open_connection(arguments[1], arguments[2]);
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    context = EVP_MD_CTX_new();
    for (int i = 0; i <= queries; i++) {
        received = 0;
        must(curl_easy_perform(easy) == CURLE_OK && received > size, "query");
        if (size > 0)
            must(EVP_DigestInit_ex(context, sha256, NULL) &&
                     EVP_DigestUpdate(context, bytes, size) &&
                     EVP_DigestFinal_ex(context, digest, NULL),
                 "digest");
        if (to_file)
            write_file("floor.out", bytes, size);
        stop = cpu_seconds();
        if (i == 0)
            report("first", stop - start);
        else
            total += stop - start;
        unlink("floor.out");
        start = cpu_seconds();
    }
    if (queries > 0)
        report("next", total / queries);
    curl_easy_cleanup(easy);
    return 0;
}
