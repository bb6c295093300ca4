/* SPDX-License-Identifier: Apache-2.0 */
/* The message of a Certificate has what a plan needs. A patch must also know which fields are
 * absent, and the message does not tell absent from empty. */
#include "certpatcher/certificate.h"

#include "common/base/line.h"
#include "common/base/memory.h"
#include "common/objects/object.h"
#include "common/objects/paths.h"

#include <stdlib.h>
#include <string.h>

enum {
    MANAGER_MAX = 128 /* bytes, as in the API */
};

static bool manages_names(const struct value *entry);

/* The paths of the message, and some more. */
static const struct projection_path paths[] = {
    CERTIFICATE_PATHS(OBJECT_PATH, OBJECT_OTHER_PATH, certificate)
        MANAGER_PATHS(OBJECT_PATH, OBJECT_OTHER_PATH,
                      certificate){"metadata.managedFields[].fieldsV1.f:spec.f:dnsAltNames", 0},
};
static const struct projection projection = {paths, sizeof(paths) / sizeof(paths[0])};

const struct projection *certificate_projection(void)
{
    return &projection;
}

void certificate_decode(const struct projected *projected, struct certificate *certificate)
{
    const struct value *object = projected->object;
    struct managers managers;
    const char *phase = value_text_at(object, "status.phase");

    *certificate = (struct certificate){0};
    certificate->problem = object_decode(KIND_CERTIFICATE, projected, &certificate->message);
    if (certificate->problem != NULL)
        return;
    certificate->has_names = value_at(object, "spec.dnsAltNames") != NULL;
    certificate->has_annotations =
        value_is(value_at(object, "metadata.annotations"), json_type_object);
    certificate->is_signed = strcmp(phase, "Signed") == 0;
    certificate->is_requested = phase[0] != '\0' && strcmp(phase, "Pending") != 0;
    managers = managers_of(object, manages_names);
    certificate->manager = line_of(managers.other, MANAGER_MAX);
    certificate->manager_time = managers.other_time;
    certificate->own_time = managers.own_time;
}

void certificate_read(const char *text, size_t size, struct certificate *certificate)
{
    struct projected projected;
    const char *problem = projection_read(&projection, text, size, &projected);

    if (problem != NULL) {
        *certificate = certificate_none();
        certificate->problem = memory_text(problem);
        return;
    }
    certificate_decode(&projected, certificate);
    projected_clear(&projected);
}

struct managers certificate_managers(const struct certificate *certificate)
{
    return (struct managers){certificate->manager != NULL ? certificate->manager : "",
                             certificate->manager_time, certificate->own_time};
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

static bool manages_names(const struct value *entry)
{
    return value_at(entry, "fieldsV1.f:spec.f:dnsAltNames") != NULL;
}
