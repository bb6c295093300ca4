/* SPDX-License-Identifier: Apache-2.0 */
/* Seconds without an end, or none at all, would be a mistake that shows late. */
#include "ctl/arguments/timeout.h"

#include "common/base/memory.h"

#include <stdlib.h>

char *timeout_read(const struct arguments *arguments, unsigned *seconds)
{
    const char *value = arguments->options[OPTION_TIMEOUT];
    unsigned long number;
    char *end;

    *seconds = TIMEOUT_SECONDS;
    if (value == NULL)
        return NULL;
    number = strtoul(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || number < 1 ||
        number > TIMEOUT_SECONDS_MAX)
        return memory_format("invalid timeout: %.40s (expected 1 to %d seconds)", value,
                             TIMEOUT_SECONDS_MAX);
    *seconds = (unsigned)number;
    return NULL;
}
