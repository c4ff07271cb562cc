/* SPDX-License-Identifier: Apache-2.0 */
/* test_open.c - files opened as they stand, or refused with the reason. */
#include "support.h"

#include "pdf_odd.h"

YX_DEFINE_CLEAN_VALUE(yx_test_buf, struct yx_buf, yx_buf_free);

static yx_status open_bytes(struct yx_bytes bytes, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_pdf) struct yx_pdf *pdf = NULL;
    YX_TRY(yx_source_borrow(bytes, &source, err));
    return yx_pdf_open(source, &pdf, err);
}

/* The same through a file without a name. */
static yx_status open_file(struct yx_bytes bytes, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_pdf) struct yx_pdf *pdf = NULL;
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.len, file), bytes.len);
    assert_int_equal(fflush(file), 0);
    yx_status status = yx_source_borrow_fd(fileno(file), &source, err);
    if (status == YX_OK)
        status = yx_pdf_open(source, &pdf, err);
    fclose(file);
    return status;
}

static void expect_outcome(const struct odd_file *file, yx_status status,
                           const struct yx_error *err)
{
    char words[600] = "";
    if (status != YX_OK)
        yx_message_render(&err->message, NULL, words, sizeof words);
    if (status != file->opens)
        fail_msg("%s: status %d, expected %d: %s", file->name, (int)status, (int)file->opens,
                 words);
    if (status == YX_OK)
        return;
    if (strstr(words, file->reason) == NULL)
        fail_msg("%s: \"%s\" does not say \"%s\"", file->name, words, file->reason);
    if (err->rule == NULL || strncmp(err->rule, "ISO 32000-1 ", 12) != 0)
        fail_msg("%s: no clause is named", file->name);
}

static void test_every_odd_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < ODD_COUNT; i++) {
        struct yx_error err = {0};
        struct yx_buf bytes = {0};
        odd_build(&odd_files[i], &bytes);
        expect_outcome(&odd_files[i], open_bytes(yx_buf_bytes(&bytes), &err), &err);
        err = (struct yx_error){0};
        expect_outcome(&odd_files[i], open_file(yx_buf_bytes(&bytes), &err), &err);
        yx_buf_free(&bytes);
    }
}

static void expect_structure(const char *name, enum yx_pdf_xref_kind kind, int objects)
{
    struct yx_error err = {0};
    struct yx_buf bytes = {0};
    odd_named(name, &bytes);
    struct yx_source *source = NULL;
    struct yx_pdf *pdf = NULL;
    expect_ok(yx_source_borrow(yx_buf_bytes(&bytes), &source, &err), &err);
    expect_ok(yx_pdf_open(source, &pdf, &err), &err);
    assert_int_equal(pdf->xref_kind, kind);
    assert_int_equal(pdf->object_count, objects);
    assert_int_equal(pdf->root.id, 1);
    const char *start = kind == YX_PDF_XREF_TABLE ? "xref" : "1";
    assert_memory_equal(bytes.data + pdf->last_xref, start, strlen(start));
    yx_pdf_free(pdf);
    yx_source_free(source);
    yx_buf_free(&bytes);
}

static void test_kind_of_the_last_section(void **state)
{
    (void)state;
    expect_structure("table", YX_PDF_XREF_TABLE, 11);
    expect_structure("stream", YX_PDF_XREF_STREAM, 12);
    expect_structure("object streams", YX_PDF_XREF_STREAM, 15);
    expect_structure("hybrid", YX_PDF_XREF_TABLE, 15);
}

/* The last startxref of a linearised file leads to its first-page section, at the front. */
static void test_linearised(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(yx_test_buf) struct yx_buf bytes = {0};
    odd_named("linearised", &bytes);
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_pdf) struct yx_pdf *pdf = NULL;
    expect_ok(yx_source_borrow(yx_buf_bytes(&bytes), &source, &err), &err);
    expect_ok(yx_pdf_open(source, &pdf, &err), &err);
    assert_true(pdf->last_xref < 1000);
    assert_int_equal(pdf->page_count, 3);
}

static void test_not_a_pdf(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "%PD",
                                        "%PDF-",
                                        "%PDF-1.7\n",
                                        "PK\003\004",
                                        "%PDF-1.7\nstartxref\n",
                                        "%PDF-1.7\nstartxref\nabc",
                                        "%PDF-1.7\nstartxref\n99999999999999999999999\n%%EOF",
                                        "%PDF-1.7\nstartxref\n0\n%%EOF\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct yx_error err = {0};
        expect_status(open_bytes(YX_TEXT(texts[i]), &err), YX_DAMAGED, &err);
    }
}

