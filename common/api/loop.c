/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl and libevent know nothing of each other. */
#include "common/api/loop.h"

#include "common/base/backoff.h"
#include "common/base/coarse_timer.h"
#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/memory.h"
#include "common/message/metric.h"

#include <stdlib.h>
#include <sys/queue.h>

enum {
    TURNS_AT_ONCE = 3, /* of libcurl's timer, after a socket */
    KEPT_MAX = 8,      /* connections that are not used now, where calls take several */
    READS_AGAIN = 3,   /* from one step to the next, such as from a handshake to a request */
    COARSE_FROM_MILLISECONDS = 250, /* libcurl's longer delays are limits for what hangs */
};

/* One socket that libcurl wants watched. */
struct watched {
    LIST_ENTRY(watched) link;
    struct api_loop *loop;
    struct event *event;
    int wanted, watched; /* CURL_POLL_: what libcurl wants to hear of, and what the event is for */
    bool is_left;        /* of those to read again */
};

struct api_loop {
    CURLM *multi;
    unsigned shared_max;
    struct event_base *base;
    struct event *timer;
    struct event *wake;
    struct event *again;        /* pending: reading again; NULL: that is not needed */
    unsigned reads;             /* again, that are left */
    struct event *read;         /* active: the sockets that are ready now are being read */
    struct event *rest;         /* pending: sockets are not read */
    unsigned rest_milliseconds; /* after that */
    struct coalesce coalesce;
    struct coalesce_load load;
    int transfers;
    bool is_due;     /* TIMER, at once */
    bool is_driving; /* libcurl is at work, and may want something else of a socket in the end */
    LIST_HEAD(, watched) sockets;
    api_loop_turn *turn;
    void *context;
};

static void open_multi(struct api_loop *);
static void close_multi(struct api_loop *);
static int watch_socket(CURL *, curl_socket_t, int what, void *loop, void *socket);
static void watch_all_as_wanted(struct api_loop *);
static void watch_as_wanted(struct watched *);
static int wanted_now(const struct watched *);
static void forget_socket(struct watched *);
static int set_timer(CURLM *, long milliseconds, void *loop);
static void on_socket(evutil_socket_t, short events, void *loop);
static void on_read(evutil_socket_t, short events, void *loop);
static void on_rested(evutil_socket_t, short events, void *loop);
static void on_timer(evutil_socket_t, short events, void *loop);
static void on_wake(evutil_socket_t, short events, void *loop);
static void on_again(evutil_socket_t, short events, void *loop);
static struct watched *next_left(struct api_loop *);
static void read_again_soon(struct api_loop *);
static void act(struct api_loop *, curl_socket_t, int what);
static int drive(struct api_loop *, curl_socket_t, int what);
static void check(CURLMcode, const char *what);
static _Noreturn void fail(const char *what, const char *reason);

struct api_loop *api_loop_new(struct event_base *base, unsigned shared_max, api_loop_turn *turn,
                              void *context)
{
    struct api_loop *loop = memory_new(1, sizeof(*loop));

    loop->base = base;
    loop->shared_max = shared_max;
    loop->turn = turn;
    loop->context = context;
    LIST_INIT(&loop->sockets);
    loop->timer = loop_timer(base, on_timer, loop);
    loop->wake = loop_timer(base, on_wake, loop);
    loop->read = loop_timer(base, on_read, loop);
    loop->rest = loop_timer(base, on_rested, loop);
    open_multi(loop);
    return loop;
}

void api_loop_free(struct api_loop *loop)
{
    if (loop == NULL)
        return;
    close_multi(loop);
    event_free(loop->timer);
    event_free(loop->wake);
    event_free(loop->read);
    event_free(loop->rest);
    if (loop->again != NULL)
        event_free(loop->again);
    free(loop);
}

void api_loop_add(struct api_loop *loop, CURL *easy)
{
    check(curl_multi_add_handle(loop->multi, easy), "adding a transfer");
    loop->transfers++;
}

void api_loop_remove(struct api_loop *loop, CURL *easy)
{
    check(curl_multi_remove_handle(loop->multi, easy), "removing a transfer");
    loop->transfers--;
}

/* libcurl has set its timer to zero for what has been added. */
void api_loop_send(struct api_loop *loop)
{
    if (drive(loop, CURL_SOCKET_TIMEOUT, 0) < loop->transfers)
        api_loop_wake(loop);
}

