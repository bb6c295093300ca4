/* SPDX-License-Identifier: Apache-2.0 */
/* A sender may forget its request as soon as it is sent: a call keeps a copy of everything. */
#include "common/api/call.h"

#include "common/base/json.h"
#include "common/base/memory.h"

#include <stdlib.h>

static void add_header(struct api_call *, const char *name, const char *value);

struct api_call *api_call_new(const struct api_request *request)
{
    struct api_call *call = memory_new(1, sizeof(*call));
    const char *type = request->content_type != NULL ? request->content_type : "application/json";

    call->method = memory_text(request->method);
    call->path = memory_text(request->path);
    call->response_max = request->response_max > 0 ? request->response_max : API_RESPONSE_MAX;
    call->wants_text = request->wants_text;
    call->on_part = request->on_part;
    call->is_whole = request->is_whole;
    call->parts = request->parts;
    call->takes_anything = request->takes_anything;
    call->is_urgent = request->is_urgent || request->on_data != NULL;
    call->on_data = request->on_data;
    call->on_opened = request->on_opened;
    call->on_done = request->on_done;
    call->context = request->context;
    if (request->body != NULL) {
        call->body = memory_text(json_encode(request->body));
        add_header(call, "Content-Type", type);
    }
    if (request->accept != NULL)
        add_header(call, "Accept", request->accept);
    if (request->if_none_match != NULL)
        add_header(call, "If-None-Match", request->if_none_match);
    return call;
}

void api_call_free(struct api_call *call)
{
    memory_wipe(call->response.bytes, call->response.size);
    for (size_t i = 0; i < call->own_header_count; i++)
        free(call->own_headers[i].data);
    free(call->body);
    free(call->path);
    free(call->method);
    free(call);
}

static void add_header(struct api_call *call, const char *name, const char *value)
{
    call->own_headers[call->own_header_count++].data = memory_format("%s: %s", name, value);
}
