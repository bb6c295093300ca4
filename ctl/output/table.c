/* SPDX-License-Identifier: Apache-2.0 */
/* Columns as wide as their cells, unless the terminal is narrower: then the widest give way, so
 * that names and states stay readable. */
#include "ctl/output/table.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "ctl/output/output.h"
#include "ctl/output/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ELLIPSIS "\xe2\x80\xa6"

enum {
    COLUMNS_MAX = 16,
    GAP = 2,
    NARROW = 8, /* characters that every column keeps */
};

static size_t count_columns(const struct column *);
static char *new_cell(struct json_object *row, const struct column *);
static const char *state_colour(const char *state, const struct table_style *);
static const char *colour_end(const struct table_style *);
static void fit(size_t *widths, size_t count, size_t width);
static void print_cell(FILE *, const char *text, size_t width, bool is_last);
static size_t characters(const char *text);
static size_t bytes_of(const char *text, size_t wanted);

static const struct {
    const char *state, *colour;
} colours[] = {
    {"ok", "\033[32m"},          {"ready", "\033[32m"},    {"watching", "\033[32m"},
    {"wrong", "\033[31m"},       {"down", "\033[31m"},     {"unreadable", "\033[31m"},
    {"refused", "\033[31m"},     {"denied", "\033[31m"},   {"full", "\033[31m"},
    {"contested", "\033[31m"},   {"pending", "\033[33m"},  {"waiting", "\033[33m"},
    {"withdrawing", "\033[33m"}, {"starting", "\033[33m"}, {"ending", "\033[33m"},
    {"listing", "\033[33m"},     {"foreign", "\033[33m"},  {"deleting", "\033[33m"},
    {"stopped", "\033[33m"},
};

struct table_style table_style_for(FILE *stream)
{
    const char *no_colour = getenv("NO_COLOR");
    struct table_style style = {.width = TEXT_COLUMNS};
    struct winsize size;

    if (!isatty(fileno(stream)))
        return style;
    style.colour = no_colour == NULL || no_colour[0] == '\0';
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > TEXT_COLUMNS)
        style.width = size.ws_col;
    return style;
}

void table_print(FILE *stream, const struct column *columns, struct json_object *rows,
                 const struct table_style *style)
{
    size_t count = count_columns(columns), lines = json_count(rows);
    size_t widths[COLUMNS_MAX] = {0};
    char **cells = memory_new(count * (lines + 1), sizeof(*cells));

    for (size_t line = 0; line <= lines; line++) {
        for (size_t i = 0; i < count; i++) {
            char **cell = &cells[line * count + i];

            *cell = line == 0 ? memory_text(columns[i].header)
                              : new_cell(json_item(rows, line - 1), &columns[i]);
            if (characters(*cell) > widths[i])
                widths[i] = characters(*cell);
        }
    }
    fit(widths, count, style->width);
    for (size_t line = 0; line <= lines; line++) {
        for (size_t i = 0; i < count; i++) {
            const char *text = cells[line * count + i];
            bool coloured = line > 0 && columns[i].is_state;

            fputs(coloured ? state_colour(text, style) : "", stream);
            print_cell(stream, text, widths[i], i + 1 == count);
            fputs(coloured ? colour_end(style) : "", stream);
            free(cells[line * count + i]);
        }
        fputc('\n', stream);
    }
    free(cells);
}

char *table_cell(struct json_object *value)
{
    char *text = NULL, *clean;

    if (json_object_is_type(value, json_type_boolean))
        return memory_text(json_object_get_boolean(value) ? "yes" : "no");
    for (size_t i = 0; i < json_count(value); i++) {
        const char *item = json_object_get_string(json_item(value, i));
        char *longer =
            memory_format("%s%s%s", text != NULL ? text : "", text != NULL ? "," : "", item);

        free(text);
        text = longer;
    }
    if (value != NULL && !json_object_is_type(value, json_type_array))
        text = memory_text(json_object_get_string(value));
    if (text == NULL || text[0] == '\0') {
        free(text);
        return memory_text("-");
    }
    clean = text_clean(text, strlen(text));
    free(text);
    return clean;
}

void table_print_state(FILE *stream, const char *state, const char *text, int width,
                       const struct table_style *style)
{
    fputs(state_colour(state, style), stream);
    output_print(stream, "%-*s", width, text);
    fputs(colour_end(style), stream);
}

static const char *state_colour(const char *state, const struct table_style *style)
{
    for (size_t i = 0; style->colour && i < sizeof(colours) / sizeof(colours[0]); i++) {
        if (strcmp(colours[i].state, state) == 0)
            return colours[i].colour;
    }
    return "";
}

static const char *colour_end(const struct table_style *style)
{
    return style->colour ? "\033[0m" : "";
}

static size_t count_columns(const struct column *columns)
{
    size_t count = 0;

    while (columns[count].header != NULL)
        count++;
    if (count > COLUMNS_MAX)
        abort();
    return count;
}

static char *new_cell(struct json_object *row, const struct column *column)
{
    char *cell = table_cell(json_at(row, column->field)), *total, *both;

    if (column->of == NULL)
        return cell;
    total = table_cell(json_at(row, column->of));
    both = memory_format("%s/%s", cell, total);
    free(cell);
    free(total);
    return both;
}

/* Narrows the widest column again and again, so that narrow ones stay whole. */
static void fit(size_t *widths, size_t count, size_t width)
{
    size_t total = count > 0 ? GAP * (count - 1) : 0;

    for (size_t i = 0; i < count; i++)
        total += widths[i];
    while (total > width) {
        size_t widest = 0;

        for (size_t i = 1; i < count; i++)
            widest = widths[i] > widths[widest] ? i : widest;
        if (widths[widest] <= NARROW)
            return;
        widths[widest]--;
        total--;
    }
}

static void print_cell(FILE *stream, const char *text, size_t width, bool is_last)
{
    size_t length = characters(text);

    if (length > width) {
        fwrite(text, 1, bytes_of(text, width - 1), stream);
        fputs(ELLIPSIS, stream);
        length = width;
    } else {
        fputs(text, stream);
    }
    if (!is_last)
        fprintf(stream, "%*s", (int)(width - length + GAP), "");
}

static size_t characters(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

/* The size of the first WANTED characters of TEXT. */
static size_t bytes_of(const char *text, size_t wanted)
{
    size_t at = 0;

    for (size_t count = 0; text[at] != '\0'; at++) {
        if (((unsigned char)text[at] & 0xc0) != 0x80 && count++ == wanted)
            break;
    }
    return at;
}
