/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_interop.c - documents and seals made and forged by others, through the public door: what
 * yx_verify finds, as yx_report_json tells it. One table; no root is known for these files, so a
 * sound signature is indeterminate at best. How the rooms come to their findings is tested there.
 */
#include "support.h"

#include <jansson.h>

#include <yinxin/yinxin.h>

/* Made with certificates and a seal of 2020 to 2022, most of them sealed later. */
#define LATE "seal.period signer.validity"
/* The V5 seal is of 2026, its maker's certificate is not. */
#define LATE_V5 "seal.maker.validity signer.validity"
/* A maker's certificate younger than the seal. */
#define FORGED_MAKER "seal.period seal.maker.validity signer.validity"

static const struct expectation {
    const char *file;
    const char *result;
    const char *kinds; /* of the signatures */
    const char *fails; /* of file and signatures, "|" before each signature */
} expectations[] = {
    {"ofd-unsigned/helloworld.ofd", "unsigned", "", ""},
    {"ofd-unsigned/five-pages.ofd", "unsigned", "", ""},
    {"ofd-unsigned/hundred-pages.ofd", "unsigned", "", ""},
    {"ofd-unsigned/namespace_no_std.ofd", "unsigned", "", ""},
    {"ofd-unsigned/two-documents.ofd", "unsigned", "", ""},
    {"ofd-unsigned/VPage7.ofd", "unsigned", "", ""},

    {"ofd-sealed/v4.ofd", "invalid", "ses-v4", "|" LATE},
    {"ofd-sealed/v4-seam-right-5-pages.ofd", "indeterminate", "ses-v4", "|"},
    {"ofd-sealed/whole-protected.ofd", "indeterminate", "ses-v4", "|"},
    {"ofd-sealed/appended-after-whole-protect.ofd", "invalid", "ses-v4 ses-v4",
     "|references.digest|"},
    {"ofd-sealed/ofdrw-v1.ofd", "invalid", "ses-v1", "|" LATE},
    {"ofd-sealed/ofdrw-v5.ofd", "invalid", "ses-v5", "|" LATE_V5},
    {"ofd-sealed/ofdrw-v4-and-v1.ofd", "invalid", "ses-v4 ses-v1", "|" LATE "|" LATE},
    {"ofd-sealed/ofdrw-v4-seam.ofd", "invalid", "ses-v4", "|" LATE},
    {"ofd-sealed/ofdrw-gbt35275.ofd", "invalid", "gbt35275", "|signer.validity"},
    {"ofd-sealed/ofdrw-gbt35275-attrs.ofd", "invalid", "gbt35275", "|signer.validity"},

    {"ofd-forged/f00-baseline.ofd", "invalid", "ses-v4", "|" LATE},
    {"ofd-forged/f01-signer-not-in-seal-certlist.ofd", "invalid", "ses-v4",
     "|seal.period signer.listed"},
    {"ofd-forged/f02-seal-picture-tampered-sealsig-broken.ofd", "invalid", "ses-v4",
     "|seal.signature " LATE},
    {"ofd-forged/f03-wrong-propertyInfo.ofd", "invalid", "ses-v4", "|property.path " LATE},
    {"ofd-forged/f04-no-references.ofd", "invalid", "ses-v4", "|references.coverage " LATE},
    {"ofd-forged/f05-page-not-protected.ofd", "invalid", "ses-v4", "|references.coverage " LATE},
    {"ofd-forged/f06-md5-references.ofd", "invalid", "ses-v4", "|algorithm.allowed " LATE},
    {"ofd-forged/f07-garbage-timestamp.ofd", "invalid", "ses-v4", "|" LATE " timestamp.token"},
    {"ofd-forged/f08-sign-time-2100.ofd", "invalid", "ses-v4", "|" LATE " signing.time"},
    {"ofd-forged/f09-tbs-version-3.ofd", "invalid", "ses-v4", "|signature.format " LATE},
    {"ofd-forged/f10-extra-unprotected-file.ofd", "invalid", "ses-v4",
     "|references.coverage " LATE},
    {"ofd-forged/f11-page-modified-MUST-FAIL.ofd", "invalid", "ses-v4", "|references.digest " LATE},
    {"ofd-forged/f12-signaturexml-modified-MUST-FAIL.ofd", "invalid", "ses-v4",
     "|document.digest " LATE},
    {"ofd-forged/f13-signature-bitflip-MUST-FAIL.ofd", "invalid", "ses-v4",
     "|signature.value " LATE},
    {"ofd-forged/f14-sealfile-differs-MUST-FAIL.ofd", "invalid", "ses-v4",
     "|references.digest seal.match " LATE},
    {"ofd-forged/f15-protected-file-missing-MUST-FAIL.ofd", "invalid", "ses-v4",
     "|references.digest " LATE},
    {"ofd-forged/f16-first-signature-stripped-from-list.ofd", "invalid", "ses-v4",
     "|references.list " LATE},
    {"ofd-forged/f16a-two-signatures.ofd", "invalid", "ses-v4 ses-v4", "|" LATE "|" LATE},
    {"ofd-forged/f18-duplicate-entry-evil-first.ofd", "invalid", "", "container.safe"},
    {"ofd-forged/f19-duplicate-entry-evil-last.ofd", "invalid", "", "container.safe"},
    {"ofd-forged/f20-zip-slip.ofd", "invalid", "", "container.safe"},
    {"ofd-forged/f21-seal-extDatas-tagged0.ofd", "invalid", "ses-v4", "|" FORGED_MAKER},
    {"ofd-forged/f22-seal-extDatas-critical-omitted.ofd", "invalid", "ses-v4", "|" FORGED_MAKER},
    {"ofd-forged/f23-raw64-signature.ofd", "invalid", "ses-v4", "|" LATE},
    {"ofd-forged/xxe.ofd", "invalid", "", "container.safe"},
    {"ofd-forged/dtd.ofd", "invalid", "", "container.safe"},

    {"seals/UserV1.esl", "invalid", "ses-v1", "|seal.period"},
    {"seals/UserV4.esl", "invalid", "ses-v4", "|seal.period"},
    {"seals/UserV5.esl", "invalid", "ses-v5", "|seal.maker.validity"},
    {"seals/SESealData.DER", "invalid", "ses-v4",
     "|seal.signature seal.period seal.maker.validity"},
};

