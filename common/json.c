#include "common/json.h"

#include <limits.h>
#include <string.h>

enum {
    DEPTH_MAX = 64
};

struct json_object *json_at(struct json_object *object, const char *path)
{
    char member[64];

    while (object != NULL && *path != '\0') {
        size_t length = strcspn(path, ".");

        if (length >= sizeof(member) || !json_object_is_type(object, json_type_object))
            return NULL;
        memcpy(member, path, length);
        member[length] = '\0';
        if (!json_object_object_get_ex(object, member, &object))
            return NULL;
        path += length + (path[length] == '.');
    }
    return object;
}

const char *json_text_at(struct json_object *object, const char *path)
{
    struct json_object *value = json_at(object, path);

    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

struct json_object *json_decode(const char *bytes, size_t size, const char **problem)
{
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
    struct json_object *object = NULL;

    while (size > 0 && memchr(" \t\r\n", bytes[size - 1], 4) != NULL)
        size--;
    if (tokener == NULL || size > INT_MAX) {
        *problem = "too large";
    } else {
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
        object = json_tokener_parse_ex(tokener, bytes, (int)size);
        if (json_tokener_get_error(tokener) != json_tokener_success) {
            *problem = json_tokener_error_desc(json_tokener_get_error(tokener));
            json_object_put(object);
            object = NULL;
        } else if (object == NULL) {
            *problem = "null where an object has to be";
        } else if (json_tokener_get_parse_end(tokener) != size) { /* it ends at a NUL */
            *problem = "bytes after the end";
            json_object_put(object);
            object = NULL;
        }
    }
    if (tokener != NULL)
        json_tokener_free(tokener);
    return object;
}

const char *json_encode(struct json_object *object)
{
    return json_object_to_json_string_ext(object,
                                          JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}
