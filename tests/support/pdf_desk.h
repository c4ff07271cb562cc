/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pdf_desk.h - a desk to sign PDF files at: people, a seal whose four quarters have four colours, a
 * time-stamping authority, and other people's programs as judges. Include support.h and pdf_odd.h
 * first.
 */
#ifndef TESTS_SUPPORT_PDF_DESK_H
#define TESTS_SUPPORT_PDF_DESK_H

#include <png.h>
#include <yinxin/pdf.h>

#include "pki.h"
#include "seal/seal.h"
#include "tools.h"

/* The seal: millimetres, and pixels to the millimetre. */
enum { DESK_WIDTH = 40, DESK_HEIGHT = 30, DESK_SCALE = 8 };

struct desk {
    struct pki pki;
    struct pki_person tsa;
    struct yx_tsa authority;
    struct yx_timestamper timestamper;
    struct yx_buf picture, seal;
    struct folder folder;
};

/* --- The seal ----------------------------------------------------------------------------- */

/* Upper left red, upper right green, lower left blue, lower right black; `hole`: what is further
 * from the middle than a third of the height is opaque, the rest is transparent. */
static inline void desk_pixel(unsigned x, unsigned y, bool hole, uint8_t out[4])
{
    static const uint8_t quarters[4][3] = {{220, 0, 0}, {0, 160, 0}, {0, 0, 220}, {0, 0, 0}};
    enum { WIDTH = DESK_WIDTH * DESK_SCALE, HEIGHT = DESK_HEIGHT * DESK_SCALE };
    int dx = (int)x - WIDTH / 2, dy = (int)y - HEIGHT / 2;
    memcpy(out, quarters[(dy >= 0 ? 2 : 0) + (dx >= 0 ? 1 : 0)], 3);
    bool inside = dx * dx + dy * dy < HEIGHT * HEIGHT / 9;
    out[3] = hole && inside ? 0 : 255;
}

static inline void desk_picture(bool hole, struct yx_buf *out)
{
    enum { WIDTH = DESK_WIDTH * DESK_SCALE, HEIGHT = DESK_HEIGHT * DESK_SCALE };
    uint8_t *rgba = malloc((size_t)WIDTH * HEIGHT * 4);
    assert_non_null(rgba);
    for (unsigned y = 0; y < HEIGHT; y++)
        for (unsigned x = 0; x < WIDTH; x++)
            desk_pixel(x, y, hole, rgba + ((size_t)y * WIDTH + x) * 4);
    png_image image = {
        .version = PNG_IMAGE_VERSION, .width = WIDTH, .height = HEIGHT, .format = PNG_FORMAT_RGBA};
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    assert_int_equal(yx_buf_reserve(out, size), YX_OK);
    assert_true(png_image_write_to_memory(&image, out->data, &size, 0, rgba, 0, NULL));
    out->len = size;
    free(rgba);
}

static inline void desk_seal(const struct desk *desk, struct yx_bytes picture, struct yx_buf *out)
{
    struct yx_error err;
    const struct yx_cert *holders[] = {desk->pki.holder.cert};
    struct yx_seal_request request = {
        .version = 4,
        .type = 1,
        .name = "示例专用章",
        .picture = picture,
        .width = DESK_WIDTH,
        .height = DESK_HEIGHT,
        .holders = holders,
        .holder_count = 1,
        .valid_from = YX_TIME_NONE,
        .valid_to = YX_TIME_NONE,
    };
    struct yx_signer maker = pki_signer(&desk->pki.maker);
    expect_ok(yx_seal_make(&request, desk->pki.maker.cert, &maker, out, &err), &err);
}

/* --- Opening and closing ------------------------------------------------------------------ */

static inline void desk_open(yx_key_type type, struct desk *desk)
{
    struct yx_error err;
    struct pki_wish tsa = {.name = "CN=Test TSA,O=Test,C=CN", .type = type, .tsa = true};
    *desk = (struct desk){0};
    expect_ok(pki_open(type, &desk->pki, &err), &err);
    expect_ok(pki_person_make(&tsa, &desk->pki.ca, &desk->tsa, &err), &err);
    desk->authority = (struct yx_tsa){.cert = desk->tsa.cert, .signer = pki_signer(&desk->tsa)};
    desk->timestamper = yx_timestamper_borrow_tsa(&desk->authority);
    desk_picture(false, &desk->picture);
    desk_seal(desk, yx_buf_bytes(&desk->picture), &desk->seal);
    folder_make(&desk->folder);
}

static inline void desk_close(struct desk *desk)
{
    folder_remove(&desk->folder);
    yx_buf_free(&desk->seal);
    yx_buf_free(&desk->picture);
    pki_person_free(&desk->tsa);
    pki_free(&desk->pki);
}

