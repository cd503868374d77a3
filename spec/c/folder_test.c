/* A folder's room on a file system that knows no bounds, which no test can mount. */
#include "folder.h"

#include <stdint.h>
#include <string.h>
#include <sys/statvfs.h>

#include "tap.h"

/* What the core calls is this one, since the program comes first. */
__attribute__((visibility("default"))) int statvfs(const char *path, struct statvfs *status)
{
    (void)path;
    memset(status, 0, sizeof *status);
    status->f_bavail = UINT64_C(1) << 60;
    status->f_frsize = 4096;
    return 0;
}

int main(void)
{
    double bytes = 0;

    ok(fq_folder_room("/", &bytes, NULL) == FQ_OK && bytes == 4722366482869645213696.0,
       "2^60 blocks of 4096 bytes are 2^72 bytes, and not none");
    return done_testing();
}
