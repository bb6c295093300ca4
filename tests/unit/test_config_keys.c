/* SPDX-License-Identifier: Apache-2.0 */
/* The table of keys of tlsrouted.yaml: each row makes sense, and all that follows from it does. */
#include "tests/unit/check.h"

#include "common/base/memory.h"
#include "supervisor/config/fields.h"
#include "supervisor/config/help.h"
#include "supervisor/config/settings.h"

#include <stdio.h>

static bool is_text(const struct config_key *key)
{
    return key->kind == CONFIG_TEXT || key->kind == CONFIG_FILE;
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];
        const size_t length = strlen(key->text);

        CHECK_ROW(key->path,
                  key->path[strspn(key->path, "." CONFIG_WORKER
                                              "abcdefghijklmnopqrstuvwxyzABCDFGILNPSTU")] == '\0');
        CHECK_ROW(key->path, length > 10 && key->text[length - 1] == '.');
        CHECK_ROW(key->path, (key->kind == CONFIG_CHOICE) == (key->choices != NULL));
        CHECK_ROW(key->path, !key->may_be_empty || key->kind == CONFIG_TEXT);
        CHECK_ROW(key->path, key->kind != CONFIG_LIST || key->fallback == NULL);
        if (key->kind == CONFIG_NUMBER)
            CHECK_ROW(key->path, key->min < key->max && atoll(key->fallback) >= key->min &&
                                     atoll(key->fallback) <= key->max);
        if (key->choices != NULL && key->fallback != NULL)
            CHECK_ROW(key->path, config_key_choice(key, key->fallback) != NULL);
        for (size_t j = 0; j < i; j++)
            CHECK_ROW(key->path, strcmp(config_keys[j].path, key->path) != 0 &&
                                     (config_keys[j].field != key->field ||
                                      config_key_is_per_worker(&config_keys[j]) !=
                                          config_key_is_per_worker(key)));
    }
}

/* Sets KEY in CONFIG to something that no other key has. */
static void set(struct config *config, const struct config_key *key, unsigned number)
{
    for (enum role role = 0; role < fields_count(key); role++) {
        void *field = fields_at(config, key, role);
        char *text = memory_format("text-%u-%u", number, role);

        if (key->kind == CONFIG_LIST)
            text_list_add(field, text);
        else if (is_text(key))
            memory_replace(field, text);
        else
            *(unsigned *)field = number;
        free(text);
    }
}

/* Each field is compared, copied and cleared by itself. */
static void test_fields(void **state)
{
    static const struct config empty;

    (void)state;
    for (size_t i = 0; i < config_key_count; i++) {
        struct config a = {0}, b = {0};

        set(&a, &config_keys[i], 7);
        for (size_t j = 0; j < config_key_count; j++)
            CHECK_ROW(config_keys[j].path, fields_same(&config_keys[j], &a, &b) == (i != j));
        fields_copy(&config_keys[i], &b, &a);
        CHECK_ROW(config_keys[i].path, fields_same(&config_keys[i], &a, &b));
        config_clear(&a);
        CHECK_ROW(config_keys[i].path, memcmp(&a, &empty, sizeof(a)) == 0);
        CHECK_ROW(config_keys[i].path, !fields_same(&config_keys[i], &a, &b));
        config_clear(&b);
    }
}

/* Whatever is in bounds can be sent, and arrives in a field of its own. */
static void test_settings(void **state)
{
    struct message message = message_of(MESSAGE_SETTINGS);
    struct config config = {0};
    unsigned sent = 0;
    char *problem;

    (void)state;
    for (size_t i = 0; i < config_key_count; i++) {
        if (config_keys[i].kind == CONFIG_NUMBER)
            *(unsigned *)fields_at(&config, &config_keys[i], 0) = config_keys[i].max;
        else if (config_keys[i].kind != CONFIG_CHOICE)
            set(&config, &config_keys[i], (unsigned)i);
        for (const struct config_choice *choice = config_keys[i].choices;
             choice != NULL && choice->name != NULL; choice++)
            *(unsigned *)fields_at(&config, &config_keys[i], 0) = choice->value;
    }
    settings_fill(&message.settings, &config);
    problem = message_check(&message);
    assert_null(problem);
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];
        const char *setting = (const char *)&message.settings + key->setting.offset;
        const void *field = fields_read(&config, key, 0);

        if (!key->setting.exists)
            continue;
        sent++;
        if (key->kind == CONFIG_LIST)
            CHECK_ROW(key->path, memcmp(setting, field, sizeof(struct text_list)) == 0);
        else if (is_text(key))
            CHECK_ROW(key->path, memcmp(setting, field, sizeof(char *)) == 0);
        else
            CHECK_ROW(key->path,
                      *(const uint64_t *)(const void *)setting == *(const unsigned *)field);
    }
    assert_int_equal(sent, 17);
    config_clear(&config);
}

/* One line for each key, JSON with what programs need. */
static void test_help(void **state)
{
    char *text = NULL, *line, *rest;
    size_t size, rows = 0;
    FILE *stream = open_memstream(&text, &size);

    (void)state;
    help_print_json(stream);
    fclose(stream);
    for (line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        struct json_object *object = check_json(line), *member;

        assert_true(rows < config_key_count);
        assert_true(json_object_object_get_ex(object, "key", &member));
        assert_string_equal(json_object_get_string(member), config_keys[rows].path);
        assert_true(json_object_object_get_ex(object, "default", &member));
        assert_true(json_object_object_get_ex(object, "reload", &member));
        assert_true(json_object_object_get_ex(object, "values", &member) ==
                    (config_keys[rows].choices != NULL));
        json_object_put(object);
        rows++;
    }
    assert_int_equal(rows, config_key_count);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_help),
    };

    return cmocka_run_group_tests_name("config_keys", tests, NULL, NULL);
}
