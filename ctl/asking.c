#include "ctl/asking.h"

#include "common/json.h"

static struct json_object *fetch(const struct asking *, const struct options *);
static int show(const struct asking *, const struct options *, struct json_object *answer);

int asking_run(int argc, char **argv, const struct ctl_globals *globals,
               const struct asking *asking)
{
    struct options options;
    struct json_object *answer;
    int status = CTL_NO_ANSWER;

    if (!options_take(argc, argv, globals, &asking->taken, &options, &status))
        return status;
    answer = fetch(asking, &options);
    if (answer != NULL)
        status = show(asking, &options, answer);
    json_object_put(answer);
    options_clear(&options);
    return status;
}

static struct json_object *fetch(const struct asking *asking, const struct options *options)
{
    struct session *session = session_open(options->socket_path);
    struct json_object *answer = NULL;

    if (session != NULL && asking->fetch != NULL)
        answer = asking->fetch(session, options);
    else if (session != NULL)
        answer = session_rows(session, asking->view, options->namespace, options->name);
    session_close(session);
    return answer;
}

static int show(const struct asking *asking, const struct options *options,
                struct json_object *answer)
{
    if (asking->kind != NULL && options->name[0] != '\0' && json_count(answer) == 0) {
        fprintf(stderr, "tlsroutectl: there is no %s %s/%s\n", asking->kind, options->namespace,
                options->name);
        return CTL_NOT_SO;
    }
    if (asking->show != NULL)
        return asking->show(answer, options);
    output_rows(stdout, options->format, asking->columns, answer);
    return CTL_FINE;
}
