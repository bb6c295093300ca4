/* SPDX-License-Identifier: Apache-2.0 */
/* minter: may request tokens for the ServiceAccounts of the other workers, and nothing else. It
 * requests one for each, passes it to the supervisor, and replaces it before it expires. */
#include "common/api/remedy.h"
#include "common/api/token_request.h"
#include "common/base/backoff.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/worker/api_worker.h"
#include "minter/account.h"

#include <stdio.h>
#include <stdlib.h>

/* The tokens of one worker. */
struct tokens {
    struct worker *worker; /* the minter itself */
    struct message mint;   /* whose tokens: the last MINT */
    struct account account;
    struct event *timer; /* for the next request */
};

struct minter {
    bool has_started;
    struct tokens tokens[ROLE_WORKERS];
};

static void start(struct worker *);
static void on_mint(struct message *, void *context);
static void on_timer(evutil_socket_t, short events, void *context);
static void request(struct tokens *);
static void request_in(struct tokens *, uint32_t milliseconds);
static void on_response(const struct api_result *, void *context);
static uint32_t pass_on(struct tokens *, const char *token, uint32_t lifetime);
static uint32_t fail(struct tokens *, const struct api_result *);
static const char *remedy(const struct api_result *);
static void report(struct worker *);

static channel_handler *const supervisor_handlers[MESSAGE_TYPES] = {[MESSAGE_MINT] = on_mint};

static const struct worker_role role = {
    .role = ROLE_MINTER,
    .api = &api_worker,
    .supervisor_handlers = supervisor_handlers,
    .start = start,
};

int main(int argc, char **argv)
{
    return worker_main(&role, argc, argv);
}

static struct minter *minter_of(struct worker *worker)
{
    if (worker->state == NULL) {
        struct minter *minter = memory_new(1, sizeof(*minter));

        for (enum role each = 0; each < ROLE_WORKERS; each++)
            minter->tokens[each] =
                (struct tokens){.worker = worker, .mint = message_of(MESSAGE_MINT)};
        worker->state = minter;
    }
    return worker->state;
}

static void start(struct worker *worker)
{
    struct minter *minter = minter_of(worker);

    minter->has_started = true;
    for (enum role each = 0; each < ROLE_WORKERS; each++) {
        if (minter->tokens[each].account.is_wanted)
            request(&minter->tokens[each]);
    }
    report(worker);
}

/* Comes before the start, and again when a token was refused. */
static void on_mint(struct message *message, void *context)
{
    struct minter *minter = minter_of(context);
    struct tokens *tokens = &minter->tokens[message->mint.role];
    uint32_t delay = account_wanted(&tokens->account, clock_seconds());

    message_clear(&tokens->mint);
    tokens->mint = *message;
    message->storage = NULL; /* taken over */
    if (tokens->timer == NULL)
        tokens->timer = loop_timer(tokens->worker->base, on_timer, tokens);
    if (minter->has_started && delay == 0)
        request(tokens);
    else if (minter->has_started && delay != ACCOUNT_IS_PLANNED)
        request_in(tokens, delay);
}

static void on_timer(evutil_socket_t socket, short events, void *context)
{
    (void)socket;
    (void)events;
    request(context);
}

static void request(struct tokens *tokens)
{
    const struct mint_message *mint = &tokens->mint.mint;
    char *path = token_request_path(mint->namespace, mint->account);
    struct json_object *body = token_request_body(mint->secret, TOKEN_REQUEST_SECONDS);
    const struct api_request post = {.method = "POST",
                                     .path = path,
                                     .body = body,
                                     .response_max = TOKEN_RESPONSE_MAX,
                                     .on_done = on_response,
                                     .context = tokens};

    event_del(tokens->timer);
    account_requested(&tokens->account);
    api_send(tokens->worker->api, &post);
    json_object_put(body);
    free(path);
}

static void request_in(struct tokens *tokens, uint32_t milliseconds)
{
    const struct timeval delay = backoff_timeval(milliseconds);

    event_add(tokens->timer, &delay);
}

static void on_response(const struct api_result *result, void *context)
{
    struct tokens *tokens = context;
    const char *token = NULL;
    uint32_t lifetime = 0;

    if (result->error == API_OK)
        token = token_request_read(result->body, &lifetime);
    request_in(tokens, token != NULL ? pass_on(tokens, token, lifetime) : fail(tokens, result));
    token_request_wipe(result->body);
    report(tokens->worker);
}

/* Returns the milliseconds until the next request. */
static uint32_t pass_on(struct tokens *tokens, const char *token, uint32_t lifetime)
{
    struct message message = message_of(MESSAGE_TOKEN);

    if (tokens->account.problem[0] != '\0')
        log_info("tokens can be requested again", LOG_TEXT("account", tokens->mint.mint.account));
    message.token.role = tokens->mint.mint.role;
    message.token.token = token;
    message.token.seconds = lifetime;
    channel_send(tokens->worker->supervisor, &message);
    return account_minted(&tokens->account, lifetime, clock_seconds(), backoff_random());
}

/* Likewise. That the API server cannot be used at all is logged by the API client, and that it
 * refuses the token, too; but not what to do about that of a Pod. */
static uint32_t fail(struct tokens *tokens, const struct api_result *result)
{
    const char *problem = result->error == API_OK ? "the response has no token" : result->message;
    bool is_ours = !api_error_is_global(result->error) || result->error == API_UNAUTHORIZED;

    if (is_ours && account_is_new_problem(&tokens->account, problem))
        log_error("cannot request a token; still trying",
                  LOG_TEXT("account", tokens->mint.mint.account),
                  LOG_TEXT("secret", tokens->mint.mint.secret), LOG_TEXT("reason", problem),
                  LOG_TEXT("remedy", remedy(result)));
    return account_failed(&tokens->account, backoff_random());
}

static const char *remedy(const struct api_result *result)
{
    if (result->error == API_NOT_FOUND)
        return "create the ServiceAccount and the Secret (packaging/kustomize), or correct "
               "credentials.namespace, credentials.secret or the worker's serviceAccount";
    if (result->error == API_UNAUTHORIZED)
        return "on a host, run tlsroutectl setup again, as an administrator of the cluster; in a "
               "Pod whose ServiceAccount was deleted and made again, delete the Pod: only a new "
               "one gets a new token at once";
    return api_remedy(result->error, result->message);
}

static void report(struct worker *worker)
{
    const struct minter *minter = minter_of(worker);
    struct worker_report report = {0};
    unsigned wanted = 0, valid = 0;

    for (enum role each = 0; each < ROLE_WORKERS; each++) {
        const struct account *account = &minter->tokens[each].account;

        wanted += account->is_wanted;
        valid += account->is_wanted && account_is_valid(account, clock_seconds());
    }
    report.healthy = report.idle = valid == wanted;
    snprintf(report.summary, sizeof(report.summary), "%u of %u tokens are valid", valid, wanted);
    worker_report(worker, &report);
}