/* Cut anywhere, a file is refused; only the newline behind %%EOF may be missing. */
static void cut_everywhere(const char *name)
{
    YX_CLEAN(yx_test_buf) struct yx_buf bytes = {0};
    odd_named(name, &bytes);
    for (size_t len = 0; len + 1 < bytes.len; len++) {
        struct yx_error err = {0};
        /* A copy of its own, so that the sanitizer sees every byte read too many. */
        uint8_t *copy = malloc(len + 1);
        assert_non_null(copy);
        memcpy(copy, bytes.data, len);
        yx_status status = open_bytes(YX_BYTES(copy, len), &err);
        free(copy);
        assert_int_not_equal(status, YX_OK);
        assert_int_not_equal(status, YX_INTERNAL);
    }
}

static void test_cut_everywhere(void **state)
{
    (void)state;
    cut_everywhere("table");
    cut_everywhere("object streams");
    cut_everywhere("hybrid");
}

/* Flipped bits may leave a file that is good to open; they never do harm. */
static void flip_everywhere(const char *name, uint32_t seed)
{
    YX_CLEAN(yx_test_buf) struct yx_buf bytes = {0};
    odd_named(name, &bytes);
    for (int round = 0; round < 3000; round++) {
        seed = seed * 1664525 + 1013904223;
        size_t at = (seed >> 3) % bytes.len;
        uint8_t bit = (uint8_t)(1u << (seed >> 29));
        bytes.data[at] ^= bit;
        struct yx_error err = {0};
        yx_status status = open_bytes(yx_buf_bytes(&bytes), &err);
        assert_true(status == YX_OK || status == YX_DAMAGED || status == YX_REFUSED);
        bytes.data[at] ^= bit;
    }
}

static void test_flip_everywhere(void **state)
{
    (void)state;
    flip_everywhere("table", 1);
    flip_everywhere("object streams", 2);
    flip_everywhere("hybrid", 3);
    flip_everywhere("linearised", 4);
}

static void test_deep_page_tree(void **state)
{
    (void)state;
    struct yx_buf bytes = {0};
    struct yx_error err = {0};
    odd_put(&bytes, "%%PDF-1.7\n");
    uint64_t offsets[102];
    offsets[1] = bytes.len;
    odd_put(&bytes, "1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n");
    for (int id = 2; id < 101; id++) {
        offsets[id] = bytes.len;
        odd_put(&bytes, "%d 0 obj\n<< /Type /Pages /Kids [%d 0 R] /Count 1 >>\nendobj\n", id,
                id + 1);
    }
    offsets[101] = bytes.len;
    odd_put(&bytes, "101 0 obj\n<< /Type /Page " ODD_A4 " >>\nendobj\n");
    uint64_t xref = bytes.len;
    odd_put(&bytes, "xref\n0 102\n0000000000 65535 f \n");
    for (int id = 1; id < 102; id++)
        odd_put(&bytes, "%010llu 00000 n \n", (unsigned long long)offsets[id]);
    odd_put(&bytes, "trailer\n<< /Size 102 /Root 1 0 R >>\nstartxref\n%llu\n%%%%EOF\n",
            (unsigned long long)xref);
    expect_status(open_bytes(yx_buf_bytes(&bytes), &err), YX_DAMAGED, &err);
    assert_non_null(strstr(err.message.text, "levels deep"));
    yx_buf_free(&bytes);
}

/* A table that promises two thousand million entries costs nothing. */
static void test_absurd_table(void **state)
{
    (void)state;
    struct yx_error err = {0};
    static const char text[] = "%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
                               "xref\n0 2147483646\n0000000000 65535 f \ntrailer\n"
                               "<< /Size 2147483646 /Root 1 0 R >>\nstartxref\n59\n%%EOF\n";
    expect_status(open_bytes(YX_TEXT(text), &err), YX_DAMAGED, &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_odd_file), cmocka_unit_test(test_kind_of_the_last_section),
        cmocka_unit_test(test_linearised),     cmocka_unit_test(test_not_a_pdf),
        cmocka_unit_test(test_cut_everywhere), cmocka_unit_test(test_flip_everywhere),
        cmocka_unit_test(test_deep_page_tree), cmocka_unit_test(test_absurd_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
