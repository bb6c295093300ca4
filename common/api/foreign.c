/* SPDX-License-Identifier: Apache-2.0 */
/* A page of HTML in a log helps nobody, and its first line says "<html>". */
#include "common/api/foreign.h"

#include "common/base/line.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    HEADER_MAX = 200, /* bytes of a header that are shown */
    TITLE_MAX = 100   /* bytes of a title, or of the first line */
};

/* What to check, by the first row whose statuses the response is among. */
static const struct {
    int first, last;
    const char *advice;
} checks[] = {
    {300, 399, "check the address of the API server, and that nothing before it wants a login"},
    {401, 403, "check the proxy, firewall or gateway before the API server, and what it demands"},
    {407, 407, "check the credential that the proxy demands"},
    {413, 413, "check how much the proxy before the API server lets through"},
    {500, 599, "check that the proxy or load balancer before the API server reaches it in time"},
    {0, 999, "check the address of the API server, and the proxy or load balancer before it"},
};

static void add(char *text, size_t room, const char *label, const char *value);
static void add_location(char *text, size_t room, const char *location);
static void add_body(char *text, size_t room, const struct api_response *);
static bool is_compressed(const char *body, size_t size);
static const char *title_of(const char *page, size_t size, size_t *length);
static const char *find(const char *body, size_t size, const char *text);
static size_t skip_space(const char *body, size_t size);
static const char *advice_on(const struct api_response *);

bool foreign_may_be_object(const char *content_type)
{
    return content_type == NULL || content_type[0] == '\0' ||
           strncasecmp(content_type, "application/json", strlen("application/json")) == 0;
}

bool foreign_begins_as_json(const char *body, size_t size)
{
    size_t start = skip_space(body, size);

    return start == size || body[start] == '{' || body[start] == '[';
}

const char *foreign_line(const struct api_response *response, size_t *length)
{
    size_t start = skip_space(response->body, response->size), size = response->size - start;
    const char *text = start > 0 ? response->body + start : response->body;

    *length = 0;
    if (foreign_is_page(response))
        return title_of(text, size, length);
    while (*length < size && text[*length] != '\n' && text[*length] != '\r')
        ++*length;
    return text;
}

bool foreign_is_page(const struct api_response *response)
{
    size_t start = skip_space(response->body, response->size);

    return start < response->size && response->body[start] == '<';
}

void foreign_describe(const struct api_response *response, char *text, size_t room)
{
    size_t used;

    snprintf(text, room, "what answered is not the API server: status %d", response->status);
    add(text, room, "Content-Type", response->content_type);
    add(text, room, "Content-Encoding", response->content_encoding);
    add_location(text, room, response->location);
    add_body(text, room, response);
    used = strlen(text);
    snprintf(text + used, room - used, "; %s", advice_on(response));
}

/* ", LABEL VALUE", if there is a VALUE. */
static void add(char *text, size_t room, const char *label, const char *value)
{
    char shown[HEADER_MAX];
    size_t used = strlen(text);

    if (value[0] == '\0')
        return;
    line_format(shown, sizeof(shown), "%s", value);
    snprintf(text + used, room - used, ", %s %s", label, shown);
}

/* Without what follows the path, which may be good for a login. */
static void add_location(char *text, size_t room, const char *location)
{
    char shown[HEADER_MAX];
    size_t length = strcspn(location, "?#");

    snprintf(shown, sizeof(shown), "%.*s", (int)(length < HEADER_MAX ? length : HEADER_MAX),
             location);
    add(text, room, "Location", shown);
}

static void add_body(char *text, size_t room, const struct api_response *response)
{
    char shown[TITLE_MAX] = "";
    size_t length = 0, used;
    const char *line = foreign_line(response, &length);

    if (is_compressed(response->body, response->size)) {
        add(text, room, "with a body", "that is compressed without saying so");
        return;
    }
    if (length > 0)
        line_format(shown, sizeof(shown), "%.*s", (int)length, line);
    used = strlen(text);
    if (shown[0] != '\0')
        snprintf(text + used, room - used, ", \"%s\"", shown);
}

/* By the first bytes of gzip and of zstd. (RFC 1952, RFC 8878) */
static bool is_compressed(const char *body, size_t size)
{
    return size >= 4 &&
           (memcmp(body, "\x1f\x8b", 2) == 0 || memcmp(body, "\x28\xb5\x2f\xfd", 4) == 0);
}

/* PAGE itself, and a length of 0, if it has none. */
static const char *title_of(const char *page, size_t size, size_t *length)
{
    const char *end = page + size, *title = find(page, size, "<title"), *title_end;

    *length = 0;
    title = title != NULL ? find(title, (size_t)(end - title), ">") : NULL;
    if (title == NULL)
        return page;
    title++;
    title_end = find(title, (size_t)(end - title), "<");
    if (title_end != NULL)
        *length = (size_t)(title_end - title);
    return title;
}

/* The first TEXT, in any case, or NULL. */
static const char *find(const char *body, size_t size, const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i + length <= size; i++) {
        if (strncasecmp(body + i, text, length) == 0)
            return body + i;
    }
    return NULL;
}

static size_t skip_space(const char *body, size_t size)
{
    size_t start = 0;

    while (start < size && body[start] != '\0' && strchr(" \t\r\n", body[start]) != NULL)
        start++;
    return start;
}

static const char *advice_on(const struct api_response *response)
{
    size_t i = 0;

    while (response->status < checks[i].first || response->status > checks[i].last)
        i++;
    return checks[i].advice;
}
