/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic of heartbeats, apart from processes and timers, so that it can be tested by lists
 * of times. */
#include "supervisor/workers/heartbeat.h"

#include "common/base/delays.h"

void heartbeat_begin(struct heartbeat *heartbeat)
{
    heartbeat->pinged = 0;
    heartbeat->is_quiet = false;
}

enum heartbeat_action heartbeat_turn(struct heartbeat *heartbeat, const struct heartbeat_rule *rule,
                                     bool is_resting, int64_t now)
{
    const bool was_quiet = heartbeat->is_quiet;

    heartbeat->is_quiet = false;
    if (heartbeat->pinged == 0) {
        heartbeat->pinged = now;
        heartbeat->is_quiet = is_resting;
        return is_resting ? HEARTBEAT_QUIET : HEARTBEAT_PING;
    }
    if (now - heartbeat->pinged < rule->timeout)
        return was_quiet ? HEARTBEAT_PING : HEARTBEAT_NONE;
    heartbeat->pinged = now;
    heartbeat->lost = true;
    return HEARTBEAT_LOST;
}

bool heartbeat_answer(struct heartbeat *heartbeat, int64_t now)
{
    bool was_lost = heartbeat->lost;

    heartbeat->pinged = 0;
    heartbeat->is_quiet = false;
    heartbeat->answered = now;
    heartbeat->lost = false;
    return was_lost;
}

void heartbeat_reset(struct heartbeat *heartbeat, int64_t now)
{
    if (heartbeat->pinged != 0)
        heartbeat->pinged = now;
    heartbeat->answered = now;
}

bool heartbeat_was_suspended(const struct heartbeat_rule *rule, int64_t due, int64_t now)
{
    return now - due > rule->interval;
}

int64_t heartbeat_rest(const struct heartbeat_rule *rule)
{
    const int64_t longest = 2 * rule->timeout / 3, usual = 1000 * HEARTBEAT_REST_SECONDS;
    const int64_t rest = usual < longest ? usual : longest;

    return rest > rule->interval ? rest : rule->interval;
}

bool heartbeat_is_live(const struct heartbeat *heartbeat, const struct heartbeat_rule *rule,
                       int64_t now)
{
    return now - heartbeat->answered <= 2 * rule->timeout;
}
