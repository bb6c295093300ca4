/* SPDX-License-Identifier: Apache-2.0 */
/* The YAML of packaging/kustomize, which is made into these texts when tlsroutectl is built
 * (ctl/local.mk): who may do what is said there and nowhere else. */
#ifndef TLSROUTED_CTL_SETUP_MANIFESTS_H
#define TLSROUTED_CTL_SETUP_MANIFESTS_H

/* Of the folders base and policies, each text with several documents. */
extern const char manifests_base[];
extern const char manifests_policies[];

#endif
