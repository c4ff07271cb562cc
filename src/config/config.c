/* SPDX-License-Identifier: Apache-2.0 */
/* config/config.c - a settings file as libConfuse reads it, and its complaints as our errors. */
#include "config/config.h"

/* libConfuse tells what is wrong through a callback without a context; one file at a time is read
 * in a thread. */
static _Thread_local char complaint[256];

__attribute__((format(printf, 2, 0))) static void keep_complaint(cfg_t *config, const char *format,
                                                                 va_list list)
{
    (void)config;
    (void)vsnprintf(complaint, sizeof complaint, format, list);
}

yx_status yx_config_parse(const char *path, struct yx_bytes text, cfg_opt_t *options, cfg_t **out,
                          struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf copy = {0};
    YX_CLEAN(cfg) cfg_t *config = cfg_init(options, CFGF_NONE);
    int line;

    YX_REQUIRE(text.len == 0 || memchr(text.data, 0, text.len) == NULL, err, YX_DAMAGED, "",
               N_("{1} is no settings file: it holds a NUL byte"), path);
    if (config == NULL || yx_buf_append(&copy, text) != YX_OK ||
        yx_buf_append(&copy, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    complaint[0] = '\0';
    (void)cfg_set_error_function(config, keep_complaint);
    line = cfg_parse_buf(config, (const char *)copy.data) == CFG_SUCCESS ? 0 : config->line;
    YX_REQUIRE(line == 0, err, YX_DAMAGED, "", N_("{1}, line {2}: {3}"), path, YX_NUM(line),
               complaint);
    *out = config;
    config = NULL;
    return YX_OK;
}
