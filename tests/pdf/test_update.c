/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_update.c - updates appended to files of every build: old bytes stay, the new file is sound
 * for us and for other people's programs, and everything stands where it was said to be.
 */
#include "support.h"

#include "crypto/crypto.h"
#include "pdf/update.h"
#include "pdf_odd.h"
#include "tools.h"

struct opened {
    struct yx_source *source;
    struct yx_pdf *pdf;
};

static void opened_close(struct opened *opened)
{
    yx_pdf_free(opened->pdf);
    yx_source_free(opened->source);
}
YX_DEFINE_CLEAN_VALUE(opened, struct opened, opened_close);

static void open_bytes(struct yx_bytes bytes, struct opened *out)
{
    struct yx_error err = {0};
    expect_ok(yx_source_borrow(bytes, &out->source, &err), &err);
    expect_ok(yx_pdf_open(out->source, &out->pdf, &err), &err);
}

/* What the tests add: a signature in a new field on the first page, and a stamp on the last one. */
#define VALUE_SIZE ((size_t)300)

static struct yx_pdf_ref add_appearance(struct yx_pdf_update *update)
{
    struct yx_error err = {0};
    struct yx_pdf_ref ref = yx_pdf_update_reserve(update);
    expect_ok(yx_pdf_update_stream(update, ref,
                                   YX_TEXT("/Type /XObject /Subtype /Form /BBox [0 0 100 100]"),
                                   YX_TEXT("1 0 0 rg 0 0 100 100 re f\n"), &err),
              &err);
    return ref;
}

static void add_stamp(struct yx_pdf_update *update, uint32_t page, struct yx_pdf_ref appearance)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    struct yx_pdf_ref ref = yx_pdf_update_reserve(update);
    odd_put(&body,
            "<< /Type /Annot /Subtype /Stamp /Rect [10 10 110 110] /F 4 /AP << /N %d 0 R >> >>",
            appearance.id);
    expect_ok(yx_pdf_update_object(update, ref, yx_buf_bytes(&body), &err), &err);
    expect_ok(yx_pdf_update_add_annotation(update, page, ref, &err), &err);
}

static void add_signature(struct yx_pdf_update *update, struct yx_pdf_ref appearance)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf widget = {0};
    struct yx_pdf_ref value = yx_pdf_update_reserve(update), field = yx_pdf_update_reserve(update);
    expect_ok(yx_pdf_update_signature(
                  update, value,
                  YX_TEXT("/Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached"),
                  VALUE_SIZE, &err),
              &err);
    odd_put(&widget,
            "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Seal1) /F 132 /V %d 0 R "
            "/Rect [120 10 220 110] /AP << /N %d 0 R >> /P %d 0 R >>",
            value.id, appearance.id, update->pdf->pages[0].ref.id);
    expect_ok(yx_pdf_update_object(update, field, yx_buf_bytes(&widget), &err), &err);
    expect_ok(yx_pdf_update_add_annotation(update, 0, field, &err), &err);
    expect_ok(yx_pdf_update_add_field(update, field, &err), &err);
}

/* Lays out the update of the tests. */
static void lay_out(struct yx_pdf *pdf, struct yx_pdf_tail *tail)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_pdf_update) struct yx_pdf_update *update = NULL;
    expect_ok(yx_pdf_update_new(pdf, &update, &err), &err);
    struct yx_pdf_ref appearance = add_appearance(update);
    add_stamp(update, pdf->page_count - 1, appearance);
    add_signature(update, appearance);
    add_stamp(update, pdf->page_count - 1, appearance);
    expect_ok(yx_pdf_update_set_catalog(update, "/Extensions",
                                        YX_TEXT("<< /ESIC << /BaseVersion /1.7 "
                                                "/ExtensionLevel 2 >> >>"),
                                        &err),
              &err);
    expect_ok(yx_pdf_update_layout(update, tail, &err), &err);
}

