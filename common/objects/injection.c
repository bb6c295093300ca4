/* SPDX-License-Identifier: Apache-2.0 */
#include "common/objects/injection.h"

#include "common/base/memory.h"
#include "common/objects/hostname.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    LEDGER_PUNCTUATION = 9, /* bytes in its text beside a name or a Pool */
    LEDGER_FULL =
        LEDGER_MAX / 2, /* beyond it no name is added: further Pools may want those of now */
};

static struct injection_plan make_plan(const struct injection_case *);
static bool wants_name(const struct pool_message *);
static void add_wish(struct injection_wishes *, const char *hostname, const char *pool, bool held);
static int by_hostname(const void *a, const void *b);
static const struct injection_wish *find_wish(const struct injection_wishes *, const char *name);
static bool is_needed(const struct injection_case *, const struct ledger_entry *);
static void keep_names(const struct injection_case *, const struct ledger *,
                       struct injection_plan *);
static bool withdraws(const struct injection_case *, const struct ledger_entry *,
                      struct injection_plan *);
static unsigned age_of(const struct injection_case *, const char *name);
static bool comes_again(const struct text_list *, const char *name, const char *place);
static void add_names(const struct injection_case *, const struct ledger *,
                      struct injection_plan *);
static bool has_room(const struct injection_case *, const struct injection_plan *,
                     const struct injection_wish *, size_t *ledger_size);
static void write_ledger(const struct injection_case *, const struct ledger *,
                         struct injection_plan *);
static void attribute(const struct injection_case *, const struct ledger_entry *, const char *name,
                      struct ledger *);

void injection_wish_add(struct injection_wishes *wishes, const struct server_message *server,
                        const struct pool_message *pool)
{
    if (!server->deleting && text_list_has(&server->pools, pool->name) && wants_name(pool))
        add_wish(wishes, pool->hostname, pool->name, pool->paused);
    injection_pool_add(wishes, pool);
}

void injection_pool_add(struct injection_wishes *wishes, const struct pool_message *pool)
{
    if (pool->paused && !pool->deleting && !text_list_has(&wishes->held, pool->name))
        text_list_add(&wishes->held, pool->name);
}

void injection_wishes_clear(struct injection_wishes *wishes)
{
    free(wishes->list);
    text_list_clear(&wishes->held);
    *wishes = (struct injection_wishes){0};
}

struct injection_plan injection_plan(const struct injection_case *situation)
{
    struct injection_case without_grace = *situation;
    struct injection_plan plan = make_plan(situation);

    if (plan.left_out.count == 0 || plan.waiting.count == 0)
        return plan;
    injection_plan_clear(&plan);
    without_grace.grace = 0;
    return make_plan(&without_grace);
}

bool injection_is_due(const struct injection_plan *plan)
{
    return plan->added.count + plan->removed.count > 0 || plan->ledger_changes;
}

const char *injection_refuses_add(const struct injection_case *situation, const char *name)
{
    const struct injection_wish *wish = find_wish(situation->wishes, name);

    if (situation->certificate->deleting)
        return "the Certificate is being deleted";
    if (wish == NULL)
        return "no Pool that a Server of the Certificate lists asks for the name";
    return wish->held ? "the Pool is paused" : NULL;
}

const char *injection_refuses_withdrawal(const struct injection_case *situation, const char *name)
{
    const struct certificate_message *certificate = situation->certificate;
    const struct ledger_entry *entry;
    const char *refusal = NULL;
    struct ledger ledger;

    if (certificate->deleting)
        return "the Certificate is being deleted";
    if (!text_list_has_name(&certificate->names, name))
        return NULL;
    ledger_read(certificate->ledger, &ledger);
    entry = ledger_find(&ledger, name);
    if (entry == NULL)
        refusal = "the name was not injected by tlsrouted";
    else if (is_needed(situation, entry))
        refusal = INJECTION_NEEDED;
    else if (situation->never)
        refusal = "names are never withdrawn (certificates.withdraw)";
    else
        refusal = situation->wishes->unknown;
    ledger_clear(&ledger);
    return refusal;
}

