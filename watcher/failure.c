/* SPDX-License-Identifier: Apache-2.0 */
/* A stream tries again for hours if need be: people read of it once, and what they can do. */
#include "watcher/failure.h"

#include "common/api/remedy.h"
#include "common/base/log.h"

#include <string.h>

enum {
    PASSING_MAX = 2 /* failures in a row that are not worth a line */
};

static bool is_known_otherwise(const struct failure *, enum api_error, bool was_opened);
static bool is_passing(enum api_error, bool was_opened);
static void log_failure(struct failure *, enum api_error, const char *reason);
static void log_listing(const struct failure *, const char *reason);
static const char *remedy(const struct collection *, enum api_error, const char *reason);
static const char *namespace_of(const struct failure *);

/* What cannot be checked without an optional kind. */
static const char *const checks[KIND_COUNT] = {
    [KIND_SERVICE] = "BackendMissing, and keeping Services",
    [KIND_GATEWAY] = "GatewayNotReady",
    [KIND_GATEWAY_CLASS] = "whose report on a TLSRoute counts",
};

void failure_log(struct failure *failure, enum api_error error, bool was_opened, const char *reason)
{
    const uint32_t bit = UINT32_C(1) << error;

    if (is_known_otherwise(failure, error, was_opened))
        return;
    if (is_passing(error, was_opened) && ++failure->passing <= PASSING_MAX) {
        if (error == API_EXPIRED) /* ordinary: we were away for long, or etcd was compacted */
            log_listing(failure, reason);
        return;
    }
    if (failure->is_again || (failure->is_lasting && (failure->logged & bit) != 0))
        return;
    failure->is_again = failure->logged != 0 && !failure->is_lasting;
    failure->is_lasting = true;
    failure->logged |= bit;
    log_failure(failure, error, reason);
}

void failure_passed(struct failure *failure)
{
    if (!failure->is_lasting || failure->is_again)
        return;
    failure->is_lasting = false;
    cause_log_leave(&failure->member, CAUSE_OVER);
}

void failure_over(struct failure *failure)
{
    cause_log_leave(&failure->member, CAUSE_OVER);
    failure->is_lasting = failure->is_again = false;
    failure->logged = 0;
    failure->passing = 0;
}

void failure_gone(struct failure *failure)
{
    cause_log_leave(&failure->member, CAUSE_GONE);
}

/* Others log that the API server or the Gateway API is not there, or that namespaces take turns. A
 * server that breaks off what it has begun to answer is there. */
static bool is_known_otherwise(const struct failure *failure, enum api_error error, bool was_opened)
{
    return (error == API_FORBIDDEN && failure->collection->served != NULL) ||
           (error == API_NOT_FOUND && kind_streams(failure->collection->kind)->needs_gateway_api) ||
           (api_error_is_global(error) && !was_opened);
}

/* What a server says while it starts or is busy, and what it does when it ends. */
static bool is_passing(enum api_error error, bool was_opened)
{
    return error == API_EXPIRED || error == API_TOO_MANY || error == API_SERVER_ERROR ||
           (error == API_UNREACHABLE && was_opened);
}

static void log_failure(struct failure *failure, enum api_error error, const char *reason)
{
    const struct collection *collection = failure->collection;
    const bool is_off = error == API_FORBIDDEN && kind_streams(collection->kind)->optional;

    cause_log_join(&failure->member,
                   &(struct cause_details){
                       .level = is_off ? LOG_INFO : LOG_WARNING,
                       .text = is_off ? "no permission to read this kind; the checks that need it "
                                        "are off"
                               : failure->is_again
                                   ? "reading fails again and again; trying more slowly"
                                   : "reading failed; trying again",
                       .over = "reading works again",
                       .who = {LOG_TEXT("kind", kind_names(collection->kind)->name),
                               LOG_TEXT("namespace", namespace_of(failure))},
                       .why = {LOG_TEXT("error", api_error_name(error)), LOG_TEXT("reason", reason),
                               LOG_TEXT("off", is_off ? checks[collection->kind] : NULL)},
                       .remedy = remedy(collection, error, reason),
                   });
}

/* Those of one namespace have a line each. */
static void log_listing(const struct failure *failure, const char *reason)
{
    cause_log_happened(&(struct cause_details){
        .level = LOG_INFO,
        .text = "listing again",
        .who = {LOG_TEXT("kind", kind_names(failure->collection->kind)->name),
                LOG_TEXT("namespace", namespace_of(failure))},
        .why = {LOG_TEXT("reason", reason)},
        .named_max = KIND_COUNT,
    });
}

static const char *remedy(const struct collection *collection, enum api_error error,
                          const char *reason)
{
    if (error == API_BAD_REQUEST && collection->selector[0] != '\0')
        return "correct poolSelector in the configuration";
    if (error == API_FORBIDDEN)
        return "grant the watcher's account get, list and watch on this kind (packaging/kustomize)";
    if (error == API_NOT_FOUND && strcmp(kind_names(collection->kind)->group, OPENVOX_GROUP) == 0)
        return "install the OpenVox CRDs (packaging/crds)";
    return api_remedy(error, reason);
}

static const char *namespace_of(const struct failure *failure)
{
    return failure->collection->namespace[0] != '\0' ? failure->collection->namespace : NULL;
}
