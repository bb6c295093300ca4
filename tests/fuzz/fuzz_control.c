/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket, as tlsroutectl and anybody else can use it: a real socket with the
 * supervisor's own code behind it, and any bytes as what a number of clients do there.
 *
 * The input is a list of steps, each a letter and what belongs to it; other bytes are passed over:
 *
 *     c             another client connects, and the following steps are its own
 *     x             the client hangs up
 *     n             on to the next client
 *     a             a proper STATUS_QUERY
 *     p F N BYTES   a packet: with F (a digit) descriptors, N (one byte) is its length
 *     l N           a packet of N KiB of zeros
 *     r             the client reads all that is there for it, which has to be answers
 *     w             the supervisor gets its turn
 *
 * At the end, whatever they did, a client that asks properly is answered, nobody else's descriptor
 * is open, and little memory waits for clients that do not read. */
#include "supervisor/control/control.h"
#include "supervisor/control/rights.h"
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <event2/event.h>
#include <sanitizer/allocator_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    CLIENTS_MAX = 40, /* more than the supervisor lets in */
    DESCRIPTORS_MOST = 9,
    PACKET_MAX = 255 * 1024,
    TURNS = 8,
    MEMORY_MAX = 256 * 1024, /* bytes that all clients may cost */
};

/* What happens to one control socket. */
struct scene {
    struct event_base *base;
    struct config config;
    struct credential credentials[ROLE_WORKERS];
    struct workers workers;
    struct control *control;
    const char *path;
    size_t memory;            /* bytes in use at the beginning */
    int clients[CLIENTS_MAX]; /* sockets */
    size_t count, current;
    const uint8_t *at, *end; /* the steps to come */
};

typedef void step(struct scene *);

static void open_scene(struct scene *, const uint8_t *bytes, size_t size);
static bool reload(char **text, void *context);
static void set_log_level(enum log_level, void *context);
static void close_scene(struct scene *);
static void play(struct scene *);
static void step_connect(struct scene *);
static void step_hang_up(struct scene *);
static void step_next(struct scene *);
static void step_ask(struct scene *);
static void step_packet(struct scene *);
static void step_large(struct scene *);
static void step_read(struct scene *);
static void step_turn(struct scene *);
static void check_service(struct scene *);
static int connect_to(const char *path);
static uint8_t next_byte(struct scene *);
static void send_packet(const struct scene *, const void *bytes, size_t size, unsigned descriptors);
static size_t read_answers(int socket, enum message_type *last);
static const char *socket_path(void);
static void remove_folder(void);
static size_t open_descriptors(void);

static step *const steps[UINT8_MAX + 1] = {
    ['c'] = step_connect, ['x'] = step_hang_up, ['n'] = step_next, ['a'] = step_ask,
    ['p'] = step_packet,  ['l'] = step_large,   ['r'] = step_read, ['w'] = step_turn,
};

/* libFuzzer's interface has no place for a context. */
static char folder[64];

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct scene scene;
    size_t before;

    socket_path();
    before = open_descriptors();
    open_scene(&scene, bytes, size);
    play(&scene);
    check_service(&scene);
    close_scene(&scene);
    FUZZ_REQUIRE(open_descriptors() == before);
    return 0;
}

/* Its workers say as much of themselves as they may. */
static void open_scene(struct scene *scene, const uint8_t *bytes, size_t size)
{
    struct child_options options = {.identity = "", .folder = -1};
    struct control_daemon daemon = {.workers = &scene->workers,
                                    .sandbox = "off",
                                    .reload = reload,
                                    .set_log_level = set_log_level,
                                    .context = scene};

    *scene = (struct scene){.path = socket_path(), .at = bytes, .end = bytes + size};
    scene->memory = __sanitizer_get_current_allocated_bytes();
    daemon.base = options.base = scene->base = event_base_new();
    daemon.config = options.config = &scene->config;
    workers_init(&scene->workers, &options, scene->credentials);
    for (enum role role = 0; role < ROLE_WORKERS; role++) {
        struct child *child = &scene->workers.children[role];

        child->is_used = true;
        child->state = CHILD_READY;
        child->restarts = UINT64_MAX;
        memset(child->summary, 's', sizeof(child->summary) - 1);
        memset(child->sandbox, 'b', sizeof(child->sandbox) - 1);
        memset(child->last_end, 'e', sizeof(child->last_end) - 1);
    }
    scene->control = control_new(&daemon, scene->path, RIGHTS_NO_GROUP);
    FUZZ_REQUIRE(scene->base != NULL && scene->control != NULL);
}

static bool reload(char **text, void *context)
{
    (void)context;
    *text = strdup("a fuzzer has no configuration");
    return false;
}

static void set_log_level(enum log_level level, void *context)
{
    ((struct scene *)context)->config.log_level = level;
}

static void close_scene(struct scene *scene)
{
    for (size_t i = 0; i < scene->count; i++)
        close(scene->clients[i]);
    control_free(scene->control);
    workers_clear(&scene->workers);
    event_base_free(scene->base);
}

static void play(struct scene *scene)
{
    step_connect(scene);
    while (scene->at < scene->end) {
        step *step = steps[next_byte(scene)];

        if (step != NULL)
            step(scene);
    }
    step_turn(scene);
}

