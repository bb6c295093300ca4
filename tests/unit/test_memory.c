/* SPDX-License-Identifier: Apache-2.0 */
/* memory_rest(), by what the kernel says of this process. */
#include "tests/unit/check.h"

#include "common/base/memory.h"

#include <openssl/evp.h>
#include <stdio.h>

enum {
    BLOCKS = 2000,
    BLOCK_SIZE = 4000,
    KEPT = 100, /* one block of so many: the heap does not end before the last of them */
};

/* The kB of KEY ("RssAnon:") in /proc/self/status. */
static unsigned resident(const char *key)
{
    FILE *file = fopen("/proc/self/status", "r");
    unsigned kilobytes = 0;
    char line[256];

    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0)
            kilobytes = (unsigned)strtoul(line + strlen(key), NULL, 10);
    }
    fclose(file);
    return kilobytes;
}

/* A sanitizer keeps what has been freed, and reads much of the program itself. */
static void skip_if_sanitized(void)
{
#ifdef SANITIZED
    skip();
#endif
}

static void test_freed(void **state)
{
    static char *blocks[BLOCKS];
    unsigned before, used;

    (void)state;
    skip_if_sanitized();
    before = resident("RssAnon:");
    for (unsigned i = 0; i < BLOCKS; i++) {
        blocks[i] = memory_resize(NULL, BLOCK_SIZE, 1);
        memset(blocks[i], 1, BLOCK_SIZE);
    }
    used = resident("RssAnon:") - before;
    for (unsigned i = 0; i < BLOCKS; i++) {
        if (i % KEPT != KEPT - 1)
            free(blocks[i]);
    }
    memory_rest();
    assert_true(used >= BLOCKS * (BLOCK_SIZE / 1024));
    assert_true(resident("RssAnon:") - before < used / 10);
    for (unsigned i = KEPT - 1; i < BLOCKS; i += KEPT)
        free(blocks[i]);
}

/* What has been used once is not mapped any more, and is there when it is used again. */
static void test_libraries(void **state)
{
    unsigned char digest[EVP_MAX_MD_SIZE], again[EVP_MAX_MD_SIZE];
    unsigned size, used;

    (void)state;
    skip_if_sanitized();
    assert_true(EVP_Digest("text", 4, digest, &size, EVP_sha256(), NULL));
    used = resident("RssFile:");
    memory_rest();
    assert_true(resident("RssFile:") < used / 2);
    assert_true(EVP_Digest("text", 4, again, &size, EVP_sha256(), NULL));
    assert_memory_equal(digest, again, size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_freed),
        cmocka_unit_test(test_libraries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
