/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger: which names tlsrouted has injected into a Certificate, and for which Pools.
 *
 * It is an annotation on the Certificate, a JSON object: {"name": ["pool", ...], ...}. The Pools
 * are in the Certificate's namespace. A name that is not in the ledger was written by somebody else
 * and is never touched. */
#ifndef TLSROUTED_COMMON_OBJECTS_LEDGER_H
#define TLSROUTED_COMMON_OBJECTS_LEDGER_H

#include "common/base/text_list.h"
#include "common/message/kind.h"
#include "common/message/messages.h"

#include <stdbool.h>
#include <stddef.h>

#define LEDGER_ANNOTATION OPENVOX_GROUP "/tlsrouted-injected"

struct ledger_entry {
    char *name;             /* as written in the Certificate */
    struct text_list pools; /* owned; sorted, each once */
};

/* Sorted by name, each name once. Zero-initialised: empty. */
struct ledger {
    struct ledger_entry *entries;
    size_t count;
};

/* Reads TEXT ("": an empty ledger) into *LEDGER, which the caller clears. Returns false and leaves
 * it empty if TEXT is not what ledger_text() writes; order and white space do not matter. */
bool ledger_read(const char *text, struct ledger *ledger);

/* The canonical text of LEDGER, "" if it is empty. The caller frees it. */
char *ledger_text(const struct ledger *ledger);

/* The entry of exactly NAME; NULL if there is none. Valid until the ledger changes. */
const struct ledger_entry *ledger_find(const struct ledger *ledger, const char *name);

/* Adds that POOL needs NAME. */
void ledger_add(struct ledger *ledger, const char *name, const char *pool);

void ledger_clear(struct ledger *ledger);

#endif
