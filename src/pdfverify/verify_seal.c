/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_seal.c - the electronic seal that a signature carries as a signed attribute
 * (docs/formats.md): the seal itself is verified in seal/; here, that what the pages show is the
 * picture of this very seal. What appearance.c writes is recognised, and nothing else: one image,
 * or the form of a drawing (verify_form.c), drawn once.
 */
#include <stdlib.h>

#include <zlib.h>

#include "pdfverify/verify.h"

#define RULE "GB/T 38540-2020, seal picture"
#define CONTENT_MAX 4096

/* What the picture of the seal becomes in a PDF, and what was seen of it. */
struct face {
    struct yx_image image;
    struct yx_buf colours, alpha; /* decoded; the operators of a drawing are in `colours` */
    int last_image;               /* the object compared last; 0: none */
    bool last_same;
    size_t shown;
};

static void free_face(struct face *face)
{
    yx_image_free(&face->image);
    yx_buf_free(&face->colours);
    yx_buf_free(&face->alpha);
}
YX_DEFINE_CLEAN_VALUE(face, struct face, free_face);

/* --- The seal's own picture -------------------------------------------------------------- */

static yx_status inflate_known(const struct yx_buf *packed, size_t size, struct yx_buf *out,
                               struct yx_error *err)
{
    uLongf len = (uLongf)size;
    if (yx_buf_reserve(out, size) != YX_OK)
        return yx_fail_memory(err);
    if (packed->len > 0 && uncompress(out->data, &len, packed->data, (uLong)packed->len) == Z_OK)
        out->len = (size_t)len;
    return YX_OK;
}

static yx_status read_face(const struct yx_seal *seal, struct face *out, struct yx_error *err)
{
    YX_TRY(yx_image_read(yx_seal_info(seal)->picture, &out->image, err));
    if (strcmp(out->image.filter, "/FlateDecode") != 0)
        return yx_buf_append(&out->colours, yx_buf_bytes(&out->image.samples)) == YX_OK
                   ? YX_OK
                   : yx_fail_memory(err);
    if (out->image.form.len > 0)
        return inflate_known(&out->image.samples, out->image.form_size, &out->colours, err);
    size_t pixels = (size_t)out->image.width * out->image.height;
    bool grey = strcmp(out->image.colours, "/DeviceGray") == 0;
    YX_TRY(inflate_known(&out->image.samples, pixels * (grey ? 1 : 3), &out->colours, err));
    return inflate_known(&out->image.alpha, pixels, &out->alpha, err);
}

/* --- The picture shown ------------------------------------------------------------------- */

static bool integer_is(struct yx_pdf *pdf, qpdf_oh dictionary, const char *key, int64_t wanted)
{
    int64_t number = -1;
    qpdf_oh value = yx_pdf_get(pdf, dictionary, key);
    bool is_integer = yx_pdf_integer(pdf, value, &number);
    yx_pdf_drop(pdf, value);
    return is_integer && number == wanted;
}

static bool name_is(struct yx_pdf *pdf, qpdf_oh dictionary, const char *key, const char *wanted)
{
    qpdf_oh value = yx_pdf_get(pdf, dictionary, key);
    bool same = yx_pdf_is_name(pdf, value, wanted);
    yx_pdf_drop(pdf, value);
    return same;
}

/* Does the stream hold these samples? A JPEG is compared as it is. */
static yx_status data_is(struct yx_pdf *pdf, qpdf_oh stream, const struct yx_buf *wanted,
                         bool packed, bool *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf data = {0};
    unsigned char *raw = NULL;
    size_t len = 0;
    if (packed) {
        qpdf_oh_get_stream_data(pdf->qpdf, stream, qpdf_dl_none, NULL, &raw, &len);
        *out = yx_bytes_equal(YX_BYTES(raw, len), yx_buf_bytes(wanted));
        free(raw);
        return yx_pdf_check(pdf, err);
    }
    /* What cannot be compressed grows by a little (zlib: 5 bytes for 16 kB, and its frame). */
    YX_TRY(yx_pdf_stream_data(pdf, stream, wanted->len + wanted->len / 1024 + 64, &data, err));
    *out = yx_bytes_equal(yx_buf_bytes(&data), yx_buf_bytes(wanted));
    return YX_OK;
}

