/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody may do at the control socket. Pure, but for what the kernel and /etc/group say. */
#ifndef TLSROUTED_SUPERVISOR_CONTROL_RIGHTS_H
#define TLSROUTED_SUPERVISOR_CONTROL_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define RIGHTS_NO_GROUP ((gid_t)-1)

enum right {
    RIGHT_NONE,
    RIGHT_QUERY,   /* see how things are */
    RIGHT_COMMAND, /* that, and make something happen */
};

/* Somebody at the other end of a socket, as the kernel knows him. */
struct rights_peer {
    uid_t uid;
    gid_t gid;
    const gid_t *groups; /* supplementary ones */
    size_t group_count;
};

/* What PEER may do: root and the DAEMON's own user everything, members of GROUP only query; if that
 * is RIGHTS_NO_GROUP, nobody else has a right. */
enum right rights_of(const struct rights_peer *peer, uid_t daemon, gid_t group);

/* Why somebody with the right HAS may not do what needs the right NEEDS, in words for that person
 * (a constant); NULL if he may. */
const char *rights_refusal(enum right has, enum right needs);

/* The right of whoever is connected to SOCKET. What the kernel does not say is not granted. */
enum right rights_of_socket(int socket, gid_t group);

/* Sets *GROUP to the group that is called NAME or has that number; to RIGHTS_NO_GROUP for "".
 * Returns false if there is none. Reads files: not possible in the sandbox. */
bool rights_find_group(const char *name, gid_t *group);

#endif
