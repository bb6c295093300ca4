/* SPDX-License-Identifier: Apache-2.0 */
/* Copies by the table of keys, so that a key with a setting reaches the workers without more ado.
 */
#include "supervisor/config/settings.h"

#include "supervisor/config/fields.h"

void settings_fill(struct settings_message *settings, const struct config *config)
{
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];
        char *setting = (char *)settings + key->setting.offset;
        const void *field = fields_read(config, key, 0);

        if (!key->setting.exists)
            continue;
        if (key->kind == CONFIG_LIST)
            *(struct text_list *)(void *)setting = *(const struct text_list *)field;
        else if (key->kind == CONFIG_TEXT || key->kind == CONFIG_FILE)
            *(const char **)(void *)setting = *(char *const *)field;
        else
            *(uint64_t *)(void *)setting = *(const unsigned *)field;
    }
}
