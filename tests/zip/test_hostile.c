/* SPDX-License-Identifier: Apache-2.0 */
/* test_hostile.c - every zip that must be refused, with the sentence that says why. */
#include "zip_maker.h"

#include <time.h>

/* --- Packages that are wrong in one place ------------------------------------------------ */

/* Offsets of fields in the records. */
enum {
    LOCAL_FLAGS = 6,
    LOCAL_METHOD = 8,
    LOCAL_CRC = 14,
    LOCAL_SIZE = 22,
    LOCAL_NAME = 30,
    RECORD_FLAGS = 8,
    RECORD_METHOD = 10,
    RECORD_PACKED = 20,
    RECORD_SIZE = 24,
    RECORD_EXTRA_LEN = 30,
    RECORD_DISK = 34,
    RECORD_OFFSET = 42,
    END_DISK = 4,
    END_COUNT_HERE = 8,
    END_COUNT = 10,
    END_DIRECTORY_SIZE = 12,
    END_DIRECTORY = 16,
    END_COMMENT = 20,
    END_SIZE = 22
};

/* A good package of two parts, "a" stored and "b" deflated; `change` spoils it before its end. */
static void spoil_entry(size_t local_at, size_t record_at, unsigned value, const char *sentence)
{
    YX_CLEAN(maker) struct maker maker = {0};
    maker_stored(&maker, "a", "first");
    maker_deflated(&maker, "b", "second second second second");
    if (local_at > 0)
        set16(&maker.out, maker.local + local_at, value);
    if (record_at > 0)
        set16(&maker.directory, maker.record + record_at, value);
    maker_end(&maker);
    expect_refused(yx_buf_bytes(&maker.out), sentence);
}

static void refuses_encrypted_parts(void **state)
{
    (void)state;
    spoil_entry(LOCAL_FLAGS, RECORD_FLAGS, 0x0001, "encrypted");
    spoil_entry(LOCAL_FLAGS, RECORD_FLAGS, 0x0041, "encrypted");
    spoil_entry(LOCAL_FLAGS, RECORD_FLAGS, 0x2000, "encrypted");
}

static void refuses_other_methods(void **state)
{
    (void)state;
    spoil_entry(LOCAL_METHOD, RECORD_METHOD, 12, "method 12");
    spoil_entry(LOCAL_METHOD, RECORD_METHOD, 9, "method 9");
    spoil_entry(LOCAL_FLAGS, RECORD_FLAGS, 0x0020, "packed with method");
}

static void refuses_local_headers_that_differ(void **state)
{
    (void)state;
    const char *sentence = "contradict each other";
    spoil_entry(LOCAL_METHOD, 0, 0, sentence);
    spoil_entry(LOCAL_FLAGS, 0, 0x0800, sentence);
    spoil_entry(LOCAL_FLAGS, 0, 0x0008, sentence);
    spoil_entry(LOCAL_CRC, 0, 0x1234, sentence);
    spoil_entry(LOCAL_SIZE, 0, 26, sentence);
    spoil_entry(LOCAL_NAME, 0, 'c', sentence);
    spoil_entry(0, RECORD_FLAGS, 0x0008, sentence);
    spoil_entry(2, 0, 0x0807, sentence);
}

static void refuses_split_archives(void **state)
{
    (void)state;
    spoil_entry(0, RECORD_DISK, 1, "split archive");
}

static void refuses_lying_extra_fields(void **state)
{
    (void)state;
    spoil_entry(0, RECORD_EXTRA_LEN, 0xffff, "directory of the package is damaged");
    spoil_entry(0, 28, 0xffff, "directory of the package is damaged");
    spoil_entry(28, 0, 0xffff, "reaches into the directory");
}

static void refuses_entries_in_the_directory(void **state)
{
    (void)state;
    spoil_entry(0, RECORD_OFFSET, 0x7000, "reaches into the directory");
}

/* --- The end record ---------------------------------------------------------------------- */

static void spoil_end(size_t at, unsigned value, const char *sentence)
{
    YX_CLEAN(maker) struct maker maker = {0};
    maker_stored(&maker, "a", "first");
    maker_stored(&maker, "b", "second");
    maker_end(&maker);
    set16(&maker.out, maker.out.len - END_SIZE + at, value);
    expect_refused(yx_buf_bytes(&maker.out), sentence);
}

