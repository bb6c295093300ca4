/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the configuration and the files that it names again while the workers run, and what
 * follows for them. */
#ifndef TLSROUTED_SUPERVISOR_RELOAD_H
#define TLSROUTED_SUPERVISOR_RELOAD_H

struct supervisor;

/* Reads the configuration and the files again. Returns NULL, or one line that says what is wrong
 * with them (the caller frees it): then the old ones stay. Has logged either. */
char *reload_configuration(struct supervisor *supervisor);

/* Reads the files alone again: tokens, say, are replaced in theirs by others. What cannot be read
 * now changes nothing, and is logged once. */
void reload_files(struct supervisor *supervisor);

#endif
