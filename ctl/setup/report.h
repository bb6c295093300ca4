/* SPDX-License-Identifier: Apache-2.0 */
/* What `setup` says of each object and file: one line each. */
#ifndef TLSROUTED_CTL_SETUP_REPORT_H
#define TLSROUTED_CTL_SETUP_REPORT_H

#include <json-c/json.h>
#include <stdbool.h>

enum change {
    CHANGE_NONE, /* it was there already, and right */
    CHANGE_CREATED,
    CHANGE_CHANGED,
    CHANGE_REMOVED,
    CHANGE_LEFT,    /* it is not to be touched */
    CHANGE_SKIPPED, /* it could not be created, and is not necessary */
    CHANGES,
};

/* Prints what has become of OBJECT, or of the file at PATH, or, in a dry run, what would become of
 * it. NOTE says more, NULL: nothing. */
void report_object(bool is_dry, enum change change, struct json_object *object, const char *note);
void report_file(bool is_dry, enum change change, const char *path, const char *note);

#endif
