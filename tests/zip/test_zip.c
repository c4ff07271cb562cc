/* SPDX-License-Identifier: Apache-2.0 */
/* test_zip.c - good zips as they are met are read, and what is written keeps old bytes. */
#include "zip_maker.h"

#include <sys/resource.h>
#include <zlib.h>

static void expect_content(const struct yx_zip *zip, const char *name, const char *content)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    const struct yx_zip_entry *entry = yx_zip_find(zip, YX_TEXT(name));
    assert_non_null(entry);
    expect_ok(yx_zip_read(zip, entry, 1 << 20, &out, &err), &err);
    assert_true(yx_bytes_are(yx_buf_bytes(&out), content));
}

/* --- Reading ----------------------------------------------------------------------------- */

static const char long_text[] = "one one one one one one one one one one one one one one one one";

static void add_with_descriptor(struct maker *maker, const char *name, unsigned size)
{
    YX_CLEAN(yx_buf) struct yx_buf packed = deflated(YX_TEXT(long_text));
    struct maker_entry entry = deflated_entry(name, YX_TEXT(long_text), &packed);
    entry.flags = 8;
    entry.descriptor = size;
    maker_add(maker, &entry);
}

static void reads_all_forms(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    maker_stored(&maker, "OFD.xml", "stored");
    maker_stored(&maker, "Doc_0/", "");
    maker_deflated(&maker, "Doc_0/a.xml", long_text);
    add_with_descriptor(&maker, "Doc_0/b.xml", 16);
    add_with_descriptor(&maker, "Doc_0/c.xml", 12);
    maker_stored(&maker, "Doc_0/empty", "");
    maker_end(&maker);
    YX_CLEAN(opened) struct opened opened = open_good(yx_buf_bytes(&maker.out));
    assert_int_equal(yx_zip_count(opened.zip), 6);
    assert_int_equal(yx_zip_outside(opened.zip), 0);
    expect_content(opened.zip, "OFD.xml", "stored");
    expect_content(opened.zip, "Doc_0/a.xml", long_text);
    expect_content(opened.zip, "Doc_0/b.xml", long_text);
    expect_content(opened.zip, "Doc_0/c.xml", long_text);
    expect_content(opened.zip, "Doc_0/empty", "");
    assert_true(yx_zip_entry(opened.zip, 1)->is_folder);
    assert_null(yx_zip_entry(opened.zip, 6));
    assert_null(yx_zip_find(opened.zip, YX_TEXT("Doc_0")));
    assert_null(yx_zip_find(opened.zip, YX_TEXT("ofd.xml")));
    assert_null(yx_zip_find(opened.zip, YX_TEXT("")));
}

static void names_are_bytes(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    struct maker_entry entry = stored_entry("文档.xml", YX_TEXT("utf-8"));
    entry.flags = 0x800;
    maker_add(&maker, &entry);
    maker_stored(&maker, "\xce\xc4\xb5\xb5.xml", "gbk");
    maker_stored(&maker, "A", "upper");
    maker_stored(&maker, "a", "lower");
    maker_end(&maker);
    YX_CLEAN(opened) struct opened opened = open_good(yx_buf_bytes(&maker.out));
    expect_content(opened.zip, "文档.xml", "utf-8");
    expect_content(opened.zip, "\xce\xc4\xb5\xb5.xml", "gbk");
    expect_content(opened.zip, "A", "upper");
    expect_content(opened.zip, "a", "lower");
}

static void takes_an_empty_package(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    maker_end(&maker);
    YX_CLEAN(opened) struct opened opened = open_good(yx_buf_bytes(&maker.out));
    assert_int_equal(yx_zip_count(opened.zip), 0);
    assert_null(yx_zip_find(opened.zip, YX_TEXT("OFD.xml")));
}

static const char junk[] = "\xef\xbb\xbfP PK and other junk";

/* Junk before the package: offsets as if it were not there. */
static void takes_junk_before_that_shifts(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    maker_stored(&maker, "a", "content");
    maker_end(&maker);
    YX_CLEAN(yx_buf) struct yx_buf all = {0};
    put_bytes(&all, YX_TEXT(junk));
    put_bytes(&all, yx_buf_bytes(&maker.out));
    YX_CLEAN(opened) struct opened opened = open_good(yx_buf_bytes(&all));
    expect_content(opened.zip, "a", "content");
    assert_int_equal(yx_zip_outside(opened.zip), sizeof junk - 1);
}

