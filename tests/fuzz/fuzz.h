/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzzers share. Each is a program of libFuzzer: LLVMFuzzerTestOneInput() gets any bytes,
 * and whatever it does with them has to end without a crash, a leak, or a broken property.
 *
 * What one of them finds is mended with a unit test, and its input goes to seeds/NAME, under a name
 * that says what it is. */
#ifndef TLSROUTED_TESTS_FUZZ_FUZZ_H
#define TLSROUTED_TESTS_FUZZ_FUZZ_H

#include "common/base/text_list.h"
#include "common/message/message.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* libFuzzer's names. The second is called once, before the first input. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerInitialize(int *argument_count, char ***arguments);

/* A property that has to hold: if not, says which and aborts, which libFuzzer reports. */
#define FUZZ_REQUIRE(condition)                                                                    \
    ((condition) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #condition))

_Noreturn void fuzz_broken(const char *file, int line, const char *property);

/* The path of a file, always the same one, that now holds the SIZE bytes at BYTES. */
const char *fuzz_file(const void *bytes, size_t size);

/* ERROR, which is freed, has to be what an operator can read: a text of one line, that is not empty
 * and without control characters. */
void fuzz_require_line(char *error);

/* MESSAGE has to be one that can be sent: it is in its bounds, and what it encodes to is decoded to
 * the same. */
void fuzz_require_sendable(const struct message *message);

/* All texts of MESSAGE have to be valid UTF-8. */
void fuzz_require_utf8(const struct message *message);

/* OBJECT's JSON text has to be good JSON that is written as the same text again. */
void fuzz_require_stable(struct json_object *object);

#endif
