/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/workers/heartbeat.h"

void heartbeat_begin(struct heartbeat *heart)
{
    heart->asked = 0;
}

enum heartbeat_action heartbeat_turn(struct heartbeat *heart, const struct heartbeat_rule *rule,
                                     int64_t now)
{
    if (heart->asked == 0) {
        heart->asked = now;
        return HEARTBEAT_ASK;
    }
    if (now - heart->asked < rule->timeout)
        return HEARTBEAT_NONE;
    heart->asked = now;
    heart->lost = true;
    return HEARTBEAT_LOST;
}

bool heartbeat_answer(struct heartbeat *heart, int64_t now)
{
    bool was_lost = heart->lost;

    heart->asked = 0;
    heart->answered = now;
    heart->lost = false;
    return was_lost;
}

void heartbeat_forgive(struct heartbeat *heart, int64_t now)
{
    if (heart->asked != 0)
        heart->asked = now;
    heart->answered = now;
}

bool heartbeat_overslept(const struct heartbeat_rule *rule, int64_t before, int64_t now)
{
    return now - before > 2 * rule->interval;
}

bool heartbeat_is_live(const struct heartbeat *heart, const struct heartbeat_rule *rule,
                       int64_t now)
{
    return now - heart->answered <= 2 * rule->timeout;
}
