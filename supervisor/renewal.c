/* SPDX-License-Identifier: Apache-2.0 */
/* Where a worker's next identity comes from depends on where its first one came from; whoever gives
 * it, it is checked before the worker gets it. */
#include "supervisor/renewal.h"

#include "common/base/clock.h"
#include "common/base/log.h"

static void on_unauthorized(struct child *, const struct message *, void *context);
static void on_token(struct child *, const struct message *, void *context);

void renewal_register(struct reload *reload)
{
    child_handle(&reload->workers->handlers, MESSAGE_UNAUTHORIZED, on_unauthorized, reload);
    child_handle(&reload->workers->handlers, MESSAGE_TOKEN, on_token, reload);
}

void renewal_mint(struct reload *reload, struct child *minter)
{
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (reload->config->credentials[role].account != NULL)
            child_mint(minter, role);
    }
}

/* What is in the files may be newer than what was refused; a minted token can be replaced. More
 * than once a second nothing can be done about it. */
static void on_unauthorized(struct child *child, const struct message *message, void *context)
{
    struct reload *reload = context;

    (void)message;
    if (child->refused_at == clock_seconds())
        return;
    child->refused_at = clock_seconds();
    if (reload->config->credentials[child->role].account != NULL) {
        child_mint(&reload->workers->children[ROLE_MINTER], child->role);
        return;
    }
    exec_plugins_refused(reload->exec_plugins, child->role);
    reload_files(reload);
}

static void on_token(struct child *minter, const struct message *message, void *context)
{
    const struct token_message *token = &message->token;
    const enum role role = (enum role)token->role;
    struct reload *reload = context;

    if (reload->config->credentials[role].account == NULL ||
        !credential_set_identity(&reload->credentials[role], token->token, NULL, NULL,
                                 token->seconds)) {
        child_kill(minter, "it sent a token that cannot be used, or for a worker that has none");
        return;
    }
    log_info("a worker has a new token", LOG_TEXT("worker", role_name(role)),
             LOG_NUMBER("seconds", token->seconds));
    child_renew_identity(&reload->workers->children[role]);
}

void renewal_from_plugin(enum role role, const struct exec_result_message *result, void *context)
{
    struct reload *reload = context;

    if (!credential_set_identity(&reload->credentials[role], result->token, result->certificate_pem,
                                 result->key_pem, result->seconds)) {
        log_error("an exec plugin returned something that is not a credential",
                  LOG_TEXT("worker", role_name(role)));
        return;
    }
    log_info("an exec plugin returned a new credential", LOG_TEXT("worker", role_name(role)),
             LOG_NUMBER("seconds", result->seconds));
    child_renew_identity(&reload->workers->children[role]);
}
