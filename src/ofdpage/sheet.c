/* SPDX-License-Identifier: Apache-2.0 */
/* sheet.c - one page: its templates, layers and annotations in the order of drawing. */
#include <stdlib.h>

#include "ofdpage/room.h"

/* The end of a list of layers; each is laid over those before it. */
struct pile {
    const struct yx_ofd_layer **end;
};

static yx_status lay(struct yx_ofd_reader *reader, struct pile *pile,
                     const struct yx_ofd_object *first)
{
    struct yx_ofd_layer *layer;
    if (first == NULL)
        return YX_OK;
    YX_OFD_NEW(reader, layer);
    layer->first = first;
    *pile->end = layer;
    pile->end = &layer->next;
    return YX_OK;
}

/* --- Layers and templates ---------------------------------------------------------------- */

/* From the bottom up. What is neither of the others is the body. */
static const char *const orders[] = {"Background", "Body", "Foreground"};
enum { BACKGROUND, BODY, FOREGROUND, ORDERS };

static int find_order(const char *name, int otherwise)
{
    if (name == NULL)
        return otherwise;
    for (int i = 0; i < ORDERS; i++) {
        if (strcmp(orders[i], name) == 0)
            return i;
    }
    return BODY;
}

static yx_status add_layer(struct yx_ofd_reader *reader, const struct yx_xml *layer,
                           struct pile *pile)
{
    struct yx_ofd_style style = yx_ofd_plain_style;
    struct yx_ofd_reader inner = *reader;
    const struct yx_ofd_object *first = NULL;
    YX_TRY(yx_ofd_read_style(reader, layer, &style));
    inner.style = &style;
    YX_TRY(yx_ofd_read_objects(&inner, layer, &first));
    return lay(reader, pile, first);
}

static yx_status add_layers(struct yx_ofd_reader *reader, const struct yx_xml *page, int order,
                            struct pile *pile)
{
    const struct yx_xml *at = yx_xml_child(yx_xml_child(page, "Content"), "Layer");
    for (; at != NULL; at = yx_xml_next(at)) {
        if (find_order(yx_xml_attribute(at, "Type"), BODY) == order &&
            yx_ofd_flag(at, "Visible", true))
            YX_TRY(add_layer(reader, at, pile));
    }
    return YX_OK;
}

static yx_status add_page(struct yx_ofd_reader *reader, const struct yx_xml *page,
                          struct pile *pile);

/* A template's own resources are kept with the book, as what it holds is. */
static yx_status read_template(struct yx_ofd_reader *reader, const struct yx_xml *template,
                               struct yx_ofd_template *out)
{
    struct yx_ofd_book *book = reader->book;
    struct yx_ofd_table *own;
    struct yx_bytes path;
    const struct yx_xml *root = NULL;
    const char *location = yx_xml_attribute(template, "BaseLoc");
    struct yx_ofd_reader inner = {.book = book,
                                  .arena = book->arena,
                                  .style = &yx_ofd_plain_style,
                                  .depth = reader->depth + 1,
                                  .err = reader->err};
    YX_OFD_NEW(&inner, own);
    own->arena = book->arena;
    struct yx_error why;
    yx_status status = yx_ofd_resolve(book->arena, book->document->root_path,
                                      location == NULL ? "" : location, &path, &why);
    if (status == YX_OK)
        status = yx_ofd_xml_into(book->ofd, path, book->arena, &root, NULL, &why);
    if (status != YX_OK)
        return yx_ofd_find_error(book, &why, reader->err);
    const struct yx_xml *lists[] = {yx_xml_child(root, "PageRes")};
    YX_TRY(yx_ofd_read_table(book, own, path, lists, 1, reader->err));
    inner.own = own;
    struct pile pile = {&out->layers};
    return add_page(&inner, root, &pile);
}

static yx_status find_template(struct yx_ofd_reader *reader, const struct yx_xml *template,
                               struct yx_ofd_template **out)
{
    struct yx_ofd_book *book = reader->book;
    const char *id = yx_xml_attribute(template, "ID");
    for (*out = book->templates; *out != NULL; *out = (*out)->next) {
        if (strcmp((*out)->id, id) == 0)
            return YX_OK;
    }
    struct yx_ofd_template *made = yx_arena_alloc(book->arena, sizeof *made);
    if (made == NULL)
        return yx_ofd_fail_arena(book->arena, reader->err);
    made->id = id;
    made->next = book->templates;
    *out = book->templates = made;
    made->reading = YX_OFD_READING;
    YX_TRY(read_template(reader, template, made));
    made->reading = YX_OFD_READ;
    return YX_OK;
}

static yx_status add_template(struct yx_ofd_reader *reader, const struct yx_xml *use, int order,
                              struct pile *pile)
{
    const char *id = yx_xml_attribute(use, "TemplateID");
    const struct yx_xml *template = yx_ofd_template(reader->book->document, id);
    struct yx_ofd_template *found = NULL;
    if (template == NULL) {
        yx_ofd_find(reader->book, N_("the document defines no template page {1}"),
                    id == NULL ? "" : id);
        return YX_OK;
    }
    const char *name = yx_xml_attribute(use, "ZOrder");
    if (name == NULL)
        name = yx_xml_attribute(template, "ZOrder");
    if (find_order(name, BACKGROUND) != order)
        return YX_OK;
    if (reader->depth < YX_OFD_NESTING_MAX)
        YX_TRY(find_template(reader, template, &found));
    if (found == NULL || found->reading == YX_OFD_READING) {
        yx_ofd_find(reader->book,
                    N_("the template page {1} leads back to itself, or too deep; it is left out"),
                    id);
        return YX_OK;
    }
    for (const struct yx_ofd_layer *at = found->layers; at != NULL; at = at->next)
        YX_TRY(lay(reader, pile, at->first));
    return YX_OK;
}

