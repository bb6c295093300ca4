/* SPDX-License-Identifier: Apache-2.0 */
/* A stream tries again for hours if need be: people read of it once, and what they can do. */
#include "watcher/failure.h"

#include "common/base/log.h"

#include <string.h>

enum {
    PASSING_MAX = 2 /* failures in a row that are not worth a line */
};

static bool is_silent(struct failure *, enum api_error);
static bool is_passing(enum api_error);
static const char *remedy(const struct collection *, enum api_error);
static const char *namespace_of(const struct failure *);

void failure_log(struct failure *failure, enum api_error error, const char *reason)
{
    const struct collection *collection = failure->collection;
    const bool is_off = error == API_FORBIDDEN && kind_streams(collection->kind)->optional;

    if (error == API_EXPIRED) { /* ordinary: we were away for long, or etcd was compacted */
        log_info("listing again", LOG_TEXT("kind", kind_names(collection->kind)->name),
                 LOG_TEXT("namespace", collection->namespace), LOG_TEXT("reason", reason));
        return;
    }
    if (is_silent(failure, error))
        return;
    LOG_EVENT(is_off ? LOG_INFO : LOG_WARNING,
              is_off ? "no permission to read this kind; the checks that need it are off"
                     : "reading failed; trying again",
              LOG_TEXT("kind", kind_names(collection->kind)->name),
              LOG_TEXT("namespace", namespace_of(failure)),
              LOG_TEXT("error", api_error_name(error)), LOG_TEXT("reason", reason),
              LOG_TEXT("remedy", remedy(collection, error)), (struct log_field){.name = NULL});
    failure->logged = error;
}

void failure_over(struct failure *failure)
{
    if (failure->logged != API_OK)
        log_info("reading works again",
                 LOG_TEXT("kind", kind_names(failure->collection->kind)->name),
                 LOG_TEXT("namespace", namespace_of(failure)));
    failure->logged = API_OK;
    failure->passing = 0;
}

/* Others log that the API server or the Gateway API is not there, or that namespaces take turns. */
static bool is_silent(struct failure *failure, enum api_error error)
{
    if (error == API_FORBIDDEN && failure->collection->served != NULL)
        return true;
    if (error == API_NOT_FOUND && kind_streams(failure->collection->kind)->needs_gateway_api)
        return true;
    return api_error_is_global(error) || error == failure->logged ||
           (is_passing(error) && ++failure->passing <= PASSING_MAX);
}

/* What a server says while it starts or is busy. */
static bool is_passing(enum api_error error)
{
    return error == API_TOO_MANY || error == API_SERVER_ERROR;
}

static const char *remedy(const struct collection *collection, enum api_error error)
{
    if (error == API_BAD_REQUEST && collection->selector[0] != '\0')
        return "correct poolSelector in the configuration";
    if (error == API_FORBIDDEN)
        return "grant the watcher's account get, list and watch on this kind (packaging/kustomize)";
    if (error == API_NOT_FOUND && strcmp(kind_names(collection->kind)->group, OPENVOX_GROUP) == 0)
        return "install the OpenVox CRDs (packaging/crds)";
    return NULL;
}

static const char *namespace_of(const struct failure *failure)
{
    return failure->collection->namespace[0] != '\0' ? failure->collection->namespace : NULL;
}