/* --- Signing ------------------------------------------------------------------------------ */

/* With the seal when there is a placement, else without. */
static inline struct yx_pdf_request desk_request(const struct desk *desk,
                                                 const struct yx_placement *placement)
{
    const struct yx_cert *holder = desk->pki.holder.cert;
    struct yx_pdf_request request = {
        .signer = holder,
        .algorithm = yx_signature_default(yx_public_key_type(yx_cert_public_key(holder))),
        .trust = desk->pki.trust,
        .timestamper = &desk->timestamper,
    };
    if (placement != NULL) {
        request.seal = yx_buf_bytes(&desk->seal);
        request.placements = placement;
        request.placement_count = 1;
    }
    return request;
}

static inline yx_status desk_sign(const struct desk *desk, const struct yx_pdf_request *request,
                                  struct yx_bytes in, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_signer signer = pki_signer(&desk->pki.holder);
    signer.algorithm = request->algorithm;
    YX_TRY(yx_source_borrow(in, &source, err));
    YX_TRY(yx_sink_memory(out, &sink, err));
    return yx_pdf_sign(source, request, &signer, sink, err);
}

static inline void desk_must_sign(const struct desk *desk, const struct yx_pdf_request *request,
                                  struct yx_bytes in, struct yx_buf *out)
{
    struct yx_error err;
    expect_ok(desk_sign(desk, request, in, out, &err), &err);
    assert_true(out->len > in.len);
    assert_memory_equal(out->data, in.data, in.len);
}

static inline yx_status desk_extend(const struct desk *desk, yx_pades_level level,
                                    struct yx_bytes in, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_TRY(yx_source_borrow(in, &source, err));
    YX_TRY(yx_sink_memory(out, &sink, err));
    return yx_pdf_extend(source, level, desk->pki.trust, &desk->timestamper, sink, err);
}

/* Our own verifier takes the document and its `count` signatures for valid. */
static inline void desk_check_valid(const struct desk *desk, struct yx_bytes pdf, size_t count)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    struct yx_verify_options options = {.trust = desk->pki.trust};
    struct yx_error err;
    size_t found = 0;
    expect_ok(yx_source_borrow(pdf, &source, &err), &err);
    expect_ok(yx_pdf_verify(source, &options, &report, &err), &err);
    for (const struct yx_report_signature *s = report->signatures; s != NULL; s = s->next, found++)
        for (const struct yx_check *check = s->checks.first; check != NULL; check = check->next)
            if (check->outcome != YX_PASS && check->outcome != YX_SKIP) {
                char words[600] = "";
                if (check->detail != NULL)
                    yx_message_render(check->detail, NULL, words, sizeof words);
                fail_msg("%s: %s: %s: %s", s->id, yx_check_name(check->id),
                         yx_outcome_name(check->outcome), words);
            }
    assert_int_equal(report->result, YX_VALID);
    assert_int_equal(found, count);
}

/* --- Judges ------------------------------------------------------------------------------- */

/* How often do the words stand in the output of the last program? */
static inline size_t desk_said(const struct desk *desk, const char *words)
{
    size_t count = 0;
    for (const char *at = desk->folder.output; (at = strstr(at, words)) != NULL; at++)
        count++;
    return count;
}

/* qpdf finds nothing wrong with the file. */
static inline void desk_check_qpdf(struct desk *desk, struct yx_bytes pdf)
{
    folder_write(&desk->folder, "out.pdf", pdf);
    expect_tool(&desk->folder, "qpdf --check %s/out.pdf", desk->folder.path);
    expect_words(&desk->folder, "No syntax or stream encoding errors found");
}

/* pdfsig takes `count` signatures for good; its exit code says nothing. */
static inline void desk_check_pdfsig(struct desk *desk, struct yx_bytes pdf, size_t count)
{
    folder_write(&desk->folder, "out.pdf", pdf);
    tool(&desk->folder, "pdfsig -nocert %s/out.pdf", desk->folder.path);
    if (desk_said(desk, "Signature is Valid.") != count)
        fail_msg("not %zu valid signatures: %s", count, desk->folder.output);
}

