/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/reload.h"

#include "common/base/memory.h"
#include "supervisor/config/change.h"
#include "supervisor/config/read.h"
#include "supervisor/credentials/credentials.h"
#include "supervisor/credentials/exec_plugins.h"
#include "supervisor/metrics/exporter_feed.h"
#include "supervisor/notify.h"
#include "supervisor/supervisor.h"
#include "supervisor/workers/liveness.h"

#include <stdlib.h>
#include <string.h>

/* All that is read. */
struct fetched {
    struct config config;
    struct credential credentials[ROLE_WORKERS];
    struct tls_files tls_files;
};

static char *read_all(const struct supervisor *, struct fetched *);
static void take_all(struct supervisor *, struct fetched *);
static char *read_files(struct supervisor *);
static void take_credentials(struct supervisor *, struct credential *credentials);

char *reload_configuration(struct supervisor *supervisor)
{
    struct fetched fetched;
    char *problem;

    notify_reloading(supervisor->notify);
    problem = read_all(supervisor, &fetched);
    if (problem == NULL) {
        take_all(supervisor, &fetched);
        log_info("configuration and credentials read again");
    } else {
        log_error("the configuration is not used; going on with the old one",
                  LOG_TEXT("reason", problem));
    }
    notify_reloaded(supervisor->notify);
    return problem;
}

/* On an error there is nothing of READING to be released. */
static char *read_all(const struct supervisor *supervisor, struct fetched *fetched)
{
    char *problem = config_read(supervisor->config_path, &fetched->config);

    if (problem != NULL)
        return problem;
    problem = credentials_read(&fetched->config, supervisor->is_confined, fetched->credentials);
    if (problem == NULL)
        problem = config_change_problem(&fetched->config, &supervisor->config);
    if (problem == NULL) {
        config_change_keep(&fetched->config, &supervisor->config);
        problem = tls_files_read(&fetched->config, &fetched->tls_files);
    }
    if (problem != NULL) {
        credentials_clear(fetched->credentials);
        config_clear(&fetched->config);
    }
    return problem;
}

static void take_all(struct supervisor *supervisor, struct fetched *fetched)
{
    struct config old = supervisor->config;
    const struct config *config = &supervisor->config;

    supervisor->config = fetched->config;
    log_open(role_name(ROLE_SUPERVISOR), config->log_level, config->log_format);
    take_credentials(supervisor, fetched->credentials);
    exporter_feed_take_files(supervisor->exporter_feed, &fetched->tls_files,
                             &supervisor->children[ROLE_EXPORTER]);
    liveness_reconfigure(supervisor->liveness);
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        child_send_settings(&supervisor->children[role]);
        if (config_change_restarts(config, &old, role))
            child_restart(&supervisor->children[role]);
    }
    config_clear(&old);
}

void reload_files(struct supervisor *supervisor)
{
    char *problem = read_files(supervisor);

    if (problem != NULL &&
        (supervisor->complaint == NULL || strcmp(problem, supervisor->complaint) != 0))
        log_warning("cannot read the credentials again; going on with the old ones",
                    LOG_TEXT("reason", problem));
    free(supervisor->complaint);
    supervisor->complaint = problem;
}

/* What was read before an error is taken. */
static char *read_files(struct supervisor *supervisor)
{
    struct credential credentials[ROLE_WORKERS];
    struct tls_files tls_files;
    char *problem = credentials_read(&supervisor->config, supervisor->is_confined, credentials);

    if (problem != NULL)
        return problem;
    take_credentials(supervisor, credentials);
    problem = tls_files_read(&supervisor->config, &tls_files);
    if (problem == NULL)
        exporter_feed_take_files(supervisor->exporter_feed, &tls_files,
                                 &supervisor->children[ROLE_EXPORTER]);
    return problem;
}

/* Takes CREDENTIALS over. Another server needs a new process, another token does not. */
static void take_credentials(struct supervisor *supervisor, struct credential *credentials)
{
    for (enum role role = 0; role < ROLE_API_WORKERS; role++) {
        struct credential old = supervisor->credentials[role];
        struct child *child = &supervisor->children[role];

        if (!child->is_used)
            continue;
        credential_keep(&credentials[role], &old);
        supervisor->credentials[role] = credentials[role];
        if (!exec_plugin_same(old.plugin, credentials[role].plugin))
            exec_plugins_use(supervisor->exec_plugins, role, &supervisor->credentials[role]);
        if (!credential_same_server(&old, &credentials[role])) {
            log_info("the API server, its CA or its proxy changed; restarting a worker",
                     LOG_TEXT("worker", role_name(role)));
            child_restart(child);
        } else if (!credentials[role].comes_later &&
                   !credential_same_identity(&old, &credentials[role])) {
            log_info("a credential changed", LOG_TEXT("worker", role_name(role)));
            child_take_identity(child);
        }
        credential_clear(&old);
    }
}
