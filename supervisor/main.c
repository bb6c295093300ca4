/* tlsrouted: the command line. */
#include "common/log.h"
#include "supervisor/supervisor.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static int usage(FILE *stream, int status);

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"check-config", no_argument, NULL, 'n'},
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

int main(int argc, char **argv)
{
    const char *path = SYSCONFDIR "/tlsrouted/tlsrouted.yaml";
    struct supervisor supervisor;
    bool check_only = false;
    char *problem;
    int status = EXIT_SUCCESS;

    for (int option; (option = getopt_long(argc, argv, "c:nVh", options, NULL)) != -1;) {
        switch (option) {
        case 'c':
            path = optarg;
            break;
        case 'n':
            check_only = true;
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
    problem = supervisor_read(&supervisor, path);
    if (problem != NULL) {
        log_error("the configuration cannot be used", LOG_TEXT("reason", problem));
        free(problem);
        status = EXIT_FAILURE;
    } else if (check_only) {
        printf("%s: good\n", path);
    } else {
        status = supervisor_run(&supervisor);
    }
    supervisor_clear(&supervisor);
    return status;
}

static int usage(FILE *stream, int status)
{
    fputs("usage: tlsrouted [--config FILE] [--check-config]\n"
          "  -c, --config FILE   the configuration (default " SYSCONFDIR
          "/tlsrouted/tlsrouted.yaml)\n"
          "  -n, --check-config  read it and the credentials that it names, then exit\n"
          "  -V, --version       print the version\n"
          "  -h, --help          print this\n",
          stream);
    return status;
}
