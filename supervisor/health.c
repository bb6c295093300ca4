#include "supervisor/health.h"

#include "supervisor/supervisor.h"

#include <stdio.h>

static const struct child *first_unwell(const struct supervisor *);

bool health_is_well(const struct child *child)
{
    return !child->is_used || (child->state == CHILD_READY && child->healthy);
}

void health_words(const struct supervisor *supervisor, char *text, size_t size)
{
    const struct child *child = first_unwell(supervisor);

    if (child == NULL)
        snprintf(text, size, "In sync with the API server: %s",
                 supervisor->children[ROLE_RECONCILER].summary);
    else if (child->state == CHILD_READY)
        snprintf(text, size, "Not in sync with the API server: %s: %s", role_name(child->role),
                 child->summary);
    else if (child->waits)
        snprintf(text, size, "Not ready: %s waits for its credential", role_name(child->role));
    else
        snprintf(text, size, "Not ready: %s is %s%s%s", role_name(child->role),
                 child_state_name(child->state), child->last_end[0] != '\0' ? "; before, " : "",
                 child->last_end);
}

static const struct child *first_unwell(const struct supervisor *supervisor)
{
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (!health_is_well(&supervisor->children[role]))
            return &supervisor->children[role];
    }
    return NULL;
}
