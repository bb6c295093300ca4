/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a host are looked at before the cluster is changed: a cluster that is set up for a
 * host whose files cannot be written is of no use. */
#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/kubeconfig/file.h"
#include "common/kubeconfig/token.h"
#include "ctl/setup/files.h"
#include "ctl/setup/minter_token.h"
#include "ctl/setup/report.h"
#include "ctl/setup/setup.h"
#include "ctl/setup/texts.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    DATE_SIZE = 32,
};

static char *path_of(const struct setup *, enum texts_file);
static char *write_kubeconfig(const struct setup *, const char *path, bool *is_same);
static char *keep_token(const struct setup *, const char *kubeconfig, const char *path,
                        enum change *);
static char *write_token(const struct setup *, const char *kubeconfig, const char *path,
                         enum change);
static char *write_config(const struct setup *);
static char *replace_file(const struct setup *, const char *path, const char *old,
                          const char *text);
static char *remove_file(const struct setup *, enum texts_file, bool is_ours);
static void report_token(const struct setup *, enum change, const char *path, const char *token);

char *setup_check_files(const struct setup *setup)
{
    char *path = path_of(setup, TEXTS_KUBECONFIG), *token = path_of(setup, TEXTS_TOKEN);
    char *text, *token_text = NULL, *problem = files_read(path, &text);
    bool is_ours = text != NULL && texts_is_ours(text);

    if (problem == NULL)
        problem = files_read(token, &token_text);
    if (problem == NULL && !is_ours && !setup->is_forced && (text != NULL || token_text != NULL))
        problem = memory_format("%s is there, and was not written by tlsroutectl setup; name "
                                "another folder with --folder, or replace it with --force",
                                text != NULL ? path : token);
    memory_wipe_text(text);
    memory_wipe_text(token_text);
    free(token);
    free(path);
    return problem;
}

/* A token that is kept has to be one of the server that the kubeconfig named before, too: no server
 * is sent the token of another. */
char *setup_write_files(const struct setup *setup)
{
    char *kubeconfig = path_of(setup, TEXTS_KUBECONFIG), *token = path_of(setup, TEXTS_TOKEN);
    enum change change = CHANGE_CREATED;
    bool is_same;
    char *problem = write_kubeconfig(setup, kubeconfig, &is_same);

    if (problem == NULL && is_same)
        problem = keep_token(setup, kubeconfig, token, &change);
    if (problem == NULL && change != CHANGE_NONE)
        problem = write_token(setup, kubeconfig, token, change);
    if (problem == NULL)
        problem = write_config(setup);
    free(token);
    free(kubeconfig);
    return problem;
}

char *setup_remove_files(const struct setup *setup)
{
    char *path = path_of(setup, TEXTS_KUBECONFIG), *config = path_of(setup, TEXTS_CONFIG);
    char *text, *config_text = NULL, *written = texts_config(&setup->choice, setup->instance);
    char *problem = files_read(path, &text);

    if (problem == NULL)
        problem = files_read(config, &config_text);
    if (problem == NULL && text != NULL)
        problem = remove_file(setup, TEXTS_TOKEN, texts_is_ours(text));
    if (problem == NULL && text != NULL)
        problem = remove_file(setup, TEXTS_KUBECONFIG, texts_is_ours(text));
    if (problem == NULL && config_text != NULL)
        problem = remove_file(setup, TEXTS_CONFIG, strcmp(config_text, written) == 0);
    memory_wipe_text(text);
    memory_wipe_text(config_text);
    free(written);
    free(config);
    free(path);
    return problem;
}

/* The caller frees it. */
static char *path_of(const struct setup *setup, enum texts_file file)
{
    char *name = texts_name(file, setup->instance);
    char *path = memory_format("%s/%s", setup->folder, name);

    free(name);
    return path;
}

/* *IS_SAME: it was already as it should be. */
static char *write_kubeconfig(const struct setup *setup, const char *path, bool *is_same)
{
    char *text = texts_kubeconfig(connection_server(setup->connection),
                                  compose_home(&setup->choice), setup->instance),
         *old;
    char *problem = files_read(path, &old);

    *is_same = old != NULL && strcmp(old, text) == 0;
    if (problem == NULL)
        problem = replace_file(setup, path, old, text);
    memory_wipe_text(old);
    free(text);
    return problem;
}