/* The two parts of the first ByteRange and the Contents between, as files. */
static inline void desk_split(struct desk *desk, struct yx_bytes pdf, size_t from)
{
    struct yx_buf signed_bytes = {0}, der = {0};
    unsigned long long range[4];
    const char *at = memmem(pdf.data + from, pdf.len - from, "/ByteRange", 10);
    assert_non_null(at);
    assert_int_equal(
        sscanf(at, "/ByteRange [ %llu %llu %llu %llu", &range[0], &range[1], &range[2], &range[3]),
        4);
    assert_int_equal(range[0], 0);
    assert_true(range[2] + range[3] <= pdf.len);
    assert_int_equal(yx_buf_append(&signed_bytes, YX_BYTES(pdf.data, range[1])), YX_OK);
    assert_int_equal(yx_buf_append(&signed_bytes, YX_BYTES(pdf.data + range[2], range[3])), YX_OK);
    for (const uint8_t *hex = pdf.data + range[1] + 1; hex < pdf.data + range[2] - 1; hex += 2) {
        unsigned byte = 0;
        assert_int_equal(sscanf((const char *)hex, "%2x", &byte), 1);
        assert_int_equal(yx_buf_append(&der, YX_BYTES(&(uint8_t){(uint8_t)byte}, 1)), YX_OK);
    }
    struct yx_der whole = yx_der_reader(yx_buf_bytes(&der), "SignedData");
    struct yx_bytes cms;
    assert_int_equal(yx_der_any(&whole, NULL, NULL, &cms, NULL), YX_OK);
    folder_write(&desk->folder, "signed.bin", yx_buf_bytes(&signed_bytes));
    folder_write(&desk->folder, "cms.der", cms);
    yx_buf_free(&signed_bytes);
    yx_buf_free(&der);
}

static inline void desk_write_cert(struct desk *desk, const char *name, const struct yx_cert *cert)
{
    struct yx_buf pem = {0};
    assert_int_equal(yx_pem_write("CERTIFICATE", yx_cert_der(cert), &pem), YX_OK);
    folder_write(&desk->folder, name, yx_buf_bytes(&pem));
    yx_buf_free(&pem);
}

/* openssl verifies the signature that is found behind `from`, CAdES attributes included. */
static inline void desk_check_openssl(struct desk *desk, struct yx_bytes pdf, size_t from)
{
    desk_split(desk, pdf, from);
    desk_write_cert(desk, "ca.pem", desk->pki.ca.cert);
    expect_tool(&desk->folder,
                "openssl cms -verify -cades -inform DER -in %s/cms.der -content %s/signed.bin "
                "-binary -CAfile %s/ca.pem -purpose any -out /dev/null",
                desk->folder.path, desk->folder.path, desk->folder.path);
}

/* --- Pictures ----------------------------------------------------------------------------- */

struct picture {
    struct yx_buf ppm;
    unsigned width, height;
    const uint8_t *rgb;
};

static inline void picture_free(struct picture *picture)
{
    yx_buf_free(&picture->ppm);
}

/* Who draws. Poppler knows no UserUnit. */
enum desk_painter { DESK_POPPLER, DESK_MUPDF };

/* The page as a reader shows it: CropBox, turned. */
static inline void desk_render(struct desk *desk, enum desk_painter painter, struct yx_bytes pdf,
                               unsigned page, unsigned dpi, struct picture *out)
{
    char path[200];
    struct yx_error err;
    int used = 0;
    const char *folder = desk->folder.path;
    *out = (struct picture){0};
    folder_write(&desk->folder, "out.pdf", pdf);
    if (painter == DESK_POPPLER)
        expect_tool(&desk->folder, "pdftoppm -cropbox -singlefile -f %u -r %u %s/out.pdf %s/page",
                    page, dpi, folder, folder);
    else
        expect_tool(&desk->folder,
                    "mutool draw -q -c rgb -F pnm -r %u -o %s/page.ppm %s/out.pdf %u", dpi, folder,
                    folder, page);
    snprintf(path, sizeof path, "%s/page.ppm", folder);
    expect_ok(yx_file_read(path, 256u << 20, &out->ppm, &err), &err);
    assert_int_equal(yx_buf_append(&out->ppm, YX_BYTES("", 1)), YX_OK);
    assert_int_equal(
        sscanf((const char *)out->ppm.data, "P6 %u %u 255%n", &out->width, &out->height, &used), 2);
    out->rgb = out->ppm.data + used + 1;
    assert_int_equal(out->ppm.len - 1 - (size_t)used - 1, (size_t)out->width * out->height * 3);
}

/* The colour at a place in millimetres from the top left corner. */
static inline const uint8_t *picture_at(const struct picture *picture, unsigned dpi, double x,
                                        double y)
{
    size_t column = (size_t)(x * dpi / 25.4), row = (size_t)(y * dpi / 25.4);
    if (column >= picture->width || row >= picture->height)
        fail_msg("(%.1f, %.1f) mm is not on the page of %u x %u pixels", x, y, picture->width,
                 picture->height);
    return picture->rgb + (row * picture->width + column) * 3;
}

#endif