void injection_plan_clear(struct injection_plan *plan)
{
    text_list_clear(&plan->names);
    text_list_clear(&plan->added);
    text_list_clear(&plan->removed);
    text_list_clear(&plan->waiting);
    text_list_clear(&plan->left_out);
    free(plan->ledger);
    *plan = (struct injection_plan){0};
}

static struct injection_plan make_plan(const struct injection_case *situation)
{
    const struct certificate_message *certificate = situation->certificate;
    struct injection_plan plan = {0};
    struct ledger ledger;

    plan.ledger_bad = !ledger_read(certificate->ledger, &ledger);
    if (certificate->deleting) {
        plan.names = text_list_copy(&certificate->names);
        plan.ledger = memory_text(certificate->ledger);
    } else {
        if (situation->wishes->count > 1)
            qsort(situation->wishes->list, situation->wishes->count,
                  sizeof(*situation->wishes->list), by_hostname);
        keep_names(situation, &ledger, &plan);
        add_names(situation, &ledger, &plan);
        write_ledger(situation, &ledger, &plan);
    }
    ledger_clear(&ledger);
    return plan;
}

static bool wants_name(const struct pool_message *pool)
{
    return !pool->deleting && pool->route_enabled && pool->inject &&
           hostname_problem(pool->hostname) == NULL;
}

/* Each once, however many Servers lead to it. */
static void add_wish(struct injection_wishes *wishes, const char *hostname, const char *pool,
                     bool held)
{
    for (size_t i = 0; i < wishes->count; i++) {
        if (strcmp(wishes->list[i].pool, pool) == 0)
            return;
    }
    wishes->list = memory_resize(wishes->list, wishes->count + 1, sizeof(*wishes->list));
    wishes->list[wishes->count++] = (struct injection_wish){hostname, pool, held};
}

/* Those that are not held come first: one of them is enough for the name to be added. */
static int by_hostname(const void *a, const void *b)
{
    const struct injection_wish *one = a, *other = b;
    int order = strcmp(one->hostname, other->hostname);

    if (order == 0)
        order = (int)one->held - (int)other->held;
    return order != 0 ? order : strcmp(one->pool, other->pool);
}

/* One that is not held, if there is such a one. */
static const struct injection_wish *find_wish(const struct injection_wishes *wishes,
                                              const char *name)
{
    const struct injection_wish *held = NULL;

    for (size_t i = 0; i < wishes->count; i++) {
        if (strcasecmp(wishes->list[i].hostname, name) != 0)
            continue;
        if (!wishes->list[i].held)
            return &wishes->list[i];
        held = &wishes->list[i];
    }
    return held;
}

static bool is_needed(const struct injection_case *situation, const struct ledger_entry *entry)
{
    if (find_wish(situation->wishes, entry->name) != NULL)
        return true;
    TEXT_LIST_FOREACH (pool, &entry->pools) {
        if (text_list_has(&situation->wishes->held, pool))
            return true;
    }
    return false;
}

/* What stays of the list as it is. A name that somebody wrote once more is his: ours is the last
 * one. */
static void keep_names(const struct injection_case *situation, const struct ledger *ledger,
                       struct injection_plan *plan)
{
    const struct text_list *names = &situation->certificate->names;

    TEXT_LIST_FOREACH (name, names) {
        const struct ledger_entry *entry = ledger_find(ledger, name);

        if (entry != NULL && !comes_again(names, name, name) && withdraws(situation, entry, plan))
            text_list_add(&plan->removed, name);
        else
            text_list_add(&plan->names, name);
    }
}

/* Whether the name of ENTRY has to go now. */
static bool withdraws(const struct injection_case *situation, const struct ledger_entry *entry,
                      struct injection_plan *plan)
{
    unsigned age = age_of(situation, entry->name);

    if (is_needed(situation, entry) || situation->never || situation->wishes->unknown != NULL)
        return false;
    if (situation->withdraw != NULL && !text_list_has(situation->withdraw, entry->name))
        return false;
    if (age >= situation->grace)
        return true;
    text_list_add(&plan->waiting, entry->name);
    if (plan->look_again == 0 || situation->grace - age < plan->look_again)
        plan->look_again = situation->grace - age;
    return false;
}

