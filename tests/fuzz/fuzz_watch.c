/* SPDX-License-Identifier: Apache-2.0 */
/* What the API server sends on a watch: any bytes as its stream, cut into lines, events, and
 * objects of every kind, with what the certpatcher fetches of a Certificate.
 *
 * Bounds of many bytes would never be reached by chance, so two bytes that have no place in JSON
 * stand for much: 1 for a long text, 2 for many elements of a list. */
#include "certpatcher/certificate.h"
#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/abbreviation.h"
#include "common/objects/ledger.h"
#include "common/objects/object.h"
#include "common/objects/route_spec.h"
#include "common/objects/route_status.h"
#include "tests/fuzz/fuzz.h"
#include "watcher/discovery.h"
#include "watcher/lines.h"
#include "watcher/watch_event.h"

#include <stdlib.h>
#include <string.h>

enum {
    LINE_MAX = 128 * 1024, /* bytes; the watcher's own bound only makes the fuzzer slower */
    STREAM_MAX = 256 * 1024,
    PIECE_MAX = 512,
    TEXT_BYTES = 4096,
    LIST_BYTES = 4000,
};

/* The lines that came out of a stream, as a sum. */
struct tally {
    size_t lines, bytes;
    uint64_t hash;
    bool look; /* into each line, too */
};

static size_t expand(const uint8_t *bytes, size_t size, char *to);
static enum lines_result cut(const char *bytes, size_t size, size_t piece, struct tally *);
static bool take(const char *line, size_t size, void *context);
static void look_into(const char *line, size_t size);
static void check_event(enum kind, const struct watch_event *);
static void check_object(enum kind, const struct projected *, struct json_object *);
static void check_decoded(enum kind kind, struct json_object *object, struct message *, char *);
static void check_pool(const struct pool_message *);
static void check_service(const struct service_message *);
static void check_gateway(const struct gateway_message *);
static void check_answers(const char *answers);
static void check_json_or_nothing(const char *text);
static void check_route(struct json_object *object);
static void check_fetched(const char *text);
static void check_ledger(const char *text);
static void check_discovery(struct json_object *object);

/* The lines are the same wherever the reads end. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct tally whole = {.look = true}, pieces = {0};
    size_t piece = 1 + (size > 0 ? 2 * bytes[size / 2] % PIECE_MAX : 0);
    char *stream = memory_new(STREAM_MAX, 1);
    size_t length = expand(bytes, size, stream);
    enum lines_result result = cut(stream, length, length, &whole);

    FUZZ_REQUIRE(cut(stream, length, piece, &pieces) == result);
    FUZZ_REQUIRE(whole.lines == pieces.lines && whole.bytes == pieces.bytes);
    FUZZ_REQUIRE(whole.hash == pieces.hash);
    free(stream);
    return 0;
}

/* Returns how many bytes came out; what does not fit any more is left out. */
static size_t expand(const uint8_t *bytes, size_t size, char *to)
{
    static const char element[4] = {'"', 'x', '"', ','};
    size_t used = 0;

    for (size_t i = 0; i < size && used + TEXT_BYTES < STREAM_MAX; i++) {
        if (bytes[i] == 1) {
            memset(to + used, 'x', TEXT_BYTES);
            used += TEXT_BYTES;
        } else if (bytes[i] == 2) {
            for (size_t j = 0; j < LIST_BYTES; j++)
                to[used++] = element[j % sizeof(element)];
        } else {
            to[used++] = (char)bytes[i];
        }
    }
    return used;
}

static enum lines_result cut(const char *bytes, size_t size, size_t piece, struct tally *tally)
{
    enum lines_result result = LINES_OK;
    struct lines lines = {0};

    while (size > 0 && result == LINES_OK) {
        size_t length = piece < size ? piece : size;

        result = lines_add(&lines, bytes, length, LINE_MAX, take, tally);
        FUZZ_REQUIRE(lines.size <= LINE_MAX && lines.size <= lines.room);
        bytes += length;
        size -= length;
    }
    lines_clear(&lines);
    return result;
}

/* The hash is FNV-1a, over the lines with their ends. */
static bool take(const char *line, size_t size, void *context)
{
    struct tally *tally = context;

    FUZZ_REQUIRE(size > 0 && size <= LINE_MAX && memchr(line, '\n', size) == NULL);
    tally->lines++;
    tally->bytes += size;
    for (size_t i = 0; i <= size; i++)
        tally->hash =
            (tally->hash ^ (uint8_t)(i < size ? line[i] : '\n')) * UINT64_C(0x100000001b3);
    if (tally->look)
        look_into(line, size);
    return true;
}

static void look_into(const char *line, size_t size)
{
    const char *problem;
    struct json_object *whole = json_decode(line, size, &problem);

    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        struct watch_event event;

        if (watch_event_decode(kind, line, size, &event) == NULL)
            check_event(kind, &event);
        else
            FUZZ_REQUIRE(event.object.object == NULL);
        watch_event_clear(&event);
    }
    if (json_object_is_type(json_at(whole, "object"), json_type_object))
        check_discovery(json_at(whole, "object"));
    json_object_put(whole);
}

static void check_event(enum kind kind, const struct watch_event *event)
{
    struct json_object *object = value_to_json(event->object.object);

    FUZZ_REQUIRE(json_object_is_type(object, json_type_object));
    FUZZ_REQUIRE(event->message != NULL && event->resource_version != NULL);
    FUZZ_REQUIRE(event->type == WATCH_ERROR || event->resource_version[0] != '\0');
    fuzz_require_stable(object);
    check_object(kind, &event->object, object);
    if (kind == KIND_ROUTE)
        check_route(object);
    if (kind == KIND_CERTIFICATE)
        check_fetched(json_encode(object));
    json_object_put(object);
}

