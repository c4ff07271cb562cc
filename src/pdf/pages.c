/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages.c - the page tree: every page with the boxes and the rotation that it inherits (ISO 32000-1
 * 7.7.3). A tree that readers could take in different ways is refused: what is sealed must be what
 * everybody sees.
 */
#include <math.h>
#include <stdlib.h>

#include "pdf/pages.h"

#define TREE "ISO 32000-1 7.7.3.2"
#define PAGE "ISO 32000-1 7.7.3.3"
/* Balanced trees of a million pages are 7 deep; some writers chain nodes. */
#define DEPTH_MAX 64
/* Far beyond the largest paper; keeps the arithmetic of placing exact. */
#define COORDINATE_MAX 1e7
#define USER_UNIT_MAX 1e5

struct inherited {
    bool has_media, has_crop;
    double media[4], crop[4];
    int rotate;
};

struct walk {
    struct yx_pdf *pdf;
    uint8_t *seen; /* one bit for each object number */
    size_t capacity;
    struct yx_error *err;
};

static bool is_sane_box(const double box[4])
{
    return box[0] >= -COORDINATE_MAX && box[1] >= -COORDINATE_MAX && box[2] <= COORDINATE_MAX &&
           box[3] <= COORDINATE_MAX && box[2] - box[0] > 0 && box[3] - box[1] > 0;
}

/*
 * Has the dictionary the key, with a value that is not null? Most pages have few of the keys that
 * are asked for, and an answer costs a third of a handle to the value.
 */
static bool has_key(struct walk *walk, qpdf_oh dictionary, const char *key)
{
    return qpdf_oh_has_key(walk->pdf->qpdf, dictionary, key);
}

/* Overrides what is inherited when the key is there. */
static yx_status read_box(struct walk *walk, qpdf_oh node, const char *key, int id, bool *has,
                          double box[4])
{
    struct yx_pdf *pdf = walk->pdf;
    double own[4] = {0};
    if (!has_key(walk, node, key))
        return YX_OK;
    qpdf_oh value = yx_pdf_get(pdf, node, key);
    bool is_good = yx_pdf_rectangle(pdf, value, own) && is_sane_box(own);
    yx_pdf_drop(pdf, value);
    YX_REQUIRE(is_good, walk->err, YX_DAMAGED, "ISO 32000-1 7.9.5",
               N_("the {1} of object {2} is no rectangle, empty, or of absurd size"), key + 1,
               YX_NUM(id));
    memcpy(box, own, sizeof own);
    *has = true;
    return YX_OK;
}

static yx_status read_rotate(struct walk *walk, qpdf_oh node, int id, int *rotate)
{
    struct yx_pdf *pdf = walk->pdf;
    double degrees = 0;
    if (!has_key(walk, node, "/Rotate"))
        return YX_OK;
    qpdf_oh value = yx_pdf_get(pdf, node, "/Rotate");
    bool is_good = yx_pdf_number(pdf, value, &degrees) && fmod(degrees, 90) == 0;
    yx_pdf_drop(pdf, value);
    YX_REQUIRE(is_good, walk->err, YX_DAMAGED, PAGE,
               N_("the Rotate of object {1} is no multiple of 90"), YX_NUM(id));
    *rotate = ((int)fmod(degrees, 360) + 360) % 360;
    return YX_OK;
}

static yx_status read_inherited(struct walk *walk, qpdf_oh node, int id, struct inherited *own)
{
    YX_TRY(read_box(walk, node, "/MediaBox", id, &own->has_media, own->media));
    YX_TRY(read_box(walk, node, "/CropBox", id, &own->has_crop, own->crop));
    return read_rotate(walk, node, id, &own->rotate);
}

static yx_status read_user_unit(struct walk *walk, qpdf_oh node, int id, double *unit)
{
    struct yx_pdf *pdf = walk->pdf;
    double own;
    *unit = 1;
    if (!has_key(walk, node, "/UserUnit"))
        return YX_OK;
    qpdf_oh value = yx_pdf_get(pdf, node, "/UserUnit");
    bool is_good = yx_pdf_number(pdf, value, &own);
    yx_pdf_drop(pdf, value);
    YX_REQUIRE(is_good && own > 0 && own <= USER_UNIT_MAX, walk->err, YX_DAMAGED, PAGE,
               N_("the UserUnit of object {1} is no positive number"), YX_NUM(id));
    *unit = own;
    return YX_OK;
}