/* Junk before the package, between the entries and behind; offsets that count it. */
static void takes_junk_that_is_counted(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    put_bytes(&maker.out, YX_TEXT(junk));
    maker_stored(&maker, "a", "content");
    put_bytes(&maker.out, YX_TEXT("gap"));
    maker_deflated(&maker, "b", long_text);
    maker_end(&maker);
    put_bytes(&maker.out, YX_TEXT("\r\n"));
    YX_CLEAN(opened) struct opened opened = open_good(yx_buf_bytes(&maker.out));
    expect_content(opened.zip, "a", "content");
    expect_content(opened.zip, "b", long_text);
    assert_int_equal(yx_zip_outside(opened.zip), sizeof junk - 1 + 3 + 2);
}

static void takes_a_comment(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    maker_stored(&maker, "a", "content");
    maker_end(&maker);
    set16(&maker.out, maker.out.len - 2, 65535);
    for (size_t i = 0; i < 65535; i++)
        put_bytes(&maker.out, YX_TEXT("x"));
    YX_CLEAN(opened) struct opened opened = open_good(yx_buf_bytes(&maker.out));
    expect_content(opened.zip, "a", "content");
    assert_int_equal(yx_zip_outside(opened.zip), 65535);
}

/* A seal face may be a whole OFD package, stored as it is: its end is content. */
static void takes_a_package_inside(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker inner = {0};
    maker_stored(&inner, "OFD.xml", "inner");
    maker_end(&inner);
    YX_CLEAN(maker) struct maker maker = {0};
    maker_stored(&maker, "OFD.xml", "outer");
    struct maker_entry entry = stored_entry("Seal.esl", yx_buf_bytes(&inner.out));
    maker_add(&maker, &entry);
    maker_end(&maker);
    YX_CLEAN(opened) struct opened opened = open_good(yx_buf_bytes(&maker.out));
    expect_content(opened.zip, "OFD.xml", "outer");
}

/* --- Contents that lie ------------------------------------------------------------------- */

static void expect_bad_content(struct maker *maker, size_t limit)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    put_bytes(&out, YX_TEXT("kept"));
    YX_CLEAN(opened) struct opened opened = open_good(yx_buf_bytes(&maker->out));
    yx_status status = yx_zip_read(opened.zip, yx_zip_entry(opened.zip, 0), limit, &out, &err);
    expect_status(status, YX_DAMAGED, &err);
    assert_true(yx_bytes_are(yx_buf_bytes(&out), "kept"));
}

static void refuses_a_wrong_crc(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    maker_stored(&maker, "a", "content");
    maker.out.data[maker.data] ^= 1;
    maker_end(&maker);
    expect_bad_content(&maker, 1000);
}

static void refuses_a_wrong_deflated_size(void **state)
{
    (void)state;
    for (int change = -1; change <= 1; change += 2) {
        YX_CLEAN(maker) struct maker maker = {0};
        YX_CLEAN(yx_buf) struct yx_buf packed = deflated(YX_TEXT(long_text));
        struct maker_entry entry = deflated_entry("a", YX_TEXT(long_text), &packed);
        entry.size += (uint32_t)change;
        maker_add(&maker, &entry);
        maker_end(&maker);
        expect_bad_content(&maker, 1000);
    }
}

static void refuses_bytes_behind_the_deflated_data(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    YX_CLEAN(yx_buf) struct yx_buf packed = deflated(YX_TEXT(long_text));
    put_bytes(&packed, YX_TEXT("hidden"));
    struct maker_entry entry = deflated_entry("a", YX_TEXT(long_text), &packed);
    maker_add(&maker, &entry);
    maker_end(&maker);
    expect_bad_content(&maker, 1000);
}

static void refuses_more_than_the_limit(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    maker_stored(&maker, "a", "content");
    maker_end(&maker);
    expect_bad_content(&maker, 6);
}

/* --- Large parts ------------------------------------------------------------------------- */

#define LARGE ((size_t)64 << 20)

static yx_status count_zeros(void *self, struct yx_bytes bytes, struct yx_error *err)
{
    (void)err;
    size_t *count = self;
    assert_true(bytes.len <= 1 << 20);
    assert_int_equal(bytes.data[0] | bytes.data[bytes.len - 1], 0);
    *count += bytes.len;
    return YX_OK;
}

