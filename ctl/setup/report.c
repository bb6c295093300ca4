/* SPDX-License-Identifier: Apache-2.0 */
/* The lines are alike for objects and files, so that they can be read as one list. */
#include "ctl/setup/report.h"

#include "ctl/output/output.h"
#include "ctl/setup/resource.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *done, *planned;
} words[CHANGES] = {
    [CHANGE_NONE] = {"unchanged", "unchanged"}, [CHANGE_CREATED] = {"created", "create"},
    [CHANGE_CHANGED] = {"changed", "change"},   [CHANGE_REMOVED] = {"removed", "remove"},
    [CHANGE_LEFT] = {"left", "leave"},          [CHANGE_SKIPPED] = {"skipped", "skip"},
};

void report_object(bool is_dry, enum change change, struct json_object *object, const char *note)
{
    char *title = resource_title(object);

    report_file(is_dry, change, title, note);
    free(title);
}

void report_file(bool is_dry, enum change change, const char *path, const char *note)
{
    output_print(stdout, "  %-9s  %s%s%s\n", is_dry ? words[change].planned : words[change].done,
                 path, note != NULL ? ": " : "", note != NULL ? note : "");
    fflush(stdout); /* the next one may take its time */
}
