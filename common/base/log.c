/* SPDX-License-Identifier: Apache-2.0 */
/* All processes write to one standard error, and much of what they write was chosen by strangers:
 * every line is escaped, bounded and written at once. Must not use memory.c, which uses it to
 * report that memory has run out. */
#include "common/base/log.h"

#include "common/base/utf8.h"

#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    VALUE_MAX = 1024, /* bytes of a value that are written */
    PREFIX_MAX = 3,   /* bytes of the priority before a line */
    QUOTE_ROOM = 16,  /* for an escaped character, the closing quote and the newline */
};

/* A line under construction. What does not fit is cut, and FULL is set. */
struct line {
    size_t length;
    bool full;
    char text[LOG_LINE_MAX];
};

static void write_logfmt(struct line *, const struct log_field *);
static void write_json(struct line *, const struct log_field *);
static void add_text(struct line *, const char *text);
static void add_bytes(struct line *, const char *bytes, size_t size);
static void add_quoted(struct line *, const char *text);
static struct json_object *json_value(const char *text);
static void add_priority(struct line *, enum log_level);
static bool is_journal(int descriptor);
static void finish_and_write(struct line *);
static void wait_for_room(void);
static void format_time(char *text, size_t size);

static const char *const level_names[] = {
    [LOG_ERROR] = "error", [LOG_WARNING] = "warning", [LOG_INFO] = "info", [LOG_DEBUG] = "debug"};

/* The journal takes the numbers of syslog(3). (sd-daemon(3)) */
static const char *const priorities[] = {
    [LOG_ERROR] = "<3>", [LOG_WARNING] = "<4>", [LOG_INFO] = "<6>", [LOG_DEBUG] = "<7>"};

static struct {
    const char *role;
    enum log_level level;
    enum log_format format;
    enum {
        JOURNAL_UNKNOWN,
        JOURNAL_NO,
        JOURNAL_YES
    } journal; /* whether standard error is the journal */
} logger = {"tlsrouted", LOG_INFO, LOG_LOGFMT, JOURNAL_UNKNOWN};

void log_open(const char *role, enum log_level level, enum log_format format)
{
    logger.role = role;
    logger.level = level;
    logger.format = format;
    logger.journal = JOURNAL_UNKNOWN;
}

void log_write(enum log_level level, const char *message, const struct log_field *fields)
{
    enum {
        OWN_FIELDS = 4,
        FIELDS_MAX = 24
    };
    char time_text[40];
    struct log_field all[OWN_FIELDS + FIELDS_MAX + 1] = {0};
    struct line line = {0};
    size_t count = OWN_FIELDS;

    if (level > logger.level)
        return;
    format_time(time_text, sizeof(time_text));
    all[0] = LOG_TEXT("time", time_text);
    all[1] = LOG_TEXT("level", level_names[level]);
    all[2] = LOG_TEXT("role", logger.role);
    all[3] = LOG_TEXT("msg", message);
    for (; fields->name != NULL && count < OWN_FIELDS + FIELDS_MAX; fields++) {
        if (fields->is_number || fields->text != NULL)
            all[count++] = *fields;
    }
    add_priority(&line, level);
    if (logger.format == LOG_JSON)
        write_json(&line, all);
    else
        write_logfmt(&line, all);
    finish_and_write(&line);
}

void log_last_words(const char *message)
{
    struct line line = {0};

    add_priority(&line, LOG_ERROR);
    add_text(&line, "level=error role=");
    add_text(&line, logger.role);
    add_text(&line, " msg=");
    add_quoted(&line, message);
    finish_and_write(&line);
}

const char *log_level_name(enum log_level level)
{
    return level_names[level];
}

