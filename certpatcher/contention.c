/* SPDX-License-Identifier: Apache-2.0 */
#include "certpatcher/contention.h"

#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    FREE_CORRECTIONS = 2, /* at once; the third revert in a row is one too many */
    TRUCE_SECONDS = 3600, /* from one try to the next */
    PEACE_SECONDS = 7200, /* after which all is forgotten */
};

static bool goes_on(const struct reverts *, const char *situation, time_t now);
static bool meet(const struct text_list *a, const struct text_list *b);
static char *join(const struct text_list *);

char *reverts_situation(const struct certificate_message *certificate,
                        const struct injection_wishes *wishes)
{
    struct text_list parts = {0};
    struct ledger ledger;
    char *joined;

    for (size_t i = 0; i < wishes->count; i++) {
        text_list_add(&parts, wishes->list[i].hostname);
        text_list_add(&parts, wishes->list[i].pool);
        text_list_add(&parts, wishes->list[i].held ? "held" : "wanted");
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

void reverts_see(struct reverts *reverts, const char *situation)
{
    if (reverts->situation != NULL && strcmp(reverts->situation, situation) != 0)
        reverts_clear(reverts);
}

unsigned reverts_delay(const struct reverts *reverts, const char *situation,
                       const struct text_list *adding, time_t now)
{
    if (!goes_on(reverts, situation, now) || reverts->count < FREE_CORRECTIONS ||
        now - reverts->last >= TRUCE_SECONDS || !meet(&reverts->added, adding))
        return 0;
    return (unsigned)(TRUCE_SECONDS - (now - reverts->last));
}

void reverts_written(struct reverts *reverts, const char *situation, const struct text_list *adding,
                     time_t now)
{
    if (!goes_on(reverts, situation, now)) {
        reverts_clear(reverts);
        reverts->situation = memory_text(situation);
    } else if (meet(&reverts->added, adding)) {
        reverts->count++;
    }
    TEXT_LIST_FOREACH (name, adding) {
        if (!text_list_has(&reverts->added, name))
            text_list_add(&reverts->added, name);
    }
    reverts->last = now;
}

bool reverts_are_over(const struct reverts *reverts, time_t now)
{
    return reverts->situation == NULL || now - reverts->last >= PEACE_SECONDS;
}

void reverts_clear(struct reverts *reverts)
{
    free(reverts->situation);
    text_list_clear(&reverts->added);
    *reverts = (struct reverts){0};
}

static bool goes_on(const struct reverts *reverts, const char *situation, time_t now)
{
    return !reverts_are_over(reverts, now) && strcmp(reverts->situation, situation) == 0;
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
