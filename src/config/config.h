/* SPDX-License-Identifier: Apache-2.0 */
/* config/config.h - the door to config/: settings files, read by libConfuse. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <confuse.h>

#include "base/base.h"

YX_DEFINE_CLEAN(cfg, cfg_t *, (void)cfg_free);

/* Reads the text of a settings file; `path` is for the sentence. YX_DAMAGED names the line, also of
 * a key that `options` does not know. The strings of the settings live as long as *out. */
yx_status yx_config_parse(const char *path, struct yx_bytes text, cfg_opt_t *options, cfg_t **out,
                          struct yx_error *err);

#endif
