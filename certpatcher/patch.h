/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON Patches of a Certificate. Pure. */
#ifndef TLSROUTED_CERTPATCHER_PATCH_H
#define TLSROUTED_CERTPATCHER_PATCH_H

#include "certpatcher/certificate.h"
#include "common/objects/injection.h"

/* The patch that gives CERTIFICATE the names and the ledger of PLAN and, if it MARKS, the mark that
 * it has to be issued again. It tests that the Certificate is still the same one, and that list and
 * ledger are still as they were fetched, so that it fails after any change in between. A new
 * reference. */
struct json_object *patch_names(const struct certificate *certificate,
                                const struct injection_plan *plan, bool marks);

/* The patch of its status that changes the phase from Signed to Pending, which has it issued again.
 * A new reference. */
struct json_object *patch_phase(const struct certificate *certificate);

/* The patch that takes the mark of CERTIFICATE away, which has it. A new reference. */
struct json_object *patch_unmark(const struct certificate *certificate);

#endif
