/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of injection are written once, here, because two programs that do not trust each other
 * must come to the same decision: what the reconciler requests is what the certpatcher finds due.
 * The lists are what anybody may have written, so each is gone through once and searched in
 * logarithmic time.
 */
#include "common/objects/injection.h"

#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    /* Bytes of the ledger's text around a name, and around a Pool. */
    NAME_PUNCTUATION = 6,
    POOL_PUNCTUATION = 3,
    /* Beyond these no name is added: the rest is for further Pools that want the names in it. */
    LEDGER_FULL = MESSAGE_BOUND(certificate, ledger) / 2,
    LEDGER_POOLS_FULL = LEDGER_POOLS_MAX / 2,
    /* One more than twice as many as a ledger may have: none comes more than twice, so where all of
     * them are there the ledger is too large. */
    PAIRS_MAX = 2 * LEDGER_POOLS_MAX + 1,
};

/* What becomes of an entry of the ledger. */
enum fate {
    FATE_STALE,   /* its name is not in the Certificate: the entry goes */
    FATE_KEPT,    /* its name stays */
    FATE_WAITING, /* its name waits for the end of its grace */
    FATE_REMOVED, /* its name is removed */
};

/* What names take up. */
struct room {
    size_t names;                 /* of the Certificate */
    size_t entries, pools, bytes; /* of the ledger */
};

/* A name that waits, and what removing it makes room for. */
struct waiting {
    size_t entry;     /* its index in the ledger */
    unsigned seconds; /* that it has waited */
    struct room room;
};

/* What the next ledger is to say. */
struct pairs {
    struct ledger_pair list[PAIRS_MAX];
    size_t count;
};

/* A plan in the making. */
struct draft {
    const struct injection *injection;
    const struct injection_inputs *inputs;
    const struct ledger *ledger;
    enum fate *fates;               /* of the ledger's entries */
    struct waiting *waiting;        /* the oldest first */
    size_t waiting_count, given_up; /* how many there are; how many of them have been removed */
    struct room used;               /* by all that stays and waits */
    struct room waiting_use;        /* by what waits */
    struct injection_plan plan;
};

static void decide_fates(struct draft *);
static enum fate fate_of(struct draft *, size_t index);
static void add_waiting(struct draft *, size_t index, unsigned seconds);
static int by_age(const void *a, const void *b);
static bool is_needed(const struct injection_demands *, const struct ledger_entry *);
static unsigned age_of(const struct injection_inputs *, const char *name);
static int by_name(const void *a, const void *b);
static void add_names(struct draft *);
static bool is_present(const struct injection *, const char *hostname);
static bool may_add(const struct injection *, const struct injection_demand *);
static bool make_room(struct draft *, const struct injection_demand *demands, size_t count);
static void give_up_one(struct draft *);
static bool fits(const struct draft *, const struct room *more, const struct room *less);
static bool ledger_fits(const struct room *all);
static void adopt_names(struct draft *);
static void adopt_name(struct draft *, const char *name);
static struct room room_of_entry(const struct ledger_entry *);
static struct room room_of_demands(const struct injection_demand *, size_t count);
static size_t size_in_json(const char *text);
static void grow(struct room *, const struct room *by);
static void shrink(struct room *, const struct room *by);
static void list_names(struct draft *);
static void list_waiting(struct draft *, const struct ledger_entry *, const char *name);
static void write_ledger(struct draft *);
static struct ledger next_ledger(const struct draft *);
static void attribute(const struct injection_demands *, const struct ledger_entry *,
                      const char *name, struct pairs *);
static void add_pair(struct pairs *, const char *name, const char *pool);
static bool is_writable(const struct ledger *, const char *text);

struct injection injection_begin(const struct injection_inputs *inputs)
{
    struct injection injection = {.inputs = inputs,
                                  .names = text_set_of(&inputs->certificate->names),
                                  .effective = text_set_of(&inputs->certificate->effective)};

