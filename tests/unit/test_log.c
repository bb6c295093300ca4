/* SPDX-License-Identifier: Apache-2.0 */
/* The log: what a line looks like, and that no value can break one. */
#include "tests/unit/check.h"

#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/memory.h"

#include <ctype.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *captured(enum log_level, const char *message, const struct log_field *);
static const char *after_time(const char *line, enum log_format);
static bool is_logfmt(const char *line);
static bool is_json(const char *line);
static bool is_utf8(const char *text);
static void expect_whole(const char *row, const char *message, const struct log_field *);
static char *filled(const char *item, size_t count);

#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static void test_line(void **state)
{
    static const struct {
        enum log_level level;
        const char *message;
        struct log_field fields[4];
        const char *logfmt, *json; /* after the time */
    } rows[] = {
        {LOG_INFO,
         "ready",
         {END},
         "level=info role=watcher msg=ready\n",
         "\"level\":\"info\",\"role\":\"watcher\",\"msg\":\"ready\"}\n"},
        {LOG_ERROR,
         "cannot go on",
         {{.name = "reason", .text = "no \"way\""}, END},
         "level=error role=watcher msg=\"cannot go on\" reason=\"no \\\"way\\\"\"\n",
         "\"level\":\"error\",\"role\":\"watcher\",\"msg\":\"cannot go on\","
         "\"reason\":\"no \\\"way\\\"\"}\n"},
        {LOG_WARNING,
         "x",
         {{.name = "a", .number = -1, .is_number = true},
          {.name = "left-out", .text = NULL},
          {.name = "b", .number = INT64_MAX, .is_number = true},
          END},
         "level=warning role=watcher msg=x a=-1 b=9223372036854775807\n",
         "\"level\":\"warning\",\"role\":\"watcher\",\"msg\":\"x\",\"a\":-1,"
         "\"b\":9223372036854775807}\n"},
        {LOG_DEBUG,
         "",
         {{.name = "empty", .text = ""}, END},
         "level=debug role=watcher msg=\"\" empty=\"\"\n",
         "\"level\":\"debug\",\"role\":\"watcher\",\"msg\":\"\",\"empty\":\"\"}\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *line;

        log_open("watcher", LOG_DEBUG, LOG_LOGFMT);
        line = captured(rows[i].level, rows[i].message, rows[i].fields);
        CHECK_ROW_TEXT(rows[i].message, after_time(line, LOG_LOGFMT), rows[i].logfmt);
        free(line);
        log_open("watcher", LOG_DEBUG, LOG_JSON);
        line = captured(rows[i].level, rows[i].message, rows[i].fields);
        CHECK_ROW_TEXT(rows[i].message, after_time(line, LOG_JSON), rows[i].json);
        free(line);
    }
}

static void test_escapes(void **state)
{
    static const struct {
        const char *value, *logfmt, *json;
    } rows[] = {
        {"a", "a", "\"a\""},
        {"a/b:c-d_e.f,g;h", "a/b:c-d_e.f,g;h", "\"a/b:c-d_e.f,g;h\""},
        {"a b", "\"a b\"", "\"a b\""},
        {"a=b", "\"a=b\"", "\"a=b\""},
        {"\"", "\"\\\"\"", "\"\\\"\""},
        {"\\", "\"\\\\\"", "\"\\\\\""},
        {"a\nlevel=error", "\"a\\nlevel=error\"", "\"a\\nlevel=error\""},
        {"\r", "\"\\x0d\"", "\"\\r\""},
        {"\t", "\"\\x09\"", "\"\\t\""},
        {"\x01", "\"\\x01\"", "\"\\u0001\""},
        {"\x1b[31m", "\"\\x1b[31m\"", "\"\\u001b[31m\""},
        {"\x7f", "\"\\x7f\"", "\"?\""},
        {"\xc2\x9b", "\"\\x9b\"", "\"?\""},
        {"a\xff", "\"a\\xff\"", "\"a?\""},
        {"m\xc3\xbcnchen \xf0\x9f\x98\x80", "\"m\xc3\xbcnchen \xf0\x9f\x98\x80\"",
         "\"m\xc3\xbcnchen \xf0\x9f\x98\x80\""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct log_field fields[] = {{.name = "v", .text = rows[i].value}, END};
        char *expected = memory_format("level=info role=r msg=m v=%s\n", rows[i].logfmt), *line;

        log_open("r", LOG_INFO, LOG_LOGFMT);
        line = captured(LOG_INFO, "m", fields);
        CHECK_ROW_TEXT(rows[i].value, after_time(line, LOG_LOGFMT), expected);
        free(line);
        free(expected);
        expected = memory_format("\"level\":\"info\",\"role\":\"r\",\"msg\":\"m\",\"v\":%s}\n",
                                 rows[i].json);
        log_open("r", LOG_INFO, LOG_JSON);
        line = captured(LOG_INFO, "m", fields);
        CHECK_ROW_TEXT(rows[i].value, after_time(line, LOG_JSON), expected);
        free(line);
        free(expected);
    }
}

/* Every byte, in the message and in a value: one whole line. */
static void test_every_byte(void **state)
{
    (void)state;
    for (int byte = 1; byte < 128; byte++) {
        const char text[] = {'a', (char)byte, 'b', '\0'};
        const struct log_field fields[] = {
            {.name = "v", .text = text}, {.name = "w", .text = "x"}, END};

        expect_whole("a byte", text, fields);
    }
}

/* Values that are too long, one and several, of characters of every width: the line is never
 * longer than it may be, and still one that a program can read. */
static void test_long(void **state)
{
    static const char *const items[] = {
        "x", "\"", "\\", "\n", "\x01", " ", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        for (size_t shift = 0; shift < 4; shift++) {
            for (size_t count = 200; count < 6000; count += 331) {
                char *value = filled(items[i], count), *shifted;
                struct log_field fields[] = {
                    {.name = "a", .text = "y"},
                    {.name = "reason", .text = NULL},
                    {.name = "b", .text = "z"},
                    {.name = "second", .text = NULL},
                    {.name = "third", .text = NULL},
                    {.name = "fourth", .text = NULL},
                    {.name = "status", .number = 404404404, .is_number = true},
                    {.name = "last", .text = "a b"},
                    END};

                shifted = memory_format("%.*s%s", (int)shift, "zzzz", value);
                fields[1].text = shifted;
                expect_whole(items[i], "m", fields);
                expect_whole(items[i], shifted, fields);
                fields[3].text = fields[4].text = fields[5].text = shifted;
                expect_whole(items[i], "m", fields);
                free(shifted);
                free(value);
            }
        }
    }
}

/* The end of the line at every place within what comes last. */
static void test_every_end(void **state)
{
    char *filler = filled("x", 900), *value = filled("\xc3\xbc", 20);

    (void)state;
    for (size_t length = 0; length < 120; length++) {
        char *part = memory_format("%.*s", (int)(250 + 4 * length), filler);
        const struct log_field fields[] = {{.name = "a", .text = filler},
                                           {.name = "b", .text = filler},
                                           {.name = "c", .text = filler},
                                           {.name = "d", .text = part},
                                           {.name = "e", .text = value},
                                           {.name = "f", .number = 123456789, .is_number = true},
                                           {.name = "g", .text = "yy yy"},
                                           {.name = "h", .text = "zzzz"},
                                           END};

        expect_whole("the end", "m", fields);
        for (size_t cut = 0; cut < 4; cut++) {
            part[strlen(part) - 1] = '\0';
            expect_whole("the end", "m", fields);
        }
        free(part);
    }
    free(filler);
    free(value);
}

/* A value that is cut keeps its beginning. */
static void test_beginning_stays(void **state)
{
    char *value = filled("word ", 2000);
    const struct log_field fields[] = {{.name = "v", .text = value}, END};
    char *line;

    (void)state;
    for (enum log_format format = LOG_LOGFMT; format <= LOG_JSON; format++) {
        log_open("r", LOG_INFO, format);
        line = captured(LOG_INFO, "m", fields);
        assert_non_null(strstr(line, "word word word word word"));
        assert_true(strlen(line) > 500);
        free(line);
    }
    free(value);
}

static void test_many_fields(void **state)
{
    struct log_field fields[41] = {{0}};
    static char names[40][8];

    (void)state;
    for (size_t i = 0; i < 40; i++) {
        snprintf(names[i], sizeof(names[i]), "n%zu", i);
        fields[i] = LOG_NUMBER(names[i], i);
    }
    expect_whole("many", "m", fields);
}

static void test_levels(void **state)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    const struct log_field none[] = {END};
    enum log_level level;

    (void)state;
    for (enum log_level asked = LOG_ERROR; asked <= LOG_DEBUG; asked++) {
        assert_string_equal(log_level_name(asked), names[asked]);
        assert_true(log_level_parse(names[asked], &level));
        assert_int_equal(level, asked);
        log_open("r", asked, LOG_LOGFMT);
        for (enum log_level written = LOG_ERROR; written <= LOG_DEBUG; written++) {
            char *line = captured(written, "m", none);

            assert_true((line[0] != '\0') == (written <= asked));
            free(line);
        }
    }
    assert_false(log_level_parse("Info", &level));
    assert_false(log_level_parse("", &level));
    assert_false(log_level_parse("information", &level));
}

/* Also the line that is written without memory. */
static void test_last_words(void **state)
{
    int kept = dup(STDERR_FILENO), file = memfd_create("log", 0);
    static const char first[] = "level=error role=r msg=\"the \\\"end\\\"\"\n";
    char line[LOG_LINE_MAX + 1] = "", *large = filled("x\n", 5000);

    (void)state;
    log_open("r", LOG_INFO, LOG_LOGFMT);
    dup2(file, STDERR_FILENO);
    log_last_words("the \"end\"");
    log_last_words(large);
    dup2(kept, STDERR_FILENO);
    assert_true(pread(file, line, sizeof(line) - 1, 0) > 0);
    assert_memory_equal(line, first, strlen(first));
    assert_true(is_logfmt(line + strlen(first)));
    close(file);
    close(kept);
    free(large);
}

/* One line, not too long, that a program can read, in both formats. */
static void expect_whole(const char *row, const char *message, const struct log_field *fields)
{
    for (enum log_format format = LOG_LOGFMT; format <= LOG_JSON; format++) {
        char *line;

        log_open("watcher", LOG_INFO, format);
        line = captured(LOG_INFO, message, fields);
        CHECK_ROW(row, strlen(line) <= LOG_LINE_MAX);
        CHECK_ROW(row, strchr(line, '\n') == line + strlen(line) - 1);
        for (const char *byte = line; byte[1] != '\0'; byte++)
            CHECK_ROW(row, !iscntrl((unsigned char)*byte) || (format == LOG_JSON && *byte == 0x7f));
        if (format == LOG_JSON ? !is_json(line) : !is_logfmt(line))
            fail_msg("%s: not whole: ...%s", row,
                     strlen(line) > 200 ? line + strlen(line) - 200 : line);
        if (!is_utf8(line))
            fail_msg("%s: not UTF-8: ...%s", row,
                     strlen(line) > 200 ? line + strlen(line) - 200 : line);
        after_time(line, format);
        free(line);
    }
}

/* What one event writes; "" for nothing. */
static char *captured(enum log_level level, const char *message, const struct log_field *fields)
{
    int kept = dup(STDERR_FILENO), file = memfd_create("log", 0);
    char *line = memory_new(4 * LOG_LINE_MAX, 1);

    dup2(file, STDERR_FILENO);
    log_write(level, message, fields);
    dup2(kept, STDERR_FILENO);
    assert_true(pread(file, line, 4 * LOG_LINE_MAX - 1, 0) >= 0);
    close(file);
    close(kept);
    return line;
}

/* LINE after its time, which has to be one: 2026-01-02T03:04:05.678Z */
static const char *after_time(const char *line, enum log_format format)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ";
    const char *begin = format == LOG_JSON ? "{\"time\":\"" : "time=";
    const char *end = format == LOG_JSON ? "\"," : " ";

    assert_memory_equal(line, begin, strlen(begin));
    line += strlen(begin);
    for (size_t i = 0; form[i] != '\0'; i++, line++)
        assert_true(form[i] == 'd' ? isdigit((unsigned char)*line) : *line == form[i]);
    assert_memory_equal(line, end, strlen(end));
    return line + strlen(end);
}

