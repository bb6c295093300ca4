/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of leader election by a Lease (coordination.k8s.io/v1), as client-go's leaderelection
 * has them. Pure: the caller reads and writes, and has the clock.
 *
 * Clocks of machines are not compared: a Lease is over when nobody has changed it for as long as it
 * says, measured by whoever waits. */
#ifndef TLSROUTED_RECONCILER_WRITE_LEASE_H
#define TLSROUTED_RECONCILER_WRITE_LEASE_H

#include <json-c/json.h>
#include <stdint.h>
#include <time.h>

enum lease_step {
    LEASE_WAIT,  /* another holds it */
    LEASE_RENEW, /* it is ours */
    LEASE_TAKE,  /* nobody holds it any more */
};

/* What to do about LEASE, which has been the same for UNCHANGED milliseconds. IDENTITY is ours,
 * SECONDS the duration where LEASE does not say one. */
enum lease_step lease_decide(struct json_object *lease, const char *identity, int64_t unchanged,
                             unsigned seconds);

/* Who holds it, borrowed; "" if nobody does. */
const char *lease_holder(struct json_object *lease);

/* What is to be written instead of LEASE, or for NULL to be created as NAME, to hold it for SECONDS
 * from NOW (since 1970) on. A new reference. */
struct json_object *lease_held(struct json_object *lease, const char *name, const char *identity,
                               unsigned seconds, const struct timespec *now);

/* What is to be written instead of LEASE to hold it no more. A new reference. */
struct json_object *lease_released(struct json_object *lease, const struct timespec *now);

#endif