/* What is shown is the part of the CropBox inside the MediaBox (ISO 32000-1 14.11.2). */
static void cut_box(const struct inherited *own, struct yx_pdf_page *page)
{
    memcpy(page->media, own->media, sizeof page->media);
    memcpy(page->crop, own->has_crop ? own->crop : own->media, sizeof page->crop);
    for (int i = 0; i < 2; i++) {
        page->crop[i] = fmax(page->crop[i], page->media[i]);
        page->crop[i + 2] = fmin(page->crop[i + 2], page->media[i + 2]);
    }
}

static yx_status grow_pages(struct walk *walk)
{
    struct yx_pdf *pdf = walk->pdf;
    YX_REQUIRE(pdf->page_count < YX_PDF_PAGES_MAX, walk->err, YX_DAMAGED, TREE,
               N_("the file has more than {1} pages"), YX_NUM(YX_PDF_PAGES_MAX));
    if (pdf->page_count < walk->capacity)
        return YX_OK;
    size_t capacity = walk->capacity * 2 + 16;
    struct yx_pdf_page *pages = realloc(pdf->pages, capacity * sizeof *pages);
    if (pages == NULL)
        return yx_fail_memory(walk->err);
    pdf->pages = pages;
    walk->capacity = capacity;
    return YX_OK;
}

static yx_status add_page(struct walk *walk, qpdf_oh node, struct yx_pdf_ref ref,
                          const struct inherited *own)
{
    YX_REQUIRE(own->has_media, walk->err, YX_DAMAGED, PAGE,
               N_("page {1} (object {2}) has no MediaBox"), YX_NUM(walk->pdf->page_count + 1),
               YX_NUM(ref.id));
    struct yx_pdf_page page = {.ref = ref, .rotate = own->rotate};
    cut_box(own, &page);
    YX_REQUIRE(is_sane_box(page.crop), walk->err, YX_DAMAGED, "ISO 32000-1 14.11.2",
               N_("the CropBox of page {1} (object {2}) lies outside its MediaBox"),
               YX_NUM(walk->pdf->page_count + 1), YX_NUM(ref.id));
    YX_TRY(read_user_unit(walk, node, ref.id, &page.user_unit));
    yx_pdf_get_ref(walk->pdf, node, "/Annots", &page.annots);
    YX_TRY(grow_pages(walk));
    walk->pdf->pages[walk->pdf->page_count++] = page;
    return YX_OK;
}

static yx_status mark_seen(struct walk *walk, struct yx_pdf_ref ref)
{
    YX_REQUIRE(ref.id > 0 && ref.id < walk->pdf->object_count, walk->err, YX_DAMAGED,
               "ISO 32000-1 7.5.5",
               N_("object {1} of the page tree is beyond the Size of the trailer"), YX_NUM(ref.id));
    uint8_t *byte = &walk->seen[ref.id / 8];
    uint8_t bit = (uint8_t)(1u << (ref.id % 8));
    YX_REQUIRE((*byte & bit) == 0, walk->err, YX_DAMAGED, TREE,
               N_("object {1} stands in the page tree more than once"), YX_NUM(ref.id));
    *byte |= bit;
    return YX_OK;
}

static yx_status check_type(struct walk *walk, qpdf_oh node, struct yx_pdf_ref ref, bool is_node)
{
    qpdf_oh type = yx_pdf_get(walk->pdf, node, "/Type");
    bool fits = yx_pdf_is_null(walk->pdf, type) ||
                yx_pdf_is_name(walk->pdf, type, is_node ? "/Pages" : "/Page");
    yx_pdf_drop(walk->pdf, type);
    YX_REQUIRE(fits, walk->err, YX_DAMAGED, TREE,
               N_("object {1} of the page tree is neither a page nor a node of it"),
               YX_NUM(ref.id));
    return YX_OK;
}

static yx_status walk_tree(struct walk *walk, struct yx_pdf_ref ref, struct inherited own,
                           unsigned depth);

static yx_status walk_kids(struct walk *walk, qpdf_oh kids, int id, const struct inherited *own,
                           unsigned depth)
{
    int count = yx_pdf_array_size(walk->pdf, kids);
    for (int i = 0; i < count; i++) {
        struct yx_pdf_ref ref;
        qpdf_oh kid = yx_pdf_item(walk->pdf, kids, i);
        bool is_ref = yx_pdf_ref_of(walk->pdf, kid, &ref);
        yx_pdf_drop(walk->pdf, kid);
        YX_REQUIRE(is_ref, walk->err, YX_DAMAGED, TREE,
                   N_("a kid of object {1} in the page tree stands there directly instead of as a "
                      "reference"),
                   YX_NUM(id));
        YX_TRY(walk_tree(walk, ref, *own, depth + 1));
    }
    return YX_OK;
}

