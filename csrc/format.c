#include "format.h"

#include <string.h>

/* Goes by the major brand of an ISO base media file (ISO/IEC 14496-12; mp4ra.org lists the brands):
 * one that begins with "ftyp" need not be an MP4, and may be a photo (HEIF, AVIF). */
static void recognise_brand(const unsigned char *brand, const char **format, const char **mime)
{
    static const struct {
        const char *brands; /* of four characters each */
        const char *format, *mime;
    } families[] = {
        {"isomiso2iso3iso4iso5iso6iso7iso8iso9isoaisobisocmp41mp42mp71avc1dashmmp4MSNVM4V M4VHM4VP"
         "f4v F4V XAVC",
         "mp4", "video/mp4"},
        {"heicheixheimheis", NULL, "image/heic"},
        {"hevchevxhevmhevs", NULL, "image/heic-sequence"},
        {"mif1mif2", NULL, "image/heif"},
        {"msf1", NULL, "image/heif-sequence"},
        {"avif", NULL, "image/avif"},
        {"avis", NULL, "image/avif-sequence"},
        {"qt  ", NULL, "video/quicktime"},
        {"M4A M4B M4P f4a F4A ", NULL, "audio/mp4"},
        {"3gp43gp53gp63gp73gp83gp93gr63gs63gs73ge63ge73gg6", NULL, "video/3gpp"},
        {"3g2a3g2b3g2c", NULL, "video/3gpp2"},
    };

    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        for (const char *known = families[i].brands; *known != '\0'; known += 4)
            if (memcmp(known, brand, 4) == 0) {
                *format = families[i].format;
                *mime = families[i].mime;
            }
}

void fq_format_of(const unsigned char *head, size_t size, const char **format, const char **mime)
{
    *format = NULL;
    *mime = "application/octet-stream";
    if (size >= 3 && memcmp(head, "\xFF\xD8\xFF", 3) == 0) {
        *format = "jpeg";
        *mime = "image/jpeg";
    } else if (size >= 8 && memcmp(head, "\x89PNG\r\n\x1A\n", 8) == 0) {
        *format = "png";
        *mime = "image/png";
    } else if (size >= 12 && memcmp(head + 4, "ftyp", 4) == 0) {
        recognise_brand(head + 8, format, mime);
    }
}
