/* SPDX-License-Identifier: Apache-2.0 */
/* Each place that logs a failure would otherwise count, wait and remember in a way of its own. What
 * is compared, and how a line looks, is in cause_words.c. */
#include "common/base/causes.h"

#include "common/base/delays.h"
#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

enum {
    PROMPT_LINES = 6,  /* of a cause; further ones come at growing intervals */
    PASSED_MAX = 256,  /* causes that are over and still remembered */
    DOUBLINGS_MAX = 16 /* of an interval */
};

/* One who is to have a line of its own. */
struct named {
    struct cause_member *member; /* NULL: it only happened */
    struct cause_words *words;
};

struct cause {
    char *key;
    struct cause_words *words; /* of the first one who fails now, or failed last */
    unsigned named_max;
    bool is_urgent;            /* waits for nobody: an error */
    size_t count, peak;        /* members now, and at most since it came */
    size_t happened;           /* of COUNT: those who only did, and have not been said */
    size_t fresh;              /* of COUNT: those who have not been said */
    struct named *named;       /* of the fresh ones, NAMED_COUNT */
    size_t named_count;        /* of them */
    size_t named_before;       /* those who have had a line of their own since it came */
    bool is_one_for_all;       /* since it came, a line has had their number */
    bool is_over_for_some;     /* of those who have left */
    uint64_t rounds;           /* of lines until now */
    unsigned lines;            /* the same, as long as it is remembered without a pause */
    unsigned times;            /* that it has come since its last line */
    unsigned growths;          /* further lines since it came */
    int64_t since;             /* when it came */
    int64_t first_fresh;       /* when the first of the fresh ones joined */
    int64_t said;              /* the last line */
    int64_t due;               /* the next one, or CAUSES_NEVER */
    struct cause *prev, *next; /* among those that are over */
    UT_hash_handle hh;
};

struct causes {
    cause_say *say;
    struct cause *all;
    struct cause *passed; /* over, the oldest first */
    size_t passed_count;
};

static struct cause *find_or_add(struct causes *, const struct cause_details *, int64_t now);
static void enter(struct causes *, struct cause *, const struct cause_details *, int64_t now);
static void begin(struct causes *, struct cause *, const struct cause_details *, int64_t now);
static bool may_be_named(const struct cause *);
static struct cause_words *add_named(struct causes *, struct cause *, struct cause_member *,
                                     const struct cause_details *);
static void say_for_debugging(struct causes *, const struct cause_details *);
static void plan(struct causes *, struct cause *, int64_t now);
static int64_t allowed_at(const struct cause *);
static int64_t interval(unsigned doublings);
static void speak(struct causes *, struct cause *, int64_t now);
static void say_named(struct causes *, struct cause *);
static void say_all(struct causes *, struct cause *, int64_t now);
static void say_past(struct causes *, struct cause *);
static void forget_named(struct cause *);
static void remove_named(struct cause *, const struct cause_member *);
static void end(struct causes *, struct cause *, int64_t now);
static void forget_passed(struct causes *, int64_t now);
static void drop(struct causes *, struct cause *);

struct causes *causes_new(cause_say *say)
{
    struct causes *causes = memory_new(1, sizeof(*causes));

    causes->say = say;
    return causes;
}

void causes_free(struct causes *causes)
{
    struct cause *cause, *next;

    HASH_ITER (hh, causes->all, cause, next) {
        if (cause->count > 0) {
            forget_named(cause);
            end(causes, cause, cause->said);
        }
        drop(causes, cause);
    }
    free(causes);
}

void causes_join(struct causes *causes, struct cause_member *member,
                 const struct cause_details *details, int64_t now)
{
    struct cause *cause = find_or_add(causes, details, now);

    if (member->cause == cause)
        return;
    causes_leave(causes, member, CAUSE_GONE, now);
    enter(causes, cause, details, now);
    member->cause = cause;
    member->round = cause->rounds;
    member->words = add_named(causes, cause, member, details);
    plan(causes, cause, now);
}

void causes_happened(struct causes *causes, const struct cause_details *details, int64_t now)
{
    struct cause *cause = find_or_add(causes, details, now);

    enter(causes, cause, details, now);
    cause->happened++;
    add_named(causes, cause, NULL, details);
    plan(causes, cause, now);
}

