/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

static struct yx_report *report;
static struct yx_report_signature *signature;

static int setup(void **state)
{
    (void)state;
    if (yx_report_new(&report, NULL) != YX_OK)
        return 1;
    signature = yx_report_add_signature(report);
    return signature == NULL;
}

static int teardown(void **state)
{
    (void)state;
    yx_report_free(report);
    return 0;
}

static yx_result result_with(yx_outcome a, yx_outcome b)
{
    yx_check_note(report, &signature->checks, YX_CHECK_SIGNATURE_VALUE, a, "", NULL);
    yx_check_note(report, &signature->checks, YX_CHECK_SIGNER_CHAIN, b, "", NULL);
    assert_int_equal(yx_report_finish(report, NULL), YX_OK);
    assert_int_equal(report->result, signature->result);
    return signature->result;
}

static void all_pass_is_valid(void **state)
{
    (void)state;
    assert_int_equal(result_with(YX_PASS, YX_SKIP), YX_VALID);
}

static void unknown_is_indeterminate(void **state)
{
    (void)state;
    assert_int_equal(result_with(YX_PASS, YX_UNKNOWN), YX_INDETERMINATE);
}

static void fail_is_invalid_whatever_else(void **state)
{
    (void)state;
    assert_int_equal(result_with(YX_FAIL, YX_UNKNOWN), YX_INVALID);
}

static void the_worse_outcome_stays(void **state)
{
    (void)state;
    struct yx_checks *checks = &signature->checks;
    yx_check_note(report, checks, YX_CHECK_SEAL_PERIOD, YX_PASS, "r0", NULL);
    yx_check_note(report, checks, YX_CHECK_SEAL_PERIOD, YX_FAIL, "r1", "first {1}", "x");
    yx_check_note(report, checks, YX_CHECK_SEAL_PERIOD, YX_FAIL, "r2", "second");
    yx_check_note(report, checks, YX_CHECK_SEAL_PERIOD, YX_PASS, "r3", NULL);
    const struct yx_check *check = yx_checks_find(checks, YX_CHECK_SEAL_PERIOD);
    assert_int_equal(check->outcome, YX_FAIL);
    assert_string_equal(check->rule, "r1");
    char words[100];
    yx_message_render(check->detail, NULL, words, sizeof words);
    assert_string_equal(words, "first x");
    assert_null(check->next);
}

static void checks_stand_in_the_order_of_their_ids(void **state)
{
    (void)state;
    struct yx_checks *checks = &signature->checks;
    for (int id = YX_CHECK_COUNT - 1; id >= 0; id -= 2)
        yx_check_note(report, checks, (yx_check_id)id, YX_PASS, "", NULL);
    for (int id = 0; id < YX_CHECK_COUNT; id++)
        yx_check_note(report, checks, (yx_check_id)id, YX_PASS, "", NULL);
    int id = 0;
    for (const struct yx_check *check = checks->first; check != NULL; check = check->next)
        assert_int_equal(check->id, id++);
    assert_int_equal(id, YX_CHECK_COUNT);
}

static void every_check_has_its_words(void **state)
{
    (void)state;
    for (int id = 0; id < YX_CHECK_COUNT; id++) {
        assert_non_null(yx_check_name((yx_check_id)id));
        assert_non_null(yx_check_title((yx_check_id)id));
    }
}

static void paths_stand_once_and_texts_are_clean(void **state)
{
    (void)state;
    yx_report_add_path(report, &report->unprotected, YX_TEXT("a"));
    yx_report_add_path(report, &report->unprotected, YX_TEXT("b\xff"));
    yx_report_add_path(report, &report->unprotected, YX_TEXT("a"));
    assert_string_equal(report->unprotected->path, "a");
    assert_string_equal(report->unprotected->next->path, "b?");
    assert_null(report->unprotected->next->next);
    assert_string_equal(yx_report_text(report, YX_BYTES("x\0y", 3)), "x?y");
}

static void no_signature_is_unsigned(void **state)
{
    (void)state;
    struct yx_report *empty;
    assert_int_equal(yx_report_new(&empty, NULL), YX_OK);
    assert_int_equal(yx_report_finish(empty, NULL), YX_OK);
    assert_int_equal(empty->result, YX_UNSIGNED);
    yx_check_note(empty, &empty->checks, YX_CHECK_CONTAINER_SAFE, YX_FAIL, "", "bad");
    assert_int_equal(yx_report_finish(empty, NULL), YX_OK);
    assert_int_equal(empty->result, YX_INVALID);
    yx_report_free(empty);
}

int main(void)
{
#define fresh(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        fresh(all_pass_is_valid),
        fresh(unknown_is_indeterminate),
        fresh(fail_is_invalid_whatever_else),
        fresh(the_worse_outcome_stays),
        fresh(checks_stand_in_the_order_of_their_ids),
        fresh(every_check_has_its_words),
        fresh(paths_stand_once_and_texts_are_clean),
        fresh(no_signature_is_unsigned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
