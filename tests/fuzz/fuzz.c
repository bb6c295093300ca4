/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz.h"

#include "common/base/json.h"
#include "common/base/memory.h"
#include "common/base/utf8.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* libFuzzer's interface has no place for a context. */
static struct {
    int told; /* the standard error of the start: libFuzzer silences the log by redirecting it */
    int file;
    char path[32];
} fuzz = {.told = -1, .file = -1};

static void require_line(const char *text);
static void require_utf8(const char *text);

int LLVMFuzzerInitialize(int *argument_count, char ***arguments)
{
    (void)argument_count;
    (void)arguments;
    fuzz.told = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    return 0;
}

_Noreturn void fuzz_broken(const char *file, int line, const char *property)
{
    dprintf(fuzz.told, "%s:%d: not so: %s\n", file, line, property);
    abort();
}

/* In memory, and readable by us alone: about other files there would be a warning. */
const char *fuzz_file(const void *bytes, size_t size)
{
    if (fuzz.file < 0) {
        fuzz.file = memfd_create("fuzz", MFD_CLOEXEC);
        FUZZ_REQUIRE(fuzz.file >= 0 && fchmod(fuzz.file, 0600) == 0);
        snprintf(fuzz.path, sizeof(fuzz.path), "/proc/self/fd/%d", fuzz.file);
    }
    FUZZ_REQUIRE(ftruncate(fuzz.file, 0) == 0);
    FUZZ_REQUIRE(pwrite(fuzz.file, bytes, size, 0) == (ssize_t)size);
    return fuzz.path;
}

void fuzz_require_line(char *error)
{
    FUZZ_REQUIRE(error != NULL && error[0] != '\0');
    for (const char *byte = error; *byte != '\0'; byte++)
        FUZZ_REQUIRE((unsigned char)*byte >= ' ' && *byte != 0x7f);
    free(error);
}

void fuzz_require_sendable(const struct message *message)
{
    char *problem = message_check(message);
    struct message copy;

    if (problem != NULL)
        dprintf(fuzz.told, "%s: %s\n", message_name(message->type), problem);
    FUZZ_REQUIRE(problem == NULL);
    copy = message_copy(message); /* by way of its encoding */
    FUZZ_REQUIRE(copy.type == message->type);
    FUZZ_REQUIRE(message_equal(&copy, message));
    message_clear(&copy);
}

#define CHECK_TEXT(value) require_utf8(value)
#define CHECK_TEXTS(value)                                                                         \
    TEXT_LIST_FOREACH (item, &(value))                                                             \
    require_utf8(item)
#define CHECK_LINE(value) require_line(value)
#define CHECK_LINES(value)                                                                         \
    TEXT_LIST_FOREACH (item, &(value))                                                             \
    require_line(item)
#define CHECK_NUMBER(value)
#define CHECK_FLAG(value)
#define CHECK_FIELD(M, KIND, field, bound) CHECK_##KIND(message->M.field);
#define CHECK_FIELDS(NAME, name, from, to, descriptors, when)                                      \
    if (message->type == MESSAGE_##NAME) {                                                         \
        NAME##_FIELDS(CHECK_FIELD, name)                                                           \
    }

void fuzz_require_utf8(const struct message *message)
{
    MESSAGES(CHECK_FIELDS)
}

static void require_line(const char *text)
{
    require_utf8(text);
    for (size_t length, left = text != NULL ? strlen(text) : 0; left > 0;
         left -= length, text += length) {
        length = utf8_length(text, left);
        FUZZ_REQUIRE(!utf8_is_control(text, length));
    }
}

static void require_utf8(const char *text)
{
    for (size_t length, left = text != NULL ? strlen(text) : 0; left > 0;
         left -= length, text += length) {
        length = utf8_length(text, left);
        FUZZ_REQUIRE(length > 0);
    }
}

void fuzz_require_stable(struct json_object *object)
{
    char *text = memory_text(json_encode(object));
    const char *problem = NULL;
    struct json_object *again = json_decode(text, strlen(text), &problem);

    if (again == NULL)
        dprintf(fuzz.told, "%s\n", problem);
    FUZZ_REQUIRE(again != NULL);
    FUZZ_REQUIRE(strcmp(json_encode(again), text) == 0);
    json_object_put(again);
    free(text);
}