void api_loop_disconnect(struct api_loop *loop)
{
    if (loop->transfers > 0)
        return;
    close_multi(loop);
    event_del(loop->timer);
    open_multi(loop);
}

CURL *api_loop_next_ended(struct api_loop *loop, CURLcode *code)
{
    const CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(loop->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            CURL *easy = message->easy_handle; /* MESSAGE is gone after the removal */

            *code = message->data.result;
            api_loop_remove(loop, easy);
            return easy;
        }
    }
    return NULL;
}

void api_loop_read_again(struct api_loop *loop)
{
    if (loop->again == NULL)
        loop->again = loop_timer(loop->base, on_again, loop);
}

void api_loop_load(struct api_loop *loop, const struct coalesce_load *load)
{
    loop->load = *load;
}

void api_loop_hurry(struct api_loop *loop)
{
    coalesce_end(&loop->coalesce);
    event_del(loop->read);
    event_del(loop->rest);
    if (!loop->is_driving)
        watch_all_as_wanted(loop);
}

void api_loop_wake(struct api_loop *loop)
{
    event_active(loop->wake, 0, 0);
}

static void open_multi(struct api_loop *loop)
{
    loop->multi = curl_multi_init();
    if (loop->multi == NULL)
        fail("curl_multi_init", "it returned nothing");
    check(curl_multi_setopt(loop->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX), "multiplexing");
    check(curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, watch_socket), "socket function");
    check(curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop), "socket data");
    check(curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, set_timer), "timer function");
    check(curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop), "timer data");
    if (loop->shared_max == 0)
        return;
    check(curl_multi_setopt(loop->multi, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)loop->shared_max),
          "streams of a connection");
    check(curl_multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_MAX), "connections");
}

static void close_multi(struct api_loop *loop)
{
    check(curl_multi_cleanup(loop->multi), "cleanup");
    while (!LIST_EMPTY(&loop->sockets))
        forget_socket(LIST_FIRST(&loop->sockets));
}

static int watch_socket(CURL *easy, curl_socket_t descriptor, int what, void *context, void *socket)
{
    struct api_loop *loop = context;
    struct watched *watched = socket;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watched != NULL)
            forget_socket(watched);
        return 0;
    }
    if (watched == NULL) {
        watched = memory_new(1, sizeof(*watched));
        watched->loop = loop;
        watched->event = loop_event(loop->base, descriptor, EV_PERSIST, on_socket, loop);
        LIST_INSERT_HEAD(&loop->sockets, watched, link);
        check(curl_multi_assign(loop->multi, descriptor, watched), "watching a socket");
    }
    watched->wanted = what;
    if (!loop->is_driving)
        watch_as_wanted(watched);
    return 0;
}

static void watch_all_as_wanted(struct api_loop *loop)
{
    struct watched *watched;

    LIST_FOREACH (watched, &loop->sockets, link)
        watch_as_wanted(watched);
}

static void watch_as_wanted(struct watched *watched)
{
    struct event *event = watched->event;
    const int wanted = wanted_now(watched);
    short events = EV_PERSIST;

    if (watched->watched == wanted)
        return;
    if ((wanted & CURL_POLL_IN) != 0)
        events |= EV_READ;
    if ((wanted & CURL_POLL_OUT) != 0)
        events |= EV_WRITE;
    event_del(event);
    event_assign(event, event_get_base(event), event_get_fd(event), events, on_socket,
                 watched->loop);
    if (wanted != 0 && event_add(event, NULL) != 0)
        fail("event_add", "the socket cannot be watched");
    watched->watched = wanted;
}

static int wanted_now(const struct watched *watched)
{
    return event_pending(watched->loop->rest, EV_TIMEOUT, NULL) ? watched->wanted & ~CURL_POLL_IN
                                                                : watched->wanted;
}

static void forget_socket(struct watched *watched)
{
    LIST_REMOVE(watched, link);
    event_free(watched->event);
    free(watched);
}

/* Zero milliseconds means soon, not now: libcurl may not be entered from here. */
static int set_timer(CURLM *multi, long milliseconds, void *context)
{
    struct api_loop *loop = context;
    const struct timeval delay = {.tv_usec = milliseconds * 1000};

    (void)multi;
    loop->is_due = milliseconds == 0;
    if (milliseconds < 0)
        event_del(loop->timer);
    else if (milliseconds >= COARSE_FROM_MILLISECONDS)
        coarse_timer_start(loop->timer, milliseconds);
    else if (event_add(loop->timer, &delay) != 0)
        fail("event_add", "the timer cannot be set");
    return 0;
}