/* name=value pairs with one space between, values bare or in quotes that are closed; a number has
 * all its digits. */
static bool is_logfmt(const char *line)
{
    for (;;) {
        const char *name = line;
        size_t length = strspn(line, "abcdefghijklmnopqrstuvwxyz0123456789-");

        line += length;
        if (length == 0 || *line++ != '=')
            return false;
        if (length == 6 && memcmp(name, "status", 6) == 0 && strncmp(line, "404404404", 9) != 0)
            return false;
        if (length == 1 && *name == 'f' && strncmp(line, "123456789", 9) != 0)
            return false;
        if (*line == '"') {
            for (line++; *line != '"'; line++) {
                if (*line == '\\' && line[1] == 'x')
                    line += 2 + (isxdigit((unsigned char)line[2]) != 0);
                else if (*line == '\\')
                    line++;
                if (*line == '\0' || *line == '\n')
                    return false;
            }
            line++;
        } else {
            line += strcspn(line, " =\"\\\n");
        }
        if (strcmp(line, "\n") == 0)
            return true;
        if (*line++ != ' ')
            return false;
    }
}

static bool is_json(const char *line)
{
    const char *problem;
    struct json_object *object = json_decode(line, strlen(line), &problem);
    bool good = json_at(object, "role") != NULL;

    json_object_put(object);
    return good;
}

