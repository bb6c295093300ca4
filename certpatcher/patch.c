/* SPDX-License-Identifier: Apache-2.0 */
#include "certpatcher/patch.h"

#include "common/base/memory.h"
#include "common/objects/json_patch.h"

#include <stdlib.h>

/* A JSON Pointer writes a slash inside a name as ~1. (RFC 6901, 3) */
static const char names_path[] = "/spec/dnsAltNames";
static const char annotations_path[] = "/metadata/annotations";
static const char ledger_path[] = "/metadata/annotations/" OPENVOX_GROUP "~1tlsrouted-injected";

static void add_tests(struct json_object *patch, const struct fetched *,
                      const struct injection_plan *);
static void add_test(struct json_object *patch, const char *path, const char *text);
static void add_ledger(struct json_object *patch, const struct fetched *,
                       const struct injection_plan *);
static bool changes_names(const struct injection_plan *);
static struct json_object *list_of(const struct text_list *);

struct json_object *patch_names(const struct fetched *fetched, const struct injection_plan *plan)
{
    struct json_object *patch = json_object_new_array();

    add_tests(patch, fetched, plan);
    if (changes_names(plan))
        json_patch_add(patch, fetched->has_names ? "replace" : "add", names_path,
                       list_of(&plan->names));
    if (plan->ledger_changes)
        add_ledger(patch, fetched, plan);
    return patch;
}

struct json_object *patch_phase(const struct fetched *fetched)
{
    struct json_object *patch = json_object_new_array();

    add_test(patch, "/metadata/uid", fetched->message.certificate.uid);
    add_test(patch, "/status/phase", "Signed");
    json_patch_add(patch, "replace", "/status/phase", json_object_new_string("Pending"));
    return patch;
}

/* Where there is nothing to test, the whole object's version is tested instead. */
static void add_tests(struct json_object *patch, const struct fetched *fetched,
                      const struct injection_plan *plan)
{
    const struct certificate_message *certificate = &fetched->message.certificate;
    bool whole = !fetched->has_names || (plan->ledger_changes && !fetched->has_ledger);
    char *version;

    add_test(patch, "/metadata/uid", certificate->uid);
    if (fetched->has_names)
        json_patch_add(patch, "test", names_path, list_of(&certificate->names));
    if (fetched->has_ledger)
        add_test(patch, ledger_path, certificate->ledger);
    if (!whole)
        return;
    version = memory_format("%llu", (unsigned long long)certificate->resource_version);
    add_test(patch, "/metadata/resourceVersion", version);
    free(version);
}

static void add_test(struct json_object *patch, const char *path, const char *text)
{
    json_patch_add(patch, "test", path, json_object_new_string(text));
}

/* "add" on a member replaces it if it is there. (RFC 6902, 4.1) */
static void add_ledger(struct json_object *patch, const struct fetched *fetched,
                       const struct injection_plan *plan)
{
    if (plan->ledger[0] == '\0') {
        json_patch_remove(patch, ledger_path);
        return;
    }
    if (!fetched->has_annotations)
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
