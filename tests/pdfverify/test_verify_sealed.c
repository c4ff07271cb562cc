/* SPDX-License-Identifier: Apache-2.0 */
/* test_verify_sealed.c - sealed documents: the seal in the signature, the picture on the page,
 * where it stands, time-stamps and what the document carries to be checked later. */
#include "support.h"

#include "pdf_odd.h"

#include "pdf_desk.h"
#include "revise.h"

static struct desk desk;

static int open_desk(void **state)
{
    (void)state;
    desk_open(YX_KEY_SM2, &desk);
    return 0;
}

static int close_desk(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

static void seal_file(const struct odd_options *options, const struct yx_placement *placement,
                      struct yx_buf *out)
{
    YX_CLEAN(yx_buf) struct yx_buf plain = {0};
    struct yx_pdf_request request = desk_request(&desk, placement);
    odd_make(options, &plain);
    desk_must_sign(&desk, &request, yx_buf_bytes(&plain), out);
}

static void assert_close(double got, double want)
{
    if (got < want - 0.02 || got > want + 0.02)
        fail_msg("%f mm, and %f was expected", got, want);
}

/* --- The report -------------------------------------------------------------------------- */

static void test_seal_in_report(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    struct yx_placement point = {.kind = YX_PLACE_POINT, .has_point = true, .x = 100, .y = 80};
    seal_file(&(struct odd_options){.kind = ODD_STREAM}, &point, &file);
    report = revise_verify(yx_buf_bytes(&file), desk.pki.trust);
    assert_int_equal(report->result, YX_VALID);
    const struct yx_report_signature *s = report->signatures;
    assert_string_equal(s->kind, "pades");
    assert_non_null(s->seal);
    assert_int_equal(s->seal->version, 4);
    assert_int_equal(s->seal->width, DESK_WIDTH);
    assert_string_equal(s->seal->maker, yx_cert_subject(desk.pki.maker.cert));
    static const yx_check_id passed[] = {YX_CHECK_SEAL_FORMAT,      YX_CHECK_SEAL_SIGNATURE,
                                         YX_CHECK_SEAL_MATCH,       YX_CHECK_SEAL_PERIOD,
                                         YX_CHECK_SIGNER_LISTED,    YX_CHECK_SEAL_MAKER_CHAIN,
                                         YX_CHECK_ALGORITHM_ALLOWED};
    for (size_t i = 0; i < sizeof passed / sizeof passed[0]; i++) {
        const struct yx_check *check = yx_checks_find(&s->checks, passed[i]);
        assert_non_null(check);
        assert_int_equal(check->outcome, YX_PASS);
    }
}

/* The point that was asked for is the point that is told, however the page is turned. */
static void test_places(void **state)
{
    (void)state;
    static const char *const pages[] = {
        "/MediaBox [0 0 595.28 841.89]",
        "/MediaBox [0 0 595.28 841.89] /Rotate 90",
        "/MediaBox [0 0 595.28 841.89] /Rotate 180",
        "/MediaBox [0 0 595.28 841.89] /Rotate 270",
        "/MediaBox [-100 -50 900 1000] /CropBox [10 20 600 800] /Rotate 90",
        "/MediaBox [0 0 300 420] /UserUnit 2"};
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        YX_CLEAN(yx_report) struct yx_report *report = NULL;
        struct yx_placement point = {.kind = YX_PLACE_POINT, .has_point = true, .x = 60, .y = 45};
        seal_file(&(struct odd_options){.kind = ODD_TABLE, .page = pages[i]}, &point, &file);
        report = revise_verify(yx_buf_bytes(&file), desk.pki.trust);
        const struct yx_report_stamp *stamp = report->signatures->stamps;
        assert_non_null(stamp);
        assert_close(stamp->x, 60 - DESK_WIDTH / 2.0);
        assert_close(stamp->y, 45 - DESK_HEIGHT / 2.0);
        assert_close(stamp->width, DESK_WIDTH);
        assert_close(stamp->height, DESK_HEIGHT);
        assert_false(stamp->has_clip);
    }
}