    if (inputs->add != NULL)
        injection.add = text_set_of(inputs->add);
    if (inputs->withdraw != NULL)
        injection.withdraw = text_set_of(inputs->withdraw);
    if (inputs->adopt != NULL)
        injection.adopt = text_set_of(inputs->adopt);
    return injection;
}

void injection_end(struct injection *injection)
{
    text_set_clear(&injection->names);
    text_set_clear(&injection->effective);
    text_set_clear(&injection->add);
    text_set_clear(&injection->withdraw);
    text_set_clear(&injection->adopt);
}

struct injection_plan injection_plan(const struct injection *injection)
{
    const struct injection_inputs *inputs = injection->inputs;
    const struct ledger *ledger = &inputs->demands->ledger;
    struct draft draft = {.injection = injection,
                          .inputs = inputs,
                          .ledger = ledger,
                          .plan.ledger_problem = inputs->demands->ledger_problem};

    if (inputs->certificate->deleting) {
        draft.plan.names = text_list_copy(&inputs->certificate->names);
        draft.plan.ledger = memory_text(inputs->certificate->ledger);
        return draft.plan;
    }
    draft.fates = memory_new(ledger->count, sizeof(*draft.fates));
    draft.waiting = memory_new(ledger->count, sizeof(*draft.waiting));
    decide_fates(&draft);
    add_names(&draft);
    adopt_names(&draft);
    list_names(&draft);
    write_ledger(&draft);
    free(draft.fates);
    free(draft.waiting);
    return draft.plan;
}

bool injection_is_due(const struct injection_plan *plan)
{
    return plan->added.count + plan->removed.count > 0 || plan->ledger_changes;
}

const char *injection_refuses_add(const struct injection *injection, const char *name)
{
    const struct injection_demand *demand =
        injection_demands_find(injection->inputs->demands, name);

    if (injection->inputs->certificate->deleting)
        return "the Certificate is being deleted";
    if (demand == NULL)
        return "no Pool of the Certificate's Servers asks for the name";
    return demand->paused ? "the Pool is paused" : NULL;
}

const char *injection_refuses_withdrawal(const struct injection *injection, const char *name)
{
    const struct injection_inputs *inputs = injection->inputs;
    const struct ledger_entry *entry = ledger_find(&inputs->demands->ledger, name);

    if (inputs->certificate->deleting)
        return "the Certificate is being deleted";
    if (!text_set_has_name(&injection->names, name))
        return NULL;
    if (entry == NULL)
        return "the name was not injected by tlsrouted";
    if (is_needed(inputs->demands, entry))
        return INJECTION_NEEDED;
    if (inputs->never)
        return "names are never withdrawn (certificates.withdraw)";
    return inputs->demands->unknown;
}

const char *injection_refuses_adoption(const struct injection *injection, const char *name)
{
    const struct injection_demands *demands = injection->inputs->demands;
    const struct injection_demand *demand = injection_demands_find(demands, name);

    if (injection->inputs->certificate->deleting)
        return "the Certificate is being deleted";
    if (text_set_find(&injection->names, name) == NULL)
        return "the Certificate does not have the name";
    if (ledger_find(&demands->ledger, name) != NULL)
        return NULL;
    if (demand == NULL)
        return "no Pool wants it";
    return demand->paused ? "the Pool is paused" : NULL;
}

void injection_plan_clear(struct injection_plan *plan)
{
    text_list_clear(&plan->names);
    text_list_clear(&plan->added);
    text_list_clear(&plan->removed);
    text_list_clear(&plan->waiting);
    text_list_clear(&plan->left_out);
    text_list_clear(&plan->adopted);
    free(plan->ledger);
    *plan = (struct injection_plan){0};
}

