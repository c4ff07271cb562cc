/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signature_xml.c - writes Signature.xml: who signed how and when, the digest of every protected
 * part, where the stamps stand, and where seal and signed value are. The order is the one that the
 * readers of the field expect (docs/decisions-ofd.md).
 */
#include <inttypes.h>
#include <math.h>

#include "ofdsign/sealing.h"
#include "zip/zip.h"

#define RULE "GB/T 33190-2016, signatures"
/* Millimetres are written with four decimals: a ten-thousandth is far below what a printer shows.
 */
#define DECIMALS 4
#define DECIMAL_FACTOR 10000

/* Everything below writes to `out`; the first failure sticks. */
struct xml {
    struct yx_ofd_work *work;
    struct yx_buf *out;
};

#define PUT(xml, ...) YX_TRY(yx_buf_printf((xml)->out, __VA_ARGS__))

/* --- Parts of the text ------------------------------------------------------------------- */

/* 12.5 as "12.5", whatever the locale. */
static yx_status put_length(struct xml *xml, double length)
{
    int64_t scaled = (int64_t)llround(length * DECIMAL_FACTOR);
    if (scaled < 0) {
        PUT(xml, "-");
        scaled = -scaled;
    }
    PUT(xml, "%" PRId64, scaled / DECIMAL_FACTOR);
    int64_t fraction = scaled % DECIMAL_FACTOR;
    if (fraction == 0)
        return YX_OK;
    int digits = DECIMALS;
    for (; fraction % 10 == 0; fraction /= 10)
        digits--;
    return yx_buf_printf(xml->out, ".%0*" PRId64, digits, fraction);
}

static yx_status put_box(struct xml *xml, const char *name, double x, double y,
                         const struct yx_box *size)
{
    PUT(xml, " %s=\"", name);
    YX_TRY(put_length(xml, x));
    PUT(xml, " ");
    YX_TRY(put_length(xml, y));
    PUT(xml, " ");
    YX_TRY(put_length(xml, size->width));
    PUT(xml, " ");
    YX_TRY(put_length(xml, size->height));
    return yx_buf_append_text(xml->out, "\"");
}

static yx_status put_location(struct xml *xml, const char *element, struct yx_bytes path)
{
    PUT(xml, "<ofd:%s>/", element);
    YX_TRY(yx_xml_escape(xml->out, (const char *)path.data));
    return yx_buf_printf(xml->out, "</ofd:%s>", element);
}

static yx_status put_head(struct xml *xml)
{
    struct yx_civil civil;
    char method[YX_OID_TEXT];
    yx_time_to_civil(xml->work->time, &civil);
    snprintf(method, sizeof method, "%s",
             yx_oid_dotted(yx_signature_oid(xml->work->request->algorithm)));
    PUT(xml,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<ofd:Signature xmlns:ofd=\"http://www.ofdspec.org/2016\"><ofd:SignedInfo>"
        "<ofd:Provider ProviderName=\"Yinxin\" Company=\"Yinxin\" Version=\"" YX_VERSION "\"/>");
    PUT(xml, "<ofd:SignatureMethod>%s</ofd:SignatureMethod>", method);
    PUT(xml, "<ofd:SignatureDateTime>%04d%02u%02u%02u%02u%02uZ</ofd:SignatureDateTime>",
        (int)civil.year, civil.month, civil.day, civil.hour, civil.minute, civil.second);
    return YX_OK;
}

/* --- References -------------------------------------------------------------------------- */

static yx_status put_reference(struct xml *xml, struct yx_bytes name, const uint8_t digest[32])
{
    char *text = yx_arena_text(xml->work->arena, name);
    if (text == NULL)
        return YX_NO_MEMORY;
    PUT(xml, "<ofd:Reference FileRef=\"/");
    YX_TRY(yx_xml_escape(xml->out, text));
    PUT(xml, "\"><ofd:CheckValue>");
    YX_TRY(yx_base64_encode(YX_BYTES(digest, 32), xml->out));
    return yx_buf_append_text(xml->out, "</ofd:CheckValue></ofd:Reference>");
}

static bool is_list(const struct yx_ofd_work *work, struct yx_bytes name)
{
    for (uint32_t i = 0; i < work->ofd->document_count; i++)
        if (yx_bytes_equal(work->lists[i], name))
            return true;
    return false;
}

static bool is_replaced(const struct yx_ofd_work *work, struct yx_bytes name)
{
    for (size_t i = 0; i < work->sealing.part_count; i++)
        if (yx_bytes_equal(work->sealing.parts[i].name, name))
            return true;
    return false;
}

/* The lists are left open unless nobody shall sign after this signature. */
static bool is_left_open(const struct yx_ofd_work *work, struct yx_bytes name)
{
    return !work->request->close && is_list(work, name);
}