static yx_status add_templates(struct yx_ofd_reader *reader, const struct yx_xml *page, int order,
                               struct pile *pile)
{
    unsigned left = YX_OFD_PAGE_TEMPLATES_MAX;
    const struct yx_xml *use = yx_xml_child(page, "Template");
    for (; use != NULL && left > 0; use = yx_xml_next(use), left--)
        YX_TRY(add_template(reader, use, order, pile));
    return YX_OK;
}

/* Templates in the background and body lie below the page's layers of that order, those in the
 * foreground above. */
static yx_status add_page(struct yx_ofd_reader *reader, const struct yx_xml *page,
                          struct pile *pile)
{
    for (int order = 0; order < ORDERS; order++) {
        if (order != FOREGROUND)
            YX_TRY(add_templates(reader, page, order, pile));
        YX_TRY(add_layers(reader, page, order, pile));
        if (order == FOREGROUND)
            YX_TRY(add_templates(reader, page, order, pile));
    }
    return YX_OK;
}

/* --- Annotations ------------------------------------------------------------------------- */

static yx_status add_annotation(struct yx_ofd_reader *reader, const struct yx_xml *annotation,
                                struct pile *pile)
{
    const struct yx_xml *appearance = yx_xml_child(annotation, "Appearance");
    if (appearance == NULL || !yx_ofd_flag(annotation, "Visible", true))
        return YX_OK;
    struct yx_ofd_unit *unit;
    struct yx_ofd_object *object;
    YX_OFD_NEW(reader, unit);
    YX_OFD_NEW(reader, object);
    YX_TRY(yx_ofd_read_objects(reader, appearance, &unit->first));
    object->kind = YX_OFD_COMPOSITE;
    object->alpha = 1;
    object->matrix = (struct yx_svg_matrix){1, 0, 0, 1, 0, 0};
    object->is_unbounded = !yx_ofd_has_box(appearance, "Boundary", &object->boundary);
    object->as.composite = unit;
    return lay(reader, pile, unit->first == NULL ? NULL : object);
}

static yx_status add_annotation_file(struct yx_ofd_reader *reader, const char *location,
                                     struct pile *pile)
{
    struct yx_ofd_book *book = reader->book;
    struct yx_bytes path;
    const struct yx_xml *root = NULL;
    struct yx_error why;
    yx_status status = yx_ofd_resolve(reader->arena, book->annotations_path, location, &path, &why);
    if (status == YX_OK)
        status = yx_ofd_xml_into(book->ofd, path, reader->arena, &root, NULL, &why);
    if (status != YX_OK)
        return yx_ofd_find_error(book, &why, reader->err);
    for (const struct yx_xml *at = yx_xml_child(root, "Annot"); at != NULL; at = yx_xml_next(at))
        YX_TRY(add_annotation(reader, at, pile));
    return YX_OK;
}

static yx_status add_annotations(struct yx_ofd_reader *reader, const char *page_id,
                                 struct pile *pile)
{
    const struct yx_xml *at = yx_xml_child(reader->book->annotations, "Page");
    for (; at != NULL; at = yx_xml_next(at)) {
        const char *location = yx_xml_child_text(at, "FileLoc");
        if (location != NULL && yx_ofd_is(at, "PageID", page_id))
            YX_TRY(add_annotation_file(reader, location, pile));
    }
    return YX_OK;
}

/* --- Sheets ------------------------------------------------------------------------------ */

static yx_status read_sheet(struct yx_ofd_book *book, struct yx_ofd_page *page,
                            struct yx_ofd_sheet *out, struct yx_error *err)
{
    const struct yx_xml *root = NULL;
    struct yx_ofd_table own = {.arena = out->arena};
    struct yx_ofd_reader reader = {
        .book = book, .arena = out->arena, .own = &own, .style = &yx_ofd_plain_style, .err = err};
    struct pile pile = {&out->layers};
    YX_TRY(yx_ofd_xml_into(book->ofd, page->path, out->arena, &root, NULL, err));
    YX_TRY(yx_ofd_page_box(book->ofd, book->document, page, root, err));
    out->box = page->box;
    const struct yx_xml *lists[] = {yx_xml_child(root, "PageRes")};
    YX_TRY(yx_ofd_read_table(book, &own, page->path, lists, 1, err));
    YX_TRY(add_page(&reader, root, &pile));
    YX_TRY(add_annotations(&reader, page->id, &pile));
    return yx_ofd_read_stamps(book, page->id, out->arena, &out->stamps, err);
}

yx_status yx_ofd_sheet_read(struct yx_ofd_book *book, uint32_t page, struct yx_ofd_sheet *out,
                            struct yx_error *err)
{
    struct yx_ofd_page *found = NULL;
    YX_TRY(yx_ofd_page(book->document, page, &found, err));
    YX_CLEAN(yx_ofd_sheet) struct yx_ofd_sheet sheet = {.arena = yx_arena_new(YX_OFD_SHEET_MAX)};
    if (sheet.arena == NULL)
        return yx_fail_memory(err);
    book->page = page;
    YX_TRY(read_sheet(book, found, &sheet, err));
    *out = sheet;
    sheet.arena = NULL;
    return YX_OK;
}

void yx_ofd_sheet_free(struct yx_ofd_sheet *sheet)
{
    yx_arena_free(sheet->arena);
    *sheet = (struct yx_ofd_sheet){.arena = NULL};
}
