/* SPDX-License-Identifier: Apache-2.0 */
/* With HTTP/2 a few connections carry all watches; but a proxy that speaks HTTP/1.1 may stand in
 * between, and then each watch needs one. A worker that has no room for another descriptor cannot
 * even be given it, so that how many there may be has to be known before. */
#include "supervisor/config/capacity.h"

#include "common/message/kind.h"

enum {
    CRD_WATCHES = 1, /* of that of TLSRoute */
};

static unsigned count_watches(const struct config *);

struct capacity capacity_of(const struct config *config, unsigned descriptors_max)
{
    const unsigned room =
        descriptors_max > WORKER_DESCRIPTORS ? descriptors_max - WORKER_DESCRIPTORS : 0;
    const unsigned watches = count_watches(config);
    const unsigned connections =
        (watches < CAPACITY_WATCHES_MAX ? watches : CAPACITY_WATCHES_MAX) + WORKER_REQUESTS;

    return (struct capacity){.watches = watches,
                             .connections = connections < room ? connections : room,
                             .descriptors = connections + WORKER_DESCRIPTORS,
                             .is_cut = connections > room};
}

static unsigned count_watches(const struct config *config)
{
    const unsigned namespaces =
        config->namespaces.count > 0 ? (unsigned)config->namespaces.count : 1;
    unsigned watches = CRD_WATCHES;

    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        watches += kind_streams(kind)->everywhere ? 1 : namespaces;
    return watches;
}