static yx_status image_is(struct yx_pdf *pdf, qpdf_oh image, const struct face *face, bool *out,
                          struct yx_error *err)
{
    const struct yx_image *wanted = &face->image;
    if (wanted->form.len > 0)
        return yx_pdf_form_is(pdf, image, &wanted->form, yx_buf_bytes(&face->colours), out, err);
    qpdf_oh mask = yx_pdf_get(pdf, image, "/SMask");
    bool has_mask = !yx_pdf_is_null(pdf, mask),
         packed = strcmp(wanted->filter, "/FlateDecode") != 0;
    *out = qpdf_oh_is_stream(pdf->qpdf, image) && integer_is(pdf, image, "/Width", wanted->width) &&
           integer_is(pdf, image, "/Height", wanted->height) &&
           integer_is(pdf, image, "/BitsPerComponent", 8) &&
           name_is(pdf, image, "/ColorSpace", wanted->colours) &&
           name_is(pdf, image, "/Filter", wanted->filter) && has_mask == (face->alpha.len > 0) &&
           !yx_pdf_has(pdf, image, "/Mask") &&
           yx_pdf_has(pdf, image, "/Decode") == (wanted->decode != NULL);
    if (*out)
        YX_TRY(data_is(pdf, image, &face->colours, packed, out, err));
    if (!*out || !has_mask)
        return YX_OK;
    *out = qpdf_oh_is_stream(pdf->qpdf, mask) && integer_is(pdf, mask, "/Width", wanted->width) &&
           integer_is(pdf, mask, "/Height", wanted->height) &&
           name_is(pdf, mask, "/ColorSpace", "/DeviceGray") && !yx_pdf_has(pdf, mask, "/Decode") &&
           !yx_pdf_has(pdf, mask, "/Matte");
    return *out ? data_is(pdf, mask, &face->alpha, false, out, err) : YX_OK;
}

/* --- How it is drawn --------------------------------------------------------------------- */

/* "q /Ink gs 119 0 0 119 0 0 cm /Seal Do Q": the picture, once, and nothing else. */
static yx_status read_drawing(struct yx_pdf *pdf, qpdf_oh form, double matrix[6], bool *known,
                              struct yx_error *err)
{
    static const char *const words[] = {"q",  "Ink", "gs", NULL,   NULL, NULL, NULL,
                                        NULL, NULL,  "cm", "Seal", "Do", "Q"};
    YX_CLEAN(yx_buf) struct yx_buf content = {0};
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    struct yx_pdf_lexer lexer;
    struct yx_pdf_token token;
    YX_TRY(yx_pdf_stream_data(pdf, form, CONTENT_MAX, &content, err));
    YX_TRY(yx_source_borrow(yx_buf_bytes(&content), &source, err));
    yx_pdf_lexer_start(&lexer, source, 0, content.len);
    *known = true;
    for (size_t i = 0; *known && i < sizeof words / sizeof words[0]; i++) {
        YX_TRY(yx_pdf_lexer_next(&lexer, &token, err));
        if (words[i] == NULL)
            *known = yx_pdf_token_number(&token, matrix++);
        else
            *known = strcmp(token.text, words[i]) == 0 &&
                     (token.type == YX_PDF_KEYWORD || token.type == YX_PDF_NAME);
    }
    YX_TRY(yx_pdf_lexer_next(&lexer, &token, err));
    *known = *known && token.type == YX_PDF_END;
    return YX_OK;
}

static qpdf_oh seal_image(struct yx_pdf *pdf, qpdf_oh form)
{
    qpdf_oh resources = yx_pdf_get(pdf, form, "/Resources");
    return yx_pdf_get(pdf, yx_pdf_get(pdf, resources, "/XObject"), "/Seal");
}

yx_status yx_pdf_read_drawing(struct yx_pdf *pdf, qpdf_oh form, double matrix[6], bool *known,
                              struct yx_error *err)
{
    *known =
        qpdf_oh_is_stream(pdf->qpdf, form) && qpdf_oh_is_stream(pdf->qpdf, seal_image(pdf, form));
    if (!*known)
        return YX_OK;
    struct yx_error why;
    yx_status status = read_drawing(pdf, form, matrix, known, &why);
    *known = *known && status == YX_OK;
    return status == YX_OK || yx_pdf_is_finding(status) ? YX_OK : yx_pdf_pass_on(err, &why);
}

