/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fonts.c - the fonts of the system, found with fontconfig. It only lists them: which one takes the
 * place of another is told by family.c, so that the same fonts give the same pictures whatever a
 * machine's settings prefer.
 */
#include <stdlib.h>
#include <unistd.h>

#include "canvas/fonts.h"

/* Fonts opened at the same time: those of a document, and what stands in for what they lack. */
#define OPENED_MAX 64

struct opened {
    const FcPattern *pattern; /* of the list, which lives as long as the configuration */
    struct yx_font *font;
    yx_font_kind kind; /* what it was opened as */
};

struct yx_fonts {
    FcConfig *config; /* NULL: nothing was looked for yet */
    struct opened opened[OPENED_MAX];
    size_t count;
};

yx_status yx_fonts_new(struct yx_fonts **out, struct yx_error *err)
{
    struct yx_fonts *fonts = calloc(1, sizeof *fonts);

    if (fonts == NULL)
        return yx_fail_memory(err);
    *out = fonts;
    return YX_OK;
}

void yx_fonts_free(struct yx_fonts *fonts)
{
    if (fonts == NULL)
        return;
    for (size_t i = 0; i < fonts->count; i++)
        yx_font_free(fonts->opened[i].font);
    if (fonts->config != NULL)
        FcConfigDestroy(fonts->config);
    free(fonts);
}

/* Where fonts are unless somebody says otherwise. fontconfig's own settings are sixty files about
 * which font is preferred, of which we use nothing: reading them would take nine tenths of the
 * time.
 */
static const char usual_settings[] =
    "<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig>"
    "<dir>/usr/share/fonts</dir><dir>/usr/local/share/fonts</dir>"
    "<dir prefix='xdg'>fonts</dir><dir>~/.fonts</dir>"
    "<cachedir>/var/cache/fontconfig</cachedir><cachedir prefix='xdg'>fontconfig</cachedir>"
    "</fontconfig>";

/* The settings of the machine count where somebody made any. */
static bool has_settings(void)
{
    return getenv("FONTCONFIG_FILE") != NULL || getenv("FONTCONFIG_PATH") != NULL ||
           getenv("FONTCONFIG_SYSROOT") != NULL || access("/etc/fonts/local.conf", F_OK) == 0;
}

static FcConfig *usual_config(void)
{
    FcConfig *config = FcConfigCreate();

    if (config == NULL)
        return NULL;
    if (FcConfigParseAndLoadFromMemory(config, (const FcChar8 *)usual_settings, FcTrue) &&
        FcConfigBuildFonts(config) && FcConfigGetFonts(config, FcSetSystem)->nfont > 0)
        return config;
    FcConfigDestroy(config);
    return NULL;
}

FcConfig *yx_font_config(void)
{
    FcConfig *config = has_settings() ? NULL : usual_config();

    return config != NULL ? config : FcConfigReference(NULL);
}

static const FcFontSet *list(struct yx_fonts *fonts)
{
    FcConfig *ready = yx_fonts_ready_config();

    if (fonts->config == NULL)
        fonts->config = ready != NULL ? FcConfigReference(ready) : yx_font_config();
    return fonts->config == NULL ? NULL : FcConfigGetFonts(fonts->config, FcSetSystem);
}

/* --- Looking through the list ------------------------------------------------------------ */

bool yx_font_is_drawable(const FcPattern *pattern)
{
    FcBool outline = FcFalse, variable = FcFalse;
    FcChar8 *format;

    (void)FcPatternGetBool(pattern, FC_OUTLINE, 0, &outline);
    (void)FcPatternGetBool(pattern, FC_VARIABLE, 0, &variable);
    return outline && !variable &&
           FcPatternGetString(pattern, FC_FONTFORMAT, 0, &format) == FcResultMatch &&
           (strcmp((const char *)format, "TrueType") == 0 ||
            strcmp((const char *)format, "CFF") == 0);
}

static bool is_called(const FcPattern *pattern, const char *family)
{
    FcChar8 *name;

    for (int i = 0; FcPatternGetString(pattern, FC_FAMILY, i, &name) == FcResultMatch; i++)
        if (FcStrCmpIgnoreCase(name, (const FcChar8 *)family) == 0)
            return true;
    return false;
}

static bool has_character(const FcPattern *pattern, uint32_t code_point)
{
    FcCharSet *characters;

    return code_point == 0 ||
           (FcPatternGetCharSet(pattern, FC_CHARSET, 0, &characters) == FcResultMatch &&
            FcCharSetHasChar(characters, code_point));
}

/* How far a font is from what is wanted; 0 is it. */
static int distance(const FcPattern *pattern, bool bold, bool italic)
{
    int weight = FC_WEIGHT_REGULAR, slant = FC_SLANT_ROMAN, width = FC_WIDTH_NORMAL;

    (void)FcPatternGetInteger(pattern, FC_WEIGHT, 0, &weight);
    (void)FcPatternGetInteger(pattern, FC_SLANT, 0, &slant);
    (void)FcPatternGetInteger(pattern, FC_WIDTH, 0, &width);
    return abs(weight - (bold ? FC_WEIGHT_BOLD : FC_WEIGHT_REGULAR)) +
           (italic != (slant != FC_SLANT_ROMAN) ? FC_WEIGHT_BLACK : 0) +
           abs(width - FC_WIDTH_NORMAL);
}

