/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket has no passwords: the kernel says who is at the other end, and this is all
 * that is made of it. */
#include "supervisor/control/rights.h"

#include "common/base/memory.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    GROUPS_MAX = 65536, /* that a process can be in: NGROUPS_MAX of Linux */
};

static gid_t *groups_of_socket(int socket, size_t *count);

enum right rights_of(const struct rights_peer *peer, uid_t daemon, gid_t group)
{
    bool member = peer->gid == group;

    if (peer->uid == 0 || peer->uid == daemon)
        return RIGHT_COMMAND;
    for (size_t i = 0; i < peer->group_count; i++)
        member = member || peer->groups[i] == group;
    return member && group != RIGHTS_NO_GROUP ? RIGHT_QUERY : RIGHT_NONE;
}

const char *rights_refusal(enum right has, enum right needs)
{
    if (has >= needs)
        return NULL;
    return has == RIGHT_NONE
               ? "you may not query this tlsrouted: that is for root, the user that it runs as, "
                 "and "
                 "members of control.group"
               : "you may only query this tlsrouted: commands are for root and the user that it "
                 "runs as";
}

enum right rights_of_socket(int socket, gid_t group)
{
    struct ucred credentials;
    struct rights_peer peer = {0};
    socklen_t size = sizeof(credentials);
    gid_t *groups;
    enum right right;

    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return RIGHT_NONE;
    peer.uid = credentials.uid;
    peer.gid = credentials.gid;
    peer.groups = groups = groups_of_socket(socket, &peer.group_count);
    right = rights_of(&peer, geteuid(), group);
    free(groups);
    return right;
}

bool rights_find_group(const char *name, gid_t *group)
{
    const struct group *found;
    char *end;
    unsigned long number;

    *group = RIGHTS_NO_GROUP;
    if (name[0] == '\0')
        return true;
    found = getgrnam(name);
    if (found != NULL)
        *group = found->gr_gid;
    number = strtoul(name, &end, 10);
    if (found == NULL && *end == '\0' && number < RIGHTS_NO_GROUP)
        *group = (gid_t)number;
    return *group != RIGHTS_NO_GROUP;
}

/* Those that the peer was in when it connected (socket(7), SO_PEERGROUPS; Linux 4.13). The caller
 * frees them. */
static gid_t *groups_of_socket(int socket, size_t *count)
{
    socklen_t size = 0;
    gid_t *groups;

    *count = 0;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) == 0 || errno != ERANGE ||
        size > GROUPS_MAX * sizeof(*groups))
        return NULL;
    groups = memory_new(size, 1);
    if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups, &size) == 0)
        *count = size / sizeof(*groups);
    return groups;
}