static void write_out(const struct yx_source *in, const struct yx_pdf_tail *tail,
                      struct yx_bytes value, struct yx_buf *out)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    expect_ok(yx_sink_memory(out, &sink, &err), &err);
    expect_ok(yx_pdf_tail_write(in, tail, value, NULL, sink, &err), &err);
    expect_ok(yx_sink_commit(sink, &err), &err);
}

static void fill_value(uint8_t value[VALUE_SIZE])
{
    for (size_t i = 0; i < VALUE_SIZE; i++)
        value[i] = (uint8_t)(i * 7 + 1);
}

/* The ByteRange covers all but Contents, and the digest is over what it names. */
static void expect_byte_range(struct yx_bytes file, const struct yx_source *in,
                              const struct yx_pdf_tail *tail)
{
    struct yx_error err = {0};
    char want[100];
    size_t from = (size_t)tail->contents_offset, len = (size_t)tail->contents_length;
    snprintf(want, sizeof want, "/ByteRange [0 %zu %zu %zu]", from, from + len,
             file.len - from - len);
    assert_non_null(memmem(file.data, file.len, want, strlen(want)));
    assert_int_equal(file.data[from], '<');
    assert_int_equal(file.data[from + len - 1], '>');
    assert_int_equal(len, 2 * VALUE_SIZE + 2);

    YX_CLEAN(yx_buf) struct yx_buf named = {0};
    assert_int_equal(yx_buf_append(&named, YX_BYTES(file.data, from)), YX_OK);
    assert_int_equal(yx_buf_append(&named, YX_BYTES(file.data + from + len, file.len - from - len)),
                     YX_OK);
    uint8_t ours[YX_DIGEST_MAX], theirs[YX_DIGEST_MAX];
    expect_ok(yx_pdf_tail_digest(in, tail, YX_DIGEST_SHA256, NULL, ours, &err), &err);
    expect_ok(yx_digest(YX_DIGEST_SHA256, yx_buf_bytes(&named), theirs, &err), &err);
    assert_memory_equal(ours, theirs, 32);
}

/* Does an array hold a reference to each of these as its last ones? */
static int tail_refs(struct yx_pdf *pdf, qpdf_oh array, int from)
{
    int found = 0;
    for (int i = 0; i < yx_pdf_array_size(pdf, array); i++) {
        struct yx_pdf_ref ref;
        found += yx_pdf_ref_of(pdf, yx_pdf_item(pdf, array, i), &ref) && ref.id >= from;
    }
    return found;
}

static int annotations_of(struct yx_pdf *pdf, uint32_t page)
{
    return yx_pdf_array_size(pdf,
                             yx_pdf_get(pdf, yx_pdf_object(pdf, pdf->pages[page].ref), "/Annots"));
}

static void expect_lists(const char *name, struct yx_pdf *old, struct yx_pdf *new)
{
    uint32_t last = old->page_count - 1;
    int more_first = last == 0 ? 3 : 1, more_last = last == 0 ? 3 : 2;
    if (annotations_of(new, 0) != annotations_of(old, 0) + more_first ||
        annotations_of(new, last) != annotations_of(old, last) + more_last)
        fail_msg("%s: annotations", name);
    if (last > 0) {
        qpdf_oh page = yx_pdf_object(new, new->pages[last].ref);
        assert_int_equal(tail_refs(new, yx_pdf_get(new, page, "/Annots"), old->object_count), 2);
    }
    qpdf_oh old_form = yx_pdf_get(old, yx_pdf_catalog(old), "/AcroForm");
    qpdf_oh form = yx_pdf_get(new, yx_pdf_catalog(new), "/AcroForm");
    int64_t flags = 0;
    assert_true(yx_pdf_integer(new, yx_pdf_get(new, form, "/SigFlags"), &flags));
    assert_int_equal(flags, 3);
    assert_int_equal(yx_pdf_array_size(new, yx_pdf_get(new, form, "/Fields")),
                     yx_pdf_array_size(old, yx_pdf_get(old, old_form, "/Fields")) + 1);
    assert_int_equal(yx_pdf_has(new, form, "/DA"), yx_pdf_has(old, old_form, "/DA"));
    assert_true(yx_pdf_has(new, yx_pdf_catalog(new), "/Extensions"));
}

