/* SPDX-License-Identifier: Apache-2.0 */
/* Reading tlsrouted.yaml, strictly: an unknown key or a value that is not allowed is an error. */
#ifndef TLSROUTED_SUPERVISOR_CONFIG_READ_H
#define TLSROUTED_SUPERVISOR_CONFIG_READ_H

#include "supervisor/config/config.h"
#include "supervisor/config/fields.h"

/* Reads the file at PATH. On success returns NULL and fills *CONFIG, to be released with
 * config_clear(). Otherwise returns one line that names the file, the line, what is wrong and what
 * was expected (the caller frees it), and leaves *CONFIG empty. Files that it names are not opened.
 */
char *config_read(const char *path, struct config *config);

#endif
