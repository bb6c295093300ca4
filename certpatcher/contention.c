/* SPDX-License-Identifier: Apache-2.0 */
#include "certpatcher/contention.h"

#include "common/base/delays.h"
#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    FREE_CORRECTIONS = 2, /* at once; the third revert in a row is one too many */
};

static bool goes_on(const struct contention *, const char *inputs, time_t now);
static bool meet(const struct text_list *a, const struct text_list *b);
static char *join(const struct text_list *);

char *contention_inputs(const struct certificate_message *certificate,
                        const struct injection_demands *demands)
{
    struct text_list parts = {0};
    struct ledger ledger;
    char *joined;

    for (size_t i = 0; i < demands->count; i++) {
        text_list_add(&parts, demands->list[i].hostname);
        text_list_add(&parts, demands->list[i].pool);
        text_list_add(&parts, demands->list[i].held ? "held" : "wanted");
    }
    ledger_read(certificate->ledger, &ledger);
    TEXT_LIST_FOREACH (name, &certificate->names) {
        if (ledger_find(&ledger, name) == NULL)
            text_list_add(&parts, name);
    }
    ledger_clear(&ledger);
    joined = join(&parts);
    text_list_clear(&parts);
    return joined;
}

void contention_observe(struct contention *contention, const char *inputs)
{
    if (contention->inputs != NULL && strcmp(contention->inputs, inputs) != 0)
        contention_clear(contention);
}

unsigned contention_delay(const struct contention *contention, const char *inputs,
                          const struct text_list *adding, time_t now)
{
    if (!goes_on(contention, inputs, now) || contention->count < FREE_CORRECTIONS ||
        now - contention->last >= NAMES_CONTENTION_SECONDS || !meet(&contention->added, adding))
        return 0;
    return (unsigned)(NAMES_CONTENTION_SECONDS - (now - contention->last));
}

void contention_written(struct contention *contention, const char *inputs,
                        const struct text_list *adding, time_t now)
{
    if (!goes_on(contention, inputs, now)) {
        contention_clear(contention);
        contention->inputs = memory_text(inputs);
    } else if (meet(&contention->added, adding)) {
        contention->count++;
    }
    TEXT_LIST_FOREACH (name, adding) {
        if (!text_list_has(&contention->added, name))
            text_list_add(&contention->added, name);
    }
    contention->last = now;
}

bool contention_is_over(const struct contention *contention, time_t now)
{
    return contention->inputs == NULL || now - contention->last >= NAMES_CONTENTION_FORGET_SECONDS;
}

void contention_clear(struct contention *contention)
{
    free(contention->inputs);
    text_list_clear(&contention->added);
    *contention = (struct contention){0};
}

static bool goes_on(const struct contention *contention, const char *inputs, time_t now)
{
    return !contention_is_over(contention, now) && strcmp(contention->inputs, inputs) == 0;
}

static bool meet(const struct text_list *a, const struct text_list *b)
{
    TEXT_LIST_FOREACH (text, a) {
        if (text_list_has(b, text))
            return true;
    }
    return false;
}

/* With a line for each: no name has a line end in it that could matter. */
static char *join(const struct text_list *list)
{
    char *joined = memory_bytes(list->bytes, list->size);

    for (size_t i = 0; i < list->size; i++) {
        if (joined[i] == '\0')
            joined[i] = '\n';
    }
    return joined;
}
