/* SPDX-License-Identifier: Apache-2.0 */
/* Others may share the Lease that are not of this version, or not even tlsrouted. What is written
 * here keeps their fields and the API's own meaning of ours. */
#include "reconciler/write/lease.h"

#include "common/base/delays.h"
#include "common/base/json.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static struct json_object *copy_of(struct json_object *lease);
static struct json_object *spec_of(struct json_object *lease);
static void set_number(struct json_object *object, const char *member, int64_t number);

enum lease_step lease_decide(struct json_object *lease, const char *identity, int64_t unchanged,
                             unsigned seconds)
{
    int64_t own = json_object_get_int64(json_at(lease, "spec.leaseDurationSeconds"));
    int64_t duration = own > 0 && own <= LEASE_FOREIGN_SECONDS_MAX ? own : (int64_t)seconds;

    if (strcmp(lease_holder(lease), identity) == 0)
        return LEASE_RENEW;
    if (lease_holder(lease)[0] == '\0' || unchanged >= duration * 1000)
        return LEASE_ACQUIRE;
    return LEASE_WAIT;
}

const char *lease_holder(struct json_object *lease)
{
    return json_text_at(lease, "spec.holderIdentity");
}

struct json_object *lease_held(struct json_object *lease, const char *name, const char *identity,
                               unsigned seconds, const struct timespec *now)
{
    struct json_object *held = copy_of(lease), *spec = spec_of(held);
    bool is_renewed = strcmp(lease_holder(held), identity) == 0;

    if (lease == NULL) {
        struct json_object *metadata = json_object_new_object();

        json_put_text(metadata, "name", name);
        json_object_object_add(held, "metadata", metadata);
    }
    if (!is_renewed) {
        int64_t before = json_object_get_int64(json_at(spec, "leaseTransitions"));

        if (lease == NULL || before < 0)
            set_number(spec, "leaseTransitions", 0);
        else if (before < INT32_MAX)
            set_number(spec, "leaseTransitions", before + 1);
        json_put_time(spec, "acquireTime", now);
    }
    json_put_text(spec, "holderIdentity", identity);
    set_number(spec, "leaseDurationSeconds", seconds);
    json_put_time(spec, "renewTime", now);
    return held;
}

struct json_object *lease_released(struct json_object *lease, const struct timespec *now)
{
    struct json_object *released = copy_of(lease), *spec = spec_of(released);

    json_put_text(spec, "holderIdentity", "");
    set_number(spec, "leaseDurationSeconds", 1);
    json_put_time(spec, "renewTime", now);
    return released;
}

/* With all that others wrote there, and without the record of who did. */
static struct json_object *copy_of(struct json_object *lease)
{
    struct json_object *copy = NULL;

    if (lease != NULL && json_object_deep_copy(lease, &copy, NULL) != 0)
        abort();
    if (copy == NULL)
        copy = json_object_new_object();
    json_put_text(copy, "apiVersion", "coordination.k8s.io/v1");
    json_put_text(copy, "kind", "Lease");
    if (json_at(copy, "metadata") != NULL)
        json_object_object_del(json_at(copy, "metadata"), "managedFields");
    return copy;
}

static struct json_object *spec_of(struct json_object *lease)
{
    if (!json_object_is_type(json_at(lease, "spec"), json_type_object))
        json_object_object_add(lease, "spec", json_object_new_object());
    return json_at(lease, "spec");
}

static void set_number(struct json_object *object, const char *member, int64_t number)
{
    json_object_object_add(object, member, json_object_new_int64(number));
}
