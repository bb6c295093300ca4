/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from the configuration as a whole and is no key of its own. */
#include "supervisor/config/config.h"

#include <stddef.h>

bool config_has_role(const struct config *config, enum role role)
{
    if (role == ROLE_EXPORTER)
        return config->metrics_listen != NULL;
    return role != ROLE_MINTER || config->source == CONFIG_SOURCE_TOKEN_REQUEST;
}
