/* SPDX-License-Identifier: Apache-2.0 */
/* test_form.c - the file in a form, however it is cut into pieces. */
#include "support.h"

#include "apidocuments/multipart.h"

#define TYPE "multipart/form-data; boundary=xYz"
#define HEAD(more) "Content-Disposition: form-data; name=\"file\"; " more "\r\n"

struct got {
    struct yx_form form;
    struct yx_buf file;
    yx_status status;
};

static void got_free(struct got *got)
{
    yx_form_free(&got->form);
    yx_buf_free(&got->file);
}
YX_DEFINE_CLEAN_VALUE(got, struct got, got_free);

static yx_status take(void *self, struct yx_bytes piece, struct yx_error *err)
{
    (void)err;
    return yx_buf_append(self, piece);
}

/* In pieces of `size` bytes. */
static void read_form(struct got *got, const char *type, struct yx_bytes body, size_t size)
{
    memset(got, 0, sizeof *got);
    got->form.take = take;
    got->form.self = &got->file;
    got->status = yx_form_open(&got->form, type, NULL);
    for (size_t at = 0; at < body.len && got->status == YX_OK; at += size) {
        size_t len = body.len - at < size ? body.len - at : size;

        got->status = yx_form_take(&got->form, YX_BYTES(body.data + at, len), NULL);
    }
    if (got->status == YX_OK)
        got->status = yx_form_end(&got->form, NULL);
}

static void expect_file(const char *type, struct yx_bytes body, const char *name, const char *file)
{
    for (size_t size = 1; size <= body.len; size++) {
        YX_CLEAN(got) struct got got;

        read_form(&got, type, body, size);
        if (got.status != YX_OK || strcmp(got.form.name, name) != 0 ||
            !yx_bytes_are(yx_buf_bytes(&got.file), file))
            fail_msg("pieces of %zu: %d, %s, %.*s", size, (int)got.status, got.form.name,
                     (int)got.file.len, got.file.data);
    }
}

static void expect_none(const char *type, const char *body)
{
    for (size_t size = 1; size <= strlen(body) + 1; size++) {
        YX_CLEAN(got) struct got got;

        read_form(&got, type, YX_TEXT(body), size);
        if (got.status != YX_DAMAGED)
            fail_msg("pieces of %zu: %d", size, (int)got.status);
    }
}

static void files(void **state)
{
    (void)state;
    expect_file(
        TYPE,
        YX_TEXT("--xYz\r\n" HEAD("filename=\"合同.ofd\"") "Content-Type: a/b\r\n\r\n"
                                                          "the\r\n--xY file\r\n\r\n--xYz--\r\n"),
        "合同.ofd", "the\r\n--xY file\r\n");
    /* Other fields, before and behind; a preamble; a second file, which is not looked at. */
    expect_file(
        "Multipart/Form-Data; charset=utf-8; Boundary=\"xYz\"",
        YX_TEXT("passed over\r\n--xYz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"
                "1\r\n--xYz\r\n" HEAD(
                    "filename=\"C:\\\\x\\\\a \\\"b\\\".pdf\"") "\r\none"
                                                               "\r\n--xYz\r\n" HEAD(
                                                                   "filename=two") "\r\ntwo\r\n--"
                                                                                   "xYz--"),
        "a \"b\".pdf", "one");
    expect_file(TYPE, YX_TEXT("--xYz\r\n" HEAD("filename=\"../../etc/passwd\"") "\r\n\r\n--xYz--"),
                "passwd", "");
    /* A name that is no text is none. */
    expect_file(TYPE, YX_TEXT("--xYz\r\n" HEAD("filename=\"\xff\xfe\"") "\r\nx\r\n--xYz--"), "",
                "x");
}

static void what_is_no_form(void **state)
{
    (void)state;
    assert_true(yx_form_is("multipart/form-data; boundary=x"));
    assert_false(yx_form_is("application/pdf"));
    expect_none("multipart/form-data", "--xYz--");
    expect_none("multipart/form-data; boundary=\"", "--xYz--");
    expect_none(
        "multipart/form-data; boundary=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "--a--");
    expect_none(TYPE, "");
    expect_none(TYPE, "--xYz--\r\n");                                      /* no file */
    expect_none(TYPE, "--xYz\r\n" HEAD("filename=a") "\r\ncut of");        /* cut off */
    expect_none(TYPE, "--xYz\r\n" HEAD("filename=a"));                     /* in its head */
    expect_none(TYPE, "--xYzX\r\n" HEAD("filename=a") "\r\na\r\n--xYz--"); /* another mark */
    expect_none(TYPE, "--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\na\r\n--xYz--");
}

static void a_head_without_end(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    YX_CLEAN(got) struct got got;

    (void)state;
    (void)yx_buf_append_text(&body, "--xYz\r\n");
    for (int i = 0; i < 20000; i++)
        (void)yx_buf_append_text(&body, "a");
    read_form(&got, TYPE, yx_buf_bytes(&body), 1000);
    assert_int_equal(got.status, YX_DAMAGED);
    assert_true(got.form.rest.len < 10000); /* it was not gathered */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files),
        cmocka_unit_test(what_is_no_form),
        cmocka_unit_test(a_head_without_end),
    };
    return cmocka_run_group_tests_name("api/form", tests, NULL, NULL);
}
