/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_picture.c - where and how a seal shows: drawn by pdftoppm, compared with where it was asked
 * for; and the decoders of pictures.
 */
#include "support.h"

#include "pdf_odd.h"

#include "pdf_desk.h"

enum { DPI = 100 };

/* Which colour is nearest: 'r', 'g', 'b', 'k' (black) like the quarters, or 'w' (white)? Inks look
 * a little different on a screen. */
static char colour_name(const uint8_t *rgb)
{
    static const struct {
        char name;
        int rgb[3];
    } known[] = {{'r', {220, 0, 0}},
                 {'g', {0, 160, 0}},
                 {'b', {0, 0, 220}},
                 {'k', {0, 0, 0}},
                 {'w', {255, 255, 255}}};
    int least = INT32_MAX;
    char name = '?';
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        int distance = 0;
        for (size_t k = 0; k < 3; k++)
            distance += (rgb[k] - known[i].rgb[k]) * (rgb[k] - known[i].rgb[k]);
        name = distance < least ? known[i].name : name;
        least = distance < least ? distance : least;
    }
    return name;
}

static void expect_colour(const struct picture *picture, double x, double y, char want,
                          const char *what)
{
    const uint8_t *rgb = picture_at(picture, DPI, x, y);
    if (colour_name(rgb) != want)
        fail_msg("%s: at (%.1f, %.1f) mm there is %d %d %d, not '%c'", what, x, y, rgb[0], rgb[1],
                 rgb[2], want);
}

/* The whole seal with its centre there, upright: its quarters inside, the paper outside. */
static void expect_seal(const struct picture *picture, double x, double y, const char *what)
{
    const double w = DESK_WIDTH / 2.0, h = DESK_HEIGHT / 2.0, near = 0.8;
    for (int side = -1; side <= 1; side += 2) {
        expect_colour(picture, x - w + near, y + side * (h - near), side < 0 ? 'r' : 'b', what);
        expect_colour(picture, x + w - near, y + side * (h - near), side < 0 ? 'g' : 'k', what);
        expect_colour(picture, x - near, y + side * near, side < 0 ? 'r' : 'b', what);
        expect_colour(picture, x + near, y + side * near, side < 0 ? 'g' : 'k', what);
        expect_colour(picture, x, y + side * (h + near), 'w', what);
        expect_colour(picture, x + side * (w + near), y, 'w', what);
    }
}

/* --- Pages -------------------------------------------------------------------------------- */

/* Boxes, rotations and units. The shown page is at least 100 mm wide and high. */
static const struct {
    const char *name, *page;
} pages[] = {
    {"plain", "/MediaBox [0 0 400 500]"},
    {"origin elsewhere", "/MediaBox [-300 700 100 1200]"},
    {"CropBox", "/MediaBox [0 0 600 700] /CropBox [50 30 450 560]"},
    {"UserUnit", "/MediaBox [0 0 200 250] /UserUnit 2"},
    {"all of it", "/MediaBox [-10 -20 300 350] /CropBox [20 30 220 270] /UserUnit 2"},
};

static void check_page(struct desk *desk, size_t index, int rotate)
{
    struct yx_buf in = {0}, out = {0};
    char page[200], what[100];
    struct picture picture;
    snprintf(page, sizeof page, "%s /Rotate %d", pages[index].page, rotate);
    snprintf(what, sizeof what, "%s, rotated %d", pages[index].name, rotate);
    struct odd_options options = {.page = page, .pages = 1};
    struct yx_placement place = {.kind = YX_PLACE_POINT, .has_point = true, .x = 45, .y = 75};
    struct yx_pdf_request request = desk_request(desk, &place);
    odd_make(&options, &in);
    desk_must_sign(desk, &request, yx_buf_bytes(&in), &out);
    bool has_unit = strstr(page, "UserUnit") != NULL;
    for (int painter = has_unit ? DESK_MUPDF : DESK_POPPLER; painter <= DESK_MUPDF; painter++) {
        desk_render(desk, (enum desk_painter)painter, yx_buf_bytes(&out), 1, DPI, &picture);
        expect_seal(&picture, 45, 75, what);
        picture_free(&picture);
    }
    yx_buf_free(&in);
    yx_buf_free(&out);
}

