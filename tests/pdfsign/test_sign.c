/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_sign.c - signatures on files of every build, with every kind of key, several on one file, in
 * two halves; judged by qpdf, pdfsig and openssl. What is refused is in test_sign_refuse.c.
 */
#include "support.h"

#include "pdf_odd.h"

#include "pdf_desk.h"

static const struct yx_placement lower_right = {.kind = YX_PLACE_POINT};

/* --- Odd files ---------------------------------------------------------------------------- */

static void sign_odd(struct desk *desk, const struct odd_file *file)
{
    struct yx_buf in = {0}, out = {0};
    struct yx_error err = {0};
    char words[600] = "";
    odd_build(file, &in);
    struct yx_pdf_request request = desk_request(desk, &lower_right);
    yx_status status = desk_sign(desk, &request, yx_buf_bytes(&in), &out, &err);
    if (status != YX_OK)
        yx_message_render(&err.message, NULL, words, sizeof words);
    if (status != file->opens)
        fail_msg("%s: status %d: %s", file->name, (int)status, words);
    if (status == YX_OK) {
        assert_memory_equal(out.data, in.data, in.len);
        desk_check_qpdf(desk, yx_buf_bytes(&out));
        desk_check_openssl(desk, yx_buf_bytes(&out), in.len);
        desk_check_valid(desk, yx_buf_bytes(&out), 1);
    } else if (strstr(words, file->reason) == NULL) {
        fail_msg("%s: \"%s\" does not say \"%s\"", file->name, words, file->reason);
    }
    yx_buf_free(&in);
    yx_buf_free(&out);
}

/* Every odd file is sealed, or refused for its reason with nothing written. */
static void test_odd_files(void **state)
{
    (void)state;
    struct desk desk;
    desk_open(YX_KEY_P256, &desk);
    for (size_t i = 0; i < ODD_COUNT; i++)
        sign_odd(&desk, &odd_files[i]);
    desk_close(&desk);
}

/* --- Kinds of keys ------------------------------------------------------------------------ */

/* Three signatures on one file, with a seal and without: those before stay valid. */
static void sign_thrice(yx_key_type type, yx_signature_algorithm algorithm)
{
    struct desk desk;
    struct yx_buf pdf[4] = {{0}};
    desk_open(type, &desk);
    odd_named("object streams", &pdf[0]);
    for (size_t i = 0; i < 3; i++) {
        struct yx_pdf_request request = desk_request(&desk, i == 1 ? NULL : &lower_right);
        if (algorithm != YX_SIG_NONE)
            request.algorithm = algorithm;
        request.reason = "合同审批通过 (approved)";
        request.location = "上海";
        request.level = i == 2 ? YX_PADES_T : YX_PADES_B;
        struct yx_bytes in = yx_buf_bytes(&pdf[i]);
        desk_must_sign(&desk, &request, in, &pdf[i + 1]);
        struct yx_bytes out = yx_buf_bytes(&pdf[i + 1]);
        desk_check_qpdf(&desk, out);
        desk_check_valid(&desk, out, i + 1);
        if (type == YX_KEY_SM2)
            continue;
        desk_check_pdfsig(&desk, out, i + 1);
        expect_words(&desk.folder, "Signature Type: ETSI.CAdES.detached");
        expect_words(&desk.folder, "Total document signed");
        desk_check_openssl(&desk, out, in.len);
    }
    for (size_t i = 0; i < 4; i++)
        yx_buf_free(&pdf[i]);
    desk_close(&desk);
}

static void test_rsa(void **state)
{
    (void)state;
    sign_thrice(YX_KEY_RSA, YX_SIG_NONE);
}

static void test_rsa_pss(void **state)
{
    (void)state;
    sign_thrice(YX_KEY_RSA, YX_SIG_RSA_PSS_SHA256);
}

static void test_p256(void **state)
{
    (void)state;
    sign_thrice(YX_KEY_P256, YX_SIG_NONE);
}

static void test_p384(void **state)
{
    (void)state;
    sign_thrice(YX_KEY_P384, YX_SIG_NONE);
}

static void test_sm2(void **state)
{
    (void)state;
    sign_thrice(YX_KEY_SM2, YX_SIG_NONE);
}

