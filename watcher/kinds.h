/* SPDX-License-Identifier: Apache-2.0 */
/* The table of streams: how the watcher reads each kind of object. */
#ifndef TLSROUTED_WATCHER_KINDS_H
#define TLSROUTED_WATCHER_KINDS_H

#include "common/message/kind.h"

#include <stdbool.h>

struct watched_kind {
    bool all_namespaces;    /* read in all, not only in those of the configuration */
    bool is_optional;       /* without the right to read it, only some checks are off */
    bool needs_gateway_api; /* read only while TLSRoutes are served */
    bool is_selected;       /* only objects that match poolSelector */
};

/* How KIND is read; a constant. */
const struct watched_kind *watched_kind(enum kind kind);

#endif