/* Whether every character is whole; good enough for what these tests put in. */
static bool is_utf8(const char *text)
{
    while (*text != '\0') {
        unsigned char first = (unsigned char)*text++;
        int more = first < 0x80    ? 0
                   : first >= 0xf0 ? 3
                   : first >= 0xe0 ? 2
                   : first >= 0xc2 ? 1
                                   : -1;

        if (more < 0)
            return false;
        for (; more > 0; more--, text++) {
            if (((unsigned char)*text & 0xc0) != 0x80)
                return false;
        }
    }
    return true;
}

static char *filled(const char *item, size_t count)
{
    size_t length = strlen(item);
    char *text = memory_new(count * length + 1, 1);

    for (size_t i = 0; i < count; i++)
        memcpy(text + i * length, item, length);
    return text;
}

/* With the priority before it, as long as standard error is what the variable names. */
static void test_journal(void **state)
{
    static const struct {
        enum log_level level;
        const char *prefix;
    } rows[] = {{LOG_ERROR, "<3>"}, {LOG_WARNING, "<4>"}, {LOG_INFO, "<6>"}, {LOG_DEBUG, "<7>"}};
    const struct log_field none[] = {END};
    int kept = dup(STDERR_FILENO), file = memfd_create("log", 0);
    char *stream, line[256];
    struct stat status;

    (void)state;
    assert_int_equal(fstat(file, &status), 0);
    stream = memory_format("%llu:%llu", (unsigned long long)status.st_dev,
                           (unsigned long long)status.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ssize_t size;

        dup2(file, STDERR_FILENO);
        log_open("r", LOG_DEBUG, i % 2 ? LOG_JSON : LOG_LOGFMT);
        assert_int_equal(ftruncate(file, 0), 0);
        log_write(rows[i].level, "m", none);
        dup2(kept, STDERR_FILENO);
        size = pread(file, line, sizeof(line) - 1, 0);
        assert_true(size > 0);
        line[size] = '\0';
        lseek(file, 0, SEEK_SET);
        assert_memory_equal(line, rows[i].prefix, 3);
        after_time(line + 3, i % 2 ? LOG_JSON : LOG_LOGFMT);
    }
    log_open("r", LOG_DEBUG, LOG_LOGFMT);
    free(stream);
    stream = captured(LOG_ERROR, "m", none); /* another file */
    assert_int_equal(stream[0], 't');
    unsetenv("JOURNAL_STREAM");
    close(file);
    close(kept);
    free(stream);
}

