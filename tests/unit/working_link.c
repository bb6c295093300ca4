/* SPDX-License-Identifier: Apache-2.0 */
/* A channel knows its time by what has passed over it, so all of that is really sent. */
#include "tests/unit/check.h"

#include "tests/unit/working_link.h"

#include <sys/socket.h>

static void say(struct channel *supervisor, int socket, const struct message *message)
{
    msgpack_sbuffer packet;

    msgpack_sbuffer_init(&packet);
    message_encode(message, &packet);
    assert_int_equal(send(socket, packet.data, packet.size, MSG_NOSIGNAL), packet.size);
    msgpack_sbuffer_destroy(&packet);
    channel_receive(supervisor);
}

void say_hello(struct channel *supervisor, int socket)
{
    struct message hello = message_of(MESSAGE_HELLO);

    hello.hello.version = PACKAGE_VERSION;
    say(supervisor, socket, &hello);
}

void begin_work(struct channel *supervisor, int socket)
{
    const struct message start = message_of(MESSAGE_START), ready = message_of(MESSAGE_READY);
    char packet[16];

    say_hello(supervisor, socket);
    channel_send(supervisor, &start);
    assert_int_equal(recv(socket, packet, sizeof(packet), MSG_DONTWAIT), 1);
    say(supervisor, socket, &ready);
}
