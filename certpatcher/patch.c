#include "certpatcher/patch.h"

#include "common/json.h"
#include "common/json_patch.h"

static const char names_path[] = "/spec/dnsAltNames";

/* Where there is no list to test, the whole object's version is tested instead. */
struct json_object *patch_add_name(struct json_object *certificate, const char *hostname)
{
    struct json_object *patch = json_object_new_array();
    struct json_object *names = json_at(certificate, "spec.dnsAltNames");
    struct json_object *name = json_object_new_string(hostname);

    json_patch_add(patch, "test", "/metadata/uid",
                   json_object_get(json_at(certificate, "metadata.uid")));
    if (names != NULL) {
        json_patch_add(patch, "test", names_path, json_object_get(names));
        json_patch_add(patch, "add", "/spec/dnsAltNames/-", name);
    } else {
        json_patch_add(patch, "test", "/metadata/resourceVersion",
                       json_object_get(json_at(certificate, "metadata.resourceVersion")));
        names = json_object_new_array();
        json_object_array_add(names, name);
        json_patch_add(patch, "add", names_path, names);
    }
    return patch;
}