/* *CHANGE: what is to be done about the token. */
static char *keep_token(const struct setup *setup, const char *kubeconfig, const char *path,
                        enum change *change)
{
    const char *home = compose_home(&setup->choice);
    char *token, *problem = files_read(path, &token), *wrong;
    bool is_refused;

    if (token == NULL)
        return problem;
    file_trim_end(token);
    *change = CHANGE_CHANGED;
    if (minter_token_is_fresh(token_issued(token), token_expiry(token), (uint64_t)time(NULL))) {
        wrong = minter_token_try(kubeconfig, home, setup->seconds, &is_refused);
        if (!is_refused)
            *change = CHANGE_NONE;
        if (wrong != NULL && !is_refused)
            problem = minter_token_wait(kubeconfig, home, setup->seconds);
        if (problem == NULL && !is_refused)
            report_token(setup, CHANGE_NONE, path, token);
        free(wrong);
    }
    memory_wipe_text(token);
    return problem;
}

static char *write_token(const struct setup *setup, const char *kubeconfig, const char *path,
                         enum change change)
{
    const char *home = compose_home(&setup->choice);
    char *token, *problem;

    if (setup->is_dry) {
        report_file(setup->is_dry, change, path, NULL);
        return NULL;
    }
    problem = minter_token_request(setup->connection, home, &token);
    if (problem == NULL)
        problem = files_write(path, token);
    if (problem == NULL)
        problem = minter_token_wait(kubeconfig, home, setup->seconds);
    if (problem == NULL)
        report_token(setup, change, path, token);
    memory_wipe_text(token);
    return problem;
}

/* What an administrator has written is left: it may say more. */
static char *write_config(const struct setup *setup)
{
    char *path = path_of(setup, TEXTS_CONFIG),
         *text = texts_config(&setup->choice, setup->instance), *old;
    char *problem = files_read(path, &old);

    char *note = old != NULL && texts_names_minter(old, compose_home(&setup->choice))
                     ? NULL
                     : texts_missing(&setup->choice, setup->instance);

    if (problem == NULL && old != NULL && strcmp(old, text) != 0 && !setup->is_forced)
        report_file(setup->is_dry, CHANGE_LEFT, path, note);
    else if (problem == NULL)
        problem = replace_file(setup, path, old, text);
    memory_wipe_text(old);
    free(note);
    free(text);
    free(path);
    return problem;
}

/* OLD is what is at PATH, NULL: nothing. */
static char *replace_file(const struct setup *setup, const char *path, const char *old,
                          const char *text)
{
    bool is_same = old != NULL && strcmp(old, text) == 0;
    char *problem = is_same || setup->is_dry ? NULL : files_write(path, text);

    if (problem == NULL)
        report_file(setup->is_dry,
                    is_same       ? CHANGE_NONE
                    : old == NULL ? CHANGE_CREATED
                                  : CHANGE_CHANGED,
                    path, NULL);
    return problem;
}

static char *remove_file(const struct setup *setup, enum texts_file file, bool is_ours)
{
    char *path = path_of(setup, file);
    char *problem = is_ours && !setup->is_dry ? files_remove(path) : NULL;

    if (problem == NULL)
        report_file(setup->is_dry, is_ours ? CHANGE_REMOVED : CHANGE_LEFT, path,
                    is_ours ? NULL : "it is not as tlsroutectl setup wrote it");
    free(path);
    return problem;
}

/* With its end: somebody has to come back before. */
static void report_token(const struct setup *setup, enum change change, const char *path,
                         const char *token)
{
    const time_t expires = (time_t)token_expiry(token);
    char date[DATE_SIZE] = "", *note;
    struct tm utc;

    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&expires, &utc));
    note = memory_format("valid until %s%s", date,
                         minter_token_is_short(token_issued(token), token_expiry(token))
                             ? ", as this API server grants no more; run this again before that"
                             : "");
    report_file(setup->is_dry, change, path, note);
    free(note);
}
