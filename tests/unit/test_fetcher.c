/* SPDX-License-Identifier: Apache-2.0 */
/* What is requested for few Certificates and for many, and what failed requests mean. */
#include "tests/unit/check.h"

#include "certpatcher/fetcher.h"
#include "common/base/memory.h"
#include "tests/unit/certificates.h"
#include "tests/unit/fake_api.h"

#define GET_SERVERS(namespace) "GET " IN(namespace) "/servers" FIRST_PAGE
#define GET_CERTIFICATES       "GET " IN("n") "/certificates" FIRST_PAGE
#define GET_POOLS              "GET " IN("n") "/pools" FIRST_PAGE
#define GET_CERTIFICATE(name)  "GET " IN("n") "/certificates/" name
#define GET_POOL(name)         "GET " IN("n") "/pools/" name

static unsigned done;

static void on_done(void *context)
{
    (void)context;
    done++;
}

static struct fetcher *open_fetcher(bool all_namespaces)
{
    done = 0;
    return fetcher_new(NULL, all_namespaces, on_done, NULL);
}

/* Ends FETCHER; nothing that it requested waits for an answer any more. */
static void close_fetcher(struct fetcher *fetcher)
{
    fetcher_free(fetcher);
    assert_int_equal(fake_api_pending(), 0);
}

/* Wants c0, c1 and so on of the namespace n. */
static void want(struct fetcher *fetcher, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char *name = memory_format("c%u", i);

        assert_true(fetcher_want(fetcher, "n", name));
        free(name);
    }
}

static size_t demands_of(struct fetcher *fetcher, const char *name, const char **unknown)
{
    struct injection_demands demands = {0};
    struct certificate certificate;
    size_t count;

    assert_true(fetcher_take(fetcher, "n", name, &certificate));
    fetcher_gather(fetcher, &certificate.message.certificate, &demands);
    count = demands.count;
    *unknown = demands.unknown;
    injection_demands_clear(&demands);
    certificate_clear(&certificate);
    return count;
}

static void check_known(const struct fetcher *fetcher, const char *namespace)
{
    assert_int_equal(fetcher_failure(fetcher, namespace).error, API_OK);
}

static void check_failed(const struct fetcher *fetcher, enum api_error expected, const char *text)
{
    assert_string_equal(fetcher_failure(fetcher, "n").message, text);
    assert_int_equal(fetcher_failure(fetcher, "n").error, expected);
}

/* Single objects, and the Pools only when it is known which matter. */
static void test_few(void **state)
{
    struct fetcher *fetcher = open_fetcher(true);
    struct certificate certificate;
    const char *unknown;

    (void)state;
    assert_true(fetcher_want(fetcher, "n", "c"));
    assert_false(fetcher_want(fetcher, "n", "c"));
    assert_true(fetcher_want(fetcher, "n", "gone"));
    fetcher_begin(fetcher);
    assert_int_equal(fake_api_pending(), 3);
    fake_api_answer_to(GET_CERTIFICATE("c"), CERTIFICATE("c"));
    fake_api_fail_to(GET_CERTIFICATE("gone"), API_NOT_FOUND, 0);
    fake_api_answer_to(GET_SERVERS("n"), LIST(SERVER("\"p\",\"q\",\"p\"")));
    assert_int_equal(fake_api_pending(), 2);
    fake_api_answer_to(GET_POOL("p"), POOL("p", ""));
    assert_int_equal(done, 0);
    fake_api_fail_to(GET_POOL("q"), API_NOT_FOUND, 0);
    assert_int_equal(done, 1);
    check_known(fetcher, "n");
    assert_int_equal(demands_of(fetcher, "c", &unknown), 1);
    assert_null(unknown);
    assert_false(fetcher_take(fetcher, "n", "gone", &certificate));
    close_fetcher(fetcher);
}

/* Lists of everything at once, page by page. */
static void test_many(void **state)
{
    struct fetcher *fetcher = open_fetcher(true);
    const char *unknown;

    (void)state;
    want(fetcher, 9);
    fetcher_begin(fetcher);
    assert_int_equal(fake_api_pending(), 3);
    fake_api_answer_to(GET_CERTIFICATES, LIST(CERTIFICATE("c0") "," CERTIFICATE("unwanted")));
    fake_api_answer_to(GET_POOLS, "{\"items\":[],\"metadata\":{\"continue\":\"a/b\"}}");
    fake_api_answer_to("GET " IN("n") "/pools" FIRST_PAGE "&continue=a%2Fb", LIST(POOL("p", "")));
    assert_int_equal(done, 0);
    fake_api_answer_to(GET_SERVERS("n"),
                       LIST(SERVER_IN("n", "s", "c0", "\"p\",\"not-in-the-list\"")));
    assert_int_equal(done, 1);
    assert_int_equal(demands_of(fetcher, "c0", &unknown), 1);
    assert_null(unknown);
    close_fetcher(fetcher);
}

