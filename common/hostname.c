#include "common/hostname.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stddef.h>
#include <string.h>

enum {
    NAME_MAX_LENGTH = 253,
    LABEL_MAX_LENGTH = 63
};

static const char *label_problem(const char *label, size_t length);

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
        return "is an IP address; TLS routes go by DNS name";
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

static const char *label_problem(const char *label, size_t length)
{
    if (length == 0)
        return "has an empty label (two dots in a row, or one at an end)";
    if (length > LABEL_MAX_LENGTH)
        return "has a label of more than 63 characters";
    for (size_t i = 0; i < length; i++) {
        if (isupper((unsigned char)label[i]))
            return "has upper-case letters; write it in lower case";
        if (label[i] == '*')
            return "has a wildcard that is not the whole first label before a name";
        if (!islower((unsigned char)label[i]) && !isdigit((unsigned char)label[i]) &&
            label[i] != '-')
            return "has characters other than a-z, 0-9, '-' and '.'";
    }
    if (label[0] == '-' || label[length - 1] == '-')
        return "has a label that starts or ends with '-'";
    return NULL;
}
