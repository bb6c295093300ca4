/* SPDX-License-Identifier: Apache-2.0 */
/* The reconciler may have been taken over, and its texts become part of the path of an API request:
 * whatever is not served, or not a valid name, stops here. */
#include "certpatcher/request.h"

#include "common/objects/hostname.h"

static bool is_served(const char *namespace, const struct settings_message *settings);

const char *request_refusal(const char *namespace, const char *name,
                            const struct settings_message *settings)
{
    if (!is_served(namespace, settings))
        return "the namespace is not served";
    if (object_name_problem(name) != NULL)
        return "no Certificate can have that name";
    return NULL;
}

bool request_is_empty(const struct inject_message *request)
{
    return request->add.count + request->withdraw.count == 0 && !request->record;
}

static bool is_served(const char *namespace, const struct settings_message *settings)
{
    if (settings->namespaces.count > 0)
        return text_list_has(&settings->namespaces, namespace);
    return label_name_problem(namespace) == NULL;
}
