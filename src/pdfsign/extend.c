/* SPDX-License-Identifier: Apache-2.0 */
/*
 * extend.c - what levels LT and LTA append to a signed document (ETSI EN 319 142-1 5.4, 5.6): the
 * document security store of dss.c, and for LTA a document time-stamp over all of it. Both may be
 * done again when time has gone by. A closed document may be extended too (ISO 32000-2 12.8.2.2:
 * neither counts as a change).
 */
#include "pdfsign/sealing.h"

#define RULE_LEVEL "ETSI EN 319 142-1 6"
#define RULE_TIME "ETSI EN 319 142-1 5.6"

/* For a token with the certificates of its authority. */
enum { ROOM_TOKEN = 12288 };

/* An extension on its way. */
struct extension {
    const struct yx_source *in;
    yx_pades_level level;
    const struct yx_trust *trust;
    const struct yx_timestamper *timestamper;
    struct yx_pdf *pdf;
    struct yx_pdf_form form;
    struct yx_pdf_update *update;
    struct yx_pdf_tail tail;
};

static void extension_free(struct extension *extension)
{
    yx_pdf_tail_free(&extension->tail);
    yx_pdf_update_free(extension->update);
    yx_pdf_form_free(&extension->form);
    yx_pdf_free(extension->pdf);
}
YX_DEFINE_CLEAN_VALUE(extension, struct extension, extension_free);

/* --- May it be? --------------------------------------------------------------------------- */

static yx_status check_request(const struct extension *x, struct yx_error *err)
{
    YX_REQUIRE(x->level == YX_PADES_LT || x->level == YX_PADES_LTA, err, YX_USAGE, RULE_LEVEL,
               N_("a document is extended to level LT or LTA"));
    YX_REQUIRE(x->trust != NULL && !yx_trust_is_empty(x->trust), err, YX_USAGE, RULE_LEVEL,
               N_("level LT carries the certificates up to the trusted root; name the roots to "
                  "trust"));
    YX_REQUIRE(x->level == YX_PADES_LT || x->timestamper != NULL, err, YX_USAGE, RULE_LEVEL,
               N_("level LTA needs a time-stamping authority"));
    return YX_OK;
}

static bool is_document_time_stamp(struct yx_pdf *pdf, const struct yx_pdf_field *field)
{
    return yx_pdf_is_name(pdf, yx_pdf_get(pdf, field->value, "/SubFilter"), "/ETSI.RFC3161");
}

/* Does the signature carry a time-stamp over its value? */
static yx_status has_token(struct yx_pdf *pdf, const struct yx_pdf_field *field, bool *out,
                           struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf contents = {0};
    struct yx_cms cms;
    struct yx_bytes der, token = {0};
    *out = false;
    YX_TRY(yx_pdf_string(pdf, yx_pdf_get(pdf, field->value, "/Contents"), &contents, err));
    struct yx_der whole = yx_der_reader(yx_buf_bytes(&contents), "SignedData");
    if (yx_der_any(&whole, NULL, NULL, &der, NULL) == YX_OK &&
        yx_cms_parse(der, &cms, NULL) == YX_OK &&
        yx_cms_attribute(cms.unsigned_attributes, YX_OID_TIME_STAMP_TOKEN, &token, NULL) == YX_OK)
        *out = token.len > 0;
    return YX_OK;
}

/* Level LT builds on T: there must be a proof of when the signature was there. */
static yx_status check_times(const struct extension *x, struct yx_error *err)
{
    bool found = x->level == YX_PADES_LTA;
    YX_REQUIRE(yx_pdf_form_is_signed(&x->form), err, YX_REFUSED, RULE_LEVEL,
               N_("the document carries no signature that could be extended"));
    for (size_t i = 0; !found && i < x->form.count; i++) {
        const struct yx_pdf_field *field = &x->form.items[i];
        if (!field->is_filled)
            continue;
        YX_TRY(has_token(x->pdf, field, &found, err));
        found = found || is_document_time_stamp(x->pdf, field);
    }
    YX_REQUIRE(
        found, err, YX_REFUSED, RULE_LEVEL,
        N_("no signature of the document has a time-stamp, which level LT builds on; sign at "
           "level T, or extend to LTA"));
    return YX_OK;
}

/* --- The document time-stamp -------------------------------------------------------------- */

