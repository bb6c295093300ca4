// SPDX-License-Identifier: Apache-2.0
// What holds namespaces together and does nothing else: the first process of a Pod, and of the node
// itself. It buries the dead and ends when it is told to. Static, since a Pod's has no libraries.

#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void end(int number);
static void bury(int number);

int main(void)
{
    signal(SIGTERM, end);
    signal(SIGINT, end);
    signal(SIGCHLD, bury);
    bury(0); // those who died before
    for (;;) {
        pause();
    }
}

static void end(int number)
{
    (void)number;
    _exit(0);
}

static void bury(int number)
{
    (void)number;
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
}
