/* SPDX-License-Identifier: Apache-2.0 */
/* However much a worker knows, an answer never takes it longer, nor fills the link further, than
 * one page; so a person who asks does not delay the work. */
#include "common/worker/answer.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/base/utf8.h"

#include <stdlib.h>
#include <string.h>

static struct json_object *shortened(struct json_object *row);

bool answer_has_room(const struct answer *answer, size_t count)
{
    return answer->rows + count <= ANSWER_ROWS_MAX && answer->bytes < ANSWER_BYTES_MAX;
}

void answer_row(struct answer *answer, struct json_object *row)
{
    struct message message = message_of(MESSAGE_ROW);
    char *json;

    if (strlen(json_encode(row)) > MESSAGE_BOUND(row, json))
        row = shortened(row);
    json = memory_text(json_encode(row));
    answer->rows++;
    answer->bytes += utf8_make_text(json, strlen(json));
    message.row.ticket = answer->query->ticket;
    message.row.json = json;
    channel_send(answer->supervisor, &message);
    free(json);
    json_object_put(row);
}

void answer_cut(struct answer *answer, const char *key)
{
    memory_replace(&answer->next, key);
    answer->more = true;
}

void answer_end(struct answer *answer)
{
    struct message message = message_of(MESSAGE_PAGE_END);

    message.page_end.ticket = answer->query->ticket;
    message.page_end.more = answer->more;
    message.page_end.next = answer->next;
    message.page_end.problem = answer->problem;
    channel_send(answer->supervisor, &message);
    free(answer->next);
}

static struct json_object *shortened(struct json_object *row)
{
    static const char *const kept[] = {"kind", "namespace", "name"};
    struct json_object *rest = json_object_new_object();

    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        struct json_object *value = json_at(row, kept[i]);

        if (json_object_is_type(value, json_type_string))
            json_object_object_add(rest, kept[i], json_object_get(value));
    }
    json_object_object_add(rest, "tooLong", json_object_new_boolean(true));
    json_object_put(row);
    return rest;
}
