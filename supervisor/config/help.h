/* SPDX-License-Identifier: Apache-2.0 */
/* What can be configured, for people and for the documentation. */
#ifndef TLSROUTED_SUPERVISOR_CONFIG_HELP_H
#define TLSROUTED_SUPERVISOR_CONFIG_HELP_H

#include <stdio.h>

/* Writes to STREAM each key with its values, its default, what a change takes and its explanation,
 * in lines of at most 80 columns. */
void help_print(FILE *stream);

/* Writes the same as JSON, one object in a line for each key:
 *
 *     key      "certificates.grace"; WORKER in it stands for each worker's name
 *     type     "choice", "number", "text", "file" or "list"
 *     default  as in the file, or null
 *     unit     "seconds", of a number that has one
 *     min max  of a number; max also of the bytes of a text and of the entries of a list
 *     values   of a choice: objects with name and text
 *     reload   "applies", "renews-credentials", "restarts-workers", "restarts-minter" or "stays"
 *     text     sentences without markup
 */
void help_print_json(FILE *stream);

#endif
