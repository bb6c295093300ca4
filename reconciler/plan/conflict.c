/* SPDX-License-Identifier: Apache-2.0 */
/* A Gateway serves a name for the oldest of several routes. Here the same is decided between Pools,
 * before they have routes, so that no Pool's route depends on which of them was written first. */
#include "reconciler/plan/conflict.h"

#include "reconciler/plan/route_plan.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEPTH_MAX = 16 /* of wildcards within wildcards: nobody wins over deeper ones */
};

static const struct object *winner_over(const struct hostnames *, const struct object *pool,
                                        unsigned depth);
static bool is_older(const struct object *, const struct object *than);
static bool may_win(const struct object *);

const struct object *conflict_rival(const struct hostnames *hostnames, const struct object *pool,
                                    bool *rival_wins)
{
    const struct object *winner = winner_over(hostnames, pool, 0);
    const struct object *first = NULL;
    struct object **rivals;
    size_t count;

    *rival_wins = winner != NULL;
    if (winner != NULL)
        return winner;
    rivals = hostnames_rivals(hostnames, pool, &count);
    for (size_t i = 0; i < count && first == NULL; i++) {
        if (may_win(rivals[i]))
            first = rivals[i];
    }
    free(rivals);
    return first;
}

/* Few are visited: the oldest come first, and nobody wins over the very oldest. */
static const struct object *winner_over(const struct hostnames *hostnames,
                                        const struct object *pool, unsigned depth)
{
    const struct object *winner = NULL;
    size_t count;
    struct object **rivals;

    if (depth == DEPTH_MAX)
        return NULL;
    rivals = hostnames_rivals(hostnames, pool, &count);
    for (size_t i = 0; i < count && winner == NULL && is_older(rivals[i], pool); i++) {
        if (may_win(rivals[i]) && winner_over(hostnames, rivals[i], depth + 1) == NULL)
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

/* A Pool that cannot have a route takes none away from others. */
static bool may_win(const struct object *object)
{
    return plan_route_is_possible(&object->message.pool);
}
