/* SPDX-License-Identifier: Apache-2.0 */
/* Clearing, comparing and copying a configuration by its table, so that no key can be forgotten. */
#include "supervisor/config/fields.h"

#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

static void clear(enum config_kind, void *field);
static bool same(enum config_kind, const void *a, const void *b);

void *fields_at(struct config *config, const struct config_key *key, enum role role)
{
    char *structure =
        config_key_is_per_worker(key) ? (char *)&config->credentials[role] : (char *)config;

    return structure + key->field;
}

const void *fields_read(const struct config *config, const struct config_key *key, enum role role)
{
    return fields_at((struct config *)config, key, role);
}

unsigned fields_count(const struct config_key *key)
{
    return config_key_is_per_worker(key) ? ROLE_API_WORKERS : 1;
}

bool fields_same(const struct config_key *key, const struct config *a, const struct config *b)
{
    bool all = true;

    for (enum role role = 0; role < fields_count(key); role++)
        all = all && same(key->kind, fields_read(a, key, role), fields_read(b, key, role));
    return all;
}

void fields_copy(const struct config_key *key, struct config *to, const struct config *from)
{
    for (enum role role = 0; role < fields_count(key); role++) {
        const void *source = fields_read(from, key, role);
        void *field = fields_at(to, key, role);

        clear(key->kind, field);
        if (key->kind == CONFIG_LIST)
            *(struct text_list *)field = text_list_copy(source);
        else if (key->kind == CONFIG_TEXT || key->kind == CONFIG_FILE)
            *(char **)field = memory_text(*(char *const *)source);
        else
            *(unsigned *)field = *(const unsigned *)source;
    }
}

void config_clear(struct config *config)
{
    for (size_t i = 0; i < config_key_count; i++) {
        for (enum role role = 0; role < fields_count(&config_keys[i]); role++)
            clear(config_keys[i].kind, fields_at(config, &config_keys[i], role));
    }
    *config = (struct config){0};
}

static void clear(enum config_kind kind, void *field)
{
    if (kind == CONFIG_LIST)
        text_list_clear(field);
    else if (kind == CONFIG_TEXT || kind == CONFIG_FILE)
        memory_replace(field, NULL);
}

static bool same(enum config_kind kind, const void *a, const void *b)
{
    const char *one, *other;

    if (kind == CONFIG_LIST)
        return text_list_equal(a, b);
    if (kind != CONFIG_TEXT && kind != CONFIG_FILE)
        return *(const unsigned *)a == *(const unsigned *)b;
    one = *(char *const *)a;
    other = *(char *const *)b;
    return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}
