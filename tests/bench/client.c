/* SPDX-License-Identifier: Apache-2.0 */
/* The least that a client costs which is made of the same libraries as tlsrouted, libcurl and
 * libevent: it reads, watches and writes as it is told, and looks at nothing that comes.
 *
 * client SERVER CA-FILE TOKEN-FILE STREAMS SHARED <REQUESTS
 *
 * Requests (requests.h) are sent in their order, STREAMS at a time, SHARED on a connection. Two
 * methods are none: WATCH is a stream that stays open beside them, and WAIT waits until all before
 * it are answered. It ends when all are answered, or, if there are only streams, with SIGTERM. */
#include "tests/bench/requests.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    URL_MAX = 2048,
    RECEIVE_BYTES = 4 * 1024, /* of libcurl's buffers for each transfer, as in tlsrouted */
    SEND_BYTES = 16 * 1024,
};

struct client {
    struct requests requests;
    size_t next, begun, answered; /* of those that are no streams: begun and answered */
    size_t streams, watches;
    long shared;
    const char *server, *ca_file;
    char *authorization;
    CURL **idle; /* handles that wait for a request */
    size_t idle_count;
    CURLM *multi;
    struct event_base *base;
    struct event *timer;
};

static void new_loop(struct client *);
static void go_on(struct client *);
static bool begin_next(struct client *);
static void begin(struct client *, struct request *);
static CURL *take_handle(struct client *);
static struct curl_slist *headers_of(const struct client *, const char *type);
static size_t drop(char *bytes, size_t one, size_t size, void *context);
static void end_transfers(struct client *);
static int watch_socket(CURL *, curl_socket_t, int what, void *client, void *event);
static int set_timer(CURLM *, long milliseconds, void *client);
static void on_socket(evutil_socket_t, short events, void *client);
static void on_timer(evutil_socket_t, short events, void *client);
static void on_signal(evutil_socket_t, short events, void *client);
static void drive(struct client *, curl_socket_t, int what);

int main(int count, char **arguments)
{
    struct client client = {0};
    size_t succeeded;
    int failure;

    if (count != 6)
        fail("usage: client SERVER CA-FILE TOKEN-FILE STREAMS SHARED <REQUESTS");
    client.server = arguments[1];
    client.ca_file = arguments[2];
    client.authorization = read_authorization(arguments[3]);
    client.streams = strtoul(arguments[4], NULL, 10);
    client.shared = strtol(arguments[5], NULL, 10);
    client.requests = read_requests();
    client.idle = demand(calloc(client.requests.count + 1, sizeof(*client.idle)));
    new_loop(&client);
    go_on(&client);
    event_base_dispatch(client.base);
    succeeded = count_succeeded(&client.requests, &failure);
    printf("{\"succeeded\": %zu, \"failure\": %d, \"begin\": %.6f, \"cpu_seconds\": %.4f}\n",
           succeeded, failure, client.requests.count > 0 ? client.requests.all[0].sent : 0,
           used_seconds());
    return 0;
}

static void new_loop(struct client *client)
{
    struct event *end;

    client->base = demand(event_base_new());
    client->timer = demand(evtimer_new(client->base, on_timer, client));
    end = demand(evsignal_new(client->base, SIGTERM, on_signal, client));
    event_add(end, NULL);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    client->multi = demand(curl_multi_init());
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_MAX_CONCURRENT_STREAMS, client->shared);
}

static void go_on(struct client *client)
{
    while (begin_next(client))
        ;
    if (client->answered + client->watches == client->requests.count && client->answered > 0)
        event_base_loopbreak(client->base);
}

/* Returns false if there is none, or it has to wait. */
static bool begin_next(struct client *client)
{
    const size_t open = client->begun - client->answered;
    struct request *request = &client->requests.all[client->next];

    if (client->next == client->requests.count)
        return false;
    if (strcmp(request->parts[METHOD], "WAIT") == 0) {
        if (open > 0)
            return false;
        request->status = 200;
        client->begun++;
        client->answered++;
    } else if (strcmp(request->parts[METHOD], "WATCH") == 0) {
        client->watches++;
        begin(client, request);
    } else {
        if (open >= client->streams)
            return false;
        client->begun++;
        begin(client, request);
    }
    client->next++;
    return true;
}

