/* SPDX-License-Identifier: Apache-2.0 */
/* A token that goes away while its key is open: sessions that were closed, then the token itself.
 */
#include "support.h"

#include <dlfcn.h>

#include <p11-kit/pkcs11.h>

#include "softhsm.h"
#include "tools.h"

static struct hsm hsm;
static struct yx_error err;

/* The library's own list of functions: somebody else in this process. */
static CK_FUNCTION_LIST *functions(void)
{
    union {
        void *symbol;
        CK_RV (*call)(CK_FUNCTION_LIST **list);
    } entry;
    CK_FUNCTION_LIST *list = NULL;
    void *library = dlopen(hsm.module, RTLD_NOW);

    assert_non_null(library);
    entry.symbol = dlsym(library, "C_GetFunctionList");
    assert_int_equal(entry.call(&list), CKR_OK);
    return list;
}

static void close_all_sessions(void)
{
    CK_FUNCTION_LIST *f = functions();
    CK_SLOT_ID slots[8];
    CK_ULONG count = 8;

    assert_int_equal(f->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
    for (CK_ULONG i = 0; i < count; i++)
        (void)f->C_CloseAllSessions(slots[i]);
}

static void test_a_token_that_goes_away(void **state)
{
    const struct yx_token_new_key request = {YX_KEY_P256, 0, "key", {NULL, 0}};
    YX_CLEAN(yx_token_key) struct yx_token_key *key = NULL;
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    YX_CLEAN(yx_buf) struct yx_buf place = {0};
    unsigned asked;
    yx_status status;

    (void)state;
    if (hsm.module == NULL)
        skip();
    expect_ok(yx_token_init(&hsm.setup, "pkcs11:", "Yinxin", false, &err), &err);
    expect_ok(yx_token_generate(&hsm.setup, "pkcs11:token=Yinxin", &request, &made, &place, &err),
              &err);
    expect_ok(yx_token_key_open(&hsm.setup, "pkcs11:token=Yinxin;object=key", &key, &err), &err);
    asked = hsm.asked;
    close_all_sessions();
    expect_ok(yx_token_key_test(key, &err), &err); /* a new session, and nobody was asked */
    assert_int_equal(hsm.asked, asked);

    /* Another PIN by now: refused, and not tried a second time. */
    hsm.new_user = "abcdef";
    expect_ok(yx_token_change_pin(&hsm.setup, "pkcs11:token=Yinxin", false, &err), &err);
    expect_status(yx_token_key_test(key, &err), YX_REFUSED, &err);
    assert_non_null(strstr(err.message.text, "wrong"));
    expect_status(yx_token_key_test(key, &err), YX_REFUSED, &err);
    assert_null(strstr(err.message.text, "wrong"));
    /* The administrator cannot log in while the key is open. */
    expect_status(yx_token_unlock_pin(&hsm.setup, "pkcs11:token=Yinxin", &err), YX_REFUSED, &err);
    hsm.user = "abcdef";
    yx_token_key_free(key);
    key = NULL;
    expect_ok(yx_token_key_open(&hsm.setup, "pkcs11:token=Yinxin;object=key", &key, &err), &err);
    close_all_sessions();
    expect_tool(&hsm.folder, "rm -rf tokens/*");
    status = yx_token_key_test(key, &err);
    assert_true(status == YX_NO_INPUT || status == YX_IO || status == YX_REFUSED);
}

static int start(void **state)
{
    (void)state;
    hsm_start(&hsm);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    folder_remove(&hsm.folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_token_that_goes_away)};

    return cmocka_run_group_tests(tests, start, stop);
}