static void refuses_ends_that_lie(void **state)
{
    (void)state;
    spoil_end(0, 0x1111, "no zip package");
    spoil_end(END_DISK, 1, "split archive");
    spoil_end(END_DISK + 2, 1, "split archive");
    spoil_end(END_COUNT_HERE, 1, "split archive");
    spoil_end(END_DIRECTORY_SIZE, 40, "two directories");
    spoil_end(END_DIRECTORY_SIZE, 95, "damaged");
    spoil_end(END_DIRECTORY_SIZE + 2, 0x0200, "at most 16777216 are read");
    spoil_end(END_DIRECTORY, 0x7000, "lies beyond its end");
    spoil_end(END_COMMENT, 1, "cut off in its comment");
}

static void refuses_counts_that_lie(void **state)
{
    (void)state;
    const unsigned counts[] = {1, 3, 20001};
    const char *const sentences[] = {"holds more than the 1 parts", "too short for the 3 parts",
                                     "declares 20001 parts"};
    for (size_t i = 0; i < 3; i++) {
        YX_CLEAN(maker) struct maker maker = {0};
        maker_stored(&maker, "a", "first");
        maker_stored(&maker, "b", "second");
        maker.count = counts[i];
        maker_end(&maker);
        expect_refused(yx_buf_bytes(&maker.out), sentences[i]);
    }
}

static void refuses_zip64(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        YX_CLEAN(maker) struct maker maker = {0};
        maker_stored(&maker, "a", "first");
        if (i == 0)
            maker.count = 0xffff;
        if (i == 3) {
            put32(&maker.directory, 0x07064b50);
            put_bytes(&maker.directory, YX_BYTES("0123456789abcdef", 16));
        }
        maker_end(&maker);
        size_t end = maker.out.len - END_SIZE;
        if (i == 1)
            set32(&maker.out, end + END_DIRECTORY_SIZE, UINT32_MAX);
        if (i == 2)
            set32(&maker.out, end + END_DIRECTORY, UINT32_MAX);
        expect_refused(yx_buf_bytes(&maker.out), "ZIP64");
    }
}

static void refuses_zip64_parts(void **state)
{
    (void)state;
    const size_t fields[] = {RECORD_PACKED, RECORD_SIZE, RECORD_OFFSET};
    for (size_t i = 0; i < 3; i++) {
        YX_CLEAN(maker) struct maker maker = {0};
        maker_stored(&maker, "a", "first");
        set32(&maker.directory, maker.record + fields[i], UINT32_MAX);
        maker_end(&maker);
        expect_refused(yx_buf_bytes(&maker.out), "ZIP64");
    }
}

static void refuses_what_is_no_zip(void **state)
{
    (void)state;
    expect_refused(YX_TEXT(""), "no zip package");
    expect_refused(YX_TEXT("PK"), "no zip package");
    expect_refused(YX_TEXT("%PDF-1.7 and much more text than an end record has"), "no zip package");
    expect_refused(YX_TEXT("PK\5\6 cut off"), "no zip package");
}

/* --- Names ------------------------------------------------------------------------------- */

struct bad_name {
    struct yx_bytes name;
    const char *sentence;
};
#define BAD(text, sentence)                                     \
    {                                                           \
        {(const uint8_t *)(text), sizeof(text) - 1}, (sentence) \
    }

static void refuses_bad_names(void **state)
{
    (void)state;
    static const struct bad_name names[] = {
        BAD("", "without a name"),         BAD("..", "leave the package"),
        BAD("../a", "leave the package"),  BAD("a/../b", "leave the package"),
        BAD("a/..", "leave the package"),  BAD("a/../", "leave the package"),
        BAD("./a", "leave the package"),   BAD("a/./b", "leave the package"),
        BAD("a//b", "leave the package"),  BAD("a//", "leave the package"),
        BAD("/a", "starts with '/'"),      BAD("/", "starts with '/'"),
        BAD("a\\b", "backslash"),          BAD("..\\a", "backslash"),
        BAD("C:/a", "drive letter"),       BAD("a\0b", "control characters"),
        BAD("a\nb", "control characters"), BAD("a\x7f", "control characters"),
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        YX_CLEAN(maker) struct maker maker = {0};
        struct maker_entry entry = stored_entry("", YX_TEXT("x"));
        entry.name = names[i].name;
        maker_add(&maker, &entry);
        maker_end(&maker);
        expect_refused(yx_buf_bytes(&maker.out), names[i].sentence);
    }
}