static yx_status check_count(struct walk *walk, qpdf_oh node, int id, uint32_t found)
{
    int64_t said = -1;
    qpdf_oh value = yx_pdf_get(walk->pdf, node, "/Count");
    bool is_good = yx_pdf_integer(walk->pdf, value, &said) && said == (int64_t)found;
    yx_pdf_drop(walk->pdf, value);
    YX_REQUIRE(is_good, walk->err, YX_DAMAGED, TREE,
               N_("the Count of object {1} in the page tree is wrong: {2} pages stand below it"),
               YX_NUM(id), YX_NUM(found));
    return YX_OK;
}

static yx_status walk_node(struct walk *walk, qpdf_oh node, struct yx_pdf_ref ref,
                           struct inherited own, unsigned depth)
{
    YX_REQUIRE(yx_pdf_is_dictionary(walk->pdf, node), walk->err, YX_DAMAGED, TREE,
               N_("object {1} of the page tree is missing or no dictionary"), YX_NUM(ref.id));
    YX_TRY(read_inherited(walk, node, ref.id, &own));
    qpdf_oh kids = yx_pdf_get(walk->pdf, node, "/Kids");
    bool is_node = yx_pdf_is_array(walk->pdf, kids);
    yx_status status = check_type(walk, node, ref, is_node);
    uint32_t before = walk->pdf->page_count;
    if (status == YX_OK)
        status =
            is_node ? walk_kids(walk, kids, ref.id, &own, depth) : add_page(walk, node, ref, &own);
    yx_pdf_drop(walk->pdf, kids);
    YX_TRY(status);
    return is_node ? check_count(walk, node, ref.id, walk->pdf->page_count - before) : YX_OK;
}

static yx_status walk_tree(struct walk *walk, struct yx_pdf_ref ref, struct inherited own,
                           unsigned depth)
{
    YX_REQUIRE(depth < DEPTH_MAX, walk->err, YX_DAMAGED, TREE,
               N_("the page tree is more than {1} levels deep"), YX_NUM(DEPTH_MAX));
    YX_TRY(mark_seen(walk, ref));
    qpdf_oh node = yx_pdf_object(walk->pdf, ref);
    yx_status status = yx_pdf_check(walk->pdf, walk->err);
    if (status == YX_OK)
        status = walk_node(walk, node, ref, own, depth);
    yx_pdf_drop(walk->pdf, node);
    return status;
}

yx_status yx_pdf_read_pages(struct yx_pdf *pdf, struct yx_error *err)
{
    struct yx_pdf_ref root;
    bool is_named = yx_pdf_get_ref(pdf, yx_pdf_catalog(pdf), "/Pages", &root);
    YX_TRY(yx_pdf_check(pdf, err));
    YX_REQUIRE(is_named, err, YX_DAMAGED, "ISO 32000-1 7.7.2",
               N_("the catalog does not name the page tree"));
    struct walk walk = {.pdf = pdf, .err = err};
    walk.seen = calloc(1, (size_t)pdf->object_count / 8 + 1);
    if (walk.seen == NULL)
        return yx_fail_memory(err);
    yx_status status = walk_tree(&walk, root, (struct inherited){0}, 0);
    free(walk.seen);
    YX_TRY(status);
    YX_REQUIRE(pdf->page_count > 0, err, YX_DAMAGED, TREE, N_("the file has no pages"));
    return yx_pdf_check(pdf, err);
}

uint32_t yx_pdf_page_count(const struct yx_pdf *pdf)
{
    return pdf->page_count;
}

yx_status yx_pdf_page_size(struct yx_pdf *pdf, uint32_t page, double *width, double *height,
                           struct yx_error *err)
{
    YX_REQUIRE(page >= 1 && page <= pdf->page_count, err, YX_USAGE, "",
               N_("there is no page {1}: the document has {2}"), YX_NUM(page),
               YX_NUM(pdf->page_count));
    const struct yx_pdf_page *found = &pdf->pages[page - 1];
    double scale = found->user_unit * 25.4 / 72;
    double across = (found->crop[2] - found->crop[0]) * scale;
    double up = (found->crop[3] - found->crop[1]) * scale;
    bool is_turned = found->rotate % 180 != 0;
    *width = is_turned ? up : across;
    *height = is_turned ? across : up;
    return YX_OK;
}
