/* SPDX-License-Identifier: Apache-2.0 */
/* Who may write a Pool need not be trusted with the traffic of others: externalIPs lead that of any
 * address to the Pool's Servers, and ports of nodes and load balancers open the cluster. */
#include "reconciler/plan/service_fields.h"

#include "common/base/json.h"
#include "common/base/memory.h"

#include <string.h>

static bool drop_external_ips(struct json_object *spec);
static bool drop_load_balancer(struct json_object *spec);
static bool drop_node_port(struct json_object *spec);
static bool drop_type(struct json_object *spec, const char *type);

struct service_fields service_fields_of(const struct settings_message *settings)
{
    return (struct service_fields){
        .external_ips = (enum service_field_policy)settings->external_ips,
        .node_port = (enum service_field_policy)settings->node_port,
        .load_balancer = (enum service_field_policy)settings->load_balancer,
    };
}

void service_fields_deny(struct json_object *spec, const struct service_fields *policies,
                         struct findings *findings)
{
    const struct {
        enum service_field_policy policy;
        bool (*drop)(struct json_object *spec); /* whether it was there */
        const char *name, *key;
    } fields[] = {
        {policies->external_ips, drop_external_ips, "externalIPs", "externalIPs"},
        {policies->load_balancer, drop_load_balancer, "type LoadBalancer", "loadBalancer"},
        {policies->node_port, drop_node_port, "a node port", "nodePort"},
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (fields[i].policy == SERVICE_FIELD_DENY && fields[i].drop(spec))
            findings_add(findings, FINDING_SERVICE_FIELD_DENIED,
                         memory_format("spec.service of the Pool asks for %s, which this "
                                       "installation does not allow, so the Service is kept "
                                       "without; remove it, or set serviceFields.%s: allow",
                                       fields[i].name, fields[i].key));
    }
}

/* An empty list asks for none. */
static bool drop_external_ips(struct json_object *spec)
{
    struct json_object *addresses = json_at(spec, "externalIPs");

    if (addresses == NULL ||
        (json_object_is_type(addresses, json_type_array) && json_count(addresses) == 0))
        return false;
    json_object_object_del(spec, "externalIPs");
    return true;
}

static bool drop_load_balancer(struct json_object *spec)
{
    return drop_type(spec, "LoadBalancer");
}

/* The number counts only with a type that has node ports. A load balancer keeps one, of the API
 * server's choice. */
static bool drop_node_port(struct json_object *spec)
{
    bool is_chosen = json_object_get_int64(json_at(spec, "nodePort")) > 0;
    const char *type = json_text_at(spec, "type");

    if (type[0] == '\0' || strcmp(type, "ClusterIP") == 0)
        return false;
    if (is_chosen)
        json_object_object_del(spec, "nodePort");
    return drop_type(spec, "NodePort") || is_chosen;
}

/* Without a type it is ClusterIP. */
static bool drop_type(struct json_object *spec, const char *type)
{
    if (strcmp(json_text_at(spec, "type"), type) != 0)
        return false;
    json_object_object_del(spec, "type");
    return true;
}
