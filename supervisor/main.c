/* SPDX-License-Identifier: Apache-2.0 */
/* tlsrouted: the command line. What the program does is in supervisor.c. */
#include "common/base/installation.h"
#include "common/base/log.h"
#include "common/base/privacy.h"
#include "supervisor/config/help.h"
#include "supervisor/supervisor.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run(struct supervisor *, bool check_only);
static int help_config(const char *format);
static int unexpected(const char *argument);
static int usage(FILE *stream, int status);

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"check-config", no_argument, NULL, 'n'},
    {"help-config", optional_argument, NULL, 'k'},
    {"dry-run", no_argument, NULL, 'd'},
    {"once", no_argument, NULL, '1'},
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

int main(int argc, char **argv)
{
    struct supervisor supervisor = {.config_path = INSTALLATION_CONFIG};
    bool check_only = false;
    int status;

    if (privacy_begin() != 0) {
        log_error("cannot hide this process from others; allow prctl(2) with PR_SET_DUMPABLE",
                  LOG_TEXT("reason", strerror(errno)));
        return SUPERVISOR_UNCONFINED;
    }
    for (int option; (option = getopt_long(argc, argv, "c:nd1Vh", options, NULL)) != -1;) {
        switch (option) {
        case 'c':
            supervisor.config_path = optarg;
            break;
        case 'n':
            check_only = true;
            break;
        case 'k':
            return help_config(optarg);
        case 'd':
            supervisor.dry_run = true;
            break;
        case '1':
            supervisor.once = true;
            break;
        case 'V':
            puts(PACKAGE_STRING);
            return EXIT_SUCCESS;
        case 'h':
            return usage(stdout, EXIT_SUCCESS);
        default:
            return usage(stderr, EXIT_FAILURE);
        }
    }
    if (optind != argc)
        return unexpected(argv[optind]);
    status = run(&supervisor, check_only);
    supervisor_clear(&supervisor);
    return status;
}

static int run(struct supervisor *supervisor, bool check_only)
{
    char *problem = supervisor_read(supervisor);

    if (problem != NULL) {
        log_error("the configuration cannot be used", LOG_TEXT("reason", problem));
        free(problem);
        return EXIT_FAILURE;
    }
    if (!check_only)
        return supervisor_run(supervisor);
    printf("%s: the configuration is valid\n", supervisor->config_path);
    return EXIT_SUCCESS;
}

/* FORMAT may be NULL: text. */
static int help_config(const char *format)
{
    if (format != NULL && strcmp(format, "json") != 0)
        return unexpected(format);
    if (format != NULL)
        help_print_json(stdout);
    else
        help_print(stdout);
    return EXIT_SUCCESS;
}

static int unexpected(const char *argument)
{
    fprintf(stderr, "tlsrouted: unexpected argument: %.80s\n", argument);
    return usage(stderr, EXIT_FAILURE);
}

static int usage(FILE *stream, int status)
{
    fputs(
        "usage: tlsrouted [--config FILE] [--check-config] [--dry-run] [--once]\n"
        "  -c, --config FILE   the configuration (default " INSTALLATION_CONFIG ")\n"
        "  -n, --check-config  check it and the credentials that it names, and exit\n"
        "  -d, --dry-run       change nothing: the API server only checks what would be written,\n"
        "                      and the log shows it\n"
        "  -1, --once          do what there is to do, print a summary and exit: with 0 if every\n"
        "                      Pool has what it asks for, with 1 if not\n"
        "      --help-config[=json]\n"
        "                      explain every key of the configuration, and exit\n"
        "  -V, --version       print the version, and exit\n"
        "  -h, --help          print this help, and exit\n",
        stream);
    return status;
}