static void step_connect(struct scene *scene)
{
    int client = scene->count < CLIENTS_MAX ? connect_to(scene->path) : -1;

    if (client < 0)
        return; /* too many at once: the queue of connections is full */
    scene->current = scene->count++;
    scene->clients[scene->current] = client;
}

static void step_hang_up(struct scene *scene)
{
    if (scene->count == 0)
        return;
    close(scene->clients[scene->current]);
    scene->clients[scene->current] = scene->clients[--scene->count];
    scene->current = 0;
}

static void step_next(struct scene *scene)
{
    if (scene->count > 0)
        scene->current = (scene->current + 1) % scene->count;
}

static void step_ask(struct scene *scene)
{
    struct message ask = message_of(MESSAGE_STATUS_QUERY);
    msgpack_sbuffer buffer;

    msgpack_sbuffer_init(&buffer);
    message_encode(&ask, &buffer);
    send_packet(scene, buffer.data, buffer.size, 0);
    msgpack_sbuffer_destroy(&buffer);
}

static void step_packet(struct scene *scene)
{
    unsigned descriptors = next_byte(scene) % (DESCRIPTORS_MOST + 1u);
    size_t size = next_byte(scene);

    if (size > (size_t)(scene->end - scene->at))
        size = (size_t)(scene->end - scene->at);
    send_packet(scene, scene->at, size, descriptors);
    scene->at += size;
}

static void step_large(struct scene *scene)
{
    static const char zeros[PACKET_MAX];

    send_packet(scene, zeros, next_byte(scene) * (size_t)1024, 0);
}

static void step_read(struct scene *scene)
{
    enum message_type last;

    if (scene->count > 0)
        read_answers(scene->clients[scene->current], &last);
}

static void step_turn(struct scene *scene)
{
    for (int i = 0; i < TURNS; i++)
        event_base_loop(scene->base, EVLOOP_NONBLOCK);
    FUZZ_REQUIRE(__sanitizer_get_current_allocated_bytes() < scene->memory + MEMORY_MAX);
}

/* When the others have left. */
static void check_service(struct scene *scene)
{
    enum message_type last = MESSAGE_NONE;

    while (scene->count > 0)
        step_hang_up(scene);
    step_turn(scene);
    step_connect(scene);
    FUZZ_REQUIRE(scene->count == 1);
    step_turn(scene);
    step_ask(scene);
    step_turn(scene);
    FUZZ_REQUIRE(read_answers(scene->clients[0], &last) == ROLE_WORKERS + 2);
    FUZZ_REQUIRE(last == MESSAGE_STATUS_END);
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int client = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    FUZZ_REQUIRE(client >= 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (connect(client, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return client;
    close(client);
    return -1;
}

/* 0 after the end. */
static uint8_t next_byte(struct scene *scene)
{
    return scene->at < scene->end ? *scene->at++ : 0;
}

/* Whether it arrives is the other side's affair: it may have hung up, or not read for long. */
static void send_packet(const struct scene *scene, const void *bytes, size_t size,
                        unsigned descriptors)
{
    char control[CMSG_SPACE(DESCRIPTORS_MOST * sizeof(int))] = {0};
    struct iovec vector = {.iov_base = (void *)bytes, .iov_len = size};
    struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};

    if (scene->count == 0)
        return;
    if (descriptors > 0) {
        struct cmsghdr *part = (struct cmsghdr *)(void *)control;
        int sent[DESCRIPTORS_MOST];

        for (unsigned i = 0; i < descriptors; i++)
            sent[i] = scene->clients[scene->current];
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(descriptors * sizeof(int));
        memcpy(CMSG_DATA(part), sent, descriptors * sizeof(int));
        header.msg_control = control;
        header.msg_controllen = CMSG_SPACE(descriptors * sizeof(int));
    }
    sendmsg(scene->clients[scene->current], &header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Returns how many there were. */
static size_t read_answers(int socket, enum message_type *last)
{
    static char bytes[MESSAGE_BYTES_MAX];
    struct message message;
    size_t count = 0;
    ssize_t size;

    while ((size = recv(socket, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
        FUZZ_REQUIRE(message_decode(bytes, (size_t)size, &message) == NULL);
        FUZZ_REQUIRE(message_allowed(message.type, ROLE_SUPERVISOR, ROLE_CONTROL));
        *last = message.type;
        message_clear(&message);
        count++;
    }
    return count;
}

static const char *socket_path(void)
{
    static char path[sizeof(folder) + sizeof("/control.sock")];
    const char *parent = getenv("TMPDIR");

    if (folder[0] != '\0')
        return path;
    snprintf(folder, sizeof(folder), "%s/tlsrouted-fuzz-XXXXXX", parent != NULL ? parent : "/tmp");
    FUZZ_REQUIRE(mkdtemp(folder) != NULL);
    snprintf(path, sizeof(path), "%s/control.sock", folder);
    atexit(remove_folder);
    return path;
}

static void remove_folder(void)
{
    rmdir(folder);
}

static size_t open_descriptors(void)
{
    DIR *listing = opendir("/proc/self/fd");
    size_t count = 0;

    FUZZ_REQUIRE(listing != NULL);
    while (readdir(listing) != NULL)
        count++;
    closedir(listing);
    return count;
}
