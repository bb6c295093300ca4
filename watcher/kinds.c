/* SPDX-License-Identifier: Apache-2.0 */
/* A kind is added to the watcher here and nowhere else. */
#include "watcher/kinds.h"

static const struct watched_kind kinds[KIND_COUNT] = {
    [KIND_POOL] = {.is_selected = true},
    [KIND_SERVER] = {0},
    [KIND_CERTIFICATE] = {0},
    [KIND_ROUTE] = {.needs_gateway_api = true},
    [KIND_SERVICE] = {.is_optional = true},
    [KIND_GATEWAY] = {.needs_gateway_api = true, .is_optional = true, .all_namespaces = true},
};

const struct watched_kind *watched_kind(enum kind kind)
{
    return &kinds[kind];
}
