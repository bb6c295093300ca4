/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of injection are written once, here, because two programs that do not trust each other
 * must come to the same decision: what the reconciler requests is what the certpatcher finds due.
 */
#include "common/objects/injection.h"

#include "common/base/memory.h"
#include "common/objects/hostname.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    LEDGER_PUNCTUATION = 9, /* bytes of its text around a name or a Pool */
    /* Beyond it no name is added: the rest is for further Pools that want the names in it. */
    LEDGER_FULL = MESSAGE_BOUND(certificate, ledger) / 2,
};

static void gather_pool(const struct injection_lookup *, const char *namespace, const char *name,
                        const struct server_message *, struct injection_demands *);
static void add_pool(struct injection_demands *, const struct server_message *,
                     const struct pool_message *);
static bool demands_name(const struct pool_message *);
static void add_demand(struct injection_demands *, const struct pool_message *);
static struct injection_plan make_plan(const struct injection_inputs *);
static int by_hostname(const void *a, const void *b);
static const struct injection_demand *find_demand(const struct injection_demands *,
                                                  const char *name);
static bool is_needed(const struct injection_inputs *, const struct ledger_entry *);
static void keep_names(const struct injection_inputs *, const struct ledger *,
                       struct injection_plan *);
static bool withdraws(const struct injection_inputs *, const struct ledger_entry *,
                      struct injection_plan *);
static unsigned age_of(const struct injection_inputs *, const char *name);
static bool occurs_after(const struct text_list *, const char *name, const char *place);
static void add_names(const struct injection_inputs *, const struct ledger *,
                      struct injection_plan *);
static bool has_room(const struct injection_inputs *, const struct injection_plan *,
                     const struct injection_demand *, size_t *ledger_size);
static void write_ledger(const struct injection_inputs *, const struct ledger *,
                         struct injection_plan *);
static void attribute(const struct injection_inputs *, const struct ledger_entry *,
                      const char *name, struct ledger *);

void injection_gather(const struct certificate_message *certificate,
                      const struct injection_lookup *lookup, struct injection_demands *demands)
{
    const struct server_message *server;
    struct ledger ledger;

    if (lookup->unreadable_server)
        demands->unknown = "a Server that may use the Certificate cannot be understood";
    for (size_t i = 0; (server = lookup->server(lookup->context, i)) != NULL; i++) {
        TEXT_LIST_FOREACH (pool, &server->pools)
            gather_pool(lookup, certificate->namespace, pool, server, demands);
    }
    ledger_read(certificate->ledger, &ledger);
    for (size_t i = 0; i < ledger.count; i++) {
        TEXT_LIST_FOREACH (pool, &ledger.entries[i].pools)
            gather_pool(lookup, certificate->namespace, pool, NULL, demands);
    }
    ledger_clear(&ledger);
}

