/* SPDX-License-Identifier: Apache-2.0 */
/* Small files that are read and replaced whole. */
#ifndef TLSROUTED_CTL_SETUP_FILES_H
#define TLSROUTED_CTL_SETUP_FILES_H

/* Reads the file at PATH, of at most 1 MiB. Returns NULL and sets *TEXT, to be released with
 * memory_wipe_text(), or to NULL if there is none; otherwise one line that says what is wrong (the
 * caller frees it). */
char *files_read(const char *path, char **text);

/* Replaces the file at PATH by one with TEXT, at once and on disk, making its folder if necessary.
 * Only its owner may read it: the user tlsrouted if there is one and this process is root's,
 * otherwise the user of this process. Returns NULL or one line that says what is wrong (the caller
 * frees it). */
char *files_write(const char *path, const char *text);

/* Deletes the file at PATH. Returns as files_write(). */
char *files_remove(const char *path);

#endif
