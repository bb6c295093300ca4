/* SPDX-License-Identifier: Apache-2.0 */
/* Two tools that correct each other could write a Certificate many times a second, and each write
 * may cost a new certificate. So a name that somebody else removes is put back twice, and then left
 * out.
 */
#include "certpatcher/name_contention.h"

#include "common/base/memory.h"

#include <string.h>

static bool is_about(const struct name_contention *, const char *inputs);
static bool overlap(const struct text_list *a, const struct text_list *b);
static void remember(struct name_contention *, const struct text_list *added);
static char *join(const struct text_list *);

char *name_contention_inputs(const struct certificate_message *certificate,
                             const struct injection_demands *demands)
{
    struct text_list parts = {0};
    char *joined;

    for (size_t i = 0; i < demands->count; i++) {
        text_list_add(&parts, demands->list[i].hostname);
        text_list_add(&parts, demands->list[i].pool);
        text_list_add(&parts, demands->list[i].paused ? "paused" : "demanded");
    }
    TEXT_LIST_FOREACH (name, &certificate->names) {
        if (ledger_find(&demands->ledger, name) == NULL)
            text_list_add(&parts, name);
    }
    joined = join(&parts);
    text_list_clear(&parts);
    return joined;
}

void name_contention_observe(struct name_contention *contention, const char *inputs)
{
    if (contention->contention.written != 0 && !is_about(contention, inputs))
        name_contention_clear(contention);
}

unsigned name_contention_delay(const struct name_contention *contention, const char *inputs,
                               const struct text_list *adding, time_t now)
{
    return overlap(&contention->added, adding)
               ? contention_delay(&contention->contention, contention_digest(inputs), now)
               : 0;
}

void name_contention_written(struct name_contention *contention, const char *inputs,
                             const struct text_list *added, time_t now)
{
    struct contention *of_list = &contention->contention;
    bool goes_on = !contention_is_over(of_list, now) && is_about(contention, inputs);

    if (!goes_on)
        name_contention_clear(contention);
    of_list->rule = CONTENTION_NAMES;
    if (goes_on && !overlap(&contention->added, added))
        contention_goes_on(of_list, now);
    else
        contention_written(of_list, contention_digest(inputs), now);
    remember(contention, added);
}

void name_contention_left(struct name_contention *contention, const struct managers *managers)
{
    if (managers != NULL)
        contention_observe(&contention->contention, managers, NULL);
    else
        contention_forget_observed(&contention->contention);
}

const char *name_contention_manager(const struct name_contention *contention,
                                    const struct managers *managers)
{
    const char *manager = contention_evidence(&contention->contention, managers);

    return manager != NULL ? manager : "";
}

bool name_contention_is_over(const struct name_contention *contention, time_t now)
{
    return contention_is_over(&contention->contention, now);
}

void name_contention_clear(struct name_contention *contention)
{
    contention_clear(&contention->contention);
    text_list_clear(&contention->added);
}

static bool is_about(const struct name_contention *contention, const char *inputs)
{
    return contention->contention.written == contention_digest(inputs);
}

static bool overlap(const struct text_list *a, const struct text_list *b)
{
    struct text_set set = text_set_of(a);
    bool found = false;

    TEXT_LIST_FOREACH (text, b)
        found = found || text_set_find(&set, text) != NULL;
    text_set_clear(&set);
    return found;
}

/* Each name once. */
static void remember(struct name_contention *contention, const struct text_list *added)
{
    struct text_list before = contention->added;
    struct text_set known = text_set_of(&before);

    contention->added = text_list_copy(&before);
    TEXT_LIST_FOREACH (name, added) {
        if (text_set_find(&known, name) == NULL)
            text_list_add(&contention->added, name);
    }
    text_set_clear(&known);
    text_list_clear(&before);
}

/* One text per line. What others wrote may contain line ends; should two lists then look the same,
 * the worst is a wrong guess at who removed a name. */
static char *join(const struct text_list *list)
{
    char *joined = memory_bytes(list->bytes, list->size);

    for (size_t i = 0; i < list->size; i++) {
        if (joined[i] == '\0')
            joined[i] = '\n';
    }
    return joined;
}
