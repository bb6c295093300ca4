/* SPDX-License-Identifier: Apache-2.0 */
/* What is changed in a Service, field by field, and what is left to others. */
#include "tests/unit/check.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/service_spec.h"
#include "reconciler/plan/service_changes.h"

/* The Service of the Pool p as it is made, and all of it is ours. */
#define LABELS                                                                                     \
    "\"app.kubernetes.io/managed-by\":\"openvox-operator\",\"app.kubernetes.io/name\":"            \
    "\"openvox\",\"openvox.voxpupuli.org/pool-p\":\"true\""
#define SELECTOR "\"selector\":{\"openvox.voxpupuli.org/pool-p\":\"true\"}"
#define PORT(number, rest)                                                                         \
    "{\"name\":\"https\",\"protocol\":\"TCP\",\"port\":" number ",\"targetPort\":8140" rest "}"
#define FOUND_AS(labels, annotations, type, rest, ports)                                           \
    "{\"labels\":{" labels "},\"annotations\":{" annotations "},\"spec\":{\"type\":\"" type        \
    "\"," SELECTOR rest ",\"ports\":[" ports "]}}"
#define FOUND(labels, annotations, rest, ports)                                                    \
    FOUND_AS(LABELS labels, annotations, "ClusterIP", rest, ports)
#define SAME FOUND("", "", "", PORT("8140", ""))

#define OURS(field) "\"" field "\":\"\""
#define OWN_LABELS                                                                                 \
    OURS("app.kubernetes.io/managed-by")                                                           \
    "," OURS("app.kubernetes.io/name") "," OURS("openvox.voxpupuli.org/pool-p")
#define OWN_SPEC "\"spec\":{" OURS("type") "," OURS("selector") "}"
#define OWN_PORT(number)                                                                           \
    "\"" number "/TCP\":{" OURS("name") "," OURS("port") "," OURS("targetPort") "}"
#define OWNERS(ours, others) "{\"ours\":{" ours "},\"others\":{" others "}}"
#define OWN_ALL              "\"labels\":{" OWN_LABELS "}," OWN_SPEC "," OWN_PORT("8140")
#define ADD(path, value)     "{\"op\":\"add\",\"path\":\"" path "\",\"value\":" value "}"
#define REMOVE(path)         "{\"op\":\"remove\",\"path\":\"" path "\"}"

