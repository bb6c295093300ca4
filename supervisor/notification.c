/* SPDX-License-Identifier: Apache-2.0 */
/* A service manager may be busy when something happens: that it hears of it in the end, and in the
 * right order, must not depend on when it reads. */
#include "supervisor/notification.h"

#include "common/base/line.h"

#include <stdio.h>
#include <string.h>

/* In the order in which they are said. */
enum {
    STOPPING = 1 << 0,
    RELOADING = 1 << 1,
    READY = 1 << 2,
    STATUS = 1 << 3,
    EXTENSION = 1 << 4,
    ALIVE = 1 << 5,
};

static unsigned first_of(unsigned due);

void notification_state(struct notification *notification, bool in_sync, const char *status)
{
    bool is_first = in_sync && !notification->is_ready;
    char line[NOTIFICATION_STATUS_MAX];

    line_format(line, sizeof(line), "%s", status);
    if (notification->is_stopping || (!is_first && strcmp(line, notification->status) == 0))
        return;
    memcpy(notification->status, line, sizeof(line));
    notification->due |= STATUS;
    if (!is_first)
        return;
    notification->is_ready = true;
    notification->due |= READY;
    notification->due &= ~(unsigned)EXTENSION;
}

void notification_reloading(struct notification *notification, uint64_t now)
{
    if (!notification->is_known_ready || notification->is_stopping)
        return;
    notification->reload = now;
    notification->due |= RELOADING;
}

void notification_reloaded(struct notification *notification)
{
    if (notification->is_known_ready && !notification->is_stopping)
        notification->due |= READY;
}

void notification_stopping(struct notification *notification, const char *reason)
{
    if (notification->is_stopping)
        return;
    notification->is_stopping = true;
    line_format(notification->status, sizeof(notification->status), "Stopping: %s", reason);
    notification->due = STOPPING | (notification->due & ALIVE);
}

void notification_alive(struct notification *notification)
{
    notification->due |= ALIVE;
}

void notification_extend(struct notification *notification, uint64_t microseconds)
{
    if (notification->is_ready || notification->is_stopping)
        return;
    notification->extension = microseconds;
    notification->due |= EXTENSION;
}

/* The time is for Type=notify-reload. (systemd.service(5)) */
unsigned notification_next(const struct notification *notification, char *text)
{
    const unsigned parts = first_of(notification->due);

    switch (parts) {
    case STOPPING:
        snprintf(text, NOTIFICATION_SIZE, "STOPPING=1\nSTATUS=%s", notification->status);
        break;
    case RELOADING:
        snprintf(text, NOTIFICATION_SIZE, "RELOADING=1\nMONOTONIC_USEC=%llu",
                 (unsigned long long)notification->reload);
        break;
    case READY:
        snprintf(text, NOTIFICATION_SIZE, "READY=1");
        break;
    case READY | STATUS:
        snprintf(text, NOTIFICATION_SIZE, "READY=1\nSTATUS=%s", notification->status);
        break;
    case STATUS:
        snprintf(text, NOTIFICATION_SIZE, "STATUS=%s", notification->status);
        break;
    case EXTENSION:
        snprintf(text, NOTIFICATION_SIZE, "EXTEND_TIMEOUT_USEC=%llu",
                 (unsigned long long)notification->extension);
        break;
    case ALIVE:
        snprintf(text, NOTIFICATION_SIZE, "WATCHDOG=1");
        break;
    }
    return parts;
}

void notification_taken(struct notification *notification, unsigned parts)
{
    notification->due &= ~parts;
    if ((parts & READY) != 0)
        notification->is_known_ready = true;
}

void notification_forgotten(struct notification *notification)
{
    notification->is_known_ready = false;
    if (notification->is_stopping)
        notification->due |= STOPPING;
    else if (notification->is_ready)
        notification->due = (notification->due & ~(unsigned)RELOADING) | READY | STATUS;
    else if (notification->status[0] != '\0')
        notification->due |= STATUS;
}

/* What is said in the next datagram: one part, but for what belongs together. */
static unsigned first_of(unsigned due)
{
    const unsigned state = due & (READY | STATUS);

    if ((due & (STOPPING | RELOADING)) == 0 && state != 0)
        return state;
    return due & -due;
}
