/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/config/change.h"

#include "common/base/memory.h"

#include <string.h>

static void keep_listener(struct config *, const struct config *old);
static void keep_sandbox(struct config *, const struct config *old);
static void warn_of_control(const struct config *, const struct config *old);
static bool has_other_task(const struct config *, const struct config *);
static bool has_other_accounts(const struct config *, const struct config *);

char *config_change_problem(const struct config *now, const struct config *old)
{
    if (config_has_role(now, ROLE_MINTER) == config_has_role(old, ROLE_MINTER))
        return NULL;
    return memory_text("credentials.source changes to or from token-request only with a restart of "
                       "tlsrouted");
}

void config_change_keep(struct config *now, const struct config *old)
{
    keep_listener(now, old);
    warn_of_control(now, old);
    keep_sandbox(now, old);
}

bool config_change_restarts(const struct config *now, const struct config *old, enum role role)
{
    return (role < ROLE_API_WORKERS && has_other_task(now, old)) ||
           (role == ROLE_MINTER && has_other_accounts(now, old));
}

/* In the sandbox there are no sockets to bind. */
static void keep_listener(struct config *config, const struct config *old)
{
    const char *now = config->metrics_listen != NULL ? config->metrics_listen : "";

    if (strcmp(now, old->metrics_listen != NULL ? old->metrics_listen : "") != 0)
        log_warning("metrics.listen changes only with a restart of tlsrouted");
    memory_replace(&config->metrics_listen, old->metrics_listen);
}

/* They are used at the start only, so there is nothing to keep. */
static void warn_of_control(const struct config *config, const struct config *old)
{
    if (strcmp(config->control_socket, old->control_socket) != 0)
        log_warning("control.socket changes only with a restart of tlsrouted");
    if (strcmp(config->control_group, old->control_group) != 0)
        log_warning("control.group changes only with a restart of tlsrouted");
}

/* There is no way out of a sandbox. */
static void keep_sandbox(struct config *config, const struct config *old)
{
    if (config->sandbox != old->sandbox || config->sandbox_uids != old->sandbox_uids)
        log_warning("sandbox and sandboxUids change only with a restart of tlsrouted");
    config->sandbox = old->sandbox;
    config->sandbox_uids = old->sandbox_uids;
}

/* What the workers are told once, when they start. */
static bool has_other_task(const struct config *a, const struct config *b)
{
    return !text_list_equal(&a->namespaces, &b->namespaces) ||
           strcmp(a->pool_selector, b->pool_selector) != 0 || a->services != b->services ||
           a->conflicts != b->conflicts || a->withdraw != b->withdraw || a->grace != b->grace ||
           a->reissue != b->reissue || a->max_names != b->max_names ||
           strcmp(a->lease_namespace, b->lease_namespace) != 0 ||
           strcmp(a->lease_name, b->lease_name) != 0 || a->lease_seconds != b->lease_seconds;
}

static bool has_other_accounts(const struct config *a, const struct config *b)
{
    bool differs =
        a->source == CONFIG_SOURCE_TOKEN_REQUEST && strcmp(a->token_secret, b->token_secret) != 0;

    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        const char *one = a->credentials[role].account, *other = b->credentials[role].account;

        differs = differs || (one != NULL && (other == NULL || strcmp(one, other) != 0));
    }
    return differs;
}
