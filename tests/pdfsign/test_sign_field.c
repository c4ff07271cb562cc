/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_sign_field.c - existing signature fields filled, and what they and earlier signatures ask:
 * locks, permissions, seed values.
 */
#include "support.h"

#include "pdf_odd.h"

#include "pdf_desk.h"

#define FIELD(name, more) "<< /Type /Annot /Subtype /Widget /FT /Sig /T (" name ") " more " >>"
#define RECT "/Rect [100 400 300 500] /P 10 0 R "
#define PAGE "/MediaBox [0 0 500 600] "

enum { DPI = 100 };

/* A page with fields 5, 6 and 7. */
static void make_form(const char *five, const char *six, const char *seven, struct yx_buf *out)
{
    struct odd_options options = {.catalog = "/AcroForm << /Fields [5 0 R 6 0 R 7 0 R] >>",
                                  .page = PAGE "/Annots [5 0 R 6 0 R 7 0 R]",
                                  .extra = {five, six, seven}};
    odd_make(&options, out);
}

static yx_status fill(const struct desk *desk, const char *name, bool with_seal, struct yx_bytes in,
                      struct yx_buf *out, struct yx_error *err)
{
    struct yx_pdf_request request = desk_request(desk, NULL);
    request.field = name;
    if (with_seal)
        request.seal = yx_buf_bytes(&desk->seal);
    out->len = 0;
    return desk_sign(desk, &request, in, out, err);
}

