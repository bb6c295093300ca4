/* SPDX-License-Identifier: Apache-2.0 */
/* What exec plugins are told and print, and how they are run. */
#include "tests/unit/check.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "plugin/exec_credential.h"
#include "plugin/run.h"

#include <stdio.h>
#include <unistd.h>

#define V1  "client.authentication.k8s.io/v1"
#define V1B "client.authentication.k8s.io/v1beta1"
#define NOW 1800000000 /* 2027-01-15T08:00:00Z */
#define IS                                                                                         \
    "\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":"
#define TWO_WORDS     "its token contains a space, a line break or another character that no token has"
#define NEITHER       "it gives neither a token nor a client certificate"
#define HALF          "it gives a client certificate without a key, or a key without a certificate"
#define OTHER_VERSION "its ExecCredential is not of the apiVersion that the kubeconfig asks for"
#define NO_TIME       "its expirationTimestamp is not a time (RFC 3339)"

static void test_times(void **state)
{
    static const struct {
        const char *text;
        time_t seconds;
    } rows[] = {
        {"2027-01-15T08:00:00Z", NOW},
        {"2027-01-15T08:00:00.123456789Z", NOW},
        {"2027-01-15T08:00:00z", NOW},
        {"2027-01-15T10:00:00+02:00", NOW},
        {"2027-01-15T03:30:00-04:30", NOW},
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00+01:00", -1},
        {"", -1},
        {"2027-01-15", -1},
        {"2027-01-15 08:00:00Z", -1},
        {"2027-01-15T08:00:00", -1},
        {"2027-01-15T08:00:00.Z", -1},
        {"2027-01-15T08:00:00Zulu", -1},
        {"2027-01-15T08:00:00+02", -1},
        {"2027-01-15T08:00:00+0200", -1},
        {"2027-01-15T08:00:00+aa:bb", -1},
        {"2027-13-15T08:00:00Z", -1},
        {"now", -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i].text, exec_credential_time(rows[i].text) == rows[i].seconds);
}

