/* Recipients (../recipients.h), given as the text of their certificates. */
#ifndef FQ_LUA_CMS_H
#define FQ_LUA_CMS_H

#include <lua.h>

#include "../recipients.h"
#include "../status.h"

/* Those in the field `recipients` of the table at `index`, which live as long as the state: the
 * same text is read once.  NULL where the field is nil, or with *error filled where they can't be
 * read. */
const struct fq_recipients *fq_lua_recipients_field(lua_State *L, int index,
                                                    struct fq_error *error);

#endif
