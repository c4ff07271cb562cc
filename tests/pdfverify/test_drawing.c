/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_drawing.c - seal.match for a seal whose face is an SVG: what the page draws is compared with
 * what the drawing becomes. The files are put together by hand, with a signature that holds.
 */
#include "support.h"

#include "pdf_odd.h"

#include "pdf/image.h"
#include "pdf_desk.h"
#include "revise.h"

static const char face[] = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 40 30'>"
                           "<rect width='40' height='30' fill='red' fill-opacity='.5'/>"
                           "<path d='M0 0L9 9' stroke='#00f' stroke-width='2'/></svg>";

static struct desk desk;
static struct yx_buf seal, content, entries; /* the latter two end with NUL */

static int open_desk(void **state)
{
    (void)state;
    YX_CLEAN(yx_svg) struct yx_svg svg = {0};
    struct yx_error err;
    desk_open(YX_KEY_SM2, &desk);
    desk_seal(&desk, YX_TEXT(face), &seal);
    expect_ok(yx_svg_read(YX_TEXT(face), &svg, &err), &err);
    expect_ok(yx_drawing_write(&svg, &content, &entries, &err), &err);
    assert_int_equal(yx_buf_append(&content, YX_BYTES("", 1)), YX_OK);
    assert_int_equal(yx_buf_append(&entries, YX_BYTES("", 1)), YX_OK);
    return 0;
}

static int close_desk(void **state)
{
    (void)state;
    yx_buf_free(&seal);
    yx_buf_free(&content);
    yx_buf_free(&entries);
    desk_close(&desk);
    return 0;
}

/* `text` with the first `from` in it replaced. */
static struct yx_buf changed(const struct yx_buf *text, const char *from, const char *to)
{
    struct yx_buf out = {0};
    const char *whole = (const char *)text->data;
    const char *at = strstr(whole, from);
    if (at == NULL)
        fail_msg("%s does not stand in %s", from, whole);
    assert_int_equal(
        yx_buf_printf(&out, "%.*s%s%s", (int)(at - whole), whole, to, at + strlen(from)), YX_OK);
    assert_int_equal(yx_buf_append(&out, YX_BYTES("", 1)), YX_OK);
    return out;
}

static void check_shown(const char *form, const char *operators, yx_outcome outcome,
                        const char *words)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    struct revise_signature s = {
        .signer = &desk.pki.holder,
        .widget = "/Rect [100 600 200 700] /AP << /N 30 0 R >>",
        .room = 32768,
    };
    odd_make(&(struct odd_options){.kind = ODD_TABLE}, &file);
    struct revise r = revise_begin(&file);
    revise_stream(&r, 30,
                  "/Type /XObject /Subtype /Form /BBox [0 0 100 100] /Resources << /XObject << "
                  "/Seal 31 0 R >> /ExtGState << /Ink << /BM /Multiply >> >> >>",
                  "q /Ink gs 100 0 0 100 0 0 cm /Seal Do Q");
    revise_stream(&r, 31, form, operators);
    revise_end(&r, NULL);
    struct yx_attribute attribute = {YX_OID_SEAL_ATTRIBUTE, yx_buf_bytes(&seal)};
    revise_sign(&file, revise_prepare(&file, &s), &s, &attribute);
    revise_expect_check(yx_buf_bytes(&file), desk.pki.trust, 0, YX_CHECK_SEAL_MATCH, outcome,
                        words);
}

static void test_same(void **state)
{
    (void)state;
    const char *form = (const char *)entries.data;
    check_shown(form, (const char *)content.data, YX_PASS, NULL);
    /* The last digit may be another on another machine. */
    static const char *const near[][2] = {{"0.03333333", "0.03333334"}, {"40 0 l", "40.00001 0 l"}};
    for (size_t i = 0; i < sizeof near / sizeof near[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf other = changed(&content, near[i][0], near[i][1]);
        check_shown(form, (const char *)other.data, YX_PASS, NULL);
    }
}

static void test_other_operators(void **state)
{
    (void)state;
    static const char *const changes[][2] = {
        {"1 0 0 rg", "0 1 0 rg"}, {"1 0 0 rg", "1 0 0 RG"},   {"0.03333333", "0.033334"},
        {"40 0 l", "41 0 l"},     {"9 9 l", "9 9 l 20 20 l"}, {"B\n", "B\n0 0 1 1 re f\n"},
        {"/F500 gs", ""},         {"40 0 l", "4-0 0 l"},      {"2 w", "2.5 w"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf other = changed(&content, changes[i][0], changes[i][1]);
        check_shown((const char *)entries.data, (const char *)other.data, YX_FAIL,
                    "another picture");
    }
    check_shown((const char *)entries.data, "", YX_FAIL, "another picture");
}

static void test_other_form(void **state)
{
    (void)state;
    static const char *const changes[][2] = {
        {"0.500", "0.600"},
        {"/BBox [ 0 0 1 1 ]", "/BBox [ 0 0 1 2 ]"},
        {"/BBox", "/Matrix [ 2 0 0 2 0 0 ] /BBox"},
        {"/S /Transparency", "/S /Transparency /K true"},
        {"/Subtype /Form", "/Subtype /Form /OC 1 0 R"},
        {"/Subtype /Form", "/Subtype /Image"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf other = changed(&entries, changes[i][0], changes[i][1]);
        check_shown((const char *)other.data, (const char *)content.data, YX_FAIL,
                    "another picture");
    }
    check_shown("/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray "
                "/BitsPerComponent 8",
                "x", YX_FAIL, "another picture");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_other_operators),
        cmocka_unit_test(test_other_form),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
