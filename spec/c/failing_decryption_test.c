/* Messages that openssl has encrypted, opened when any one call is refused. */
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decryption.h"
#include "failing.h"
#include "folder.h"

#define CONTENT "what was encrypted"

static char made[] = "/tmp/facequery-decryption.XXXXXX"; /* keys, certificates and a message */
static unsigned char message[2048];
static size_t message_size;
static struct fq_buffer content;
static enum fq_status last;

static bool make(void)
{
    char command[1024];
    FILE *file;

    if (mkdtemp(made) == NULL)
        return false;
    snprintf(
        command, sizeof command,
        "exec 2>/dev/null; cd %s && for name in one two; do openssl req -x509 -nodes -newkey ec "
        "-pkeyopt ec_paramgen_curve:P-256 -keyout $name.key -out $name.pem -subj /CN=$name || "
        "exit; done; printf '" CONTENT "' | openssl cms -encrypt -binary -aes-256-gcm "
        "-outform DER -out message one.pem",
        made);
    if (system(command) != 0)
        return false;
    snprintf(command, sizeof command, "%s/message", made);
    file = fopen(command, "r");
    if (file == NULL)
        return false;
    message_size = fread(message, 1, sizeof message, file);
    fclose(file);
    return message_size > 0;
}

static enum fq_status open_with(const char *key, const char *certificate, struct fq_error *error)
{
    char key_path[64], certificate_path[64];
    struct fq_decryption *decryption;

    fq_buffer_free(&content);
    content.limit = sizeof CONTENT;
    snprintf(key_path, sizeof key_path, "%s/%s", made, key);
    snprintf(certificate_path, sizeof certificate_path, "%s/%s", made, certificate);
    last = fq_decryption_new(key_path, *certificate != '\0' ? certificate_path : NULL, &decryption,
                             error);
    if (last == FQ_OK)
        last = fq_decryption_open(decryption, message, message_size, &content, error);
    fq_decryption_free(decryption);
    return last;
}

static enum fq_status run_known(struct fq_error *error)
{
    return open_with("one.key", "one.pem", error);
}

static enum fq_status run_unknown(struct fq_error *error)
{
    return open_with("one.key", "", error);
}

/* All of it or nothing, and nothing is left behind in OpenSSL's queue for others.  A want of memory
 * is called that: nobody is to take a message for damaged, or a key for the wrong one. */
static bool check_content(bool is_ok)
{
    if (ERR_peek_error() != 0)
        return false;
    if (is_ok)
        return content.size == strlen(CONTENT) && memcmp(content.data, CONTENT, content.size) == 0;
    return content.size == 0 && (!is_short_of_memory() || last == FQ_OUT_OF_MEMORY);
}

static bool check_refused(bool is_ok)
{
    return !is_ok && ERR_peek_error() == 0 && content.size == 0;
}

static enum fq_status run_other_key(struct fq_error *error)
{
    return open_with("two.key", "", error);
}

static enum fq_status run_changed(struct fq_error *error)
{
    enum fq_status status;

    message[message_size - 1] ^= 1; /* the tag's last bit */
    status = open_with("one.key", "one.pem", error);
    message[message_size - 1] ^= 1;
    return status;
}

static enum fq_status run_no_key(struct fq_error *error)
{
    return open_with("one.pem", "", error);
}

int main(void)
{
    static const struct scenario scenarios[] = {
        {"a message and its certificate", nothing, run_known, check_content, false, false},
        {"a message", nothing, run_unknown, check_content, false, false},
        {"a message for others", nothing, run_other_key, check_refused, true, false},
        {"a message that was changed", nothing, run_changed, check_refused, true, false},
        {"a key that is none", nothing, run_no_key, check_refused, true, false},
    };
    int result;

    if (!make()) {
        printf("Bail out! openssl has made nothing\n");
        return 1;
    }
    result = fail_all(scenarios, sizeof scenarios / sizeof *scenarios);
    fq_buffer_free(&content);
    fq_folder_remove(made, NULL);
    return result;
}
