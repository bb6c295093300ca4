/* SPDX-License-Identifier: Apache-2.0 */
/* How many connections and open files the watcher needs, which follows from the configuration.
 * Pure.
 */
#ifndef TLSROUTED_SUPERVISOR_CONFIG_CAPACITY_H
#define TLSROUTED_SUPERVISOR_CONFIG_CAPACITY_H

#include "supervisor/config/config.h"

enum capacity_limit {
    CAPACITY_WATCHES_MAX = 256,     /* that may have a connection each */
    CAPACITY_DESCRIPTORS_MIN = 256, /* with fewer open files no process can be relied on */
};

struct capacity {
    unsigned watches;     /* if each namespace is watched by itself */
    unsigned connections; /* for these, and for requests that are no watches: see SETTINGS */
    unsigned descriptors; /* open files that would be needed for all of them */
    bool is_cut;          /* and there are not so many, so that there are fewer connections, too */
};

/* With CONFIG, where a process may have DESCRIPTORS_MAX open files. */
struct capacity capacity_of(const struct config *config, unsigned descriptors_max);

#endif
