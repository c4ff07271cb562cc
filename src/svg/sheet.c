/* SPDX-License-Identifier: Apache-2.0 */
/* sheet.c - the element style as drawing programs write it: rules for classes, nothing else. */
#include "svg/parts.h"

#define RULES_MAX 256
/* Of text in all: every element of a class goes through it. */
#define TEXT_MAX ((size_t)64 * 1024)

struct reading {
    const char *at;
    struct yx_arena *arena;
    struct yx_svg_sheet *sheet;
};

/* White space and comments. */
static void skip(const char **at)
{
    for (;;) {
        yx_svg_skip_space(at);
        const char *end = strncmp(*at, "/*", 2) == 0 ? strstr(*at + 2, "*/") : NULL;
        if (end == NULL)
            return;
        *at = end + 2;
    }
}

static size_t name_len(const char *at)
{
    size_t len = 0;
    while ((at[len] >= '0' && at[len] <= '9') || (at[len] >= 'a' && at[len] <= 'z') ||
           (at[len] >= 'A' && at[len] <= 'Z') || at[len] == '-' || at[len] == '_' ||
           (unsigned char)at[len] >= 0x80)
        len++;
    return len;
}

static yx_status add_rule(struct reading *reading, struct yx_bytes name, const char *declarations,
                          struct yx_error *err)
{
    YX_REQUIRE(reading->sheet->count++ < RULES_MAX, err, YX_REFUSED, "SVG 1.1 6",
               N_("the SVG's style sheet has more than {1} rules"), YX_NUM(RULES_MAX));
    struct yx_svg_rule *rule = yx_arena_alloc(reading->arena, sizeof *rule);
    if (rule == NULL || (rule->name = yx_arena_text(reading->arena, name)) == NULL)
        return yx_svg_fail_arena(reading->arena, err);
    rule->declarations = declarations;
    if (reading->sheet->last == NULL)
        reading->sheet->first = rule;
    else
        reading->sheet->last->next = rule;
    reading->sheet->last = rule;
    return YX_OK;
}

/* ".a, .b" in front of the brace: each gets the declarations. false: something else stands there.
 */
static yx_status take_selectors(struct reading *reading, const char *declarations, bool *known,
                                struct yx_error *err)
{
    do {
        skip(&reading->at);
        size_t len = *reading->at == '.' ? name_len(reading->at + 1) : 0;
        *known = len > 0;
        if (!*known)
            return YX_OK;
        YX_TRY(add_rule(reading, YX_BYTES(reading->at + 1, len), declarations, err));
        reading->at += 1 + len;
        skip(&reading->at);
    } while (*reading->at++ == ',');
    *known = reading->at[-1] == '{';
    return YX_OK;
}

static yx_status take_rule(struct reading *reading, struct yx_error *err)
{
    const char *open = strchr(reading->at, '{');
    const char *end = open == NULL ? NULL : strchr(open, '}');
    const char *start = reading->at;
    bool known = false;
    if (end != NULL) {
        char *text = yx_arena_text(reading->arena, YX_BYTES(open + 1, (size_t)(end - open - 1)));
        if (text == NULL)
            return yx_svg_fail_arena(reading->arena, err);
        YX_TRY(take_selectors(reading, text, &known, err));
        reading->at = end + 1;
    }
    return known ? YX_OK : yx_svg_fail_value("style", start, err);
}

static yx_status read_sheet(const char *text, struct yx_arena *arena, struct yx_svg_sheet *sheet,
                            struct yx_error *err)
{
    struct reading reading = {text, arena, sheet};
    sheet->text += strlen(text);
    YX_REQUIRE(sheet->text <= TEXT_MAX, err, YX_REFUSED, "SVG 1.1 6",
               N_("the SVG's style sheet has more than {1} bytes"), YX_NUM(TEXT_MAX));
    for (skip(&reading.at); *reading.at != '\0'; skip(&reading.at))
        YX_TRY(take_rule(&reading, err));
    return YX_OK;
}

yx_status yx_svg_sheet_read(const struct yx_xml *root, struct yx_arena *arena,
                            struct yx_svg_sheet *sheet, struct yx_error *err)
{
    if (yx_svg_is_foreign(root))
        return YX_OK;
    if (strcmp(root->name, "style") == 0) {
        const char *media = yx_svg_attribute(root, "media");
        if (media != NULL && strcmp(media, "all") != 0)
            return yx_svg_fail_value("media", media, err);
        return read_sheet(root->text, arena, sheet, err);
    }
    for (const struct yx_xml *child = root->first; child != NULL; child = child->next)
        YX_TRY(yx_svg_sheet_read(child, arena, sheet, err));
    return YX_OK;
}