static void refuses_long_names(void **state)
{
    (void)state;
    char name[YX_ZIP_NAME_MAX + 2];
    memset(name, 'n', sizeof name);
    for (size_t len = YX_ZIP_NAME_MAX; len <= YX_ZIP_NAME_MAX + 1; len++) {
        YX_CLEAN(maker) struct maker maker = {0};
        struct maker_entry entry = stored_entry("", YX_TEXT("x"));
        entry.name = YX_BYTES(name, len);
        maker_add(&maker, &entry);
        maker_end(&maker);
        if (len > YX_ZIP_NAME_MAX) {
            expect_refused(yx_buf_bytes(&maker.out), "longer than 1024 bytes");
            continue;
        }
        YX_CLEAN(opened) struct opened opened = open_good(yx_buf_bytes(&maker.out));
        assert_non_null(opened.zip);
    }
}

static void refuses_names_that_stand_twice(void **state)
{
    (void)state;
    const char *const second[] = {"Doc_0/a", "Doc_0/a/"};
    for (size_t i = 0; i < 2; i++) {
        YX_CLEAN(maker) struct maker maker = {0};
        maker_stored(&maker, "Doc_0/a", "good");
        maker_stored(&maker, "z", "");
        maker_stored(&maker, second[i], i == 0 ? "evil" : "");
        maker_end(&maker);
        expect_refused(yx_buf_bytes(&maker.out), "is there twice");
    }
}

static void expect_extra(struct yx_bytes extra, const char *sentence)
{
    YX_CLEAN(maker) struct maker maker = {0};
    struct maker_entry entry = stored_entry("a", YX_TEXT("x"));
    entry.extra = extra;
    maker_add(&maker, &entry);
    maker_end(&maker);
    if (sentence != NULL) {
        expect_refused(yx_buf_bytes(&maker.out), sentence);
        return;
    }
    YX_CLEAN(opened) struct opened opened = open_good(yx_buf_bytes(&maker.out));
    assert_non_null(opened.zip);
}

static void refuses_second_names_in_extra_fields(void **state)
{
    (void)state;
    expect_extra(YX_BYTES("\x75\x70\x06\x00\x01\x00\x00\x00\x00z", 10), "second name");
    expect_extra(YX_BYTES("\x75\x70\x01\x00\x01", 5), "second name");
    expect_extra(YX_BYTES("\x75\x70\x06\x00\x01\x00\x00\x00\x00"
                          "a",
                          10),
                 NULL);
    expect_extra(YX_BYTES("\x0a\x00\x05\x00\x01", 5), "extra fields of a are cut off");
    expect_extra(YX_BYTES("\x0a\x00\x00", 3), "extra fields of a are cut off");
}

/* --- Sizes ------------------------------------------------------------------------------- */

static void refuses_a_stored_size_that_lies(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    struct maker_entry entry = stored_entry("a", YX_TEXT("content"));
    entry.size++;
    maker_add(&maker, &entry);
    maker_end(&maker);
    expect_refused(yx_buf_bytes(&maker.out), "cannot hold");
}

static void refuses_a_gigabyte_from_nothing(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    YX_CLEAN(yx_buf) struct yx_buf packed = deflated(YX_TEXT("small"));
    struct maker_entry entry = deflated_entry("a", YX_TEXT("small"), &packed);
    entry.size = 1u << 30;
    maker_add(&maker, &entry);
    maker_end(&maker);
    expect_refused(yx_buf_bytes(&maker.out), "cannot hold");
}

static void refuses_a_folder_with_content(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    maker_stored(&maker, "a/", "content");
    maker_end(&maker);
    expect_refused(yx_buf_bytes(&maker.out), "the folder a/ has content");
}

