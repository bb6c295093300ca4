/* SPDX-License-Identifier: Apache-2.0 */
/* One cause, one line, however many processes meet it. */
#include "supervisor/workers/refusals.h"

#include "common/base/log.h"

void refusals_log(struct refusals *refusals, const struct text_list *refused)
{
    TEXT_LIST_FOREACH (line, refused) {
        if (text_list_has(&refusals->logged, line))
            continue;
        text_list_add(&refusals->logged, line);
        log_warning("this machine refuses a part of the sandbox; going on without it",
                    LOG_TEXT("reason", line));
    }
}

void refusals_clear(struct refusals *refusals)
{
    text_list_clear(&refusals->logged);
}
