/* SPDX-License-Identifier: Apache-2.0 */
/* State machines around requests are tested without a server: what they send is looked at, and each
 * answer comes when the test gives it. */
#include "tests/unit/fake_api.h"

#include "tests/unit/check.h"

#include "common/base/memory.h"

#include <stdio.h>
#include <utlist.h>

static struct fake_request *requests;

static void release(struct fake_request *);
static struct fake_request *find(const char *text);
static const char *text_of(const struct fake_request *);

struct api_call *api_send(struct api *api, const struct api_request *request)
{
    struct fake_request *kept = memory_new(1, sizeof(*kept));

    (void)api;
    kept->method = memory_text(request->method);
    kept->path = memory_text(request->path);
    kept->content_type = memory_text(request->content_type);
    kept->body =
        request->body != NULL ? check_json(json_object_to_json_string(request->body)) : NULL;
    kept->is_urgent = request->is_urgent;
    kept->on_opened = request->on_opened;
    kept->on_data = request->on_data;
    kept->on_part = request->on_part;
    kept->parts = request->parts;
    kept->on_done = request->on_done;
    kept->context = request->context;
    DL_APPEND(requests, kept);
    return (struct api_call *)kept;
}

void api_cancel(struct api_call *call)
{
    release((struct fake_request *)call);
}

struct fake_request *fake_api_waiting(const char *path_part)
{
    struct fake_request *request;

    DL_FOREACH (requests, request) {
        if (strstr(request->path, path_part) != NULL)
            return request;
    }
    return NULL;
}

size_t fake_api_count(const char *path_part)
{
    struct fake_request *request;
    size_t count = 0;

    DL_FOREACH (requests, request)
        count += strstr(request->path, path_part) != NULL;
    return count;
}

void fake_api_answer(struct fake_request *request, enum api_error error, const char *json)
{
    struct api_result result = {.error = error,
                                .reason = "",
                                .message = error == API_OK ? "" : "the test says so",
                                .is_status = error != API_OK,
                                .etag = "",
                                .body = json != NULL && request->on_part == NULL ? check_json(json)
                                                                                 : NULL,
                                .text = json,
                                .size = json != NULL ? strlen(json) : 0};

    if (request->on_part != NULL && json != NULL)
        request->on_part(json, strlen(json), request->parts);
    fake_api_answer_with(request, &result);
    json_object_put(result.body);
}

void fake_api_open(struct fake_request *request)
{
    assert_non_null(request);
    request->on_opened(request->context);
}

void fake_api_stream(struct fake_request *request, const char *text)
{
    assert_non_null(request);
    request->on_data(text, strlen(text), request->context);
}

/* Released before: the answer may lead to the next request. */
void fake_api_answer_with(struct fake_request *request, const struct api_result *result)
{
    api_done *on_done;
    void *context;

    assert_non_null(request);
    on_done = request->on_done;
    context = request->context;
    release(request);
    on_done(result, context);
}

const char *fake_api_body_of(const char *text)
{
    return json_object_to_json_string(find(text)->body);
}

void fake_api_answer_to(const char *text, const char *json)
{
    fake_api_answer(find(text), API_OK, json);
}

void fake_api_fail_to(const char *text, enum api_error error, unsigned retry_after)
{
    const struct api_result result = {.error = error,
                                      .reason = "",
                                      .message = "the test says so",
                                      .is_status = true,
                                      .etag = "",
                                      .retry_after = retry_after};

    fake_api_answer_with(find(text), &result);
}

size_t fake_api_pending(void)
{
    return fake_api_count("");
}

const char *fake_api_request(size_t index)
{
    const struct fake_request *request = requests;

    for (; request != NULL && index > 0; index--)
        request = request->next;
    assert_non_null(request);
    return text_of(request);
}

static struct fake_request *find(const char *text)
{
    struct fake_request *request;

    DL_FOREACH (requests, request) {
        if (strcmp(text_of(request), text) == 0)
            return request;
    }
    DL_FOREACH (requests, request)
        print_error("pending: %s\n", text_of(request));
    fail_msg("no such request: %s", text);
    return NULL;
}

static const char *text_of(const struct fake_request *request)
{
    static char text[2048];

    snprintf(text, sizeof(text), "%s %s", request->method, request->path);
    return text;
}

void fake_api_reset(void)
{
    while (requests != NULL)
        release(requests);
}

static void release(struct fake_request *request)
{
    DL_DELETE(requests, request);
    free(request->method);
    free(request->path);
    free(request->content_type);
    json_object_put(request->body);
    free(request);
}
