/* SPDX-License-Identifier: Apache-2.0 */
/* Two ends of a link, for the tests of channels: each counts what happens to it, and does what the
 * test wants of its handlers. */
#ifndef TLSROUTED_TESTS_UNIT_LINK_ENDS_H
#define TLSROUTED_TESTS_UNIT_LINK_ENDS_H

#include "common/message/channel.h"

#define DEADLINE 20 /* seconds; under valgrind all is slow */

/* One end of a link and what happened there. It is the channel's context, so it stays where it is.
 */
struct end {
    struct channel *channel;
    uint64_t received, wanted; /* messages */
    uint64_t next;             /* number of the message that has to come next */
    bool out_of_order;
    unsigned closed, drained;
    bool violation;
    char reason[128];
    int descriptor; /* taken from a message, or -1 */
    bool free_in_handler, free_when_closed, free_when_drained, send_when_closed, leave_descriptor;
};

/* The loop of all channels. */
extern struct event_base *base;

/* The handlers are for POOL, CERTIFICATE (as send_large() sends it), PEER and HELLO. If A is the
 * supervisor, B has said HELLO. */
void open_end(struct end *end, int socket, enum role self, enum role peer);
void connect_ends(struct end *a, enum role a_role, struct end *b, enum role b_role);

/* WORKER says HELLO. */
void greet(struct end *worker);
void close_end(struct end *end);

/* Conditions for check_run(); CONTEXT is an end. */
bool has_received(const void *context); /* as many messages as wanted */
bool is_closed(const void *context);
bool is_drained(const void *context);

/* A message with NUMBER; those of an end have to be 0, 1, 2, ... */
void send_number(struct end *end, uint64_t number);
void send_large(struct end *end, uint64_t number);
void send_number_soon(struct end *end, uint64_t number);
void send_large_soon(struct end *end, uint64_t number);

/* One packet with so many copies of standard input. */
void send_raw(int socket, const void *bytes, size_t size, unsigned descriptors);

/* For cmocka_run_group_tests(). */
int set_up(void **state);
int tear_down(void **state);

#endif