static void on_socket(evutil_socket_t descriptor, short events, void *context)
{
    struct api_loop *loop = context;
    int what = ((events & EV_READ) != 0 ? CURL_CSELECT_IN : 0) |
               ((events & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0);
    const uint64_t begin = metric_now();
    const struct coalesce_load load = loop->load;

    loop->reads = READS_AGAIN;
    read_again_soon(loop);
    act(loop, descriptor, what);
    loop->rest_milliseconds = coalesce_read(&loop->coalesce, begin, metric_now(), &load);
    if (loop->rest_milliseconds > 0)
        event_active(loop->read, 0, 0); /* comes after all that is active already */
}

static void on_read(evutil_socket_t descriptor, short events, void *context)
{
    struct api_loop *loop = context;
    const struct timeval delay = backoff_timeval(loop->rest_milliseconds);

    (void)descriptor;
    (void)events;
    if (loop->rest_milliseconds == 0)
        return;
    if (event_add(loop->rest, &delay) != 0)
        fail("event_add", "the timer cannot be set");
    watch_all_as_wanted(loop);
}

static void on_rested(evutil_socket_t descriptor, short events, void *loop)
{
    (void)descriptor;
    (void)events;
    watch_all_as_wanted(loop);
}

/* Of every socket: libcurl finds nothing to read where nothing waits. */
static void on_again(evutil_socket_t descriptor, short events, void *context)
{
    struct api_loop *loop = context;
    struct watched *watched;

    (void)descriptor;
    (void)events;
    loop->reads--;
    read_again_soon(loop);
    LIST_FOREACH (watched, &loop->sockets, link)
        watched->is_left = true;
    while ((watched = next_left(loop)) != NULL) {
        watched->is_left = false;
        drive(loop, event_get_fd(watched->event), CURL_CSELECT_IN);
    }
    loop->turn(loop->context);
}

/* Any of them may go when another one is read. */
static struct watched *next_left(struct api_loop *loop)
{
    struct watched *watched;

    LIST_FOREACH (watched, &loop->sockets, link)
        if (watched->is_left)
            return watched;
    return NULL;
}

static void read_again_soon(struct api_loop *loop)
{
    if (loop->again != NULL && loop->reads > 0)
        event_active(loop->again, 0, 0);
}

static void on_timer(evutil_socket_t descriptor, short events, void *loop)
{
    (void)descriptor;
    (void)events;
    act(loop, CURL_SOCKET_TIMEOUT, 0);
}

static void on_wake(evutil_socket_t descriptor, short events, void *context)
{
    struct api_loop *loop = context;

    (void)descriptor;
    (void)events;
    loop->turn(loop->context);
}

/* What one transfer has read for another one, that one takes when libcurl's timer runs: in the same
 * turn, which spares one. */
static void act(struct api_loop *loop, curl_socket_t descriptor, int what)
{
    loop->is_due = false;
    drive(loop, descriptor, what);
    for (int i = 0; i < TURNS_AT_ONCE && loop->is_due; i++) {
        loop->is_due = false;
        event_del(loop->timer);
        drive(loop, CURL_SOCKET_TIMEOUT, 0);
    }
    loop->turn(loop->context);
}

/* Returns how many transfers have not ended. For each request that it sends, libcurl wants to write
 * to the socket for a moment, which the kernel need not hear of. */
static int drive(struct api_loop *loop, curl_socket_t descriptor, int what)
{
    int running;

    loop->is_driving = true;
    check(curl_multi_socket_action(loop->multi, descriptor, what, &running), "a socket's event");
    loop->is_driving = false;
    watch_all_as_wanted(loop);
    return running;
}

/* The multi interface fails only if it is used wrongly or memory has run out; a transfer that fails
 * has a code of its own. */
static void check(CURLMcode code, const char *what)
{
    if (code != CURLM_OK)
        fail(what, curl_multi_strerror(code));
}

static void fail(const char *what, const char *reason)
{
    log_error("libcurl or libevent fails; this is a bug", LOG_TEXT("doing", what),
              LOG_TEXT("reason", reason));
    abort();
}
