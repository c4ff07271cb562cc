/* SPDX-License-Identifier: Apache-2.0 */
/*
 * family.c - which letters a name means. Documents name the fonts of the machine that they were
 * made on; where those are not installed, a free font of the same kind takes their place.
 */
#include <strings.h>

#include "canvas/fonts.h"

/* The first word found anywhere in the name counts, so 仿宋 stands before 宋, and sans before the
 * serif fonts. Names come with makers before (华文, 方正, ST, FZ) and variants behind (_GB2312). */
static const struct {
    const char *word;
    yx_font_kind kind;
    bool bold;
} words[] = {
    {"仿宋", YX_KIND_FANGSONG, false},  {"FangSong", YX_KIND_FANGSONG, false},
    {"小标宋", YX_KIND_SONG, true},     {"XiaoBiaoSong", YX_KIND_SONG, true},
    {"XBS", YX_KIND_SONG, true},        {"大标宋", YX_KIND_SONG, true},
    {"中宋", YX_KIND_SONG, true},       {"ZhongSong", YX_KIND_SONG, true},
    {"粗宋", YX_KIND_SONG, true},       {"宋", YX_KIND_SONG, false},
    {"SimSun", YX_KIND_SONG, false},    {"Song", YX_KIND_SONG, false},
    {"MingLiU", YX_KIND_SONG, false},   {"明體", YX_KIND_SONG, false},
    {"楷", YX_KIND_KAI, false},         {"Kai", YX_KIND_KAI, false},
    {"隶", YX_KIND_KAI, false},         {"黑", YX_KIND_HEI, false},
    {"SimHei", YX_KIND_HEI, false},     {"Heiti", YX_KIND_HEI, false},
    {"Hei", YX_KIND_HEI, false},        {"等线", YX_KIND_HEI, false},
    {"DengXian", YX_KIND_HEI, false},   {"圆", YX_KIND_HEI, false},
    {"苹方", YX_KIND_HEI, false},       {"PingFang", YX_KIND_HEI, false},
    {"CJK", YX_KIND_HEI, false},        {"Courier", YX_KIND_MONO, false},
    {"Consolas", YX_KIND_MONO, false},  {"Mono", YX_KIND_MONO, false},
    {"Arial", YX_KIND_SANS, false},     {"Helvetica", YX_KIND_SANS, false},
    {"Calibri", YX_KIND_SANS, false},   {"Verdana", YX_KIND_SANS, false},
    {"Tahoma", YX_KIND_SANS, false},    {"Segoe", YX_KIND_SANS, false},
    {"Sans", YX_KIND_SANS, false},      {"Times", YX_KIND_ROMAN, false},
    {"Roman", YX_KIND_ROMAN, false},    {"Serif", YX_KIND_ROMAN, false},
    {"Georgia", YX_KIND_ROMAN, false},  {"Cambria", YX_KIND_ROMAN, false},
    {"Garamond", YX_KIND_ROMAN, false},
};

yx_font_kind yx_font_kind_of(const char *family, bool *bold)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasestr(family, words[i].word) != NULL) {
            *bold |= words[i].bold;
            return words[i].kind;
        }
    return YX_KIND_SONG;
}

const char *const *yx_font_kind_families(yx_font_kind kind)
{
#define SONG "Noto Serif CJK SC", "Source Han Serif SC", "AR PL UMing CN", "FandolSong"
#define HEI                                                                               \
    "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", \
        "Droid Sans Fallback"
    static const char *const song[] = {SONG, HEI, NULL};
    static const char *const fangsong[] = {"FandolFang R", "FandolFang", SONG, HEI, NULL};
    static const char *const kai[] = {"AR PL UKai CN", "FandolKai", SONG, HEI, NULL};
    static const char *const hei[] = {HEI, SONG, NULL};
    static const char *const roman[] = {"Liberation Serif", "Tinos", "Nimbus Roman",
                                        "DejaVu Serif",     SONG,    NULL};
    static const char *const sans[] = {"Liberation Sans", "Arimo", "Nimbus Sans",
                                       "DejaVu Sans",     HEI,     NULL};
    static const char *const mono[] = {"Liberation Mono",
                                       "Cousine",
                                       "Nimbus Mono PS",
                                       "DejaVu Sans Mono",
                                       "Noto Sans Mono CJK SC",
                                       HEI,
                                       NULL};
    static const char *const *const families[] = {
        [YX_KIND_SONG] = song, [YX_KIND_FANGSONG] = fangsong, [YX_KIND_KAI] = kai,
        [YX_KIND_HEI] = hei,   [YX_KIND_ROMAN] = roman,       [YX_KIND_SANS] = sans,
        [YX_KIND_MONO] = mono,
    };

    return families[kind];
}