static void decide_fates(struct draft *draft)
{
    draft->used.names = draft->inputs->certificate->names.count;
    for (size_t i = 0; i < draft->ledger->count; i++) {
        const struct room room = room_of_entry(&draft->ledger->entries[i]);

        draft->fates[i] = fate_of(draft, i);
        if (draft->fates[i] == FATE_STALE)
            continue;
        draft->used.names--; /* of all those above */
        if (draft->fates[i] != FATE_REMOVED)
            grow(&draft->used, &room);
    }
    if (draft->waiting_count > 1)
        qsort(draft->waiting, draft->waiting_count, sizeof(*draft->waiting), by_age);
}

static enum fate fate_of(struct draft *draft, size_t index)
{
    const struct injection_inputs *inputs = draft->inputs;
    const struct ledger_entry *entry = &draft->ledger->entries[index];
    unsigned seconds;

    if (text_set_find(&draft->injection->names, entry->name) == NULL)
        return FATE_STALE;
    if (is_needed(inputs->demands, entry) || inputs->never || inputs->demands->unknown != NULL)
        return FATE_KEPT;
    if (inputs->withdraw != NULL && text_set_find(&draft->injection->withdraw, entry->name) == NULL)
        return FATE_KEPT;
    seconds = age_of(inputs, entry->name);
    if (seconds >= inputs->grace)
        return FATE_REMOVED;
    add_waiting(draft, index, seconds);
    return FATE_WAITING;
}

static void add_waiting(struct draft *draft, size_t index, unsigned seconds)
{
    const struct room room = room_of_entry(&draft->ledger->entries[index]);

    draft->waiting[draft->waiting_count++] = (struct waiting){index, seconds, room};
    grow(&draft->waiting_use, &room);
}

/* The oldest first, and by name among those of one age. */
static int by_age(const void *a, const void *b)
{
    const struct waiting *one = a, *other = b;

    if (one->seconds != other->seconds)
        return one->seconds > other->seconds ? -1 : 1;
    return (one->entry > other->entry) - (one->entry < other->entry);
}

static bool is_needed(const struct injection_demands *demands, const struct ledger_entry *entry)
{
    if (injection_demands_find(demands, entry->name) != NULL)
        return true;
    TEXT_LIST_FOREACH (pool, &entry->pools) {
        if (text_set_find(&demands->paused_pools, pool) != NULL)
            return true;
    }
    return false;
}

static unsigned age_of(const struct injection_inputs *inputs, const char *name)
{
    const struct injection_age *age =
        inputs->age_count > 0
            ? bsearch(name, inputs->ages, inputs->age_count, sizeof(*inputs->ages), by_name)
            : NULL;

    return age != NULL ? age->seconds : 0;
}

/* A name and an age. */
static int by_name(const void *a, const void *b)
{
    return strcmp(a, ((const struct injection_age *)b)->name);
}

static void add_names(struct draft *draft)
{
    const struct injection_demands *demands = draft->inputs->demands;
    struct injection_plan *plan = &draft->plan;
    size_t same;

    for (size_t i = 0; i < demands->count; i += same) {
        const struct injection_demand *demand = &demands->list[i];

        same = injection_demands_same(demands, demand);
        plan->wanted++;
        if (is_present(draft->injection, demand->hostname))
            plan->present++;
        else if (!may_add(draft->injection, demand))
            continue;
        else if (make_room(draft, demand, same))
            text_list_add(&plan->added, demand->hostname);
        else
            text_list_add(&plan->left_out, demand->hostname);
    }
}

/* A name that is demanded is not among those that are removed. */
static bool is_present(const struct injection *injection, const char *hostname)
{
    return text_set_has_name(&injection->names, hostname) ||
           text_set_has_name(&injection->effective, hostname);
}

static bool may_add(const struct injection *injection, const struct injection_demand *demand)
{
    return !demand->paused &&
           (injection->inputs->add == NULL || text_set_has_name(&injection->add, demand->hostname));
}

/* Room for the hostname that COUNT DEMANDS have in common, which it takes up: with as few of the
 * waiting names given up as that needs, and none where even all of them are too few. */
