#include "supervisor/token_life.h"

#include "common/memory.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEPTH_MOST = 8
};

static char *decode(const char *text, size_t size);
static int value_of(char character);
static uint64_t end_in(const char *payload);

uint64_t token_life_end(const char *token)
{
    const char *payload = token != NULL ? strchr(token, '.') : NULL;
    uint64_t end = 0;
    char *decoded;

    if (payload == NULL || strchr(payload + 1, '.') == NULL)
        return 0;
    decoded = decode(payload + 1, strcspn(payload + 1, "."));
    if (decoded != NULL)
        end = end_in(decoded);
    memory_wipe_text(decoded);
    return end;
}

/* base64url without padding (RFC 4648, section 5). NULL if it is not that. */
static char *decode(const char *text, size_t size)
{
    char *bytes = memory_new(size + 1, 1);
    unsigned bits = 0, count = 0;
    size_t used = 0;

    for (size_t i = 0; i < size; i++) {
        int value = value_of(text[i]);

        if (value < 0) {
            memory_wipe(bytes, size + 1);
            return NULL;
        }
        bits = (bits << 6 | (unsigned)value) & 0xffff;
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes[used++] = (char)(bits >> count & 0xff);
        }
    }
    return bytes;
}

static int value_of(char character)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789-_";
    const char *place = character != '\0' ? strchr(alphabet, character) : NULL;

    return place != NULL ? (int)(place - alphabet) : -1;
}

static uint64_t end_in(const char *payload)
{
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MOST);
    struct json_object *object = json_tokener_parse_ex(tokener, payload, -1), *end = NULL;
    int64_t seconds = 0;

    if (json_object_is_type(object, json_type_object) &&
        json_object_object_get_ex(object, "exp", &end) && json_object_is_type(end, json_type_int))
        seconds = json_object_get_int64(end);
    json_object_put(object);
    json_tokener_free(tokener);
    return seconds > 0 ? (uint64_t)seconds : 0;
}
