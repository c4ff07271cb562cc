/* SPDX-License-Identifier: Apache-2.0 */
/* words.c - numbers of parties and values of settings, as people send them: the first byte says
 * which. What is taken has the one form that it has. */
#include <stdlib.h>

#include "party/party.h"
#include "policy/policy.h"

#define NOW (INT64_C(1795000000) * YX_SECOND)
#define TEXT_MAX 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_number(const char *text, unsigned which)
{
    static const char *const documents[] = {"resident-identity-card", "passport"};

    if (which == 0 && yx_party_check_code(text, NULL) == YX_OK && strlen(text) != YX_PARTY_CODE)
        abort();
    if (which == 1)
        (void)yx_party_check_identity(documents[strlen(text) % 2], text, NOW, NULL);
    if (which == 2 && yx_party_check_region(text, NULL) == YX_OK &&
        yx_party_region_tier(text) > YX_TIER_COUNTY)
        abort();
}

/* What a setting takes as a duration can be counted, unless it is a word. */
static void try_value(const char *text, unsigned which)
{
    size_t count;
    const struct yx_policy_setting *settings = yx_policy_settings(&count);
    const struct yx_policy_setting *setting = &settings[which % count];
    struct yx_policy_duration duration;
    struct yx_calendar calendar = {0};
    yx_time end;

    if (yx_policy_check_value(setting, text, NULL) != YX_OK)
        return;
    if (setting->type == YX_POLICY_DURATION &&
        yx_policy_duration_read(text, &duration, NULL) == YX_OK &&
        yx_policy_after(NOW, &duration, &calendar, &end, NULL) == YX_OK && end <= NOW)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[TEXT_MAX + 1];

    if (size == 0 || size > TEXT_MAX || memchr(data + 1, 0, size - 1) != NULL)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    if (data[0] < 3)
        try_number(text, data[0]);
    else
        try_value(text, data[0] - 3u);
    return 0;
}