static void expect_refusal(yx_status status, const struct yx_error *err, const char *words)
{
    char said[600] = "";
    assert_int_equal(status, YX_REFUSED);
    yx_message_render(&err->message, NULL, said, sizeof said);
    if (strstr(said, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", said, words);
    assert_true(strlen(err->rule) > 0);
}

/* --- Filling ------------------------------------------------------------------------------ */

/* Where the seal shows: its first and last column and row of pixels that are not white. */
struct extent {
    unsigned left, top, right, bottom;
};

/* The text on the page stands higher than any field of these tests. */
static struct extent find_extent(const struct picture *picture)
{
    struct extent extent = {picture->width, picture->height, 0, 0};
    for (unsigned y = picture->height / 6; y < picture->height; y++)
        for (unsigned x = 0; x < picture->width; x++) {
            const uint8_t *rgb = picture->rgb + ((size_t)y * picture->width + x) * 3;
            if (rgb[0] > 200 && rgb[1] > 200 && rgb[2] > 200)
                continue;
            extent.left = x < extent.left ? x : extent.left;
            extent.right = x > extent.right ? x : extent.right;
            extent.top = y < extent.top ? y : extent.top;
            extent.bottom = y > extent.bottom ? y : extent.bottom;
        }
    return extent;
}

static void expect_near(unsigned pixels, double points)
{
    double want = points * DPI / 72;
    if (pixels < want - 2 || pixels > want + 2)
        fail_msg("%u pixels, and %.1f were expected", pixels, want);
}

/* True size in the middle when there is room, else as large as fits. */
static void check_fit(struct desk *desk, const char *rect, const double want[4])
{
    char field[200];
    struct yx_buf in = {0}, out = {0};
    struct yx_error err;
    struct picture picture;
    snprintf(field, sizeof field,
             "<< /Type /Annot /Subtype /Widget /FT /Sig /T (a) /F 4 /Rect %s >>", rect);
    make_form(field, "null", "null", &in);
    expect_ok(fill(desk, "a", true, yx_buf_bytes(&in), &out, &err), &err);
    desk_check_qpdf(desk, yx_buf_bytes(&out));
    desk_check_pdfsig(desk, yx_buf_bytes(&out), 1);
    desk_check_valid(desk, yx_buf_bytes(&out), 1);
    desk_render(desk, DESK_POPPLER, yx_buf_bytes(&out), 1, DPI, &picture);
    struct extent extent = find_extent(&picture);
    expect_near(extent.left, want[0]);
    expect_near(extent.top, want[1]);
    expect_near(extent.right, want[2]);
    expect_near(extent.bottom, want[3]);
    picture_free(&picture);
    yx_buf_free(&in);
    yx_buf_free(&out);
}

static void test_seal_in_field(void **state)
{
    struct desk *desk = *state;
    const double w = DESK_WIDTH * 72 / 25.4, h = DESK_HEIGHT * 72 / 25.4;
    const double whole[4] = {200 - w / 2, 150 - h / 2, 200 + w / 2, 150 + h / 2};
    const double low[4] = {200 - 20, 150 - 15, 200 + 20, 150 + 15};
    check_fit(desk, "[100 400 300 500]", whole);
    check_fit(desk, "[300 500 100 400]", whole);
    check_fit(desk, "[100 435 300 465]", low);
    check_fit(desk, "[180 400 220 500]", low);
}

static void test_fields_filled_in_turn(void **state)
{
    struct desk *desk = *state;
    struct yx_buf pdf[3] = {{0}};
    struct yx_error err;
    make_form(FIELD("seller", RECT), FIELD("buyer", RECT), FIELD("witness", "/Rect [0 0 0 0]"),
              &pdf[0]);
    expect_ok(fill(desk, "buyer", true, yx_buf_bytes(&pdf[0]), &pdf[1], &err), &err);
    expect_ok(fill(desk, "witness", false, yx_buf_bytes(&pdf[1]), &pdf[2], &err), &err);
    desk_check_pdfsig(desk, yx_buf_bytes(&pdf[2]), 2);
    desk_check_valid(desk, yx_buf_bytes(&pdf[2]), 2);
    expect_refusal(fill(desk, "buyer", true, yx_buf_bytes(&pdf[1]), &pdf[2], &err), &err,
                   "signed already");
    for (size_t i = 0; i < 3; i++)
        yx_buf_free(&pdf[i]);
}

/* A field below others, whose widget is an object of its own. */
static void test_nested_field(void **state)
{
    struct desk *desk = *state;
    struct yx_buf in = {0}, out = {0};
    struct yx_error err;
    struct odd_options options = {
        .catalog = "/AcroForm << /Fields [5 0 R] >>",
        .page = PAGE "/Annots [7 0 R]",
        .extra = {"<< /T (contract) /Kids [6 0 R] >>",
                  "<< /T <FEFF75324E0D> /FT /Sig /Parent 5 0 R /Kids [7 0 R] >>",
                  "<< /Type /Annot /Subtype /Widget /Parent 6 0 R " RECT " >>"}};
    odd_make(&options, &in);
    expect_ok(fill(desk, "contract.甲不", true, yx_buf_bytes(&in), &out, &err), &err);
    desk_check_qpdf(desk, yx_buf_bytes(&out));
    /* pdfsig looks for the value in the widget alone. */
    desk_check_openssl(desk, yx_buf_bytes(&out), in.len);
    desk_check_valid(desk, yx_buf_bytes(&out), 1);
    yx_buf_free(&in);
    yx_buf_free(&out);
}

static void test_refused_fields(void **state)
{
    struct desk *desk = *state;
    static const char nameless[] = "<< /Type /Annot /Subtype /Widget " RECT ">>";
    static const struct {
        const char *field, *words;
    } cases[] = {
        {FIELD("b", RECT), "no field with the name a"},
        {"<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) " RECT " >>", "no signature field"},
        {FIELD("a", RECT "/Ff 1"), "read-only"},
        {FIELD("a", RECT "/V << /Type /Sig >>"), "signed already"},
        {FIELD("a", ""), "stands on no page"},
        {FIELD("a", "/Rect [10 10 10 10]"), "no area"},
        {"<< /FT /Sig /T (a) /Kids [6 0 R 7 0 R] >>", "2 widgets"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct yx_buf in = {0}, out = {0};
        struct yx_error err;
        make_form(cases[i].field, nameless, nameless, &in);
        expect_refusal(fill(desk, "a", true, yx_buf_bytes(&in), &out, &err), &err, cases[i].words);
        assert_int_equal(out.len, 0);
        yx_buf_free(&in);
        yx_buf_free(&out);
    }
}

/* --- Locks -------------------------------------------------------------------------------- */

static void check_lock(struct desk *desk, const char *lock, bool b_open, bool c_open)
{
    char field[400];
    struct yx_buf in = {0}, locked = {0}, out = {0};
    struct yx_error err;
    snprintf(field, sizeof field, FIELD("a", RECT "/Lock << /Type /SigFieldLock %s >>"), lock);
    make_form(field, FIELD("b", RECT), FIELD("c", RECT), &in);
    expect_ok(fill(desk, "a", false, yx_buf_bytes(&in), &locked, &err), &err);
    assert_non_null(memmem(locked.data + in.len, locked.len - in.len, "/FieldMDP", 9));
    desk_check_qpdf(desk, yx_buf_bytes(&locked));
    desk_check_valid(desk, yx_buf_bytes(&locked), 1);
    for (int i = 0; i < 2; i++) {
        yx_status status = fill(desk, i == 0 ? "b" : "c", false, yx_buf_bytes(&locked), &out, &err);
        if (i == 0 ? b_open : c_open)
            expect_ok(status, &err);
        else
            expect_refusal(status, &err, "is locked by an earlier signature");
    }
    yx_buf_free(&in);
    yx_buf_free(&locked);
    yx_buf_free(&out);
}

static void test_locks(void **state)
{
    check_lock(*state, "/Action /Include /Fields [(b)]", false, true);
    check_lock(*state, "/Action /Exclude /Fields [(b)]", true, false);
    check_lock(*state, "/Action /All", false, false);
}

/* --- Closing ------------------------------------------------------------------------------ */

static const struct yx_placement place = {.kind = YX_PLACE_POINT};

static void close_file(struct desk *desk, struct yx_bytes in, struct yx_buf *out)
{
    struct yx_pdf_request request = desk_request(desk, &place);
    request.close = true;
    desk_must_sign(desk, &request, in, out);
}

/* Nobody signs a closed document; time-stamps of level LTA may still come. */
static void expect_closed(struct desk *desk, struct yx_bytes pdf, size_t signatures)
{
    struct yx_buf out = {0};
    struct yx_error err;
    struct yx_pdf_request request = desk_request(desk, &place);
    desk_check_qpdf(desk, pdf);
    desk_check_pdfsig(desk, pdf, signatures);
    desk_check_valid(desk, pdf, signatures);
    expect_refusal(desk_sign(desk, &request, pdf, &out, &err), &err, "the document is closed");
    assert_int_equal(out.len, 0);
    expect_refusal(fill(desk, "b", false, pdf, &out, &err), &err, "the document is closed");
    expect_ok(desk_extend(desk, YX_PADES_LTA, pdf, &out, &err), &err);
    desk_check_valid(desk, yx_buf_bytes(&out), signatures + 1);
    yx_buf_free(&out);
}

/* The first signature certifies. */
static void test_close_first(void **state)
{
    struct desk *desk = *state;
    struct yx_buf in = {0}, out = {0};
    make_form(FIELD("a", RECT), FIELD("b", RECT), "null", &in);
    close_file(desk, yx_buf_bytes(&in), &out);
    assert_non_null(memmem(out.data + in.len, out.len - in.len, "/Perms", 6));
    expect_closed(desk, yx_buf_bytes(&out), 1);
    yx_buf_free(&in);
    yx_buf_free(&out);
}

/* Behind others a lock of everything does it. */
static void test_close_later(void **state)
{
    struct desk *desk = *state;
    struct yx_buf in = {0}, first = {0}, out = {0};
    struct yx_pdf_request request = desk_request(desk, &place);
    make_form(FIELD("a", RECT), FIELD("b", RECT), "null", &in);
    desk_must_sign(desk, &request, yx_buf_bytes(&in), &first);
    close_file(desk, yx_buf_bytes(&first), &out);
    assert_null(memmem(out.data, out.len, "/Perms", 6));
    expect_closed(desk, yx_buf_bytes(&out), 2);
    yx_buf_free(&in);
    yx_buf_free(&first);
    yx_buf_free(&out);
}

/* A field that locks less than all cannot close. */
static void test_close_in_field(void **state)
{
    struct desk *desk = *state;
    struct yx_buf in = {0}, first = {0}, out = {0};
    struct yx_error err;
    make_form(FIELD("a", RECT), FIELD("b", RECT "/Lock << /Action /All /P 1 >>"), FIELD("c", RECT),
              &in);
    struct yx_pdf_request request = desk_request(desk, NULL);
    request.field = "a";
    desk_must_sign(desk, &request, yx_buf_bytes(&in), &first);
    request.close = true;
    request.field = "c";
    expect_refusal(desk_sign(desk, &request, yx_buf_bytes(&first), &out, &err), &err,
                   "close the document with a new field");
    request.field = "b";
    desk_must_sign(desk, &request, yx_buf_bytes(&first), &out);
    expect_closed(desk, yx_buf_bytes(&out), 2);
    yx_buf_free(&in);
    yx_buf_free(&first);
    yx_buf_free(&out);
}

/* What somebody else's certification permits. */
static void test_permissions(void **state)
{
    struct desk *desk = *state;
    for (char p = '2'; p <= '3'; p++) {
        struct yx_buf in = {0}, certified = {0}, out = {0};
        struct yx_error err;
        make_form(FIELD("a", RECT), FIELD("b", RECT), "null", &in);
        close_file(desk, yx_buf_bytes(&in), &certified);
        uint8_t *at = memmem(certified.data, certified.len, "/P 1 /V", 7);
        assert_non_null(at);
        at[3] = (uint8_t)p;
        expect_ok(fill(desk, "b", true, yx_buf_bytes(&certified), &out, &err), &err);
        struct yx_pdf_request request = desk_request(desk, &place);
        out.len = 0;
        yx_status status = desk_sign(desk, &request, yx_buf_bytes(&certified), &out, &err);
        if (p == '2')
            expect_refusal(status, &err, "(P=2)");
        else
            expect_ok(status, &err);
        yx_buf_free(&in);
        yx_buf_free(&certified);
        yx_buf_free(&out);
    }
}

/* --- Seed values -------------------------------------------------------------------------- */

static void test_seed_values(void **state)
{
    struct desk *desk = *state;
    static const struct {
        const char *seed;
        bool taken;
    } cases[] = {
        {"", true},
        {"/Filter /Adobe.PPKLite /Ff 1", true},
        {"/Filter /Entrust.PPKEF /Ff 1", false},
        {"/Filter /Entrust.PPKEF /Ff 0", true},
        {"/SubFilter [/adbe.pkcs7.detached /ETSI.CAdES.detached] /Ff 2", true},
        {"/SubFilter [/adbe.pkcs7.detached] /Ff 2", false},
        {"/V 2 /Ff 4", true},
        {"/V 9 /Ff 4", false},
        {"/Reasons [(no) (agreed)] /Ff 8", true},
        {"/Reasons [(no)] /Ff 8", false},
        {"/LegalAttestation [(x)] /Ff 16", false},
        {"/AddRevInfo true /Ff 32", false},
        {"/DigestMethod [(SHA256) (SHA512)] /Ff 64", true},
        {"/DigestMethod [(SHA512)] /Ff 64", false},
        {"/MDP << /P 0 >>", true},
        {"/MDP << /P 2 >>", false},
        {"/TimeStamp << /URL (http://tsa.example/) /Ff 1 >>", false},
        {"/TimeStamp << /URL (http://tsa.example/) /Ff 0 >>", true},
        {"/Cert << /Subject [(nobody)] /Ff 1 >>", false},
        {"/Cert << /Issuer [(nobody)] /Ff 2 >>", false},
        {"/Cert << /Issuer [(nobody)] /Ff 0 >>", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char field[400];
        struct yx_buf in = {0}, out = {0};
        struct yx_error err;
        snprintf(field, sizeof field, FIELD("a", RECT "/SV << /Type /SV %s >>"), cases[i].seed);
        make_form(field, "null", "null", &in);
        struct yx_pdf_request request = desk_request(desk, NULL);
        request.field = "a";
        request.reason = "agreed";
        yx_status status = desk_sign(desk, &request, yx_buf_bytes(&in), &out, &err);
        if (cases[i].taken != (status == YX_OK))
            fail_msg("%s: status %d", cases[i].seed, (int)status);
        if (!cases[i].taken)
            expect_refusal(status, &err, "the field a asks for");
        yx_buf_free(&in);
        yx_buf_free(&out);
    }
}

static int open_desk(void **state)
{
    struct desk *desk = malloc(sizeof *desk);
    if (desk == NULL)
        return -1;
    desk_open(YX_KEY_RSA, desk);
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    desk_close(*state);
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seal_in_field), cmocka_unit_test(test_fields_filled_in_turn),
        cmocka_unit_test(test_nested_field),  cmocka_unit_test(test_refused_fields),
        cmocka_unit_test(test_locks),         cmocka_unit_test(test_close_first),
        cmocka_unit_test(test_close_later),   cmocka_unit_test(test_close_in_field),
        cmocka_unit_test(test_permissions),   cmocka_unit_test(test_seed_values),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
