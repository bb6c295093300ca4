/* SPDX-License-Identifier: Apache-2.0 */
/* The table of what a client of the control socket can request. */
#ifndef TLSROUTED_SUPERVISOR_CONTROL_REQUESTS_H
#define TLSROUTED_SUPERVISOR_CONTROL_REQUESTS_H

#include "supervisor/control/client.h"

struct control_request {
    enum right needs;

    /* Answers MESSAGE, of CLIENT, who has that right. May release CLIENT. */
    void (*answer)(struct client *client, const struct message *message);
};

/* The row for messages of TYPE; NULL if they are no requests. */
const struct control_request *requests_find(enum message_type type);

#endif
