/* SPDX-License-Identifier: Apache-2.0 */
/* A Gateway may have several addresses, and a name several too. One that is dead must not use up
 * the time of the others, and one that is not ready yet may be a moment later. */
#include "ctl/verify/served_certificate.h"

#include "common/base/clock.h"
#include "common/base/delays.h"
#include "common/base/memory.h"
#include "ctl/connect/dial.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

static void try_all(SSL_CTX *, const struct dial_addresses *, const char *server_name,
                    int64_t deadline, struct served_certificate *);
static bool is_worth_another(const struct served_certificate *, int64_t began, int64_t deadline);
static void fetch_at(SSL_CTX *, const struct dial_address *, const char *server_name,
                     int64_t deadline, struct served_certificate *);
static void add_problem(struct served_certificate *, const char *address, char *problem);

void served_certificate_fetch(SSL_CTX *context, const struct endpoints *endpoints,
                              const char *server_name, unsigned milliseconds,
                              struct served_certificate *served)
{
    const int64_t began = clock_milliseconds(), deadline = began + milliseconds;
    struct dial_addresses addresses = {0};
    char *look_up_problem;

    *served = (struct served_certificate){0};
    for (size_t i = 0; i < endpoints->count; i++) {
        char *problem = dial_look_up(&endpoints->items[i], deadline, &addresses);

        if (problem != NULL)
            add_problem(served, NULL, problem);
    }
    look_up_problem = served->problem;
    served->problem = NULL;
    do {
        memory_replace(&served->problem, look_up_problem);
        try_all(context, &addresses, server_name, deadline, served);
    } while (is_worth_another(served, began, deadline));
    free(look_up_problem);
    dial_addresses_clear(&addresses);
}

void served_certificate_clear(struct served_certificate *served)
{
    handshake_clear(&served->handshake);
    free(served->address);
    free(served->problem);
    *served = (struct served_certificate){0};
}

static void try_all(SSL_CTX *context, const struct dial_addresses *addresses,
                    const char *server_name, int64_t deadline, struct served_certificate *served)
{
    served->was_cut = false;
    served->times++;
    for (size_t i = 0; i < addresses->count && served->address == NULL; i++) {
        int64_t now = clock_milliseconds();
        int64_t share = (deadline - now) / (int64_t)(addresses->count - i);

        fetch_at(context, &addresses->items[i], server_name, now + share, served);
    }
}

/* Waits if it is. */
static bool is_worth_another(const struct served_certificate *served, int64_t began,
                             int64_t deadline)
{
    int64_t next = clock_milliseconds() + CTL_CUT_PAUSE_MILLISECONDS;

    if (served->address != NULL || !served->was_cut || next >= deadline ||
        next >= began + CTL_CUT_MILLISECONDS)
        return false;
    poll(NULL, 0, CTL_CUT_PAUSE_MILLISECONDS);
    return true;
}

static void fetch_at(SSL_CTX *context, const struct dial_address *address, const char *server_name,
                     int64_t deadline, struct served_certificate *served)
{
    char *problem = NULL;
    int descriptor = dial_connect(address, deadline, &problem);

    if (descriptor < 0) {
        add_problem(served, address->text, problem);
        return;
    }
    handshake_run(context, descriptor, server_name, deadline, &served->handshake);
    close(descriptor);
    if (served->handshake.certificate != NULL) {
        served->address = memory_text(address->text);
        return;
    }
    served->was_cut = served->was_cut || served->handshake.was_cut;
    problem = served->handshake.problem;
    add_problem(served, address->text,
                memory_text(problem != NULL ? problem : "no certificate was sent"));
    handshake_clear(&served->handshake);
}

/* Releases PROBLEM. ADDRESS: NULL if PROBLEM names it. */
static void add_problem(struct served_certificate *served, const char *address, char *problem)
{
    char *before = served->problem;

    served->problem =
        memory_format("%s%s%s%s%s", before != NULL ? before : "", before != NULL ? "; " : "",
                      address != NULL ? address : "", address != NULL ? ": " : "", problem);
    free(before);
    free(problem);
}
