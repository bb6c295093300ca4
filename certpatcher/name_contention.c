/* SPDX-License-Identifier: Apache-2.0 */
/* Two tools that correct each other could write a Certificate many times a second, and each write
 * may cost a new certificate. So a name that somebody else removes is put back twice, and then left
 * out.
 */
#include "certpatcher/name_contention.h"

#include "common/base/delays.h"
#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    FREE_CORRECTIONS = 2 /* made at once */
};

static bool is_going_on(const struct name_contention *, const char *inputs, time_t now);
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
    if (contention->inputs != NULL && strcmp(contention->inputs, inputs) != 0)
        name_contention_clear(contention);
}

unsigned name_contention_delay(const struct name_contention *contention, const char *inputs,
                               const struct text_list *adding, time_t now)
{
    if (!is_going_on(contention, inputs, now) || contention->corrections < FREE_CORRECTIONS ||
        now - contention->last >= NAMES_CONTENTION_SECONDS || !overlap(&contention->added, adding))
        return 0;
    return (unsigned)(NAMES_CONTENTION_SECONDS - (now - contention->last));
}

void name_contention_written(struct name_contention *contention, const char *inputs,
                             const struct text_list *added, time_t now)
{
    if (!is_going_on(contention, inputs, now)) {
        name_contention_clear(contention);
        contention->inputs = memory_text(inputs);
    } else if (overlap(&contention->added, added)) {
        contention->corrections++;
    }
    remember(contention, added);
    contention->last = now;
}

bool name_contention_is_over(const struct name_contention *contention, time_t now)
{
    return contention->inputs == NULL || now - contention->last >= NAMES_CONTENTION_FORGET_SECONDS;
}

void name_contention_clear(struct name_contention *contention)
{
    free(contention->inputs);
    text_list_clear(&contention->added);
    *contention = (struct name_contention){0};
}

static bool is_going_on(const struct name_contention *contention, const char *inputs, time_t now)
{
    return !name_contention_is_over(contention, now) && strcmp(contention->inputs, inputs) == 0;
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
