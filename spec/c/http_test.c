/* The exchange against a server of its own, where a Lua program can't look. */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "curl_name.h"
#include "http.h"
#include "tap.h"

/* The server answers so often on a connection, then closes it at the next request. */
enum { ANSWERS = 2, MAX_REQUESTS = 16, MAX_REQUEST = 1024 };

static char requests[MAX_REQUESTS][MAX_REQUEST]; /* as they came, each with its end's body */
static atomic_int count;

/* Is the whole request there? */
static bool is_whole(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n"), *length = strstr(text, "Content-Length: ");

    return end != NULL && (length == NULL || strlen(end + 4) == strtoul(length + 16, NULL, 10));
}

static bool take_request(int connection)
{
    char *text = requests[atomic_load(&count)];
    size_t size = 0;

    while (!is_whole(text)) {
        ssize_t got = recv(connection, text + size, MAX_REQUEST - 1 - size, 0);
        if (got <= 0)
            return false;
        size += (size_t)got;
    }
    atomic_fetch_add(&count, 1);
    return true;
}

static void *serve(void *argument)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"code\":\"0\"}";
    int listener = *(int *)argument;

    for (;;) {
        int connection = accept(listener, NULL, NULL);
        for (int i = 0; take_request(connection) && i < ANSWERS; i++)
            send(connection, answer, sizeof answer - 1, MSG_NOSIGNAL);
        close(connection);
    }
    return NULL;
}

static char url[64]; /* of the server, as far as its path */

static void start_server(void)
{
    static int listener;
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    pthread_t thread;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bind(listener, (struct sockaddr *)&address, size);
    listen(listener, 10);
    getsockname(listener, (struct sockaddr *)&address, &size);
    pthread_create(&thread, NULL, serve, &listener);
    pthread_detach(thread);
    snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(address.sin_port));
}

/* A sink that counts, to show that an exchange knows nothing of what takes its bytes. */
struct counter {
    struct fq_sink sink;
    size_t bytes;
    int ends;
    enum fq_status refusal; /* of every byte; FQ_OK: of none */
};

static enum fq_status count_bytes(struct fq_sink *sink, const char *data, size_t size,
                                  struct fq_error *failure)
{
    struct counter *counter = (struct counter *)sink;

    (void)data;
    counter->bytes += size;
    return fq_fail(failure, counter->refusal, 0);
}

static enum fq_status count_end(struct fq_sink *sink, struct fq_error *failure)
{
    struct counter *counter = (struct counter *)sink;

    counter->ends++;
    return fq_fail(failure, counter->refusal, 0);
}

static struct fq_error error;
static struct fq_http_result result;
static struct counter counter; /* of the last exchange */

/* An exchange of a request that says where to and otherwise what `request` says. */
static enum fq_status ask(struct fq_http *http, const char *where, struct fq_http_request request)
{
    counter.sink.take = count_bytes;
    counter.sink.end = count_end;
    counter.bytes = 0;
    counter.ends = 0;
    request.url = where;
    request.timeout = request.timeout > 0 ? request.timeout : 10000;
    request.connect_timeout = 10000;
    return fq_http_exchange(http, &request, &counter.sink, &result, &error);
}

/* The same of the server's `path`; returns the request as it came there, NULL when none did. */
static const char *request_of(struct fq_http *http, const char *path,
                              struct fq_http_request request)
{
    char where[128];
    int before = atomic_load(&count);

    snprintf(where, sizeof where, "%s%s", url, path);
    if (ask(http, where, request) != FQ_OK) {
        printf("# %s %d %s\n", fq_status_name(error.status), error.number, error.detail);
        return NULL;
    }
    /* Of those that it took, the answered one. */
    return atomic_load(&count) > before ? requests[atomic_load(&count) - 1] : NULL;
}

static bool has(const char *text, const char *part)
{
    return text != NULL && strstr(text, part) != NULL;
}

static void nothing_is_left(void)
{
    static const char *const headers[] = {"A: b", NULL};
    struct fq_http_request everything = {
        .body = "{}", .body_size = 2, .headers = headers, .ca_file = "/nowhere", .timeout = 5000};
    struct fq_http_request nothing = {.body = NULL};
    struct fq_http *http;
    const char *text;

    ok(fq_http_new(&http, &error) == FQ_OK, "a connection");
    text = request_of(http, "/first", everything);
    ok(has(text, "POST /first ") && has(text, "\r\nA: b\r\n") && has(text, "\r\n\r\n{}"),
       "an exchange with everything");
    text = request_of(http, "/second", nothing);
    ok(result.reused && has(text, "GET /second ") && !has(text, "A: b") && !has(text, "{}") &&
           !has(text, "Content-"),
       "the next one, with nothing of it");
    text = request_of(http, "/third", everything);
    ok(!result.reused && has(text, "POST /third ") && has(text, "A: b") && has(text, "\r\n\r\n{}"),
       "the same request again on a new connection, where the server had closed the old one");
    text = request_of(http, "/fourth", nothing);
    ok(result.reused && has(text, "GET /fourth "), "and another");
    curl_easy_getinfo(fq_http_handle(http), CURLINFO_EFFECTIVE_URL, &text);
    /* A newer one has forgotten this one, too. */
    ok(text == NULL || text[0] == '\0' || has(text, "/fourth"),
       "libcurl itself knows no other url any more");
    ok(ask(http, "/fifth", nothing) == FQ_INVALID_BASE_URL,
       "no url goes on where the last one was");
    fq_http_free(http);
}

