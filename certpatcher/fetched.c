/* SPDX-License-Identifier: Apache-2.0 */
#include "certpatcher/fetched.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/base/utf8.h"
#include "common/objects/ledger.h"
#include "common/objects/object.h"

#include <stdlib.h>
#include <string.h>

enum {
    MANAGER_MAX = 128 /* bytes (meta/v1, ManagedFieldsEntry) */
};

static bool has_list(struct json_object *entry);

void fetched_of(struct json_object *object, struct fetched *fetched)
{
    const char *ledger = json_text_member(object, "metadata.annotations", LEDGER_ANNOTATION),
               *manager;

    *fetched = (struct fetched){0};
    fetched->problem = object_decode(KIND_CERTIFICATE, object, &fetched->message);
    if (fetched->problem != NULL)
        return;
    fetched->has_names = json_at(object, "spec.dnsAltNames") != NULL;
    fetched->has_annotations =
        json_object_is_type(json_at(object, "metadata.annotations"), json_type_object);
    fetched->has_ledger =
        ledger != NULL && strcmp(ledger, fetched->message.certificate.ledger) == 0;
    fetched->is_signed = strcmp(json_text_at(object, "status.phase"), "Signed") == 0;
    manager = object_manager(object, has_list);
    fetched->manager = memory_bytes(manager, utf8_prefix(manager, MANAGER_MAX));
}

void fetched_clear(struct fetched *fetched)
{
    message_clear(&fetched->message);
    free(fetched->problem);
    free(fetched->manager);
    *fetched = (struct fetched){.message = message_of(MESSAGE_NONE)};
}

static bool has_list(struct json_object *entry)
{
    return json_at(entry, "fieldsV1.f:spec.f:dnsAltNames") != NULL;
}
