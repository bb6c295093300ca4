/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of leader election with a Lease (coordination.k8s.io/v1), which are those of
 * client-go's leaderelection. Pure: the caller reads, writes and has the clock.
 *
 * The clocks of different machines are not compared: a Lease has expired when it has not changed
 * for its duration, as measured by whoever waits for it. */
#ifndef TLSROUTED_RECONCILER_WRITE_LEASE_H
#define TLSROUTED_RECONCILER_WRITE_LEASE_H

#include <json-c/json.h>
#include <stdint.h>
#include <time.h>

enum lease_step {
    LEASE_WAIT,    /* another holds it */
    LEASE_RENEW,   /* we hold it */
    LEASE_ACQUIRE, /* nobody holds it any more */
};

/* What to do about LEASE, which has not changed for UNCHANGED milliseconds. IDENTITY is ours,
 * SECONDS the duration if LEASE has none. */
enum lease_step lease_decide(struct json_object *lease, const char *identity, int64_t unchanged,
                             unsigned seconds);

/* The identity of its holder, borrowed; "" if there is none. */
const char *lease_holder(struct json_object *lease);

/* What to write in place of LEASE, or for NULL to create as NAME, in order to hold it for SECONDS
 * from NOW (since 1970) on. A new reference. */
struct json_object *lease_held(struct json_object *lease, const char *name, const char *identity,
                               unsigned seconds, const struct timespec *now);

/* What to write in place of LEASE in order to release it. A new reference. */
struct json_object *lease_released(struct json_object *lease, const struct timespec *now);

#endif
