/* SPDX-License-Identifier: Apache-2.0 */
/* One judgement and one line of text for all who want to know: log, control socket, exporter,
 * service manager. */
#include "supervisor/workers/health.h"

#include "common/base/line.h"

static const struct child *first_unhealthy(const struct workers *);

bool health_is_good(const struct workers *workers)
{
    return first_unhealthy(workers) == NULL;
}

bool health_child_is_good(const struct child *child)
{
    return !child->is_used || (child->state == CHILD_READY && child->healthy);
}

void health_describe(const struct workers *workers, char *text, size_t size)
{
    const struct child *child = first_unhealthy(workers);
    char why[384];

    if (child == NULL) {
        line_format(text, size, "In sync with the API server: %s",
                    workers->children[ROLE_RECONCILER].summary);
        return;
    }
    health_describe_child(child, why, sizeof(why));
    line_format(text, size, "%s: %s: %s",
                child->state == CHILD_READY ? "Not in sync with the API server" : "Not ready",
                role_name(child->role), why);
}

void health_describe_child(const struct child *child, char *text, size_t size)
{
    if (child->state == CHILD_READY || child->waiting)
        line_format(text, size, "%s", child->summary);
    else
        line_format(text, size, "%s%s%s", child_state_name(child->state),
                    child->last_end[0] != '\0' ? "; before, " : "", child->last_end);
}

static const struct child *first_unhealthy(const struct workers *workers)
{
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (!health_child_is_good(&workers->children[role]))
            return &workers->children[role];
    }
    return NULL;
}