/* Few Certificates may still have many Pools: those are listed. */
static void test_many_pools(void **state)
{
    struct fetcher *fetcher = open_fetcher(true);
    char *pools = memory_text("\"p\"");
    char *servers;
    const char *unknown;

    (void)state;
    for (unsigned i = 1; i < 17; i++) {
        char *longer = memory_format("%s,\"p%u\"", pools, i);

        free(pools);
        pools = longer;
    }
    servers = memory_format("{\"items\":[" META("n", "s", "") ",\"spec\":{\"certificateRef\":"
                                                              "\"c\",\"poolRefs\":[%s]}}]}",
                            pools);
    assert_true(fetcher_want(fetcher, "n", "c"));
    fetcher_begin(fetcher);
    fake_api_answer_to(GET_SERVERS("n"), servers);
    fake_api_answer_to(GET_CERTIFICATE("c"), CERTIFICATE("c"));
    assert_int_equal(fake_api_pending(), 1);
    fake_api_answer_to(GET_POOLS, LIST(POOL("p", "")));
    assert_int_equal(demands_of(fetcher, "c", &unknown), 1);
    assert_null(unknown);
    free(servers);
    free(pools);
    close_fetcher(fetcher);
}

/* Beyond so many namespaces one list of everything does, where the account may read that. */
static void test_namespaces(void **state)
{
    static const char *const namespaces[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i"};
    static const struct {
        bool all_namespaces;
        size_t count, requests;
        const char *first;
    } rows[] = {
        {true, 8, 16, GET_SERVERS("a")},
        {true, 9, 3, "GET " API "/servers" FIRST_PAGE},
        {false, 9, 18, GET_SERVERS("a")},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fetcher *fetcher = open_fetcher(rows[i].all_namespaces);

        for (size_t j = 0; j < rows[i].count; j++)
            assert_true(fetcher_want(fetcher, namespaces[j], "x"));
        fetcher_begin(fetcher);
        assert_int_equal(fake_api_pending(), rows[i].requests);
        assert_string_equal(fake_api_request(0), rows[i].first);
        close_fetcher(fetcher);
    }
}

/* What fails costs its own namespace, and is never taken for what does not exist. */
static void test_failures(void **state)
{
    struct fetcher *fetcher = open_fetcher(true);

    (void)state;
    fetcher_want(fetcher, "n", "c");
    fetcher_want(fetcher, "m", "c");
    fetcher_begin(fetcher);
    fake_api_fail_to(GET_SERVERS("n"), API_FORBIDDEN, 0);
    fake_api_fail_to(GET_CERTIFICATE("c"), API_TIMEOUT, 0); /* the first failure stays */
    fake_api_answer_to(GET_SERVERS("m"), LIST(""));
    assert_int_equal(done, 0);
    fake_api_fail_to("GET " IN("m") "/certificates/c", API_NOT_FOUND, 0);
    assert_int_equal(done, 1);
    check_failed(fetcher, API_FORBIDDEN, "cannot read servers: the test says so");
    check_known(fetcher, "m");
    close_fetcher(fetcher);
}

static void test_failed_lists(void **state)
{
    struct fetcher *fetcher = open_fetcher(true);

    (void)state;
    want(fetcher, 9);
    fetcher_begin(fetcher);
    fake_api_fail_to(GET_POOLS, API_NOT_FOUND,
                     0); /* no such kind: that says nothing of an object */
    fake_api_answer_to(GET_SERVERS("n"), LIST(""));
    fake_api_answer_to(GET_CERTIFICATES, LIST(""));
    check_failed(fetcher, API_NOT_FOUND, "cannot read pools: the test says so");
    close_fetcher(fetcher);

    fetcher = open_fetcher(true);
    fetcher_want(fetcher, "n", "c");
    fetcher_begin(fetcher);
    fake_api_answer_to(GET_SERVERS("n"), "{\"items\":7}");
    fake_api_answer_to(GET_CERTIFICATE("c"), CERTIFICATE("c"));
    assert_int_equal(done, 1);
    check_failed(fetcher, API_PROTOCOL, "cannot read servers: the response is not a list");
    close_fetcher(fetcher);
}

/* An answer may take too long to come; and what was read before a list began anew means nothing. */
static void test_pages(void **state)
{
    struct fetcher *fetcher = open_fetcher(true);
    const char *unknown;

    (void)state;
    fetcher_want(fetcher, "n", "c");
    fetcher_begin(fetcher);
    fake_api_answer_to(GET_CERTIFICATE("c"), CERTIFICATE("c"));
    fake_api_answer(fake_api_waiting("/servers"), API_TIMEOUT,
                    "{\"items\":[" SERVER("\"gone\"") ",");
    fake_api_answer_to("GET " IN("n") "/servers?limit=5000",
                       "{\"items\":[" SERVER("\"gone\"") "],\"metadata\":{\"continue\":\"t\"}}");
    fake_api_fail_to("GET " IN("n") "/servers?limit=5000&continue=t", API_EXPIRED, 0);
    fake_api_answer_to("GET " IN("n") "/servers?limit=5000", LIST(SERVER("\"p\"")));
    assert_int_equal(fake_api_pending(), 1);
    fake_api_answer_to(GET_POOL("p"), POOL("p", ""));
    assert_int_equal(done, 1);
    check_known(fetcher, "n");
    assert_int_equal(demands_of(fetcher, "c", &unknown), 1);
    assert_null(unknown);
    close_fetcher(fetcher);
}

static void test_end_while_fetching(void **state)
{
    struct fetcher *fetcher = open_fetcher(true);

    (void)state;
    want(fetcher, 2);
    fetcher_begin(fetcher);
    assert_int_equal(fake_api_pending(), 3);
    close_fetcher(fetcher);
    assert_int_equal(done, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few),        cmocka_unit_test(test_many),
        cmocka_unit_test(test_many_pools), cmocka_unit_test(test_namespaces),
        cmocka_unit_test(test_failures),   cmocka_unit_test(test_failed_lists),
        cmocka_unit_test(test_pages),      cmocka_unit_test(test_end_while_fetching),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
