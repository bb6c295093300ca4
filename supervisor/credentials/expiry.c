/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever replaces tokens, be it the kubelet, a person or the minter, does so long before they
 * expire: one that is still there near its end will cost the worker its access. */
#include "supervisor/credentials/expiry.h"

#include <time.h>

enum {
    LONG_BEFORE = 7 * 24 * 3600 /* seconds: even for what lives for years */
};

static void warn(struct expiry *, enum role, const struct credential *);

bool expiry_is_near(uint64_t expires, uint64_t known_since, uint64_t now)
{
    uint64_t tenth = expires > known_since ? (expires - known_since) / 10 : 0;

    return expires != 0 && now + (tenth < LONG_BEFORE ? tenth : LONG_BEFORE) >= expires;
}

void expiry_check(struct expiry *expiry, enum role role, const struct credential *credential,
                  uint64_t now)
{
    if (credential->expires != expiry->expires) {
        cause_log_leave(&expiry->member, expiry->expires != 0 ? CAUSE_OVER : CAUSE_GONE);
        expiry->expires = credential->expires;
        expiry->known_since = now;
    }
    if (credential->plugin == NULL && expiry_is_near(expiry->expires, expiry->known_since, now))
        warn(expiry, role, credential);
}

static void warn(struct expiry *expiry, enum role role, const struct credential *credential)
{
    const time_t expires = (time_t)expiry->expires;
    char text[32] = "";
    struct tm utc;

    if (gmtime_r(&expires, &utc) != NULL)
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
    cause_log_join(
        &expiry->member,
        &(struct cause_details){
            .level = LOG_WARNING,
            .text = "a worker's credential expires and has not been replaced; then the worker can "
                    "neither read nor write",
            .over = "the credential was replaced",
            .who = {LOG_TEXT("worker", role_name(role)), LOG_TEXT("expires", text)},
            .remedy =
                credential->comes_later
                    ? "look in this log for why the minter cannot request another token"
                : role == ROLE_MINTER && credential->token != NULL
                    ? "run tlsroutectl setup again, as an administrator of the cluster, or put a "
                      "new token into its file; it is noticed within 10 s"
                : credential->token != NULL
                    ? "put a new token into its file or kubeconfig; it is noticed within 10 s"
                    : "put a new client certificate and its key into the kubeconfig; they are "
                      "noticed within 10 s",
            .named_max = ROLE_WORKERS,
        });
}
