/* SPDX-License-Identifier: Apache-2.0 */
/* How an object shows that `setup` created it. */
#ifndef TLSROUTED_CTL_SETUP_MARK_H
#define TLSROUTED_CTL_SETUP_MARK_H

#define MARK_MANAGER "tlsroutectl-setup" /* of the fields that it sets */
#define MARK_LABEL   "app.kubernetes.io/managed-by"

#endif
