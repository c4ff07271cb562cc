/* SPDX-License-Identifier: Apache-2.0 */
/* test_sign.c - signatures on files of every build, judged by qpdf, pdfsig and openssl. */
#include "support.h"

#include "odd.h"

#include "desk.h"

static const struct yx_placement lower_right = {.kind = YX_PLACE_POINT};

/* Every odd file that opens is signed, with a seal and without; qpdf finds nothing wrong. */
static void test_odd_files(void **state)
{
    (void)state;
    struct desk desk;
    desk_open(YX_KEY_P256, &desk);
    for (size_t i = 0; i < ODD_COUNT; i++) {
        struct yx_buf in = {0}, out = {0};
        struct yx_error err = {0};
        char words[600] = "";
        odd_build(&odd_files[i], &in);
        struct yx_pdf_request request = desk_request(&desk, &lower_right);
        yx_status status = desk_sign(&desk, &request, yx_buf_bytes(&in), &out, &err);
        if (status != YX_OK)
            yx_message_render(&err.message, NULL, words, sizeof words);
        if (status != odd_files[i].opens)
            fail_msg("%s: status %d: %s", odd_files[i].name, (int)status, words);
        if (status == YX_OK) {
            desk_check_qpdf(&desk, yx_buf_bytes(&out));
            desk_check_openssl(&desk, yx_buf_bytes(&out), in.len);
        } else if (strstr(words, odd_files[i].reason) == NULL) {
            fail_msg("%s: \"%s\" does not say \"%s\"", odd_files[i].name, words,
                     odd_files[i].reason);
        }
        yx_buf_free(&in);
        yx_buf_free(&out);
    }
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_odd_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