static long peak_kilobytes(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

static uint32_t crc_of_zeros(void)
{
    static const uint8_t zeros[1 << 16];
    uint32_t crc = 0;
    for (size_t i = 0; i < LARGE; i += sizeof zeros)
        crc = libdeflate_crc32(crc, zeros, sizeof zeros);
    return crc;
}

/* A package in a file: a head, LARGE bytes of zeros (a hole), the rest. */
static FILE *large_stored_file(void)
{
    YX_CLEAN(maker) struct maker maker = {0};
    struct maker_entry entry = stored_entry("large", YX_BYTES(NULL, 0));
    entry.crc32 = crc_of_zeros();
    entry.size = (uint32_t)LARGE;
    maker_add(&maker, &entry);
    set32(&maker.out, 18, (uint32_t)LARGE);
    set32(&maker.directory, 20, (uint32_t)LARGE);
    size_t head = maker.out.len;
    maker_end(&maker);
    set32(&maker.out, maker.out.len - 6, (uint32_t)(head + LARGE));
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fwrite(maker.out.data, 1, head, file), head);
    assert_int_equal(fseek(file, (long)LARGE, SEEK_CUR), 0);
    size_t rest = maker.out.len - head;
    assert_int_equal(fwrite(maker.out.data + head, 1, rest, file), rest);
    assert_int_equal(fflush(file), 0);
    return file;
}

static void expect_large_zeros(const struct yx_source *source)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_zip) struct yx_zip *zip = NULL;
    expect_ok(yx_zip_open(source, &zip, &err), &err);
    const struct yx_zip_entry *entry = yx_zip_find(zip, YX_TEXT("large"));
    assert_non_null(entry);
    size_t count = 0;
    long before = peak_kilobytes();
    expect_ok(yx_zip_stream(zip, entry, count_zeros, &count, &err), &err);
    assert_int_equal(count, LARGE);
    assert_true(peak_kilobytes() - before < 8 * 1024);
}

static void streams_a_large_stored_part(void **state)
{
    (void)state;
    FILE *file = large_stored_file();
    struct yx_error err = {0};
    struct yx_source *source = NULL;
    expect_ok(yx_source_borrow_fd(fileno(file), &source, &err), &err);
    expect_large_zeros(source);
    yx_source_free(source);
    fclose(file);
}

/* Deflates LARGE bytes of zeros without ever holding them, so that the peak stays telling. */
static struct yx_buf deflated_zeros(void)
{
    static uint8_t zeros[1 << 16];
    struct yx_buf out = {0};
    z_stream stream = {0};
    assert_int_equal(yx_buf_reserve(&out, 1 << 20), YX_OK);
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, 0), Z_OK);
    stream.next_out = out.data;
    stream.avail_out = 1 << 20;
    for (size_t i = 0; i < LARGE; i += sizeof zeros) {
        stream.next_in = zeros;
        stream.avail_in = sizeof zeros;
        int flush = i + sizeof zeros == LARGE ? Z_FINISH : Z_NO_FLUSH;
        assert_true(deflate(&stream, flush) >= 0);
    }
    out.len = stream.total_out;
    deflateEnd(&stream);
    return out;
}

static void make_large_deflated(struct maker *maker, uint32_t crc_change)
{
    YX_CLEAN(yx_buf) struct yx_buf packed = deflated_zeros();
    struct maker_entry entry = deflated_entry("large", YX_BYTES(NULL, 0), &packed);
    entry.size = (uint32_t)LARGE;
    entry.crc32 = crc_of_zeros() ^ crc_change;
    maker_add(maker, &entry);
    maker_end(maker);
}

static void streams_a_large_deflated_part(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    make_large_deflated(&maker, 0);
    struct yx_error err = {0};
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    expect_ok(yx_source_borrow(yx_buf_bytes(&maker.out), &source, &err), &err);
    expect_large_zeros(source);
}

static void refuses_a_large_part_with_a_wrong_crc(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    make_large_deflated(&maker, 1);
    YX_CLEAN(opened) struct opened opened = open_good(yx_buf_bytes(&maker.out));
    struct yx_error err = {0};
    size_t count = 0;
    expect_status(yx_zip_stream(opened.zip, yx_zip_entry(opened.zip, 0), count_zeros, &count, &err),
                  YX_DAMAGED, &err);
}

