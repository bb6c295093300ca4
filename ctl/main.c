/* SPDX-License-Identifier: Apache-2.0 */
/* tlsroutectl: the command line. Each command has a file of its own. */
#include "ctl/commands/command.h"
#include "ctl/commands/prefix.h"

#include <getopt.h>
#include <stdlib.h>

/* Options before the command's name: "+" ends them there. */
static const char short_options[] = "+s:Vh";
static const struct option options[] = {
    {"socket", required_argument, NULL, 's'},
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static const struct command {
    const char *name;
    ctl_run *run;
    const char *usage; /* lines of the usage text */
} commands[] = {
    {"status", status_run, "  status             how each process of the running tlsrouted is\n"},
    {"workers", workers_run, "  workers            its processes only\n"},
    {"health", health_run,
     "  health             whether it is ready, for probes\n"
     "    --live               whether it and its workers answer at all\n"
     "    --ready              whether all of it works (the default)\n"},
    {"pools", pools_run, "  pools [NS[/POOL]]  the Pools and how they are\n"},
    {"routes", routes_run, "  routes [NS[/NAME]] the TLSRoutes, others' too\n"},
    {"certs", certs_run, "  certs [NS[/NAME]]  the Certificates and the names they need\n"},
    {"explain", explain_run,
     "  explain NS/POOL    what the Pool wants, what there is, what is decided and why\n"},
    {"diff", diff_run, "  diff [NS[/POOL]]   the requests that would be sent now\n"},
    {"graph", graph_run,
     "  graph [NS[/POOL]]  what hangs together, as a picture\n"
     "    --dot, --mermaid, --svg  for Graphviz (the default), for Mermaid, itself\n"},
    {"tree", tree_run, "  tree [NS[/POOL]]   the same for a terminal\n"},
    {"watch", watch_run, "  watch              status and what is wrong, again at each change\n"},
    {"resync", resync_run, "  resync             list and look at everything again\n"},
    {"reload", reload_run, "  reload             read configuration and credentials again\n"},
    {"loglevel", loglevel_run,
     "  loglevel [LEVEL]   what is logged, until the next reload: error, warning, info\n"
     "                     or debug\n"},
    {"verify", verify_run,
     "  verify [NS/POOL]   whether agents are shown a certificate with the hostname of\n"
     "                     the Pool, or of all Pools with a route; asks no daemon\n"
     "    --connect HOST:PORT  there instead of at the Gateway's address\n"
     "    --hostname NAME      this name instead of a Pool's; asks no API server\n"
     "    --kubeconfig FILE    (default: KUBECONFIG, then ~/.kube/config)\n"
     "    --context NAME       of the kubeconfig (default: its current-context)\n"
     "    -n, --namespace NS   only Pools of this namespace\n"
     "    --ca FILE            verify the certificate's chain against this CA too\n"
     "    --timeout SECONDS    for each handshake and each request (default 10)\n"
     "    -o, --output FORMAT  text or json\n"},
};

static const struct command *find_command(const char *name);

int main(int argc, char **argv)
{
    struct ctl_globals globals = {.socket_path = RUNSTATEDIR "/tlsrouted/control.sock"};
    const struct command *command;

    for (int option; (option = getopt_long(argc, argv, short_options, options, NULL)) != -1;) {
        switch (option) {
        case 's':
            globals.socket_path = optarg;
            break;
        case 'V':
            puts("tlsroutectl (" PACKAGE_STRING ")");
            return CTL_FINE;
        case 'h':
            return ctl_usage(stdout, CTL_FINE);
        default:
            return ctl_usage(stderr, CTL_USAGE);
        }
    }
    command = optind < argc ? find_command(argv[optind]) : NULL;
    if (command == NULL)
        return ctl_usage(stderr, CTL_USAGE);
    argc -= optind;
    argv += optind;
    optind = 0; /* glibc: start anew, and permute */
    return command->run(argc, argv, &globals);
}

int ctl_usage(FILE *stream, int status)
{
    fputs("usage: tlsroutectl [OPTION...] COMMAND [OPTION...]\n"
          "  -s, --socket PATH  the control socket (default\n"
          "                     " RUNSTATEDIR "/tlsrouted/control.sock)\n"
          "  -V, --version      print the version\n"
          "  -h, --help         print this\n"
          "commands:\n",
          stream);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        fputs(commands[i].usage, stream);
    fputs("commands may be cut short, and most take -o, --output FORMAT: table, json, yaml or,\n"
          "where there are several objects, name; verify: text or json\n"
          "exit status: 0 healthy, done, nothing to be written, or every name is served;\n"
          "  1 not so; 2 wrong usage; 3 no answer, or it could not be found out\n",
          stream);
    return status;
}

/* NULL after saying why there is none. */
static const struct command *find_command(const char *name)
{
    enum {
        COUNT = sizeof(commands) / sizeof(commands[0])
    };
    const char *names[COUNT];
    char *candidates;
    int place;

    for (size_t i = 0; i < COUNT; i++)
        names[i] = commands[i].name;
    place = prefix_find(names, COUNT, name, &candidates);
    if (place >= 0)
        return &commands[place];
    if (place == PREFIX_AMBIGUOUS)
        fprintf(stderr, "tlsroutectl: \"%.80s\" may be %s\n", name, candidates);
    else
        fprintf(stderr, "tlsroutectl: there is no command \"%.80s\"\n", name);
    free(candidates);
    return NULL;
}
