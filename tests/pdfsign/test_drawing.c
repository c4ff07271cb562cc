/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_drawing.c - a seal whose face is an SVG, in a PDF: drawn by pdftoppm and mutool, compared
 * with what rsvg-convert makes of the same SVG; on turned pages, as a seam, over text.
 */
#include "support.h"

#include "pdf_odd.h"

#include "pdf_desk.h"

/* Ten pixels to the millimetre, and pages of whole pixels: what is compared lies on one grid. */
enum { DPI = 254, PER_MM = 10, WIDTH = DESK_WIDTH * PER_MM, HEIGHT = DESK_HEIGHT * PER_MM };

/* Something of all that is read. White over red: the seal is mixed with the paper as a whole. */
static const char face[] =
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 400 300'>"
    "<style>.line{fill:none;stroke:#a01;stroke-width:8}</style>"
    "<defs><path id='leaf' d='M0 0q30 20 0 60q-30-40 0-60z'/>"
    "<clipPath id='half'><rect width='400' height='150'/></clipPath></defs>"
    "<ellipse cx='200' cy='150' rx='190' ry='140' fill='none' stroke='#d01' stroke-width='12'/>"
    "<circle cx='90' cy='150' r='50' fill='red'/>"
    "<path d='M90 110L110 180L60 130H120L70 180z' fill='white'/>"
    "<rect x='160' y='40' width='80' height='50' rx='20' ry='12' fill='navy' fill-opacity='.5'/>"
    "<g transform='translate(200 110)'><use href='#leaf' fill='green'/>"
    "<use href='#leaf' transform='rotate(120)' fill='#080'/>"
    "<use href='#leaf' transform='rotate(240)' fill='#060'/></g>"
    "<path class='line' d='M280 90a40 25 30 1 1 60 60' stroke-linecap='round'/>"
    "<path class='line' d='M160 220l30 40 30-40 30 40 30-40' stroke-linejoin='bevel'/>"
    "<line class='line' x1='290' y1='190' x2='340' y2='220' stroke-dasharray='12 6'/>"
    "<path d='M130 60h60v60h-60zm15 15v30h30v-30z' fill-rule='evenodd' fill='#333' "
    "transform='translate(-40 20) skewX(20) scale(.6)'/>"
    "<circle cx='300' cy='150' r='25' fill='#fc0' stroke='#00f' stroke-width='10' "
    "stroke-opacity='.5' clip-path='url(#half)'/>"
    "<path d='M130 190C150 160 180 220 200 190S250 160 270 190' fill='none' stroke='#000' "
    "stroke-width='4' transform='matrix(1 .1 0 1 0 -20)'/></svg>";

/* --- What it should look like -------------------------------------------------------------- */

static uint8_t *expected; /* red, green, blue; WIDTH by HEIGHT */

static void read_expected(struct desk *desk)
{
    YX_CLEAN(yx_buf) struct yx_buf png = {0};
    png_image image = {.version = PNG_IMAGE_VERSION};
    const char *folder = desk->folder.path;
    folder_write(&desk->folder, "face.svg", YX_TEXT(face));
    expect_tool(&desk->folder, "rsvg-convert -b white -w %d -h %d -o %s/face.png %s/face.svg",
                WIDTH, HEIGHT, folder, folder);
    folder_read(&desk->folder, "face.png", &png);
    assert_true(png_image_begin_read_from_memory(&image, png.data, png.len));
    image.format = PNG_FORMAT_RGB;
    assert_int_equal(image.width, WIDTH);
    assert_int_equal(image.height, HEIGHT);
    expected = malloc(PNG_IMAGE_SIZE(image));
    assert_non_null(expected);
    assert_true(png_image_finish_read(&image, NULL, expected, 0, NULL));
}

struct difference {
    unsigned long sum; /* over all samples */
    size_t far;        /* pixels that are clearly another colour */
};

static void compare_pixel(const uint8_t *got, const uint8_t *want, struct difference *difference)
{
    bool far = false;
    for (int i = 0; i < 3; i++) {
        int distance = abs(got[i] - want[i]);
        difference->sum += (unsigned long)distance;
        far = far || distance > 100;
    }
    difference->far += far;
}

/* The columns `first` to `last` of the seal, whose upper left corner stands at (x, y) pixels. Edges
 * are smoothed by everybody in his own way. */
static void expect_face(const struct picture *picture, int x, int y, int first, int last,
                        const char *what)
{
    struct difference difference = {0, 0};
    size_t pixels = (size_t)(last - first) * HEIGHT;
    assert_true(x + first >= 0 && x + last <= (int)picture->width);
    assert_true(y >= 0 && y + HEIGHT <= (int)picture->height);
    for (int row = 0; row < HEIGHT; row++)
        for (int column = first; column < last; column++)
            compare_pixel(picture->rgb + ((size_t)(y + row) * picture->width + x + column) * 3,
                          expected + ((size_t)row * WIDTH + column) * 3, &difference);
    double mean = (double)difference.sum / (3.0 * (double)pixels);
    if (mean > 2 || difference.far > pixels / 200)
        fail_msg("%s: %.2f per sample, %zu of %zu pixels are another colour", what, mean,
                 difference.far, pixels);
}

