/* The floor of `facequery archive`: libcurl's multi interface discards the same responses, as many
 * bytes as their media decode to are written, a file each, and SHA-256 takes as many bytes as an
 * archive's does: those, and the answers as they came; or those alone.
 *
 * archive JOBS CA_FILE DIR all|media < REQUESTS: a request a line: url, body, decoded bytes,
 * between tabs. */
#include <curl/curl.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LARGEST (4 * 1024 * 1024)

struct job {
    CURL *easy;
    size_t bytes;    /* of its media, decoded */
    size_t received; /* of its answer */
};

static char payload[LARGEST];
static const char *folder;
static size_t files;
static int hashes_answers;

static size_t discard(char *data, size_t unit, size_t count, void *context)
{
    struct job *job = context;

    (void)data;
    job->received += unit * count;
    return unit * count;
}

/* The next request on the job's handle; 0 when there is none. */
static int start(CURLM *multi, struct job *job)
{
    static char *line;
    static size_t capacity;
    char *url, *body, *bytes;

    if (getline(&line, &capacity, stdin) < 0)
        return 0;
    url = strtok(line, "\t");
    body = strtok(NULL, "\t");
    bytes = strtok(NULL, "\t\n");
    job->bytes = strtoul(bytes, NULL, 10);
    job->received = 0;
    curl_easy_setopt(job->easy, CURLOPT_URL, url);
    curl_easy_setopt(job->easy, CURLOPT_COPYPOSTFIELDS, body);
    curl_multi_add_handle(multi, job->easy);
    return 1;
}

static void hash(size_t bytes)
{
    unsigned char digest[EVP_MAX_MD_SIZE];

    EVP_Digest(payload, bytes < LARGEST ? bytes : LARGEST, digest, NULL, EVP_sha256(), NULL);
}

static void store(size_t bytes)
{
    char path[4096];
    int fd;

    if (bytes == 0)
        return;
    hash(bytes);
    snprintf(path, sizeof path, "%s/%zu", folder, files++);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, payload, bytes) != (ssize_t)bytes || close(fd) != 0) {
        perror(path);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    CURLM *multi = curl_multi_init();
    CURLMsg *message;
    int jobs, running = 0, left;

    if (argc != 5)
        return 2;
    hashes_answers = strcmp(argv[4], "all") == 0;
    jobs = atoi(argv[1]);
    folder = argv[3];
    memset(payload, 1, sizeof payload);
    for (int i = 0; i < jobs; i++) {
        struct job *job = calloc(1, sizeof *job);
        job->easy = curl_easy_init();
        curl_easy_setopt(job->easy, CURLOPT_PRIVATE, job);
        curl_easy_setopt(job->easy, CURLOPT_CAINFO, argv[2]);
        curl_easy_setopt(job->easy, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(job->easy, CURLOPT_WRITEFUNCTION, discard);
        curl_easy_setopt(job->easy, CURLOPT_WRITEDATA, job);
        curl_easy_setopt(job->easy, CURLOPT_PIPEWAIT, 1L);
        curl_easy_setopt(job->easy, CURLOPT_BUFFERSIZE, 64L * 1024);
        running += start(multi, job);
    }
    while (running > 0) {
        curl_multi_poll(multi, NULL, 0, 1000, NULL);
        curl_multi_perform(multi, &left);
        while ((message = curl_multi_info_read(multi, &left)) != NULL) {
            struct job *job;
            CURL *easy = message->easy_handle;
            if (message->data.result != CURLE_OK) {
                fprintf(stderr, "%s\n", curl_easy_strerror(message->data.result));
                return 1;
            }
            curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&job);
            curl_multi_remove_handle(multi, easy);
            if (hashes_answers)
                hash(job->received);
            store(job->bytes);
            running += start(multi, job) - 1;
        }
    }
    return 0;
}
