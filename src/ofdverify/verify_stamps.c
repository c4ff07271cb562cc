/* SPDX-License-Identifier: Apache-2.0 */
/* verify_stamps.c - where a seal shows: the StampAnnot elements of Signature.xml as pages and
 * boxes of the report. */
#include <math.h>
#include <stdlib.h>

#include "ofdverify/verify.h"

#define RULE "GB/T 33190-2016, stamp annotations"

static int compare_pages(const void *a, const void *b)
{
    const struct yx_ofd_page *const *left = a, *const *right = b;
    return strcmp((*left)->id, (*right)->id);
}

/* Sorts the pages of a document, once for all its signatures. A document whose pages cannot be read
 * has none. */
static yx_status sort_pages(struct yx_ofd_verification *v, uint32_t number, struct yx_error *err)
{
    struct yx_ofd_sorted_pages *pages = &v->pages;
    if (pages->document == number)
        return YX_OK;
    *pages = (struct yx_ofd_sorted_pages){.document = number};
    struct yx_ofd_document *document;
    YX_TRY(yx_ofd_load_pages(v->ofd, number, &document, err));
    pages->sorted = yx_arena_calloc(v->arena, document->page_count + 1u, sizeof *pages->sorted);
    if (pages->sorted == NULL)
        return yx_fail_memory(err);
    pages->first = document->pages;
    pages->count = document->page_count;
    for (size_t i = 0; i < pages->count; i++)
        pages->sorted[i] = &document->pages[i];
    qsort(pages->sorted, pages->count, sizeof *pages->sorted, compare_pages);
    return YX_OK;
}

/* The number of the page with this ID; 0 when there is none. */
static uint32_t find_page(const struct yx_ofd_sorted_pages *pages, const char *id)
{
    if (id == NULL || pages->count == 0)
        return 0;
    const struct yx_ofd_page wanted = {.id = id}, *key = &wanted;
    const struct yx_ofd_page **found =
        bsearch(&key, pages->sorted, pages->count, sizeof *pages->sorted, compare_pages);
    return found == NULL ? 0 : (uint32_t)(*found - pages->first) + 1;
}

/* Page coordinates start at the corner of the page's physical box, mostly (0, 0). */
static yx_status shift_to_corner(struct yx_ofd_verification *v, uint32_t document, uint32_t number,
                                 struct yx_box *box, struct yx_error *err)
{
    struct yx_ofd_document *pages;
    struct yx_ofd_page *page;
    struct yx_error why;
    if (number == 0)
        return YX_OK;
    YX_TRY(yx_ofd_load_pages(v->ofd, document, &pages, err));
    YX_TRY(yx_ofd_page(pages, number, &page, err));
    yx_status status = yx_ofd_page_box(v->ofd, pages, page, NULL, &why);
    if (status != YX_OK)
        return yx_ofd_is_finding(status) ? YX_OK : yx_ofd_pass_on(err, &why);
    box->x -= page->box.x;
    box->y -= page->box.y;
    return YX_OK;
}

/* The clip stands relative to the boundary; what lies outside of that does not show. */
static void set_clip(struct yx_report_stamp *stamp, const struct yx_box *clip)
{
    double left = fmax(clip->x, 0), top = fmax(clip->y, 0);

    stamp->has_clip = true;
    stamp->clip_x = stamp->x + left;
    stamp->clip_y = stamp->y + top;
    stamp->clip_width = fmax(fmin(clip->x + clip->width, stamp->width) - left, 0);
    stamp->clip_height = fmax(fmin(clip->y + clip->height, stamp->height) - top, 0);
}

static yx_status add_stamp(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                           const struct yx_xml *annotation, struct yx_error *err)
{
    struct yx_checks *checks = &judged->report->checks;
    uint32_t page = find_page(&v->pages, yx_xml_attribute(annotation, "PageRef"));
    struct yx_report_stamp stamp = {.page = page};
    struct yx_box box, part;
    const char *boundary = yx_xml_attribute(annotation, "Boundary");
    const char *clip = yx_xml_attribute(annotation, "Clip");
    if (boundary == NULL || !yx_ofd_box(boundary, &box)) {
        yx_check_note(v->report, checks, YX_CHECK_SIGNATURE_FORMAT, YX_FAIL, RULE,
                      N_("a stamp of the signature has no proper place: '{1}'"),
                      boundary == NULL ? "" : boundary);
        return YX_OK;
    }
    if (clip != NULL && !yx_ofd_box(clip, &part)) {
        yx_check_note(v->report, checks, YX_CHECK_SIGNATURE_FORMAT, YX_FAIL, RULE,
                      N_("a stamp of the signature does not say properly what shows of it: '{1}'"),
                      clip);
        return YX_OK;
    }
    if (page > 0 && v->pages.first[page - 1].id_is_shared)
        yx_check_note(v->report, checks, YX_CHECK_SIGNATURE_FORMAT, YX_FAIL, RULE,
                      N_("a stamp stands on the page with the ID {1}, which several pages have: "
                         "programs would not agree where it shows"),
                      v->pages.first[page - 1].id);
    YX_TRY(shift_to_corner(v, judged->read->document, page, &box, err));
    stamp.x = box.x;
    stamp.y = box.y;
    stamp.width = box.width;
    stamp.height = box.height;
    if (clip != NULL)
        set_clip(&stamp, &part);
    yx_report_add_stamp(v->report, judged->report, &stamp);
    return YX_OK;
}

yx_status yx_ofd_judge_stamps(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                              struct yx_error *err)
{
    const struct yx_xml *annotation = yx_xml_child(judged->read->info, "StampAnnot");
    if (annotation == NULL)
        return YX_OK;
    struct yx_error why;
    yx_status status = sort_pages(v, judged->read->document, &why);
    if (status != YX_OK && !yx_ofd_is_finding(status))
        return yx_ofd_pass_on(err, &why);
    if (status != YX_OK)
        yx_check_note_error(v->report, &v->report->checks, YX_CHECK_CONTAINER_SAFE, YX_FAIL, NULL,
                            &why);
    for (; annotation != NULL; annotation = yx_xml_next(annotation)) {
        if (v->stamp_count++ >= YX_OFD_STAMPS_MAX) {
            yx_check_note(v->report, &judged->report->checks, YX_CHECK_SIGNATURE_FORMAT, YX_FAIL,
                          RULE, N_("the signatures of the package have more than {1} stamps"),
                          YX_NUM(YX_OFD_STAMPS_MAX));
            break;
        }
        YX_TRY(add_stamp(v, judged, annotation, err));
    }
    return YX_OK;
}
