/* SPDX-License-Identifier: Apache-2.0 */
/* Where things are: the one place that says it, from what configure was told. The manual pages, the
 * documents and the example get the same paths when they are installed (Makefile.am). */
#ifndef TLSROUTED_COMMON_BASE_INSTALLATION_H
#define TLSROUTED_COMMON_BASE_INSTALLATION_H

#define INSTALLATION_FOLDER   SYSCONFDIR "/tlsrouted" /* of the configuration */
#define INSTALLATION_CONFIG   INSTALLATION_FOLDER "/tlsrouted.yaml"
#define INSTALLATION_SOCKET   RUNSTATEDIR "/tlsrouted/control.sock"
#define INSTALLATION_PROGRAMS LIBEXECDIR /* of the workers and helpers */
#define INSTALLATION_RUN      RUNSTATEDIR

#endif
