/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages.c - pages must stay as they were signed; annotations may be added to them (ISO
 * 32000-1 12.8.2.2, 12.5.6), never changed or taken away: what covers a page may be a part of what
 * the signer saw. The widgets of fields are in fields.c.
 */
#include "pdfchanges/changes.h"

#define RULE_PAGE "ISO 32000-1 7.7.3"
#define RULE_ANNOTATION "ISO 32000-1 12.5"
#define RULE_CERTIFIED "ISO 32000-1 12.8.2.2"

/* Remarks on a page. What acts, plays, carries files or takes content away is not among them. */
static const char *const remarks[] = {
    "/Text",      "/FreeText", "/Line",      "/Square",    "/Circle",
    "/Polygon",   "/PolyLine", "/Highlight", "/Underline", "/Squiggly",
    "/StrikeOut", "/Stamp",    "/Caret",     "/Ink",       "/Popup",
};

static const char *find_remark(struct yx_pdf_comparison *c, qpdf_oh annotation)
{
    qpdf_oh subtype = yx_pdf_get(c->now, annotation, "/Subtype");
    for (size_t i = 0; i < sizeof remarks / sizeof remarks[0]; i++)
        if (yx_pdf_is_name(c->now, subtype, remarks[i]))
            return remarks[i];
    return NULL;
}

/* A stamp that a later signature put there beside its widget (docs/formats.md): it is judged with
 * that signature. */
static yx_status is_signature_stamp(struct yx_pdf_comparison *c, qpdf_oh annotation, bool *out,
                                    struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    *out = false;
    if (!yx_pdf_is_name(c->now, yx_pdf_get(c->now, annotation, "/Subtype"), "/Stamp"))
        return YX_OK;
    YX_TRY(yx_pdf_text(c->now, yx_pdf_get(c->now, annotation, "/YXSignature"), &name, err));
    for (size_t i = 0; i < c->signed_later_count; i++)
        *out = *out || yx_bytes_equal(c->signed_later[i], yx_buf_bytes(&name));
    *out = *out && !yx_pdf_has(c->now, annotation, "/A") && !yx_pdf_has(c->now, annotation, "/AA");
    return YX_OK;
}

static void judge_remark(struct yx_pdf_comparison *c, qpdf_oh annotation, uint32_t page)
{
    char name[80];
    const char *remark = find_remark(c, annotation);
    snprintf(name, sizeof name, "annotation %s on page %u", remark == NULL ? "" : remark + 1,
             (unsigned)page);
    if (remark == NULL || yx_pdf_has(c->now, annotation, "/A") ||
        yx_pdf_has(c->now, annotation, "/AA"))
        yx_pdf_forbid(c, name, RULE_ANNOTATION,
                      N_("an annotation was added to page {1} that is more than a remark"),
                      YX_NUM(page), NULL);
    else if (c->permissions->level == 1 || c->permissions->level == 2)
        yx_pdf_forbid(c, name, RULE_CERTIFIED,
                      N_("an annotation was added to page {1}, which the certification of the "
                         "document does not allow"),
                      YX_NUM(page), NULL);
    else
        yx_pdf_allow(c, YX_PDF_ADDED_ANNOTATION, name);
}

static yx_status judge_annotation(struct yx_pdf_comparison *c, void *context, qpdf_oh annotation,
                                  struct yx_error *err)
{
    const uint32_t *page = context;
    if (!yx_pdf_is_dictionary(c->now, annotation)) {
        yx_pdf_forbid(c, "annotation", RULE_ANNOTATION,
                      N_("page {1} was given an annotation that is none"), YX_NUM(*page), NULL);
        return YX_OK;
    }
    if (yx_pdf_is_name(c->now, yx_pdf_get(c->now, annotation, "/Subtype"), "/Widget"))
        return yx_pdf_judge_new_field(c, annotation, err);
    bool stamp;
    YX_TRY(is_signature_stamp(c, annotation, &stamp, err));
    /* Certified for filling in: a stamp is an annotation, whoever put it there. */
    if (!stamp || c->permissions->level == 1 || c->permissions->level == 2)
        judge_remark(c, annotation, *page);
    return YX_OK;
}

static yx_status judge_page_key(struct yx_pdf_comparison *c, void *context, const char *key,
                                qpdf_oh then, qpdf_oh now, bool *allowed, struct yx_error *err)
{
    (void)c, (void)context, (void)then, (void)now, (void)err;
    *allowed = strcmp(key, "/Annots") == 0; /* compared item by item */
    return YX_OK;
}

static yx_status compare_page(struct yx_pdf_comparison *c, uint32_t index, struct yx_error *err)
{
    const struct yx_pdf_page *page = &c->then->pages[index];
    bool changed = yx_pdf_changed(c, page->ref.id) != NULL;
    bool array_changed = page->annots.id != 0 && yx_pdf_changed(c, page->annots.id) != NULL;
    if (!changed && !array_changed)
        return YX_OK;
    char name[40];
    uint32_t number = index + 1;
    snprintf(name, sizeof name, "page %u", (unsigned)number);
    qpdf_oh then = yx_pdf_object(c->then, page->ref), now = yx_pdf_object(c->now, page->ref);
    if (changed) {
        yx_pdf_explain(c, page->ref.id);
        YX_TRY(yx_pdf_compare_dictionaries(c, then, now, name, judge_page_key, NULL, err));
    }
    struct yx_pdf_ids ids = {.items = {page->annots.id}, .count = page->annots.id != 0};
    yx_pdf_explain_group(c, &ids, page->ref.id);
    return yx_pdf_compare_arrays(c, yx_pdf_get(c->then, then, "/Annots"),
                                 yx_pdf_get(c->now, now, "/Annots"), name, judge_annotation,
                                 &number, err);
}

yx_status yx_pdf_compare_pages(struct yx_pdf_comparison *c, struct yx_error *err)
{
    if (c->then->page_count != c->now->page_count) {
        yx_pdf_forbid(c, "Pages", RULE_PAGE,
                      N_("the document had {1} pages when it was signed, and has {2} now"),
                      YX_NUM(c->then->page_count), YX_NUM(c->now->page_count));
        return YX_OK;
    }
    for (uint32_t i = 0; i < c->then->page_count; i++) {
        struct yx_pdf_ref then = c->then->pages[i].ref, now = c->now->pages[i].ref;
        if (then.id != now.id || then.generation != now.generation)
            yx_pdf_forbid(c, "Pages", RULE_PAGE,
                          N_("page {1} is another one than when the document was signed"),
                          YX_NUM(i + 1), NULL);
        else
            YX_TRY(compare_page(c, i, err));
    }
    return YX_OK;
}