static void test_seam(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    struct yx_placement seam = {.kind = YX_PLACE_SEAM, .edge = YX_EDGE_RIGHT};
    seal_file(&(struct odd_options){.kind = ODD_TABLE, .pages = 4}, &seam, &file);
    report = revise_verify(yx_buf_bytes(&file), desk.pki.trust);
    assert_int_equal(report->result, YX_VALID);
    const struct yx_report_stamp *stamp = report->signatures->stamps;
    double page_width = 595.28 * 25.4 / 72, strip = DESK_WIDTH / 4.0;
    for (unsigned i = 0; i < 4; i++, stamp = stamp->next) {
        assert_non_null(stamp);
        assert_int_equal(stamp->page, i + 1);
        assert_true(stamp->has_clip);
        assert_close(stamp->width, DESK_WIDTH);
        assert_close(stamp->height, DESK_HEIGHT);
        assert_close(stamp->clip_width, strip);
        assert_close(stamp->clip_x, page_width - strip);
        assert_close(stamp->x, page_width - (i + 1) * strip);
    }
    assert_null(stamp);
}

/* --- The picture ------------------------------------------------------------------------- */

/* A signer who shows one picture and signs another. The file is put together from a seal of ours
 * and the appearance of somebody else. */
static void make_with_picture(bool own_drawing, struct yx_buf *file)
{
    struct revise_signature s = {
        .signer = &desk.pki.holder,
        .widget = "/Rect [100 600 200 700] /AP << /N 30 0 R >>",
        .room = 32768,
    };
    odd_make(&(struct odd_options){.kind = ODD_TABLE}, file);
    struct revise r = revise_begin(file);
    revise_stream(&r, 30,
                  "/Type /XObject /Subtype /Form /BBox [0 0 100 100] /Resources << /XObject << "
                  "/Seal 31 0 R >> /ExtGState << /Ink << /BM /Multiply >> >> >>",
                  own_drawing ? "q /Ink gs 100 0 0 100 0 0 cm /Seal Do Q"
                              : "q /Ink gs 100 0 0 100 0 0 cm /Seal Do Q 0 0 9 9 re f");
    revise_stream(&r, 31,
                  "/Type /XObject /Subtype /Image /Width 2 /Height 2 /ColorSpace /DeviceRGB "
                  "/BitsPerComponent 8",
                  "xxxxxxxxxxxx");
    revise_end(&r, NULL);
    struct yx_attribute seal = {YX_OID_SEAL_ATTRIBUTE, yx_buf_bytes(&desk.seal)};
    revise_sign(file, revise_prepare(file, &s), &s, &seal);
}

static void test_other_picture(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    make_with_picture(true, &file);
    revise_expect_check(yx_buf_bytes(&file), desk.pki.trust, 0, YX_CHECK_SEAL_MATCH, YX_FAIL,
                        "another picture");
    revise_expect_check(yx_buf_bytes(&file), desk.pki.trust, 0, YX_CHECK_SEAL_SIGNATURE, YX_PASS,
                        NULL);
}

static void test_other_drawing(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    make_with_picture(false, &file);
    revise_expect_check(yx_buf_bytes(&file), desk.pki.trust, 0, YX_CHECK_SEAL_MATCH, YX_UNKNOWN,
                        "cannot be told");
}

/* The seal of others, by a signer who is not among its holders. */
static void test_not_a_holder(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct revise_signature s = {.signer = &desk.pki.maker, .room = 32768};
    struct yx_attribute seal = {YX_OID_SEAL_ATTRIBUTE, yx_buf_bytes(&desk.seal)};
    odd_make(&(struct odd_options){.kind = ODD_TABLE}, &file);
    revise_sign(&file, revise_prepare(&file, &s), &s, &seal);
    revise_expect_check(yx_buf_bytes(&file), desk.pki.trust, 0, YX_CHECK_SIGNER_LISTED, YX_FAIL,
                        NULL);
    revise_expect_check(yx_buf_bytes(&file), desk.pki.trust, 0, YX_CHECK_SEAL_MATCH, YX_SKIP,
                        "no page shows");
}

static void test_no_seal(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct revise_signature s = {.signer = &desk.pki.holder, .room = 32768};
    struct yx_attribute seal = {YX_OID_SEAL_ATTRIBUTE, YX_BYTES("\x30\x03\x02\x01\x04", 5)};
    odd_make(&(struct odd_options){.kind = ODD_TABLE}, &file);
    revise_sign(&file, revise_prepare(&file, &s), &s, &seal);
    revise_expect_check(yx_buf_bytes(&file), desk.pki.trust, 0, YX_CHECK_SEAL_FORMAT, YX_FAIL,
                        NULL);
}

