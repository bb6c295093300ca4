/* SPDX-License-Identifier: Apache-2.0 */
/* Responses that are not the API server's: a login page, a load balancer without backends, a proxy
 * that compresses what nobody asked to be compressed. What came is said in one line, with what to
 * check. Pure. */
#ifndef TLSROUTED_COMMON_API_FOREIGN_H
#define TLSROUTED_COMMON_API_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

/* A response as it came: the texts of headers, "" where there is none, and as much of the body as
 * was kept. */
struct api_response {
    int status;
    const char *content_type, *content_encoding, *location;
    const char *body;
    size_t size;
    long long retry_after; /* seconds, 0 or less if that header is not there */
    bool is_cut;           /* the connection broke before the end of the body */
};

/* Whether CONTENT_TYPE (NULL or "": none) is that of the API server's objects, or does not say. */
bool foreign_may_be_object(const char *content_type);

/* Whether the SIZE bytes at BODY begin like JSON; nothing at all does too. */
bool foreign_begins_as_json(const char *body, size_t size);

/* The title of RESPONSE if it is a page, or the first line of any other text: *LENGTH bytes,
 * perhaps none, of its body. */
const char *foreign_line(const struct api_response *response, size_t *length);

/* Whether the body of RESPONSE is a page (HTML, XML). */
bool foreign_is_page(const struct api_response *response);

/* Writes to TEXT, which has room for ROOM bytes, the line about RESPONSE: printable, valid UTF-8.
 */
void foreign_describe(const struct api_response *response, char *text, size_t room);

#endif
