/* SPDX-License-Identifier: Apache-2.0 */
/* Everything is read before anything is replaced: a mistake in one file must not leave half of a
 * new configuration in force. */
#include "supervisor/reload.h"

#include "common/base/memory.h"
#include "supervisor/config/change.h"
#include "supervisor/config/read.h"
#include "supervisor/credentials/credentials.h"

#include <stdlib.h>
#include <string.h>

/* All that is read. */
struct fetched {
    struct config config;
    struct credential credentials[ROLE_WORKERS];
    struct tls_files tls_files;
    char *kept; /* keys that need a restart, or NULL */
    char *left; /* namespaces that are no longer served, or NULL */
};

static const char read_again[] = "configuration and credentials read again";

static char *describe(const struct fetched *);
static void log_left(const struct fetched *);
static char *read_all(const struct reload *, struct fetched *);
static void replace_all(struct reload *, struct fetched *);
static char *read_files(struct reload *);
static void replace_credentials(struct reload *, struct credential *);
static void replace_credential(struct reload *, enum role, struct credential *);

bool reload_configuration(struct reload *reload, char **text)
{
    struct fetched fetched = {0};
    char *problem;

    notify_reloading(reload->notify);
    problem = read_all(reload, &fetched);
    if (problem == NULL) {
        *text = describe(&fetched);
        log_left(&fetched);
        replace_all(reload, &fetched);
        log_info(read_again);
    } else {
        log_error("the new configuration cannot be used; keeping the old one",
                  LOG_TEXT("reason", problem));
        *text = problem;
    }
    free(fetched.kept);
    free(fetched.left);
    notify_reloaded(reload->notify);
    return problem == NULL;
}

/* What the log says in several lines. */
static char *describe(const struct fetched *fetched)
{
    const char *kept = fetched->kept, *left = fetched->left;

    return memory_format("%s%s%s%s%s", read_again,
                         kept != NULL ? "; restart tlsrouted for the change to take effect of: "
                                      : "",
                         kept != NULL ? kept : "",
                         left != NULL ? "; what was written stays in the namespaces that are no "
                                        "longer served: "
                                      : "",
                         left != NULL ? left : "");
}

static void log_left(const struct fetched *fetched)
{
    if (fetched->left != NULL)
        log_warning("some namespaces are no longer served, and what was written there stays: "
                    "TLSRoutes, Services, and names in Certificates",
                    LOG_TEXT("namespaces", fetched->left),
                    LOG_TEXT("remedy", "nothing, if another tlsrouted serves them; to have it "
                                       "removed, serve them again, set spec.route.enabled of their "
                                       "Pools to false, and then take them out"));
}

/* After an error there is nothing in FETCHED to be released. */
static char *read_all(const struct reload *reload, struct fetched *fetched)
{
    char *problem = config_read(reload->path, &fetched->config);

    if (problem != NULL)
        return problem;
    problem = credentials_read(&fetched->config, reload->confined, fetched->credentials);
    if (problem == NULL)
        problem = config_change_problem(&fetched->config, reload->config);
    if (problem == NULL) {
        fetched->kept = config_change_keep(&fetched->config, reload->config);
        fetched->left = config_change_left(&fetched->config, reload->config);
        problem = tls_files_read(&fetched->config, &fetched->tls_files);
    }
    if (problem != NULL) {
        credentials_clear(fetched->credentials);
        config_clear(&fetched->config);
    }
    return problem;
}

static void replace_all(struct reload *reload, struct fetched *fetched)
{
    struct config old = *reload->config;
    const struct config *config = reload->config;

    *reload->config = fetched->config;
    log_open(role_name(ROLE_SUPERVISOR), config->log_level, config->log_format);
    replace_credentials(reload, fetched->credentials);
    exporter_feed_replace_files(reload->exporter_feed, &fetched->tls_files);
    liveness_reconfigure(reload->workers->liveness);
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        struct child *child = &reload->workers->children[role];

        child_send_settings(child);
        if (config_change_restarts(config, &old, role))
            child_restart(child);
    }
    config_clear(&old);
}

void reload_files(struct reload *reload)
{
    char *problem = read_files(reload);

    if (problem != NULL && (reload->logged == NULL || strcmp(problem, reload->logged) != 0))
        log_warning("cannot read the credentials again; keeping the old ones",
                    LOG_TEXT("reason", problem));
    free(reload->logged);
    reload->logged = problem;
}

/* What was read before an error is used. */
static char *read_files(struct reload *reload)
{
    struct credential credentials[ROLE_WORKERS];
    struct tls_files tls_files;
    char *problem = credentials_read(reload->config, reload->confined, credentials);

    if (problem != NULL)
        return problem;
    replace_credentials(reload, credentials);
    problem = tls_files_read(reload->config, &tls_files);
    if (problem == NULL)
        exporter_feed_replace_files(reload->exporter_feed, &tls_files);
    return problem;
}

/* CREDENTIALS are moved. */
static void replace_credentials(struct reload *reload, struct credential *credentials)
{
    for (enum role role = 0; role < ROLE_API_WORKERS; role++) {
        if (reload->workers->children[role].is_used)
            replace_credential(reload, role, &credentials[role]);
    }
}

/* Another server needs a new process, another identity does not. */
static void replace_credential(struct reload *reload, enum role role, struct credential *credential)
{
    struct child *child = &reload->workers->children[role];
    struct credential old = reload->credentials[role];

    credential_keep(credential, &old);
    reload->credentials[role] = *credential;
    if (!exec_plugin_same(old.plugin, credential->plugin))
        exec_plugins_use(reload->exec_plugins, role, &reload->credentials[role]);
    if (!credential_same_server(&old, credential)) {
        log_info("the API server, its CA or its proxy changed; restarting a worker",
                 LOG_TEXT("worker", role_name(role)));
        child_restart(child);
    } else if (!credential->comes_later && !credential_same_identity(&old, credential)) {
        log_info("a credential changed", LOG_TEXT("worker", role_name(role)));
        child_renew_identity(child);
    }
    credential_clear(&old);
}

void reload_clear(struct reload *reload)
{
    free(reload->logged);
    *reload = (struct reload){0};
}
