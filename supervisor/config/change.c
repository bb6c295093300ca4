/* SPDX-License-Identifier: Apache-2.0 */
/* The column `reload` of the table of keys, carried out: most changes apply at once, some need new
 * workers, and some a new tlsrouted. */
#include "supervisor/config/change.h"

#include "common/base/memory.h"
#include "supervisor/config/fields.h"

enum {
    NAMES_SHOWN_MAX = 10
};

static bool differs(const struct config *, const struct config *, enum config_reload);

char *config_change_problem(const struct config *now, const struct config *old)
{
    if (config_has_role(now, ROLE_MINTER) == config_has_role(old, ROLE_MINTER))
        return NULL;
    return memory_text("credentials.source changes to or from token-request only with a restart of "
                       "tlsrouted");
}

char *config_change_keep(struct config *now, const struct config *old)
{
    struct text_list kept = {0};
    char *line;

    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];

        if (key->reload != CONFIG_STAYS || fields_same(key, now, old))
            continue;
        log_warning("a changed key takes effect only after a restart of tlsrouted",
                    LOG_TEXT("key", key->path));
        fields_copy(key, now, old);
        text_list_add(&kept, key->path);
    }
    line = kept.count > 0 ? text_list_line(&kept, kept.count) : NULL;
    text_list_clear(&kept);
    return line;
}

char *config_change_left(const struct config *now, const struct config *old)
{
    struct text_list left = {0};
    char *line;

    if (now->namespaces.count == 0)
        return NULL;
    if (old->namespaces.count == 0)
        return memory_text("all but those in the configuration");
    TEXT_LIST_FOREACH (namespace, &old->namespaces) {
        if (!text_list_has(&now->namespaces, namespace))
            text_list_add(&left, namespace);
    }
    line = left.count > 0 ? text_list_line(&left, NAMES_SHOWN_MAX) : NULL;
    text_list_clear(&left);
    return line;
}

bool config_change_restarts(const struct config *now, const struct config *old, enum role role)
{
    return (role < ROLE_API_WORKERS && differs(now, old, CONFIG_RESTARTS_WORKERS)) ||
           (role == ROLE_MINTER && differs(now, old, CONFIG_RESTARTS_MINTER));
}

static bool differs(const struct config *a, const struct config *b, enum config_reload reload)
{
    for (size_t i = 0; i < config_key_count; i++) {
        if (config_keys[i].reload == reload && !fields_same(&config_keys[i], a, b))
            return true;
    }
    return false;
}
