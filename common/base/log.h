/* SPDX-License-Identifier: Apache-2.0 */
/* The log: one line per event on standard error, as logfmt or JSON.
 *
 * A line holds the time (UTC, RFC 3339), the level, the role of the program, the message and the
 * fields of the event. It is written with one write(2), so that lines of programs that share
 * standard error do not mix. Where standard error is the journal (JOURNAL_STREAM), each line begins
 * with its priority: "<4>". Values are escaped. A line has at most LOG_LINE_MAX bytes: long values
 * are cut. Callers never pass tokens, keys or request headers. */
#ifndef TLSROUTED_COMMON_BASE_LOG_H
#define TLSROUTED_COMMON_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#define LOG_LINE_MAX 4096

enum log_level {
    LOG_ERROR,
    LOG_WARNING,
    LOG_INFO,
    LOG_DEBUG
};
enum log_format {
    LOG_LOGFMT,
    LOG_JSON
};

/* One field of an event: a number, or a text. A field whose text is NULL is left out. */
struct log_field {
    const char *name;
    const char *text;
    int64_t number;
    bool is_number;
};

#define LOG_TEXT(field_name, value) ((struct log_field){.name = (field_name), .text = (value)})
#define LOG_NUMBER(field_name, value)                                                              \
    ((struct log_field){.name = (field_name), .number = (int64_t)(value), .is_number = true})

#define log_error(...)   LOG_EVENT(LOG_ERROR, __VA_ARGS__, (struct log_field){.name = NULL})
#define log_warning(...) LOG_EVENT(LOG_WARNING, __VA_ARGS__, (struct log_field){.name = NULL})
#define log_info(...)    LOG_EVENT(LOG_INFO, __VA_ARGS__, (struct log_field){.name = NULL})
#define log_debug(...)   LOG_EVENT(LOG_DEBUG, __VA_ARGS__, (struct log_field){.name = NULL})

#define LOG_EVENT(level, message, ...)                                                             \
    log_write(level, message, (const struct log_field[]){__VA_ARGS__})

/* Sets the role that lines carry (borrowed, a constant), the level up to which they are written,
 * and their format. The defaults are "tlsrouted", info and logfmt. */
void log_open(const char *role, enum log_level level, enum log_format format);

/* Writes one line, unless LEVEL is beyond the level of log_open(). MESSAGE says what happened;
 * FIELDS ends with a field without a name. Errors of standard error are ignored. */
void log_write(enum log_level level, const char *message, const struct log_field *fields);

/* Writes an error line without allocating memory. For a process that is about to abort. */
void log_last_words(const char *message);

/* The name of LEVEL as in the configuration, and back: false if NAME is not one. */
const char *log_level_name(enum log_level level);
bool log_level_parse(const char *name, enum log_level *level);

#endif
