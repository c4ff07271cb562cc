/* SPDX-License-Identifier: Apache-2.0 */
/*
 * where.c - which pages show the objects that were changed, so that people know where to
 * look. It helps the reader of a report and decides nothing, so it may stop at limits.
 */
#include "pdfchanges/changes.h"

/* Pages that are looked at, and objects of each. */
#define PAGES_MAX 1000
#define OBJECTS_MAX 200

/* The objects that a page leads to. */
struct reach {
    struct yx_pdf_ref items[OBJECTS_MAX];
    size_t count;
};

static void add(struct reach *reach, struct yx_pdf_ref ref)
{
    for (size_t i = 0; i < reach->count; i++)
        if (reach->items[i].id == ref.id)
            return;
    if (reach->count < OBJECTS_MAX)
        reach->items[reach->count++] = ref;
}

/* Parent, P and destinations lead away from the page: to the tree, and to other pages. */
static bool leads_away(struct yx_pdf *pdf, qpdf_oh object)
{
    qpdf_oh type = yx_pdf_get(pdf, object, "/Type");
    return yx_pdf_is_name(pdf, type, "/Page") || yx_pdf_is_name(pdf, type, "/Pages") ||
           yx_pdf_is_name(pdf, type, "/Catalog");
}

/* Every reference in what an object is written as, a stream's data aside. */
static yx_status add_references(struct yx_pdf *pdf, qpdf_oh object, struct reach *reach,
                                struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    struct yx_pdf_lexer lexer;
    struct yx_pdf_token token;
    struct yx_pdf_ref ref;
    if (qpdf_oh_is_stream(pdf->qpdf, object))
        object = qpdf_oh_get_dict(pdf->qpdf, object);
    YX_TRY(yx_pdf_unparse(pdf, object, &text, err));
    YX_TRY(yx_source_borrow(yx_buf_bytes(&text), &source, err));
    yx_pdf_lexer_start(&lexer, source, 0, text.len);
    for (;;) {
        YX_TRY(yx_pdf_lexer_next(&lexer, &token, err));
        if (token.type == YX_PDF_END)
            return YX_OK;
        if (yx_pdf_lexer_reference(&lexer, &token, &ref))
            add(reach, ref);
    }
}

static yx_status walk_page(struct yx_pdf_comparison *c, uint32_t number, struct yx_error *err)
{
    struct reach reach = {.count = 0};
    add(&reach, c->then->pages[number - 1].ref);
    for (size_t i = 0; i < reach.count; i++) {
        qpdf_oh object = yx_pdf_object(c->then, reach.items[i]);
        struct yx_pdf_change *change = yx_pdf_changed(c, reach.items[i].id);
        bool away = i > 0 && leads_away(c->then, object);
        if (change != NULL && !away) {
            change->first_page = change->first_page == 0 ? number : change->first_page;
            change->last_page = number;
        }
        yx_status status = away ? YX_OK : add_references(c->then, object, &reach, err);
        yx_pdf_drop(c->then, object);
        YX_TRY(status);
    }
    return YX_OK;
}

yx_status yx_pdf_find_pages(struct yx_pdf_comparison *c, struct yx_error *err)
{
    uint32_t count = c->then->page_count < PAGES_MAX ? c->then->page_count : PAGES_MAX;
    for (uint32_t i = 1; i <= count; i++)
        YX_TRY(walk_page(c, i, err));
    return YX_OK;
}
