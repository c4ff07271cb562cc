/* SPDX-License-Identifier: Apache-2.0 */
/* apirecords/settings.c - GET /api/v1/settings: every setting of the service with what it is for
 * and where its value comes from, as yinxin.conf(5) has them; passwords in URLs are left out. */
#include "apirecords/apirecords.h"

static json_t *to_json(const struct yx_setting *setting, yx_translate say)
{
    json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name", setting->name, "section",
                               say == NULL ? setting->section : say(setting->section), "kind",
                               say == NULL ? setting->kind : say(setting->kind), "usual",
                               setting->usual, "value", setting->value, "help",
                               say == NULL ? setting->help : say(setting->help));

    if (object != NULL && setting->from[0] != '\0')
        (void)json_object_set_new(
            object, "from", json_pack("{s:s, s:i}", "file", setting->from, "line", setting->line));
    return object;
}

static yx_status get_settings(struct yx_api_call *call, struct yx_error *err)
{
    const struct yx_settings *settings = call->services->settings;
    yx_translate say = yx_language(call->http->language);
    YX_CLEAN(json) json_t *items = json_array();

    for (size_t i = 0; i < yx_settings_count(); i++) {
        struct yx_setting setting = yx_settings_at(settings, i);

        if (json_array_append_new(items, to_json(&setting, say)) != 0)
            return yx_fail_memory(err);
    }
    return yx_api_reply(call, 200, json_pack("{s:O}", "items", items), err);
}

const struct yx_api_route yx_api_settings[] = {
    {"GET", "/api/v1/settings", "system.read", NULL, get_settings, YX_API_EVERYWHERE},
    YX_API_ROUTES_END,
};
