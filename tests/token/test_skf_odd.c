/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_skf_odd.c - libraries of makers who read the standard in another way, and some that lie:
 * odd_skf.c stands between us and the software device.
 */
#include "support.h"

#include "soft_device.h"

#define PLACE "skf:device=KEY;application=App"

static struct soft_device soft;
static struct yx_error err;
static char odd_module[512];

static int start(void **state)
{
    static const struct yx_token_new_key wish = {YX_KEY_SM2, 0, "C", {NULL, 0}};
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    YX_CLEAN(yx_buf) struct yx_buf place = {0};
    (void)state;
    soft_device_start(&soft, "YINXIN_SOFTSKF_DIR", "libyinxin-softskf.so");
    expect_tool(&soft.folder, "mkdir KEY");
    expect_ok(yx_token_init(&soft.setup, PLACE, "App", false, &err), &err);
    expect_ok(yx_token_generate(&soft.setup, PLACE, &wish, &made, &place, &err), &err);
    built_path(odd_module, "token", "libodd_skf.so");
    setenv("ODD_SKF_BEHIND", soft.module, 1);
    soft.setup.skf_module = odd_module;
    return 0;
}

static int stop(void **state)
{
    (void)state;
    folder_remove(&soft.folder);
    return 0;
}

/* Opens the key and signs. */
static yx_status use_key(void)
{
    YX_CLEAN(yx_token_key) struct yx_token_key *key = NULL;
    YX_TRY(yx_token_key_open(&soft.setup, PLACE, &key, &err));
    return yx_token_key_test(key, &err);
}

static const struct {
    const char *what;
    yx_status want;
    const char *words;
} rows[] = {
    {"nothing", YX_OK, ""},
    {"wants a buffer", YX_OK, ""},
    {"forgets the last NUL in the count", YX_OK, ""},
    {"wide numbers", YX_OK, ""},
    {"numbers at the left", YX_OK, ""},
    {"fields of 32 octets", YX_OK, ""},
    {"code of the maker", YX_IO, "0x0B001234"},
    {"giant length", YX_DAMAGED, "4294967280 octets"},
    {"wrote more than there was room", YX_DAMAGED, "had room"},
    {"always too small", YX_REFUSED, "too small"},
    {"no end of the list", YX_NO_INPUT, "no SKF token"},
    {"no handle", YX_DAMAGED, "no handle"},
    {"thousands of containers", YX_DAMAGED, "more than 1024"},
    {"key off the curve", YX_DAMAGED, "no point"},
    {"wrong signature", YX_DAMAGED, "does not verify"},
    {"always removed", YX_IO, "removed"},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char said[600] = "";
        setenv("ODD_SKF", rows[i].what, 1);
        yx_status status = use_key();
        if (status != YX_OK)
            yx_message_render(&err.message, NULL, said, sizeof said);
        if (status != rows[i].want || strstr(said, rows[i].words) == NULL)
            fail_msg("%s: status %d: %s", rows[i].what, (int)status, said);
    }
}

/* What the library lacks is said, and what needs it not is done. */
static void test_what_is_missing(void **state)
{
    (void)state;
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    setenv("ODD_SKF", "nothing", 1);
    expect_status(yx_token_init(&soft.setup, "skf:device=KEY;application=New", "New", false, &err),
                  YX_REFUSED, &err);
    expect_status(yx_token_change_pin(&soft.setup, PLACE, false, &err), YX_REFUSED, &err);
    expect_status(yx_token_unlock_pin(&soft.setup, PLACE, &err), YX_REFUSED, &err);
    expect_status(yx_token_delete(&soft.setup, PLACE ";container=C", &err), YX_REFUSED, &err);
    expect_status(yx_token_cert_read(&soft.setup, PLACE, &cert, &err), YX_NO_INPUT, &err);
    soft.pins.user = "000000";
    expect_status(use_key(), YX_REFUSED, &err);
    assert_int_equal(soft.pins.tries_left, -1);
}

static void test_other_libraries(void **state)
{
    (void)state;
    char other[512], text[256];
    built_path(other, "../devices", "libyinxin-softsdf.so");
    soft.setup.skf_module = other;
    expect_status(use_key(), YX_REFUSED, &err);
    folder_write(&soft.folder, "text.so", YX_TEXT("no library"));
    snprintf(text, sizeof text, "%s/text.so", soft.folder.path);
    soft.setup.skf_module = text;
    expect_status(use_key(), YX_NO_INPUT, &err);
    soft.setup.skf_module = "/nowhere/libskf.so";
    expect_status(use_key(), YX_NO_INPUT, &err);
    soft.setup.skf_module = NULL;
    expect_status(use_key(), YX_USAGE, &err);
}

int main(void)
{
#define WITH_DEVICE(test) cmocka_unit_test_setup_teardown(test, start, stop)
    const struct CMUnitTest tests[] = {
        WITH_DEVICE(test_rows),
        WITH_DEVICE(test_what_is_missing),
        WITH_DEVICE(test_other_libraries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