/* Parts that could each be honest, but are too much together. */
static void expect_bomb(size_t count, size_t packed_size, uint32_t size, const char *sentence)
{
    YX_CLEAN(maker) struct maker maker = {0};
    uint8_t *data = calloc(1, packed_size);
    assert_non_null(data);
    for (size_t i = 0; i < count; i++) {
        char name[24];
        snprintf(name, sizeof name, "%zu", i);
        struct maker_entry entry = stored_entry(name, YX_BYTES(data, packed_size));
        entry.method = 8;
        entry.size = size;
        maker_add(&maker, &entry);
    }
    maker_end(&maker);
    free(data);
    if (sentence != NULL) {
        expect_refused(yx_buf_bytes(&maker.out), sentence);
        return;
    }
    YX_CLEAN(opened) struct opened opened = open_good(yx_buf_bytes(&maker.out));
    assert_non_null(opened.zip);
}

static void refuses_bombs(void **state)
{
    (void)state;
    expect_bomb(3, 64 << 10, 60u << 20, "zip bomb");
    expect_bomb(1, 64 << 10, 60u << 20, NULL);
    expect_bomb(5, 5 << 20, 900u << 20, "zip bomb");
    expect_bomb(4, 5 << 20, 900u << 20, NULL);
}

/* --- Overlaps and hidden entries --------------------------------------------------------- */

/* Two records for one entry: each unpacks the same bytes (a "better zip bomb" does this). */
static void refuses_entries_inside_others(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker inner = {0};
    maker_stored(&inner, "b", "shared");
    YX_CLEAN(maker) struct maker maker = {0};
    struct maker_entry outer = stored_entry("a", yx_buf_bytes(&inner.out));
    maker_add(&maker, &outer);
    struct maker_entry again = stored_entry("b", YX_TEXT("shared"));
    maker_record(&maker, &again, maker.data);
    maker_end(&maker);
    expect_refused(yx_buf_bytes(&maker.out), "b overlaps another part");
}

static void refuses_two_records_for_one_entry(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    maker_stored(&maker, "a", "shared");
    struct maker_entry again = stored_entry("a", YX_TEXT("shared"));
    maker_record(&maker, &again, 0);
    maker_end(&maker);
    expect_refused(yx_buf_bytes(&maker.out), "overlaps another part");
}

static void refuses_data_that_runs_into_the_directory(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    maker_stored(&maker, "a", "content");
    set32(&maker.out, 18, 8);
    set32(&maker.out, 22, 8);
    set32(&maker.directory, RECORD_PACKED, 8);
    set32(&maker.directory, RECORD_SIZE, 8);
    maker_end(&maker);
    expect_refused(yx_buf_bytes(&maker.out), "reaches into the directory");
}

static void refuses_descriptors_that_lie(void **state)
{
    (void)state;
    for (size_t i = 0; i < 12; i++) {
        YX_CLEAN(maker) struct maker maker = {0};
        struct maker_entry entry = stored_entry("a", YX_TEXT("content"));
        entry.flags = 8;
        entry.descriptor = 16;
        maker_add(&maker, &entry);
        maker.out.data[maker.data + 7 + 4 + i] ^= 1;
        maker_end(&maker);
        expect_refused(yx_buf_bytes(&maker.out), "behind the data contradicts");
    }
}

/* An entry that only a reader without the directory sees. */
static void refuses_hidden_entries(void **state)
{
    (void)state;
    for (unsigned place = 0; place < 3; place++) {
        YX_CLEAN(maker) struct maker hidden = {0};
        maker_stored(&hidden, "OFD.xml", "evil");
        YX_CLEAN(maker) struct maker maker = {0};
        if (place == 0)
            put_bytes(&maker.out, yx_buf_bytes(&hidden.out));
        maker_stored(&maker, "OFD.xml", "good");
        if (place == 1)
            put_bytes(&maker.out, yx_buf_bytes(&hidden.out));
        maker_stored(&maker, "a", "");
        maker_end(&maker);
        if (place == 2)
            put_bytes(&maker.out, yx_buf_bytes(&hidden.out));
        expect_refused(yx_buf_bytes(&maker.out), "hides an entry");
    }
}