static void test_boxes_and_rotations(void **state)
{
    struct desk *desk = *state;
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        for (int rotate = 0; rotate < 360; rotate += 90)
            check_page(desk, i, rotate);
}

/* --- Several pages ------------------------------------------------------------------------ */

/* One signature, whose seal stands on every page. */
static void test_every_page(void **state)
{
    struct desk *desk = *state;
    struct yx_buf in = {0}, out = {0};
    struct odd_options options = {.pages = 3, .page = "/MediaBox [0 0 400 500] /Rotate 90"};
    struct yx_placement place = {.kind = YX_PLACE_POINT,
                                 .first_page = 1,
                                 .last_page = 3,
                                 .has_point = true,
                                 .x = 45,
                                 .y = 75};
    struct yx_pdf_request request = desk_request(desk, &place);
    odd_make(&options, &in);
    desk_must_sign(desk, &request, yx_buf_bytes(&in), &out);
    for (unsigned page = 1; page <= 3; page++) {
        struct picture picture;
        desk_render(desk, DESK_POPPLER, yx_buf_bytes(&out), page, DPI, &picture);
        expect_seal(&picture, 45, 75, "every page");
        picture_free(&picture);
    }
    yx_buf_free(&in);
    yx_buf_free(&out);
}

/* The strips, laid side by side, are the whole seal: no column is lost, none stands twice. */
static void check_seam(struct desk *desk, yx_edge edge, int rotate)
{
    enum { PAGES = 4 };
    struct yx_buf in = {0}, out = {0};
    char page[100];
    snprintf(page, sizeof page, "/MediaBox [0 0 400 400] /Rotate %d", rotate);
    struct odd_options options = {.pages = PAGES, .page = page};
    struct yx_placement place = {.kind = YX_PLACE_SEAM, .edge = edge};
    struct yx_pdf_request request = desk_request(desk, &place);
    odd_make(&options, &in);
    desk_must_sign(desk, &request, yx_buf_bytes(&in), &out);
    const double side = 400 * 25.4 / 72, strip = (double)DESK_WIDTH / PAGES;
    for (unsigned i = 0; i < PAGES; i++) {
        struct picture picture;
        desk_render(desk, DESK_POPPLER, yx_buf_bytes(&out), i + 1, DPI, &picture);
        double left = edge == YX_EDGE_RIGHT ? side - strip : 0, middle = side / 2;
        for (int k = 0; k < 2; k++) {
            double x = left + (k == 0 ? 0.6 : strip - 0.6);
            expect_colour(&picture, x, middle - 5, i < 2 ? 'r' : 'g', "seam");
            expect_colour(&picture, x, middle + 5, i < 2 ? 'b' : 'k', "seam");
        }
        double beside = edge == YX_EDGE_RIGHT ? left - 0.6 : strip + 0.6;
        expect_colour(&picture, beside, middle - 5, 'w', "beside the seam");
        expect_colour(&picture, left + strip / 2, middle - DESK_HEIGHT / 2.0 - 0.6, 'w', "above");
        expect_colour(&picture, left + strip / 2, middle - DESK_HEIGHT / 2.0 + 0.6,
                      i < 2 ? 'r' : 'g', "top of the seam");
        picture_free(&picture);
    }
    yx_buf_free(&in);
    yx_buf_free(&out);
}

static void test_seam(void **state)
{
    struct desk *desk = *state;
    for (int rotate = 0; rotate < 360; rotate += 90) {
        check_seam(desk, YX_EDGE_RIGHT, rotate);
        check_seam(desk, YX_EDGE_LEFT, rotate);
    }
}

/* --- Ink ---------------------------------------------------------------------------------- */

