/* SPDX-License-Identifier: Apache-2.0 */
/* The client for the Kubernetes API, replaced: requests are kept, and the test answers them. A test
 * links fake_api.c and uses api.h with any struct api pointer, NULL too. */
#ifndef TLSROUTED_TESTS_UNIT_FAKE_API_H
#define TLSROUTED_TESTS_UNIT_FAKE_API_H

#include "common/api/api.h"

/* A request that was sent. */
struct fake_request {
    char *method, *path, *content_type; /* the last NULL for JSON */
    struct json_object *body;           /* a copy, or NULL */
    bool is_urgent;
    api_opened *on_opened;
    api_data *on_data;
    api_part *on_part;
    void *parts;
    api_done *on_done;
    void *context;
    struct fake_request *next, *prev;
};

/* The first request that waits for its answer, of those whose path has PATH_PART in it; NULL if
 * there is none. */
struct fake_request *fake_api_waiting(const char *path_part);

/* How many of them wait. */
size_t fake_api_count(const char *path_part);

/* Answers REQUEST, which is released. JSON is the body, or NULL; of one that is received in parts,
 * what has come of it. */
void fake_api_answer(struct fake_request *request, enum api_error error, const char *json);

/* REQUEST is a stream: the server begins to answer it, or sends TEXT on it. */
void fake_api_open(struct fake_request *request);
void fake_api_stream(struct fake_request *request, const char *text);

/* Ends REQUEST with everything that a result can say; its body stays the caller's. */
void fake_api_answer_with(struct fake_request *request, const struct api_result *result);

/* By what a request says, "PATCH /path", which has to wait: its body as JSON text, answers with a
 * body or with an error after which the server wants RETRY_AFTER seconds of rest (0: none). */
const char *fake_api_body_of(const char *request);
void fake_api_answer_to(const char *request, const char *json);
void fake_api_fail_to(const char *request, enum api_error error, unsigned retry_after);

/* How many requests wait, and the INDEXth of them, the oldest is 0: "GET /path", valid until the
 * next call. */
size_t fake_api_pending(void);
const char *fake_api_request(size_t index);

/* Forgets all requests. */
void fake_api_reset(void);

#endif
