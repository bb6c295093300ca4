/* SPDX-License-Identifier: Apache-2.0 */
/* The state comes in messages of several kinds, and part of it from workers. Commands see one
 * object instead, whose members are part of what tlsroutectl promises to scripts. */
#include "ctl/daemon/status.h"

#include "common/base/delays.h"
#include "common/base/json.h"

#include <string.h>
#include <time.h>

static struct json_object *daemon_object(const struct status_daemon_message *);
static struct json_object *worker_object(const struct status_worker_message *);
static void put_number(struct json_object *, const char *member, uint64_t number);
static void put_number_or_null(struct json_object *, const char *member, uint64_t number,
                               bool is_known);

static const char *const leaderships[] = {[LEADERSHIP_ALONE] = STATUS_ALONE,
                                          [LEADERSHIP_LEADER] = "leader",
                                          [LEADERSHIP_STANDBY] = "standby"};

struct json_object *status_query(struct session *session)
{
    struct json_object *status = status_query_supervisor(session);

    if (status == NULL)
        return NULL;
    json_object_object_add(status, "streams", session_query(session, VIEW_STREAMS, "", ""));
    json_object_object_add(status, "queues", session_query(session, VIEW_QUEUES, "", ""));
    return status;
}

struct json_object *status_query_supervisor(struct session *session)
{
    static const struct message query = {.type = MESSAGE_STATUS_QUERY, .descriptor = -1};
    struct json_object *status = NULL, *workers = json_object_new_array();
    struct message message;
    bool ok = session_exchange(session, &query, &message);

    while (ok && message.type != MESSAGE_STATUS_END) {
        if (message.type == MESSAGE_STATUS_DAEMON && status == NULL)
            status = daemon_object(&message.status_daemon);
        else if (message.type == MESSAGE_STATUS_WORKER)
            json_object_array_add(workers, worker_object(&message.status_worker));
        message_clear(&message);
        ok = session_receive(session, &message, CTL_REPLY_MILLISECONDS);
    }
    if (ok)
        message_clear(&message);
    if (!ok || status == NULL) {
        json_object_put(workers);
        json_object_put(status);
        return NULL;
    }
    json_object_object_add(status, "workers", workers);
    return status;
}

static struct json_object *daemon_object(const struct status_daemon_message *daemon)
{
    struct json_object *status = json_object_new_object();

    json_put_text(status, "version", daemon->version);
    put_number(status, "pid", daemon->pid);
    put_number(status, "uptimeSeconds", daemon->uptime_seconds);
    json_object_object_add(status, "healthy", json_object_new_boolean(daemon->healthy));
    json_object_object_add(status, "live", json_object_new_boolean(daemon->live));
    json_put_text(status, "leadership", leaderships[daemon->leadership]);
    json_put_text(status, "sandbox", daemon->sandbox);
    return status;
}

static struct json_object *worker_object(const struct status_worker_message *message)
{
    struct json_object *worker = json_object_new_object();
    time_t expires = (time_t)message->token_expires;
    struct tm utc;
    char text[40];

    json_put_text(worker, "name", role_name((enum role)message->role));
    json_put_text(worker, "state", message->state);
    put_number_or_null(worker, "pid", message->pid, message->pid != 0);
    put_number(worker, "restarts", message->restarts);
    put_number_or_null(worker, "unreadySeconds", message->unready_seconds,
                       strcmp(message->state, "ready") != 0);
    json_object_object_add(worker, "healthy", json_object_new_boolean(message->healthy));
    json_put_text(worker, "summary", message->summary);
    json_put_text(worker, "sandbox", message->sandbox);
    json_put_text(worker, "lastEnd", message->last_end);
    if (expires > 0 && gmtime_r(&expires, &utc) != NULL &&
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc) > 0)
        json_put_text(worker, "tokenExpires", text);
    else
        json_object_object_add(worker, "tokenExpires", NULL);
    return worker;
}

static void put_number(struct json_object *object, const char *member, uint64_t number)
{
    json_object_object_add(object, member, json_object_new_uint64(number));
}

static void put_number_or_null(struct json_object *object, const char *member, uint64_t number,
                               bool is_known)
{
    json_object_object_add(object, member, is_known ? json_object_new_uint64(number) : NULL);
}
