/* SPDX-License-Identifier: Apache-2.0 */
/* Files that an operator names: read whole, with limits, and with errors that say what to do. */
#ifndef TLSROUTED_COMMON_KUBECONFIG_FILE_H
#define TLSROUTED_COMMON_KUBECONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Where a Pod has its own token. Unless runAsUser or fsGroup says whose its files are, the kubelet
 * gives them the mode 0644; nobody can change that, and no other Pod sees them. (Kubernetes,
 * "Projected volumes") */
#define FILE_POD_SECRETS "/var/run/secrets/kubernetes.io/serviceaccount/"

/* Reads the regular file at PATH, of at most MAX bytes and without a NUL. On success returns NULL
 * and sets *TEXT, to be released with memory_wipe_text(). Otherwise returns one line that starts
 * with PATH (the caller frees it) and leaves *TEXT alone. NAMED_BY says for that line where the
 * path comes from ("credentials.watcher.kubeconfig"). SECRET: that everyone on this machine may
 * read the file is worth a warning in the log, once per path; but not of a Pod's own token, whose
 * mode the kubelet chooses. */
char *file_read(const char *path, size_t max, bool secret, const char *named_by, char **text);

/* PATH as an absolute path; a relative one starts in the folder of FILE. NULL for NULL or
 * "". The caller frees it. */
char *file_beside(const char *file, const char *path);

/* Cuts white space off the end of TEXT. */
void file_trim_end(char *text);

#endif
