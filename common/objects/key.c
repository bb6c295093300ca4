/* SPDX-License-Identifier: Apache-2.0 */
/* A key is one text, so that it can be queued, hashed, sorted and sent without knowing of what kind
 * its object is. */
#include "common/objects/key.h"

#include "common/base/memory.h"

#include <string.h>

/* Without printf(): one is made for nearly everything that is looked up. */
char *key_of(const char *namespace, const char *name)
{
    const size_t before = strlen(namespace), after = strlen(name);
    char *key = memory_resize(NULL, before + 1 + after + 1, 1);

    memcpy(key, namespace, before);
    key[before] = '/';
    memcpy(key + before + 1, name, after + 1);
    return key;
}

char *key_namespace(const char *key)
{
    return memory_bytes(key, (size_t)(key_name(key) - 1 - key));
}

const char *key_name(const char *key)
{
    return strchr(key, '/') + 1;
}

bool key_is_in(const char *key, const char *namespace)
{
    size_t length = strlen(namespace);

    return length == 0 || (strncmp(key, namespace, length) == 0 && key[length] == '/');
}
