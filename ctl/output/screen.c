/* SPDX-License-Identifier: Apache-2.0 */
/* On a terminal only the lines that differ are drawn, so that nothing flickers; elsewhere only new
 * ones are printed. The text has its colours already, so it is written as it is. */
#include "ctl/output/screen.h"

#include "common/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void show_on_terminal(const struct screen *, const struct screen *before);
static void show_new_lines(const struct screen *, const struct screen *before);
static bool has_line(const struct screen *, const char *line);

void screen_show(struct screen *screen, char *text)
{
    struct screen now = {.is_terminal = screen->is_terminal};
    char *rest = text, *line;

    while ((line = strsep(&rest, "\n")) != NULL) {
        now.lines = memory_resize(now.lines, now.count + 1, sizeof(*now.lines));
        now.lines[now.count++] = memory_text(line);
    }
    if (now.is_terminal)
        show_on_terminal(&now, screen);
    else
        show_new_lines(&now, screen);
    fflush(stdout);
    screen_clear(screen);
    *screen = now;
}

static void show_on_terminal(const struct screen *screen, const struct screen *before)
{
    if (before->count == 0)
        fputs("\033[2J", stdout);
    for (size_t i = 0; i < screen->count; i++) {
        if (i >= before->count || strcmp(screen->lines[i], before->lines[i]) != 0)
            printf("\033[%zu;1H%s\033[K", i + 1, screen->lines[i]);
    }
    printf("\033[%zu;1H\033[J", screen->count + 1);
}

/* For a file or a pipe: only the lines that were not there before. */
static void show_new_lines(const struct screen *screen, const struct screen *before)
{
    for (size_t i = 0; i < screen->count; i++) {
        if (screen->lines[i][0] != '\0' && !has_line(before, screen->lines[i]))
            puts(screen->lines[i]);
    }
}

static bool has_line(const struct screen *screen, const char *line)
{
    for (size_t i = 0; i < screen->count; i++) {
        if (strcmp(screen->lines[i], line) == 0)
            return true;
    }
    return false;
}

void screen_clear(struct screen *screen)
{
    for (size_t i = 0; i < screen->count; i++)
        free(screen->lines[i]);
    free(screen->lines);
    screen->lines = NULL;
    screen->count = 0;
}
