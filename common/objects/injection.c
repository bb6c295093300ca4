/* SPDX-License-Identifier: Apache-2.0 */
#include "common/objects/injection.h"

#include "common/base/memory.h"
#include "common/objects/hostname.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    LEDGER_PUNCTUATION = 9, /* bytes in its text beside a name or a Pool */
    LEDGER_FULL = MESSAGE_BOUND(certificate, ledger) /
                  2, /* beyond it no name is added: further Pools may want those of now */
};

static struct injection_plan make_plan(const struct injection_inputs *);
static bool wants_name(const struct pool_message *);
static void add_demand(struct injection_demands *, const char *hostname, const char *pool,
                       bool held);
static int by_hostname(const void *a, const void *b);
static const struct injection_demand *find_demand(const struct injection_demands *,
                                                  const char *name);
static bool is_needed(const struct injection_inputs *, const struct ledger_entry *);
static void keep_names(const struct injection_inputs *, const struct ledger *,
                       struct injection_plan *);
static bool withdraws(const struct injection_inputs *, const struct ledger_entry *,
                      struct injection_plan *);
static unsigned age_of(const struct injection_inputs *, const char *name);
static bool comes_again(const struct text_list *, const char *name, const char *place);
static void add_names(const struct injection_inputs *, const struct ledger *,
                      struct injection_plan *);
static bool has_room(const struct injection_inputs *, const struct injection_plan *,
                     const struct injection_demand *, size_t *ledger_size);
static void write_ledger(const struct injection_inputs *, const struct ledger *,
                         struct injection_plan *);
static void attribute(const struct injection_inputs *, const struct ledger_entry *,
                      const char *name, struct ledger *);

void injection_demand_add(struct injection_demands *demands, const struct server_message *server,
                          const struct pool_message *pool)
{
    if (!server->deleting && text_list_has(&server->pools, pool->name) && wants_name(pool))
        add_demand(demands, pool->hostname, pool->name, pool->paused);
    injection_pool_add(demands, pool);
}

void injection_pool_add(struct injection_demands *demands, const struct pool_message *pool)
{
    if (pool->paused && !pool->deleting && !text_list_has(&demands->held, pool->name))
        text_list_add(&demands->held, pool->name);
}

void injection_demands_clear(struct injection_demands *demands)
{
    free(demands->list);
    text_list_clear(&demands->held);
    *demands = (struct injection_demands){0};
}

