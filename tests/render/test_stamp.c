/* SPDX-License-Identifier: Apache-2.0 */
/* test_stamp.c - seals on pages: every version, every kind of face, over what is printed. */
#include "drawn.h"

#include "ofd_desk.h"

/* 10 mm: the left half red, the right half nothing. */
static const char svg_face[] = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 10 10'>"
                               "<path fill='#ff0000' d='M0 0h5v10h-5z'/></svg>";

/* The same as an OFD package. */
static void make_ofd_face(struct yx_buf *out)
{
    const struct desk_part parts[] = {
        {"OFD.xml", "<OFD><DocBody><DocRoot>D.xml</DocRoot></DocBody></OFD>"},
        {"D.xml", "<Document><CommonData><PageArea><PhysicalBox>0 0 5 5</PhysicalBox></PageArea>"
                  "</CommonData><Pages><Page ID='1' BaseLoc='P.xml'/></Pages></Document>"},
        {"P.xml", PAGE("<PathObject Boundary='0 0 2.5 5' Fill='true' Stroke='false'>" RED
                       "<AbbreviatedData>M 0 0 L 2.5 0 L 2.5 5 L 0 5 C</AbbreviatedData>"
                       "</PathObject>")},
        {NULL, NULL}};
    desk_write(parts, out);
}

/* A page of 20 mm whose upper half is grey. */
static void make_paper(struct yx_buf *out)
{
    const struct desk_part parts[] = {
        {"OFD.xml", desk_ofd_xml},
        {"Doc_0/Document.xml",
         "<Document><CommonData><PageArea><PhysicalBox>0 0 20 20</PhysicalBox></PageArea>"
         "</CommonData><Pages><Page ID='1' BaseLoc='P.xml'/></Pages></Document>"},
        {"Doc_0/P.xml", PAGE("<PathObject Boundary='0 0 20 10' Fill='true' Stroke='false'>"
                             "<FillColor Value='128 128 128'/><AbbreviatedData>" RECT(
                                 "0", "0", "20", "10") "</AbbreviatedData></PathObject>")},
        {NULL, NULL}};
    desk_write(parts, out);
}

static void make_seal(const struct desk *desk, int version, struct yx_bytes picture,
                      struct yx_buf *out)
{
    const struct yx_cert *holders[] = {desk->pki.holder.cert};
    struct yx_signer maker = pki_signer(&desk->pki.maker);
    struct yx_error err = {0};
    struct yx_seal_request request = {.version = version,
                                      .type = 1,
                                      .name = "x",
                                      .picture = picture,
                                      .width = 10,
                                      .height = 10,
                                      .holders = holders,
                                      .holder_count = 1,
                                      .valid_from = YX_TIME_NONE,
                                      .valid_to = YX_TIME_NONE};
    expect_ok(yx_seal_make(&request, desk->pki.maker.cert, &maker, out, &err), &err);
}

/* Sealed in the middle of the page. */
static void seal_and_draw(struct desk *desk, int version, struct yx_bytes picture,
                          struct drawn *drawn)
{
    static const struct yx_placement middle = {
        .kind = YX_PLACE_POINT, .has_point = true, .x = 10, .y = 10};
    struct yx_ofd_request request;
    *drawn = (struct drawn){.render = NULL};
    yx_buf_free(&desk->seal);
    make_seal(desk, version, picture, &desk->seal);
    request = desk_request(desk);
    request.placements = &middle;
    desk_signed(desk, &desk->paper, &request, &drawn->package);
    drawn_open(drawn);
    drawn_png(drawn, 1);
}

static void expect_seal(const struct drawn *drawn)
{
    expect_pixel(drawn, 7, 13, 0xff0000);
    expect_pixel(drawn, 7, 7, 0x800000); /* red ink on grey */
    expect_pixel(drawn, 13, 7, 0x808080);
    expect_pixel(drawn, 13, 13, 0xffffff);
    expect_pixel(drawn, 4, 13, 0xffffff);
    assert_null(yx_render_findings(drawn->render));
}

static void seals_of_every_version(void **state)
{
    (void)state;
    static const int versions[] = {1, 4, 5};
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk);
    yx_buf_free(&desk.paper);
    make_paper(&desk.paper);
    for (size_t i = 0; i < 3; i++) {
        YX_CLEAN(drawn) struct drawn drawn;
        seal_and_draw(&desk, versions[i], YX_TEXT(svg_face), &drawn);
        expect_seal(&drawn);
    }
}

static void a_face_that_is_a_document(void **state)
{
    (void)state;
    YX_CLEAN(desk) struct desk desk;
    YX_CLEAN(yx_buf) struct yx_buf face = {0};
    YX_CLEAN(drawn) struct drawn drawn;
    desk_open(&desk);
    yx_buf_free(&desk.paper);
    make_paper(&desk.paper);
    make_ofd_face(&face);
    seal_and_draw(&desk, 4, yx_buf_bytes(&face), &drawn);
    expect_seal(&drawn);
}

static void a_face_of_pixels(void **state)
{
    (void)state;
    YX_CLEAN(desk) struct desk desk;
    YX_CLEAN(drawn) struct drawn drawn;
    static const char gif[] = "GIF89a\2\0\1\0\200\0\0\377\0\0\0\0\0!\371\4\1\0\0\1\0,\0\0\0\0\2\0"
                              "\1\0\0\2\2\104\12\0;";
    desk_open(&desk);
    yx_buf_free(&desk.paper);
    make_paper(&desk.paper);
    seal_and_draw(&desk, 4, YX_BYTES(gif, sizeof gif - 1), &drawn);
    expect_pixel(&drawn, 6, 13, 0xff0000);
    expect_pixel(&drawn, 6, 7, 0x800000);
    expect_pixel(&drawn, 14.5, 13, 0xffffff);
}

/* A seam over three pages: each shows its third, and no column is lost. */
static void a_seam_shows_its_parts(void **state)
{
    (void)state;
    static const struct yx_placement seam = {.kind = YX_PLACE_SEAM, .edge = YX_EDGE_RIGHT};
    YX_CLEAN(desk) struct desk desk;
    YX_CLEAN(drawn) struct drawn drawn = {.render = NULL};
    struct yx_ofd_request request;
    desk_open(&desk);
    yx_buf_free(&desk.seal);
    make_seal(&desk, 4, YX_TEXT(svg_face), &desk.seal);
    request = desk_request(&desk);
    request.placements = &seam;
    desk_signed(&desk, &desk.paper, &request, &drawn.package);
    drawn_open(&drawn);
    /* the seal is red up to its middle: in the second third */
    static const double reds[] = {1, 0.5, 0};
    for (uint32_t page = 1; page <= 3; page++) {
        double red = 0, all = 0;
        drawn_png(&drawn, page);
        for (double x = 205.1; x < 210; x += 0.1, all++)
            red += drawn_pixel(&drawn, x, 148.5)[1] < 128;
        /* a third of 10 mm lies on the page */
        assert_true(fabs(red / all * 4.9 - reds[page - 1] * 10 / 3) < 0.25);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seals_of_every_version),
        cmocka_unit_test(a_face_that_is_a_document),
        cmocka_unit_test(a_face_of_pixels),
        cmocka_unit_test(a_seam_shows_its_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
