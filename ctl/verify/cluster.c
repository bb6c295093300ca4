/* SPDX-License-Identifier: Apache-2.0 */
/* `verify` reads a few objects, one after the other, of which many Pools share some: what has been
 * read is kept for the next Pool. */
#include "ctl/verify/cluster.h"

#include "common/api/pages.h"
#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/objects/paths.h"
#include "ctl/connect/connection.h"

#include <stdlib.h>
#include <string.h>

struct cluster {
    struct connection *connection;
    struct json_object *results; /* by path, what has been read; null: it does not exist */
};

/* What is read at a path: an object, or a list page by page. */
struct reading {
    const struct projection *projection;
    struct json_object *found; /* the object, or the array that the list becomes */
    bool is_list;
    struct pages pages;
    enum pages_next next; /* of a list */
    enum api_error error;
    char *message; /* on error */
};

static struct json_object *read_path(struct cluster *, const char *path, enum kind, bool is_list,
                                     enum api_error *error, char **problem);
static void request(struct cluster *, const char *path, struct reading *);
static void on_done(const struct api_result *, void *context);
static const char *read_result(struct reading *, const struct api_result *);
static void add_item(const struct projected *, size_t size, void *reading);

#define NAMED_PATHS                                                                                \
    {                                                                                              \
        "metadata.name", JSON_BYTES(253)                                                           \
    }
static const struct projection_path pool_paths[] = {
    NAMED_PATHS,
    {"metadata.namespace", JSON_BYTES(63)},
    {"metadata.annotations[" PAUSED_ANNOTATION "]", 64},
    {"spec.route.enabled", 64},
    {"spec.route.hostname", JSON_BYTES(1024)},
    {"spec.route.injectDNSAltName", 64},
    {"spec.route.gatewayRef.namespace", JSON_BYTES(253)},
    {"spec.route.gatewayRef.name", JSON_BYTES(253)},
    {"spec.route.gatewayRef.sectionName", JSON_BYTES(253)},
};
static const struct projection_path server_paths[] = {
    NAMED_PATHS,
    {"spec.certificateRef", JSON_BYTES(253)},
    {"spec.poolRefs", JSON_BYTES(65536)},
};
static const struct projection_path certificate_paths[] = {
    NAMED_PATHS,
    {"spec.certname", JSON_BYTES(1024)},
    {"spec.dnsAltNames", JSON_BYTES(65536)},
    {"status.secretName", JSON_BYTES(253)},
    {"status.phase", JSON_BYTES(64)},
    {"status.effectiveDNSAltNames", JSON_BYTES(65536)},
};
static const struct projection_path gateway_paths[] = {
    NAMED_PATHS,
    {"spec.listeners[].name", JSON_BYTES(253)},
    {"spec.listeners[].hostname", JSON_BYTES(253)},
    {"spec.listeners[].protocol", JSON_BYTES(253)},
    {"spec.listeners[].port", 64},
    {"status.addresses[].value", JSON_BYTES(253)},
};

#define WANTED(paths)                                                                              \
    {                                                                                              \
        paths, sizeof(paths) / sizeof(paths[0])                                                    \
    }
static const struct projection projections[KIND_COUNT] = {
    [KIND_POOL] = WANTED(pool_paths),
    [KIND_SERVER] = WANTED(server_paths),
    [KIND_CERTIFICATE] = WANTED(certificate_paths),
    [KIND_GATEWAY] = WANTED(gateway_paths),
};

char *cluster_open(const char *path, const char *context, unsigned seconds,
                   struct cluster **cluster)
{
    struct connection *connection;
    char *error = connection_open(path, context, seconds, &connection);

    if (error != NULL)
        return error;
    *cluster = memory_new(1, sizeof(**cluster));
    (*cluster)->connection = connection;
    (*cluster)->results = json_object_new_object();
    return NULL;
}

void cluster_close(struct cluster *cluster)
{
    if (cluster == NULL)
        return;
    connection_close(cluster->connection);
    json_object_put(cluster->results);
    free(cluster);
}

struct json_object *cluster_get(struct cluster *cluster, enum kind kind, const char *namespace,
                                const char *name, char **problem)
{
    char *path = kind_path(kind, NULL, namespace, name);
    enum api_error error = API_OK;
    struct json_object *found;

    *problem = NULL;
    if (!json_object_object_get_ex(cluster->results, path, &found)) {
        found = read_path(cluster, path, kind, name == NULL, &error, problem);
        if (name != NULL && error == API_NOT_FOUND) {
            free(*problem);
            *problem = NULL;
        }
        if (*problem == NULL)
            json_object_object_add(cluster->results, path, found);
    }
    free(path);
    return found;
}

/* A new reference, or NULL with *ERROR and *PROBLEM. */
static struct json_object *read_path(struct cluster *cluster, const char *path, enum kind kind,
                                     bool is_list, enum api_error *error, char **problem)
{
    struct reading reading = {.projection = &projections[kind],
                              .found = is_list ? json_object_new_array() : NULL,
                              .is_list = is_list};

    reading.pages.use = (struct list_use){reading.projection, add_item, &reading};
    do
        request(cluster, path, &reading);
    while (is_list && (reading.next == PAGES_MORE || reading.next == PAGES_ANEW));
    pages_rewind(&reading.pages);
    *error = reading.error;
    if (reading.error != API_OK) {
        json_object_put(reading.found);
        reading.found = NULL;
        *problem = memory_format("cannot read %s: %s: %s", path, api_error_name(reading.error),
                                 reading.message);
    }
    free(reading.message);
    return reading.found;
}

static void request(struct cluster *cluster, const char *path, struct reading *reading)
{
    char *page = reading->is_list ? pages_path(&reading->pages, path) : memory_text(path);

    connection_request(cluster->connection,
                       &(struct api_request){.method = "GET",
                                             .path = page,
                                             .wants_text = !reading->is_list,
                                             .on_part = reading->is_list ? pages_add : NULL,
                                             .is_whole = pages_are_whole,
                                             .parts = &reading->pages,
                                             .on_done = on_done,
                                             .context = reading});
    free(page);
}

static void on_done(const struct api_result *result, void *context)
{
    struct reading *reading = context;
    const char *problem = result->error == API_OK ? read_result(reading, result) : NULL;

    reading->error = problem != NULL ? API_PROTOCOL : result->error;
    reading->next = pages_after(&reading->pages, reading->error);
    if (reading->is_list && reading->next == PAGES_ANEW) {
        json_object_put(reading->found);
        reading->found = json_object_new_array();
    }
    memory_replace(&reading->message, problem != NULL ? problem : result->message);
}

static const char *read_result(struct reading *reading, const struct api_result *result)
{
    struct projected projected;
    const char *problem;

    if (reading->is_list)
        return pages_end(&reading->pages, NULL);
    problem = projection_read(reading->projection, result->text, result->size, &projected);
    if (problem == NULL && projected.object == NULL)
        problem = "the response is not a JSON object";
    reading->found = value_to_json(projected.object);
    projected_clear(&projected);
    return problem;
}

static void add_item(const struct projected *item, size_t size, void *context)
{
    const struct reading *reading = context;

    (void)size;
    json_object_array_add(reading->found, value_to_json(item->object));
}
