/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger: which names tlsrouted has injected into a Certificate, and for which Pools.
 *
 * It is an annotation on the Certificate, a JSON object: {"name": ["pool", ...], ...}. The Pools
 * are in the Certificate's namespace. A name that is not in the ledger was written by somebody else
 * and is never touched. */
#ifndef TLSROUTED_COMMON_OBJECTS_LEDGER_H
#define TLSROUTED_COMMON_OBJECTS_LEDGER_H

#include "common/base/text_list.h"
#include "common/base/text_set.h"
#include "common/message/kind.h"
#include "common/message/messages.h"

#include <stdbool.h>
#include <stddef.h>

#define LEDGER_ANNOTATION OPENVOX_GROUP "/tlsrouted-injected"

enum {
    LEDGER_NAMES_MAX = MAX_NAMES_LIMIT, /* no Certificate gets more */
    LEDGER_POOLS_MAX = 2000             /* of all names together */
};

struct ledger_entry {
    char *name;             /* as written in the Certificate */
    struct text_list pools; /* owned; sorted, each once */
};

/* Sorted by name, each name once. Zero-initialised: empty. */
struct ledger {
    struct ledger_entry *entries;
    size_t count;
    size_t pools; /* of all entries together */
};

/* POOL needs NAME. The texts are borrowed. */
struct ledger_pair {
    const char *name, *pool;
};

/* Reads TEXT ("": an empty ledger) into *LEDGER, which the caller clears. Returns NULL; or, if TEXT
 * is not what ledger_text() writes or is beyond the bounds above, leaves it empty and returns why:
 * a constant that ends a sentence. Order and white space do not matter. */
const char *ledger_read(const char *text, struct ledger *ledger);

/* The ledger that says the COUNT PAIRS, in any order and also twice; they are sorted by it. The
 * caller clears it. */
struct ledger ledger_of(struct ledger_pair *pairs, size_t count);

/* The canonical text of LEDGER, "" if it is empty. The caller frees it. */
char *ledger_text(const struct ledger *ledger);

/* The entry of exactly NAME; NULL if there is none. Valid until the ledger changes. */
const struct ledger_entry *ledger_find(const struct ledger *ledger, const char *name);

/* The Pools in it, each once, borrowed from it. The caller clears the set. */
struct text_set ledger_pools(const struct ledger *ledger);

void ledger_clear(struct ledger *ledger);

#endif
