/* SPDX-License-Identifier: Apache-2.0 */
/* What to do about a request that the API server refused. */
#ifndef TLSROUTED_COMMON_API_REMEDY_H
#define TLSROUTED_COMMON_API_REMEDY_H

#include "common/api/result.h"

/* Advice in the imperative for a request that ended with ERROR and MESSAGE, that of the API server;
 * a constant. NULL if what the message says is all that is known, or if nothing has to be done. Not
 * for errors that are global: the client logs those with advice. Pure. */
const char *api_remedy(enum api_error error, const char *message);

#endif
