/* SPDX-License-Identifier: Apache-2.0 */
/* test_halves.c - sealing in two halves with keys elsewhere, and everything that is refused. */
#include "support.h"

#include "ofd_desk.h"
#include "tools.h"

#define SIGN_0 "Doc_0/Signs/Sign_0/Signature.xml"
#define LIST "Doc_0/Signs/Signatures.xml"

static struct desk desk;

static int open_desk(void **state)
{
    (void)state;
    desk_open(&desk);
    return 0;
}

static int close_desk(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

/* --- Two halves -------------------------------------------------------------------------- */

struct halves {
    struct yx_source *source;
    struct yx_buf plan, to_be_signed, signature;
};

static void halves_free(struct halves *halves)
{
    yx_source_free(halves->source);
    yx_buf_free(&halves->plan);
    yx_buf_free(&halves->to_be_signed);
    yx_buf_free(&halves->signature);
}
YX_DEFINE_CLEAN_VALUE(halves, struct halves, halves_free);

static void prepare(struct halves *halves, const struct yx_ofd_request *request)
{
    struct yx_error err;
    expect_ok(yx_source_borrow(yx_buf_bytes(&desk.paper), &halves->source, &err), &err);
    expect_ok(yx_ofd_prepare(halves->source, request, &halves->plan, &halves->to_be_signed, &err),
              &err);
}

static void sign_half(struct halves *halves)
{
    struct yx_error err;
    expect_ok(yx_private_key_sign(desk.pki.holder.key, YX_SIG_SM2_SM3,
                                  yx_buf_bytes(&halves->to_be_signed), &halves->signature, &err),
              &err);
}

static yx_status finish(const struct halves *halves, struct yx_bytes document, struct yx_bytes plan,
                        struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    expect_ok(yx_source_borrow(document, &source, err), err);
    expect_ok(yx_sink_memory(out, &sink, err), err);
    return yx_ofd_finish(source, plan, yx_buf_bytes(&halves->signature), NULL, sink, err);
}

static void test_prepare_and_finish(void **state)
{
    (void)state;
    YX_CLEAN(halves) struct halves halves = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_ofd_request request = desk_request(&desk);
    struct yx_error err;
    prepare(&halves, &request);
    sign_half(&halves);
    expect_ok(finish(&halves, yx_buf_bytes(&desk.paper), yx_buf_bytes(&halves.plan), &out, &err),
              &err);
    desk_expect_valid(&desk, &out, 1);
}

/* A key in another process: openssl signs the bytes that were given out. */
static void test_outside_signer(void **state)
{
    (void)state;
    YX_CLEAN(halves) struct halves halves = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    struct folder folder;
    char path[128];
    struct yx_ofd_request request = desk_request(&desk);
    struct yx_error err;
    prepare(&halves, &request);
    folder_make(&folder);
    expect_ok(yx_private_key_write(desk.pki.holder.key, YX_TEXT("secret"), &pem, &err), &err);
    folder_write(&folder, "key.pem", yx_buf_bytes(&pem));
    folder_write(&folder, "bytes", yx_buf_bytes(&halves.to_be_signed));
    expect_tool(&folder, "openssl dgst -sm3 -sign key.pem -passin pass:secret "
                         "-sigopt distid:1234567812345678 -out value bytes");
    snprintf(path, sizeof path, "%s/value", folder.path);
    expect_ok(yx_file_read(path, 1024, &halves.signature, &err), &err);
    expect_ok(finish(&halves, yx_buf_bytes(&desk.paper), yx_buf_bytes(&halves.plan), &out, &err),
              &err);
    desk_expect_valid(&desk, &out, 1);
    expect_tool(&folder, "rm -f key.pem bytes value && rmdir %s", folder.path);
}

/* Some devices give r and s in 64 bytes; what is written is the standard form. */
static void test_raw_signature(void **state)
{
    (void)state;
    YX_CLEAN(halves) struct halves halves = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_ofd_request request = desk_request(&desk);
    struct yx_der der, inner;
    struct yx_error err;
    uint8_t raw[64] = {0};
    prepare(&halves, &request);
    sign_half(&halves);
    der = yx_der_reader(yx_buf_bytes(&halves.signature), "test");
    expect_ok(yx_der_enter(&der, YX_DER_SEQUENCE, &inner, &err), &err);
    for (size_t i = 0; i < 2; i++) {
        struct yx_bytes number;
        expect_ok(yx_der_integer(&inner, &number, &err), &err);
        size_t skip_sign = number.len > 32 ? 1 : 0, len = number.len - skip_sign;
        memcpy(raw + 32 * i + (32 - len), number.data + skip_sign, len);
    }
    yx_buf_free(&halves.signature);
    assert_int_equal(yx_buf_append(&halves.signature, YX_BYTES(raw, 64)), YX_OK);
    expect_ok(finish(&halves, yx_buf_bytes(&desk.paper), yx_buf_bytes(&halves.plan), &out, &err),
              &err);
    desk_expect_valid(&desk, &out, 1);
}

/* A plan that was changed on its way may spoil the document, never the program. */
static void test_changed_plan(void **state)
{
    (void)state;
    YX_CLEAN(halves) struct halves halves = {0};
    struct yx_ofd_request request = desk_request(&desk);
    prepare(&halves, &request);
    sign_half(&halves);
    for (size_t i = 0; i < halves.plan.len; i += 3) {
        YX_CLEAN(yx_buf) struct yx_buf out = {0};
        struct yx_error err = {0};
        halves.plan.data[i] ^= (uint8_t)(1u << (i % 8));
        yx_status status =
            finish(&halves, yx_buf_bytes(&desk.paper), yx_buf_bytes(&halves.plan), &out, &err);
        if (status == YX_OK)
            yx_report_free(desk_verify(&desk, yx_buf_bytes(&out)));
        else
            assert_true(status == YX_DAMAGED || status == YX_REFUSED);
        halves.plan.data[i] ^= (uint8_t)(1u << (i % 8));
    }
}

static void test_finish_refuses(void **state)
{
    (void)state;
    YX_CLEAN(halves) struct halves halves = {0};
    YX_CLEAN(yx_buf) struct yx_buf other = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_ofd_request request = desk_request(&desk);
    struct yx_error err;
    prepare(&halves, &request);
    sign_half(&halves);
    struct yx_bytes plan = yx_buf_bytes(&halves.plan), paper = yx_buf_bytes(&desk.paper);
    /* another document, however little it differs */
    assert_int_equal(yx_buf_append(&other, paper), YX_OK);
    other.data[12] ^= 1;
    expect_status(finish(&halves, yx_buf_bytes(&other), plan, &out, &err), YX_REFUSED, &err);
    /* the signature of something else */
    halves.signature.data[halves.signature.len - 1] ^= 1;
    expect_status(finish(&halves, paper, plan, &out, &err), YX_REFUSED, &err);
    halves.signature.len = 0;
    expect_status(finish(&halves, paper, plan, &out, &err), YX_REFUSED, &err);
    assert_int_equal(out.len, 0);
    /* a plan that lost something on its way */
    for (size_t len = 0; len < plan.len; len += 37)
        expect_status(finish(&halves, paper, YX_BYTES(plan.data, len), &out, &err), YX_DAMAGED,
                      &err);
    halves.plan.data[6] ^= 1; /* the version */
    expect_status(finish(&halves, paper, plan, &out, &err), YX_DAMAGED, &err);
}

/* --- Refusals ---------------------------------------------------------------------------- */

static void test_refuses_requests(void **state)
{
    (void)state;
    struct yx_placement far = {.kind = YX_PLACE_POINT, .first_page = 4, .last_page = 4};
    struct yx_placement word = {.kind = YX_PLACE_KEYWORD, .keyword = "乙方"};
    struct yx_ofd_request request = desk_request(&desk);
    request.placement_count = 0;
    desk_expect_refused(&desk, &desk.paper, &request, YX_USAGE, "a seal needs a place");
    request.seal = YX_BYTES(NULL, 0);
    request.placement_count = 1;
    desk_expect_refused(&desk, &desk.paper, &request, YX_USAGE, "has no place");
    request = desk_request(&desk);
    request.signer = NULL;
    desk_expect_refused(&desk, &desk.paper, &request, YX_USAGE, "needs the signer's certificate");
    request = desk_request(&desk);
    request.placements = &far;
    desk_expect_refused(&desk, &desk.paper, &request, YX_REFUSED, "");
    request.placements = &word;
    desk_expect_refused(&desk, &desk.paper, &request, YX_REFUSED, "乙方");
    request = desk_request(&desk);
    request.document = 2;
    desk_expect_refused(&desk, &desk.paper, &request, YX_REFUSED, "");
    request.document = 0;
    request.seal.len -= 1;
    desk_expect_refused(&desk, &desk.paper, &request, YX_DAMAGED, "");
}

/* GM/T 0031-2014 6.2.2: signer, seal, list, period, in this order. */
static void test_refuses_people(void **state)
{
    (void)state;
    YX_CLEAN(pki_person) struct pki_person stranger = {0};
    YX_CLEAN(pki_person) struct pki_person late = {0};
    YX_CLEAN(pki_person) struct pki_person sealer = {0};
    struct yx_error err;
    struct pki_wish wish = {.name = "CN=Stranger,C=CN"};
    expect_ok(pki_person_make(&wish, &desk.pki.ca, &stranger, &err), &err);
    wish = (struct pki_wish){.name = "CN=Late,C=CN",
                             .not_before = yx_now() - 9 * YX_DAY,
                             .not_after = yx_now() - YX_DAY};
    expect_ok(pki_person_make(&wish, &desk.pki.ca, &late, &err), &err);
    wish = (struct pki_wish){.name = "CN=Sealer,C=CN", .key_usage = YX_KU_KEY_ENCIPHERMENT};
    expect_ok(pki_person_make(&wish, &desk.pki.ca, &sealer, &err), &err);
    struct yx_ofd_request request = desk_request(&desk);
    request.signer = stranger.cert;
    desk_expect_refused(&desk, &desk.paper, &request, YX_REFUSED, "list");
    request.signer = late.cert;
    desk_expect_refused(&desk, &desk.paper, &request, YX_REFUSED, "CN=Late");
    request.seal = YX_BYTES(NULL, 0);
    request.placement_count = 0;
    desk_expect_refused(&desk, &desk.paper, &request, YX_REFUSED, "renew it");
    request.signer = sealer.cert;
    desk_expect_refused(&desk, &desk.paper, &request, YX_REFUSED, "is not for signing");
    request = desk_request(&desk);
    request.time = yx_now() + 299 * YX_DAY + 400000 * YX_SECOND;
    desk_expect_refused(&desk, &desk.paper, &request, YX_REFUSED, "");
    /* the key of somebody else: nothing comes out */
    request = desk_request(&desk);
    request.seal = YX_BYTES(NULL, 0);
    request.placement_count = 0;
    request.signer = stranger.cert;
    desk_expect_refused(&desk, &desk.paper, &request, YX_REFUSED, "was not made by CN=Stranger");
}

static void test_foreign_algorithms(void **state)
{
    (void)state;
    struct desk other = {0};
    struct yx_error err;
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    YX_CLEAN(yx_buf) struct yx_buf both = {0};
    expect_ok(pki_open(YX_KEY_P256, &other.pki, &err), &err);
    desk_make_seal(&other.pki, 4, &other.seal);
    struct yx_ofd_request request = desk_request(&other);
    desk_expect_refused(&desk, &desk.paper, &request, YX_REFUSED, "does not sign with SM2");
    request.algorithm = YX_SIG_ECDSA_SHA256;
    YX_CLEAN(yx_buf) struct yx_buf nothing = {0};
    expect_status(desk_sign(&other, yx_buf_bytes(&desk.paper), &request, &nothing, &err),
                  YX_REFUSED, &err);
    request.allow_foreign_algorithms = true;
    desk_signed(&other, &desk.paper, &request, &out);
    desk_expect_fails(&other, &out, "| algorithm.allowed");
    request.seal = YX_BYTES(NULL, 0);
    request.placement_count = 0;
    desk_signed(&other, &out, &request, &both);
    desk_expect_fails(&other, &both, "| algorithm.allowed | algorithm.allowed");
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    struct yx_verify_options options = {.trust = other.pki.trust, .allow_foreign_algorithms = true};
    expect_ok(yx_source_borrow(yx_buf_bytes(&both), &source, &err), &err);
    expect_ok(yx_ofd_verify(source, &options, &report, &err), &err);
    assert_int_equal(report->result, YX_VALID);
    desk_close(&other);
}

static void test_refuses_documents(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf sealed = {0};
    struct yx_buf changed[7] = {{0}};
    struct yx_ofd_request request = desk_request(&desk);
    desk_sealed(&desk, &desk.paper, &sealed);
    desk_replace_text(&sealed, LIST, "<ofd:Signatures><ofd:", &changed[0]);
    desk_expect_refused(&desk, &changed[0], &request, YX_DAMAGED, "");
    desk_replace(&sealed, LIST, NULL, &changed[1]);
    desk_expect_refused(&desk, &changed[1], &request, YX_DAMAGED, "");
    desk_replace_text(&sealed, LIST, "<Signatures/>", &changed[2]);
    desk_expect_refused(&desk, &changed[2], &request, YX_DAMAGED, "removed from the list");
    desk_replace_text(&sealed, SIGN_0, "<Signature/>", &changed[3]);
    desk_expect_refused(&desk, &changed[3], &request, YX_DAMAGED, "has no SignedInfo");
    static const char wide[] = "\xff\xfe<\0S\0i\0g\0n\0a\0t\0u\0r\0e\0s\0/\0>";
    struct yx_bytes bytes = YX_BYTES(wide, sizeof wide);
    desk_edit(&desk.paper, "OFD.xml", "</ofd:DocRoot>",
              "</ofd:DocRoot><ofd:Signatures>/L.xml</ofd:Signatures>", &changed[4]);
    desk_replace(&changed[4], "L.xml", &bytes, &changed[5]);
    desk_expect_refused(&desk, &changed[5], &request, YX_REFUSED, "UTF-16");
    desk_edit(&desk.paper, "OFD.xml", "</ofd:DocRoot>", "</ofd:DocRoot><ofd:Signatures/>",
              &changed[6]);
    desk_expect_refused(&desk, &changed[6], &request, YX_DAMAGED, "names no list");
    for (size_t i = 0; i < 7; i++)
        yx_buf_free(&changed[i]);
    YX_CLEAN(yx_buf) struct yx_buf gbk = {0};
    desk_replace_text(&desk.paper, "\xB8\xBD\xBC\xFE.xml", "<a/>", &gbk);
    desk_expect_refused(&desk, &gbk, &request, YX_REFUSED, "not UTF-8");
}

/* A key that fails, or that signs what it likes. */
static yx_status fail_to_sign(void *self, yx_signature_algorithm algorithm, struct yx_bytes message,
                              struct yx_buf *signature, struct yx_error *err)
{
    (void)self, (void)algorithm, (void)message;
    if (self != NULL)
        return yx_buf_append_text(signature, "0123456789");
    return yx_fail(err, YX_IO, "", N_("the key was pulled out"));
}

static void test_signer_that_fails(void **state)
{
    (void)state;
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_error err;
    struct yx_signer signer = {YX_SIG_SM2_SM3, fail_to_sign, NULL};
    struct yx_ofd_request request = desk_request(&desk);
    expect_ok(yx_source_borrow(yx_buf_bytes(&desk.paper), &source, &err), &err);
    expect_ok(yx_sink_memory(&out, &sink, &err), &err);
    expect_status(yx_ofd_sign(source, &request, &signer, sink, &err), YX_IO, &err);
    signer.self = &signer;
    expect_status(yx_ofd_sign(source, &request, &signer, sink, &err), YX_REFUSED, &err);
    signer.algorithm = YX_SIG_ECDSA_SHA256;
    expect_status(yx_ofd_sign(source, &request, &signer, sink, &err), YX_USAGE, &err);
    assert_int_equal(out.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prepare_and_finish), cmocka_unit_test(test_outside_signer),
        cmocka_unit_test(test_raw_signature),      cmocka_unit_test(test_finish_refuses),
        cmocka_unit_test(test_changed_plan),       cmocka_unit_test(test_refuses_requests),
        cmocka_unit_test(test_refuses_people),     cmocka_unit_test(test_foreign_algorithms),
        cmocka_unit_test(test_refuses_documents),  cmocka_unit_test(test_signer_that_fails),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
