/* What takes the bytes of a body while they arrive.  An exchange (http.h) writes to a sink and
 * knows nothing else of it; whoever wants the bytes makes the sink, and lends or gives it to the
 * exchange.
 *
 * An implementation is a struct that begins with a struct fq_sink whose functions are all set, and
 * gets itself back from the pointer that they are called with:
 *
 *     struct counter { struct fq_sink sink; size_t bytes; };
 *
 *     static enum fq_status take(struct fq_sink *sink, const char *data, size_t size,
 *                                struct fq_error *error)
 *     {
 *         ((struct counter *)sink)->bytes += size;
 *         return FQ_OK;
 *     }
 *
 * The calls come in this order: take, any number of times; end; keep; unkeep; and free once, at any
 * time, which is the last call.  One thread at a time.  A sink may stand in front of another one
 * and call it; the one in front then owns the one behind it. */
#ifndef FQ_SINK_H
#define FQ_SINK_H

#include <stddef.h>

#include "status.h"

struct fq_sink {
    /* Takes the body's next bytes, in pieces of any size; `data` is borrowed for the call.  An
     * error stays: how many bytes of the failed call were taken nobody knows, and every later call
     * says the same. */
    enum fq_status (*take)(struct fq_sink *sink, const char *data, size_t size,
                           struct fq_error *error);

    /* The body has ended: an error where it is not whole.  Ending it again says the same. */
    enum fq_status (*end)(struct fq_sink *sink, struct fq_error *error);

    /* Makes what was taken outlive the sink, by giving files their names: all of it or nothing.
     * Ends the body where that is yet to be done, and keeps nothing of one that has failed. */
    enum fq_status (*keep)(struct fq_sink *sink, struct fq_error *error);

    /* Takes back what `keep` has made, for an owner of more than one sink who keeps all or none.
     * After a successful keep alone. */
    void (*unkeep)(struct fq_sink *sink);

    /* Frees it; what was not kept is gone. */
    void (*free)(struct fq_sink *sink);
};

#endif