static yx_status put_old_references(struct xml *xml, struct yx_error *err)
{
    struct yx_ofd_work *work = xml->work;
    for (size_t i = 0; i < work->index.count; i++) {
        struct yx_bytes name = work->index.items[i].entry->name;
        if (is_replaced(work, name) || is_left_open(work, name))
            continue;
        YX_REQUIRE(yx_utf8_valid(name), err, YX_REFUSED, RULE,
                   N_("the name of a part is not UTF-8, so that no signature can name it: {1}"),
                   YX_ZIP_NAME(name));
        const uint8_t *digest;
        YX_TRY(yx_ofd_parts_digest(&work->index, i, YX_DIGEST_SM3, &digest, err));
        if (put_reference(xml, name, digest) != YX_OK)
            return yx_fail_memory(err);
    }
    return YX_OK;
}

static yx_status put_new_references(struct xml *xml, struct yx_error *err)
{
    const struct yx_ofd_work *work = xml->work;
    for (size_t i = 0; i < work->sealing.part_count; i++) {
        const struct yx_zip_part *part = &work->sealing.parts[i];
        if (is_left_open(work, part->name))
            continue;
        uint8_t digest[YX_DIGEST_MAX];
        YX_TRY(yx_digest(YX_DIGEST_SM3, part->content, digest, err));
        if (put_reference(xml, part->name, digest) != YX_OK)
            return yx_fail_memory(err);
    }
    return YX_OK;
}

static yx_status put_references(struct xml *xml, struct yx_error *err)
{
    if (yx_buf_printf(xml->out, "<ofd:References CheckMethod=\"%s\">", yx_oid_dotted(YX_OID_SM3)) !=
        YX_OK)
        return yx_fail_memory(err);
    YX_TRY(put_old_references(xml, err));
    YX_TRY(put_new_references(xml, err));
    if (yx_buf_append_text(xml->out, "</ofd:References>") != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

/* --- Stamps ------------------------------------------------------------------------------ */

static yx_status put_stamp_text(struct xml *xml, const struct yx_stamp *stamp,
                                const struct yx_ofd_page *page, uint32_t id)
{
    PUT(xml, "<ofd:StampAnnot ID=\"%u\" PageRef=\"", id);
    YX_TRY(yx_xml_escape(xml->out, page->id));
    PUT(xml, "\"");
    /* Page coordinates start at the corner of the physical box. */
    YX_TRY(put_box(xml, "Boundary", stamp->box.x + page->box.x, stamp->box.y + page->box.y,
                   &stamp->box));
    if (stamp->has_clip)
        YX_TRY(put_box(xml, "Clip", stamp->clip.x, stamp->clip.y, &stamp->clip));
    return yx_buf_append_text(xml->out, "/>");
}

static yx_status put_stamps(struct xml *xml, struct yx_error *err)
{
    struct yx_ofd_work *work = xml->work;
    for (size_t i = 0; i < work->stamps.count; i++) {
        const struct yx_stamp *stamp = &work->stamps.items[i];
        struct yx_ofd_page *page;
        YX_TRY(yx_ofd_page(work->document, stamp->page, &page, err));
        YX_REQUIRE(!page->id_is_shared, err, YX_REFUSED, "GB/T 33190-2016, page ID",
                   N_("page {1} cannot be sealed: another page of the document has its ID {2}, and "
                      "programs would show the seal there"),
                   YX_NUM(stamp->page), page->id);
        YX_TRY(yx_ofd_page_box(work->ofd, work->document, page, NULL, err));
        if (put_stamp_text(xml, stamp, page, work->first_id + 1 + (uint32_t)i) != YX_OK)
            return yx_fail_memory(err);
    }
    return YX_OK;
}

static yx_status put_seal(struct xml *xml)
{
    if (xml->work->seal == NULL)
        return YX_OK;
    PUT(xml, "<ofd:Seal>");
    YX_TRY(put_location(xml, "BaseLoc", xml->work->seal_path));
    return yx_buf_append_text(xml->out, "</ofd:Seal>");
}

static yx_status put_tail(struct xml *xml)
{
    PUT(xml, "</ofd:SignedInfo>");
    YX_TRY(put_location(xml, "SignedValue", xml->work->sealing.value_path));
    return yx_buf_append_text(xml->out, "</ofd:Signature>\n");
}

yx_status yx_ofd_write_signature_xml(struct yx_ofd_work *work, struct yx_buf *out,
                                     struct yx_error *err)
{
    struct xml xml = {work, out};
    if (put_head(&xml) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(put_references(&xml, err));
    YX_TRY(put_stamps(&xml, err));
    if (put_seal(&xml) != YX_OK || put_tail(&xml) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}
