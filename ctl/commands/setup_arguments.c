/* SPDX-License-Identifier: Apache-2.0 */
/* Some options of `setup` are about the cluster, some about this host, and some about neither: what
 * would have no effect is refused. */
#include "ctl/commands/setup_arguments.h"

#include "common/base/installation.h"
#include "common/base/memory.h"
#include "common/objects/hostname.h"
#include "ctl/arguments/timeout.h"

#include <stdlib.h>
#include <string.h>

static char *read_namespaces(const char *value, struct text_list *namespaces);
static char *add_namespace(const char *name, struct text_list *namespaces);
static char *check(const struct arguments *);

char *setup_arguments_read(const struct arguments *arguments, struct setup *setup)
{
    const char *const *options = arguments->options;
    const char *folder = options[OPTION_FOLDER];
    char *problem;

    *setup = (struct setup){
        .choice.may_reissue = options[OPTION_REISSUE] != NULL,
        .folder = folder != NULL ? folder : INSTALLATION_FOLDER,
        .instance = options[OPTION_INSTANCE],
        .is_dry = options[OPTION_DRY_RUN] != NULL,
        .is_forced = options[OPTION_FORCE] != NULL,
    };
    if (options[OPTION_IN_CLUSTER] != NULL)
        setup->folder = NULL;
    problem = timeout_read(arguments, &setup->seconds);
    if (problem == NULL && options[OPTION_NAMESPACE] != NULL)
        problem = read_namespaces(options[OPTION_NAMESPACE], &setup->choice.namespaces);
    if (problem == NULL)
        problem = check(arguments);
    if (problem != NULL)
        setup_arguments_clear(setup);
    return problem;
}

void setup_arguments_clear(struct setup *setup)
{
    text_list_clear(&setup->choice.namespaces);
}

/* VALUE: "puppet,puppet-test". */
static char *read_namespaces(const char *value, struct text_list *namespaces)
{
    char *problem = NULL;

    for (const char *name = value; name != NULL && problem == NULL;) {
        size_t length = strcspn(name, ",");
        char *copy = memory_bytes(name, length);

        problem = add_namespace(copy, namespaces);
        free(copy);
        name = name[length] == ',' ? name + length + 1 : NULL;
    }
    return problem;
}

static char *add_namespace(const char *name, struct text_list *namespaces)
{
    if (label_name_problem(name) != NULL)
        return memory_format("invalid namespace: \"%.80s\" %s", name, label_name_problem(name));
    if (text_list_has(namespaces, name))
        return memory_format("the namespace %s is given twice", name);
    text_list_add(namespaces, name);
    return NULL;
}

static char *check(const struct arguments *arguments)
{
    const char *const *options = arguments->options;
    const char *instance = options[OPTION_INSTANCE];
    bool prints = arguments->format != FORMAT_TEXT;

    if (options[OPTION_IN_CLUSTER] != NULL && options[OPTION_FOLDER] != NULL)
        return memory_text("--in-cluster and --folder cannot be combined");
    if (options[OPTION_IN_CLUSTER] != NULL && instance != NULL)
        return memory_text("--in-cluster and --instance cannot be combined");
    if (instance != NULL &&
        (label_name_problem(instance) != NULL || strcmp(instance, "tlsrouted") == 0))
        return memory_format("invalid instance: \"%.80s\" (expected at most 63 of a-z, 0-9 and -, "
                             "and not tlsrouted)",
                             instance);
    if (options[OPTION_REMOVE] != NULL && options[OPTION_FORCE] != NULL)
        return memory_text("--remove and --force cannot be combined: what others have written "
                           "is not removed");
    if (prints && (options[OPTION_REMOVE] != NULL || options[OPTION_DRY_RUN] != NULL))
        return memory_text("--output yaml and json only print objects; leave out --remove and "
                           "--dry-run");
    return NULL;
}
