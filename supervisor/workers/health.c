/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/workers/health.h"

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
    char words[384];

    if (child == NULL) {
        snprintf(text, size, "In sync with the API server: %s",
                 supervisor->children[ROLE_RECONCILER].summary);
        return;
    }
    health_child_words(child, words, sizeof(words));
    snprintf(text, size, "%s: %s: %s",
             child->state == CHILD_READY ? "Not in sync with the API server" : "Not ready",
             role_name(child->role), words);
}

void health_child_words(const struct child *child, char *text, size_t size)
{
    if (child->state == CHILD_READY || child->waits)
        snprintf(text, size, "%s", child->summary);
    else
        snprintf(text, size, "%s%s%s", child_state_name(child->state),
                 child->last_end[0] != '\0' ? "; before, " : "", child->last_end);
}

static const struct child *first_unwell(const struct supervisor *supervisor)
{
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (!health_is_well(&supervisor->children[role]))
            return &supervisor->children[role];
    }
    return NULL;
}
