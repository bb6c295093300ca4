/* SPDX-License-Identifier: Apache-2.0 */
/* Apart from the kubeconfig that names it, since a plugin outlives that: it is run again and again.
 */
#include "common/kubeconfig/exec_plugin.h"

#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

void exec_plugin_free(struct exec_plugin *plugin)
{
    if (plugin == NULL)
        return;
    free(plugin->command);
    text_list_clear(&plugin->arguments);
    memory_wipe((char *)plugin->variables.bytes, plugin->variables.size);
    free(plugin);
}

bool exec_plugin_same(const struct exec_plugin *a, const struct exec_plugin *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return strcmp(a->version, b->version) == 0 && strcmp(a->command, b->command) == 0 &&
           a->wants_cluster == b->wants_cluster && text_list_equal(&a->arguments, &b->arguments) &&
           text_list_equal(&a->variables, &b->variables);
}
