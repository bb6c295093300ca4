/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the keys of tlsrouted.yaml: the one place that says what can be configured.
 *
 * From a row follow how the key is read and checked, its default, the field of struct config that
 * it becomes, the field of the workers' SETTINGS, what it takes for a change to count, and what
 * `tlsrouted --help-config`, the manual and the documentation say about it. */
#ifndef TLSROUTED_SUPERVISOR_CONFIG_KEYS_H
#define TLSROUTED_SUPERVISOR_CONFIG_KEYS_H

#include "supervisor/config/checks.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    CONFIG_KEYS_MAX = 64,
};

enum config_kind {
    CONFIG_CHOICE, /* one of a few words; the field is an enum */
    CONFIG_NUMBER, /* a whole number; the field is unsigned */
    CONFIG_TEXT,   /* the field is a char *, owned */
    CONFIG_FILE,   /* likewise; a relative path starts in the folder of tlsrouted.yaml */
    CONFIG_LIST,   /* of texts; the field is a struct text_list, owned */
};

/* What happens to a changed key when the configuration is read again. */
enum config_reload {
    CONFIG_APPLIES,            /* it counts at once */
    CONFIG_RENEWS_CREDENTIALS, /* the credentials are compared, and what changed goes to its worker
                                */
    CONFIG_RESTARTS_WORKERS,   /* those that talk to the API server */
    CONFIG_RESTARTS_MINTER,
    CONFIG_STAYS, /* until tlsrouted itself is restarted */
};

/* One word that a choice can be. */
struct config_choice {
    const char *name; /* NULL ends the list */
    unsigned value;   /* of the enum */
    const char *text; /* what it means */
};

/* A member of a struct, if there is one. */
struct config_field {
    bool exists;
    size_t offset;
};

/* A key that each worker has contains WORKER in the place of the worker's name; its field is in the
 * worker's struct credential_source. */
struct config_key {
    const char *path; /* "certificates.grace" */
    enum config_kind kind;
    const struct config_choice *choices;
    const char *fallback; /* the default, as it would be written; NULL: there is none */
    const char *unit;     /* of a number */
    unsigned min, max;    /* of a number; max also of the bytes of a text, 0: any, and of a list */
    bool may_be_empty;    /* a text: "" and null are values */
    size_t field;         /* offset in struct config or in struct credential_source */
    struct config_field setting; /* in struct settings_message: number, text or list, as the key */
    enum config_reload reload;
    config_check *check; /* or NULL */
    const char *text;    /* for people: whole sentences, without markup */
};

#define CONFIG_WORKER "WORKER"

extern const struct config_key config_keys[];
extern const size_t config_key_count; /* at most CONFIG_KEYS_MAX */

/* Whether each worker has KEY. */
bool config_key_is_per_worker(const struct config_key *key);

/* The path of KEY, which each worker has, for ROLE: "credentials.watcher.tokenFile". The caller
 * frees it. */
char *config_key_path(const struct config_key *key, enum role role);

/* The choice of KEY called NAME; NULL if there is none. */
const struct config_choice *config_key_choice(const struct config_key *key, const char *name);

#endif
