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

void reading_of(struct json_object *object, struct reading *reading)
{
    const char *ledger = json_annotation(object, LEDGER_ANNOTATION), *manager;

    *reading = (struct reading){0};
    reading->problem = object_decode(KIND_CERTIFICATE, object, &reading->message);
    if (reading->problem != NULL)
        return;
    reading->has_names = json_at(object, "spec.dnsAltNames") != NULL;
    reading->has_annotations =
        json_object_is_type(json_at(object, "metadata.annotations"), json_type_object);
    reading->has_ledger =
        ledger != NULL && strcmp(ledger, reading->message.certificate.ledger) == 0;
    reading->is_signed = strcmp(json_text_at(object, "status.phase"), "Signed") == 0;
    manager = object_manager(object, has_list);
    reading->manager = memory_bytes(manager, utf8_prefix(manager, MANAGER_MAX));
}

void reading_clear(struct reading *reading)
{
    message_clear(&reading->message);
    free(reading->problem);
    free(reading->manager);
    *reading = (struct reading){.message = message_of(MESSAGE_NONE)};
}

static bool has_list(struct json_object *entry)
{
    return json_at(entry, "fieldsV1.f:spec.f:dnsAltNames") != NULL;
}