/* The signature of the hidden entry lies across the pieces in which gaps are looked through. */
static void refuses_hidden_entries_far_away(void **state)
{
    (void)state;
    for (size_t before = 65530; before <= 65540; before++) {
        YX_CLEAN(maker) struct maker maker = {0};
        for (size_t i = 0; i < before; i++)
            put_bytes(&maker.out, YX_TEXT("P"));
        put32(&maker.out, 0x04034b50);
        maker_stored(&maker, "OFD.xml", "good");
        maker_end(&maker);
        expect_refused(yx_buf_bytes(&maker.out), "hides an entry");
    }
}

/* Two whole packages, one behind the other, with and without shifted offsets. */
static void refuses_two_packages_in_one_file(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker first = {0};
    maker_stored(&first, "OFD.xml", "evil");
    maker_end(&first);
    for (unsigned counted = 0; counted < 2; counted++) {
        YX_CLEAN(maker) struct maker second = {0};
        if (counted)
            put_bytes(&second.out, yx_buf_bytes(&first.out));
        maker_stored(&second, "OFD.xml", "good");
        maker_end(&second);
        YX_CLEAN(yx_buf) struct yx_buf both = {0};
        if (!counted)
            put_bytes(&both, yx_buf_bytes(&first.out));
        put_bytes(&both, yx_buf_bytes(&second.out));
        expect_refused(yx_buf_bytes(&both), counted ? "two ends" : "");
    }
}

/* A package in the comment of another one: readers take the one or the other end. */
static void refuses_a_package_in_the_comment(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker inner = {0};
    maker_stored(&inner, "OFD.xml", "evil");
    maker_end(&inner);
    YX_CLEAN(maker) struct maker maker = {0};
    maker_stored(&maker, "OFD.xml", "good");
    maker_end(&maker);
    set16(&maker.out, maker.out.len - 2, (unsigned)inner.out.len);
    put_bytes(&maker.out, yx_buf_bytes(&inner.out));
    expect_refused(yx_buf_bytes(&maker.out), "");
}

/* With junk before, the offset that is written points at another directory, inside a part. */
static void refuses_a_second_directory(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    YX_CLEAN(yx_buf) struct yx_buf fake = {0};
    put32(&fake, 0x02014b50);
    put_bytes(&fake, YX_TEXT("the rest of a record would stand here"));
    struct maker_entry entry = stored_entry("a", yx_buf_bytes(&fake));
    maker_add(&maker, &entry);
    size_t directory = maker_end(&maker);
    YX_CLEAN(yx_buf) struct yx_buf all = {0};
    size_t shift = directory - maker.data;
    for (size_t i = 0; i < shift; i++)
        put_bytes(&all, YX_TEXT("x"));
    put_bytes(&all, yx_buf_bytes(&maker.out));
    /* The directory now stands `shift` behind the offset written; data + shift is that offset. */
    assert_int_equal(maker.data + shift, directory);
    expect_refused(yx_buf_bytes(&all), "two directories");
}

/* --- Many -------------------------------------------------------------------------------- */

static void expect_many_refused(uint32_t count, const char *sentence)
{
    YX_CLEAN(maker) struct maker maker = {0};
    for (uint32_t i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "%u", i);
        maker_stored(&maker, name, "");
    }
    maker_end(&maker);
    clock_t start = clock();
    if (sentence != NULL) {
        expect_refused(yx_buf_bytes(&maker.out), sentence);
    } else {
        YX_CLEAN(opened) struct opened opened = open_good(yx_buf_bytes(&maker.out));
        assert_int_equal(yx_zip_count(opened.zip), count);
    }
    assert_true(clock() - start < 5 * CLOCKS_PER_SEC);
}

static void refuses_a_hundred_thousand_entries(void **state)
{
    (void)state;
    expect_many_refused(100000, "at most 20000 are read");
    expect_many_refused(65536 + 10, "holds more than the 10 parts");
    expect_many_refused(20001, "at most 20000 are read");
    expect_many_refused(20000, NULL);
}

/* --- Damage ------------------------------------------------------------------------------ */

