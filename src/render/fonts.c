/* SPDX-License-Identifier: Apache-2.0 */
/* fonts.c - the fonts that texts ask for: out of the document, or the system's nearest. */
#include "render/room.h"

#define FONTS_MAX 200u
#define FONT_BYTES_MAX ((size_t)96 * 1024 * 1024)

/* "ABCDEF+SimSun": the name of a part of a font. */
static const char *without_tag(const char *name)
{
    size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return len == 6 && name[len] == '+' ? name + len + 1 : name;
}

static struct yx_render_font describe(const struct yx_ofd_text *text)
{
    struct yx_render_font wish = {
        .family = "", .bold = text->weight >= YX_RENDER_BOLD, .italic = text->italic};
    const struct yx_ofd_font *font = text->font;
    if (font == NULL)
        return wish;
    wish.file = font->file;
    wish.family = without_tag(font->family[0] != '\0' ? font->family : font->name);
    wish.bold = wish.bold || font->bold;
    wish.italic = wish.italic || font->italic;
    return wish;
}

static bool is_same(const struct yx_render_font *a, const struct yx_render_font *b)
{
    if (a->file.len > 0 || b->file.len > 0)
        return yx_bytes_equal(a->file, b->file);
    return a->bold == b->bold && a->italic == b->italic && strcmp(a->family, b->family) == 0;
}

/* The font that the document carries; left out, with a finding, when it cannot be read. */
static yx_status open_file(struct yx_render *render, struct yx_render_font *font,
                           struct yx_error *err)
{
    struct yx_error why = {.status = YX_OK};
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    if (font->file.len == 0 || render->font_bytes >= FONT_BYTES_MAX)
        return YX_OK;
    yx_status status = yx_ofd_book_part(render->book, font->file, YX_FONT_BYTES_MAX, &bytes, &why);
    if (status == YX_OK)
        status = yx_font_from_bytes(yx_buf_bytes(&bytes), 0, &font->own, &why);
    if (status == YX_OK) {
        render->font_bytes += bytes.len;
        font->is_embedded = true;
        font->font = font->own;
        return YX_OK;
    }
    if (status == YX_NO_MEMORY)
        return yx_fail_memory(err);
    yx_ofd_book_note(render->book, &why.message);
    return YX_OK;
}

static yx_status find_in_system(struct yx_render *render, struct yx_render_font *font, bool fixed,
                                struct yx_error *err)
{
    struct yx_error why = {.status = YX_OK};
    const struct yx_font_wish wish = {.family = font->family[0] == '\0' ? NULL : font->family,
                                      .bold = font->bold,
                                      .italic = font->italic,
                                      .fixed = fixed};
    yx_status status = yx_fonts_find(render->fonts, &wish, &font->font, &why);
    if (status == YX_NO_MEMORY)
        return yx_fail_memory(err);
    if (status != YX_OK)
        yx_ofd_book_note(render->book, &why.message);
    return YX_OK;
}

static yx_status keep(struct yx_render *render, const struct yx_render_font *wish,
                      struct yx_render_font **out, struct yx_error *err)
{
    struct yx_render_font *font = yx_arena_alloc(render->arena, sizeof *font);
    if (font == NULL)
        return yx_ofd_fail_arena(render->arena, err);
    *font = *wish;
    font->file = yx_arena_bytes(render->arena, wish->file);
    font->family = yx_arena_text(render->arena, YX_TEXT(wish->family));
    if (font->family == NULL || font->file.data == NULL)
        return yx_ofd_fail_arena(render->arena, err);
    font->next = render->used_fonts;
    render->used_fonts = font;
    render->font_count++;
    *out = font;
    return YX_OK;
}

yx_status yx_render_find_font(struct yx_render *render, const struct yx_ofd_text *text,
                              const struct yx_render_font **out, struct yx_error *err)
{
    struct yx_render_font wish = describe(text);
    struct yx_render_font *font;
    for (font = render->used_fonts; font != NULL; font = font->next) {
        if (is_same(font, &wish) || (render->font_count >= FONTS_MAX && font->font != NULL)) {
            *out = font;
            return YX_OK;
        }
    }
    YX_TRY(keep(render, &wish, &font, err));
    YX_TRY(open_file(render, font, err));
    if (font->font == NULL)
        YX_TRY(find_in_system(render, font, text->font != NULL && text->font->fixed_width, err));
    *out = font;
    return YX_OK;
}

void yx_render_free_fonts(struct yx_render *render)
{
    for (struct yx_render_font *at = render->used_fonts; at != NULL; at = at->next)
        yx_font_free(at->own);
}
