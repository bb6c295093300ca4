/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask what at the control socket. Pure, but for looking up a group. */
#ifndef TLSROUTED_SUPERVISOR_CONTROL_RIGHTS_H
#define TLSROUTED_SUPERVISOR_CONTROL_RIGHTS_H

#include "common/message/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define RIGHTS_NO_GROUP ((gid_t)-1)

enum right {
    RIGHT_NONE,
    RIGHT_READ,    /* ask how things are */
    RIGHT_CONTROL, /* that, and change something */
};

/* Somebody at the other end of a socket, as the kernel says. */
struct rights_peer {
    uid_t uid;
    gid_t gid;
    const gid_t *groups; /* supplementary ones */
    size_t group_count;
};

/* What PEER may do: root and the DAEMON's own user everything, members of GROUP look; if that is
 * RIGHTS_NO_GROUP, nobody else does. */
enum right rights_of(const struct rights_peer *peer, uid_t daemon, gid_t group);

/* The right that a message of TYPE from a control client needs; RIGHT_NONE if it is no command. */
enum right rights_needed(enum message_type type);

/* Why somebody with the right HAS may not send TYPE, for that person (a constant); NULL if he
 * may. */
const char *rights_refusal(enum right has, enum message_type type);

/* The right of who connected to SOCKET. What the kernel does not tell is not granted. */
enum right rights_of_socket(int socket, gid_t group);

/* Sets *GROUP to the group that is called NAME or has that number; to RIGHTS_NO_GROUP for "".
 * Returns false if there is none. Reads files: for a time before the sandbox. */
bool rights_find_group(const char *name, gid_t *group);

#endif
