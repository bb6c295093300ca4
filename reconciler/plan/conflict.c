/* SPDX-License-Identifier: Apache-2.0 */
#include "reconciler/plan/conflict.h"

#include "reconciler/plan/plan.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEPTH_MOST = 16 /* of wildcards within wildcards: deeper ones yield to nobody */
};

static const struct object *winner_over(const struct store *, const struct object *pool,
                                        unsigned depth);
static bool is_older(const struct object *, const struct object *than);
static bool may_win(const struct object *);

const struct object *conflict_rival(const struct store *store, const struct object *pool,
                                    bool *yields)
{
    const struct object *winner = winner_over(store, pool, 0);
    const struct object *first = NULL;
    struct object **rivals;
    size_t count;

    *yields = winner != NULL;
    if (winner != NULL)
        return winner;
    rivals = store_rivals(store, pool, &count);
    for (size_t i = 0; i < count && first == NULL; i++) {
        if (may_win(rivals[i]))
            first = rivals[i];
    }
    free(rivals);
    return first;
}

/* The oldest come first, and the very oldest yields to nobody: few are looked at. */
static const struct object *winner_over(const struct store *store, const struct object *pool,
                                        unsigned depth)
{
    const struct object *winner = NULL;
    size_t count;
    struct object **rivals;

    if (depth == DEPTH_MOST)
        return NULL;
    rivals = store_rivals(store, pool, &count);
    for (size_t i = 0; i < count && winner == NULL && is_older(rivals[i], pool); i++) {
        if (may_win(rivals[i]) && winner_over(store, rivals[i], depth + 1) == NULL)
            winner = rivals[i];
    }
    free(rivals);
    return winner;
}

static bool is_older(const struct object *object, const struct object *than)
{
    uint64_t created = object->message.pool.created, than_created = than->message.pool.created;

    return created != than_created ? created < than_created : strcmp(object->key, than->key) < 0;
}

/* What gets no route takes none away. */
static bool may_win(const struct object *object)
{
    return plan_is_possible(&object->message.pool);
}
