/* SPDX-License-Identifier: Apache-2.0 */
/* What a service manager hears, whenever it reads. */
#include "tests/unit/check.h"

#include "supervisor/notification.h"

#include <stdio.h>

/* What happens: the daemon's state changes, or the manager takes what is due ('*': all of it, '1':
 * one datagram) or is another one ('N'). */
static void happen(struct notification *notification, char what, char *heard, size_t room)
{
    char text[NOTIFICATION_SIZE];
    unsigned parts;

    switch (what) {
    case 's':
        notification_state(notification, false, "starts");
        break;
    case 'o':
        notification_state(notification, false, "out of sync");
        break;
    case 'r':
        notification_state(notification, true, "in sync");
        break;
    case 'b':
        notification_reloading(notification, 1000);
        notification_reloaded(notification);
        break;
    case 'B':
        notification_reloading(notification, 2000);
        break;
    case 'E':
        notification_reloaded(notification);
        break;
    case 't':
        notification_stopping(notification, "Terminated");
        break;
    case 'w':
        notification_alive(notification);
        break;
    case 'x':
        notification_extend(notification, 60);
        break;
    case 'N':
        notification_forgotten(notification);
        break;
    default:
        while ((parts = notification_next(notification, text)) != 0) {
            size_t used = strlen(heard);

            snprintf(heard + used, room - used, "%s%s", used > 0 ? "|" : "", text);
            notification_taken(notification, parts);
            if (what == '1')
                break;
        }
    }
}

static const struct {
    const char *row, *events, *heard;
} rows[] = {
    {"nothing has to be said", "*", ""},
    {"a state", "s*s*", "STATUS=starts"},
    {"a state that changes", "s*o*s*", "STATUS=starts|STATUS=out of sync|STATUS=starts"},
    {"the newest state counts", "so*", "STATUS=out of sync"},
    {"ready at once", "r*", "READY=1\nSTATUS=in sync"},
    {"ready, and read late", "sro*", "READY=1\nSTATUS=out of sync"},
    {"ready once", "r*o*r*", "READY=1\nSTATUS=in sync|STATUS=out of sync|STATUS=in sync"},
    {"a reload", "r*b*", "READY=1\nSTATUS=in sync|RELOADING=1\nMONOTONIC_USEC=1000|READY=1"},
    {"a reload that is read half", "r*b1*",
     "READY=1\nSTATUS=in sync|RELOADING=1\nMONOTONIC_USEC=1000|READY=1"},
    {"two reloads, read late", "r*bBE*",
     "READY=1\nSTATUS=in sync|RELOADING=1\nMONOTONIC_USEC=2000|READY=1"},
    {"a reload within one, read half", "r*b1BE*",
     "READY=1\nSTATUS=in sync|RELOADING=1\nMONOTONIC_USEC=1000|RELOADING=1\n"
     "MONOTONIC_USEC=2000|READY=1"},
    {"a reload before it is ready", "sb*r*", "STATUS=starts|READY=1\nSTATUS=in sync"},
    {"a reload before that is known", "rb*", "READY=1\nSTATUS=in sync"},
    {"stopping", "r*t*", "READY=1\nSTATUS=in sync|STOPPING=1\nSTATUS=Stopping: Terminated"},
    {"stopping counts alone", "sbot*", "STOPPING=1\nSTATUS=Stopping: Terminated"},
    {"stopping once, for the first reason", "t*trobxt*", "STOPPING=1\nSTATUS=Stopping: Terminated"},
    {"stopping lives", "wtw*w*", "STOPPING=1\nSTATUS=Stopping: Terminated|WATCHDOG=1|WATCHDOG=1"},
    {"signs of life are not counted", "www*", "WATCHDOG=1"},
    {"more time", "sx*x*", "STATUS=starts|EXTEND_TIMEOUT_USEC=60|EXTEND_TIMEOUT_USEC=60"},
    {"no more time is needed", "xr*x*", "READY=1\nSTATUS=in sync"},
    {"another manager knows nothing", "r*N*", "READY=1\nSTATUS=in sync|READY=1\nSTATUS=in sync"},
    {"another manager, of one that starts", "s*N*", "STATUS=starts|STATUS=starts"},
    {"another manager, of one that stops", "t*N*",
     "STOPPING=1\nSTATUS=Stopping: Terminated|STOPPING=1\nSTATUS=Stopping: Terminated"},
    {"another manager knows of no reload", "r*BN*E*",
     "READY=1\nSTATUS=in sync|READY=1\nSTATUS=in sync|READY=1"},
    {"another manager before anything", "N*", ""},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct notification notification = {0};
        char heard[2048] = "";

        for (const char *event = rows[i].events; *event != '\0'; event++)
            happen(&notification, *event, heard, sizeof(heard));
        CHECK_ROW_TEXT(rows[i].row, heard, rows[i].heard);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