static const struct {
    const char *row;
    const char *asked; /* the Pool's spec.service */
    unsigned port;
    const char *found, *owners;
    const char *patch;   /* the operations, without the brackets */
    const char *foreign; /* or NULL */
} rows[] = {
    {"as it is", "{}", 8140, SAME, OWNERS(OWN_ALL, ""), "", NULL},
    /* what is ours follows */
    {"the port", "{}", 9140, SAME, OWNERS(OWN_ALL, ""), ADD("/spec/ports/0/port", "9140"), NULL},
    {"the type", "{\"type\":\"NodePort\"}", 8140, SAME, OWNERS(OWN_ALL, ""),
     ADD("/spec/type", "\"NodePort\""), NULL},
    {"a node port", "{\"type\":\"NodePort\",\"nodePort\":30001}", 8140, SAME, OWNERS(OWN_ALL, ""),
     ADD("/spec/type", "\"NodePort\"") "," ADD("/spec/ports/0/nodePort", "30001"), NULL},
    {"the server's node port", "{\"type\":\"NodePort\"}", 8140,
     FOUND_AS(LABELS, "", "NodePort", "", PORT("8140", ",\"nodePort\":30001")), OWNERS(OWN_ALL, ""),
     "", NULL},
    {"a label", "{\"labels\":{\"a/b~c\":\"1\"}}", 8140, SAME, OWNERS(OWN_ALL, ""),
     ADD("/metadata/labels/a~1b~0c", "\"1\""), NULL},
    {"the first annotation", "{\"annotations\":{\"a\":\"1\"}}", 8140, SAME, OWNERS(OWN_ALL, ""),
     ADD("/metadata/annotations", "{}") "," ADD("/metadata/annotations/a", "\"1\""), NULL},
    {"externalIPs", "{\"externalIPs\":[\"192.0.2.1\"]}", 8140, SAME, OWNERS(OWN_ALL, ""),
     ADD("/spec/externalIPs", "[\"192.0.2.1\"]"), NULL},
    {"no label any more", "{}", 8140, FOUND(",\"a\":\"1\"", "", "", PORT("8140", "")),
     OWNERS("\"labels\":{" OWN_LABELS "," OURS("a") "}," OWN_SPEC "," OWN_PORT("8140"), ""),
     REMOVE("/metadata/labels/a"), NULL},
    {"no externalIPs any more", "{}", 8140,
     FOUND("", "", ",\"externalIPs\":[\"192.0.2.1\"]", PORT("8140", "")),
     OWNERS("\"labels\":{" OWN_LABELS "},\"spec\":{" OURS("type") "," OURS("selector") "," OURS(
                "externalIPs") "}," OWN_PORT("8140"),
            ""),
     REMOVE("/spec/externalIPs"), NULL},
    /* what has been removed comes back: nobody else has set it */
    {"a label removed", "{}", 8140,
     FOUND_AS("\"openvox.voxpupuli.org/pool-p\":\"true\",\"app.kubernetes.io/name\":\"openvox\"",
              "", "ClusterIP", "", PORT("8140", "")),
     OWNERS("\"labels\":{" OURS("openvox.voxpupuli.org/pool-p") "," OURS(
                "app.kubernetes.io/name") "}," OWN_SPEC "," OWN_PORT("8140"),
            ""),
     ADD("/metadata/labels/app.kubernetes.io~1managed-by", "\"openvox-operator\""), NULL},
    {"all labels removed", "{}", 8140, FOUND_AS("", "", "ClusterIP", "", PORT("8140", "")),
     OWNERS(OWN_SPEC "," OWN_PORT("8140"), ""),
     ADD("/metadata/labels", "{}") "," ADD(
         "/metadata/labels/app.kubernetes.io~1managed-by",
         "\"openvox-operator\"") "," ADD("/metadata/labels/app.kubernetes.io~1name",
                                         "\"openvox\"") "," ADD("/metadata/labels/"
                                                                "openvox.voxpupuli.org~1pool-p",
                                                                "\"true\""),
     NULL},
    {"the port removed for another", "{}", 8140, FOUND("", "", "", "{\"name\":\"x\",\"port\":1}"),
     OWNERS("\"labels\":{" OWN_LABELS "}," OWN_SPEC, "\"1/TCP\":{\"port\":\"helm\"}"),
     ADD("/spec/ports/-", PORT("8140", "")), NULL},
    {"all ports removed", "{}", 8140, FOUND("", "", "", ""),
     OWNERS("\"labels\":{" OWN_LABELS "}," OWN_SPEC, ""),
     ADD("/spec/ports", "[" PORT("8140", "") "]"), NULL},
    /* what others have set stays, and what is ours follows all the same */
    {"their label", "{}", 9140, FOUND(",\"z\":\"1\"", "", "", PORT("8140", "")),
     OWNERS(OWN_ALL, "\"labels\":{\"z\":\"helm\"}"), ADD("/spec/ports/0/port", "9140"), NULL},
    {"their annotations", "{\"annotations\":{\"a\":\"1\"}}", 8140,
     FOUND("", "\"long\":null", "", PORT("8140", "")),
     OWNERS(OWN_ALL, "\"annotations\":{\"long\":\"kubectl\"}"),
     ADD("/metadata/annotations/a", "\"1\""), NULL},
    {"their port beside ours", "{}", 9140,
     FOUND("", "", "", "{\"name\":\"m\",\"protocol\":\"TCP\",\"port\":1}," PORT("8140", "")),
     OWNERS(OWN_ALL, "\"1/TCP\":{\"port\":\"helm\",\"name\":\"helm\"}"),
     ADD("/spec/ports/1/port", "9140"), NULL},
    {"a label of both goes with them", "{}", 8140, FOUND(",\"z\":\"1\"", "", "", PORT("8140", "")),
     OWNERS("\"labels\":{" OWN_LABELS "," OURS("z") "}," OWN_SPEC "," OWN_PORT("8140"),
            "\"labels\":{\"z\":\"helm\"}"),
     "", NULL},
    {"a label of both follows the Pool", "{\"labels\":{\"z\":\"2\"}}", 8140,
     FOUND(",\"z\":\"1\"", "", "", PORT("8140", "")),
     OWNERS("\"labels\":{" OWN_LABELS "," OURS("z") "}," OWN_SPEC "," OWN_PORT("8140"),
            "\"labels\":{\"z\":\"helm\"}"),
     ADD("/metadata/labels/z", "\"2\""), NULL},
    {"two ports of ours", "{}", 8140, FOUND("", "", "", PORT("9140", "") "," PORT("8140", "")),
     OWNERS(OWN_ALL "," OWN_PORT("9140"), ""), REMOVE("/spec/ports/0"), NULL},
    /* what others have set to something else than the Pool asks for */
    {"their type", "{\"type\":\"NodePort\",\"nodePort\":30001}", 8140, SAME,
     OWNERS("\"labels\":{" OWN_LABELS "},\"spec\":{" OURS("selector") "}," OWN_PORT("8140"),
            "\"spec\":{\"type\":\"kubectl-edit\"}"),
     "", "spec.type (kubectl-edit)"},
    {"their type, as it is asked for", "{}", 8140, SAME,
     OWNERS("\"labels\":{" OWN_LABELS "},\"spec\":{" OURS("selector") "}," OWN_PORT("8140"),
            "\"spec\":{\"type\":\"kubectl-edit\"}"),
     "", NULL},
    {"their value of a label", "{\"labels\":{\"z\":\"2\"}}", 9140,
     FOUND(",\"z\":\"1\"", "", "", PORT("8140", "")),
     OWNERS(OWN_ALL, "\"labels\":{\"z\":\"helm\"}"), ADD("/spec/ports/0/port", "9140"),
     "metadata.labels[z] (helm)"},
    {"their long annotation", "{\"annotations\":{\"long\":\"1\"}}", 8140,
     FOUND("", "\"long\":null", "", PORT("8140", "")),
     OWNERS(OWN_ALL, "\"annotations\":{\"long\":\"kubectl\"}"), "",
     "metadata.annotations[long] (kubectl)"},
    {"their target port", "{}", 8140,
     FOUND("", "", "", "{\"name\":\"https\",\"protocol\":\"TCP\",\"port\":8140,\"targetPort\":9}"),
     OWNERS("\"labels\":{" OWN_LABELS "}," OWN_SPEC ",\"8140/TCP\":{" OURS("port") "}",
            "\"8140/TCP\":{\"targetPort\":\"kubectl-edit\"}"),
     "", "spec.ports[0].targetPort (kubectl-edit)"},
    {"their port with the name of ours", "{}", 8140, FOUND("", "", "", PORT("9", "")),
     OWNERS("\"labels\":{" OWN_LABELS "}," OWN_SPEC, "\"9/TCP\":{\"port\":\"kubectl-edit\"}"), "",
     "spec.ports[0] (kubectl-edit)"},
    {"their port without a name", "{}", 8140, FOUND("", "", "", "{\"port\":9}"),
     OWNERS("\"labels\":{" OWN_LABELS "}," OWN_SPEC, "\"9/TCP\":{\"port\":\"a\"}"), "",
     "spec.ports[0] (a)"},
    {"many of theirs", "{\"labels\":{\"a\":\"2\",\"b\":\"2\",\"c\":\"2\",\"d\":\"2\"}}", 8140,
     FOUND(",\"a\":\"1\",\"b\":\"1\",\"c\":\"1\",\"d\":\"1\"", "", "", PORT("8140", "")),
     OWNERS(OWN_ALL, "\"labels\":{\"a\":\"x\",\"b\":\"x\",\"c\":\"y\",\"d\":\"x\"}"), "",
     "metadata.labels[a] (x), metadata.labels[b] (x), metadata.labels[c] (y)"},
    /* whatever a message may hold */
    {"nothing", "{}", 8140, "", "", "", NULL},
    {"no objects", "{}", 8140, "[]", "[]", "", NULL},
    {"of other types", "{}", 8140, "{\"labels\":7,\"annotations\":{},\"spec\":7}", "7", "", NULL},
};

static void test_changes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_object *asked = check_json(rows[i].asked);
        struct json_object *desired = service_spec_new("p", asked, rows[i].port);
        const struct service_message service = {.spec = rows[i].found, .owners = rows[i].owners};
        char *text = service_spec_desired(desired);
        struct service_changes changes = service_changes(&service, text);
        char *patch = memory_format("[%s]", rows[i].patch);

        check_same_json(rows[i].row, json_object_get(changes.patch), patch);
        CHECK_ROW_TEXT(rows[i].row, changes.foreign, rows[i].foreign);
        free(patch);
        free(text);
        service_changes_clear(&changes);
        json_object_put(desired);
        json_object_put(asked);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_changes)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
