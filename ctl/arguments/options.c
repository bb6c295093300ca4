/* SPDX-License-Identifier: Apache-2.0 */
/* One row per option, from which parsing, help and completion follow. */
#include "ctl/arguments/options.h"

#include "common/base/installation.h"
#include "common/base/memory.h"
#include "ctl/arguments/prefix.h"

#include <stdlib.h>

/* clang-format off */
static const struct option_info infos[OPTIONS] = {
    [OPTION_LIVE] = {.name = "--live", .exclusive = true,
        .help = "whether it runs and its workers respond"},
    [OPTION_READY] = {.name = "--ready", .exclusive = true,
        .help = "whether it is in sync with the API server (default)"},
    [OPTION_DOT] = {.name = "--dot", .exclusive = true, .help = "for Graphviz (default)"},
    [OPTION_MERMAID] = {.name = "--mermaid", .exclusive = true, .help = "for Mermaid"},
    [OPTION_SVG] = {.name = "--svg", .exclusive = true, .help = "as an SVG image"},
    [OPTION_YES] = {.name = "--yes", .letter = 'y', .help = "do not ask"},
    [OPTION_CONNECT] = {.name = "--connect", .value = "HOST:PORT",
        .help = "connect to this instead of the Gateway"},
    [OPTION_HOSTNAME] = {.name = "--hostname", .value = "NAME",
        .help = "verify this name; needs --connect, no API server"},
    [OPTION_KUBECONFIG] = {.name = "--kubeconfig", .value = "FILE", .values = VALUES_FILES,
        .help = "kubeconfig of the cluster", .otherwise = "$KUBECONFIG or ~/.kube/config"},
    [OPTION_CONTEXT] = {.name = "--context", .value = "NAME",
        .help = "context of the kubeconfig", .otherwise = "its current-context"},
    [OPTION_NAMESPACE] = {.name = "--namespace", .letter = 'n', .value = "NAMESPACE",
        .help = "only for this namespace", .otherwise = "all"},
    [OPTION_CA] = {.name = "--ca", .value = "FILE", .values = VALUES_FILES,
        .help = "also verify the chain against this CA"},
    [OPTION_FOLDER] = {.name = "--folder", .value = "FOLDER", .values = VALUES_FILES,
        .help = "folder of the files of this host", .otherwise = INSTALLATION_FOLDER},
    [OPTION_INSTANCE] = {.name = "--instance", .value = "NAME",
        .help = "for tlsrouted@NAME, which serves a further cluster"},
    [OPTION_IN_CLUSTER] = {.name = "--in-cluster",
        .help = "only what the cluster needs: no files"},
    [OPTION_REISSUE] = {.name = "--reissue",
        .help = "with the right for certificates.reissue: pending"},
    [OPTION_REMOVE] = {.name = "--remove", .help = "undo it: delete what it has created"},
    [OPTION_DRY_RUN] = {.name = "--dry-run", .help = "only show what would be done"},
    [OPTION_FORCE] = {.name = "--force", .help = "replace what others have written"},
    [OPTION_TIMEOUT] = {.name = "--timeout", .value = "SECONDS",
        .help = "limit of each handshake and request", .otherwise = "10"},
    [OPTION_OUTPUT] = {.name = "--output", .letter = 'o', .value = "FORMAT",
        .values = VALUES_FORMATS, .help = "output format"},
    [OPTION_SOCKET] = {.name = "--socket", .letter = 's', .value = "PATH", .values = VALUES_FILES,
        .help = "control socket of tlsrouted", .otherwise = INSTALLATION_SOCKET},
    [OPTION_VERSION] = {.name = "--version", .letter = 'V', .help = "print the version"},
    [OPTION_HELP] = {.name = "--help", .letter = 'h', .help = "print this help"},
};
/* clang-format on */

const struct option_info *option_info(enum option_id option)
{
    return &infos[option];
}

enum option_id option_by_letter(unsigned set, char letter)
{
    for (enum option_id i = 0; i < OPTIONS; i++) {
        if ((set & (1u << i)) != 0 && letter != '\0' && infos[i].letter == letter)
            return i;
    }
    return OPTIONS;
}

enum option_id option_by_name(unsigned set, const char *name, size_t length, char **candidates)
{
    const char *names[OPTIONS];
    enum option_id options[OPTIONS];
    size_t count = 0;
    char *word = memory_bytes(name, length);
    int index;

    for (enum option_id i = 0; i < OPTIONS; i++) {
        if ((set & (1u << i)) == 0)
            continue;
        names[count] = infos[i].name;
        options[count++] = i;
    }
    index = prefix_find(names, count, word, candidates);
    free(word);
    return index >= 0 ? options[index] : OPTIONS;
}
