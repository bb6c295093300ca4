/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter cannot open files, so its certificate and key are read here, and checked, so that a
 * wrong one is an error of the configuration and not of every client. */
#include "supervisor/credentials/tls_files.h"

#include "common/base/memory.h"
#include "common/base/utf8.h"
#include "common/kubeconfig/file.h"
#include "common/kubeconfig/pem.h"
#include "common/kubeconfig/yaml.h"
#include "common/message/message.h"

#include <stdlib.h>
#include <string.h>

enum {
    CERTIFICATE_MAX = MESSAGE_BOUND(serve, certificate_pem),
    KEY_MAX = MESSAGE_BOUND(serve, key_pem),
};

static char *check(const struct config *, const struct tls_files *);
static char *check_pair(const struct config *, const struct tls_files *);
static char *name_file(const char *path, char *problem);
static bool same_text(const char *, const char *);

char *tls_files_read(const struct config *config, struct tls_files *files)
{
    char *problem;

    *files = (struct tls_files){0};
    if (config->metrics_listen == NULL || config->metrics_certificate == NULL)
        return NULL;
    problem = file_read(config->metrics_certificate, CERTIFICATE_MAX, false,
                        "metrics.tls.certificateFile", &files->certificate_pem);
    if (problem == NULL)
        problem =
            file_read(config->metrics_key, KEY_MAX, true, "metrics.tls.keyFile", &files->key_pem);
    if (problem == NULL) { /* comments may be in any encoding */
        utf8_make_text(files->certificate_pem, strlen(files->certificate_pem));
        utf8_make_text(files->key_pem, strlen(files->key_pem));
        problem = check(config, files);
    }
    if (problem != NULL)
        tls_files_clear(files);
    return yaml_file_one_line(problem);
}

bool tls_files_same(const struct tls_files *a, const struct tls_files *b)
{
    return same_text(a->certificate_pem, b->certificate_pem) && same_text(a->key_pem, b->key_pem);
}

void tls_files_clear(struct tls_files *files)
{
    memory_wipe_text(files->certificate_pem);
    memory_wipe_text(files->key_pem);
    *files = (struct tls_files){0};
}

static char *check(const struct config *config, const struct tls_files *files)
{
    char *problem =
        name_file(config->metrics_certificate, pem_check_certificate(files->certificate_pem));

    if (problem == NULL)
        problem = name_file(config->metrics_key, pem_check_key(files->key_pem));
    if (problem == NULL)
        problem = check_pair(config, files);
    return problem;
}

static char *check_pair(const struct config *config, const struct tls_files *files)
{
    char *problem = pem_check_pair(files->certificate_pem, files->key_pem);

    if (problem == NULL)
        return NULL;
    free(problem);
    return memory_format("%s: the key does not belong to the certificate in %s; name the two that "
                         "were made together",
                         config->metrics_key, config->metrics_certificate);
}

/* PROBLEM, which is freed, after the PATH that it is about. */
static char *name_file(const char *path, char *problem)
{
    char *line = problem != NULL ? memory_format("%s: %s", path, problem) : NULL;

    free(problem);
    return line;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}
