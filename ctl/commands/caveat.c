/* SPDX-License-Identifier: Apache-2.0 */
/* A list that is empty because nothing could be read looks like one of a cluster without Pools. */
#include "ctl/commands/caveat.h"

#include "common/message/messages.h"

static const struct {
    unsigned workers; /* the set of those of which one is not healthy */
    const char *text;
} caveats[] = {
    {ROLE_SET(WATCHER) | ROLE_SET(RECONCILER),
     "warning: not in sync with the API server, so this may be outdated or incomplete "
     "(see tlsroutectl status)"},
    {ROLE_SET(CERTPATCHER),
     "warning: the certpatcher is not working, so Certificates are not changed "
     "(see tlsroutectl status)"},
};

struct text_list caveats_of(uint64_t unhealthy)
{
    struct text_list list = {0};

    for (size_t i = 0; i < sizeof(caveats) / sizeof(caveats[0]); i++) {
        if ((unhealthy & caveats[i].workers) != 0)
            text_list_add(&list, caveats[i].text);
    }
    return list;
}
