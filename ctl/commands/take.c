/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/commands/options.h"

#include <stdlib.h>

bool options_take(int argc, char **argv, const struct ctl_globals *globals,
                  const struct options_taken *taken, struct options *options, int *status)
{
    char *problem = options_read(argc, argv, globals, taken, options);

    if (problem != NULL) {
        if (problem[0] != '\0')
            fprintf(stderr, "tlsroutectl: %s\n", problem);
        free(problem);
        *status = ctl_usage(stderr, CTL_USAGE);
        return false;
    }
    if (options->help) {
        options_clear(options);
        *status = ctl_usage(stdout, CTL_FINE);
        return false;
    }
    return true;
}
