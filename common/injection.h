/* Whether a Certificate has to carry a Pool's hostname. Pure; the reconciler decides with it what
 * to ask for, and the certpatcher decides again from what it has read by itself. */
#ifndef TLSROUTED_COMMON_INJECTION_H
#define TLSROUTED_COMMON_INJECTION_H

#include "common/message.h"

/* Returns NULL if CERTIFICATE has to carry POOL's hostname because SERVER, a Server of that Pool,
 * uses it; otherwise why not, as a sentence's end (a constant). All three are in one namespace. */
const char *injection_refusal(const struct pool_message *pool, const struct server_message *server,
                              const struct certificate_message *certificate);

/* Whether it does. DNS names compare without case (RFC 4343). */
bool injection_present(const struct pool_message *pool,
                       const struct certificate_message *certificate);

#endif
