/* SPDX-License-Identifier: Apache-2.0 */
/* The graces are measured here, by the certpatcher's own clock, so that no request can shorten
 * them. Requests may also name Certificates that do not exist: the number of states is bounded. */
#include "certpatcher/certificate_state.h"

#include "common/base/delays.h"
#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    STATES_MAX = 8192
};

static void drop(struct certificate_states *, struct certificate_state *);
static void forget_ages(struct certificate_states *, struct certificate_state *);
static bool believes_ages(const struct certificate_state *, int64_t now);
static const struct unneeded_name *find_unneeded(const struct certificate_state *,
                                                 const char *name);
static int by_name(const void *a, const void *b);
static int name_and_unneeded(const void *a, const void *b);

struct certificate_state *certificate_state_of(struct certificate_states *states, const char *key,
                                               const char *uid)
{
    struct certificate_state *state;

    HASH_FIND_STR(states->all, key, state);
    if (state == NULL) {
        if (HASH_COUNT(states->all) >= STATES_MAX)
            drop(states, states->all);
        state = memory_new(1, sizeof(*state));
        state->key = memory_text(key);
        state->uid = memory_text("");
        HASH_ADD_KEYPTR(hh, states->all, state->key, strlen(state->key), state);
    }
    if (uid[0] != '\0' && strcmp(state->uid, uid) != 0) {
        forget_ages(states, state);
        name_contention_clear(&state->contention);
        state->is_reissued = false;
        state->refused_version = 0;
        memory_replace(&state->uid, uid);
    }
    return state;
}

struct injection_age *certificate_state_ages(const struct certificate_state *state, int64_t now,
                                             size_t *count)
{
    struct injection_age *ages = memory_new(state->unneeded_count, sizeof(*ages));

    *count = believes_ages(state, now) ? state->unneeded_count : 0;
    for (size_t i = 0; i < *count; i++)
        ages[i] = (struct injection_age){state->unneeded[i].name,
                                         (unsigned)((now - state->unneeded[i].since) / 1000)};
    return ages;
}

void certificate_state_set_unneeded(struct certificate_states *states,
                                    struct certificate_state *state, const struct text_list *names,
                                    int64_t now)
{
    struct unneeded_name *unneeded = memory_new(names->count, sizeof(*unneeded));
    bool believes = believes_ages(state, now);
    size_t count = 0;

    TEXT_LIST_FOREACH (name, names) {
        const struct unneeded_name *known = believes ? find_unneeded(state, name) : NULL;

        unneeded[count++] =
            (struct unneeded_name){memory_text(name), known != NULL ? known->since : now};
    }
    if (count > 1)
        qsort(unneeded, count, sizeof(*unneeded), by_name);
    forget_ages(states, state);
    state->unneeded = unneeded;
    state->unneeded_count = count;
    state->confirmed = now;
    states->unneeded_count += count;
}

bool certificate_state_warn(struct certificate_state *state, const char *warning)
{
    bool is_new =
        warning != NULL && (state->warning == NULL || strcmp(state->warning, warning) != 0);

    if (is_new || warning == NULL)
        memory_replace(&state->warning, warning);
    return is_new;
}

void certificate_state_tidy(struct certificate_states *states, struct certificate_state *state,
                            int64_t now)
{
    if (state->unneeded_count == 0 && state->warning == NULL && !state->is_reissued &&
        name_contention_is_over(&state->contention, (time_t)(now / 1000)))
        drop(states, state);
}

void certificate_states_forget_ages(struct certificate_states *states)
{
    struct certificate_state *state, *next;

    HASH_ITER (hh, states->all, state, next)
        forget_ages(states, state);
}

static void drop(struct certificate_states *states, struct certificate_state *state)
{
    HASH_DEL(states->all, state);
    forget_ages(states, state);
    name_contention_clear(&state->contention);
    cause_log_leave(&state->failing, CAUSE_GONE);
    free(state->warning);
    free(state->uid);
    free(state->key);
    free(state);
}

/* A name may have been needed in between if nobody looked for long. */
static bool believes_ages(const struct certificate_state *state, int64_t now)
{
    return now - state->confirmed <= AGES_BELIEVED_SECONDS * 1000;
}

static void forget_ages(struct certificate_states *states, struct certificate_state *state)
{
    for (size_t i = 0; i < state->unneeded_count; i++)
        free(state->unneeded[i].name);
    free(state->unneeded);
    states->unneeded_count -= state->unneeded_count;
    state->unneeded = NULL;
    state->unneeded_count = 0;
}

static const struct unneeded_name *find_unneeded(const struct certificate_state *state,
                                                 const char *name)
{
    if (state->unneeded_count == 0)
        return NULL;
    return bsearch(name, state->unneeded, state->unneeded_count, sizeof(*state->unneeded),
                   name_and_unneeded);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct unneeded_name *)a)->name, ((const struct unneeded_name *)b)->name);
}

static int name_and_unneeded(const void *a, const void *b)
{
    return strcmp(a, ((const struct unneeded_name *)b)->name);
}
