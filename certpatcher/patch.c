/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that tlsrouted writes to a Certificate is in these few operations: the list of names,
 * the ledger, and the phase. Each is guarded by tests, so a decision about an old state changes
 * nothing. */
#include "certpatcher/patch.h"

#include "common/base/memory.h"
#include "common/objects/json_patch.h"

#include <stdlib.h>

/* In a JSON Pointer a slash inside a name is written ~1. (RFC 6901, 3) */
static const char names_path[] = "/spec/dnsAltNames";
static const char annotations_path[] = "/metadata/annotations";
static const char ledger_path[] = "/metadata/annotations/" OPENVOX_GROUP "~1tlsrouted-injected";

static void add_tests(struct json_object *patch, const struct certificate *,
                      const struct injection_plan *);
static void add_test(struct json_object *patch, const char *path, const char *text);
static void add_ledger(struct json_object *patch, const struct certificate *,
                       const struct injection_plan *);
static bool changes_names(const struct injection_plan *);
static struct json_object *list_of(const struct text_list *);

struct json_object *patch_names(const struct certificate *certificate,
                                const struct injection_plan *plan)
{
    struct json_object *patch = json_object_new_array();

    add_tests(patch, certificate, plan);
    if (changes_names(plan))
        json_patch_add(patch, certificate->has_names ? "replace" : "add", names_path,
                       list_of(&plan->names));
    if (plan->ledger_changes)
        add_ledger(patch, certificate, plan);
    return patch;
}

struct json_object *patch_phase(const struct certificate *certificate)
{
    struct json_object *patch = json_object_new_array();

    add_test(patch, "/metadata/uid", certificate->message.certificate.uid);
    add_test(patch, "/status/phase", "Signed");
    json_patch_add(patch, "replace", "/status/phase", json_object_new_string("Pending"));
    return patch;
}

/* What is not there cannot be tested; then the version of the whole object is tested instead. */
static void add_tests(struct json_object *patch, const struct certificate *certificate,
                      const struct injection_plan *plan)
{
    const struct certificate_message *message = &certificate->message.certificate;
    bool test_version =
        !certificate->has_names || (plan->ledger_changes && !certificate->has_ledger);
    char *version;

    add_test(patch, "/metadata/uid", message->uid);
    if (certificate->has_names)
        json_patch_add(patch, "test", names_path, list_of(&message->names));
    if (certificate->has_ledger)
        add_test(patch, ledger_path, message->ledger);
    if (!test_version)
        return;
    version = memory_format("%llu", (unsigned long long)message->resource_version);
    add_test(patch, "/metadata/resourceVersion", version);
    free(version);
}

static void add_test(struct json_object *patch, const char *path, const char *text)
{
    json_patch_add(patch, "test", path, json_object_new_string(text));
}

/* "add" replaces a member that exists. (RFC 6902, 4.1) */
static void add_ledger(struct json_object *patch, const struct certificate *certificate,
                       const struct injection_plan *plan)
{
    if (plan->ledger[0] == '\0') {
        json_patch_remove(patch, ledger_path);
        return;
    }
    if (!certificate->has_annotations)
        json_patch_add(patch, "add", annotations_path, json_object_new_object());
    json_patch_add(patch, "add", ledger_path, json_object_new_string(plan->ledger));
}

static bool changes_names(const struct injection_plan *plan)
{
    return plan->added.count + plan->removed.count > 0;
}

static struct json_object *list_of(const struct text_list *texts)
{
    struct json_object *list = json_object_new_array();

    TEXT_LIST_FOREACH (text, texts)
        json_object_array_add(list, json_object_new_string(text));
    return list;
}