static void expect_id(struct yx_pdf *old, struct yx_pdf *new)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf was = {0}, first = {0}, second = {0};
    qpdf_oh before = yx_pdf_get(old, qpdf_get_trailer(old->qpdf), "/ID");
    qpdf_oh after = yx_pdf_get(new, qpdf_get_trailer(new->qpdf), "/ID");
    expect_ok(yx_pdf_string(old, yx_pdf_item(old, before, 0), &was, &err), &err);
    expect_ok(yx_pdf_string(new, yx_pdf_item(new, after, 0), &first, &err), &err);
    expect_ok(yx_pdf_string(new, yx_pdf_item(new, after, 1), &second, &err), &err);
    assert_int_equal(second.len, 16);
    if (was.len > 0) {
        assert_true(yx_bytes_equal(yx_buf_bytes(&was), yx_buf_bytes(&first)));
        assert_false(yx_bytes_equal(yx_buf_bytes(&first), yx_buf_bytes(&second)));
    }
}

static void expect_trailer(struct yx_pdf *old, struct yx_pdf *new)
{
    int64_t prev = 0;
    qpdf_oh trailer = qpdf_get_trailer(new->qpdf);
    assert_true(yx_pdf_integer(new, yx_pdf_get(new, trailer, "/Prev"), &prev));
    assert_int_equal(prev, old->last_xref);
    assert_int_equal(new->xref_kind, old->xref_kind);
    assert_int_equal(new->root.id, old->root.id);
    assert_true(new->object_count > old->object_count);
    assert_false(yx_pdf_has(new, trailer, "/XRefStm"));
    expect_id(old, new);
}

/* Other people's programs take the file without a complaint. */
static void expect_judges(const char *name, struct yx_bytes file)
{
    static const char *const judges[] = {"qpdf --check", "pdfinfo", "mutool info"};
    struct folder *folder = calloc(1, sizeof *folder);
    assert_non_null(folder);
    folder_make(folder);
    folder_write(folder, "new.pdf", file);
    for (size_t i = 0; i < sizeof judges / sizeof judges[0]; i++) {
        int code = tool(folder, "%s new.pdf", judges[i]);
        bool complains = strcasestr(folder->output, "error") != NULL ||
                         strcasestr(folder->output, "warning") != NULL;
        if (code != 0 || (complains && strstr(folder->output, "No syntax") == NULL))
            fail_msg("%s: %s ends in %d: %s", name, judges[i], code, folder->output);
    }
    tool(folder, "rm -f new.pdf");
    assert_int_equal(rmdir(folder->path), 0);
    free(folder);
}

/* Appends the update of the tests and looks at the result from all sides. */
static void update_once(const char *name, struct yx_bytes in, struct yx_buf *out)
{
    YX_CLEAN(opened) struct opened old = {0}, new = {0};
    YX_CLEAN(yx_pdf_tail) struct yx_pdf_tail tail = {0}, again = {0};
    uint8_t value[VALUE_SIZE];
    fill_value(value);
    open_bytes(in, &old);
    lay_out(old.pdf, &tail);
    lay_out(old.pdf, &again);
    assert_true(yx_bytes_equal(yx_buf_bytes(&tail.bytes), yx_buf_bytes(&again.bytes)));
    write_out(old.source, &tail, YX_BYTES(value, VALUE_SIZE), out);
    assert_int_equal(out->len, in.len + tail.bytes.len);
    assert_memory_equal(out->data, in.data, in.len);
    expect_byte_range(yx_buf_bytes(out), old.source, &tail);
    open_bytes(yx_buf_bytes(out), &new);
    expect_lists(name, old.pdf, new.pdf);
    expect_trailer(old.pdf, new.pdf);
    expect_judges(name, yx_buf_bytes(out));
}

