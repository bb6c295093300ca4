/* SPDX-License-Identifier: Apache-2.0 */
/* The column `reload` of the table of keys, carried out: most changes apply at once, some need new
 * workers, and some a new tlsrouted. */
#include "supervisor/config/change.h"

#include "common/base/memory.h"
#include "supervisor/config/fields.h"

static bool differs(const struct config *, const struct config *, enum config_reload);

char *config_change_problem(const struct config *now, const struct config *old)
{
    if (config_has_role(now, ROLE_MINTER) == config_has_role(old, ROLE_MINTER))
        return NULL;
    return memory_text("credentials.source changes to or from token-request only with a restart of "
                       "tlsrouted");
}

void config_change_keep(struct config *now, const struct config *old)
{
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];

        if (key->reload != CONFIG_STAYS || fields_same(key, now, old))
            continue;
        log_warning("a changed key takes effect only after a restart of tlsrouted",
                    LOG_TEXT("key", key->path));
        fields_copy(key, now, old);
    }
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
