#include "common/injection.h"

#include "common/hostname.h"

#include <string.h>

const char *injection_refusal(const struct pool_message *pool, const struct server_message *server,
                              const struct certificate_message *certificate)
{
    if (pool->deleting || server->deleting || certificate->deleting)
        return "the Pool, the Server or the Certificate is being deleted";
    if (pool->paused)
        return "the Pool is paused";
    if (!pool->route_enabled)
        return "the Pool's route is not enabled";
    if (!pool->inject)
        return "the Pool does not ask for injection";
    if (hostname_problem(pool->hostname) != NULL)
        return "the Pool's hostname is not valid";
    if (!text_list_has(&server->pools, pool->name))
        return "the Server does not list the Pool";
    if (strcmp(server->certificate, certificate->name) != 0)
        return "the Server does not use the Certificate";
    return NULL;
}

bool injection_present(const struct pool_message *pool,
                       const struct certificate_message *certificate)
{
    return text_list_has_name(&certificate->names, pool->hostname);
}
