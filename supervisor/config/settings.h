/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the configuration that the workers get. */
#ifndef TLSROUTED_SUPERVISOR_CONFIG_SETTINGS_H
#define TLSROUTED_SUPERVISOR_CONFIG_SETTINGS_H

#include "common/message/message.h"
#include "supervisor/config/config.h"

/* Sets those fields of SETTINGS that are keys of the configuration; texts and lists are borrowed
 * from CONFIG. */
void settings_fill(struct settings_message *settings, const struct config *config);

#endif
