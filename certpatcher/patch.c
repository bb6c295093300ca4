/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that tlsrouted writes to a Certificate is in these few operations: the list of names,
 * the ledger, the phase, and the mark that it has to be changed. Each is guarded by tests, so a
 * decision about an old state changes nothing: names and ledger go only into the version that the
 * decision was about. */
#include "certpatcher/patch.h"

#include "common/base/memory.h"
#include "common/objects/json_patch.h"
#include "common/objects/paths.h"

#include <stdlib.h>

/* In a JSON Pointer a slash inside a name is written ~1. (RFC 6901, 3) */
static const char names_path[] = "/spec/dnsAltNames";
static const char annotations_path[] = "/metadata/annotations";
static const char ledger_path[] = "/metadata/annotations/" OPENVOX_GROUP "~1tlsrouted-injected";
static const char mark_path[] = "/metadata/annotations/" OPENVOX_GROUP "~1tlsrouted-reissue";

static void add_version_tests(struct json_object *patch, const struct certificate_message *);
static void add_test(struct json_object *patch, const char *path, const char *text);
static void add_annotations(struct json_object *patch, const struct certificate *,
                            const struct injection_plan *, bool marks);
static void add_ledger(struct json_object *patch, const struct injection_plan *);
static bool changes_names(const struct injection_plan *);
static struct json_object *list_of(const struct text_list *);

struct json_object *patch_names(const struct certificate *certificate,
                                const struct injection_plan *plan, bool marks)
{
    struct json_object *patch = json_object_new_array();

    add_version_tests(patch, &certificate->message.certificate);
    if (changes_names(plan))
        json_patch_add(patch, certificate->has_names ? "replace" : "add", names_path,
                       list_of(&plan->names));
    add_annotations(patch, certificate, plan, marks);
    return patch;
}

/* The operator changes the status as soon as it observes new names, and the version with it: what
 * has to be the same is the list. */
struct json_object *patch_phase(const struct certificate *certificate)
{
    const struct certificate_message *message = &certificate->message.certificate;
    struct json_object *patch = json_object_new_array();

    add_test(patch, "/metadata/uid", message->uid);
    if (certificate->has_names)
        json_patch_add(patch, "test", names_path, list_of(&message->names));
    add_test(patch, "/status/phase", "Signed");
    json_patch_add(patch, "replace", "/status/phase", json_object_new_string("Pending"));
    return patch;
}

/* Whatever else has changed since: the mark is ours. */
struct json_object *patch_unmark(const struct certificate *certificate)
{
    struct json_object *patch = json_object_new_array();

    add_test(patch, "/metadata/uid", certificate->message.certificate.uid);
    add_test(patch, mark_path, REISSUE_DUE);
    json_patch_remove(patch, mark_path);
    return patch;
}

static void add_version_tests(struct json_object *patch, const struct certificate_message *message)
{
    char *version = memory_format("%llu", (unsigned long long)message->resource_version);

    add_test(patch, "/metadata/uid", message->uid);
    add_test(patch, "/metadata/resourceVersion", version);
    free(version);
}

static void add_test(struct json_object *patch, const char *path, const char *text)
{
    json_patch_add(patch, "test", path, json_object_new_string(text));
}

/* "add" replaces a member that exists. (RFC 6902, 4.1) */
static void add_annotations(struct json_object *patch, const struct certificate *certificate,
                            const struct injection_plan *plan, bool marks)
{
    bool adds = marks || (plan->ledger_changes && plan->ledger[0] != '\0');

    if (adds && !certificate->has_annotations)
        json_patch_add(patch, "add", annotations_path, json_object_new_object());
    if (plan->ledger_changes)
        add_ledger(patch, plan);
    if (marks)
        json_patch_add(patch, "add", mark_path, json_object_new_string(REISSUE_DUE));
}

static void add_ledger(struct json_object *patch, const struct injection_plan *plan)
{
    if (plan->ledger[0] == '\0')
        json_patch_remove(patch, ledger_path);
    else
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
