/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prepare.c - prepares a signature: may it be made, where does the seal stand, what is appended,
 * what is to be signed. The order is that of GM/T 0031-2014 6.2.2: first the signer and the seal,
 * then the document.
 */
#include "pdfsign/sealing.h"

#define RULE_FIELD "ISO 32000-1 12.7.4.5"

/* Room in Contents beside certificates and seal: attributes, the value (RSA of 8192 bits: 1024
 * bytes), headers; and for a time-stamp token with the certificates of its authority. */
enum { ROOM_SIGNATURE = 2048, ROOM_TOKEN = 8192 };

/* --- Places ------------------------------------------------------------------------------- */

static yx_status page_size(void *self, uint32_t page, double *width, double *height,
                           struct yx_error *err)
{
    const struct yx_pdf_work *work = self;
    return yx_pdf_page_size(work->pdf, page, width, height, err);
}

/* A struct yx_box from what the request's finder tells. */
struct finding {
    bool (*found)(void *context, const struct yx_box *box);
    void *context;
};

static bool pass_on(void *context, double x, double y, double width, double height)
{
    const struct finding *finding = context;
    struct yx_box box = {x, y, width, height};
    return finding->found(finding->context, &box);
}

static yx_status find_text(void *self, uint32_t page, const char *keyword,
                           bool (*found)(void *context, const struct yx_box *box), void *context,
                           struct yx_error *err)
{
    const struct yx_pdf_work *work = self;
    const struct yx_pdf_request *request = work->request;
    struct finding finding = {found, context};
    YX_REQUIRE(request->find != NULL, err, YX_USAGE, "",
               N_("nothing here can search the text of a PDF; give the seal's place as a point"));
    return request->find(request->find_self, page, keyword, pass_on, &finding, err);
}

static yx_status place(struct yx_pdf_work *work, struct yx_error *err)
{
    const struct yx_pdf_request *request = work->request;
    if (work->seal == NULL)
        return YX_OK;
    const struct yx_seal_info *info = yx_seal_info(work->seal);
    struct yx_pages pages = {work->pdf->page_count, work, page_size, find_text};
    for (size_t i = 0; i < request->placement_count; i++)
        YX_TRY(yx_place(&pages, &request->placements[i], (double)info->width, (double)info->height,
                        &work->stamps, err));
    for (size_t i = 0; i < work->stamps.count && request->stamped != NULL; i++) {
        struct yx_report_stamp stamp = yx_stamp_report(&work->stamps.items[i]);
        request->stamped(request->stamped_context, &stamp);
    }
    return YX_OK;
}

/* --- The field ---------------------------------------------------------------------------- */

