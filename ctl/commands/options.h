/* SPDX-License-Identifier: Apache-2.0 */
/* The command lines of the commands that ask the daemon. */
#ifndef TLSROUTED_CTL_COMMANDS_OPTIONS_H
#define TLSROUTED_CTL_COMMANDS_OPTIONS_H

#include "ctl/commands/command.h"
#include "ctl/output/output.h"

#include <stdbool.h>

/* What a command's words may be. */
enum options_words {
    WORDS_NONE,
    WORDS_ONE,       /* at most one, of any kind: options.word */
    WORDS_NAMESPACE, /* NS, or NS/NAME */
    WORDS_NAME,      /* NS/NAME, which has to be there */
};

/* What a command takes besides -s and -h. */
struct options_taken {
    enum options_words words;
    const char *choices; /* long options, "dot mermaid svg", of which at most one is given; or
                            NULL */
    unsigned formats;    /* a set of 1 << OUTPUT_...; 0: there is no -o */
};

enum {
    OPTIONS_ALL_FORMATS = (1 << OUTPUT_FORMATS) - 1,
    OPTIONS_DOCUMENT = OPTIONS_ALL_FORMATS & ~(1 << OUTPUT_NAME),
};

struct options {
    const char *socket_path; /* borrowed, like name and word */
    enum output_format format;
    char *namespace;  /* owned; "": all */
    const char *name; /* ""; all */
    const char *word; /* or NULL */
    int choice;       /* the place of the one given among the choices, or -1 */
    bool help;
};

/* Reads ARGV, of which the first word is the command's name. Returns NULL and fills *OPTIONS, to be
 * released with options_clear(); or says what is wrong, in one line that the caller frees, or ""
 * where getopt has said it. */
char *options_read(int argc, char **argv, const struct ctl_globals *globals,
                   const struct options_taken *taken, struct options *options);

/* The same for a command: prints what is wrong, or the help. Returns whether the command is to go
 * on; if not, *STATUS is its exit status. */
bool options_take(int argc, char **argv, const struct ctl_globals *globals,
                  const struct options_taken *taken, struct options *options, int *status);

void options_clear(struct options *options);

#endif
