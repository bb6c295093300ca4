/* SPDX-License-Identifier: Apache-2.0 */
/* tlsroutectl pools, routes and certs: the objects of one kind, one per line. */
#include "ctl/commands/columns.h"
#include "ctl/commands/commands.h"
#include "ctl/commands/query.h"

int pools_run(const struct arguments *arguments)
{
    static const struct query query = {
        .view = VIEW_POOLS, .is_observed = true, .kind = "Pool", .columns = columns_pools};

    return query_run(&query, arguments);
}

int routes_run(const struct arguments *arguments)
{
    static const struct query query = {
        .view = VIEW_ROUTES, .is_observed = true, .kind = "TLSRoute", .columns = columns_routes};

    return query_run(&query, arguments);
}

int certs_run(const struct arguments *arguments)
{
    static const struct query query = {.view = VIEW_CERTIFICATES,
                                       .is_observed = true,
                                       .kind = "Certificate",
                                       .columns = columns_certificates};

    return query_run(&query, arguments);
}