/* --- Seal signatures instead of CMS ------------------------------------------------------ */

/* Contents holds SES_Signature, as some vendors write it. */
static void make_ses(struct yx_buf *file)
{
    struct yx_error err;
    uint64_t range[4];
    uint8_t digest[32];
    YX_CLEAN(yx_seal) struct yx_seal *seal = NULL;
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    YX_CLEAN(yx_buf) struct yx_buf tbs = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct revise_signature s = {.sub_filter = "GM.sm2seal", .room = 32768};
    struct yx_signer signer = pki_signer(&desk.pki.holder);
    odd_make(&(struct odd_options){.kind = ODD_TABLE}, file);
    revise_fill_range(file, revise_prepare(file, &s), range);
    assert_int_equal(yx_buf_append(&bytes, YX_BYTES(file->data, range[1])), YX_OK);
    assert_int_equal(yx_buf_append(&bytes, YX_BYTES(file->data + range[2], range[3])), YX_OK);
    assert_int_equal(yx_digest(YX_DIGEST_SM3, yx_buf_bytes(&bytes), digest, NULL), YX_OK);
    expect_ok(yx_seal_from_der(yx_buf_bytes(&desk.seal), &seal, &err), &err);
    struct yx_ses_request request = {
        .seal = seal,
        .signer = desk.pki.holder.cert,
        .algorithm = signer.algorithm,
        .time = yx_now(),
        .data_hash = YX_BYTES(digest, 32),
        .property_info = "[0 1 2 3]",
    };
    expect_ok(yx_ses_prepare(&request, &tbs, &err), &err);
    expect_ok(signer.sign(signer.self, signer.algorithm, yx_buf_bytes(&tbs), &value, &err), &err);
    expect_ok(yx_ses_finish(yx_buf_bytes(&tbs), desk.pki.holder.cert, signer.algorithm,
                            yx_buf_bytes(&value), YX_BYTES(NULL, 0), &der, &err),
              &err);
    revise_put_contents(file, range[1], yx_buf_bytes(&der));
}

static void test_ses(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    make_ses(&file);
    revise_expect(yx_buf_bytes(&file), desk.pki.trust, YX_VALID);
    YX_CLEAN(yx_report) struct yx_report *report =
        revise_verify(yx_buf_bytes(&file), desk.pki.trust);
    assert_string_equal(report->signatures->kind, "ses-v4");
    uint8_t *text = memmem(file.data, file.len, "contract", 8);
    text[0] = 'C';
    revise_expect_check(yx_buf_bytes(&file), desk.pki.trust, 0, YX_CHECK_DOCUMENT_DIGEST, YX_FAIL,
                        NULL);
}

/* --- Time-stamps and levels -------------------------------------------------------------- */

static void make_level(yx_pades_level level, struct yx_buf *out)
{
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf plain = {0};
    YX_CLEAN(yx_buf) struct yx_buf sealed = {0};
    struct yx_placement point = {.kind = YX_PLACE_POINT};
    struct yx_pdf_request request = desk_request(&desk, &point);
    request.level = YX_PADES_T;
    odd_make(&(struct odd_options){.kind = ODD_TABLE}, &plain);
    desk_must_sign(&desk, &request, yx_buf_bytes(&plain), &sealed);
    if (level == YX_PADES_T)
        assert_int_equal(yx_buf_append(out, yx_buf_bytes(&sealed)), YX_OK);
    else
        expect_ok(desk_extend(&desk, level, yx_buf_bytes(&sealed), out, &err), &err);
}

static void test_time_stamp(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    make_level(YX_PADES_T, &file);
    YX_CLEAN(yx_report) struct yx_report *report =
        revise_verify(yx_buf_bytes(&file), desk.pki.trust);
    assert_int_equal(report->result, YX_VALID);
    assert_string_equal(report->signatures->time_source, "tsa");
    revise_expect_check(yx_buf_bytes(&file), desk.pki.trust, 0, YX_CHECK_TIMESTAMP_TOKEN, YX_PASS,
                        NULL);
    revise_expect_check(yx_buf_bytes(&file), NULL, 0, YX_CHECK_TIMESTAMP_TOKEN, YX_UNKNOWN, NULL);
}

