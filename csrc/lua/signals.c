#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "open.h"
#include "value.h"

#define SIGNALS "facequery.signals"

struct signals {
    int descriptor; /* signalfd: -1: closed */
    sigset_t before;
};

static int signals_free(lua_State *L)
{
    struct signals *signals = luaL_checkudata(L, 1, SIGNALS);

    if (signals->descriptor >= 0) {
        close(signals->descriptor);
        pthread_sigmask(SIG_SETMASK, &signals->before, NULL);
    }
    signals->descriptor = -1;
    return 0;
}

/* signals(): from now on SIGTERM and SIGINT end nothing, and wait for signals:next.  For a program
 * of one thread, besides the core's own, which hear no signal.  Or nil and a failure. */
static int core_signals(lua_State *L)
{
    struct signals *signals = lua_newuserdata(L, sizeof *signals);
    struct fq_error error;
    sigset_t set;

    signals->descriptor = -1;
    luaL_setmetatable(L, SIGNALS);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    signals->descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals->descriptor < 0) {
        fq_fail(&error, FQ_OUT_OF_MEMORY, 0);
        return fq_lua_fail(L, &error);
    }
    pthread_sigmask(SIG_BLOCK, &set, &signals->before);
    return 1;
}

/* signals:next(): "TERM" or "INT", the next that has come; nil where none has. */
static int signals_next(lua_State *L)
{
    struct signals *signals = luaL_checkudata(L, 1, SIGNALS);
    struct signalfd_siginfo info;

    luaL_argcheck(L, signals->descriptor >= 0, 1, "the signals are closed");
    if (read(signals->descriptor, &info, sizeof info) != (ssize_t)sizeof info)
        return 0;
    lua_pushstring(L, info.ssi_signo == SIGINT ? "INT" : "TERM");
    return 1;
}

void fq_lua_open_signals(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"next", signals_next}, {"close", signals_free}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"signals", core_signals}, {NULL, NULL}};

    fq_lua_metatable(L, SIGNALS, methods, signals_free);
    luaL_setfuncs(L, functions, 0);
}
