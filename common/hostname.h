/* Host names as TLSRoutes take them. */
#ifndef TLSROUTED_COMMON_HOSTNAME_H
#define TLSROUTED_COMMON_HOSTNAME_H

/* Says what is wrong with NAME as the hostname of a TLSRoute, as the end of a sentence ("has an
 * empty label"; a constant), or NULL if it is good: lower-case RFC 1123 labels of at most 63
 * characters, 253 in all, no IP address, "*" only as the whole first label and not alone.
 * (Gateway API, type Hostname) */
const char *hostname_problem(const char *name);

#endif
