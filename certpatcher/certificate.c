/* SPDX-License-Identifier: Apache-2.0 */
/* The message of a Certificate has what a plan needs. A patch must also know which fields are
 * absent, and the message does not tell absent from empty. */
#include "certpatcher/certificate.h"

#include "common/base/json.h"
#include "common/base/line.h"
#include "common/base/memory.h"
#include "common/objects/ledger.h"
#include "common/objects/object.h"

#include <stdlib.h>
#include <string.h>

enum {
    MANAGER_MAX = MESSAGE_BOUND(inject_result, manager)
};

static bool manages_names(struct json_object *entry);

void certificate_decode(struct json_object *object, struct certificate *certificate)
{
    const char *ledger = json_text_member(object, "metadata.annotations", LEDGER_ANNOTATION),
               *manager;

    *certificate = (struct certificate){0};
    certificate->problem = object_decode(KIND_CERTIFICATE, object, &certificate->message);
    if (certificate->problem != NULL)
        return;
    certificate->has_names = json_at(object, "spec.dnsAltNames") != NULL;
    certificate->has_annotations =
        json_object_is_type(json_at(object, "metadata.annotations"), json_type_object);
    certificate->has_ledger =
        ledger != NULL && strcmp(ledger, certificate->message.certificate.ledger) == 0;
    certificate->is_signed = strcmp(json_text_at(object, "status.phase"), "Signed") == 0;
    manager = object_manager(object, manages_names);
    certificate->manager = line_of(manager, MANAGER_MAX);
}

struct certificate certificate_none(void)
{
    return (struct certificate){.message = message_of(MESSAGE_NONE)};
}

void certificate_clear(struct certificate *certificate)
{
    message_clear(&certificate->message);
    free(certificate->problem);
    free(certificate->manager);
    *certificate = certificate_none();
}

static bool manages_names(struct json_object *entry)
{
    return json_at(entry, "fieldsV1.f:spec.f:dnsAltNames") != NULL;
}
