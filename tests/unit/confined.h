/* SPDX-License-Identifier: Apache-2.0 */
/* Makes attempts in the sandbox of each role: as started by root and unprivileged, with Landlock
 * and without. Each attempt is made by a process of its own, which has entered the sandbox in the
 * way of a worker. */
#ifndef TLSROUTED_TESTS_UNIT_CONFINED_H
#define TLSROUTED_TESTS_UNIT_CONFINED_H

#include "common/message/role.h"
#include "tests/unit/attempts.h"
#include "tests/unit/check.h"

enum {
    UIDS = 61000 /* the user of the first role */
};

/* Where an attempt is made. */
struct place {
    const char *name;
    enum role role;
    bool root, landlock;
};

/* The four places of a role. */
#define PLACES(role, label)                                                                        \
    {label ", root, Landlock", role, true, true},                                                  \
        {label ", root, no Landlock", role, true, false},                                          \
        {label ", unprivileged, Landlock", role, false, true},                                     \
        {label ", unprivileged, no Landlock", role, false, false},

/* How an attempt ends: it works, it fails with an errno, or a signal ends the process, with SIGSYS
 * usually after reporting the name of the call. */
struct end {
    int error;
    int signal;
    const char *call;
};
#define WORKS                                                                                      \
    {                                                                                              \
        0, 0, NULL                                                                                 \
    }
#define FAILS(error)                                                                               \
    {                                                                                              \
        error, 0, NULL                                                                             \
    }
#define KILLED(call)                                                                               \
    {                                                                                              \
        0, SIGSYS, call                                                                            \
    }
#define SIGNALLED(number)                                                                          \
    {                                                                                              \
        0, number, NULL                                                                            \
    }

struct attempt {
    const char *name;
    attempt_make *make;
    struct end end; /* as it has to be */
};

/* For all tests of a program. */
int set_scene(void **state);
int clear_scene(void **state);

/* Whether PLACE can be had here; says so if not. */
bool is_possible(const struct place *place);

/* Fails unless ATTEMPT ends in PLACE as it has to. */
void check_attempt(const struct place *place, const struct attempt *attempt);

/* Starts a confined process like those of PLACE, but of another role. */
void start_sibling(const struct place *place);
void end_sibling(void);

/* For processes that a test makes itself: what a worker has open, and who it is at first. */
void open_descriptors(void);
void start_as(bool root);

/* Makes the token file, after an attempt has removed it. */
void make_token(void);

#endif
