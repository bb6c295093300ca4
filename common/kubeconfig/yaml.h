/* SPDX-License-Identifier: Apache-2.0 */
/* A YAML (or JSON) file loaded by a libcyaml schema, with errors for the person who wrote it.
 *
 * libcyaml names the line where a mapping begins, not the one that is wrong, and its texts change
 * between versions. So the file is first held against the schema here, and libcyaml loads what has
 * passed. The parsed file is kept for the checks that a schema cannot express: they name a place by
 * its path of keys and get the line. (yaml_free() and others are libyaml's: the prefix is
 * yaml_file.) */
#ifndef TLSROUTED_COMMON_KUBECONFIG_YAML_H
#define TLSROUTED_COMMON_KUBECONFIG_YAML_H

#include "common/kubeconfig/yaml_plan.h"

#include <stdbool.h>
#include <stddef.h>

struct yaml_file;

/* Reads the file at PATH. On success returns NULL and sets *YAML, to be released with
 * yaml_file_free(). Otherwise returns one line "PATH:LINE: what is wrong; what to do" (the caller
 * frees it) and sets *YAML to NULL. NAMED_BY says where the path comes from, for a file that cannot
 * be read. */
char *yaml_file_read(const char *path, const char *named_by, const struct yaml_plan *plan,
                     struct yaml_file **yaml);

/* Wipes and frees everything that came from the file, with the data. NULL is nothing. */
void yaml_file_free(struct yaml_file *yaml);

/* The loaded data: the structure of the schema, or NULL if the file sets none of its keys. Owned by
 * YAML. */
const void *yaml_file_data(const struct yaml_file *yaml);

/* Whether KEYS ("users[1].user.exec") is there and is neither null, false nor empty. */
bool yaml_file_has(const struct yaml_file *yaml, const char *keys);

/* Whether KEYS is there at all, even with nothing. */
bool yaml_file_names(const struct yaml_file *yaml, const char *keys);

/* "PATH:LINE: KEYS", LINE being the one of KEYS or of the closest thing around it that is there.
 * The caller frees it. */
char *yaml_file_place(const struct yaml_file *yaml, const char *keys);

/* One line "PATH:LINE: KEYS: " and what FORMAT says. The caller frees it. */
char *yaml_file_error(const struct yaml_file *yaml, const char *keys, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Makes LINE (or NULL) one line: control characters, which paths and values may hold, become '?'.
 * Returns LINE. */
char *yaml_file_one_line(char *line);

#endif
