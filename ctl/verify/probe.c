/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/verify/probe.h"

#include "common/base/clock.h"
#include "common/base/memory.h"
#include "ctl/verify/dial.h"

#include <stdlib.h>
#include <unistd.h>

static void ask(SSL_CTX *, const struct dial_address *, const char *server_name, int64_t deadline,
                struct probe *);
static void add_problem(struct probe *, const char *address, char *problem);

void probe_run(SSL_CTX *context, const struct endpoints *places, const char *server_name,
               unsigned milliseconds, struct probe *probe)
{
    const int64_t deadline = clock_milliseconds() + milliseconds;
    struct dial_addresses addresses = {0};

    *probe = (struct probe){0};
    for (size_t i = 0; i < places->count; i++) {
        char *problem = dial_look_up(&places->items[i], deadline, &addresses);

        if (problem != NULL)
            add_problem(probe, NULL, problem);
    }
    for (size_t i = 0; i < addresses.count && probe->address == NULL; i++) {
        int64_t now = clock_milliseconds();
        int64_t share = (deadline - now) / (int64_t)(addresses.count - i);

        ask(context, &addresses.items[i], server_name, now + share, probe);
    }
    dial_addresses_clear(&addresses);
}

void probe_clear(struct probe *probe)
{
    handshake_clear(&probe->handshake);
    free(probe->address);
    free(probe->problem);
    *probe = (struct probe){0};
}

static void ask(SSL_CTX *context, const struct dial_address *address, const char *server_name,
                int64_t deadline, struct probe *probe)
{
    char *problem = NULL;
    int descriptor = dial_connect(address, deadline, &problem);

    if (descriptor < 0) {
        add_problem(probe, address->text, problem);
        return;
    }
    handshake_run(context, descriptor, server_name, deadline, &probe->handshake);
    close(descriptor);
    if (probe->handshake.certificate != NULL) {
        probe->address = memory_text(address->text);
        return;
    }
    problem = probe->handshake.problem;
    add_problem(probe, address->text,
                memory_text(problem != NULL ? problem : "no certificate is shown"));
    handshake_clear(&probe->handshake);
}

/* PROBLEM is taken over. */
static void add_problem(struct probe *probe, const char *address, char *problem)
{
    char *before = probe->problem;

    probe->problem =
        memory_format("%s%s%s%s%s", before != NULL ? before : "", before != NULL ? "; " : "",
                      address != NULL ? address : "", address != NULL ? ": " : "", problem);
    free(before);
    free(problem);
}