static unsigned age_of(const struct injection_case *situation, const char *name)
{
    for (size_t i = 0; i < situation->age_count; i++) {
        if (strcmp(situation->ages[i].name, name) == 0)
            return situation->ages[i].seconds;
    }
    return 0;
}

/* Whether NAME is in the list LIST once more after PLACE, an item of it. */
static bool comes_again(const struct text_list *list, const char *name, const char *place)
{
    for (const char *item = text_list_next(list, place); item != NULL;
         item = text_list_next(list, item)) {
        if (strcmp(item, name) == 0)
            return true;
    }
    return false;
}

static void add_names(const struct injection_case *situation, const struct ledger *ledger,
                      struct injection_plan *plan)
{
    const struct certificate_message *certificate = situation->certificate;
    char *text = ledger_text(ledger);
    size_t size = strlen(text);
    const char *last = NULL;

    free(text);
    for (size_t i = 0; i < situation->wishes->count; i++) {
        const struct injection_wish *wish = &situation->wishes->list[i];

        if (last != NULL && strcmp(last, wish->hostname) == 0)
            continue;
        last = wish->hostname;
        plan->wanted++;
        if (text_list_has_name(&plan->names, wish->hostname) ||
            text_list_has_name(&certificate->effective, wish->hostname)) {
            plan->present++;
            continue;
        }
        if (wish->held ||
            (situation->add != NULL && !text_list_has_name(situation->add, wish->hostname)))
            continue;
        if (has_room(situation, plan, wish, &size)) {
            text_list_add(&plan->names, wish->hostname);
            text_list_add(&plan->added, wish->hostname);
        } else {
            text_list_add(&plan->left_out, wish->hostname);
        }
    }
}

/* LEDGER_SIZE is what the ledger may come to, and grows with the name. */
static bool has_room(const struct injection_case *situation, const struct injection_plan *plan,
                     const struct injection_wish *wish, size_t *ledger_size)
{
    size_t size = *ledger_size + strlen(wish->hostname) + LEDGER_PUNCTUATION;

    for (size_t i = 0; i < situation->wishes->count; i++) {
        if (strcmp(situation->wishes->list[i].hostname, wish->hostname) == 0)
            size += strlen(situation->wishes->list[i].pool) + LEDGER_PUNCTUATION;
    }
    if (plan->names.count >= situation->names_most || size > LEDGER_FULL)
        return false;
    *ledger_size = size;
    return true;
}

/* Entries end with their names. One that cannot be understood stays until there is a new one. */
static void write_ledger(const struct injection_case *situation, const struct ledger *ledger,
                         struct injection_plan *plan)
{
    struct ledger next = {0};

    TEXT_LIST_FOREACH (name, &plan->names) {
        const struct ledger_entry *entry = ledger_find(ledger, name);

        if ((entry != NULL && !text_list_has(&plan->removed, name)) ||
            text_list_has(&plan->added, name))
            attribute(situation, entry, name, &next);
    }
    plan->injected = next.count;
    plan->ledger = ledger_text(&next);
    if (strlen(plan->ledger) > LEDGER_MAX || (plan->ledger_bad && next.count == 0))
        memory_replace(&plan->ledger, situation->certificate->ledger);
    else if (plan->ledger_bad)
        plan->ledger_changes = true;
    else {
        char *text = ledger_text(ledger);

        plan->ledger_changes = strcmp(text, plan->ledger) != 0;
        free(text);
    }
    ledger_clear(&next);
}

/* To the Pools that want NAME now, and to paused ones that it belonged to before. To those of
 * before where there are none: it is still there for their sake. */
static void attribute(const struct injection_case *situation, const struct ledger_entry *entry,
                      const char *name, struct ledger *ledger)
{
    const struct injection_wishes *wishes = situation->wishes;
    bool orphan = find_wish(wishes, name) == NULL;

    for (size_t i = 0; i < wishes->count; i++) {
        if (strcasecmp(wishes->list[i].hostname, name) == 0)
            ledger_add(ledger, name, wishes->list[i].pool);
    }
    if (entry == NULL)
        return;
    TEXT_LIST_FOREACH (pool, &entry->pools) {
        if (orphan || wishes->unknown != NULL || text_list_has(&wishes->held, pool))
            ledger_add(ledger, name, pool);
    }
}
