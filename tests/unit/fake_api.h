/* SPDX-License-Identifier: Apache-2.0 */
/* An API server that the test plays: api_send() remembers requests, and the test answers them. A
 * test that links it has it in place of common/api/api.c. */
#ifndef TLSROUTED_TESTS_UNIT_FAKE_API_H
#define TLSROUTED_TESTS_UNIT_FAKE_API_H

#include "common/api/api.h"

/* Drops all requests, without answers. */
void fake_api_reset(void);

/* How many requests wait for an answer. */
size_t fake_api_pending(void);

/* The INDEXth of them, the oldest is 0: "GET /path". */
const char *fake_api_request(size_t index);

/* The body of the oldest pending request REQUEST ("PATCH /path"), as JSON. Fails the test if there
 * is no such request; so do the following. */
const char *fake_api_body(const char *request);

/* Answers it with the object BODY, JSON. */
void fake_api_answer(const char *request, const char *body);

/* Answers it with an error, after which the server wants RETRY_AFTER seconds of rest (0: none). */
void fake_api_fail(const char *request, enum api_error error, unsigned retry_after);

#endif
