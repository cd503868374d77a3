/* A certificate's names where they don't fit. */
#include "certificate.h"

#include <string.h>

#include "tap.h"

enum { BEFORE = 3 }; /* "CN=" */

/* "a", "é", "中" and "😀": one to four bytes each. */
static const char text[] = "a\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80";

/* The bytes of the whole characters that `room` bytes hold of it. */
static size_t whole(size_t room)
{
    static const size_t ends[] = {0, 1, 3, 6, 10};
    size_t size = 0;

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends[i] <= room)
            size = ends[i];
    return size;
}

static X509 *certificate_of(const char *issuer)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_NAME_new();

    if (issuer != NULL)
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)issuer, -1, -1,
                                   0);
    X509_set_issuer_name(certificate, name);
    X509_NAME_free(name);
    return certificate;
}

int main(void)
{
    X509 *certificate = certificate_of(text);
    char name[32], expected[32] = "CN=";
    bool is_right = true, is_kept = true;

    strcat(expected, text);
    ok(fq_certificate_issuer(certificate, name, sizeof name) && strcmp(name, expected) == 0,
       "a name of other letters than ASCII's, as UTF-8");
    for (size_t capacity = BEFORE + 1; capacity < sizeof name; capacity++) {
        size_t length = BEFORE + whole(capacity - 1 - BEFORE);
        memset(name, '#', sizeof name);
        fq_certificate_issuer(certificate, name, capacity);
        is_right = is_right && strlen(name) == length && memcmp(name, expected, length) == 0;
        for (size_t i = capacity; i < sizeof name; i++)
            is_kept = is_kept && name[i] == '#';
    }
    ok(is_right, "is cut between two characters, whatever room there is");
    ok(is_kept, "and takes no more");
    ok(fq_certificate_issuer(certificate, name, 1) && name[0] == '\0', "not even one of its own");
    X509_free(certificate);
    certificate = certificate_of(NULL);
    ok(fq_certificate_issuer(certificate, name, sizeof name) && name[0] == '\0',
       "no name is an empty one");
    X509_free(certificate);
    return done_testing();
}