/* A changed byte is seen by the judges too: they can fail. */
static void test_judges_fail(void **state)
{
    (void)state;
    struct desk desk;
    struct yx_buf in = {0}, out = {0};
    desk_open(YX_KEY_RSA, &desk);
    odd_named("table", &in);
    struct yx_pdf_request request = desk_request(&desk, &lower_right);
    desk_must_sign(&desk, &request, yx_buf_bytes(&in), &out);
    uint8_t *at = memmem(out.data, out.len, "A contract", 10);
    assert_non_null(at);
    at[2] = 'C';
    folder_write(&desk.folder, "out.pdf", yx_buf_bytes(&out));
    tool(&desk.folder, "pdfsig -nocert %s/out.pdf", desk.folder.path);
    assert_int_equal(desk_said(&desk, "Signature is Valid."), 0);
    desk_split(&desk, yx_buf_bytes(&out), in.len);
    desk_write_cert(&desk, "ca.pem", desk.pki.ca.cert);
    assert_int_not_equal(
        tool(&desk.folder,
             "openssl cms -verify -inform DER -in %s/cms.der -content %s/signed.bin -binary "
             "-CAfile %s/ca.pem -purpose any -out /dev/null",
             desk.folder.path, desk.folder.path, desk.folder.path),
        0);
    yx_buf_free(&in);
    yx_buf_free(&out);
    desk_close(&desk);
}

/* --- What stands in the signature ---------------------------------------------------------- */

static size_t count_words(struct yx_bytes in, const char *words)
{
    size_t count = 0, len = strlen(words);
    for (size_t at = 0; at + len <= in.len; at++)
        count += memcmp(in.data + at, words, len) == 0;
    return count;
}

/* One signature, one picture, however many pages it stands on; the seal is a signed attribute. */
static void test_several_pages(void **state)
{
    (void)state;
    struct desk desk;
    struct yx_buf in = {0}, one = {0}, seam = {0}, cms = {0};
    struct odd_options options = {.pages = 20};
    struct yx_placement places[] = {{.kind = YX_PLACE_POINT},
                                    {.kind = YX_PLACE_SEAM, .edge = YX_EDGE_RIGHT}};
    desk_open(YX_KEY_RSA, &desk);
    odd_make(&options, &in);
    struct yx_pdf_request request = desk_request(&desk, &places[0]);
    desk_must_sign(&desk, &request, yx_buf_bytes(&in), &one);
    request.placements = places;
    request.placement_count = 2;
    desk_must_sign(&desk, &request, yx_buf_bytes(&in), &seam);
    struct yx_bytes bytes = yx_buf_bytes(&seam);
    assert_int_equal(count_words(bytes, "/Subtype /Image"), 1);
    assert_int_equal(count_words(bytes, "/FT /Sig"), 1);
    assert_int_equal(count_words(bytes, "/Subtype /Stamp"), 20);
    assert_int_equal(count_words(bytes, "/YXSignature <5369676E617475726531>"), 20);
    /* Must reach: a seam over 20 pages under twice the growth of one seal. */
    assert_true(seam.len - in.len < 2 * (one.len - in.len));
    desk_check_qpdf(&desk, bytes);
    desk_check_pdfsig(&desk, bytes, 1);
    desk_check_valid(&desk, bytes, 1);
    desk_split(&desk, bytes, in.len);
    folder_read(&desk.folder, "cms.der", &cms);
    assert_non_null(memmem(cms.data, cms.len, desk.seal.data, desk.seal.len));
    yx_buf_free(&cms);
    yx_buf_free(&seam);
    yx_buf_free(&one);
    yx_buf_free(&in);
    desk_close(&desk);
}

/* --- Keywords ------------------------------------------------------------------------------ */

static yx_status find_word(void *self, uint32_t page, const char *keyword,
                           bool (*found)(void *context, double x, double y, double width,
                                         double height),
                           void *context, struct yx_error *err)
{
    (void)err;
    assert_string_equal(keyword, "甲方盖章");
    *(uint32_t *)self = page;
    if (page == 2)
        found(context, 60, 100, 20, 6);
    return YX_OK;
}

static void test_keyword(void **state)
{
    (void)state;
    struct desk desk;
    struct yx_buf in = {0}, out = {0};
    struct odd_options options = {.pages = 3, .page = "/MediaBox [0 0 500 600]"};
    struct yx_placement place = {.kind = YX_PLACE_KEYWORD, .keyword = "甲方盖章"};
    uint32_t last_asked = 0;
    struct yx_error err;
    desk_open(YX_KEY_P256, &desk);
    odd_make(&options, &in);
    struct yx_pdf_request request = desk_request(&desk, &place);
    request.find = find_word;
    request.find_self = &last_asked;
    desk_must_sign(&desk, &request, yx_buf_bytes(&in), &out);
    assert_int_equal(last_asked, 2);
    /* (60 + 10 - 20, 100 + 3 - 15) mm to (90, 118) mm from the top, in points from the bottom */
    assert_non_null(memmem(out.data, out.len, "/Rect [ 141.7323 265.5118 255.1181 350.5512 ]", 45));
    request.find = NULL;
    expect_status(desk_sign(&desk, &request, yx_buf_bytes(&in), &out, &err), YX_USAGE, &err);
    yx_buf_free(&in);
    yx_buf_free(&out);
    desk_close(&desk);
}