/* What is transparent shows the paper, and text below the seal stays black. */
static void test_transparency(void **state)
{
    struct desk *desk = *state;
    struct yx_buf in = {0}, out = {0}, picture_file = {0}, seal = {0};
    struct odd_options options = {.page = "/MediaBox [0 0 400 500]", .extra = {NULL}};
    struct yx_placement place = {.kind = YX_PLACE_POINT, .has_point = true, .x = 70, .y = 75};
    struct yx_pdf_request request = desk_request(desk, &place);
    struct picture picture;
    desk_picture(true, &picture_file);
    desk_seal(desk, yx_buf_bytes(&picture_file), &seal);
    request.seal = yx_buf_bytes(&seal);
    odd_make(&options, &in);
    desk_must_sign(desk, &request, yx_buf_bytes(&in), &out);
    desk_render(desk, DESK_POPPLER, yx_buf_bytes(&out), 1, DPI, &picture);
    expect_colour(&picture, 70, 75, 'w', "the hole");
    expect_colour(&picture, 70 - 18, 75 - 13, 'r', "beside the hole");
    picture_free(&picture);
    yx_buf_free(&picture_file);
    yx_buf_free(&seal);
    yx_buf_free(&in);
    yx_buf_free(&out);
}

/* --- JPEG --------------------------------------------------------------------------------- */

/* A seal's picture that another program makes of a page with the seal on it. */
static void make_jpeg(struct desk *desk, const char *format, struct yx_buf *out)
{
    struct yx_buf in = {0}, sealed = {0};
    struct odd_options options = {.page = "/MediaBox [0 0 400 500]"};
    struct yx_placement place = {.kind = YX_PLACE_POINT, .has_point = true, .x = 45, .y = 75};
    struct yx_pdf_request request = desk_request(desk, &place);
    odd_make(&options, &in);
    desk_must_sign(desk, &request, yx_buf_bytes(&in), &sealed);
    folder_write(&desk->folder, "seal.pdf", yx_buf_bytes(&sealed));
    /* At 127 dpi there are 5 pixels to the millimetre. */
    expect_tool(&desk->folder,
                "pdftoppm %s -singlefile -r 127 -x 125 -y 300 -W 200 -H 150 %s/seal.pdf %s/seal",
                format, desk->folder.path, desk->folder.path);
    folder_read(&desk->folder, "seal.jpg", out);
    yx_buf_free(&in);
    yx_buf_free(&sealed);
}

/* Carried as it is, it has the right colours, also in four inks. */
static void test_jpeg(void **state)
{
    struct desk *desk = *state;
    static const char *const formats[] = {"-jpeg", "-jpegcmyk", "-jpeg -jpegopt progressive=y"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        struct yx_buf in = {0}, out = {0}, jpeg = {0}, seal = {0};
        struct odd_options options = {.page = "/MediaBox [0 0 400 500]"};
        struct yx_placement place = {.kind = YX_PLACE_POINT, .has_point = true, .x = 45, .y = 75};
        struct yx_pdf_request request = desk_request(desk, &place);
        struct picture picture;
        make_jpeg(desk, formats[i], &jpeg);
        desk_seal(desk, yx_buf_bytes(&jpeg), &seal);
        request.seal = yx_buf_bytes(&seal);
        odd_make(&options, &in);
        desk_must_sign(desk, &request, yx_buf_bytes(&in), &out);
        desk_check_qpdf(desk, yx_buf_bytes(&out));
        desk_render(desk, DESK_POPPLER, yx_buf_bytes(&out), 1, DPI, &picture);
        for (int k = 0; k < 4; k++)
            expect_colour(&picture, k % 2 == 0 ? 35 : 55, k / 2 == 0 ? 68 : 82, "rgbk"[k],
                          formats[i]);
        picture_free(&picture);
        yx_buf_free(&jpeg);
        yx_buf_free(&seal);
        yx_buf_free(&in);
        yx_buf_free(&out);
    }
}

static int open_desk(void **state)
{
    struct desk *desk = malloc(sizeof *desk);
    if (desk == NULL)
        return -1;
    desk_open(YX_KEY_P256, desk);
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
        cmocka_unit_test(test_boxes_and_rotations),
        cmocka_unit_test(test_every_page),
        cmocka_unit_test(test_seam),
        cmocka_unit_test(test_transparency),
        cmocka_unit_test(test_jpeg),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