static bool make_room(struct draft *draft, const struct injection_demand *demands, size_t count)
{
    static const struct room nothing = {0};
    const struct room more = room_of_demands(demands, count);

    if (!fits(draft, &more, &draft->waiting_use))
        return false;
    while (!fits(draft, &more, &nothing))
        give_up_one(draft);
    grow(&draft->used, &more);
    return true;
}

static void give_up_one(struct draft *draft)
{
    const struct waiting *oldest = &draft->waiting[draft->given_up++];

    draft->fates[oldest->entry] = FATE_REMOVED;
    shrink(&draft->used, &oldest->room);
    shrink(&draft->waiting_use, &oldest->room);
}

/* Whether there is room for MORE if LESS is given up. */
static bool fits(const struct draft *draft, const struct room *more, const struct room *less)
{
    struct room all = draft->used;

    grow(&all, more);
    shrink(&all, less);
    return all.names <= draft->inputs->max_names && ledger_fits(&all);
}

static bool ledger_fits(const struct room *all)
{
    return all->entries <= LEDGER_NAMES_MAX && all->pools <= LEDGER_POOLS_FULL &&
           all->bytes <= LEDGER_FULL;
}

/* What somebody else has injected for the sake of Pools. */
static void adopt_names(struct draft *draft)
{
    const struct injection *injection = draft->injection;

    TEXT_LIST_FOREACH (name, &draft->inputs->certificate->names) {
        if (text_set_find(&injection->adopt, name) != NULL &&
            text_set_find(&injection->names, name) == name && /* each once */
            ledger_find(draft->ledger, name) == NULL &&
            injection_refuses_adoption(injection, name) == NULL)
            adopt_name(draft, name);
    }
}

/* A name that is there already takes up room in the ledger only. */
static void adopt_name(struct draft *draft, const char *name)
{
    const struct injection_demands *demands = draft->inputs->demands;
    const struct injection_demand *demand = injection_demands_find(demands, name);
    struct room more = room_of_demands(demand, injection_demands_same(demands, demand));
    struct room all = draft->used;

    more.names = 0;
    grow(&all, &more);
    if (!ledger_fits(&all))
        return;
    draft->used = all;
    text_list_add(&draft->plan.adopted, name);
}

static struct room room_of_entry(const struct ledger_entry *entry)
{
    struct room room = {.names = 1, .entries = 1, .pools = entry->pools.count};

    room.bytes = size_in_json(entry->name) + NAME_PUNCTUATION;
    TEXT_LIST_FOREACH (pool, &entry->pools)
        room.bytes += size_in_json(pool) + POOL_PUNCTUATION;
    return room;
}

static struct room room_of_demands(const struct injection_demand *demands, size_t count)
{
    struct room room = {.names = 1, .entries = 1, .pools = count};

    room.bytes = size_in_json(demands[0].hostname) + NAME_PUNCTUATION;
    for (size_t i = 0; i < count; i++)
        room.bytes += size_in_json(demands[i].pool) + POOL_PUNCTUATION;
    return room;
}

/* At most: what json-c escapes takes two bytes, or six. */
static size_t size_in_json(const char *text)
{
    size_t size = 0;

    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ')
            size += 6;
        else
            size += strchr("\"\\/", *text) != NULL ? 2 : 1;
    }
    return size;
}

static void grow(struct room *room, const struct room *by)
{
    room->names += by->names;
    room->entries += by->entries;
    room->pools += by->pools;
    room->bytes += by->bytes;
}

static void shrink(struct room *room, const struct room *by)
{
    room->names -= by->names;
    room->entries -= by->entries;
    room->pools -= by->pools;
    room->bytes -= by->bytes;
}

/* What stays of the list, what goes and what waits. Where somebody else has written an injected
 * name a second time, the last one is the injected one. */