static void test_output(void **state)
{
    static const struct {
        const char *output, *problem, *token, *certificate, *key;
        uint64_t seconds;
    } rows[] = {
        {"{" IS "{\"token\":\"t\"}}", NULL, "t", "", "", 0},
        {" \n{" IS "{\"token\":\"t\",\"other\":1}}\n", NULL, "t", "", "", 0},
        {"{" IS "{\"token\":\"t\",\"expirationTimestamp\":\"2027-01-15T08:01:00Z\"}}", NULL, "t",
         "", "", 60},
        {"{" IS "{\"token\":\"t\",\"expirationTimestamp\":\"9999-01-01T00:00:00Z\"}}", NULL, "t",
         "", "", UINT32_MAX},
        {"{" IS "{\"token\":\"t\",\"expirationTimestamp\":null}}", NULL, "t", "", "", 0},
        {"{" IS "{\"clientCertificateData\":\"c\",\"clientKeyData\":\"k\"}}", NULL, "", "c", "k",
         0},
        {"{" IS "{\"token\":\"t\",\"clientCertificateData\":\"c\",\"clientKeyData\":\"k\"}}", NULL,
         "t", "c", "k", 0},
        {"", "its output is not JSON", NULL, NULL, NULL, 0},
        {"secret", "its output is not JSON", NULL, NULL, NULL, 0},
        {"{" IS "{\"token\":\"t\"}} secret", "its output is not JSON", NULL, NULL, NULL, 0},
        {"[]", "its output is not an ExecCredential", NULL, NULL, NULL, 0},
        {"{}", "its output is not an ExecCredential", NULL, NULL, NULL, 0},
        {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\","
         "\"status\":{\"token\":\"t\"}}",
         OTHER_VERSION, NULL, NULL, NULL, 0},
        {"{" IS "{}}", NEITHER, NULL, NULL, NULL, 0},
        {"{" IS "null}", NEITHER, NULL, NULL, NULL, 0},
        {"{" IS "{\"token\":\"\"}}", NEITHER, NULL, NULL, NULL, 0},
        {"{" IS "{\"token\":7}}", NEITHER, NULL, NULL, NULL, 0},
        {"{" IS "{\"token\":\"a b\"}}", TWO_WORDS, NULL, NULL, NULL, 0},
        {"{" IS "{\"token\":\"a\\nX: y\"}}", TWO_WORDS, NULL, NULL, NULL, 0},
        {"{" IS "{\"token\":\"t\",\"clientKeyData\":\"k\"}}", HALF, NULL, NULL, NULL, 0},
        {"{" IS "{\"clientCertificateData\":\"c\"}}", HALF, NULL, NULL, NULL, 0},
        {"{" IS "{\"token\":\"t\",\"expirationTimestamp\":\"soon\"}}", NO_TIME, NULL, NULL, NULL,
         0},
        {"{" IS "{\"token\":\"t\",\"expirationTimestamp\":\"2027-01-15T08:00:00Z\"}}",
         "its credential has already expired", NULL, NULL, NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct exec_result_message done;
        struct json_object *object;
        const char *problem =
            exec_credential_read(rows[i].output, strlen(rows[i].output), NOW, V1, &done, &object);

        CHECK_ROW_TEXT(rows[i].output, problem, rows[i].problem);
        if (problem == NULL) {
            CHECK_ROW_TEXT(rows[i].output, done.token, rows[i].token);
            CHECK_ROW_TEXT(rows[i].output, done.certificate_pem, rows[i].certificate);
            CHECK_ROW_TEXT(rows[i].output, done.key_pem, rows[i].key);
            CHECK_ROW(rows[i].output, done.seconds == rows[i].seconds);
        }
        json_object_put(object);
    }
}

/* What could not be sent to the supervisor. */
static void test_long_token(void **state)
{
    char token[16386], *output;
    struct exec_result_message done;
    struct json_object *object;

    (void)state;
    memset(token, 'a', sizeof(token));
    for (size_t length = 16384; length <= 16385; length++) {
        token[length] = '\0';
        output = memory_format("{" IS "{\"token\":\"%s\"}}", token);
        assert_int_equal(exec_credential_read(output, strlen(output), NOW, V1, &done, &object) ==
                             NULL,
                         length == 16384);
        json_object_put(object);
        free(output);
        token[length] = 'a';
    }
}

/* What it was told in is what it has to answer in. */
static void test_version(void **state)
{
    static const struct {
        const char *asked, *answered, *problem;
    } rows[] = {
        {V1, V1, NULL},
        {V1B, V1B, NULL},
        {V1, V1B, OTHER_VERSION},
        {V1B, V1, OTHER_VERSION},
        {V1B, "client.authentication.k8s.io/v1alpha1", OTHER_VERSION},
        {V1B, "", OTHER_VERSION},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct exec_request_message ask = {.version = rows[i].asked};
        char *info = exec_credential_info(&ask), *output;
        struct json_object *told = check_json(info), *object;
        struct exec_result_message done;

        CHECK_ROW_TEXT(rows[i].asked, json_text_at(told, "apiVersion"), rows[i].asked);
        output = memory_format("{\"apiVersion\":\"%s\",\"kind\":\"ExecCredential\",\"status\":{"
                               "\"token\":\"t\"}}",
                               rows[i].answered);
        CHECK_ROW_TEXT(
            rows[i].answered,
            exec_credential_read(output, strlen(output), NOW, rows[i].asked, &done, &object),
            rows[i].problem);
        json_object_put(object);
        json_object_put(told);
        free(output);
        free(info);
    }
}

static void test_info(void **state)
{
    struct exec_request_message ask = {
        .version = V1, .server = "https://a:1", .tls_name = "", .proxy = "", .ca_pem = "pem\n"};
    char *info = exec_credential_info(&ask);

    (void)state;
    check_same_json("alone", check_json(info),
                    "{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":"
                    "\"ExecCredential\",\"spec\":{\"interactive\":false}}");
    free(info);
    ask.wants_cluster = true;
    ask.proxy = "socks5://proxy:3128";
    ask.tls_name = "b";
    info = exec_credential_info(&ask);
    check_same_json("cluster", check_json(info),
                    "{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":"
                    "\"ExecCredential\",\"spec\":{\"interactive\":false,\"cluster\":{\"server\":"
                    "\"https://a:1\",\"certificate-authority-data\":\"cGVtCg==\",\"proxy-url\":"
                    "\"socks5://proxy:3128\",\"tls-server-name\":\"b\"}}}");
    free(info);
}

/* Reaped or not. */
static bool is_running(int pid)
{
    char *path = memory_format("/proc/%d/stat", pid), state = 'X';
    FILE *file = fopen(path, "r");

    free(path);
    if (file == NULL)
        return false;
    if (fscanf(file, "%*d %*s %c", &state) != 1)
        state = 'X';
    fclose(file);
    return state != 'Z' && state != 'X';
}

enum {
    ENOUGH = 60 /* seconds, on a busy machine too */
};

static void test_run(void **state)
{
    static const struct {
        const char *script, *output, *problem, *complaint;
        int seconds; /* that it may take */
    } rows[] = {
        {"echo hello", "hello\n", "", "", ENOUGH},
        {"exit 0", "", "", "", ENOUGH},
        {"echo $ONLY; env | grep -c ^HOME=", "this\n0\n", "ended with status 1", "", ENOUGH},
        {"echo hello; echo no >&2; exit 3", "hello\n", "ended with status 3", "no", ENOUGH},
        {"printf 'a\\tb\\nc' >&2; exit 1", "", "ended with status 1", "a?b", ENOUGH},
        {"kill -9 $$", "", "was killed by signal 9", "", ENOUGH},
        {"cat", "", "", "", ENOUGH}, /* there is nothing to read */
        {"head -c 2000 /dev/zero | tr '\\0' x", NULL, "printed more than 1000 bytes", "", ENOUGH},
        {"while :; do echo x >&2; done", NULL, "did not end in time", "x", 1},
        {"sleep 60", NULL, "did not end in time", "", 1},
        {"sleep 60 & echo $!", NULL, "", "", 1}, /* ended itself; what it left holds the pipe */
        {"trap '' TERM; sleep 60", NULL, "did not end in time", "", 1},
    };
    char *const environment[] = {"ONLY=this", "PATH=/usr/bin:/bin", NULL};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *const arguments[] = {"sh", "-c", (char *)rows[i].script, NULL};
        const struct run run = {arguments, environment, 1000, rows[i].seconds};
        double started = check_now();
        struct run_result result = run_command(&run);

        CHECK_ROW_TEXT(rows[i].script, result.problem, rows[i].problem);
        CHECK_ROW_TEXT(rows[i].script, result.error_text, rows[i].complaint);
        CHECK_ROW(rows[i].script, check_now() - started < rows[i].seconds + 9);
        if (rows[i].output != NULL)
            CHECK_ROW_TEXT(rows[i].script, result.output, rows[i].output);
        if (strstr(rows[i].script, "& echo") != NULL) {
            usleep(100000);
            CHECK_ROW(rows[i].script, !is_running(atoi(result.output)));
        }
        run_clear(&result);
    }
}

static void test_run_of_nothing(void **state)
{
    char *const arguments[] = {"/no/such/program", NULL}, *const environment[] = {NULL};
    const struct run run = {arguments, environment, 1000, 5};
    size_t before = check_descriptors();
    struct run_result result = run_command(&run);

    (void)state;
    assert_string_equal(result.problem, "ended with status 127");
    assert_string_equal(result.error_text, "No such file or directory");
    run_clear(&result);
    assert_int_equal(check_descriptors(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),          cmocka_unit_test(test_output),
        cmocka_unit_test(test_long_token),     cmocka_unit_test(test_info),
        cmocka_unit_test(test_version),        cmocka_unit_test(test_run),
        cmocka_unit_test(test_run_of_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