/* The list's sound files, each with one update and with a second one on top. */
static void test_every_sound_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < ODD_COUNT; i++) {
        if (odd_files[i].opens != YX_OK)
            continue;
        YX_CLEAN(yx_buf) struct yx_buf bytes = {0}, once = {0}, twice = {0};
        odd_build(&odd_files[i], &bytes);
        update_once(odd_files[i].name, yx_buf_bytes(&bytes), &once);
        update_once(odd_files[i].name, yx_buf_bytes(&once), &twice);
    }
}

/* The value stands in hex at the front of its place, zeros behind it. */
static void test_value(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0}, out = {0};
    YX_CLEAN(opened) struct opened old = {0};
    YX_CLEAN(yx_pdf_tail) struct yx_pdf_tail tail = {0};
    odd_named("table", &bytes);
    open_bytes(yx_buf_bytes(&bytes), &old);
    lay_out(old.pdf, &tail);
    write_out(old.source, &tail, YX_BYTES("\x30\xAB", 2), &out);
    assert_memory_equal(out.data + tail.contents_offset, "<30AB0000", 9);
    uint8_t large[VALUE_SIZE + 1] = {0};
    YX_CLEAN(yx_buf) struct yx_buf unused = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    expect_ok(yx_sink_memory(&unused, &sink, &err), &err);
    expect_status(
        yx_pdf_tail_write(old.source, &tail, YX_BYTES(large, sizeof large), NULL, sink, &err),
        YX_REFUSED, &err);
}

/* A tail must not be put behind another file than the one it was made for. */
static void test_tail_of_another_file(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0}, other = {0};
    YX_CLEAN(opened) struct opened old = {0}, longer = {0};
    YX_CLEAN(yx_pdf_tail) struct yx_pdf_tail tail = {0};
    odd_named("table", &bytes);
    odd_named("2,000 pages", &other);
    open_bytes(yx_buf_bytes(&bytes), &old);
    open_bytes(yx_buf_bytes(&other), &longer);
    lay_out(old.pdf, &tail);
    uint8_t digest[YX_DIGEST_MAX];
    expect_status(yx_pdf_tail_digest(longer.source, &tail, YX_DIGEST_SHA256, NULL, digest, &err),
                  YX_INTERNAL, &err);
}

static void test_misuse_is_refused(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    YX_CLEAN(opened) struct opened old = {0};
    YX_CLEAN(yx_pdf_update) struct yx_pdf_update *update = NULL;
    YX_CLEAN(yx_pdf_tail) struct yx_pdf_tail tail = {0};
    odd_named("table", &bytes);
    open_bytes(yx_buf_bytes(&bytes), &old);
    expect_ok(yx_pdf_update_new(old.pdf, &update, &err), &err);
    struct yx_pdf_ref ref = yx_pdf_update_reserve(update), foreign = {.id = 500};
    expect_status(yx_pdf_update_object(update, foreign, YX_TEXT("null"), &err), YX_INTERNAL, &err);
    expect_status(yx_pdf_update_signature(update, ref, YX_TEXT(""), 0, &err), YX_USAGE, &err);
    expect_status(yx_pdf_update_signature(update, ref, YX_TEXT(""), SIZE_MAX / 2, &err), YX_USAGE,
                  &err);
    expect_ok(yx_pdf_update_signature(update, ref, YX_TEXT(""), 100, &err), &err);
    expect_status(yx_pdf_update_signature(update, ref, YX_TEXT(""), 100, &err), YX_INTERNAL, &err);
    expect_status(yx_pdf_update_add_annotation(update, 1, ref, &err), YX_USAGE, &err);
    expect_ok(yx_pdf_update_layout(update, &tail, &err), &err);
    struct yx_pdf_tail none = {0};
    expect_status(yx_pdf_update_layout(update, &none, &err), YX_INTERNAL, &err);
}