static void make_small(struct maker *maker)
{
    maker_stored(maker, "OFD.xml", "<OFD/>");
    maker_deflated(maker, "Doc_0/Document.xml", "<Document/><Document/><Document/>");
    struct maker_entry entry = stored_entry("Doc_0/x", YX_TEXT("descriptor"));
    entry.flags = 8;
    entry.descriptor = 16;
    maker_add(maker, &entry);
    maker_end(maker);
}

static void refuses_every_truncation(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    make_small(&maker);
    for (size_t len = 0; len < maker.out.len; len++) {
        /* A copy of just this size, so that the sanitizer sees a byte too many. */
        YX_CLEAN(yx_buf) struct yx_buf copy = {0};
        put_bytes(&copy, YX_BYTES(maker.out.data, len));
        expect_refused(yx_buf_bytes(&copy), "");
    }
}

/* A part that can still be read under its name is the part that it was. */
static void expect_same_or_nothing(const struct yx_zip *good, const struct yx_zip *flipped)
{
    for (size_t i = 0; i < yx_zip_count(good); i++) {
        YX_CLEAN(yx_buf) struct yx_buf want = {0};
        YX_CLEAN(yx_buf) struct yx_buf got = {0};
        struct yx_error err = {0};
        const struct yx_zip_entry *entry = yx_zip_entry(good, i);
        const struct yx_zip_entry *same = yx_zip_find(flipped, entry->name);
        expect_ok(yx_zip_read(good, entry, 1000, &want, &err), &err);
        if (same == NULL || yx_zip_read(flipped, same, 1000, &got, &err) != YX_OK)
            continue;
        assert_true(yx_bytes_equal(yx_buf_bytes(&want), yx_buf_bytes(&got)));
    }
}

static void survives_every_bit_flip(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    make_small(&maker);
    YX_CLEAN(opened) struct opened good = open_good(yx_buf_bytes(&maker.out));
    YX_CLEAN(yx_buf) struct yx_buf copy = {0};
    put_bytes(&copy, yx_buf_bytes(&maker.out));
    for (size_t bit = 0; bit < copy.len * 8; bit++) {
        copy.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        YX_CLEAN(opened) struct opened flipped = {0};
        struct yx_error err = {0};
        if (open_zip(yx_buf_bytes(&copy), &flipped, &err) == YX_OK)
            expect_same_or_nothing(good.zip, flipped.zip);
        copy.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_encrypted_parts),
        cmocka_unit_test(refuses_other_methods),
        cmocka_unit_test(refuses_local_headers_that_differ),
        cmocka_unit_test(refuses_split_archives),
        cmocka_unit_test(refuses_lying_extra_fields),
        cmocka_unit_test(refuses_entries_in_the_directory),
        cmocka_unit_test(refuses_ends_that_lie),
        cmocka_unit_test(refuses_counts_that_lie),
        cmocka_unit_test(refuses_zip64),
        cmocka_unit_test(refuses_zip64_parts),
        cmocka_unit_test(refuses_what_is_no_zip),
        cmocka_unit_test(refuses_bad_names),
        cmocka_unit_test(refuses_long_names),
        cmocka_unit_test(refuses_names_that_stand_twice),
        cmocka_unit_test(refuses_second_names_in_extra_fields),
        cmocka_unit_test(refuses_a_stored_size_that_lies),
        cmocka_unit_test(refuses_a_gigabyte_from_nothing),
        cmocka_unit_test(refuses_a_folder_with_content),
        cmocka_unit_test(refuses_bombs),
        cmocka_unit_test(refuses_entries_inside_others),
        cmocka_unit_test(refuses_two_records_for_one_entry),
        cmocka_unit_test(refuses_data_that_runs_into_the_directory),
        cmocka_unit_test(refuses_descriptors_that_lie),
        cmocka_unit_test(refuses_hidden_entries),
        cmocka_unit_test(refuses_hidden_entries_far_away),
        cmocka_unit_test(refuses_two_packages_in_one_file),
        cmocka_unit_test(refuses_a_package_in_the_comment),
        cmocka_unit_test(refuses_a_second_directory),
        cmocka_unit_test(refuses_a_hundred_thousand_entries),
        cmocka_unit_test(refuses_every_truncation),
        cmocka_unit_test(survives_every_bit_flip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