/* Large and cut short inside: the stream never ends, or ends too early. */
static void refuses_a_large_part_whose_stream_is_damaged(void **state)
{
    (void)state;
    for (size_t at = 0; at < 2; at++) {
        YX_CLEAN(maker) struct maker maker = {0};
        make_large_deflated(&maker, 0);
        maker.out.data[at == 0 ? maker.data : maker.data + 30000] ^= 0xff;
        YX_CLEAN(opened) struct opened opened = open_good(yx_buf_bytes(&maker.out));
        struct yx_error err = {0};
        size_t count = 0;
        yx_status status =
            yx_zip_stream(opened.zip, yx_zip_entry(opened.zip, 0), count_zeros, &count, &err);
        expect_status(status, YX_DAMAGED, &err);
    }
}

static yx_status refuse_piece(void *self, struct yx_bytes bytes, struct yx_error *err)
{
    (void)self;
    (void)bytes;
    return yx_fail(err, YX_REFUSED, "", "enough");
}

static void stops_when_the_reader_says_so(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    make_large_deflated(&maker, 0);
    YX_CLEAN(opened) struct opened opened = open_good(yx_buf_bytes(&maker.out));
    struct yx_error err = {0};
    expect_status(yx_zip_stream(opened.zip, yx_zip_entry(opened.zip, 0), refuse_piece, NULL, &err),
                  YX_REFUSED, &err);
}

/* --- Writing ----------------------------------------------------------------------------- */

#define SOME_TIME (INT64_C(1795000000) * YX_SECOND)

static struct yx_buf written(const struct yx_zip *old, const struct yx_zip_part *parts,
                             size_t count)
{
    struct yx_buf out = {0};
    struct yx_error err = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    expect_ok(yx_sink_memory(&out, &sink, &err), &err);
    expect_ok(yx_zip_write(old, parts, count, SOME_TIME, NULL, sink, &err), &err);
    expect_ok(yx_sink_commit(sink, &err), &err);
    return out;
}

static void make_old(struct maker *maker)
{
    put_bytes(&maker->out, YX_TEXT(junk));
    maker_stored(maker, "OFD.xml", "old");
    maker_stored(maker, "Doc_0/", "");
    maker_deflated(maker, "Doc_0/Document.xml", long_text);
    add_with_descriptor(maker, "Doc_0/Pages/Content.xml", 16);
    struct maker_entry entry = stored_entry("Doc_0/\xce\xc4", YX_TEXT("gbk"));
    entry.extra = YX_BYTES("\x0a\x00\x04\x00wxyz", 8);
    maker_add(maker, &entry);
    maker_end(maker);
}

static const struct yx_zip_part new_parts[] = {
    {{(const uint8_t *)"OFD.xml", 7}, {(const uint8_t *)"new", 3}},
    {{(const uint8_t *)"Doc_0/Signs/\xe7\xab\xa0", 15},
     {(const uint8_t *)long_text, sizeof long_text - 1}},
    {{(const uint8_t *)"empty", 5}, {NULL, 0}},
};

static void expect_same_raw(struct yx_bytes a, const struct yx_zip_entry *in_a, struct yx_bytes b,
                            const struct yx_zip_entry *in_b)
{
    assert_non_null(in_b);
    assert_int_equal(in_a->raw_size, in_b->raw_size);
    assert_memory_equal(a.data + in_a->raw_offset, b.data + in_b->raw_offset, in_a->raw_size);
    /* The record too, but for the offset. */
    assert_int_equal(in_a->record.len, in_b->record.len);
    assert_memory_equal(in_a->record.data, in_b->record.data, 42);
    assert_memory_equal(in_a->record.data + 46, in_b->record.data + 46, in_a->record.len - 46);
}

