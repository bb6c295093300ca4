/* SPDX-License-Identifier: Apache-2.0 */
/* A scraper asks for a format with weights; the two that exist are distinguished here, so that the
 * rest of the exporter never sees a header. */
#include "exporter/accept.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* One of a header's media ranges. */
struct range {
    const char *text;
    size_t length;
};

static bool next_part(const char **rest, char end, struct range *part);
static struct range trim(struct range);
static bool is(struct range, const char *text);
static int quality_of(struct range);
static bool is_open_metrics(struct range);

bool accept_open_metrics(const char *header)
{
    int open_metrics = 0, text = 0;
    struct range range;

    while (header != NULL && next_part(&header, ',', &range)) {
        const char *rest = range.text;
        const struct range whole = range;
        struct range type;
        int quality = quality_of(range);

        next_part(&rest, ';', &type);
        if (type.length > whole.length)
            type.length = whole.length;
        type = trim(type);
        if (is(type, "application/openmetrics-text") && is_open_metrics(whole))
            open_metrics = quality > open_metrics ? quality : open_metrics;
        else if (is(type, "text/plain") || is(type, "text/*") || is(type, "*/*"))
            text = quality > text ? quality : text;
    }
    return open_metrics > 0 && open_metrics >= text;
}

/* Splits the part before END off *REST; false if nothing is left. */
static bool next_part(const char **rest, char end, struct range *part)
{
    const char ends[] = {end, '\0'};
    size_t length = strcspn(*rest, ends);

    if (**rest == '\0')
        return false;
    *part = (struct range){*rest, length};
    *rest += length + ((*rest)[length] == end ? 1 : 0);
    return true;
}

static struct range trim(struct range range)
{
    while (range.length > 0 && strchr(" \t", range.text[0]) != NULL) {
        range.text++;
        range.length--;
    }
    while (range.length > 0 && strchr(" \t", range.text[range.length - 1]) != NULL)
        range.length--;
    return range;
}

static bool is(struct range range, const char *text)
{
    return range.length == strlen(text) && strncasecmp(range.text, text, range.length) == 0;
}

/* The weight of RANGE, in thousandths. */
static int quality_of(struct range range)
{
    for (size_t i = 0; i + 2 < range.length; i++) {
        if (range.text[i] != ';')
            continue;
        struct range parameter = trim((struct range){range.text + i + 1, range.length - i - 1});

        if (parameter.length >= 2 && strncasecmp(parameter.text, "q=", 2) == 0) {
            double quality = strtod(parameter.text + 2, NULL);

            return quality > 0 && quality <= 1 ? (int)(quality * 1000) : 0;
        }
    }
    return 1000;
}

/* Whether RANGE is for version 1.0.0, or for none in particular. */
static bool is_open_metrics(struct range range)
{
    static const char version[] = "version=", wanted[] = "1.0.0";

    for (size_t i = 0; i + sizeof(version) - 1 < range.length; i++) {
        if (strncasecmp(range.text + i, version, sizeof(version) - 1) == 0)
            return strncmp(range.text + i + sizeof(version) - 1, wanted, sizeof(wanted) - 1) == 0;
    }
    return true;
}
