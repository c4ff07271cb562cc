/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_mutations.c - a signed document that is valid in everything, cut at every byte and with
 * every bit turned. No mutation may crash, and none may be called valid unless every part of the
 * package is still there, byte for byte.
 *
 * What such a mutation may hit is listed in `harmless`: fields of the zip that say nothing about
 * content, and bits of packed data that unpack to the same bytes (the padding behind the last
 * block, another way to write the same match).
 */
#include "support.h"

#include "ofd_desk.h"

/* --- Regions of a zip (APPNOTE 4.3.7, 4.3.12, 4.3.16) ------------------------------------ */

typedef enum { REGION_LOCAL, REGION_DATA, REGION_CENTRAL, REGION_END } region;

static const struct harmless {
    region region;
    size_t from, to; /* bytes from the start of the record, `to` excluded; DATA: anywhere */
    uint8_t bits;    /* which bits of them */
    const char *why;
} harmless[] = {
    {REGION_LOCAL, 4, 6, 0xFF, "version needed to extract"},
    {REGION_LOCAL, 6, 7, 0x06, "how hard the packer tried"},
    {REGION_LOCAL, 10, 14, 0xFF, "time stamp"},
    {REGION_CENTRAL, 4, 6, 0xFF, "version and system of the writer"},
    {REGION_CENTRAL, 6, 8, 0xFF, "version needed to extract"},
    {REGION_CENTRAL, 8, 9, 0x06, "how hard the packer tried"},
    {REGION_CENTRAL, 12, 16, 0xFF, "time stamp"},
    {REGION_CENTRAL, 36, 42, 0xFF, "attributes of the file system"},
    {REGION_DATA, 0, 0, 0xFF, "packed another way, with the same content"},
};

static uint32_t number(const uint8_t *at, size_t bytes)
{
    uint32_t value = 0;
    for (size_t i = bytes; i-- > 0;)
        value = value << 8 | at[i];
    return value;
}

/* Which record a byte stands in, and how far from its start. */
static region find_region(const struct yx_buf *document, size_t at, size_t *offset)
{
    const uint8_t *data = document->data;
    size_t start = 0;
    while (number(data + start, 4) == 0x04034B50) {
        size_t head = 30 + number(data + start + 26, 2) + number(data + start + 28, 2);
        size_t end = start + head + number(data + start + 18, 4);
        *offset = at - start;
        if (at < end)
            return *offset < head ? REGION_LOCAL : REGION_DATA;
        start = end;
    }
    while (number(data + start, 4) == 0x02014B50) {
        size_t end = start + 46 + number(data + start + 28, 2) + number(data + start + 30, 2) +
                     number(data + start + 32, 2);
        *offset = at - start;
        if (at < end)
            return REGION_CENTRAL;
        start = end;
    }
    *offset = at - start;
    return REGION_END;
}

static bool is_harmless(const struct yx_buf *document, size_t at, uint8_t bit)
{
    size_t offset;
    region found = find_region(document, at, &offset);
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) {
        const struct harmless *h = &harmless[i];
        if (h->region == found && (h->bits & bit) != 0 &&
            (found == REGION_DATA || (offset >= h->from && offset < h->to)))
            return true;
    }
    return false;
}

/* --- Mutations --------------------------------------------------------------------------- */

static struct desk desk;
static struct yx_buf sealed; /* sealed and closed */
static struct yx_buf twice;  /* sealed, and closed by a second seal */
static struct yx_buf small;  /* one page, signed without a seal, closed */

static int open_desk(void **state)
{
    (void)state;
    const struct desk_part parts[] = {
        {"OFD.xml", "<OFD><DocBody><DocRoot>D.xml</DocRoot></DocBody></OFD>"},
        {"D.xml", "<Document><CommonData><PageArea><PhysicalBox>0 0 9 9</PhysicalBox></PageArea>"
                  "</CommonData><Pages><Page ID=\"1\" BaseLoc=\"P.xml\"/></Pages></Document>"},
        {"P.xml", "<Page/>"},
        {NULL, NULL}};
    YX_CLEAN(yx_buf) struct yx_buf one = {0};
    YX_CLEAN(yx_buf) struct yx_buf paper = {0};
    desk_open(&desk);
    struct yx_ofd_request request = desk_request(&desk);
    desk_signed(&desk, &desk.paper, &request, &one);
    request.close = true;
    desk_signed(&desk, &one, &request, &twice);
    desk_signed(&desk, &desk.paper, &request, &sealed);
    request.seal = YX_BYTES(NULL, 0);
    request.placement_count = 0;
    desk_write(parts, &paper);
    desk_signed(&desk, &paper, &request, &small);
    return 0;
}

static int close_desk(void **state)
{
    (void)state;
    yx_buf_free(&sealed);
    yx_buf_free(&twice);
    yx_buf_free(&small);
    desk_close(&desk);
    return 0;
}

static yx_result judge(struct yx_bytes document)
{
    YX_CLEAN(yx_report) struct yx_report *report = desk_verify(&desk, document);
    return report->result;
}

