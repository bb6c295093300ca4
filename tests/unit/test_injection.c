/* Whether a Certificate has to carry a Pool's hostname, and whether it does. */
#include "tests/unit/check.h"

#include "common/injection.h"

/* One change to a situation in which the name has to be injected. */
static const struct {
    const char *row, *refusal;
    bool pool_deleting, server_deleting, certificate_deleting, paused, not_enabled, no_inject;
    const char *hostname, *pool_name, *certificate_name;
} rows[] = {
    {.row = "all is well", .refusal = NULL},
    {.row = "wildcard", .hostname = "*.a.example"},
    {.row = "pool is deleted",
     .refusal = "the Pool, the Server or the Certificate is being deleted",
     .pool_deleting = true},
    {.row = "server is deleted",
     .refusal = "the Pool, the Server or the Certificate is being deleted",
     .server_deleting = true},
    {.row = "certificate is deleted",
     .refusal = "the Pool, the Server or the Certificate is being deleted",
     .certificate_deleting = true},
    {.row = "paused", .refusal = "the Pool is paused", .paused = true},
    {.row = "route off", .refusal = "the Pool's route is not enabled", .not_enabled = true},
    {.row = "no injection", .refusal = "the Pool does not ask for injection", .no_inject = true},
    {.row = "bad name", .refusal = "the Pool's hostname is not valid", .hostname = "A.example"},
    {.row = "no name", .refusal = "the Pool's hostname is not valid", .hostname = ""},
    {.row = "address", .refusal = "the Pool's hostname is not valid", .hostname = "10.0.0.1"},
    {.row = "other pool", .refusal = "the Server does not list the Pool", .pool_name = "puppet2"},
    {.row = "pool's name in upper case", /* names of objects have a case */
     .refusal = "the Server does not list the Pool",
     .pool_name = "Puppet"},
    {.row = "other certificate",
     .refusal = "the Server does not use the Certificate",
     .certificate_name = "c2"},
};

static void test_refusal(void **state)
{
    struct text_list pools = {0};

    (void)state;
    text_list_add(&pools, "compile");
    text_list_add(&pools, "puppet");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct pool_message pool = {
            .name = rows[i].pool_name != NULL ? rows[i].pool_name : "puppet",
            .deleting = rows[i].pool_deleting,
            .paused = rows[i].paused,
            .route_enabled = !rows[i].not_enabled,
            .inject = !rows[i].no_inject,
            .hostname = rows[i].hostname != NULL ? rows[i].hostname : "puppet.example",
        };
        const struct server_message server = {
            .deleting = rows[i].server_deleting, .certificate = "c", .pools = pools};
        const struct certificate_message certificate = {
            .name = rows[i].certificate_name != NULL ? rows[i].certificate_name : "c",
            .deleting = rows[i].certificate_deleting,
        };

        CHECK_ROW_TEXT(rows[i].row, injection_refusal(&pool, &server, &certificate),
                       rows[i].refusal);
    }
    text_list_clear(&pools);
}

static void test_present(void **state)
{
    static const struct {
        const char *hostname;
        bool present;
    } names[] = {
        {"puppet", true},     {"PUPPET", true},   {"a.example", true},
        {"*.example", false}, {"pup", false},     {"", false},
        {"A.EXAMPLE", true},  {"example", false}, {"b.a.example", false},
    };
    struct certificate_message certificate = {.name = "c"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct pool_message pool = {.hostname = names[i].hostname};

        CHECK_ROW(names[i].hostname, !injection_present(&pool, &certificate));
    }
    text_list_add(&certificate.names, "Puppet");
    text_list_add(&certificate.names, "a.example");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct pool_message pool = {.hostname = names[i].hostname};

        CHECK_ROW(names[i].hostname, injection_present(&pool, &certificate) == names[i].present);
    }
    text_list_clear(&certificate.names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusal),
        cmocka_unit_test(test_present),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
