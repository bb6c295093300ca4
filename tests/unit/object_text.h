/* SPDX-License-Identifier: Apache-2.0 */
/* API objects as text, for the tests of their decoder. */
#ifndef TLSROUTED_TESTS_UNIT_OBJECT_TEXT_H
#define TLSROUTED_TESTS_UNIT_OBJECT_TEXT_H

#include "common/message/message.h"

#define META_OF(rest)                                                                              \
    "\"metadata\":{\"namespace\":\"n\",\"name\":\"m\",\"uid\":\"u\",\"resourceVersion\":"          \
    "\"7\",\"creationTimestamp\":\"2026-01-02T03:04:05Z\"" rest "}"
#define CREATED       1767323045
#define META          META_OF("")
#define PAUSED(value) META_OF(",\"annotations\":{\"openvox.voxpupuli.org/paused\":" value "}")
#define SPEC(members) "{" META ",\"spec\":{" members "}}"
#define ROUTE(m)      SPEC("\"route\":{" m "}")
#define OWNED(owners) "{" META_OF(",\"ownerReferences\":" owners) ",\"spec\":{}}"

/* The message for the object TEXT of KIND, which has to be readable. */
struct message decoded(enum kind kind, const char *text);

/* The object TEXT of KIND has to be unreadable, because of PROBLEM. */
void expect_unreadable(const char *row, enum kind kind, const char *text, const char *problem);

/* TEXT has to be the abbreviation of JSON. */
void expect_json(const char *row, const char *text, const char *json);

/* COUNT times ITEM between BEFORE and AFTER. The caller frees it. */
char *repeated(const char *before, const char *item, size_t count, const char *after);

#endif