void causes_leave(struct causes *causes, struct cause_member *member, enum cause_end why,
                  int64_t now)
{
    struct cause *cause = member->cause;

    if (cause == NULL)
        return;
    if (why == CAUSE_OVER && cause->times > 0 && now >= allowed_at(cause))
        speak(causes, cause, now); /* short as it was, it is not passed over */
    if (member->round == cause->rounds) {
        cause->fresh--;
        remove_named(cause, member);
    } else if (member->words != NULL && why == CAUSE_OVER && !cause->is_one_for_all) {
        cause_words_say_over(member->words,
                             &(struct cause_extent){1, 1, (now - cause->since) / 1000, false},
                             causes->say);
    }
    cause->is_over_for_some |= why == CAUSE_OVER;
    cause_words_free(member->words);
    *member = (struct cause_member){0};
    if (--cause->count == 0)
        end(causes, cause, now);
}

void causes_step(struct causes *causes, int64_t now)
{
    struct cause *cause, *next;

    HASH_ITER (hh, causes->all, cause, next) {
        if (cause->due <= now)
            speak(causes, cause, now);
    }
    forget_passed(causes, now);
}

void causes_flush(struct causes *causes, int64_t now)
{
    struct cause *cause, *next;

    HASH_ITER (hh, causes->all, cause, next) {
        if (cause->due != CAUSES_NEVER)
            speak(causes, cause, now);
    }
}

int64_t causes_due(const struct causes *causes)
{
    const struct cause *cause;
    int64_t due = CAUSES_NEVER;

    for (cause = causes->all; cause != NULL; cause = cause->hh.next) {
        if (cause->due < due)
            due = cause->due;
    }
    return due;
}

static struct cause *find_or_add(struct causes *causes, const struct cause_details *details,
                                 int64_t now)
{
    char *key = cause_words_key(details);
    struct cause *cause;

    forget_passed(causes, now);
    HASH_FIND_STR(causes->all, key, cause);
    if (cause != NULL) {
        free(key);
        return cause;
    }
    cause = memory_new(1, sizeof(*cause));
    cause->key = key;
    cause->due = CAUSES_NEVER;
    cause->named_max = details->named_max > 0 ? details->named_max : 1;
    cause->named = memory_new(cause->named_max, sizeof(*cause->named));
    HASH_ADD_KEYPTR(hh, causes->all, cause->key, strlen(cause->key), cause);
    return cause;
}

/* One more fails, or something happened once more. */
static void enter(struct causes *causes, struct cause *cause, const struct cause_details *details,
                  int64_t now)
{
    if (cause->count == 0)
        begin(causes, cause, details, now);
    cause->count++;
    if (cause->count > cause->peak)
        cause->peak = cause->count;
    if (cause->fresh++ == 0)
        cause->first_fresh = now;
}

static void begin(struct causes *causes, struct cause *cause, const struct cause_details *details,
                  int64_t now)
{
    if (cause->words != NULL) {
        DL_DELETE(causes->passed, cause);
        causes->passed_count--;
        cause_words_free(cause->words);
    }
    cause->words = cause_words_new(details);
    cause->is_urgent = details->level == LOG_ERROR;
    cause->since = now;
    cause->times++;
    cause->peak = cause->named_before = cause->growths = 0;
    cause->is_one_for_all = cause->is_over_for_some = false;
}

/* Few, and not again and again. */
static bool may_be_named(const struct cause *cause)
{
    return !cause->is_one_for_all && cause->lines < PROMPT_LINES &&
           cause->named_before + cause->named_count < cause->named_max;
}

/* Returns the words of the one who joins, if it is to have a line of its own, or NULL. */
static struct cause_words *add_named(struct causes *causes, struct cause *cause,
                                     struct cause_member *member,
                                     const struct cause_details *details)
{
    struct cause_words *words;

    if (!may_be_named(cause)) {
        say_for_debugging(causes, details);
        return NULL;
    }
    words = cause_words_new(details);
    cause->named[cause->named_count++] = (struct named){member, words};
    return words;
}

static void say_for_debugging(struct causes *causes, const struct cause_details *details)
{
    struct cause_details detail = *details;
    struct cause_words *words;

    detail.level = LOG_DEBUG;
    words = cause_words_new(&detail);
    cause_words_say(words, &(struct cause_extent){1, 1, -1, false}, causes->say);
    cause_words_free(words);
}

static void plan(struct causes *causes, struct cause *cause, int64_t now)
{
    int64_t quiet = now + CAUSE_QUIET_MILLISECONDS;
    int64_t gathered = cause->first_fresh + CAUSE_GATHER_MILLISECONDS;
    int64_t allowed = allowed_at(cause);

    cause->due = cause->is_urgent ? now : quiet < gathered ? quiet : gathered;
    if (cause->due < allowed)
        cause->due = allowed;
    if (cause->due <= now)
        speak(causes, cause, now);
}