struct injection_plan injection_plan(const struct injection_inputs *inputs)
{
    struct injection_inputs without_grace = *inputs;
    struct injection_plan plan = make_plan(inputs);

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

const char *injection_refuses_add(const struct injection_inputs *inputs, const char *name)
{
    const struct injection_demand *desired = find_demand(inputs->demands, name);

    if (inputs->certificate->deleting)
        return "the Certificate is being deleted";
    if (desired == NULL)
        return "no Pool that a Server of the Certificate lists asks for the name";
    return desired->held ? "the Pool is paused" : NULL;
}

const char *injection_refuses_withdrawal(const struct injection_inputs *inputs, const char *name)
{
    const struct certificate_message *certificate = inputs->certificate;
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
    else if (is_needed(inputs, entry))
        refusal = INJECTION_NEEDED;
    else if (inputs->never)
        refusal = "names are never withdrawn (certificates.withdraw)";
    else
        refusal = inputs->demands->unknown;
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

static struct injection_plan make_plan(const struct injection_inputs *inputs)
{
    const struct certificate_message *certificate = inputs->certificate;
    struct injection_plan plan = {0};
    struct ledger ledger;

    plan.ledger_bad = !ledger_read(certificate->ledger, &ledger);
    if (certificate->deleting) {
        plan.names = text_list_copy(&certificate->names);
        plan.ledger = memory_text(certificate->ledger);
    } else {
        if (inputs->demands->count > 1)
            qsort(inputs->demands->list, inputs->demands->count, sizeof(*inputs->demands->list),
                  by_hostname);
        keep_names(inputs, &ledger, &plan);
        add_names(inputs, &ledger, &plan);
        write_ledger(inputs, &ledger, &plan);
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
static void add_demand(struct injection_demands *demands, const char *hostname, const char *pool,
                       bool held)
{
    for (size_t i = 0; i < demands->count; i++) {
        if (strcmp(demands->list[i].pool, pool) == 0)
            return;
    }
    demands->list = memory_resize(demands->list, demands->count + 1, sizeof(*demands->list));
    demands->list[demands->count++] = (struct injection_demand){hostname, pool, held};
}

/* Those that are not held come first: one of them is enough for the name to be added. */
static int by_hostname(const void *a, const void *b)
{
    const struct injection_demand *one = a, *other = b;
    int order = strcmp(one->hostname, other->hostname);

    if (order == 0)
        order = (int)one->held - (int)other->held;
    return order != 0 ? order : strcmp(one->pool, other->pool);
}

/* One that is not held, if there is such a one. */
static const struct injection_demand *find_demand(const struct injection_demands *demands,
                                                  const char *name)
{
    const struct injection_demand *held = NULL;

    for (size_t i = 0; i < demands->count; i++) {
        if (strcasecmp(demands->list[i].hostname, name) != 0)
            continue;
        if (!demands->list[i].held)
            return &demands->list[i];
        held = &demands->list[i];
    }
    return held;
}

static bool is_needed(const struct injection_inputs *inputs, const struct ledger_entry *entry)
{
    if (find_demand(inputs->demands, entry->name) != NULL)
        return true;
    TEXT_LIST_FOREACH (pool, &entry->pools) {
        if (text_list_has(&inputs->demands->held, pool))
            return true;
    }
    return false;
}

/* What stays of the list as it is. A name that somebody wrote once more is his: ours is the last
 * one. */
static void keep_names(const struct injection_inputs *inputs, const struct ledger *ledger,
                       struct injection_plan *plan)
{
    const struct text_list *names = &inputs->certificate->names;

    TEXT_LIST_FOREACH (name, names) {
        const struct ledger_entry *entry = ledger_find(ledger, name);

        if (entry != NULL && !comes_again(names, name, name) && withdraws(inputs, entry, plan))
            text_list_add(&plan->removed, name);
        else
            text_list_add(&plan->names, name);
    }
}

/* Whether the name of ENTRY has to go now. */
static bool withdraws(const struct injection_inputs *inputs, const struct ledger_entry *entry,
                      struct injection_plan *plan)
{
    unsigned age = age_of(inputs, entry->name);

    if (is_needed(inputs, entry) || inputs->never || inputs->demands->unknown != NULL)
        return false;
    if (inputs->withdraw != NULL && !text_list_has(inputs->withdraw, entry->name))
        return false;
    if (age >= inputs->grace)
        return true;
    text_list_add(&plan->waiting, entry->name);
    if (plan->look_again == 0 || inputs->grace - age < plan->look_again)
        plan->look_again = inputs->grace - age;
    return false;
}

static unsigned age_of(const struct injection_inputs *inputs, const char *name)
{
    for (size_t i = 0; i < inputs->age_count; i++) {
        if (strcmp(inputs->ages[i].name, name) == 0)
            return inputs->ages[i].seconds;
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

static void add_names(const struct injection_inputs *inputs, const struct ledger *ledger,
                      struct injection_plan *plan)
{
    const struct certificate_message *certificate = inputs->certificate;
    char *text = ledger_text(ledger);
    size_t size = strlen(text);
    const char *last = NULL;

    free(text);
    for (size_t i = 0; i < inputs->demands->count; i++) {
        const struct injection_demand *desired = &inputs->demands->list[i];

        if (last != NULL && strcmp(last, desired->hostname) == 0)
            continue;
        last = desired->hostname;
        plan->wanted++;
        if (text_list_has_name(&plan->names, desired->hostname) ||
            text_list_has_name(&certificate->effective, desired->hostname)) {
            plan->present++;
            continue;
        }
        if (desired->held ||
            (inputs->add != NULL && !text_list_has_name(inputs->add, desired->hostname)))
            continue;
        if (has_room(inputs, plan, desired, &size)) {
            text_list_add(&plan->names, desired->hostname);
            text_list_add(&plan->added, desired->hostname);
        } else {
            text_list_add(&plan->left_out, desired->hostname);
        }
    }
}

/* LEDGER_SIZE is what the ledger may come to, and grows with the name. */
static bool has_room(const struct injection_inputs *inputs, const struct injection_plan *plan,
                     const struct injection_demand *desired, size_t *ledger_size)
{
    size_t size = *ledger_size + strlen(desired->hostname) + LEDGER_PUNCTUATION;

    for (size_t i = 0; i < inputs->demands->count; i++) {
        if (strcmp(inputs->demands->list[i].hostname, desired->hostname) == 0)
            size += strlen(inputs->demands->list[i].pool) + LEDGER_PUNCTUATION;
    }
    if (plan->names.count >= inputs->max_names || size > LEDGER_FULL)
        return false;
    *ledger_size = size;
    return true;
}

/* Entries end with their names. One that cannot be understood stays until there is a new one. */
static void write_ledger(const struct injection_inputs *inputs, const struct ledger *ledger,
                         struct injection_plan *plan)
{
    struct ledger next = {0};

    TEXT_LIST_FOREACH (name, &plan->names) {
        const struct ledger_entry *entry = ledger_find(ledger, name);

        if ((entry != NULL && !text_list_has(&plan->removed, name)) ||
            text_list_has(&plan->added, name))
            attribute(inputs, entry, name, &next);
    }
    plan->injected = next.count;
    plan->ledger = ledger_text(&next);
    if (strlen(plan->ledger) > MESSAGE_BOUND(certificate, ledger) ||
        (plan->ledger_bad && next.count == 0))
        memory_replace(&plan->ledger, inputs->certificate->ledger);
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
static void attribute(const struct injection_inputs *inputs, const struct ledger_entry *entry,
                      const char *name, struct ledger *ledger)
{
    const struct injection_demands *demands = inputs->demands;
    bool orphan = find_demand(demands, name) == NULL;

    for (size_t i = 0; i < demands->count; i++) {
        if (strcasecmp(demands->list[i].hostname, name) == 0)
            ledger_add(ledger, name, demands->list[i].pool);
    }
    if (entry == NULL)
        return;
    TEXT_LIST_FOREACH (pool, &entry->pools) {
        if (orphan || demands->unknown != NULL || text_list_has(&demands->held, pool))
            ledger_add(ledger, name, pool);
    }
}