/* Somebody else with the same standard error has turned blocking off: no line is lost, and none is
 * torn. A child reads slowly. */
static void test_does_not_block(void **state)
{
    enum {
        LINES = 2000
    };
    int line[2], saved = dup(STDERR_FILENO), status;
    pid_t reader;

    (void)state;
    assert_int_equal(pipe(line), 0);
    reader = fork();
    assert_true(reader >= 0);
    if (reader == 0) {
        FILE *stream = fdopen(line[0], "r");
        char text[256];
        int count = 0;

        close(line[1]);
        poll(NULL, 0, 200); /* the pipe is full by now */
        while (fgets(text, sizeof(text), stream) != NULL)
            count += strstr(text, " msg=\"a line of the log\" number=") != NULL;
        _exit(count == LINES ? 0 : 1);
    }
    close(line[0]);
    assert_int_equal(fcntl(line[1], F_SETFL, O_NONBLOCK), 0);
    dup2(line[1], STDERR_FILENO);
    close(line[1]);
    log_open("watcher", LOG_INFO, LOG_LOGFMT);
    for (int i = 0; i < LINES; i++)
        log_info("a line of the log", LOG_NUMBER("number", i));
    dup2(saved, STDERR_FILENO);
    close(saved);
    assert_int_equal(waitpid(reader, &status, 0), reader);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line),           cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_every_byte),     cmocka_unit_test(test_long),
        cmocka_unit_test(test_every_end),      cmocka_unit_test(test_beginning_stays),
        cmocka_unit_test(test_many_fields),    cmocka_unit_test(test_levels),
        cmocka_unit_test(test_does_not_block), cmocka_unit_test(test_last_words),
        cmocka_unit_test(test_journal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
