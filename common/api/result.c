/* SPDX-License-Identifier: Apache-2.0 */
/* Callers decide by a few kinds of errors, and need to know neither HTTP nor libcurl. */
#include "common/api/result.h"

#include "common/base/json.h"

#include <stddef.h>
#include <string.h>

static const struct {
    int status;
    enum api_error error;
} statuses[] = {
    {400, API_BAD_REQUEST}, {401, API_UNAUTHORIZED}, {403, API_FORBIDDEN},
    {404, API_NOT_FOUND},   {304, API_NOT_MODIFIED}, {409, API_CONFLICT},
    {410, API_EXPIRED},     {422, API_INVALID},      {429, API_TOO_MANY},
};

static const char *const names[] = {
    [API_OK] = "ok",
    [API_BAD_REQUEST] = "bad request",
    [API_UNAUTHORIZED] = "unauthorized",
    [API_FORBIDDEN] = "forbidden",
    [API_NOT_FOUND] = "not found",
    [API_CONFLICT] = "conflict",
    [API_EXPIRED] = "expired",
    [API_INVALID] = "invalid",
    [API_TOO_MANY] = "too many requests",
    [API_SERVER_ERROR] = "server error",
    [API_NOT_MODIFIED] = "not modified",
    [API_OTHER_STATUS] = "unexpected status",
    [API_UNREACHABLE] = "unreachable",
    [API_UNTRUSTED] = "untrusted",
    [API_TIMEOUT] = "timeout",
    [API_TOO_LARGE] = "response too large",
    [API_PROTOCOL] = "protocol error",
    [API_FOREIGN] = "not the API server",
    [API_STARTING] = "starting",
};

enum api_error api_error_of_status(int status)
{
    if (status >= 200 && status <= 299)
        return API_OK;
    if (status >= 500 && status <= 599)
        return API_SERVER_ERROR;
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        if (statuses[i].status == status)
            return statuses[i].error;
    }
    return API_OTHER_STATUS;
}

/* An API server that was restored from a backup, or that lags behind another, does not know yet
 * what it is asked for. */
enum api_error api_error_of_object(int code, struct json_object *object)
{
    struct json_object *causes = json_at(object, "details.causes");

    if (!json_object_is_type(causes, json_type_array))
        return api_error_of_status(code);
    for (size_t i = 0; i < json_count(causes); i++) {
        const char *reason = json_text_at(json_item(causes, i), "reason");

        if (strcmp(reason, "ResourceVersionTooLarge") == 0)
            return API_EXPIRED;
    }
    return api_error_of_status(code);
}

const char *api_error_name(enum api_error error)
{
    size_t i = (size_t)error;

    return i < sizeof(names) / sizeof(names[0]) ? names[i] : "unknown";
}

bool api_error_is_global(enum api_error error)
{
    return error == API_UNREACHABLE || error == API_UNTRUSTED || error == API_UNAUTHORIZED ||
           error == API_FOREIGN || error == API_STARTING;
}

bool api_error_is_overload(enum api_error error)
{
    return error == API_TOO_MANY || error == API_SERVER_ERROR || error == API_TIMEOUT;
}

bool api_is_content_refused(const struct api_result *result)
{
    return result->error == API_INVALID && result->has_causes;
}

bool api_is_object_absent(const struct api_result *result)
{
    return result->error == API_NOT_FOUND && result->is_status;
}

bool api_is_rbac_refusal(int status, const char *message)
{
    return status == 403 && strstr(message, " cannot ") != NULL;
}

/* The API server gives the reason Forbidden, and says why in its message only. */
bool api_is_terminating(const struct api_result *result)
{
    return result->error == API_FORBIDDEN && strstr(result->message, "terminat") != NULL;
}