static void note_match(struct yx_pdf_verification *v, struct yx_pdf_judged *judged, bool known,
                       bool same, uint32_t page)
{
    const yx_check_id id = YX_CHECK_SEAL_MATCH;
    if (!known)
        yx_pdf_note(v, judged, id, YX_UNKNOWN, RULE,
                    N_("whether page {1} shows the seal that was signed cannot be told: its "
                       "appearance is drawn in another way than here"),
                    YX_NUM(page + 1));
    else if (same)
        yx_pdf_note(v, judged, id, YX_PASS, RULE, NULL);
    else
        yx_pdf_note(v, judged, id, YX_FAIL, RULE,
                    N_("page {1} shows another picture than that of the seal that was signed"),
                    YX_NUM(page + 1));
}

static yx_status compare_form(struct yx_pdf_verification *v, struct face *face, qpdf_oh form,
                              bool *known, bool *same, struct yx_error *err)
{
    struct yx_pdf_ref ref = {0, 0};
    double matrix[6];
    YX_TRY(yx_pdf_read_drawing(v->pdf, form, matrix, known, err));
    if (!*known)
        return YX_OK;
    qpdf_oh image = seal_image(v->pdf, form);
    yx_pdf_ref_of(v->pdf, image, &ref);
    if (ref.id == 0 || ref.id != face->last_image)
        YX_TRY(image_is(v->pdf, image, face, &face->last_same, err));
    face->last_image = ref.id;
    *same = face->last_same;
    return YX_OK;
}

static yx_status compare_shown(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                               qpdf_oh annotation, uint32_t page, void *context,
                               struct yx_error *err)
{
    struct face *face = context;
    bool known = false, same = false;
    struct yx_error why;
    qpdf_oh appearance = yx_pdf_get(v->pdf, annotation, "/AP");
    if (yx_pdf_is_null(v->pdf, appearance))
        return YX_OK;
    face->shown++;
    qpdf_oh form = yx_pdf_get(v->pdf, appearance, "/N");
    yx_status status = compare_form(v, face, form, &known, &same, &why);
    if (status != YX_OK && !yx_pdf_is_finding(status))
        return yx_pdf_pass_on(err, &why);
    note_match(v, judged, status == YX_OK && known, same, page);
    return YX_OK;
}

/* --- All of it --------------------------------------------------------------------------- */

static yx_status judge_match(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                             const struct yx_seal *seal, struct yx_error *err)
{
    const yx_check_id id = YX_CHECK_SEAL_MATCH;
    YX_CLEAN(face) struct face face = {.last_image = 0};
    struct yx_error why;
    yx_status status = read_face(seal, &face, &why);
    if (status != YX_OK && !yx_pdf_is_finding(status))
        return yx_pdf_pass_on(err, &why);
    if (status != YX_OK) {
        yx_pdf_note(v, judged, id, YX_SKIP, RULE,
                    N_("the seal's picture is of a kind that cannot be compared with what the page "
                       "shows"));
        return YX_OK;
    }
    YX_TRY(yx_pdf_each_shown(v, judged, compare_shown, &face, err));
    if (face.shown == 0)
        yx_pdf_note(v, judged, id, YX_SKIP, RULE, N_("no page shows the seal"));
    return YX_OK;
}

yx_status yx_pdf_judge_seal(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                            const struct yx_cms *cms, const struct yx_cert *signer, yx_time at,
                            struct yx_error *err)
{
    YX_CLEAN(yx_seal) struct yx_seal *seal = NULL;
    struct yx_bytes der;
    struct yx_error why;
    if (yx_cms_attribute(cms->attributes, YX_OID_SEAL_ATTRIBUTE, &der, &why) != YX_OK)
        return yx_pdf_note_failure(v, judged, YX_CHECK_SEAL_FORMAT, &why, err);
    if (der.len == 0)
        return YX_OK;
    YX_TRY(yx_seal_verify_carried(der, signer, at, &v->options, &seal, v->report, judged->report,
                                  err));
    return seal == NULL ? YX_OK : judge_match(v, judged, seal, err);
}
