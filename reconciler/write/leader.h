/* SPDX-License-Identifier: Apache-2.0 */
/* Whether this reconciler may write: always, where there is no Lease configured; otherwise as long
 * as it holds that. It renews it in good time, and stops by itself well before anybody else may
 * take it. */
#ifndef TLSROUTED_RECONCILER_WRITE_LEADER_H
#define TLSROUTED_RECONCILER_WRITE_LEADER_H

#include "common/api/api.h"
#include "common/message/message.h"

#include <event2/event.h>
#include <stdbool.h>

struct leader;

/* It may write from now on. Called from the loop. */
typedef void leader_begins(void *context);

/* Its state has changed: a report is due. */
typedef void leader_changed(void *context);

struct leader_callbacks {
    leader_begins *begins;
    leader_changed *changed;
    leader_changed *released; /* after leader_release() */
};

/* Begins to try, on BASE and with API, for the Lease that SETTINGS (borrowed) name. */
struct leader *leader_new(struct event_base *base, struct api *api,
                          const struct settings_message *settings,
                          const struct leader_callbacks *callbacks, void *context);

/* Whether it may write now. */
bool leader_leads(const struct leader *leader);

/* That, and whether there is anybody else who might. */
enum leadership leader_state(const struct leader *leader);

/* Whether it is known who holds the Lease: it could be read or written lately. */
bool leader_is_informed(const struct leader *leader);

/* Gives the Lease back, for good, so that nobody has to wait for its end. Returns false if there is
 * nothing to give back; otherwise callbacks.released follows. */
bool leader_release(struct leader *leader);

#endif
