/* SPDX-License-Identifier: Apache-2.0 */
/* What follows for a worker from what it says of itself, step by step through its life. */
#include "supervisor/workers/receive.h"

#include "supervisor/workers/liveness.h"

#include <stdio.h>
#include <string.h>

static void on_hello(struct child *, const struct message *, void *context);
static void on_ready(struct child *, const struct message *, void *context);
static void on_unconfined(struct child *, const struct message *, void *context);
static void on_report(struct child *, const struct message *, void *context);
static void on_pong(struct child *, const struct message *, void *context);
static void on_connect_request(struct child *, const struct message *, void *context);
static void on_forbidden(struct child *, const struct message *, void *context);

void receive_register(struct child_handlers *handlers)
{
    static const struct {
        enum message_type type;
        child_handler *function;
    } table[] = {
        {MESSAGE_HELLO, on_hello},
        {MESSAGE_READY, on_ready},
        {MESSAGE_UNCONFINED, on_unconfined},
        {MESSAGE_REPORT, on_report},
        {MESSAGE_PONG, on_pong},
        {MESSAGE_FORBIDDEN, on_forbidden},
        {MESSAGE_CONNECT_REQUEST, on_connect_request},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        child_handle(handlers, table[i].type, table[i].function, NULL);
}

static void on_hello(struct child *child, const struct message *message, void *context)
{
    (void)context;
    if (strcmp(message->hello.version, PACKAGE_VERSION) != 0)
        child_kill(child, "its program is of another version than tlsrouted " PACKAGE_VERSION
                          "; install both from one package");
    else
        child_greet(child);
}

static void on_ready(struct child *child, const struct message *message, void *context)
{
    (void)context;
    refusals_log(child->options->refusals, &message->ready.refused);
    child_set_ready(child, message->ready.sandbox);
    if (child->channel != NULL)
        liveness_begin(child);
}

static void on_unconfined(struct child *child, const struct message *message, void *context)
{
    (void)context;
    child_set_unconfined(child, message->unconfined.problem);
}

static void on_report(struct child *child, const struct message *message, void *context)
{
    (void)context;
    child->healthy = message->report.healthy;
    child->idle = message->report.idle;
    child->unsatisfied = message->report.unsatisfied;
    child->leadership = (enum leadership)message->report.leadership;
    snprintf(child->summary, sizeof(child->summary), "%s", message->report.summary);
    child->options->on_changed(child, child->options->context);
}

static void on_pong(struct child *child, const struct message *message, void *context)
{
    (void)message;
    (void)context;
    liveness_answered(child);
}

static void on_connect_request(struct child *child, const struct message *message, void *context)
{
    (void)message;
    (void)context;
    if (child->broker != NULL)
        broker_request(child->broker);
}

static void on_forbidden(struct child *child, const struct message *message, void *context)
{
    (void)context;
    child->forbidden_call = (int)message->forbidden.call;
}
