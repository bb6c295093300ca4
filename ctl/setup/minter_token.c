/* SPDX-License-Identifier: Apache-2.0 */
/* Of the ways to be somebody at the API server, a token that is bound to a Secret is the one that
 * can be revoked at once; a client certificate is valid until its end, whatever happens. */
#include "ctl/setup/minter_token.h"

#include "common/api/token_request.h"
#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/memory.h"
#include "ctl/setup/compose.h"
#include "ctl/setup/exchange.h"

#include <stdlib.h>
#include <time.h>

#define TRIED "tlsrouted-watcher" /* the account whose token is requested to see if it works */

enum {
    MONTH_SECONDS = 30 * 24 * 3600,
};

static struct exchange request_token(struct connection *, const char *namespace,
                                     const char *account, const char *query, uint32_t seconds);

char *minter_token_request(struct connection *connection, const char *namespace, char **token)
{
    struct exchange done =
        request_token(connection, namespace, COMPOSE_MINTER, "", TOKEN_MINTER_SECONDS);
    uint32_t seconds;
    const char *text = done.error == API_OK ? token_request_read(done.body, &seconds) : NULL;
    char *problem = NULL;

    *token = memory_text(text);
    if (done.error != API_OK)
        problem = memory_format("cannot request a token of the ServiceAccount %s/" COMPOSE_MINTER
                                ": %s: %s",
                                namespace, api_error_name(done.error), done.message);
    else if (text == NULL)
        problem = memory_text("the API server's response to a token request has no token");
    if (done.body != NULL)
        token_request_wipe(done.body);
    exchange_clear(&done);
    return problem;
}

char *minter_token_try(const char *path, const char *namespace, unsigned seconds, bool *is_refused)
{
    struct connection *connection;
    char *problem = connection_open(path, NULL, seconds, &connection);
    struct exchange done;

    *is_refused = false;
    if (problem != NULL)
        return problem;
    done = request_token(connection, namespace, TRIED, "?dryRun=All", TOKEN_REQUEST_SECONDS);
    *is_refused = done.error == API_UNAUTHORIZED;
    if (done.error != API_OK)
        problem = memory_format("with %s, no token of " TRIED " can be requested: %s: %s", path,
                                api_error_name(done.error), done.message);
    if (done.body != NULL)
        token_request_wipe(done.body);
    exchange_clear(&done);
    connection_close(connection);
    return problem;
}

char *minter_token_wait(const char *path, const char *namespace, unsigned seconds)
{
    const struct timespec pause = {0, TOKEN_GRANT_POLL_MILLISECONDS * 1000000L};
    const int64_t deadline = clock_milliseconds() + TOKEN_GRANT_MILLISECONDS;
    bool is_refused;
    char *problem;

    while ((problem = minter_token_try(path, namespace, seconds, &is_refused)) != NULL &&
           clock_milliseconds() < deadline) {
        free(problem);
        nanosleep(&pause, NULL);
    }
    return problem;
}

bool minter_token_is_fresh(uint64_t issued, uint64_t expires, uint64_t now)
{
    return issued > 0 && issued < expires && now < issued + (expires - issued) / 2;
}

bool minter_token_is_short(uint64_t issued, uint64_t expires)
{
    return issued < expires && expires - issued < MONTH_SECONDS;
}

/* QUERY is added to the path. */
static struct exchange request_token(struct connection *connection, const char *namespace,
                                     const char *account, const char *query, uint32_t seconds)
{
    char *path = token_request_path(namespace, account);
    char *whole = memory_format("%s%s", path, query);
    struct json_object *body = token_request_body(COMPOSE_SECRET, seconds);
    struct exchange done = exchange_send(connection, "POST", whole, NULL, body);

    json_object_put(body);
    free(whole);
    free(path);
    return done;
}
