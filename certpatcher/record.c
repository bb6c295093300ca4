/* SPDX-License-Identifier: Apache-2.0 */
#include "certpatcher/record.h"

#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    RECORDS_MAX = 8192
};

static void drop(struct records *, struct record *);
static void forget_ages(struct records *, struct record *);
static const struct record_age *find_age(const struct record *, const char *name);

struct record *record_of(struct records *records, const char *certificate, const char *uid)
{
    struct record *record;

    HASH_FIND_STR(records->all, certificate, record);
    if (record == NULL) {
        if (HASH_COUNT(records->all) >= RECORDS_MAX)
            drop(records, records->all);
        record = memory_new(1, sizeof(*record));
        record->certificate = memory_text(certificate);
        record->uid = memory_text("");
        HASH_ADD_KEYPTR(hh, records->all, record->certificate, strlen(record->certificate), record);
    }
    if (uid[0] != '\0' && strcmp(record->uid, uid) != 0) {
        forget_ages(records, record);
        contention_clear(&record->contention);
        memory_replace(&record->uid, uid);
    }
    return record;
}

struct injection_age *record_ages(const struct record *record, int64_t now, size_t *count)
{
    struct injection_age *ages = memory_new(record->age_count, sizeof(*ages));

    for (size_t i = 0; i < record->age_count; i++)
        ages[i] = (struct injection_age){record->ages[i].name,
                                         (unsigned)((now - record->ages[i].since) / 1000)};
    *count = record->age_count;
    return ages;
}

void record_set_ages(struct records *records, struct record *record, const struct text_list *names,
                     int64_t now)
{
    struct record_age *ages = memory_new(names->count, sizeof(*ages));
    size_t count = 0;

    TEXT_LIST_FOREACH (name, names) {
        const struct record_age *known = find_age(record, name);

        ages[count++] = (struct record_age){memory_text(name), known != NULL ? known->since : now};
    }
    forget_ages(records, record);
    record->ages = ages;
    record->age_count = count;
    records->ages += count;
}

bool record_complain(struct record *record, const char *complaint)
{
    bool news = complaint != NULL &&
                (record->complaint == NULL || strcmp(record->complaint, complaint) != 0);

    if (news || complaint == NULL)
        memory_replace(&record->complaint, complaint);
    return news;
}

void record_tidy(struct records *records, struct record *record, int64_t now)
{
    if (record->age_count == 0 && record->complaint == NULL &&
        contention_is_over(&record->contention, (time_t)(now / 1000)))
        drop(records, record);
}

void records_forget_ages(struct records *records)
{
    struct record *record, *next;

    HASH_ITER (hh, records->all, record, next)
        forget_ages(records, record);
}

void records_clear(struct records *records)
{
    while (records->all != NULL)
        drop(records, records->all);
}

static void drop(struct records *records, struct record *record)
{
    HASH_DEL(records->all, record);
    forget_ages(records, record);
    contention_clear(&record->contention);
    free(record->complaint);
    free(record->uid);
    free(record->certificate);
    free(record);
}

static void forget_ages(struct records *records, struct record *record)
{
    for (size_t i = 0; i < record->age_count; i++)
        free(record->ages[i].name);
    free(record->ages);
    records->ages -= record->age_count;
    record->ages = NULL;
    record->age_count = 0;
}

static const struct record_age *find_age(const struct record *record, const char *name)
{
    for (size_t i = 0; i < record->age_count; i++) {
        if (strcmp(record->ages[i].name, name) == 0)
            return &record->ages[i];
    }
    return NULL;
}