/* What a search wants. */
struct search {
    const char *family;  /* NULL: any */
    uint32_t code_point; /* 0: any */
    bool bold, italic;
};

static const FcPattern *nearest(const FcFontSet *set, const struct search *search)
{
    const FcPattern *best = NULL;
    int best_distance = 0;

    for (int i = 0; i < set->nfont; i++) {
        const FcPattern *pattern = set->fonts[i];

        if ((search->family != NULL && !is_called(pattern, search->family)) ||
            !yx_font_is_drawable(pattern) || !has_character(pattern, search->code_point))
            continue;
        int far = distance(pattern, search->bold, search->italic);

        if (best == NULL || far < best_distance) {
            best = pattern;
            best_distance = far;
        }
    }
    return best;
}

/* One of the families of its kind, or any. */
static const FcPattern *nearest_of_kind(const FcFontSet *set, yx_font_kind kind,
                                        struct search search)
{
    const FcPattern *found = NULL;

    for (const char *const *family = yx_font_kind_families(kind); *family != NULL; family++) {
        search.family = *family;
        found = nearest(set, &search);
        if (found != NULL)
            return found;
    }
    search.family = NULL;
    return nearest(set, &search);
}

/* --- Opening ----------------------------------------------------------------------------- */

static yx_status open_pattern(struct yx_fonts *fonts, const FcPattern *pattern, yx_font_kind kind,
                              const struct yx_font **out, struct yx_error *err)
{
    struct opened *opened = &fonts->opened[fonts->count];
    FcChar8 *path;
    int index = 0;

    for (size_t i = 0; i < fonts->count; i++)
        if (fonts->opened[i].pattern == pattern) {
            *out = fonts->opened[i].font;
            return YX_OK;
        }
    YX_REQUIRE(fonts->count < OPENED_MAX, err, YX_REFUSED, "fonts",
               N_("a drawing takes more than {1} fonts of the system"), YX_NUM(OPENED_MAX));
    YX_REQUIRE(FcPatternGetString(pattern, FC_FILE, 0, &path) == FcResultMatch, err, YX_INTERNAL,
               "fonts", N_("fontconfig lists a font without a file"));
    (void)FcPatternGetInteger(pattern, FC_INDEX, 0, &index);
    YX_TRY(yx_font_open((const char *)path, index, &opened->font, err));
    opened->pattern = pattern;
    opened->kind = kind;
    fonts->count++;
    *out = opened->font;
    return YX_OK;
}

static yx_font_kind kind_of_wish(const struct yx_font_wish *wish, bool *bold)
{
    yx_font_kind kind = wish->family == NULL ? YX_KIND_SONG : yx_font_kind_of(wish->family, bold);

    return kind == YX_KIND_SONG && wish->fixed ? YX_KIND_MONO : kind;
}

yx_status yx_fonts_find(struct yx_fonts *fonts, const struct yx_font_wish *wish,
                        const struct yx_font **out, struct yx_error *err)
{
    const FcFontSet *set = list(fonts);
    struct search search = {wish->family, 0, wish->bold, wish->italic};
    yx_font_kind kind = kind_of_wish(wish, &search.bold);
    const FcPattern *found = NULL;

    if (set != NULL && wish->family != NULL)
        found = nearest(set, &search);
    if (set != NULL && found == NULL)
        found = nearest_of_kind(set, kind, search);
    YX_REQUIRE(found != NULL, err, YX_REFUSED, "fonts",
               N_("no font is installed that could show {1}; the package fonts-noto-cjk has some"),
               wish->family == NULL ? "" : wish->family);
    return open_pattern(fonts, found, kind, out, err);
}

/* --- Characters that a font lacks -------------------------------------------------------- */

static yx_font_kind kind_of_font(const struct yx_fonts *fonts, const struct yx_font *font)
{
    bool bold;

    for (size_t i = 0; i < fonts->count; i++)
        if (fonts->opened[i].font == font)
            return fonts->opened[i].kind;
    return yx_font_kind_of(yx_font_family(font), &bold);
}

/* Those that helped before come first, in their order. */
static const struct yx_font *opened_with(const struct yx_fonts *fonts, yx_font_kind kind, bool bold,
                                         uint32_t code_point)
{
    for (size_t i = 0; i < fonts->count; i++) {
        const struct opened *opened = &fonts->opened[i];

        if (opened->kind == kind && yx_font_is_bold(opened->font) == bold &&
            yx_font_glyph(opened->font, code_point) != 0)
            return opened->font;
    }
    return NULL;
}

yx_status yx_fonts_cover(struct yx_fonts *fonts, const struct yx_font *font, uint32_t code_point,
                         const struct yx_font **out, struct yx_error *err)
{
    struct search search = {NULL, code_point, yx_font_is_bold(font), yx_font_is_italic(font)};
    yx_font_kind kind = kind_of_font(fonts, font);
    const FcFontSet *set;
    const FcPattern *found;

    *out = yx_font_glyph(font, code_point) != 0 ? font
                                                : opened_with(fonts, kind, search.bold, code_point);
    if (*out != NULL)
        return YX_OK;
    set = list(fonts);
    found = set == NULL ? NULL : nearest_of_kind(set, kind, search);
    return found == NULL ? YX_OK : open_pattern(fonts, found, kind, out, err);
}
