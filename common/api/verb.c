/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics count requests by verb, as the API server's own do. */
#include "common/api/verb.h"

#include <stddef.h>
#include <string.h>

static bool is_collection(const char *path);
static const char *next_segment(const char *path);

static const struct {
    const char *method;
    enum api_verb verb;
} verbs[] = {{"POST", API_VERB_CREATE},
             {"PUT", API_VERB_UPDATE},
             {"PATCH", API_VERB_PATCH},
             {"DELETE", API_VERB_DELETE}};

enum api_verb api_verb(const char *method, const char *path, bool is_stream)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verbs[i].method, method) == 0)
            return verbs[i].verb;
    }
    if (is_stream)
        return API_VERB_WATCH;
    return is_collection(path) ? API_VERB_LIST : API_VERB_GET;
}

/* "/api/VERSION/" or "/apis/GROUP/VERSION/", optionally "namespaces/NAME/", and then the plural
 * with nothing after it. */
static bool is_collection(const char *path)
{
    const char *rest = NULL, *inner;

    if (strncmp(path, "/api/", 5) == 0)
        rest = next_segment(path + 5);
    else if (strncmp(path, "/apis/", 6) == 0)
        rest = next_segment(next_segment(path + 6));
    if (rest == NULL || rest[0] == '\0' || rest[0] == '?')
        return false;
    inner = next_segment(next_segment(rest));
    if (strncmp(rest, "namespaces/", 11) == 0 && inner[0] != '\0' && inner[0] != '?')
        rest = inner;
    rest = next_segment(rest);
    return rest[0] == '\0' || rest[0] == '?';
}

/* What follows the next slash, or the end of the path. */
static const char *next_segment(const char *path)
{
    path += strcspn(path, "/?");
    return *path == '/' ? path + 1 : path;
}
