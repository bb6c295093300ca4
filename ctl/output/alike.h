/* SPDX-License-Identifier: Apache-2.0 */
/* Sums up the rows of a table that are alike: three hundred namespaces that are well are one line.
 */
#ifndef TLSROUTED_CTL_OUTPUT_ALIKE_H
#define TLSROUTED_CTL_OUTPUT_ALIKE_H

#include <json-c/json.h>
#include <stddef.h>

enum {
    ALIKE_FIELDS = 5
};

/* Which rows are alike, and what is shown of them; a constant. Lists of fields end with NULL. */
struct alike {
    size_t few;                       /* so many alike stay rows of their own */
    const char *keys[ALIKE_FIELDS];   /* rows that agree in these are alike */
    const char *sums[ALIKE_FIELDS];   /* numbers that are added up */
    const char *maxima[ALIKE_FIELDS]; /* numbers of which the largest is shown */
    struct {
        const char *field, *unit;
    } counted[ALIKE_FIELDS]; /* texts that are counted: "300 namespaces"; one alone is shown */
};

/* ROWS, an array, with those that are alike in one row, in the place of the first of them: a new
 * reference. All other fields of such a row are left out. NULL for NULL. */
struct json_object *alike_sum(struct json_object *rows, const struct alike *alike);

#endif
