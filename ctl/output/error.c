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
    int length;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        memory_out();
    clean = text_clean(text, (size_t)length);
    fprintf(stderr, "tlsroutectl: %s\n", clean);
    free(clean);
    free(text);
}
