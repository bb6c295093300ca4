/* SPDX-License-Identifier: Apache-2.0 */
/* What a program does with one answer, and another one, is seen best when nothing is sent. */
#include "tests/unit/fake_api.h"

#include "tests/unit/check.h"

#include "common/base/memory.h"

#include <utlist.h>

struct api_call {
    char *request, *body;
    api_done *done;
    void *context;
    struct api_call *next, *prev;
};

static struct api_call *calls;

static struct api_call *find(const char *request)
{
    struct api_call *call;

    DL_FOREACH (calls, call) {
        if (strcmp(call->request, request) == 0)
            return call;
    }
    for (size_t i = 0; i < fake_api_pending(); i++)
        print_error("pending: %s\n", fake_api_request(i));
    fail_msg("no such request: %s", request);
    return NULL;
}

static void drop(struct api_call *call)
{
    DL_DELETE(calls, call);
    free(call->request);
    free(call->body);
    free(call);
}

static void finish(struct api_call *call, const struct api_result *result)
{
    api_done *done = call->done;
    void *context = call->context;

    drop(call);
    done(result, context);
}

void fake_api_reset(void)
{
    while (calls != NULL)
        drop(calls);
}

size_t fake_api_pending(void)
{
    const struct api_call *call;
    size_t count;

    DL_COUNT(calls, call, count);
    return count;
}

const char *fake_api_request(size_t index)
{
    const struct api_call *call = calls;

    for (; call != NULL && index > 0; index--)
        call = call->next;
    assert_non_null(call);
    return call->request;
}

const char *fake_api_body(const char *request)
{
    return find(request)->body;
}

void fake_api_answer(const char *request, const char *body)
{
    struct json_object *object = check_json(body);
    const struct api_result result = {
        .error = API_OK, .status = 200, .reason = "", .message = "", .etag = "", .body = object};

    finish(find(request), &result);
    json_object_put(object);
}

void fake_api_fail(const char *request, enum api_error error, unsigned retry_after)
{
    const struct api_result result = {.error = error,
                                      .reason = "",
                                      .message = "the test says so",
                                      .etag = "",
                                      .retry_after = retry_after};

    finish(find(request), &result);
}

struct api_call *api_send(struct api *api, const struct api_request *request)
{
    struct api_call *call = memory_new(1, sizeof(*call));

    (void)api;
    call->request = memory_format("%s %s", request->method, request->path);
    call->body =
        memory_text(request->body != NULL ? json_object_to_json_string(request->body) : "null");
    call->done = request->on_done;
    call->context = request->context;
    DL_APPEND(calls, call);
    return call;
}

void api_cancel(struct api_call *call)
{
    drop(call);
}
