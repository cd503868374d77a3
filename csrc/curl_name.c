#include "curl_name.h"

#include <curl/curl.h>

#define NAMES(X)                                                                                   \
    X(UNSUPPORTED_PROTOCOL)                                                                        \
    X(FAILED_INIT)                                                                                 \
    X(URL_MALFORMAT)                                                                               \
    X(NOT_BUILT_IN)                                                                                \
    X(COULDNT_RESOLVE_PROXY)                                                                       \
    X(COULDNT_RESOLVE_HOST)                                                                        \
    X(COULDNT_CONNECT)                                                                             \
    X(WEIRD_SERVER_REPLY)                                                                          \
    X(HTTP2)                                                                                       \
    X(PARTIAL_FILE)                                                                                \
    X(HTTP_RETURNED_ERROR)                                                                         \
    X(WRITE_ERROR)                                                                                 \
    X(UPLOAD_FAILED)                                                                               \
    X(READ_ERROR)                                                                                  \
    X(OUT_OF_MEMORY)                                                                               \
    X(OPERATION_TIMEDOUT)                                                                          \
    X(RANGE_ERROR)                                                                                 \
    X(HTTP_POST_ERROR)                                                                             \
    X(SSL_CONNECT_ERROR)                                                                           \
    X(ABORTED_BY_CALLBACK)                                                                         \
    X(BAD_FUNCTION_ARGUMENT)                                                                       \
    X(INTERFACE_FAILED)                                                                            \
    X(TOO_MANY_REDIRECTS)                                                                          \
    X(UNKNOWN_OPTION)                                                                              \
    X(SETOPT_OPTION_SYNTAX)                                                                        \
    X(GOT_NOTHING)                                                                                 \
    X(SSL_ENGINE_NOTFOUND)                                                                         \
    X(SSL_ENGINE_SETFAILED)                                                                        \
    X(SEND_ERROR)                                                                                  \
    X(RECV_ERROR)                                                                                  \
    X(SSL_CERTPROBLEM)                                                                             \
    X(SSL_CIPHER)                                                                                  \
    X(PEER_FAILED_VERIFICATION)                                                                    \
    X(BAD_CONTENT_ENCODING)                                                                        \
    X(FILESIZE_EXCEEDED)                                                                           \
    X(USE_SSL_FAILED)                                                                              \
    X(SEND_FAIL_REWIND)                                                                            \
    X(SSL_ENGINE_INITFAILED)                                                                       \
    X(LOGIN_DENIED)                                                                                \
    X(SSL_CACERT_BADFILE)                                                                          \
    X(SSL_SHUTDOWN_FAILED)                                                                         \
    X(AGAIN)                                                                                       \
    X(SSL_CRL_BADFILE)                                                                             \
    X(SSL_ISSUER_ERROR)                                                                            \
    X(CHUNK_FAILED)                                                                                \
    X(NO_CONNECTION_AVAILABLE)                                                                     \
    X(SSL_PINNEDPUBKEYNOTMATCH)                                                                    \
    X(SSL_INVALIDCERTSTATUS)                                                                       \
    X(HTTP2_STREAM)                                                                                \
    X(RECURSIVE_API_CALL)                                                                          \
    X(AUTH_ERROR)                                                                                  \
    X(HTTP3)                                                                                       \
    X(QUIC_CONNECT_ERROR)                                                                          \
    X(PROXY)                                                                                       \
    X(SSL_CLIENTCERT)                                                                              \
    X(UNRECOVERABLE_POLL)

const char *fq_curl_name(int code)
{
    switch (code) {
#define X(name)                                                                                    \
    case CURLE_##name:                                                                             \
        return #name;
        NAMES(X)
#undef X
    }
    return "OTHER_TRANSPORT_ERROR";
}
