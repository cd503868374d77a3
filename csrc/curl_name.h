/* What libcurl calls the failures that an exchange can end with. */
#ifndef FQ_CURL_NAME_H
#define FQ_CURL_NAME_H

/* A CURLcode's name without its CURLE_ ("OPERATION_TIMEDOUT"), or "OTHER_TRANSPORT_ERROR" for one
 * that no HTTPS exchange ends with; static, never NULL. */
const char *fq_curl_name(int code);

#endif
