#include "supervisor/credentials.h"

#include "common/memory.h"

#include <string.h>

char *credentials_read(const struct config *config, bool confined, struct credential *credentials)
{
    char *problem = NULL;

    memset(credentials, 0, ROLE_WORKERS * sizeof(*credentials));
    for (enum role role = 0; role < ROLE_CLIENTS && problem == NULL; role++) {
        if (config_has_role(config, role))
            problem = credential_read(config, role, &credentials[role]);
    }
    if (problem == NULL && confined && credentials_have_plugin(credentials))
        problem =
            memory_text("a kubeconfig has an exec plugin now; the supervisor is confined, and "
                        "can run plugins only after a restart of tlsrouted");
    if (problem != NULL)
        credentials_clear(credentials);
    return problem;
}

bool credentials_have_plugin(const struct credential *credentials)
{
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        if (credentials[role].plugin != NULL)
            return true;
    }
    return false;
}

void credentials_clear(struct credential *credentials)
{
    for (enum role role = 0; role < ROLE_WORKERS; role++)
        credential_clear(&credentials[role]);
}
