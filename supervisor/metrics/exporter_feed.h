/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor's part of the metrics: it listens for the exporter, holds the numbers, and answers
 * the exporter's questions. */
#ifndef TLSROUTED_SUPERVISOR_METRICS_EXPORTER_FEED_H
#define TLSROUTED_SUPERVISOR_METRICS_EXPORTER_FEED_H

#include "supervisor/credentials/tls_files.h"
#include "supervisor/workers/child.h"

struct exporter_feed;
struct supervisor;

/* Listens where SUPERVISOR's configuration says; FILES is moved. Returns NULL after logging why
 * that cannot be. Without metrics in the configuration it only holds numbers. To be released with
 * exporter_feed_free(). */
struct exporter_feed *exporter_feed_new(const struct supervisor *supervisor,
                                        struct tls_files *files);

/* SCRAPE may be NULL. */
void exporter_feed_free(struct exporter_feed *exporter_feed);

/* Gives the exporter, which has been greeted, what it needs. */
void exporter_feed_greet(struct exporter_feed *exporter_feed, struct child *exporter);

/* The files with certificate and key may have changed: FILES, which is moved, goes to the EXPORTER
 * if so. */
void exporter_feed_take_files(struct exporter_feed *exporter_feed, struct tls_files *files,
                              struct child *exporter);

/* A process has been started, and its numbers are zero. */
void exporter_feed_begin(struct exporter_feed *exporter_feed, const struct child *child);

/* CHILD has told one of its numbers. */
void exporter_feed_count(struct exporter_feed *exporter_feed, struct child *child,
                         const struct metric_message *metric);

/* Answers the EXPORTER's question, unless it asks too often, or has not read the answer before. */
void exporter_feed_answer(struct exporter_feed *exporter_feed, struct child *exporter);

#endif
