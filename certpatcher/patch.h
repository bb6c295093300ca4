/* SPDX-License-Identifier: Apache-2.0 */
/* The patches of a Certificate. Pure. */
#ifndef TLSROUTED_CERTPATCHER_PATCH_H
#define TLSROUTED_CERTPATCHER_PATCH_H

#include "certpatcher/fetched.h"
#include "common/objects/injection.h"

/* The JSON Patch that makes the names and the ledger of the Certificate READING those of PLAN. It
 * tests that the Certificate is still that one, and that list and ledger are still as they were
 * read, so a change in between makes it fail. A new reference. */
struct json_object *patch_names(const struct fetched *fetched, const struct injection_plan *plan);

/* The one for its status, which sets the phase Pending if it is Signed. A new reference. */
struct json_object *patch_phase(const struct fetched *fetched);

#endif