static void keeps_old_entries_byte_for_byte(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    make_old(&maker);
    YX_CLEAN(opened) struct opened old = open_good(yx_buf_bytes(&maker.out));
    YX_CLEAN(yx_buf) struct yx_buf bytes = written(old.zip, new_parts, 3);
    YX_CLEAN(opened) struct opened now = open_good(yx_buf_bytes(&bytes));
    assert_int_equal(yx_zip_count(now.zip), 7);
    assert_int_equal(yx_zip_outside(now.zip), 0);
    for (size_t i = 1; i < yx_zip_count(old.zip); i++) {
        const struct yx_zip_entry *entry = yx_zip_entry(old.zip, i);
        expect_same_raw(yx_buf_bytes(&maker.out), entry, yx_buf_bytes(&bytes),
                        yx_zip_find(now.zip, entry->name));
        assert_true(yx_bytes_equal(yx_zip_entry(now.zip, i - 1)->name, entry->name));
    }
    expect_content(now.zip, "OFD.xml", "new");
    expect_content(now.zip, "Doc_0/Signs/章", long_text);
    expect_content(now.zip, "empty", "");
    expect_content(now.zip, "Doc_0/Pages/Content.xml", long_text);
    assert_int_equal(yx_zip_find(now.zip, YX_TEXT("Doc_0/Signs/章"))->method, 8);
    assert_int_equal(yx_zip_find(now.zip, YX_TEXT("OFD.xml"))->method, 0);
}

static void writes_the_same_bytes_twice(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf a = written(NULL, new_parts, 3);
    YX_CLEAN(yx_buf) struct yx_buf b = written(NULL, new_parts, 3);
    assert_true(yx_bytes_equal(yx_buf_bytes(&a), yx_buf_bytes(&b)));
}

static void marks_names_that_are_utf8(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf bytes = written(NULL, new_parts, 3);
    YX_CLEAN(opened) struct opened now = open_good(yx_buf_bytes(&bytes));
    assert_int_equal(yx_zip_entry(now.zip, 0)->record.data[9], 0);
    assert_int_equal(yx_zip_entry(now.zip, 1)->record.data[9], 8);
}

static void other_programs_read_it(void **state)
{
    (void)state;
    if (system("python3 -c 'import zipfile' 2>/dev/null") != 0)
        skip();
    char path[] = "/tmp/yinxin-zip-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    YX_CLEAN(maker) struct maker maker = {0};
    make_old(&maker);
    YX_CLEAN(opened) struct opened old = open_good(yx_buf_bytes(&maker.out));
    YX_CLEAN(yx_buf) struct yx_buf bytes = written(old.zip, new_parts, 3);
    struct yx_error err = {0};
    expect_ok(yx_file_write(path, false, yx_buf_bytes(&bytes), &err), &err);
    char command[200];
    snprintf(command, sizeof command,
             "python3 -c 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); "
             "sys.exit(z.testzip() is not None or len(z.namelist()) != 7 or "
             "z.getinfo(\"OFD.xml\").date_time[0] != 2026)' %s",
             path);
    int result = system(command);
    unlink(path);
    assert_int_equal(result, 0);
}

static void expect_write_refused(const struct yx_zip_part *parts, size_t count, yx_status status)
{
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_error err = {0};
    expect_ok(yx_sink_memory(&out, &sink, &err), &err);
    expect_status(yx_zip_write(NULL, parts, count, SOME_TIME, NULL, sink, &err), status, &err);
}

static void refuses_to_write_what_it_would_not_read(void **state)
{
    (void)state;
    struct yx_zip_part parts[2] = {{YX_TEXT("a"), YX_TEXT("1")}, {YX_TEXT("a"), YX_TEXT("2")}};
    expect_write_refused(parts, 2, YX_REFUSED);
    parts[0].name = YX_TEXT("../a");
    expect_write_refused(parts, 1, YX_DAMAGED);
    struct yx_zip_part *many = calloc(YX_ZIP_ENTRIES_MAX + 1, sizeof *many);
    char(*names)[24] = calloc(YX_ZIP_ENTRIES_MAX + 1, sizeof *names);
    assert_true(many != NULL && names != NULL);
    for (size_t i = 0; i <= YX_ZIP_ENTRIES_MAX; i++) {
        snprintf(names[i], sizeof names[i], "%zu", i);
        many[i].name = YX_TEXT(names[i]);
    }
    expect_write_refused(many, YX_ZIP_ENTRIES_MAX + 1, YX_REFUSED);
    free(many);
    free(names);
}

static void clamps_times_that_zip_cannot_hold(void **state)
{
    (void)state;
    const yx_time times[] = {0, INT64_C(5000000000) * YX_SECOND};
    const unsigned dates[] = {0x0021, 0xff9f};
    for (size_t i = 0; i < 2; i++) {
        YX_CLEAN(yx_buf) struct yx_buf out = {0};
        YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
        struct yx_error err = {0};
        expect_ok(yx_sink_memory(&out, &sink, &err), &err);
        expect_ok(yx_zip_write(NULL, new_parts, 1, times[i], NULL, sink, &err), &err);
        assert_int_equal(out.data[12] | out.data[13] << 8, dates[i]);
    }
}