static atomic_int signals_changed;

/* What libcurl calls is this one, since the program comes first. */
__attribute__((visibility("default"))) int sigaction(int number, const struct sigaction *new,
                                                     struct sigaction *old)
{
    int (*real)(int, const struct sigaction *, struct sigaction *);

    *(void **)&real = dlsym(RTLD_NEXT, "sigaction");
    if (new != NULL)
        atomic_fetch_add(&signals_changed, 1);
    return real(number, new, old);
}

static void signals_stay(void)
{
    struct fq_http_request request = {.body = NULL};
    struct fq_http *http;

    atomic_store(&signals_changed, 0);
    fq_http_new(&http, &error);
    request_of(http, "/", request);
    request_of(http, "/", request);
    request_of(http, "/", request);
    fq_http_free(http);
    ok(atomic_load(&signals_changed) == 0, "no signal's handler is changed, up to the end");
}

enum { RESOLVER_SECONDS = 6 };
static atomic_bool resolved;

/* Knows no names, and takes its time to say so. */
__attribute__((visibility("default"))) int getaddrinfo(const char *name, const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **list)
{
    (void)name;
    (void)service;
    (void)hints;
    (void)list;
    sleep(RESOLVER_SECONDS);
    atomic_store(&resolved, true);
    return EAI_NONAME;
}

static void any_sink_will_do(void)
{
    struct fq_http_request nothing = {.body = NULL};
    struct fq_http *http;

    fq_http_new(&http, &error);
    ok(has(request_of(http, "/", nothing), "GET / ") && counter.bytes == 12 && counter.ends == 1,
       "a sink takes the body's bytes, and its end once");
    counter.refusal = FQ_ENVELOPE_TOO_LARGE;
    ok(request_of(http, "/", nothing) == NULL && error.status == FQ_ENVELOPE_TOO_LARGE &&
           result.status == 200,
       "what a sink refuses is refused for its reason");
    counter.refusal = FQ_OK;
    fq_http_free(http);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void resolver_is_slow(void)
{
    struct fq_http_request request = {.timeout = 1000};
    struct fq_http *http;
    double start = now(), elapsed;
    enum fq_status status;

    fq_http_new(&http, &error);
    status = ask(http, "https://slow.example", request);
    ok(status == FQ_TRANSPORT && error.number == CURLE_OPERATION_TIMEDOUT,
       "a slow resolver is a timeout");
    fq_http_free(http);
    elapsed = now() - start;
    ok(elapsed > 0.9 && elapsed < RESOLVER_SECONDS - 2, "after %.1f seconds", elapsed);
    while (!atomic_load(&resolved) && now() - start < 4 * RESOLVER_SECONDS)
        usleep(10000);
    usleep(100000);
    ok(atomic_load(&resolved), "its thread ends in peace");
}

static void codes_have_names(void)
{
    /* The numbers of libcurl's documentation, where an exchange is worth another try. */
    static const struct {
        int code;
        const char *name;
    } known[] = {
        {5, "COULDNT_RESOLVE_PROXY"}, {6, "COULDNT_RESOLVE_HOST"},
        {7, "COULDNT_CONNECT"},       {16, "HTTP2"},
        {18, "PARTIAL_FILE"},         {25, "UPLOAD_FAILED"},
        {28, "OPERATION_TIMEDOUT"},   {35, "SSL_CONNECT_ERROR"},
        {52, "GOT_NOTHING"},          {55, "SEND_ERROR"},
        {56, "RECV_ERROR"},           {65, "SEND_FAIL_REWIND"},
        {80, "SSL_SHUTDOWN_FAILED"},  {81, "AGAIN"},
        {88, "CHUNK_FAILED"},         {89, "NO_CONNECTION_AVAILABLE"},
        {92, "HTTP2_STREAM"},         {95, "HTTP3"},
        {96, "QUIC_CONNECT_ERROR"},   {99, "UNRECOVERABLE_POLL"},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        ok(strcmp(fq_curl_name(known[i].code), known[i].name) == 0, "%d is %s", known[i].code,
           known[i].name);
    ok(strcmp(fq_curl_name(CURLE_TFTP_PERM), "OTHER_TRANSPORT_ERROR") == 0 &&
           strcmp(fq_curl_name(-1), "OTHER_TRANSPORT_ERROR") == 0,
       "what no exchange ends with is another one");
}

int main(void)
{
    start_server();
    nothing_is_left();
    any_sink_will_do();
    signals_stay();
    codes_have_names();
    resolver_is_slow();
    return done_testing();
}
