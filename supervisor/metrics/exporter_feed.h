/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor's part of the metrics: it gathers the values, and answers the exporter's queries.
 */
#ifndef TLSROUTED_SUPERVISOR_METRICS_EXPORTER_FEED_H
#define TLSROUTED_SUPERVISOR_METRICS_EXPORTER_FEED_H

#include "supervisor/credentials/tls_files.h"
#include "supervisor/workers/workers.h"

struct exporter_feed;

/* Handles the METRIC and HEALTH_QUERY messages of WORKERS, which is borrowed, as is SANDBOX, the
 * level that the supervisor reaches later; FILES is moved. If it is to LISTEN, and the
 * configuration has metrics, it does. Returns NULL after logging why if that is not possible. To be
 * released with exporter_feed_free(). */
struct exporter_feed *exporter_feed_new(struct workers *workers, const char *sandbox,
                                        struct tls_files *files, bool listen);

/* FEED may be NULL. */
void exporter_feed_free(struct exporter_feed *feed);

/* The exporter has been greeted: sends it the listening socket, the certificate and its key. */
void exporter_feed_greet(struct exporter_feed *feed, struct child *exporter);

/* The files with certificate and key were read again: FILES, which is moved, goes to the exporter
 * if it differs. */
void exporter_feed_replace_files(struct exporter_feed *feed, struct tls_files *files);

/* The worker ROLE has a new process, whose own metrics are zero. */
void exporter_feed_reset(struct exporter_feed *feed, enum role role);

#endif