/* All parts are there under their names with their content. */
static bool has_same_parts(const struct yx_buf *document, const struct desk_zip *original)
{
    YX_CLEAN(desk_zip) struct desk_zip mutated = {0};
    struct yx_error err;
    desk_unzip(yx_buf_bytes(document), &mutated);
    if (yx_zip_count(mutated.zip) != yx_zip_count(original->zip))
        return false;
    for (size_t i = 0; i < yx_zip_count(original->zip); i++) {
        YX_CLEAN(yx_buf) struct yx_buf left = {0};
        YX_CLEAN(yx_buf) struct yx_buf right = {0};
        const struct yx_zip_entry *entry = yx_zip_entry(original->zip, i);
        const struct yx_zip_entry *same = yx_zip_find(mutated.zip, entry->name);
        if (same == NULL)
            return false;
        expect_ok(yx_zip_read(original->zip, entry, 1u << 24, &left, &err), &err);
        expect_ok(yx_zip_read(mutated.zip, same, 1u << 24, &right, &err), &err);
        if (!yx_bytes_equal(yx_buf_bytes(&left), yx_buf_bytes(&right)))
            return false;
    }
    return true;
}

static void turn(struct yx_buf *document, const struct yx_buf *original, const struct desk_zip *zip,
                 size_t at, unsigned bit)
{
    uint8_t mask = (uint8_t)(1u << bit);
    document->data[at] ^= mask;
    yx_result result = judge(yx_buf_bytes(document));
    if (result == YX_UNSIGNED || result == YX_INDETERMINATE)
        fail_msg("bit %u of byte %zu: result %s", bit, at, yx_result_name(result));
    if (result == YX_VALID && !is_harmless(original, at, mask))
        fail_msg("bit %u of byte %zu is turned, and the document valid", bit, at);
    if (result == YX_VALID && !has_same_parts(document, zip))
        fail_msg("bit %u of byte %zu changes a part, and the document is valid", bit, at);
    document->data[at] ^= mask;
}

static void copy(const struct yx_buf *original, struct yx_buf *out)
{
    assert_int_equal(yx_buf_append(out, yx_buf_bytes(original)), YX_OK);
}

/* --- Tests ------------------------------------------------------------------------------- */

static void test_whole_is_valid(void **state)
{
    (void)state;
    desk_expect_valid(&desk, &sealed, 1);
    desk_expect_valid(&desk, &twice, 2);
    desk_expect_valid(&desk, &small, 1);
}

/* Every bit of the small document. */
static void test_every_bit(void **state)
{
    (void)state;
    YX_CLEAN(desk_zip) struct desk_zip zip = {0};
    YX_CLEAN(yx_buf) struct yx_buf document = {0};
    copy(&small, &document);
    desk_unzip(yx_buf_bytes(&small), &zip);
    for (size_t i = 0; i < document.len; i++)
        for (unsigned bit = 0; bit < 8; bit++)
            turn(&document, &small, &zip, i, bit);
}

/* One bit of every byte of the sealed document: which one, a small generator says (the
 * constants of Numerical Recipes, "an even quicker generator"). */
static void test_a_bit_of_every_byte(void **state)
{
    (void)state;
    YX_CLEAN(desk_zip) struct desk_zip zip = {0};
    YX_CLEAN(yx_buf) struct yx_buf document = {0};
    uint32_t seed = 20261121;
    copy(&sealed, &document);
    desk_unzip(yx_buf_bytes(&sealed), &zip);
    for (size_t i = 0; i < document.len; i++) {
        seed = seed * 1664525u + 1013904223u;
        turn(&document, &sealed, &zip, i, seed >> 29);
    }
}

static void expect_cut_invalid(const struct yx_buf *document)
{
    for (size_t len = 0; len < document->len; len++) {
        /* a copy of just this length, so that a reader that goes beyond is caught */
        uint8_t *piece = malloc(len + (len == 0));
        assert_non_null(piece);
        memcpy(piece, document->data, len);
        yx_result result = judge(YX_BYTES(piece, len));
        free(piece);
        if (result != YX_INVALID)
            fail_msg("cut to %zu bytes: result %s", len, yx_result_name(result));
    }
}

static void test_cut_at_every_byte(void **state)
{
    (void)state;
    expect_cut_invalid(&twice);
    expect_cut_invalid(&small);
}

/* Bytes before and behind the zip are reported and change nothing. */
static void test_bytes_around(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf document = {0};
    assert_int_equal(yx_buf_append_text(&document, "junk before"), YX_OK);
    copy(&small, &document);
    YX_CLEAN(yx_report) struct yx_report *report = desk_verify(&desk, yx_buf_bytes(&document));
    const struct yx_check *check = yx_checks_find(&report->checks, YX_CHECK_CONTAINER_SAFE);
    assert_int_equal(report->result, YX_VALID);
    assert_non_null(check->detail);
    assert_string_equal(check->detail->args, "11");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_is_valid),      cmocka_unit_test(test_every_bit),
        cmocka_unit_test(test_a_bit_of_every_byte), cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_bytes_around),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