void injection_demands_clear(struct injection_demands *demands)
{
    free(demands->list);
    text_list_clear(&demands->paused_pools);
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
    const struct injection_demand *demand = find_demand(inputs->demands, name);

    if (inputs->certificate->deleting)
        return "the Certificate is being deleted";
    if (demand == NULL)
        return "no Pool of the Certificate's Servers asks for the name";
    return demand->paused ? "the Pool is paused" : NULL;
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

/* SERVER leads to the Pool NAME; NULL: the ledger names it. */
static void gather_pool(const struct injection_lookup *lookup, const char *namespace,
                        const char *name, const struct server_message *server,
                        struct injection_demands *demands)
{
    const struct pool_message *pool;

    switch (lookup->pool(lookup->context, namespace, name, &pool)) {
    case POOL_FOUND:
        add_pool(demands, server, pool);
        break;
    case POOL_UNREADABLE:
        demands->unknown = "a Pool of the Certificate cannot be understood";
        break;
    case POOL_NOT_FETCHED:
        demands->unknown = "a Pool of the Certificate has not been fetched yet";
        break;
    case POOL_ABSENT:
        break;
    }
}

/* A paused Pool keeps its names, even where no Server leads to it any more. */
static void add_pool(struct injection_demands *demands, const struct server_message *server,
                     const struct pool_message *pool)
{
    if (server != NULL && !server->deleting && demands_name(pool))
        add_demand(demands, pool);
    if (pool->paused && !pool->deleting && !text_list_has(&demands->paused_pools, pool->name))
        text_list_add(&demands->paused_pools, pool->name);
}

static bool demands_name(const struct pool_message *pool)
{
    return !pool->deleting && pool->route_enabled && pool->inject &&
           hostname_problem(pool->hostname) == NULL;
}

/* Each Pool once, however many Servers lead to it. */
static void add_demand(struct injection_demands *demands, const struct pool_message *pool)
{
    for (size_t i = 0; i < demands->count; i++) {
        if (strcmp(demands->list[i].pool, pool->name) == 0)
            return;
    }
    demands->list = memory_resize(demands->list, demands->count + 1, sizeof(*demands->list));
    demands->list[demands->count++] =
        (struct injection_demand){pool->hostname, pool->name, pool->paused};
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

/* Demands that are not paused come first: one of them is enough for the name to be added. */
static int by_hostname(const void *a, const void *b)
{
    const struct injection_demand *one = a, *other = b;
    int order = strcmp(one->hostname, other->hostname);

    if (order == 0)
        order = (int)one->paused - (int)other->paused;
    return order != 0 ? order : strcmp(one->pool, other->pool);
}

/* One that is not paused, if there is any. */
static const struct injection_demand *find_demand(const struct injection_demands *demands,
                                                  const char *name)
{
    const struct injection_demand *paused = NULL;

    for (size_t i = 0; i < demands->count; i++) {
        if (strcasecmp(demands->list[i].hostname, name) != 0)
            continue;
        if (!demands->list[i].paused)
            return &demands->list[i];
        paused = &demands->list[i];
    }
    return paused;
}

static bool is_needed(const struct injection_inputs *inputs, const struct ledger_entry *entry)
{
    if (find_demand(inputs->demands, entry->name) != NULL)
        return true;
    TEXT_LIST_FOREACH (pool, &entry->pools) {
        if (text_list_has(&inputs->demands->paused_pools, pool))
            return true;
    }
    return false;
}

/* What stays of the list. Where somebody else has written an injected name a second time, the last
 * one is the injected one. */
static void keep_names(const struct injection_inputs *inputs, const struct ledger *ledger,
                       struct injection_plan *plan)
{
    const struct text_list *names = &inputs->certificate->names;

    TEXT_LIST_FOREACH (name, names) {
        const struct ledger_entry *entry = ledger_find(ledger, name);

        if (entry != NULL && !occurs_after(names, name, name) && withdraws(inputs, entry, plan))
            text_list_add(&plan->removed, name);
        else
            text_list_add(&plan->names, name);
    }
}

/* Whether the name of ENTRY is to be removed now. */
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
    if (plan->recheck_seconds == 0 || inputs->grace - age < plan->recheck_seconds)
        plan->recheck_seconds = inputs->grace - age;
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

/* Whether NAME is in LIST again after PLACE, an item of it. */
static bool occurs_after(const struct text_list *list, const char *name, const char *place)
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
        const struct injection_demand *demand = &inputs->demands->list[i];

        if (last != NULL && strcmp(last, demand->hostname) == 0)
            continue;
        last = demand->hostname;
        plan->wanted++;
        if (text_list_has_name(&plan->names, demand->hostname) ||
            text_list_has_name(&certificate->effective, demand->hostname)) {
            plan->present++;
            continue;
        }
        if (demand->paused ||
            (inputs->add != NULL && !text_list_has_name(inputs->add, demand->hostname)))
            continue;
        if (has_room(inputs, plan, demand, &size)) {
            text_list_add(&plan->names, demand->hostname);
            text_list_add(&plan->added, demand->hostname);
        } else {
            text_list_add(&plan->left_out, demand->hostname);
        }
    }
}

/* LEDGER_SIZE is the largest that the ledger can become, and grows with the name. */
static bool has_room(const struct injection_inputs *inputs, const struct injection_plan *plan,
                     const struct injection_demand *demand, size_t *ledger_size)
{
    size_t size = *ledger_size + strlen(demand->hostname) + LEDGER_PUNCTUATION;

    for (size_t i = 0; i < inputs->demands->count; i++) {
        if (strcmp(inputs->demands->list[i].hostname, demand->hostname) == 0)
            size += strlen(inputs->demands->list[i].pool) + LEDGER_PUNCTUATION;
    }
    if (plan->names.count >= inputs->max_names || size > LEDGER_FULL)
        return false;
    *ledger_size = size;
    return true;
}

/* An entry goes with its name. A ledger that cannot be understood stays until there is something to
 * write into a new one. */
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

/* Attributes NAME to the Pools that demand it now, and to paused Pools that it belonged to before.
 * Where no Pool demands it, it stays with those of before: it is still there for their sake. */
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
        if (orphan || demands->unknown != NULL || text_list_has(&demands->paused_pools, pool))
            ledger_add(ledger, name, pool);
    }
}
