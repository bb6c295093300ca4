/* SPDX-License-Identifier: Apache-2.0 */
/* Commands and long options follow the same rule of abbreviation, so that both are forgiving in the
 * same way and name the same kind of candidates. */
#include "ctl/arguments/prefix.h"

#include "common/base/memory.h"
#include "ctl/output/text.h"

#include <stdlib.h>
#include <string.h>

int prefix_find(const char *const *words, size_t count, const char *word, char **candidates)
{
    const char **matches = memory_new(count + 1, sizeof(*matches));
    size_t length = strlen(word), found = 0;
    int index = PREFIX_NONE;

    *candidates = NULL;
    for (size_t i = 0; i < count && length > 0; i++) {
        if (strncmp(words[i], word, length) != 0)
            continue;
        index = (int)i;
        matches[found++] = words[i];
        if (words[i][length] == '\0') {
            found = 1;
            break;
        }
    }
    if (found > 1) {
        *candidates = text_alternatives(matches, found);
        index = PREFIX_AMBIGUOUS;
    }
    free(matches);
    return index;
}