static void begin(struct client *client, struct request *request)
{
    const bool is_watch = strcmp(request->parts[METHOD], "WATCH") == 0;
    CURL *easy = take_handle(client);
    char url[URL_MAX];

    request->sent = now();
    snprintf(url, sizeof(url), "%s%s", client->server, request->parts[PATH]);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    if (request->parts[BODY][0] != '\0') {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(request->parts[BODY]));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->parts[BODY]);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, is_watch ? "GET" : request->parts[METHOD]);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_of(client, request->parts[TYPE]));
    curl_multi_add_handle(client->multi, easy);
}

static CURL *take_handle(struct client *client)
{
    CURL *easy;

    if (client->idle_count > 0)
        return client->idle[--client->idle_count];
    easy = demand(curl_easy_init());
    curl_easy_setopt(easy, CURLOPT_CAINFO, client->ca_file);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BYTES);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)SEND_BYTES);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    return easy;
}

/* One list for each type, kept until the end. */
static struct curl_slist *headers_of(const struct client *client, const char *type)
{
    static struct curl_slist *headers;
    static const char *of;
    char line[URL_MAX + sizeof("Authorization: ")];

    if (of != NULL && strcmp(of, type) == 0)
        return headers;
    of = type;
    snprintf(line, sizeof(line), "Authorization: %s", client->authorization);
    headers = demand(curl_slist_append(NULL, line));
    snprintf(line, sizeof(line), "Content-Type: %s", type);
    headers = demand(curl_slist_append(headers, line));
    return demand(curl_slist_append(headers, "Accept: application/json"));
}

static size_t drop(char *bytes, size_t one, size_t size, void *context)
{
    (void)bytes, (void)one, (void)context;
    return size;
}

static void end_transfers(struct client *client)
{
    const CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
        CURL *easy = message->easy_handle;
        struct request *request;
        long status = 0;

        if (message->data.result != CURLE_OK)
            fail(curl_easy_strerror(message->data.result));
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &request);
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        request->status = (int)status;
        request->answered = now();
        curl_multi_remove_handle(client->multi, easy);
        client->idle[client->idle_count++] = easy;
        if (strcmp(request->parts[METHOD], "WATCH") == 0)
            fail("the API server ended a watch");
        client->answered++;
    }
}

static int watch_socket(CURL *easy, curl_socket_t descriptor, int what, void *context, void *known)
{
    struct client *client = context;
    struct event *event = known;
    short events = EV_PERSIST;

    (void)easy;
    if (event != NULL)
        event_free(event);
    event = NULL;
    events |= (what & CURL_POLL_IN) != 0 ? EV_READ : 0;
    events |= (what & CURL_POLL_OUT) != 0 ? EV_WRITE : 0;
    if (what != CURL_POLL_REMOVE) {
        event = demand(event_new(client->base, descriptor, events, on_socket, client));
        event_add(event, NULL);
    }
    curl_multi_assign(client->multi, descriptor, event);
    return 0;
}

static int set_timer(CURLM *multi, long milliseconds, void *context)
{
    struct client *client = context;
    const struct timeval delay = {.tv_sec = milliseconds / 1000,
                                  .tv_usec = milliseconds % 1000 * 1000};

    (void)multi;
    if (milliseconds < 0)
        event_del(client->timer);
    else
        event_add(client->timer, &delay);
    return 0;
}

static void on_socket(evutil_socket_t descriptor, short events, void *client)
{
    drive(client, descriptor,
          ((events & EV_READ) != 0 ? CURL_CSELECT_IN : 0) |
              ((events & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0));
}

static void on_timer(evutil_socket_t descriptor, short events, void *client)
{
    (void)descriptor, (void)events;
    drive(client, CURL_SOCKET_TIMEOUT, 0);
}

static void on_signal(evutil_socket_t number, short events, void *context)
{
    const struct client *client = context;

    (void)number, (void)events;
    event_base_loopbreak(client->base);
}

static void drive(struct client *client, curl_socket_t descriptor, int what)
{
    int running;

    curl_multi_socket_action(client->multi, descriptor, what, &running);
    end_transfers(client);
    go_on(client);
}