static void test_nothing_to_append(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    YX_CLEAN(opened) struct opened old = {0};
    YX_CLEAN(yx_pdf_update) struct yx_pdf_update *update = NULL;
    struct yx_pdf_tail none = {0};
    odd_named("table", &bytes);
    open_bytes(yx_buf_bytes(&bytes), &old);
    expect_ok(yx_pdf_update_new(old.pdf, &update, &err), &err);
    expect_status(yx_pdf_update_layout(update, &none, &err), YX_INTERNAL, &err);
}

/* Lists of the wrong type are refused where they are needed, not replaced. */
static void test_lists_of_the_wrong_type(void **state)
{
    (void)state;
    static const struct odd_options cases[] = {
        {.page = ODD_A4 "/Annots << >>"},
        {.page = ODD_A4 "/Annots 5 0 R", .extra = {"(no array)"}},
        {.catalog = "/AcroForm [1 2]"},
        {.catalog = "/AcroForm << /Fields << >> >>"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct yx_error err = {0};
        YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
        YX_CLEAN(opened) struct opened old = {0};
        YX_CLEAN(yx_pdf_update) struct yx_pdf_update *update = NULL;
        struct yx_pdf_tail none = {0};
        odd_make(&cases[i], &bytes);
        open_bytes(yx_buf_bytes(&bytes), &old);
        expect_ok(yx_pdf_update_new(old.pdf, &update, &err), &err);
        add_signature(update, add_appearance(update));
        expect_status(yx_pdf_update_layout(update, &none, &err), YX_DAMAGED, &err);
    }
}

/* An array of annotations that two pages share grows for one of them only. */
static void test_shared_annotations(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0}, out = {0};
    YX_CLEAN(opened) struct opened old = {0}, new = {0};
    YX_CLEAN(yx_pdf_tail) struct yx_pdf_tail tail = {0};
    odd_named("indirect Annots shared by pages", &bytes);
    open_bytes(yx_buf_bytes(&bytes), &old);
    lay_out(old.pdf, &tail);
    write_out(old.source, &tail, (struct yx_bytes){0}, &out);
    open_bytes(yx_buf_bytes(&out), &new);
    assert_int_equal(annotations_of(new.pdf, 0), 2);
    assert_int_equal(annotations_of(new.pdf, 1), 3);
}

/* Everything that stands in a dictionary comes through an edit unchanged. */
static void test_edit_keeps_the_rest(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0}, text = {0}, fresh = {0};
    YX_CLEAN(opened) struct opened old = {0};
    const struct odd_options options = {
        .catalog = "/A#20B#2F (x\\000\\)\\377) /Gone 1 /Kept 3 0 R /N null /Deep << /X [3 0 R 1.50 "
                   "true null /Name#23] >> /Swapped 2"};
    odd_make(&options, &bytes);
    open_bytes(yx_buf_bytes(&bytes), &old);
    const struct yx_pdf_edit edits[] = {{"/Gone", {0}},
                                        {"/Swapped", YX_TEXT("1")},
                                        {"/Swapped", YX_TEXT("[ 7 ]")},
                                        {"/New", YX_TEXT("4 0 R")}};
    expect_ok(yx_pdf_edit_dictionary(old.pdf, yx_pdf_catalog(old.pdf), edits, 4, &text, &err),
              &err);
    assert_int_equal(yx_buf_append(&text, YX_BYTES("", 1)), YX_OK);
    static const char *const there[] = {
        "/A#20B#2F ",     "/Kept 3 0 R ", "[ 3 0 R 1.50 true null /Name#23 ]",
        "/Swapped [ 7 ]", "/New 4 0 R",   "/Pages 2 0 R"};
    for (size_t i = 0; i < sizeof there / sizeof there[0]; i++) {
        if (strstr((const char *)text.data, there[i]) == NULL)
            fail_msg("%s is not in %s", there[i], (const char *)text.data);
    }
    assert_null(strstr((const char *)text.data, "/Gone"));
    assert_null(strstr((const char *)text.data, "/Swapped 1"));
    expect_ok(yx_pdf_edit_dictionary(old.pdf, qpdf_oh_new_null(old.pdf->qpdf), edits + 3, 1, &fresh,
                                     &err),
              &err);
    assert_true(yx_bytes_are(yx_buf_bytes(&fresh), "<< /New 4 0 R >>"));
}

