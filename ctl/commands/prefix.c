/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/commands/prefix.h"

#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

int prefix_find(const char *const *words, size_t count, const char *word, char **candidates)
{
    size_t length = strlen(word), found = 0;
    int place = PREFIX_NONE;
    char *names = NULL;

    *candidates = NULL;
    for (size_t i = 0; i < count && length > 0; i++) {
        if (strncmp(words[i], word, length) != 0)
            continue;
        if (words[i][length] == '\0') {
            free(names);
            return (int)i;
        }
        char *longer = memory_format("%s%s%s", names != NULL ? names : "",
                                     names != NULL ? ", " : "", words[i]);
        free(names);
        names = longer;
        place = (int)i;
        found++;
    }
    if (found <= 1) {
        free(names);
        return place;
    }
    *candidates = names;
    return PREFIX_AMBIGUOUS;
}
