/* SPDX-License-Identifier: Apache-2.0 */
/* ofd/text.c - the text of a page with its boxes, and the search for keywords. */
#include "ofd/glyphs.h"

/* --- Runs -------------------------------------------------------------------------------- */

struct run_listener {
    bool (*each)(void *context, const struct yx_text_box *box);
    void *context;
};

static bool tell_run(void *self, const struct yx_text_run *run)
{
    const struct run_listener *listener = self;
    struct yx_box box = run->glyphs[0].box;
    for (size_t i = 1; i < run->count; i++)
        box = yx_box_join(box, run->glyphs[i].box);
    struct yx_text_box text = {run->text, box.x, box.y, box.width, box.height};
    return listener->each(listener->context, &text);
}

yx_status yx_ofd_page_text(struct yx_ofd *ofd, uint32_t document, uint32_t page,
                           bool (*each)(void *context, const struct yx_text_box *box),
                           void *context, struct yx_error *err)
{
    struct run_listener listener = {each, context};
    return yx_ofd_runs(ofd, document, page, tell_run, &listener, err);
}

/* --- Keywords ---------------------------------------------------------------------------- */

struct collection {
    struct yx_letters letters;
    bool no_memory;
};

static bool collect_run(void *self, const struct yx_text_run *run)
{
    struct collection *collection = self;
    for (size_t i = 0; i < run->count && !collection->no_memory; i++) {
        const struct yx_glyph *glyph = &run->glyphs[i];
        struct yx_letter letter = {glyph->code_point, run->is_vertical, glyph->box};
        collection->no_memory = !yx_letters_add(&collection->letters, &letter);
    }
    return !collection->no_memory;
}

static void free_collection(struct collection *collection)
{
    yx_letters_free(&collection->letters);
}
YX_DEFINE_CLEAN_VALUE(collection, struct collection, free_collection);

yx_status yx_ofd_search_text(struct yx_ofd *ofd, uint32_t document, uint32_t page,
                             const char *keyword, const struct yx_letters_search *search,
                             struct yx_error *err)
{
    YX_CLEAN(collection) struct collection page_text = {.no_memory = false};
    YX_TRY(yx_ofd_runs(ofd, document, page, collect_run, &page_text, err));
    if (page_text.no_memory)
        return yx_fail_memory(err);
    return yx_letters_search(&page_text.letters, keyword, search, err);
}

yx_status yx_ofd_find_text(struct yx_ofd *ofd, uint32_t document, uint32_t page,
                           const char *keyword,
                           bool (*found)(void *context, const struct yx_box *box), void *context,
                           struct yx_error *err)
{
    struct yx_first_lines lines = {.found = found, .context = context};
    const struct yx_letters_search search = {yx_first_line, &lines};
    return yx_ofd_search_text(ofd, document, page, keyword, &search, err);
}