/* An invisible field on the first page. */
static yx_status put_field_body(const struct extension *x, struct yx_pdf_ref value,
                                struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    YX_TRY(yx_pdf_form_new_name(&x->form, &name, err));
    if (yx_buf_append(&name, YX_BYTES("", 1)) != YX_OK ||
        yx_buf_append_text(out, "<< /Type /Annot /Subtype /Widget /FT /Sig /T ") != YX_OK ||
        yx_pdf_put_text(out, (const char *)name.data) != YX_OK ||
        yx_buf_append_text(out, " /F 132 /Rect [ 0 0 0 0 ] /P ") != YX_OK ||
        yx_pdf_put_ref(out, x->pdf->pages[0].ref) != YX_OK ||
        yx_buf_append_text(out, " /V ") != YX_OK || yx_pdf_put_ref(out, value) != YX_OK ||
        yx_buf_append_text(out, " >>") != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

static yx_status put_time_stamp(struct extension *x, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_REQUIRE(x->pdf->page_count > 0, err, YX_REFUSED, "ISO 32000-1 7.7.3",
               N_("the document has no pages"));
    struct yx_pdf_ref value = yx_pdf_update_reserve(x->update);
    struct yx_pdf_ref field = yx_pdf_update_reserve(x->update);
    YX_TRY(yx_pdf_update_signature(x->update, value,
                                   YX_TEXT("/Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter "
                                           "/ETSI.RFC3161"),
                                   ROOM_TOKEN, err));
    YX_TRY(put_field_body(x, value, &body, err));
    YX_TRY(yx_pdf_update_object(x->update, field, yx_buf_bytes(&body), err));
    YX_TRY(yx_pdf_update_add_annotation(x->update, 0, field, err));
    return yx_pdf_update_add_field(x->update, field, err);
}

/* Puts the token into its place in the tail. */
static yx_status fill(struct extension *x, struct yx_bytes token, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf hex = {0};
    size_t at = (size_t)(x->tail.contents_offset - yx_source_size(x->in));
    YX_REQUIRE(token.len <= ROOM_TOKEN, err, YX_REFUSED, RULE_TIME,
               N_("the time-stamp token has {1} bytes, and {2} were kept free for it"),
               YX_NUM(token.len), YX_NUM(ROOM_TOKEN));
    if (yx_pdf_put_hex(&hex, token) != YX_OK)
        return yx_fail_memory(err);
    memcpy(x->tail.bytes.data + at, hex.data, hex.len - 1); /* all but '>' */
    return YX_OK;
}

static yx_status stamp_tail(struct extension *x, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf token = {0};
    uint8_t digest[YX_DIGEST_MAX];
    yx_digest_algorithm algorithm = x->timestamper->algorithm;
    YX_TRY(yx_pdf_tail_digest(x->in, &x->tail, algorithm, NULL, digest, err));
    struct yx_bytes bytes = YX_BYTES(digest, yx_digest_size(algorithm));
    YX_TRY(yx_timestamp_get_digest(x->timestamper, bytes, &token, err));
    return fill(x, yx_buf_bytes(&token), err);
}

/* --- All together ------------------------------------------------------------------------- */

/* Makes x->tail, complete. */
static yx_status make_tail(struct extension *x, struct yx_error *err)
{
    YX_TRY(check_request(x, err));
    YX_TRY(yx_pdf_open(x->in, &x->pdf, err));
    YX_TRY(yx_pdf_form_read(x->pdf, &x->form, err));
    YX_TRY(check_times(x, err));
    YX_TRY(yx_pdf_update_new(x->pdf, &x->update, err));
    YX_TRY(yx_pdf_put_dss(x->pdf, &x->form, x->trust, x->update, err));
    if (x->level == YX_PADES_LTA)
        YX_TRY(put_time_stamp(x, err));
    YX_TRY(yx_pdf_update_layout(x->update, &x->tail, err));
    return x->level == YX_PADES_LTA ? stamp_tail(x, err) : YX_OK;
}

yx_status yx_pdf_extend(const struct yx_source *in, yx_pades_level level,
                        const struct yx_trust *trust, const struct yx_timestamper *timestamper,
                        struct yx_sink *out, struct yx_error *err)
{
    YX_CLEAN(extension) struct extension x = {
        .in = in, .level = level, .trust = trust, .timestamper = timestamper};
    YX_CLEAN(yx_source) struct yx_source *written = NULL;
    struct yx_verify_options options = {.trust = trust};
    YX_TRY(make_tail(&x, err));
    YX_TRY(yx_pdf_tail_write(in, &x.tail, YX_BYTES("", 0), NULL, out, err));
    YX_TRY(yx_sink_reread(out, &written, err));
    return yx_pdf_check_written(in, written, &options, level == YX_PADES_LTA ? 1 : 0, err);
}

yx_status yx_pdf_extend_written(struct yx_sink *out, yx_pades_level level,
                                const struct yx_trust *trust,
                                const struct yx_timestamper *timestamper, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *written = NULL;
    YX_TRY(yx_sink_reread(out, &written, err));
    YX_CLEAN(extension) struct extension x = {
        .in = written, .level = level, .trust = trust, .timestamper = timestamper};
    YX_TRY(make_tail(&x, err));
    return yx_sink_write(out, yx_buf_bytes(&x.tail.bytes), err);
}