/* A revision is opened as it was, from memory and from a file. */
static void test_earlier_revision(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0}, out = {0};
    odd_named("object streams", &bytes);
    update_once("object streams", yx_buf_bytes(&bytes), &out);
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fwrite(out.data, 1, out.len, file), out.len);
    assert_int_equal(fflush(file), 0);
    for (int i = 0; i < 2; i++) {
        YX_CLEAN(opened) struct opened old = {0};
        if (i == 0)
            expect_ok(yx_source_borrow(yx_buf_bytes(&out), &old.source, &err), &err);
        else
            expect_ok(yx_source_borrow_fd(fileno(file), &old.source, &err), &err);
        expect_ok(yx_pdf_open_revision(old.source, bytes.len, &old.pdf, &err), &err);
        assert_int_equal(annotations_of(old.pdf, 0), 0);
        struct yx_pdf *none = NULL;
        expect_status(yx_pdf_open_revision(old.source, out.len + 1, &none, &err), YX_USAGE, &err);
    }
    fclose(file);
}

static void test_stream_data(void **state)
{
    (void)state;
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0}, plain = {0}, unpacked = {0};
    YX_CLEAN(opened) struct opened old = {0};
    /* zlib.compress(b"abcd"); its zero byte, which would end the string, is put in afterwards. */
    const struct odd_options options = {
        .extra = {"<< /Length 12 /Filter /FlateDecode >>\nstream\n"
                  "x\234KLJN\001@\003\330\001\213\nendstream",
                  "<< /Length 2 /Filter /LZWDecode >>\nstream\nab\nendstream",
                  "<< /Length 4 /Filter [/FlateDecode] >>\nstream\nabcd\nendstream"}};
    odd_make(&options, &bytes);
    uint8_t *at = memmem(bytes.data, bytes.len, "\001@\003", 3);
    assert_non_null(at);
    at[1] = 0;
    open_bytes(yx_buf_bytes(&bytes), &old);
    struct yx_pdf *pdf = old.pdf;
    expect_ok(
        yx_pdf_stream_data(pdf, yx_pdf_object(pdf, (struct yx_pdf_ref){4, 0}), 1000, &plain, &err),
        &err);
    assert_int_equal(plain.len, 57);
    qpdf_oh packed = yx_pdf_object(pdf, (struct yx_pdf_ref){5, 0});
    expect_ok(yx_pdf_stream_data(pdf, packed, 1000, &unpacked, &err), &err);
    assert_true(yx_bytes_are(yx_buf_bytes(&unpacked), "abcd"));
    expect_status(yx_pdf_stream_data(pdf, packed, 3, &unpacked, &err), YX_DAMAGED, &err);
    for (int id = 6; id <= 8; id++)
        expect_status(yx_pdf_stream_data(pdf, yx_pdf_object(pdf, (struct yx_pdf_ref){id, 0}), 1000,
                                         &unpacked, &err),
                      YX_DAMAGED, &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_sound_file),     cmocka_unit_test(test_value),
        cmocka_unit_test(test_tail_of_another_file), cmocka_unit_test(test_misuse_is_refused),
        cmocka_unit_test(test_nothing_to_append),    cmocka_unit_test(test_lists_of_the_wrong_type),
        cmocka_unit_test(test_shared_annotations),   cmocka_unit_test(test_edit_keeps_the_rest),
        cmocka_unit_test(test_earlier_revision),     cmocka_unit_test(test_stream_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