/* A part whose middle does not shrink is stored as it is; all others are deflated. */
static void leaves_packed_parts_as_they_are(void **state)
{
    (void)state;
    static uint8_t noise[40000], mixed[40000];
    uint32_t random = 1;
    for (size_t i = 0; i < sizeof noise; i++) {
        random = random * 1664525 + 1013904223;
        noise[i] = (uint8_t)(random >> 24);
    }
    memcpy(mixed, noise, sizeof mixed / 4); /* its middle is zeros */
    const struct yx_zip_part parts[] = {
        {YX_TEXT("noise"), YX_BYTES(noise, sizeof noise)},
        {YX_TEXT("mixed"), YX_BYTES(mixed, sizeof mixed)},
        {YX_TEXT("short noise"), YX_BYTES(noise, 100)},
        {YX_TEXT("short zeros"), YX_BYTES(mixed + 20000, 100)},
    };
    const uint16_t methods[] = {0, 8, 0, 8};
    YX_CLEAN(yx_buf) struct yx_buf out = written(NULL, parts, 4);
    YX_CLEAN(opened) struct opened opened = open_good(yx_buf_bytes(&out));
    for (size_t i = 0; i < 4; i++) {
        struct yx_error err;
        YX_CLEAN(yx_buf) struct yx_buf content = {0};
        const struct yx_zip_entry *entry = yx_zip_find(opened.zip, parts[i].name);
        assert_int_equal(entry->method, methods[i]);
        expect_ok(yx_zip_read(opened.zip, entry, sizeof noise, &content, &err), &err);
        assert_true(yx_bytes_equal(yx_buf_bytes(&content), parts[i].content));
    }
}

struct progress_log {
    uint64_t last, total;
};

static void log_progress(void *self, uint64_t done, uint64_t total)
{
    struct progress_log *log = self;
    assert_true(done >= log->last && done <= total);
    *log = (struct progress_log){done, total};
}

static void tells_how_far_it_is(void **state)
{
    (void)state;
    YX_CLEAN(maker) struct maker maker = {0};
    make_old(&maker);
    YX_CLEAN(opened) struct opened old = open_good(yx_buf_bytes(&maker.out));
    struct progress_log log = {0, 0};
    struct yx_progress progress = {log_progress, &log};
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_error err = {0};
    expect_ok(yx_sink_memory(&out, &sink, &err), &err);
    expect_ok(yx_zip_write(old.zip, new_parts, 3, SOME_TIME, &progress, sink, &err), &err);
    assert_true(log.total > 0);
    assert_int_equal(log.last, log.total);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_forms),
        cmocka_unit_test(names_are_bytes),
        cmocka_unit_test(takes_an_empty_package),
        cmocka_unit_test(takes_junk_before_that_shifts),
        cmocka_unit_test(takes_junk_that_is_counted),
        cmocka_unit_test(takes_a_comment),
        cmocka_unit_test(takes_a_package_inside),
        cmocka_unit_test(refuses_a_wrong_crc),
        cmocka_unit_test(refuses_a_wrong_deflated_size),
        cmocka_unit_test(refuses_bytes_behind_the_deflated_data),
        cmocka_unit_test(refuses_more_than_the_limit),
        cmocka_unit_test(streams_a_large_stored_part),
        cmocka_unit_test(streams_a_large_deflated_part),
        cmocka_unit_test(refuses_a_large_part_with_a_wrong_crc),
        cmocka_unit_test(refuses_a_large_part_whose_stream_is_damaged),
        cmocka_unit_test(stops_when_the_reader_says_so),
        cmocka_unit_test(keeps_old_entries_byte_for_byte),
        cmocka_unit_test(writes_the_same_bytes_twice),
        cmocka_unit_test(marks_names_that_are_utf8),
        cmocka_unit_test(other_programs_read_it),
        cmocka_unit_test(refuses_to_write_what_it_would_not_read),
        cmocka_unit_test(clamps_times_that_zip_cannot_hold),
        cmocka_unit_test(leaves_packed_parts_as_they_are),
        cmocka_unit_test(tells_how_far_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
