/* SPDX-License-Identifier: Apache-2.0 */
/* minter: has the right to request tokens for the ServiceAccounts of the other workers and for
 * nothing else. It requests one for each, gives it to the supervisor, and replaces it before it
 * expires. */
#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/worker/api_worker.h"
#include "minter/token_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ANSWER_MAX = 256 * 1024,
};

/* A worker's ServiceAccount. */
struct account {
    struct minter *minter;
    enum role role;
    bool is_used;
    struct message asked; /* of type MINT */
    struct api_call *call;
    struct event *timer; /* for the next request */
    unsigned failures;   /* in a row */
    bool has_token;
    time_t minted_at;    /* monotonic seconds */
    uint32_t life;       /* of its token, in seconds */
    char complaint[512]; /* what the log has been told, "" for nothing */
};

struct minter {
    struct worker *worker;
    bool is_started;
    struct account accounts[ROLE_WORKERS];
};

static void start(struct worker *);
static void linked(struct worker *, enum role peer);
static void on_mint(struct message *, void *context);
static void on_timer(evutil_socket_t, short events, void *context);
static void request(struct account *);
static void request_in(struct account *, uint32_t milliseconds);
static void on_done(const struct api_result *, void *context);
static void give(struct account *, const char *token, uint32_t seconds);
static void fail(struct account *, const struct api_result *);
static void report(struct minter *);

static channel_handler *const handlers[MESSAGE_TYPES] = {NULL}; /* it has no peers */
static channel_handler *const supervisor_handlers[MESSAGE_TYPES] = {[MESSAGE_MINT] = on_mint};

static const struct worker_role role = {
    .role = ROLE_MINTER,
    .client = &api_worker,
    .handlers = handlers,
    .supervisor_handlers = supervisor_handlers,
    .start = start,
    .linked = linked,
    .unlinked = linked,
};

int main(int argc, char **argv)
{
    return worker_main(&role, argc, argv);
}

static struct minter *minter_of(struct worker *worker)
{
    if (worker->state == NULL) {
        struct minter *minter = memory_new(1, sizeof(*minter));

        minter->worker = worker;
        worker->state = minter;
    }
    return worker->state;
}

static void start(struct worker *worker)
{
    struct minter *minter = minter_of(worker);

    minter->is_started = true;
    for (enum role each = 0; each < ROLE_WORKERS; each++) {
        if (minter->accounts[each].is_used)
            request(&minter->accounts[each]);
    }
    report(minter);
}

static void linked(struct worker *worker, enum role peer)
{
    (void)worker;
    (void)peer;
}

/* Comes before the start, and again when a token was refused. */
static void on_mint(struct message *message, void *context)
{
    struct minter *minter = minter_of(context);
    struct account *account = &minter->accounts[message->mint.role];
    time_t age = clock_seconds() - account->minted_at;

    account->minter = minter;
    account->role = (enum role)message->mint.role;
    account->is_used = true;
    message_clear(&account->asked);
    account->asked = *message;
    message->storage = NULL; /* taken over */
    if (account->timer == NULL)
        account->timer = loop_timer(minter->worker->base, on_timer, account);
    if (!minter->is_started || account->call != NULL || account->failures > 0)
        return; /* it is under way */
    if (account->has_token && age < TOKEN_REFUSED_SECONDS)
        request_in(account, TOKEN_REFUSED_SECONDS * 1000);
    else
        request(account);
}

static void on_timer(evutil_socket_t socket, short events, void *context)
{
    (void)socket;
    (void)events;
    request(context);
}

static void request(struct account *account)
{
    const struct mint_message *asked = &account->asked.mint;
    char *path = token_request_path(asked->namespace, asked->account);
    struct json_object *body = token_request_body(asked->secret);

    event_del(account->timer);
    account->call =
        api_send(account->minter->worker->api, &(struct api_request){.method = "POST",
                                                                     .path = path,
                                                                     .body = body,
                                                                     .response_max = ANSWER_MAX,
                                                                     .on_done = on_done,
                                                                     .context = account});
    json_object_put(body);
    free(path);
}

static void request_in(struct account *account, uint32_t milliseconds)
{
    const struct timeval delay = backoff_timeval(milliseconds);

    event_add(account->timer, &delay);
}

static void on_done(const struct api_result *result, void *context)
{
    struct account *account = context;
    const char *token = NULL;
    uint32_t seconds = 0;

    account->call = NULL;
    if (result->error == API_OK)
        token = token_request_read(result->body, &seconds);
    if (token != NULL)
        give(account, token, seconds);
    else
        fail(account, result);
    token_request_wipe(result->body);
    report(account->minter);
}

static void give(struct account *account, const char *token, uint32_t seconds)
{
    struct message message = message_of(MESSAGE_TOKEN);

    if (account->complaint[0] != '\0')
        log_info("tokens can be requested again", LOG_TEXT("account", account->asked.mint.account));
    account->complaint[0] = '\0';
    account->failures = 0;
    account->has_token = true;
    account->minted_at = clock_seconds();
    account->life = seconds;
    message.token.role = account->role;
    message.token.token = token;
    message.token.seconds = seconds;
    channel_send(account->minter->worker->supervisor, &message);
    request_in(account, token_request_renewal(seconds, backoff_random()));
}

/* That the server cannot be used at all, the API client says. */
static void fail(struct account *account, const struct api_result *result)
{
    const char *reason = result->error == API_OK ? "the answer has no token" : result->message;

    if (!api_error_is_global(result->error) && strcmp(reason, account->complaint) != 0) {
        log_error("no token can be requested; still trying",
                  LOG_TEXT("account", account->asked.mint.account),
                  LOG_TEXT("secret", account->asked.mint.secret), LOG_TEXT("reason", reason));
        snprintf(account->complaint, sizeof(account->complaint), "%s", reason);
    }
    request_in(account,
               backoff_delay(&backoff_token_request, ++account->failures, backoff_random()));
}

static void report(struct minter *minter)
{
    struct worker_state state = {.healthy = true, .idle = true};
    unsigned used = 0, valid = 0;

    for (enum role each = 0; each < ROLE_WORKERS; each++) {
        const struct account *account = &minter->accounts[each];

        used += account->is_used;
        valid += account->is_used && account->has_token &&
                 clock_seconds() - account->minted_at < (time_t)account->life;
    }
    state.healthy = state.idle = valid == used;
    snprintf(state.summary, sizeof(state.summary), "%u of %u tokens are valid", valid, used);
    worker_report(minter->worker, &state);
}
