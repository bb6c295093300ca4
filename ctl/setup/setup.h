/* SPDX-License-Identifier: Apache-2.0 */
/* What one run of `setup` is to do, and with what. */
#ifndef TLSROUTED_CTL_SETUP_SETUP_H
#define TLSROUTED_CTL_SETUP_SETUP_H

#include "ctl/connect/connection.h"
#include "ctl/setup/compose.h"

struct setup {
    struct compose_choice choice;
    const char *folder;            /* for the files of this host; NULL: there are none */
    const char *instance;          /* NAME of tlsrouted@NAME.service; NULL: tlsrouted.service */
    bool is_dry;                   /* nothing is to change, neither in the cluster nor here */
    bool is_forced;                /* what others have written is taken over */
    unsigned seconds;              /* time limit of each request */
    struct connection *connection; /* as the administrator */
};

/* Each of these prints what it does, line by line, and returns NULL, or one line that says what is
 * wrong and what to do (the caller frees it). */

/* Whether the API server can be used at all. Prints nothing. */
char *setup_reach(const struct setup *setup);

/* Has the API server check each of OBJECTS, as compose_objects() has them, without changing
 * anything; then, unless the run is dry, creates them or changes them to be like that. */
char *setup_apply(const struct setup *setup, struct json_object *objects);

/* Deletes those of OBJECTS that setup_apply() has created. */
char *setup_remove(const struct setup *setup, struct json_object *objects);

/* Whether the files could be written: none is there that was not written by setup_write_files(),
 * unless the run is forced. Prints nothing. */
char *setup_check_files(const struct setup *setup);

/* Writes the minter's kubeconfig and token, and a configuration where there is none. A token that
 * has more than half of its lifetime before it stays, if the API server accepts it. */
char *setup_write_files(const struct setup *setup);

/* Deletes the files that setup_write_files() has written. */
char *setup_remove_files(const struct setup *setup);

#endif