static void list_names(struct draft *draft)
{
    const struct text_list *names = &draft->inputs->certificate->names;
    struct injection_plan *plan = &draft->plan;

    TEXT_LIST_FOREACH (name, names) {
        const struct ledger_entry *entry = ledger_find(draft->ledger, name);
        enum fate fate = FATE_KEPT;

        if (entry != NULL && text_set_find(&draft->injection->names, name) == name)
            fate = draft->fates[entry - draft->ledger->entries];
        if (fate == FATE_WAITING)
            list_waiting(draft, entry, name);
        text_list_add(fate == FATE_REMOVED ? &plan->removed : &plan->names, name);
    }
    TEXT_LIST_FOREACH (name, &plan->added)
        text_list_add(&plan->names, name);
}

static void list_waiting(struct draft *draft, const struct ledger_entry *entry, const char *name)
{
    struct injection_plan *plan = &draft->plan;
    unsigned left = draft->inputs->grace - age_of(draft->inputs, entry->name);

    text_list_add(&plan->waiting, name);
    if (plan->recheck_seconds == 0 || left < plan->recheck_seconds)
        plan->recheck_seconds = left;
}

/* An entry goes with its name. A ledger that cannot be understood stays until there is something to
 * write into a new one. */
static void write_ledger(struct draft *draft)
{
    struct injection_plan *plan = &draft->plan;
    struct ledger next = next_ledger(draft);
    bool is_bad = plan->ledger_problem != NULL;

    plan->injected = next.count;
    plan->ledger = ledger_text(&next);
    if (!is_writable(&next, plan->ledger) || (is_bad && next.count == 0)) {
        memory_replace(&plan->ledger, draft->inputs->certificate->ledger);
    } else if (is_bad) {
        plan->ledger_changes = true;
    } else {
        char *text = ledger_text(draft->ledger);

        plan->ledger_changes = strcmp(text, plan->ledger) != 0;
        free(text);
    }
    ledger_clear(&next);
}

static struct ledger next_ledger(const struct draft *draft)
{
    const struct injection_demands *demands = draft->inputs->demands;
    const struct ledger *ledger = draft->ledger;
    struct pairs pairs;

    pairs.count = 0;
    for (size_t i = 0; i < ledger->count; i++) {
        const struct ledger_entry *entry = &ledger->entries[i];

        if (draft->fates[i] == FATE_KEPT || draft->fates[i] == FATE_WAITING)
            attribute(demands, entry, entry->name, &pairs);
    }
    TEXT_LIST_FOREACH (name, &draft->plan.added)
        attribute(demands, ledger_find(ledger, name), name, &pairs);
    TEXT_LIST_FOREACH (name, &draft->plan.adopted)
        attribute(demands, NULL, name, &pairs);
    return ledger_of(pairs.list, pairs.count);
}

/* Attributes NAME to the Pools that demand it now, and to paused Pools that it belonged to before.
 * Where no Pool demands it, it stays with those of before: it is still there for their sake. ENTRY:
 * of NAME, or NULL. */
static void attribute(const struct injection_demands *demands, const struct ledger_entry *entry,
                      const char *name, struct pairs *pairs)
{
    const struct injection_demand *demand = injection_demands_find(demands, name);
    size_t count;

    if (pairs->count == PAIRS_MAX)
        return;
    count = demand != NULL ? injection_demands_same(demands, demand) : 0;
    for (size_t i = 0; i < count; i++)
        add_pair(pairs, name, demand[i].pool);
    if (entry == NULL)
        return;
    TEXT_LIST_FOREACH (pool, &entry->pools) {
        if (demand == NULL || demands->unknown != NULL ||
            text_set_find(&demands->paused_pools, pool) != NULL)
            add_pair(pairs, name, pool);
    }
}

static void add_pair(struct pairs *pairs, const char *name, const char *pool)
{
    if (pairs->count < PAIRS_MAX)
        pairs->list[pairs->count++] = (struct ledger_pair){name, pool};
}

/* Whether it can be read again. */
static bool is_writable(const struct ledger *ledger, const char *text)
{
    return strlen(text) <= MESSAGE_BOUND(certificate, ledger) &&
           ledger->count <= LEDGER_NAMES_MAX && ledger->pools <= LEDGER_POOLS_MAX;
}
