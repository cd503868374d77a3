#include "status.h"

#include <string.h>

const char *fq_status_name(enum fq_status status)
{
    switch (status) {
#define X(name)                                                                                    \
    case FQ_##name:                                                                                \
        return #name;
        FQ_STATUS_LIST(X)
#undef X
    }
    return "UNKNOWN";
}

enum fq_status fq_fail(struct fq_error *error, enum fq_status status, int number)
{
    if (error != NULL) {
        memset(error, 0, sizeof *error);
        error->status = status;
        error->number = number;
    }
    return status;
}