/* When the next line may come. */
static int64_t allowed_at(const struct cause *cause)
{
    int64_t wait = 0;

    if (cause->is_one_for_all)
        wait = interval(cause->growths);
    else if (cause->named_before > 0 && cause->fresh > cause->named_count)
        wait = CAUSE_GATHER_MILLISECONDS; /* they fail one after the other */
    if (cause->lines >= PROMPT_LINES && wait < interval(cause->lines - PROMPT_LINES))
        wait = interval(cause->lines - PROMPT_LINES);
    return cause->lines > 0 ? cause->said + wait : 0;
}

static int64_t interval(unsigned doublings)
{
    const struct backoff *backoff = &backoff_cause;
    int64_t delay = (int64_t)backoff->first
                    << (doublings < DOUBLINGS_MAX ? doublings : DOUBLINGS_MAX);

    return delay < (int64_t)backoff->max ? delay : (int64_t)backoff->max;
}

static void speak(struct causes *causes, struct cause *cause, int64_t now)
{
    size_t happened = cause->happened;

    cause->due = CAUSES_NEVER;
    if (cause->count > 0 && cause->fresh == 0) /* they have left since */
        return;
    if (cause->count == 0)
        say_past(causes, cause);
    else if (cause->fresh == cause->named_count)
        say_named(causes, cause);
    else
        say_all(causes, cause, now);
    forget_named(cause);
    cause->said = now;
    cause->lines++;
    cause->rounds++;
    cause->times = 0;
    cause->fresh = cause->happened = 0;
    cause->count -= happened;
    if (cause->count == 0 && happened > 0)
        end(causes, cause, now);
}

static void say_named(struct causes *causes, struct cause *cause)
{
    for (size_t i = 0; i < cause->named_count; i++)
        cause_words_say(cause->named[i].words, &(struct cause_extent){1, cause->times, -1, false},
                        causes->say);
    cause->named_before += cause->named_count;
}

static void say_all(struct causes *causes, struct cause *cause, int64_t now)
{
    const struct cause_extent extent = {cause->count, cause->times,
                                        cause->is_one_for_all ? (now - cause->since) / 1000 : -1,
                                        false};

    cause_words_say(cause->words, &extent, causes->say);
    cause->growths += cause->is_one_for_all;
    cause->is_one_for_all = true;
}

/* It has come and gone while nothing could be said. */
static void say_past(struct causes *causes, struct cause *cause)
{
    const struct cause_extent extent = {cause->peak, cause->times, -1, true};

    cause_words_say(cause->words, &extent, causes->say);
}

/* Those with a line of their own keep their words. */
static void forget_named(struct cause *cause)
{
    for (size_t i = 0; i < cause->named_count; i++) {
        struct named *named = &cause->named[i];

        if (named->member == NULL || cause->fresh > cause->named_count) {
            cause_words_free(named->words);
            if (named->member != NULL)
                named->member->words = NULL;
        }
    }
    cause->named_count = 0;
}

static void remove_named(struct cause *cause, const struct cause_member *member)
{
    for (size_t i = 0; i < cause->named_count; i++) {
        if (cause->named[i].member == member) {
            cause->named[i] = cause->named[--cause->named_count];
            return;
        }
    }
}

/* Nobody fails any more. */
static void end(struct causes *causes, struct cause *cause, int64_t now)
{
    bool is_unsaid = cause->times > 0;

    if (cause->is_one_for_all && cause->is_over_for_some)
        cause_words_say_over(
            cause->words,
            &(struct cause_extent){cause->peak, 1, (now - cause->since) / 1000, false},
            causes->say);
    if (is_unsaid && cause->is_over_for_some) {
        cause->due = allowed_at(cause);
    } else {
        cause->times = 0;
        cause->due = CAUSES_NEVER;
    }
    cause->fresh = 0;
    cause->said = is_unsaid ? cause->said : now;
    DL_APPEND(causes->passed, cause);
    causes->passed_count++;
}

static void forget_passed(struct causes *causes, int64_t now)
{
    struct cause *cause, *next;

    DL_FOREACH_SAFE (causes->passed, cause, next) {
        bool is_old = now - cause->said > CAUSE_REMEMBER_SECONDS * INT64_C(1000);

        if (!is_old && causes->passed_count <= PASSED_MAX)
            break;
        drop(causes, cause);
    }
}

/* One that is over. */
static void drop(struct causes *causes, struct cause *cause)
{
    DL_DELETE(causes->passed, cause);
    causes->passed_count--;
    HASH_DEL(causes->all, cause);
    cause_words_free(cause->words);
    free(cause->named);
    free(cause->key);
    free(cause);
}