/* When the files are looked at. */
static const char moment[] = "2026-11-21T23:00:00Z";

static json_t *verify(const char *path)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    struct yx_verify_options options = {0};
    struct yx_error err = {0};
    expect_ok(yx_time_parse(moment, &options.at, &err), &err);
    expect_ok(yx_source_open(path, &source, &err), &err);
    expect_ok(yx_verify(source, &options, &report, &err), &err);
    expect_ok(yx_report_json(report, path, NULL, &text, &err), &err);
    json_error_t wrong;
    json_t *json = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, &wrong);
    if (json == NULL)
        fail_msg("%s: %s", path, wrong.text);
    return json;
}

static void append_word(struct yx_buf *out, const char *word)
{
    bool first = out->len == 0 || out->data[out->len - 1] == '|';
    assert_int_equal(yx_buf_printf(out, "%s%s", first ? "" : " ", word), YX_OK);
}

static void append_fails(struct yx_buf *out, const json_t *checks)
{
    size_t i;
    json_t *check;
    json_array_foreach(checks, i, check)
    {
        if (strcmp(json_string_value(json_object_get(check, "result")), "fail") == 0)
            append_word(out, json_string_value(json_object_get(check, "id")));
    }
}

static bool text_is(struct yx_bytes text, const char *expected)
{
    if (yx_bytes_are(text, expected))
        return true;
    print_error("  found    \"%.*s\"\n  expected \"%s\"\n", (int)text.len,
                text.len > 0 ? (const char *)text.data : "", expected);
    return false;
}

static bool as_expected(const struct expectation *want, const json_t *json)
{
    YX_CLEAN(yx_buf) struct yx_buf kinds = {0};
    YX_CLEAN(yx_buf) struct yx_buf fails = {0};
    size_t i;
    json_t *signature;
    append_fails(&fails, json_object_get(json, "checks"));
    json_array_foreach(json_object_get(json, "signatures"), i, signature)
    {
        append_word(&kinds, json_string_value(json_object_get(signature, "kind")));
        assert_int_equal(yx_buf_append_text(&fails, "|"), YX_OK);
        append_fails(&fails, json_object_get(signature, "checks"));
    }
    const char *result = json_string_value(json_object_get(json, "result"));
    bool right = text_is(YX_TEXT(result), want->result);
    right &= text_is(yx_buf_bytes(&kinds), want->kinds);
    right &= text_is(yx_buf_bytes(&fails), want->fails);
    return right;
}

static void files_of_others(void **state)
{
    (void)state;
    char path[512];
    if (interop_path(path, "README.md") == NULL)
        skip();
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof expectations / sizeof expectations[0]; i++) {
        const char *file = interop_path(path, expectations[i].file);
        if (file == NULL)
            fail_msg("%s is missing", expectations[i].file);
        json_t *json = verify(file);
        if (!as_expected(&expectations[i], json)) {
            print_error("%s\n", expectations[i].file);
            wrong++;
        }
        json_decref(json);
    }
    assert_int_equal(wrong, 0);
}

/* X.690: bytes behind a structure are no part of it; neither is it a valid signature. */
static void garbage_behind_the_signature(void **state)
{
    (void)state;
    char path[512];
    if (interop_path(path, "ofd-forged/f17-trailing-garbage-signedvalue.ofd") == NULL)
        skip();
    json_t *json = verify(path);
    assert_string_equal(json_string_value(json_object_get(json, "result")), "invalid");
    YX_CLEAN(yx_buf) struct yx_buf fails = {0};
    const json_t *signature = json_array_get(json_object_get(json, "signatures"), 0);
    append_fails(&fails, json_object_get(signature, "checks"));
    assert_int_equal(yx_buf_append(&fails, YX_BYTES("", 1)), YX_OK);
    assert_non_null(strstr((const char *)fails.data, "signature.format"));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_others),
        cmocka_unit_test(garbage_behind_the_signature),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
