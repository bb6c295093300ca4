/* SPDX-License-Identifier: Apache-2.0 */
/* One place decides what a name may look like, so that no two parts of tlsrouted disagree:
 * the rules are those of the API server, and the texts say what to change. */
#include "common/objects/hostname.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stddef.h>
#include <string.h>

enum {
    NAME_MAX_LENGTH = 253,
    LABEL_MAX_LENGTH = 63
};

static const char *label_problem(const char *label, size_t length);
static const char *characters_problem(const char *label, size_t length);

const char *hostname_problem(const char *name)
{
    unsigned char address[sizeof(struct in6_addr)];
    const char *label = name;
    const char *problem;

    if (name[0] == '\0')
        return "is empty; give the name that agents connect to";
    if (strlen(name) > NAME_MAX_LENGTH)
        return "is longer than 253 characters";
    if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1)
        return "is an IP address; a TLS route needs a DNS name";
    if (strncmp(name, "*.", 2) == 0)
        label += 2;
    for (;;) {
        size_t length = strcspn(label, ".");

        problem = label_problem(label, length);
        if (problem != NULL || label[length] == '\0')
            return problem;
        label += length + 1;
    }
}

bool hostname_covers(const char *wildcard, const char *name)
{
    size_t suffix = strlen(wildcard), length = strlen(name);

    if (strncmp(wildcard, "*.", 2) != 0 || length <= suffix - 1)
        return false;
    return strcmp(wildcard + 1, name + length - (suffix - 1)) == 0 && strcmp(wildcard, name) != 0;
}

bool hostname_intersects(const char *a, const char *b)
{
    return strcmp(a, b) == 0 || hostname_covers(a, b) || hostname_covers(b, a);
}

const char *object_name_problem(const char *name)
{
    if (strlen(name) > NAME_MAX_LENGTH)
        return "is longer than 253 characters";
    for (const char *label = name;;) {
        size_t length = strcspn(label, ".");
        const char *problem = characters_problem(label, length);

        if (problem != NULL || label[length] == '\0')
            return problem;
        label += length + 1;
    }
}

const char *label_name_problem(const char *name)
{
    if (strchr(name, '.') != NULL)
        return "contains a dot";
    return label_problem(name, strlen(name));
}

static const char *label_problem(const char *label, size_t length)
{
    if (length > LABEL_MAX_LENGTH)
        return "has a label of more than 63 characters";
    return characters_problem(label, length);
}

static const char *characters_problem(const char *label, size_t length)
{
    if (length == 0)
        return "has an empty label (two dots in a row, or one at an end)";
    for (size_t i = 0; i < length; i++) {
        if (isupper((unsigned char)label[i]))
            return "has upper-case letters; write it in lower case";
        if (label[i] == '*')
            return "has a wildcard that is not the whole first label of a longer name";
        if (!islower((unsigned char)label[i]) && !isdigit((unsigned char)label[i]) &&
            label[i] != '-')
            return "has characters other than a-z, 0-9, '-' and '.'";
    }
    if (label[0] == '-' || label[length - 1] == '-')
        return "has a label that starts or ends with '-'";
    return NULL;
}
