/* SPDX-License-Identifier: Apache-2.0 */
/* A stream with an API server, a clock and a receiver of the test's own: nothing is sent, and no
 * time passes but what the test says. */
#ifndef TLSROUTED_TESTS_UNIT_FAKE_STREAM_H
#define TLSROUTED_TESTS_UNIT_FAKE_STREAM_H

#include "tests/unit/check.h"
#include "watcher/stream.h"

/* A request of the stream. */
struct api_call {
    char *path;
    api_part *on_part;
    api_whole *is_whole;
    void *parts;
    api_data *on_data;
    api_opened *on_opened;
    api_done *on_done;
    void *context;
};

struct fake {
    struct event_base *base;
    struct stream *stream;
    struct starts *starts; /* of start() and start_with(), or NULL */
    struct api_call *call; /* under way, or NULL; there is never more than one */
    unsigned requests, cancelled, hurried;
    bool is_paused;
    time_t now;
    struct event *timer; /* started and not run yet, or NULL */
    uint32_t delay;      /* milliseconds */
    struct event *look;  /* the stream looks whether it lives, NULL: it does not */
    time_t look_at;
    /* What has been sent to the receiver: "[" and "]" are the beginning and the end of a list,
     * "NAME " is an object, "-NAME " one that is gone. */
    char forwarded[1024];
    bool is_congested;
    int status; /* of ends() */
    unsigned changes;
    int log, saved_stderr;
};
extern struct fake fake;

int set_up(void **state);
int tear_down(void **state);
#define STREAM(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* Starts the stream: of KIND and so on; of the Pools in "n"; of the Pools where connections are
 * few, in the namespaces SERVED or in "n" with TURNS; of those in "n", when it has listed the Pool
 * "a" and watches from position 5: what came before does not count. */
void start_with(enum kind kind, const char *version, const char *namespace, const char *selector);
void start(void);
void start_few(const struct text_set *served, struct turns *turns);
void start_and_list(void);

/* What the API server does: opens the watch, sends a line of it or an event (of a Pool that is
 * another one with each version); ends the request; sends some of a page; answers with a page, of a
 * list at version 5, of Pools with names of one letter. */
void opens(void);
void line(const char *text);
void event(const char *type, const char *name, const char *version);
void ends(enum api_error error, unsigned retry_after);
void part(const char *text);
void page(const char *names, const char *continue_token);

/* What the clock does. */
void seconds_pass(time_t seconds);
void timer_runs(void);

/* SECONDS pass, in which nothing comes: the stream looks whether it lives whenever it wants to. */
void silence(time_t seconds);

/* An ordinary bookmark, which brings the watch to VERSION. */
void bookmark(const char *version);

/* Whether the path of the request under way has PART in it. */
bool requests(const char *part);

/* The stream waits for MILLISECONDS, or half of it, as chance has it. */
void check_delay(uint32_t milliseconds);

/* How often TEXT has been logged. */
unsigned logged(const char *text);

/* The JSON text of a member of the stream's description. */
const char *described(const char *member);

#endif
