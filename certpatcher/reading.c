#include "certpatcher/reading.h"

#include "common/json.h"
#include "common/ledger.h"
#include "common/memory.h"
#include "common/object.h"
#include "common/utf8.h"

#include <stdlib.h>
#include <string.h>

enum {
    MANAGER_MAX = 128 /* bytes (meta/v1, ManagedFieldsEntry) */
};

static char *manager_of_list(struct json_object *object);

void reading_of(struct json_object *object, struct reading *reading)
{
    const char *ledger = json_annotation(object, LEDGER_ANNOTATION);

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
    reading->manager = manager_of_list(object);
}

void reading_clear(struct reading *reading)
{
    message_clear(&reading->message);
    free(reading->problem);
    free(reading->manager);
    *reading = (struct reading){.message = message_of(MESSAGE_NONE)};
}

/* The newest entry that is not ours and has the list in it. The times are of one format, so they
 * compare as texts. The caller frees the result. */
static char *manager_of_list(struct json_object *object)
{
    struct json_object *entries = json_at(object, "metadata.managedFields");
    const char *newest = "", *manager = "";

    for (size_t i = 0;
         json_object_is_type(entries, json_type_array) && i < json_object_array_length(entries);
         i++) {
        struct json_object *entry = json_object_array_get_idx(entries, i);
        const char *time = json_text_at(entry, "time");

        if (strcmp(json_text_at(entry, "manager"), FIELD_MANAGER) == 0 ||
            json_at(entry, "fieldsV1.f:spec.f:dnsAltNames") == NULL || strcmp(time, newest) < 0)
            continue;
        newest = time;
        manager = json_text_at(entry, "manager");
    }
    return memory_bytes(manager, utf8_prefix(manager, MANAGER_MAX));
}
