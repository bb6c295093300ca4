/* When a token ends, by what it says itself. */
#ifndef TLSROUTED_SUPERVISOR_TOKEN_LIFE_H
#define TLSROUTED_SUPERVISOR_TOKEN_LIFE_H

#include <stdint.h>

/* The "exp" of TOKEN, in seconds since 1970, if it is a JSON Web Token (RFC 7519) that has one;
 * else 0. Nothing is verified: this is for those who watch over it. TOKEN may be NULL. */
uint64_t token_life_end(const char *token);

#endif
