/* SPDX-License-Identifier: Apache-2.0 */
/* Whether this reconciler may write: always if no Lease is configured; otherwise as long as it
 * holds the Lease. It renews it in good time, and stops by itself well before anybody else may
 * acquire it.
 */
#ifndef TLSROUTED_RECONCILER_WRITE_LEADER_H
#define TLSROUTED_RECONCILER_WRITE_LEADER_H

#include "common/api/api.h"
#include "common/message/message.h"

#include <event2/event.h>
#include <stdbool.h>

struct leader;

/* Something has happened to it. Called from the loop. */
typedef void leader_event(void *context);

struct leader_callbacks {
    leader_event *renewed;  /* until when it may write has changed: see leader_until() */
    leader_event *begins;   /* it may write from now on, and may have missed what happened before */
    leader_event *changed;  /* its state has changed: a report is due */
    leader_event *released; /* after leader_release(): the Lease is no longer held */
};

/* Begins to compete, on BASE and with API, for the Lease that SETTINGS (borrowed) name. Never NULL;
 * it lasts as long as the process. */
struct leader *leader_new(struct event_base *base, struct api *api,
                          const struct settings_message *settings,
                          const struct leader_callbacks *callbacks, void *context);

/* Whether it may write now. */
bool leader_leads(const struct leader *leader);

/* Until when it may write, in milliseconds of the monotonic clock: 0 if it may not now, UINT64_MAX
 * if no Lease is configured. */
uint64_t leader_until(const struct leader *leader);

/* The same, and whether another might. */
enum leadership leader_state(const struct leader *leader);

/* Whether it is known who holds the Lease, since it could be read or written lately. */
bool leader_is_informed(const struct leader *leader);

/* Whether somebody else keeps changing or deleting the Lease while it leads. */
bool leader_is_contested(const struct leader *leader);

/* Releases the Lease for good, so that nobody has to wait for it to expire. Returns false if it is
 * not held; otherwise callbacks.released follows. */
bool leader_release(struct leader *leader);

#endif
