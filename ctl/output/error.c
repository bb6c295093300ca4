/* SPDX-License-Identifier: Apache-2.0 */
/* Errors quote words of the command line and answers of the daemon. That such a text cannot control
 * the terminal is ensured here, once for all of them. */
#include "ctl/output/error.h"

#include "common/base/memory.h"
#include "ctl/output/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void error_print(const char *format, ...)
{
    char *text, *clean;
    va_list arguments;

    va_start(arguments, format);
    text = memory_format_of(format, arguments);
    va_end(arguments);
    clean = text_clean(text, strlen(text));
    fprintf(stderr, "tlsroutectl: %s\n", clean);
    free(clean);
    free(text);
}
