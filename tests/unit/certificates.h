/* SPDX-License-Identifier: Apache-2.0 */
/* Objects for the tests of the certpatcher, as JSON texts, and where they are. */
#ifndef TLSROUTED_TESTS_UNIT_CERTIFICATES_H
#define TLSROUTED_TESTS_UNIT_CERTIFICATES_H

#include "certpatcher/certificate_state.h"
#include "common/objects/ledger.h"

#define META(namespace, name, rest)                                                                \
    "{\"metadata\":{\"namespace\":\"" namespace "\",\"name\":\"" name                              \
                                                "\",\"uid\":\"u\",\"resourceVersion\":\"7\","      \
                                                "\"creationTimestamp\":\"2026-01-02T03:04:"        \
                                                "05Z\"" rest "}"

/* NAME.example is the name that it demands. */
#define POOL(name, rest)                                                                           \
    META("n", name, rest)                                                                          \
    ",\"spec\":{\"route\":{\"enabled\":true,\"injectDNSAltName\":true,\"hostname\":\"" name        \
    ".example\"}}}"
#define PAUSED   ",\"annotations\":{\"openvox.voxpupuli.org/paused\":\"true\"}"
#define BAD_POOL META("n", "bad", "") ",\"spec\":{\"route\":{\"hostname\":7}}}"

/* POOLS: "\"p\",\"q\"". */
#define SERVER_IN(namespace, name, certificate, pools)                                             \
    META(namespace, name, "")                                                                      \
    ",\"spec\":{\"certificateRef\":\"" certificate "\",\"poolRefs\":[" pools "]}}"
#define SERVER(pools)         SERVER_IN("n", "s", "c", pools)
#define BAD_SERVER(namespace) META(namespace, "bad", "") ",\"spec\":{\"poolRefs\":7}}"

/* With NAMES as POOLS above; the TEXT of a ledger has its quotes escaped once more. */
#define LEDGER(text)      ",\"annotations\":{\"" LEDGER_ANNOTATION "\":\"" text "\"}"
#define CERTIFICATE(name) META("n", name, "") ",\"spec\":{}}"
#define CERTIFICATE_WITH(rest, names)                                                              \
    META("n", "c", rest) ",\"spec\":{\"dnsAltNames\":[" names "]}}"

#define LIST(items) "{\"items\":[" items "],\"metadata\":{}}"

#define API           "/apis/openvox.voxpupuli.org/v1alpha1"
#define IN(namespace) API "/namespaces/" namespace
#define FIRST_PAGE    "?limit=10000"

/* Drops all STATES, whatever is in them. */
static inline void forget_states(struct certificate_states *states)
{
    static const struct text_list none = {0};
    struct certificate_state *state, *next;

    HASH_ITER (hh, states->all, state, next) {
        certificate_state_set_unneeded(states, state, &none, 0);
        certificate_state_warn(state, NULL);
        state->is_reissued = false;
        certificate_state_tidy(states, state, INT64_MAX);
    }
}

#endif