/* Decides on field and name; both NUL-ended. */
static yx_status choose_field(struct yx_pdf_work *work, struct yx_error *err)
{
    const char *wanted = work->request->field;
    if (wanted != NULL) {
        work->field = yx_pdf_form_find(&work->form, YX_TEXT(wanted));
        YX_REQUIRE(work->field != NULL, err, YX_REFUSED, RULE_FIELD,
                   N_("the document has no field with the name {1}"), wanted);
        if (yx_buf_append_text(&work->name, wanted) != YX_OK)
            return yx_fail_memory(err);
    } else {
        YX_TRY(yx_pdf_form_new_name(&work->form, &work->name, err));
    }
    return yx_buf_append(&work->name, YX_BYTES("", 1)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status check_document(struct yx_pdf_work *work, struct yx_error *err)
{
    YX_REQUIRE(work->pdf->page_count > 0, err, YX_REFUSED, "ISO 32000-1 7.7.3",
               N_("the document has no pages"));
    YX_TRY(yx_pdf_form_read(work->pdf, &work->form, err));
    YX_TRY(choose_field(work, err));
    YX_TRY(yx_pdf_check_permitted(work, err));
    if (work->field == NULL)
        return YX_OK;
    YX_TRY(yx_pdf_check_seed(work, err));
    return yx_pdf_field_widget(work->pdf, work->field, &work->widget, err);
}

/* --- The signature dictionary ------------------------------------------------------------- */

/* "D:20261121080000Z" (ISO 32000-1 7.9.4). */
static yx_status put_date(yx_time time, struct yx_buf *out)
{
    struct yx_civil civil;
    yx_time_to_civil(time, &civil);
    return yx_buf_printf(out, " /M (D:%04lld%02u%02u%02u%02u%02uZ)", (long long)civil.year,
                         civil.month, civil.day, civil.hour, civil.minute, civil.second);
}

static yx_status put_optional_text(const char *key, const char *text, struct yx_buf *out)
{
    if (text == NULL || text[0] == '\0')
        return YX_OK;
    YX_TRY(yx_buf_append_text(out, key));
    return yx_pdf_put_text(out, text);
}

static yx_status put_entries(const struct yx_pdf_work *work, struct yx_buf *out)
{
    const struct yx_pdf_request *request = work->request;
    YX_TRY(yx_buf_append_text(out, "/Type /Sig /Filter /Adobe.PPKLite /SubFilter "
                                   "/ETSI.CAdES.detached"));
    YX_TRY(put_date(work->time, out));
    YX_TRY(put_optional_text(" /Name ", yx_cert_common_name(request->signer), out));
    YX_TRY(put_optional_text(" /Reason ", request->reason, out));
    YX_TRY(put_optional_text(" /Location ", request->location, out));
    return yx_buf_append_text(out, " /Prop_Build << /App << /Name /Yinxin >> >>");
}

static size_t contents_room(const struct yx_pdf_request *request)
{
    size_t room = ROOM_SIGNATURE + request->seal.len + yx_cert_der(request->signer).len;
    for (size_t i = 0; i < request->chain_count; i++)
        room += yx_cert_der(request->chain[i]).len;
    return room + (request->level > YX_PADES_B ? ROOM_TOKEN : 0);
}

static yx_status put_signature(struct yx_pdf_work *work, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf entries = {0};
    if (put_entries(work, &entries) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_pdf_put_reference(work, &entries, err));
    work->value = yx_pdf_update_reserve(work->update);
    return yx_pdf_update_signature(work->update, work->value, yx_buf_bytes(&entries),
                                   contents_room(work->request), err);
}

/* Perms names the certification; other permissions stay. */
static yx_status put_perms(struct yx_pdf_work *work, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf value = {0}, perms = {0};
    if (yx_pdf_put_ref(&value, work->value) != YX_OK)
        return yx_fail_memory(err);
    struct yx_pdf_edit edit = {"/DocMDP", yx_buf_bytes(&value)};
    qpdf_oh old = yx_pdf_get(work->pdf, yx_pdf_catalog(work->pdf), "/Perms");
    YX_TRY(yx_pdf_edit_dictionary(work->pdf, old, &edit, 1, &perms, err));
    return yx_pdf_update_set_catalog(work->update, "/Perms", yx_buf_bytes(&perms), err);
}

/* --- What is to be signed ----------------------------------------------------------------- */

/* PAdES has the time in M, and not among the attributes (EN 319 142-1 6.3). */
struct yx_cms_request yx_pdf_cms_request(const struct yx_cert *signer,
                                         const struct yx_cert *const *chain, size_t chain_count,
                                         yx_signature_algorithm algorithm)
{
    return (struct yx_cms_request){.signer = signer,
                                   .chain = chain,
                                   .chain_count = chain_count,
                                   .algorithm = algorithm,
                                   .signing_time = YX_TIME_NONE,
                                   .signing_certificate = true};
}

static yx_status make_to_be_signed(struct yx_pdf_work *work, const struct yx_source *in,
                                   const struct yx_progress *progress, struct yx_error *err)
{
    const struct yx_pdf_request *request = work->request;
    uint8_t digest[YX_DIGEST_MAX];
    yx_digest_algorithm algorithm = yx_cms_digest(request->algorithm);
    YX_TRY(yx_pdf_tail_digest(in, &work->tail, algorithm, progress, digest, err));
    struct yx_attribute seal = {YX_OID_SEAL_ATTRIBUTE, request->seal};
    struct yx_cms_request cms = yx_pdf_cms_request(request->signer, request->chain,
                                                   request->chain_count, request->algorithm);
    cms.content_digest = YX_BYTES(digest, yx_digest_size(algorithm));
    cms.attributes = &seal;
    cms.attribute_count = work->seal != NULL ? 1 : 0;
    return yx_cms_prepare(&cms, &work->to_be_signed, err);
}

/* --- All together ------------------------------------------------------------------------- */

static yx_status lay_out(struct yx_pdf_work *work, struct yx_error *err)
{
    YX_TRY(yx_pdf_update_new(work->pdf, &work->update, err));
    YX_TRY(put_signature(work, err));
    YX_TRY(yx_pdf_put_appearance(work, err));
    if (work->certify)
        YX_TRY(put_perms(work, err));
    return yx_pdf_update_layout(work->update, &work->tail, err);
}

yx_status yx_pdf_work_prepare(struct yx_pdf_work *work, const struct yx_source *in,
                              const struct yx_pdf_request *request,
                              const struct yx_progress *progress, struct yx_error *err)
{
    work->request = request;
    work->time = request->time != 0 ? request->time : yx_now();
    YX_TRY(yx_pdf_check_right(work, err));
    YX_TRY(yx_pdf_open(in, &work->pdf, err));
    YX_TRY(check_document(work, err));
    YX_TRY(place(work, err));
    YX_TRY(lay_out(work, err));
    return make_to_be_signed(work, in, progress, err);
}

void yx_pdf_work_free(struct yx_pdf_work *work)
{
    yx_buf_free(&work->to_be_signed);
    yx_pdf_tail_free(&work->tail);
    yx_pdf_update_free(work->update);
    yx_stamps_free(&work->stamps);
    yx_buf_free(&work->name);
    yx_pdf_form_free(&work->form);
    yx_seal_free(work->seal);
    yx_pdf_free(work->pdf);
    *work = (struct yx_pdf_work){0};
}

yx_status yx_pdf_prepare(const struct yx_source *in, const struct yx_pdf_request *request,
                         struct yx_buf *plan, struct yx_buf *to_be_signed, struct yx_error *err)
{
    YX_CLEAN(yx_pdf_work) struct yx_pdf_work work = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    uint8_t digest[32];
    struct yx_passes passes = {&request->progress, yx_source_size(in), 2, 0};
    struct yx_progress progress = yx_pass(&passes);
    YX_TRY(yx_pdf_work_prepare(&work, in, request, &progress, err));
    passes.current = 1;
    YX_TRY(yx_source_digest(in, &progress, digest, err));
    YX_TRY(yx_pdf_plan_to_der(&work, digest, &der, err));
    if (yx_buf_reserve(to_be_signed, work.to_be_signed.len) != YX_OK ||
        yx_buf_append(plan, yx_buf_bytes(&der)) != YX_OK ||
        yx_buf_append(to_be_signed, yx_buf_bytes(&work.to_be_signed)) != YX_OK)
        return yx_fail_memory(err);
    yx_passes_end(&passes);
    return YX_OK;
}