/* --- On pages ------------------------------------------------------------------------------ */

static void make_sealed(struct desk *desk, const struct odd_options *options,
                        const struct yx_placement *place, struct yx_buf *out)
{
    YX_CLEAN(yx_buf) struct yx_buf in = {0}, seal = {0};
    struct yx_pdf_request request = desk_request(desk, place);
    desk_seal(desk, YX_TEXT(face), &seal);
    request.seal = yx_buf_bytes(&seal);
    odd_make(options, &in);
    desk_must_sign(desk, &request, yx_buf_bytes(&in), out);
    desk_check_valid(desk, yx_buf_bytes(out), 1);
    desk_check_qpdf(desk, yx_buf_bytes(out));
}

static void test_pages(void **state)
{
    struct desk *desk = *state;
    static const char *const pages[] = {
        "/MediaBox [0 0 360 432]", "/MediaBox [0 0 432 360] /Rotate 90",
        "/MediaBox [-100 -50 260 382] /Rotate 180", "/MediaBox [0 0 432 360] /Rotate 270"};
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf out = {0};
        struct odd_options options = {.page = pages[i], .pages = 1};
        struct yx_placement place = {.kind = YX_PLACE_POINT, .has_point = true, .x = 45, .y = 75};
        make_sealed(desk, &options, &place, &out);
        for (int painter = DESK_POPPLER; painter <= DESK_MUPDF; painter++) {
            struct picture picture;
            desk_render(desk, (enum desk_painter)painter, yx_buf_bytes(&out), 1, DPI, &picture);
            expect_face(&picture, 450 - WIDTH / 2, 750 - HEIGHT / 2, 0, WIDTH, pages[i]);
            picture_free(&picture);
        }
    }
}

/* Every strip of a seam shows its part, and nothing is lost between them. */
static void test_seam(void **state)
{
    struct desk *desk = *state;
    enum { PAGES = 4, STRIP = WIDTH / PAGES };
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct odd_options options = {.page = "/MediaBox [0 0 360 432]", .pages = PAGES};
    struct yx_placement place = {.kind = YX_PLACE_SEAM, .edge = YX_EDGE_RIGHT};
    make_sealed(desk, &options, &place, &out);
    for (int i = 0; i < PAGES; i++) {
        struct picture picture;
        desk_render(desk, DESK_POPPLER, yx_buf_bytes(&out), (unsigned)i + 1, DPI, &picture);
        int left = (int)picture.width - (i + 1) * STRIP;
        expect_face(&picture, left, 762 - HEIGHT / 2, i * STRIP, (i + 1) * STRIP, "seam");
        picture_free(&picture);
    }
}

/* --- As it is written ---------------------------------------------------------------------- */

/* Vectors: no image anywhere, one form for the drawing, its opacities as graphics states. */
static void test_vectors(void **state)
{
    struct desk *desk = *state;
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct odd_options options = {.page = "/MediaBox [0 0 360 432]", .pages = 2};
    struct yx_placement place = {.kind = YX_PLACE_POINT,
                                 .first_page = 1,
                                 .last_page = 2,
                                 .has_point = true,
                                 .x = 45,
                                 .y = 75};
    make_sealed(desk, &options, &place, &out);
    assert_null(memmem(out.data, out.len, "/Image", 6));
    const uint8_t *group = memmem(out.data, out.len, "/Transparency", 13);
    assert_non_null(group);
    size_t left = out.len - (size_t)(group - out.data) - 13;
    assert_null(memmem(group + 13, left, "/Transparency", 13));
    assert_non_null(memmem(out.data, out.len, "/F500 << /ca 0.500 >>", 21));
    assert_non_null(memmem(out.data, out.len, "/S500 << /CA 0.500 >>", 21));
}

/* Other verifiers take the signature for good. */
static void test_other_people(void **state)
{
    struct desk *desk = *state;
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct odd_options options = {.page = "/MediaBox [0 0 360 432]", .pages = 1};
    struct yx_placement place = {.kind = YX_PLACE_POINT, .has_point = true, .x = 45, .y = 75};
    make_sealed(desk, &options, &place, &out);
    desk_check_pdfsig(desk, yx_buf_bytes(&out), 1);
}

static int open_desk(void **state)
{
    struct desk *desk = malloc(sizeof *desk);
    if (desk == NULL)
        return -1;
    desk_open(YX_KEY_P256, desk);
    read_expected(desk);
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    free(expected);
    desk_close(*state);
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_seam),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_other_people),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
