/* SPDX-License-Identifier: Apache-2.0 */
/* The process that made the call is the only one that knows which it was, and it can no longer be
 * trusted: it says so with what was prepared before. */
#include "common/sandbox/trap.h"

#include "common/base/log.h"
#include "common/message/message.h"
#include "common/sandbox/calls.h"

#include <endian.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1 /* si_code; the C library's headers do not have it */
#endif

#define NO_CALL UINT32_MAX /* a placeholder: its encoding ends with its four bytes */

/* Prepared for the signal handler. */
static struct {
    int link;
    size_t size;
    char packet[32];
} last_words;

static void on_forbidden_call(int number, siginfo_t *, void *context);
static void report_to_supervisor(uint32_t call);
static void report_to_log(const char *call);

int sandbox_trap_install(int link)
{
    struct sigaction action = {.sa_sigaction = on_forbidden_call, .sa_flags = SA_SIGINFO};
    struct message message = message_of(MESSAGE_FORBIDDEN);
    msgpack_sbuffer buffer;

    message.forbidden.call = NO_CALL;
    msgpack_sbuffer_init(&buffer);
    message_encode(&message, &buffer);
    if (buffer.size > sizeof(last_words.packet))
        abort();
    memcpy(last_words.packet, buffer.data, buffer.size);
    last_words.size = buffer.size;
    last_words.link = link;
    msgpack_sbuffer_destroy(&buffer);
    sigemptyset(&action.sa_mask);
    return sigaction(SIGSYS, &action, NULL);
}

/* Uses only functions that are safe in a signal handler. */
static void on_forbidden_call(int number, siginfo_t *info, void *context)
{
    /* The signal may have been sent by hand. */
    int call = info->si_code == SYS_SECCOMP ? info->si_syscall : -1;
    sigset_t only;

    (void)number;
    (void)context;
    if (last_words.link >= 0)
        report_to_supervisor((uint32_t)call);
    else
        report_to_log(sandbox_call_name(call));
    /* Where this is forbidden too, the kernel ends the process here, as SIGSYS is blocked. */
    signal(SIGSYS, SIG_DFL);
    raise(SIGSYS);
    sigemptyset(&only);
    sigaddset(&only, SIGSYS);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
    _exit(128 + SIGSYS);
}

static void report_to_supervisor(uint32_t call)
{
    uint32_t big = htobe32(call);
    ssize_t ignored;

    memcpy(last_words.packet + last_words.size - sizeof(big), &big, sizeof(big));
    ignored =
        send(last_words.link, last_words.packet, last_words.size, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)ignored;
}

static void report_to_log(const char *call)
{
    char text[128] = "the sandbox ends this process, which made a forbidden system call: ";

    strncat(text, call, sizeof(text) - strlen(text) - 1);
    log_last_words(text);
}