bool log_level_parse(const char *name, enum log_level *level)
{
    for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
        if (strcmp(level_names[i], name) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

/* A field whose name or number does not fit is left out altogether. */
static void write_logfmt(struct line *line, const struct log_field *fields)
{
    for (const struct log_field *field = fields; field->name != NULL; field++) {
        size_t before = line->length;
        char number[32];

        if (field != fields)
            add_text(line, " ");
        add_text(line, field->name);
        add_text(line, "=");
        if (field->is_number) {
            snprintf(number, sizeof(number), "%lld", (long long)field->number);
            add_text(line, number);
        } else if (field->text[0] != '\0' && field->text[strcspn(field->text, " =\"\\")] == '\0' &&
                   field->text[strspn(field->text, "!#$%&'()*+,-./0123456789:;<>?@"
                                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`"
                                                   "abcdefghijklmnopqrstuvwxyz{|}~")] == '\0') {
            add_bytes(line, field->text, utf8_prefix(field->text, VALUE_MAX));
        } else {
            add_quoted(line, field->text);
        }
        if (line->full)
            line->length = before;
        line->full = false;
    }
}

/* A field that makes the line too long is left out altogether, so that the line stays valid JSON.
 */
static void write_json(struct line *line, const struct log_field *fields)
{
    struct json_object *object = json_object_new_object();
    const char *text;

    for (const struct log_field *field = fields; field->name != NULL; field++) {
        struct json_object *value =
            field->is_number ? json_object_new_int64(field->number) : json_value(field->text);

        json_object_object_add(object, field->name, value);
        text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
                                                          JSON_C_TO_STRING_NOSLASHESCAPE);
        if (strlen(text) > LOG_LINE_MAX - 2 - PREFIX_MAX)
            json_object_object_del(object, field->name);
    }
    add_text(line, json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
                                                              JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(object);
}

static void add_text(struct line *line, const char *text)
{
    add_bytes(line, text, strlen(text));
}

static void add_bytes(struct line *line, const char *bytes, size_t size)
{
    size_t room = sizeof(line->text) - 2 - line->length;

    if (size > room) {
        size = room;
        line->full = true;
    }
    memcpy(line->text + line->length, bytes, size);
    line->length += size;
}

/* Escapes control characters and whatever is not UTF-8: no value can start a new line or send codes
 * to a terminal. */
static void add_quoted(struct line *line, const char *text)
{
    const char *end = text + utf8_prefix(text, VALUE_MAX);

    add_text(line, "\"");
    while (text < end && line->length < sizeof(line->text) - QUOTE_ROOM) {
        size_t length = utf8_length(text, (size_t)(end - text));
        char escaped[8] = "";

        if (*text == '"' || *text == '\\')
            snprintf(escaped, sizeof(escaped), "\\%c", *text);
        else if (*text == '\n')
            snprintf(escaped, sizeof(escaped), "\\n");
        else if (length == 0 || utf8_is_control(text, length))
            snprintf(escaped, sizeof(escaped), "\\x%02x", (unsigned char)text[length == 2 ? 1 : 0]);
        else
            add_bytes(line, text, length);
        add_text(line, escaped);
        text += length > 0 ? length : 1;
    }
    add_text(line, "\"");
}

/* Puts '?' for what json-c would write as it is: bytes that are not UTF-8, and control characters
 * that a terminal obeys. */
static struct json_object *json_value(const char *text)
{
    const char *end = text + utf8_prefix(text, VALUE_MAX);
    char value[VALUE_MAX + 1];
    size_t size = 0;

    while (text < end) {
        size_t length = utf8_length(text, (size_t)(end - text));

        if (length == 0 || *text == 0x7f || (length == 2 && utf8_is_control(text, length))) {
            value[size++] = '?';
        } else {
            memcpy(value + size, text, length);
            size += length;
        }
        text += length > 0 ? length : 1;
    }
    return json_object_new_string_len(value, (int)size);
}

static void add_priority(struct line *line, enum log_level level)
{
    if (logger.journal == JOURNAL_UNKNOWN)
        logger.journal = is_journal(STDERR_FILENO) ? JOURNAL_YES : JOURNAL_NO;
    if (logger.journal == JOURNAL_YES)
        add_text(line, priorities[level]);
}

/* The variable holds the device and the inode of the journal's socket, as standard error may have
 * been redirected since. (systemd.exec(5)) */
static bool is_journal(int descriptor)
{
    const char *named = getenv("JOURNAL_STREAM");
    char own[64];
    struct stat status;

    if (named == NULL || fstat(descriptor, &status) != 0)
        return false;
    snprintf(own, sizeof(own), "%llu:%llu", (unsigned long long)status.st_dev,
             (unsigned long long)status.st_ino);
    return strcmp(named, own) == 0;
}

static void finish_and_write(struct line *line)
{
    size_t done = 0;

    line->text[line->length++] = '\n';
    while (done < line->length) {
        ssize_t size = write(STDERR_FILENO, line->text + done, line->length - done);

        if (size >= 0)
            done += (size_t)size;
        else if (errno == EAGAIN)
            wait_for_room();
        else if (errno != EINTR)
            break;
    }
}

/* Whether writing blocks is a flag that all who share standard error have in common: a process that
 * has been taken over can change it for the others. */
static void wait_for_room(void)
{
    struct pollfd polled = {.fd = STDERR_FILENO, .events = POLLOUT};

    poll(&polled, 1, -1);
}

static void format_time(char *text, size_t size)
{
    struct timespec now;
    struct tm utc;
    char seconds[24];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text, size, "%s.%03ldZ", seconds, now.tv_nsec / 1000000);
}