static void test_document_time_stamp(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    make_level(YX_PADES_LTA, &file);
    revise_expect(yx_buf_bytes(&file), desk.pki.trust, YX_VALID);
    YX_CLEAN(yx_report) struct yx_report *report =
        revise_verify(yx_buf_bytes(&file), desk.pki.trust);
    const struct yx_report_signature *stamp = report->signatures->next;
    assert_non_null(stamp);
    assert_string_equal(stamp->kind, "doctimestamp");
    assert_string_equal(stamp->time_source, "tsa");
    assert_string_equal(stamp->signer.subject, yx_cert_subject(desk.tsa.cert));
    revise_expect_check(yx_buf_bytes(&file), desk.pki.trust, 0, YX_CHECK_CHANGES_AFTER, YX_PASS,
                        "validation data");
    /* One changed byte spoils the stamp as well as the signature. */
    uint8_t *text = memmem(file.data, file.len, "contract", 8);
    text[0] = 'C';
    revise_expect_check(yx_buf_bytes(&file), desk.pki.trust, 1, YX_CHECK_TIMESTAMP_TOKEN, YX_FAIL,
                        NULL);
}

/* A CRL in the DSS tells that the signer is revoked. */
static void test_revoked_by_dss(void **state)
{
    (void)state;
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_buf) struct yx_buf crl = {0};
    struct revise_signature s = {.signer = &desk.pki.holder, .time = yx_now()};
    struct yx_crl_entry entry = {.serial = yx_cert_serial_der(desk.pki.holder.cert),
                                 .revoked_at = yx_now() - YX_SECOND * 7200,
                                 .reason = 1};
    struct yx_crl_template wanted = {.number = 1,
                                     .this_update = yx_now() - YX_SECOND * 60,
                                     .next_update = yx_now() + YX_DAY,
                                     .entries = &entry,
                                     .entry_count = 1};
    struct yx_signer ca = pki_signer(&desk.pki.ca);
    expect_ok(yx_crl_make(&wanted, desk.pki.ca.cert, &ca, &crl, &err), &err);
    odd_make(&(struct odd_options){.kind = ODD_TABLE}, &file);
    struct revise r = revise_begin(&file);
    revise_entry(&r, 40, file.len);
    odd_put(&file, "40 0 obj\n<< /Length %zu >>\nstream\n", crl.len);
    assert_int_equal(yx_buf_append(&file, yx_buf_bytes(&crl)), YX_OK);
    odd_put(&file, "\nendstream\nendobj\n");
    revise_end(&r, NULL);
    s.catalog = "/DSS << /CRLs [40 0 R] /Certs [3 0 R] >>";
    revise_sign(&file, revise_prepare(&file, &s), &s, NULL);
    revise_expect_check(yx_buf_bytes(&file), desk.pki.trust, 0, YX_CHECK_SIGNER_REVOCATION, YX_FAIL,
                        NULL);
}

/* --- Every odd file ---------------------------------------------------------------------- */

/* What cannot be opened is reported as such, and never taken for unsigned. */
static void test_odd_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof odd_files / sizeof odd_files[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = {0};
        odd_build(&odd_files[i], &file);
        YX_CLEAN(yx_report) struct yx_report *report =
            revise_verify(yx_buf_bytes(&file), desk.pki.trust);
        yx_result want = odd_files[i].opens == YX_OK ? YX_UNSIGNED : YX_INVALID;
        if (report->result != want) {
            revise_explain(report);
            fail_msg("%s: %s", odd_files[i].name, yx_result_name(report->result));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seal_in_report), cmocka_unit_test(test_places),
        cmocka_unit_test(test_seam),           cmocka_unit_test(test_other_picture),
        cmocka_unit_test(test_other_drawing),  cmocka_unit_test(test_not_a_holder),
        cmocka_unit_test(test_no_seal),        cmocka_unit_test(test_ses),
        cmocka_unit_test(test_time_stamp),     cmocka_unit_test(test_document_time_stamp),
        cmocka_unit_test(test_revoked_by_dss), cmocka_unit_test(test_odd_files),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
