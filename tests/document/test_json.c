/* SPDX-License-Identifier: Apache-2.0 */
/* test_json.c - the report as JSON: its shape is a promise to other people's programs. */
#include "support.h"

#include <jansson.h>

#include "document/document.h"

static const char *reverse(const char *text)
{
    return strcmp(text, "changed: {1}") == 0 ? "已改动：{1}" : text;
}

static struct yx_report *sample(void)
{
    static const struct yx_report_seal seal = {.esid = "ID1",
                                               .name = "章",
                                               .type = 1,
                                               .version = 4,
                                               .maker = "CN=m",
                                               .valid_from = 0,
                                               .valid_to = 2 * YX_DAY,
                                               .picture_type = "PNG",
                                               .width = 42,
                                               .height = 30};
    struct yx_report *report = NULL;
    struct yx_report_signature *signature;
    struct yx_error err;

    expect_ok(yx_report_new(&report, &err), &err);
    report->format = YX_FORMAT_OFD;
    memset(report->digest, 0xAB, sizeof report->digest);
    yx_check_note(report, &report->checks, YX_CHECK_CONTAINER_SAFE, YX_PASS, "GB/T 33190-2016",
                  NULL);
    signature = yx_report_add_signature(report);
    signature->id = "1";
    signature->kind = "ses-v4";
    signature->document = 1;
    signature->signing_time = 1000 * YX_DAY;
    signature->time_source = "signer";
    signature->signer = (struct yx_report_cert){"CN=\"a\"\n", "CN=b", "0A", 0, YX_DAY};
    signature->seal = &seal;
    yx_report_add_stamp(
        report, signature,
        &(struct yx_report_stamp){.page = 1, .x = 120, .y = 220.25, .width = 42.3, .height = 42});
    yx_report_add_stamp(report, signature,
                        &(struct yx_report_stamp){.page = 2,
                                                  .x = 182,
                                                  .y = 1,
                                                  .width = 42,
                                                  .height = 42,
                                                  .has_clip = true,
                                                  .clip_x = 196,
                                                  .clip_y = 1.5,
                                                  .clip_width = 14,
                                                  .clip_height = 41});
    yx_check_note(report, &signature->checks, YX_CHECK_REFERENCES_DIGEST, YX_FAIL, "rule",
                  "changed: {1}", "p.xml");
    yx_report_add_path(report, &report->unprotected, YX_TEXT("extra.bin"));
    expect_ok(yx_report_finish(report, &err), &err);
    return report;
}

static const char expected[] =
    "{\"file\": \"a.ofd\", \"format\": \"ofd\", \"digest\": {\"algorithm\": \"SM3\", \"value\": "
    "\"abababababababababababababababababababababababababababababababab\"}, \"result\": "
    "\"invalid\", \"checks\": [{\"id\": \"container.safe\", \"result\": \"pass\", \"detail\": "
    "\"\", "
    "\"rule\": \"GB/T 33190-2016\"}], \"signatures\": [{\"id\": \"1\", \"kind\": \"ses-v4\", "
    "\"document\": 1, \"result\": \"invalid\", \"signing_time\": \"1972-09-27T00:00:00Z\", "
    "\"time_source\": \"signer\", \"signer\": {\"subject\": \"CN=\\\"a\\\"\\n\", \"issuer\": "
    "\"CN=b\", \"serial\": \"0A\", \"not_before\": \"1970-01-01T00:00:00Z\", \"not_after\": "
    "\"1970-01-02T00:00:00Z\"}, \"seal\": {\"esid\": \"ID1\", \"name\": \"章\", \"type\": 1, "
    "\"version\": 4, \"maker\": \"CN=m\", \"valid_from\": \"1970-01-01T00:00:00Z\", \"valid_to\": "
    "\"1970-01-03T00:00:00Z\", \"picture_type\": \"PNG\", \"width\": 42, \"height\": 30}, "
    "\"stamps\": [{\"page\": 1, \"x\": 120.0, \"y\": 220.25, \"width\": 42.3, \"height\": 42.0}, "
    "{\"page\": 2, \"x\": 182.0, \"y\": 1.0, \"width\": 42.0, \"height\": 42.0, \"clip\": "
    "{\"x\": 196.0, \"y\": 1.5, \"width\": 14.0, \"height\": 41.0}}], "
    "\"checks\": [{\"id\": \"references.digest\", \"result\": \"fail\", \"detail\": "
    "\"changed: p.xml\", \"rule\": \"rule\"}]}], \"coverage\": {\"unprotected\": [\"extra.bin\"], "
    "\"changed_after\": []}}";

static void the_shape(void **state)
{
    YX_CLEAN(yx_report) struct yx_report *report = sample();
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    struct yx_error err;

    (void)state;
    expect_ok(yx_report_json(report, "a.ofd", NULL, &text, &err), &err);
    expect_ok(yx_buf_append(&text, YX_BYTES("", 1)), &err);
    assert_string_equal((const char *)text.data, expected);
}

static void sentences_are_translated(void **state)
{
    YX_CLEAN(yx_report) struct yx_report *report = sample();
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    struct yx_error err;

    (void)state;
    expect_ok(yx_report_json(report, "a.ofd", reverse, &text, &err), &err);
    assert_non_null(memmem(text.data, text.len, "已改动：p.xml", strlen("已改动：p.xml")));
}

/* Bytes that are no UTF-8 must not break the JSON of everything else. */
static void names_that_are_no_utf8(void **state)
{
    YX_CLEAN(yx_report) struct yx_report *report = sample();
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    struct yx_error err;
    json_t *parsed;

    (void)state;
    report->signatures->signer.subject = "CN=\xFF\xC0\x80x";
    expect_ok(yx_report_json(report, "\xE5\xE5.ofd", NULL, &text, &err), &err);
    parsed = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(parsed);
    assert_string_equal(json_string_value(json_object_get(parsed, "file")), "??.ofd");
    json_decref(parsed);
}

/* No seal, no time: null, not an invented value. */
static void what_is_missing_is_null(void **state)
{
    YX_CLEAN(yx_report) struct yx_report *report = sample();
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    struct yx_error err;
    json_t *parsed, *signature;

    (void)state;
    report->signatures->seal = NULL;
    report->signatures->signing_time = YX_TIME_NONE;
    report->signatures->id = NULL;
    expect_ok(yx_report_json(report, "a", NULL, &text, &err), &err);
    parsed = json_loadb((const char *)text.data, text.len, 0, NULL);
    signature = json_array_get(json_object_get(parsed, "signatures"), 0);
    assert_true(json_is_null(json_object_get(signature, "seal")));
    assert_true(json_is_null(json_object_get(signature, "signing_time")));
    assert_string_equal(json_string_value(json_object_get(signature, "id")), "");
    json_decref(parsed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shape),
        cmocka_unit_test(sentences_are_translated),
        cmocka_unit_test(names_that_are_no_utf8),
        cmocka_unit_test(what_is_missing_is_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
