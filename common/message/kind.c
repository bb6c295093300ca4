/* SPDX-License-Identifier: Apache-2.0 */
/* One place that knows how the API server names what we read: requests, logs, metrics and Events
 * take the names and paths of a kind from here. */
#include "common/message/kind.h"

#include "common/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_ROW(NAME, name, its_kind, its_plural, its_group, its_version, ...)                   \
    [KIND_##NAME] = {its_kind, its_plural, its_group, its_version},
static const struct kind_names names_of[KIND_COUNT] = {KINDS(NAMES_ROW)};

#define STREAMS_ALWAYS      false
#define STREAMS_GATEWAY_API true
#define STREAMS_NAMESPACES  false, false
#define STREAMS_EVERYWHERE  true, false
#define STREAMS_CLUSTER     true, true
#define STREAMS_REQUIRED    false
#define STREAMS_OPTIONAL    true
#define STREAMS_OTHERS      false
#define STREAMS_OURS        true
#define STREAMS_ROW(NAME, name, kind, plural, group, version, WHEN, WHERE, NEED, WHOSE)            \
    [KIND_##NAME] = {STREAMS_##WHEN, STREAMS_##WHERE, STREAMS_##NEED, STREAMS_##WHOSE},
static const struct kind_streams streams_of[KIND_COUNT] = {KINDS(STREAMS_ROW)};

const struct kind_names *kind_names(enum kind kind)
{
    return &names_of[kind];
}

const struct kind_streams *kind_streams(enum kind kind)
{
    return &streams_of[kind];
}

char *kind_path(enum kind kind, const char *version, const char *namespace, const char *name)
{
    const struct kind_names *names = &names_of[kind];
    bool everywhere = namespace == NULL || namespace[0] == '\0';
    char *escaped_namespace = everywhere ? memory_text("") : kind_escape(namespace);
    char *escaped_name = name != NULL ? kind_escape(name) : memory_text("");
    char *path = memory_format("%s%s/%s%s%s/%s%s%s", names->group[0] != '\0' ? "/apis/" : "/api",
                               names->group, version != NULL ? version : names->version,
                               everywhere ? "" : "/namespaces/", escaped_namespace, names->plural,
                               name != NULL ? "/" : "", escaped_name);

    free(escaped_namespace);
    free(escaped_name);
    return path;
}

char *kind_escape(const char *text)
{
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-._~";
    char *escaped = memory_new(3 * strlen(text) + 1, 1);
    char *end = escaped;

    for (; *text != '\0'; text++) {
        if (strchr(unreserved, *text) != NULL)
            *end++ = *text;
        else
            end += sprintf(end, "%%%02X", (unsigned char)*text);
    }
    return escaped;
}