/* --- Two halves ----------------------------------------------------------------------------- */

struct halves {
    struct yx_buf plan, to_be_signed, signature;
};

static void halves_free(struct halves *halves)
{
    yx_buf_free(&halves->plan);
    yx_buf_free(&halves->to_be_signed);
    yx_buf_free(&halves->signature);
}

static void prepare(const struct desk *desk, const struct yx_pdf_request *request,
                    struct yx_bytes in, struct halves *out)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    struct yx_error err;
    struct yx_signer signer = pki_signer(&desk->pki.holder);
    *out = (struct halves){0};
    expect_ok(yx_source_borrow(in, &source, &err), &err);
    expect_ok(yx_pdf_prepare(source, request, &out->plan, &out->to_be_signed, &err), &err);
    expect_ok(signer.sign(signer.self, request->algorithm, yx_buf_bytes(&out->to_be_signed),
                          &out->signature, &err),
              &err);
}

static yx_status finish(struct yx_bytes in, const struct halves *halves,
                        const struct yx_timestamper *timestamper, struct yx_buf *out,
                        struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_TRY(yx_source_borrow(in, &source, err));
    YX_TRY(yx_sink_memory(out, &sink, err));
    return yx_pdf_finish(source, yx_buf_bytes(&halves->plan), yx_buf_bytes(&halves->signature),
                         timestamper, sink, err);
}

static void test_halves(void **state)
{
    (void)state;
    static const yx_key_type types[] = {YX_KEY_SM2, YX_KEY_RSA};
    for (size_t i = 0; i < 4; i++) {
        struct desk desk;
        struct yx_buf in = {0}, out = {0};
        struct halves halves;
        struct yx_error err;
        const struct yx_cert *chain[1];
        desk_open(types[i % 2], &desk);
        odd_named("hybrid", &in);
        struct yx_pdf_request request = desk_request(&desk, &lower_right);
        chain[0] = desk.pki.ca.cert;
        request.chain = chain;
        request.chain_count = 1;
        request.level = i < 2 ? YX_PADES_B : YX_PADES_T;
        prepare(&desk, &request, yx_buf_bytes(&in), &halves);
        expect_ok(finish(yx_buf_bytes(&in), &halves, i < 2 ? NULL : &desk.timestamper, &out, &err),
                  &err);
        desk_check_qpdf(&desk, yx_buf_bytes(&out));
        desk_check_valid(&desk, yx_buf_bytes(&out), 1);
        halves_free(&halves);
        yx_buf_free(&in);
        yx_buf_free(&out);
        desk_close(&desk);
    }
}

/* Nothing is written unless document, plan and value belong together. */
static void test_halves_that_differ(void **state)
{
    (void)state;
    struct desk desk;
    struct yx_buf in = {0}, out = {0};
    struct halves halves;
    struct yx_error err;
    desk_open(YX_KEY_SM2, &desk);
    odd_named("table", &in);
    struct yx_pdf_request request = desk_request(&desk, &lower_right);
    prepare(&desk, &request, yx_buf_bytes(&in), &halves);
    in.data[in.len / 2] ^= 1;
    expect_status(finish(yx_buf_bytes(&in), &halves, NULL, &out, &err), YX_REFUSED, &err);
    in.data[in.len / 2] ^= 1;
    halves.signature.data[halves.signature.len - 1] ^= 1;
    expect_status(finish(yx_buf_bytes(&in), &halves, NULL, &out, &err), YX_REFUSED, &err);
    halves.signature.data[halves.signature.len - 1] ^= 1;
    for (size_t cut = 0; cut < halves.plan.len; cut += 1 + cut / 4) {
        struct halves less = halves;
        less.plan.len = cut;
        assert_int_not_equal(finish(yx_buf_bytes(&in), &less, NULL, &out, &err), YX_OK);
    }
    assert_int_equal(out.len, 0);
    expect_ok(finish(yx_buf_bytes(&in), &halves, NULL, &out, &err), &err);
    halves_free(&halves);
    yx_buf_free(&in);
    yx_buf_free(&out);
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_odd_files),
        cmocka_unit_test(test_rsa),
        cmocka_unit_test(test_rsa_pss),
        cmocka_unit_test(test_p256),
        cmocka_unit_test(test_p384),
        cmocka_unit_test(test_sm2),
        cmocka_unit_test(test_judges_fail),
        cmocka_unit_test(test_several_pages),
        cmocka_unit_test(test_keyword),
        cmocka_unit_test(test_halves),
        cmocka_unit_test(test_halves_that_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