/* An object of which nothing was left out says the same after it has been written and read again.
 */
static void check_object(enum kind kind, const struct projected *projected,
                         struct json_object *object)
{
    const char *text = json_encode(object);
    struct message first, second;
    char *first_problem = object_decode(kind, projected, &first);
    char *second_problem = object_read(kind, text, strlen(text), &second);

    if ((projected->too_long | projected->malformed) == 0) {
        FUZZ_REQUIRE(first.type == second.type);
        FUZZ_REQUIRE((first_problem == NULL) == (second_problem == NULL));
        FUZZ_REQUIRE(first.type == MESSAGE_NONE || message_equal(&first, &second));
    }
    check_decoded(kind, object, &first, first_problem);
    message_clear(&second);
    free(second_problem);
}

/* Clears MESSAGE and frees PROBLEM. */
static void check_decoded(enum kind kind, struct json_object *object, struct message *message,
                          char *problem)
{
    if (message->type != MESSAGE_NONE) {
        fuzz_require_sendable(message);
        fuzz_require_utf8(message);
        FUZZ_REQUIRE(message_allowed(message->type, ROLE_WATCHER, ROLE_RECONCILER));
    }
    FUZZ_REQUIRE((problem != NULL) ==
                 (message->type == MESSAGE_NONE || message->type == MESSAGE_UNREADABLE));
    if (problem == NULL)
        FUZZ_REQUIRE(strcmp(message->pool.name, json_text_at(object, "metadata.name")) == 0);
    if (problem == NULL && kind == KIND_POOL)
        check_pool(&message->pool);
    if (problem == NULL && kind == KIND_GATEWAY)
        check_gateway(&message->gateway);
    if (problem == NULL && kind == KIND_GATEWAY_CLASS)
        check_json_or_nothing(message->gateway_class.status);
    if (problem == NULL && kind == KIND_ROUTE)
        check_answers(message->route.answers);
    if (problem == NULL && kind == KIND_SERVICE)
        check_service(&message->service);
    if (problem == NULL && kind == KIND_CERTIFICATE)
        check_ledger(message->certificate.ledger);
    message_clear(message);
    if (problem != NULL)
        fuzz_require_line(problem);
}

static void check_pool(const struct pool_message *pool)
{
    FUZZ_REQUIRE(!pool->service_too_long || pool->service[0] == '\0');
    check_json_or_nothing(pool->service);
}

static void check_service(const struct service_message *service)
{
    check_json_or_nothing(service->spec);
    check_json_or_nothing(service->owners);
}

static void check_gateway(const struct gateway_message *gateway)
{
    check_json_or_nothing(gateway->listeners);
    check_json_or_nothing(gateway->status);
}

static void check_answers(const char *answers)
{
    struct route_answer answer = route_answer_of(answers, NULL);

    check_json_or_nothing(answers);
    TEXT_LIST_FOREACH (refusal, &answer.refusals)
        fuzz_require_line(memory_text(refusal));
    route_answer_clear(&answer);
}

/* The reconciler reads such a text again. */
static void check_json_or_nothing(const char *text)
{
    struct json_object *object = abbreviation_decode(text);

    FUZZ_REQUIRE((object != NULL) == (text[0] != '\0'));
    json_object_put(object);
}

static char *normal_of(struct json_object *spec)
{
    struct arena arena = {0};
    char *normal = route_spec_normal(value_of_json(&arena, spec));

    arena_clear(&arena);
    return normal;
}

/* The normal form of a normal form is itself, for whatever the API server takes for a spec. */
static void check_route(struct json_object *object)
{
    struct json_object *spec = json_at(object, "spec"), *again;
    const char *problem = NULL;
    char *first = normal_of(spec), *second;

    if (json_object_is_type(spec, json_type_object)) {
        again = json_decode(first, strlen(first), &problem);
        FUZZ_REQUIRE(again != NULL);
        second = normal_of(again);
        FUZZ_REQUIRE(strcmp(first, second) == 0);
        json_object_put(again);
        free(second);
    }
    free(first);
}

static void check_fetched(const char *text)
{
    struct certificate certificate;

    certificate_read(text, strlen(text), &certificate);
    if (certificate.problem == NULL) {
        FUZZ_REQUIRE(certificate.message.type == MESSAGE_CERTIFICATE);
        FUZZ_REQUIRE(certificate.manager != NULL);
        FUZZ_REQUIRE(certificate.message.certificate.ledger[0] == '\0' ||
                     certificate.has_annotations);
    }
    certificate_clear(&certificate);
}

/* What a ledger says can be written, and is then read as the same. */
static void check_ledger(const char *text)
{
    struct ledger ledger, again;
    char *written, *rewritten;

    if (ledger_read(text, &ledger) != NULL) {
        FUZZ_REQUIRE(ledger.count == 0 && ledger.entries == NULL);
        return;
    }
    written = ledger_text(&ledger);
    FUZZ_REQUIRE(ledger_read(written, &again) == NULL && again.count == ledger.count);
    rewritten = ledger_text(&again);
    FUZZ_REQUIRE(strcmp(written, rewritten) == 0);
    for (size_t i = 0; i < ledger.count; i++) {
        FUZZ_REQUIRE(ledger_find(&again, ledger.entries[i].name) != NULL);
        FUZZ_REQUIRE(text_list_equal(&ledger.entries[i].pools, &again.entries[i].pools));
    }
    ledger_clear(&ledger);
    ledger_clear(&again);
    free(written);
    free(rewritten);
}

static void check_discovery(struct json_object *object)
{
    size_t next = 0, candidates = 0;

    while (discovery_candidate(object, &next) != NULL)
        FUZZ_REQUIRE(++candidates < 16);
    discovery_has_routes(object);
}
