/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the options of tlsroutectl and of its commands. An option means the same wherever it
 * can be given; which command takes it is in the table of commands. */
#ifndef TLSROUTED_CTL_ARGUMENTS_OPTIONS_H
#define TLSROUTED_CTL_ARGUMENTS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* In the order in which help lists them. */
enum option_id {
    OPTION_LIVE,
    OPTION_READY,
    OPTION_DOT,
    OPTION_MERMAID,
    OPTION_SVG,
    OPTION_YES,
    OPTION_CONNECT,
    OPTION_HOSTNAME,
    OPTION_KUBECONFIG,
    OPTION_CONTEXT,
    OPTION_NAMESPACE,
    OPTION_CA,
    OPTION_FOLDER,
    OPTION_INSTANCE,
    OPTION_IN_CLUSTER,
    OPTION_REISSUE,
    OPTION_REMOVE,
    OPTION_DRY_RUN,
    OPTION_FORCE,
    OPTION_TIMEOUT,
    OPTION_OUTPUT,
    OPTION_SOCKET,
    OPTION_VERSION,
    OPTION_HELP,
    OPTIONS
};

#define OPTION_SET(option) (1u << OPTION_##option)

/* The options that can be given before a command. */
#define OPTIONS_GLOBAL (OPTION_SET(SOCKET) | OPTION_SET(VERSION) | OPTION_SET(HELP))

/* What a word of the command line can be completed to. */
enum values {
    VALUES_NONE,
    VALUES_FILES,
    VALUES_FORMATS, /* those that the command prints */
    VALUES_LEVELS,  /* of the log */
    VALUES_POOLS,   /* names that the daemon knows; likewise the following */
    VALUES_ROUTES,
    VALUES_CERTIFICATES,
};

struct option_info {
    const char *name;  /* with its dashes */
    char letter;       /* the short form, or 0 */
    bool exclusive;    /* a command takes only one such option at a time */
    const char *value; /* what its value is called in help; NULL if it has none */
    enum values values;
    const char *help;
    const char *otherwise; /* what holds without it, for help; or NULL */
};

/* The row of OPTION. */
const struct option_info *option_info(enum option_id option);

/* The option of the set SET whose short form is LETTER; OPTIONS if there is none. */
enum option_id option_by_letter(unsigned set, char letter);

/* The option of the set SET whose long form is NAME (LENGTH bytes) or, without ambiguity, begins
 * with it. OPTIONS if there is none; if that is because there are several, *CANDIDATES is a list of
 * them, which the caller frees, otherwise NULL. */
enum option_id option_by_name(unsigned set, const char *name, size_t length, char **candidates);

#endif
