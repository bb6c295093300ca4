/* SPDX-License-Identifier: Apache-2.0 */
/* tlsrouted: the command line. */
#include "common/base/log.h"
#include "supervisor/supervisor.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static int usage(FILE *stream, int status);

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"check-config", no_argument, NULL, 'n'},
    {"dry-run", no_argument, NULL, 'd'},
    {"once", no_argument, NULL, '1'},
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

int main(int argc, char **argv)
{
    struct supervisor supervisor = {.config_path = SYSCONFDIR "/tlsrouted/tlsrouted.yaml"};
    bool check_only = false;
    char *problem;
    int status = EXIT_SUCCESS;

    for (int option; (option = getopt_long(argc, argv, "c:nd1Vh", options, NULL)) != -1;) {
        switch (option) {
        case 'c':
            supervisor.config_path = optarg;
            break;
        case 'n':
            check_only = true;
            break;
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
        return usage(stderr, EXIT_FAILURE);
    problem = supervisor_read(&supervisor);
    if (problem != NULL) {
        log_error("the configuration cannot be used", LOG_TEXT("reason", problem));
        free(problem);
        status = EXIT_FAILURE;
    } else if (check_only) {
        printf("%s: good\n", supervisor.config_path);
    } else {
        status = supervisor_run(&supervisor);
    }
    supervisor_clear(&supervisor);
    return status;
}

static int usage(FILE *stream, int status)
{
    fputs(
        "usage: tlsrouted [--config FILE] [--check-config] [--dry-run] [--once]\n"
        "  -c, --config FILE   the configuration (default " SYSCONFDIR
        "/tlsrouted/tlsrouted.yaml)\n"
        "  -n, --check-config  read it and the credentials that it names, then exit\n"
        "  -d, --dry-run       write nothing for good; the log says what would be done\n"
        "  -1, --once          do what there is to do, print a summary and exit: 0 if every Pool\n"
        "                      has what it asks for, 1 if not\n"
        "  -V, --version       print the version\n"
        "  -h, --help          print this\n",
        stream);
    return status;
}
