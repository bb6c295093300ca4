/* One request of the reconciler: read what it is about, decide, and patch if that is right. */
#ifndef TLSROUTED_CERTPATCHER_JOB_H
#define TLSROUTED_CERTPATCHER_JOB_H

#include "common/api.h"
#include "common/message.h"

struct job;

/* Told once how a job ended, with its request and the reason; the job is gone after it. */
typedef void job_ended(const struct inject_message *asked, enum inject_outcome outcome,
                       const char *reason, void *context);

/* Begins the job for ASKED, which is copied. DRY_RUN: the API server only says what it would do.
 * What it asks for is a hint: Pool, Server and Certificate are read with our own token, and only
 * what they say is done. A change by somebody else in between leads to a fresh look, a bounded
 * number of times. */
struct job *job_begin(struct api *api, const struct inject_message *asked, bool dry_run,
                      job_ended *ended, void *context);

/* Ends it without telling anybody; a patch that was sent may still be carried out. */
void job_cancel(struct job *job);

#endif
