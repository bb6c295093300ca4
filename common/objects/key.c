/* SPDX-License-Identifier: Apache-2.0 */
/* A key is one text, so that it can be queued, hashed, sorted and sent without knowing of what kind
 * its object is. */
#include "common/objects/key.h"

#include "common/base/memory.h"

#include <string.h>

/* There is hardly anything that is done more often: not with printf(). */
char *key_of(const char *namespace, const char *name)
{
    const size_t namespace_length = strlen(namespace), name_size = strlen(name) + 1;
    char *key = memory_resize(NULL, namespace_length + 1 + name_size, 1);

    memcpy(key, namespace, namespace_length);
    key[namespace_length] = '/';
    memcpy(key + namespace_length + 1, name, name_size);
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
