/* SPDX-License-Identifier: Apache-2.0 */
/* The table of paths against the decoder: an object without all that is in none of the paths means
 * the same, and without any one of them something else. */
#include "tests/unit/check.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/object.h"
#include "common/objects/paths.h"

static struct json_object *projected(struct json_object *object, enum kind kind, size_t without);
static void copy_path(struct json_object *from, struct json_object *to, const char *path);
static const char *take_member(const char *path, char *member, size_t size);
static struct message decoded_object(enum kind, struct json_object *);

#define PATH_TEXT(M, path, TYPE, field) path,
#define PATHS_OF(NAME, name, ...)                                                                  \
    static const char *const name##_paths[] = {NAME##_PATHS(PATH_TEXT, name)};
KINDS(PATHS_OF)

#define PATHS_ROW(NAME, name, ...) [KIND_##NAME] = {name##_paths, COUNT_OF(name##_paths)},
static const struct {
    const char *const *paths;
    size_t count;
} tables[KIND_COUNT] = {KINDS(PATHS_ROW)};

#define METADATA                                                                                   \
    "\"metadata\":{\"namespace\":\"n\",\"name\":\"m\",\"uid\":\"u\",\"resourceVersion\":\"7\","    \
    "\"creationTimestamp\":\"2026-01-02T03:04:05Z\",\"generation\":2,"                             \
    "\"deletionTimestamp\":\"2026-01-03T00:00:00Z\",\"finalizers\":[\"f\"],"                       \
    "\"labels\":{\"l\":\"1\"},\"selfLink\":\"s\","                                                 \
    "\"annotations\":{\"" PAUSED_ANNOTATION "\":\"true\",\"" LEDGER_ANNOTATION "\":\"{}\","        \
    "\"other\":\"x\"},"                                                                            \
    "\"ownerReferences\":[{\"controller\":true,\"kind\":\"Pool\",\"name\":\"m\",\"uid\":\"p\"}],"  \
    "\"managedFields\":[{\"manager\":\"kubectl\",\"time\":\"2026-01-02T03:04:05Z\"}]}"

/* An object with something at each of its paths, and more. */
static const char *const whole[KIND_COUNT] = {
    [KIND_POOL] = "{" METADATA ",\"spec\":{\"image\":\"i\",\"service\":{\"port\":1,\"type\":\"t\"},"
                  "\"route\":{\"enabled\":true,\"hostname\":\"h\",\"injectDNSAltName\":true,"
                  "\"gatewayRef\":{\"namespace\":\"g\",\"name\":\"g\",\"sectionName\":\"s\","
                  "\"other\":1},\"other\":[]}},\"status\":{\"phase\":\"x\"}}",
    [KIND_SERVER] = "{" METADATA ",\"spec\":{\"certificateRef\":\"c\",\"poolRefs\":[\"p\"],"
                    "\"replicas\":3},\"status\":{\"phase\":\"x\"}}",
    [KIND_CERTIFICATE] = "{" METADATA ",\"spec\":{\"dnsAltNames\":[\"a\"],\"certname\":\"c\"},"
                         "\"status\":{\"effectiveDNSAltNames\":[\"b\"],\"phase\":\"Signed\"}}",
    [KIND_ROUTE] = "{" METADATA ",\"spec\":{\"parentRefs\":[{\"name\":\"g\"}]},"
                   "\"status\":{\"other\":1,\"parents\":[{\"parentRef\":{\"name\":\"g\"},"
                   "\"conditions\":[{\"type\":\"Accepted\",\"status\":\"False\",\"reason\":\"r\","
                   "\"message\":\"m\",\"observedGeneration\":1},"
                   "{\"type\":\"ResolvedRefs\",\"status\":\"False\",\"reason\":\"r\","
                   "\"message\":\"m\",\"observedGeneration\":2}]}]}}",
    [KIND_SERVICE] = "{" METADATA ",\"spec\":{\"type\":\"NodePort\",\"selector\":{\"a\":\"b\"},"
                     "\"externalIPs\":[\"192.0.2.1\"],\"clusterIP\":\"10.0.0.1\","
                     "\"ports\":[{\"port\":1,\"nodePort\":30000}]},\"status\":{\"x\":1}}",
    [KIND_GATEWAY] = "{" METADATA ",\"spec\":{\"gatewayClassName\":\"c\","
                     "\"listeners\":[{\"name\":\"l\"}]},\"status\":{\"listeners\":[]}}",
};

/* Nothing else is read: so a stream may leave out the rest before it builds an object. */
static void test_enough(void **state)
{
    (void)state;
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        struct json_object *object = check_json(whole[kind]);
        struct json_object *part = projected(object, kind, SIZE_MAX);
        struct message of_object = decoded_object(kind, object);
        struct message of_part = decoded_object(kind, part);

        CHECK_ROW(kind_names(kind)->name, !json_object_equal(object, part));
        CHECK_ROW(kind_names(kind)->name, message_kind(of_object.type) == kind);
        CHECK_ROW(kind_names(kind)->name, message_equal(&of_object, &of_part));
        message_clear(&of_object);
        message_clear(&of_part);
        json_object_put(object);
        json_object_put(part);
    }
}

/* The port alone cannot be left out: spec.service brings it too. */
static void test_needed(void **state)
{
    (void)state;
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        struct json_object *object = check_json(whole[kind]);
        struct message of_object = decoded_object(kind, object);

        for (size_t i = 0; i < tables[kind].count; i++) {
            struct json_object *part = projected(object, kind, i);
            struct message of_part = decoded_object(kind, part);

            CHECK_ROW(tables[kind].paths[i],
                      !message_equal(&of_object, &of_part) ||
                          strcmp(tables[kind].paths[i], "spec.service.port") == 0);
            message_clear(&of_part);
            json_object_put(part);
        }
        message_clear(&of_object);
        json_object_put(object);
    }
}

/* The parts of OBJECT at the paths of KIND but for the path number WITHOUT and what is below it. */
static struct json_object *projected(struct json_object *object, enum kind kind, size_t without)
{
    struct json_object *part = json_object_new_object();
    const char *const *paths = tables[kind].paths;

    for (size_t i = 0; i < tables[kind].count; i++) {
        if (without == SIZE_MAX || strncmp(paths[i], paths[without], strlen(paths[without])) != 0)
            copy_path(object, part, paths[i]);
    }
    return part;
}

static void copy_path(struct json_object *from, struct json_object *to, const char *path)
{
    char member[128];
    struct json_object *value, *place;

    path = take_member(path, member, sizeof(member));
    if (!json_object_object_get_ex(from, member, &value))
        fail_msg("no %s in the object of the test", member);
    if (*path == '\0') {
        json_object_object_add(to, member, json_object_get(value));
        return;
    }
    if (!json_object_object_get_ex(to, member, &place)) {
        place = json_object_new_object();
        json_object_object_add(to, member, place);
    }
    copy_path(value, place, path);
}

/* The first member of PATH; returns the rest. */
static const char *take_member(const char *path, char *member, size_t size)
{
    size_t length = path[0] == '[' ? strcspn(++path, "]") : strcspn(path, ".[");

    assert_true(length > 0 && length < size);
    memcpy(member, path, length);
    member[length] = '\0';
    path += length;
    return path + strspn(path, "].");
}

/* Whatever it becomes: a message of the kind, one that it is unreadable, or none. */
static struct message decoded_object(enum kind kind, struct json_object *object)
{
    struct message message;

    free(object_decode(kind, object, &message));
    return message;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enough),
        cmocka_unit_test(test_needed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
