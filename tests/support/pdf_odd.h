/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pdf_odd.h - makes the PDF files that the tests of PDF read: plain ones of every build, and odd
 * ones, each good to open or refused for a reason. `odd_files` lists them all; sign and verify go
 * through the same list. Include support.h first.
 */
#ifndef TESTS_SUPPORT_PDF_ODD_H
#define TESTS_SUPPORT_PDF_ODD_H

#include <qpdf/qpdf-c.h>

#include "pdf/pdf.h"

enum odd_kind {
    ODD_TABLE,
    ODD_STREAM,        /* cross-reference stream, plain objects */
    ODD_OBJECT_STREAM, /* the same, dictionaries in an object stream */
    ODD_HYBRID         /* table, and the pages in an object stream that XRefStm knows */
};

/* Object numbers: 1 catalog, 2 page tree, 3 font, 4 content, 5 to 9 as wanted, 10 on the pages,
 * behind them object stream and cross-reference stream. */
#define ODD_FIRST_PAGE 10
#define ODD_EXTRA 5

struct odd_options {
    enum odd_kind kind;
    unsigned pages;               /* 0: one */
    const char *version;          /* NULL: 1.7 */
    const char *catalog;          /* more entries */
    const char *tree;             /* more entries of the page tree's root */
    const char *page;             /* entries of every page; NULL: A4 */
    const char *kids;             /* instead of the pages */
    const char *count;            /* instead of how many there are */
    const char *extra[ODD_EXTRA]; /* objects 5 to 9, NULL: free */
    const char *trailer;          /* more entries; NULL: an ID */
    const char *size;             /* instead of the true Size */
    const char *startxref;        /* instead of the true offset */
    unsigned shift;               /* startxref is too large by so much */
    const char *before, *behind;  /* what stands around the file; behind: NULL "\n" */
};

#define ODD_A4 "/MediaBox [0 0 595.28 841.89]"
#define ODD_ID "/ID [<00112233445566778899AABBCCDDEEFF><00112233445566778899AABBCCDDEEFF>]"

struct odd_object {
    uint64_t offset; /* 0: free */
    bool packed;     /* in the object stream: offset is its index plus one */
};

struct odd_file_state {
    const struct odd_options *options;
    struct yx_buf *out;
    size_t start; /* where %PDF stands */
    struct odd_object *objects;
    int count; /* the next number */
    struct yx_buf packed, packed_index;
    unsigned packed_count;
};

static inline void odd_put(struct yx_buf *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static inline void odd_put(struct yx_buf *out, const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert_in_range(len, 0, sizeof text - 1);
    assert_int_equal(yx_buf_append(out, YX_BYTES(text, (size_t)len)), YX_OK);
}

static inline const char *odd_or(const char *text, const char *otherwise)
{
    return text != NULL ? text : otherwise;
}

/* Is the object kept in the object stream? Streams and the catalog of a hybrid file are not. */
static inline bool odd_is_packed(const struct odd_options *options, int id)
{
    if (options->kind == ODD_OBJECT_STREAM)
        return id != 4;
    return options->kind == ODD_HYBRID && id >= ODD_FIRST_PAGE;
}

static inline void odd_object(struct odd_file_state *file, int id, const char *body)
{
    struct odd_object *object = &file->objects[id];
    if (odd_is_packed(file->options, id)) {
        odd_put(&file->packed_index, "%d %zu ", id, file->packed.len);
        odd_put(&file->packed, "%s ", body);
        *object = (struct odd_object){.offset = ++file->packed_count, .packed = true};
        return;
    }
    object->offset = file->out->len;
    odd_put(file->out, "%d 0 obj\n%s\nendobj\n", id, body);
}

/* The list of kids may be long: it is put together apart. */
static inline void odd_tree(struct odd_file_state *file, unsigned pages)
{
    const struct odd_options *options = file->options;
    struct yx_buf kids = {0};
    for (unsigned i = 0; options->kids == NULL && i < pages; i++)
        odd_put(&kids, "%u 0 R ", ODD_FIRST_PAGE + i);
    assert_int_equal(yx_buf_append(&kids, YX_BYTES("", 1)), YX_OK);
    char count[16];
    snprintf(count, sizeof count, "%u", pages);
    const char *list = odd_or(options->kids, (const char *)kids.data);
    size_t size = strlen(list) + 300;
    char *body = malloc(size);
    assert_non_null(body);
    snprintf(body, size, "<< /Type /Pages /Kids [%s] /Count %s %s >>", list,
             odd_or(options->count, count), odd_or(options->tree, ""));
    if (odd_is_packed(options, 2)) {
        odd_put(&file->packed_index, "2 %zu ", file->packed.len);
        assert_int_equal(yx_buf_append_text(&file->packed, body), YX_OK);
        odd_put(&file->packed, " ");
        file->objects[2] = (struct odd_object){.offset = ++file->packed_count, .packed = true};
    } else {
        file->objects[2].offset = file->out->len;
        odd_put(file->out, "2 0 obj\n");
        assert_int_equal(yx_buf_append_text(file->out, body), YX_OK);
        odd_put(file->out, "\nendobj\n");
    }
    free(body);
    yx_buf_free(&kids);
}

static inline void odd_objects(struct odd_file_state *file, unsigned pages)
{
    static const char content[] = "BT /F1 24 Tf 72 720 Td (A contract, page by page.) Tj ET\n";
    const struct odd_options *options = file->options;
    char body[4096];
    snprintf(body, sizeof body, "<< /Type /Catalog /Pages 2 0 R %s >>",
             odd_or(options->catalog, ""));
    odd_object(file, 1, body);
    odd_tree(file, pages);
    odd_object(file, 3, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
    snprintf(body, sizeof body, "<< /Length %zu >>\nstream\n%sendstream", sizeof content - 1,
             content);
    odd_object(file, 4, body);
    for (int i = 0; i < ODD_EXTRA; i++) {
        if (options->extra[i] != NULL)
            odd_object(file, 5 + i, options->extra[i]);
    }
    snprintf(body, sizeof body,
             "<< /Type /Page /Parent 2 0 R /Contents 4 0 R "
             "/Resources << /Font << /F1 3 0 R >> >> %s >>",
             odd_or(options->page, ODD_A4));
    for (unsigned i = 0; i < pages; i++)
        odd_object(file, (int)(ODD_FIRST_PAGE + i), body);
}

/* Writes the object stream; false when there is none. */
static inline bool odd_object_stream(struct odd_file_state *file, int id)
{
    if (file->packed_count == 0)
        return false;
    file->objects[id].offset = file->out->len;
    odd_put(file->out, "%d 0 obj\n<< /Type /ObjStm /N %u /First %zu /Length %zu >>\nstream\n", id,
            file->packed_count, file->packed_index.len, file->packed_index.len + file->packed.len);
    assert_int_equal(yx_buf_append(file->out, yx_buf_bytes(&file->packed_index)), YX_OK);
    assert_int_equal(yx_buf_append(file->out, yx_buf_bytes(&file->packed)), YX_OK);
    odd_put(file->out, "\nendstream\nendobj\n");
    return true;
}

static inline void odd_trailer(struct odd_file_state *file, int size, const char *more)
{
    char number[16];
    snprintf(number, sizeof number, "%d", size);
    odd_put(file->out, "<< /Size %s /Root 1 0 R %s %s", odd_or(file->options->size, number),
            odd_or(file->options->trailer, ODD_ID), more);
}

static inline void odd_xref_row(const struct odd_object *object, int stream, struct yx_buf *rows)
{
    uint64_t value = object->packed ? (uint64_t)stream : object->offset;
    uint64_t last = object->packed ? object->offset - 1 : 0;
    uint8_t row[7] = {(uint8_t)(object->offset == 0 ? 0 : object->packed ? 2 : 1)};
    for (unsigned k = 0; k < 4; k++)
        row[1 + k] = (uint8_t)(value >> (8 * (3 - k)));
    row[5] = (uint8_t)(last >> 8);
    row[6] = (uint8_t)last;
    assert_int_equal(yx_buf_append(rows, YX_BYTES(row, sizeof row)), YX_OK);
}

/* A cross-reference stream over all objects, or over the packed ones alone (XRefStm): in a hybrid
 * file these are the pages. */
static inline void odd_xref_stream(struct odd_file_state *file, int id, int stream, bool all)
{
    struct yx_buf rows = {0};
    int first = all ? 0 : ODD_FIRST_PAGE, end = all ? id + 1 : stream;
    if (all)
        file->objects[id].offset = file->out->len;
    for (int i = first; i < end; i++)
        odd_xref_row(&file->objects[i], stream, &rows);
    odd_put(file->out, "%d 0 obj\n", id);
    odd_trailer(file, id + 1, "/Type /XRef /W [1 4 2]");
    odd_put(file->out, " /Index [%d %d] /Length %zu >>\nstream\n", first, end - first, rows.len);
    assert_int_equal(yx_buf_append(file->out, yx_buf_bytes(&rows)), YX_OK);
    odd_put(file->out, "\nendstream\nendobj\n");
    yx_buf_free(&rows);
}

/* Hidden objects (those that only XRefStm knows) are not listed at all: so do it the writers of
 * hybrid files, and some readers take a free entry for the truth. */
static inline void odd_table(struct odd_file_state *file, int size, uint64_t hidden)
{
    odd_put(file->out, "xref\n");
    for (int i = 0, run; i < size; i++) {
        if (file->objects[i].packed)
            continue;
        if (i == 0 || file->objects[i - 1].packed) {
            for (run = 0; i + run < size && !file->objects[i + run].packed;)
                run++;
            odd_put(file->out, "%d %d\n", i, run);
        }
        bool used = file->objects[i].offset != 0;
        odd_put(file->out, "%010llu %05d %c \n", (unsigned long long)file->objects[i].offset,
                used ? 0 : 65535, used ? 'n' : 'f');
    }
    char more[60] = "";
    if (hidden != 0)
        snprintf(more, sizeof more, "/XRefStm %llu", (unsigned long long)hidden);
    odd_put(file->out, "trailer\n");
    odd_trailer(file, size, more);
    odd_put(file->out, " >>\n");
}

/* Makes a file. Offsets count from %PDF. */
static inline void odd_make(const struct odd_options *options, struct yx_buf *out)
{
    unsigned pages = options->pages != 0 ? options->pages : 1;
    struct yx_buf body = {0};
    struct odd_file_state file = {.options = options, .out = &body};
    file.objects = calloc(ODD_FIRST_PAGE + (size_t)pages + 2, sizeof *file.objects);
    assert_non_null(file.objects);
    odd_put(&body, "%%PDF-%s\n%%\xE2\xE3\xCF\xD3\n", odd_or(options->version, "1.7"));
    odd_objects(&file, pages);
    int stream = (int)(ODD_FIRST_PAGE + pages), next = stream;
    next += odd_object_stream(&file, stream);
    uint64_t xref = body.len;
    if (options->kind == ODD_STREAM || options->kind == ODD_OBJECT_STREAM) {
        odd_xref_stream(&file, next, stream, true);
    } else if (options->kind == ODD_HYBRID) {
        uint64_t hidden = body.len;
        odd_xref_stream(&file, next, stream, false);
        file.objects[next].offset = hidden;
        xref = body.len;
        odd_table(&file, next + 1, hidden);
    } else {
        odd_table(&file, next, 0);
    }
    char start[24];
    snprintf(start, sizeof start, "%llu", (unsigned long long)xref + options->shift);
    odd_put(&body, "startxref\n%s\n%%%%EOF%s", odd_or(options->startxref, start),
            odd_or(options->behind, "\n"));
    odd_put(out, "%s", odd_or(options->before, ""));
    assert_int_equal(yx_buf_append(out, yx_buf_bytes(&body)), YX_OK);
    free(file.objects);
    yx_buf_free(&file.packed);
    yx_buf_free(&file.packed_index);
    yx_buf_free(&body);
}

/* --- Files rewritten by qpdf -------------------------------------------------------------- */

enum odd_rewrite { ODD_LINEARISE, ODD_ENCRYPT_OPEN, ODD_ENCRYPT_PASSWORD };

static inline void odd_rewrite(enum odd_rewrite how, struct yx_bytes in, struct yx_buf *out)
{
    qpdf_data qpdf = qpdf_init();
    qpdf_silence_errors(qpdf);
    assert_int_equal(qpdf_read_memory(qpdf, "", (const char *)in.data, in.len, NULL) & QPDF_ERRORS,
                     0);
    qpdf_init_write_memory(qpdf);
    if (how == ODD_LINEARISE)
        qpdf_set_linearization(qpdf, QPDF_TRUE);
    else
        qpdf_set_r6_encryption_parameters2(qpdf, how == ODD_ENCRYPT_OPEN ? "" : "user", "owner", 1,
                                           1, 1, 1, 1, 1, qpdf_r3p_full, 1);
    assert_int_equal(qpdf_write(qpdf) & QPDF_ERRORS, 0);
    assert_int_equal(
        yx_buf_append(out, YX_BYTES(qpdf_get_buffer(qpdf), qpdf_get_buffer_length(qpdf))), YX_OK);
    qpdf_cleanup(&qpdf);
}

/* --- The list ----------------------------------------------------------------------------- */

struct odd_file {
    const char *name;
    struct odd_options options;
    yx_status opens;            /* YX_OK, or why not */
    const char *reason;         /* a part of the English sentence */
    unsigned cut;               /* bytes missing at the end */
    const char *find, *replace; /* damage done afterwards, of the same length */
    int rewrite;                /* 0, or one of enum odd_rewrite plus one */
};

#define ODD_WIDGET \
    "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature1) /Rect [0 0 0 0] /P 10 0 R >>"
#define ODD_LINK "<< /Type /Annot /Subtype /Link /Rect [72 700 200 720] >>"

static const struct odd_file odd_files[] = {
    {.name = "table"},
    {.name = "stream", .options = {.kind = ODD_STREAM}},
    {.name = "object streams", .options = {.kind = ODD_OBJECT_STREAM, .pages = 3}},
    {.name = "hybrid", .options = {.kind = ODD_HYBRID, .pages = 3}},
    {.name = "linearised", .options = {.pages = 3}, .rewrite = ODD_LINEARISE + 1},
    {.name = "linearised, object streams",
     .options = {.pages = 3, .kind = ODD_OBJECT_STREAM},
     .rewrite = ODD_LINEARISE + 1},
    {.name = "version 2.0", .options = {.version = "2.0"}},
    {.name = "version 1.3, no ID", .options = {.version = "1.3", .trailer = ""}},
    {.name = "rotated 90", .options = {.page = ODD_A4 "/Rotate 90"}},
    {.name = "rotated 180", .options = {.page = ODD_A4 "/Rotate 180"}},
    {.name = "rotated 270", .options = {.page = ODD_A4 "/Rotate 270"}},
    {.name = "rotated -90", .options = {.page = ODD_A4 "/Rotate -90"}},
    {.name = "inherited boxes",
     .options = {.pages = 2,
                 .tree = "/MediaBox [0 0 400 600] /CropBox [50 50 350 550] /Rotate 90",
                 .page = "/LastModified (D:20260101)"}},
    {.name = "negative origin", .options = {.page = "/MediaBox [-100 -200 495 642]"}},
    {.name = "corners swapped", .options = {.page = "/MediaBox [595 842 0 0]"}},
    {.name = "box through references",
     .options = {.page = "/MediaBox 5 0 R", .extra = {"[0 0 6 0 R 842.5]", "595.5"}}},
    {.name = "CropBox beyond the MediaBox",
     .options = {.page = ODD_A4 "/CropBox [-50 -50 300 9000]"}},
    {.name = "UserUnit", .options = {.page = ODD_A4 "/UserUnit 2.5"}},
    {.name = "empty Annots", .options = {.page = ODD_A4 "/Annots []"}},
    {.name = "Annots null", .options = {.page = ODD_A4 "/Annots null"}},
    {.name = "direct annotation", .options = {.page = ODD_A4 "/Annots [" ODD_LINK "]"}},
    {.name = "indirect Annots",
     .options = {.page = ODD_A4 "/Annots 5 0 R", .extra = {"[6 0 R]", ODD_LINK}}},
    {.name = "indirect Annots shared by pages",
     .options = {.pages = 2, .page = ODD_A4 "/Annots 5 0 R", .extra = {"[6 0 R]", ODD_LINK}}},
    {.name = "reference to missing Annots", .options = {.page = ODD_A4 "/Annots 9 0 R"}},
    {.name = "direct form",
     .options = {.catalog = "/AcroForm << /Fields [5 0 R] /DA (/Helv 0 Tf 0 g) >>",
                 .page = ODD_A4 "/Annots [5 0 R]",
                 .extra = {ODD_WIDGET}}},
    {.name = "indirect form",
     .options = {.catalog = "/AcroForm 6 0 R",
                 .page = ODD_A4 "/Annots [5 0 R]",
                 .extra = {ODD_WIDGET, "<< /Fields [5 0 R] /SigFlags 1 >>"}}},
    {.name = "indirect fields",
     .options = {.catalog = "/AcroForm 6 0 R",
                 .page = ODD_A4 "/Annots [5 0 R]",
                 .extra = {ODD_WIDGET, "<< /Fields 7 0 R /SigFlags 3 >>", "[5 0 R]"}}},
    {.name = "form without fields", .options = {.catalog = "/AcroForm << >>"}},
    {.name = "form in object streams",
     .options = {.kind = ODD_OBJECT_STREAM,
                 .catalog = "/AcroForm 6 0 R",
                 .page = ODD_A4 "/Annots 7 0 R",
                 .extra = {ODD_WIDGET, "<< /Fields 8 0 R >>", "[5 0 R]", "[5 0 R]"}}},
    {.name = "2,000 pages", .options = {.pages = 2000}},
    {.name = "2,000 pages in object streams",
     .options = {.pages = 2000, .kind = ODD_OBJECT_STREAM}},
    {.name = "two levels",
     .options =
         {.pages = 2,
          .kids = "10 0 R 5 0 R",
          .extra = {"<< /Type /Pages /Parent 2 0 R /Kids [11 0 R] /Count 1 /Rotate 180 >>"}}},
    {.name = "strange names", .options = {.catalog = "/A#20B#2F#28 (x\\000\\)) /Lang (zh-CN)"}},
    {.name = "no newline at the end", .options = {.behind = ""}},
    {.name = "Size too large", .options = {.size = "99"}},
    {.name = "first free entry of mutool", .find = "65535 f", .replace = "65536 f"},
    {.name = "CR at the end", .options = {.behind = "\r"}},
    {.name = "junk behind the end", .options = {.behind = "\n<!-- junk without a newline -->"}},

    {.name = "shared page",
     .options = {.kids = "10 0 R 10 0 R", .count = "2"},
     .opens = YX_DAMAGED,
     .reason = "more than once"},
    {.name = "cycle in the page tree",
     .options = {.kids = "10 0 R 2 0 R"},
     .opens = YX_DAMAGED,
     .reason = "more than once"},
    {.name = "direct kid",
     .options = {.kids = "10 0 R << /Type /Page /Parent 2 0 R " ODD_A4 " >>", .count = "2"},
     .opens = YX_DAMAGED,
     .reason = "stands there directly"},
    {.name = "missing kid",
     .options = {.kids = "10 0 R 9 0 R", .count = "2"},
     .opens = YX_DAMAGED,
     .reason = "missing or no dictionary"},
    {.name = "kid beyond Size",
     .options = {.kids = "10 0 R 900 0 R", .count = "2"},
     .opens = YX_DAMAGED,
     .reason = "beyond the Size"},
    {.name = "wrong Count",
     .options = {.count = "7"},
     .opens = YX_DAMAGED,
     .reason = "Count of object 2 in the page tree is wrong: 1 pages"},
    {.name = "no Count",
     .options = {.count = "null"},
     .opens = YX_DAMAGED,
     .reason = "Count of object 2"},
    {.name = "no pages",
     .options = {.kids = "", .count = "0"},
     .opens = YX_DAMAGED,
     .reason = "no pages"},
    {.name = "a kid that is no page",
     .options = {.kids = "3 0 R"},
     .opens = YX_DAMAGED,
     .reason = "neither a page nor a node"},
    {.name = "no MediaBox",
     .options = {.page = "/CropBox [0 0 10 10]"},
     .opens = YX_DAMAGED,
     .reason = "has no MediaBox"},
    {.name = "empty MediaBox",
     .options = {.page = "/MediaBox [0 0 0 842]"},
     .opens = YX_DAMAGED,
     .reason = "the MediaBox of object 10"},
    {.name = "three numbers",
     .options = {.page = "/MediaBox [0 0 842]"},
     .opens = YX_DAMAGED,
     .reason = "the MediaBox of object 10"},
    {.name = "absurd MediaBox",
     .options = {.page = "/MediaBox [0 0 99999999999 842]"},
     .opens = YX_DAMAGED,
     .reason = "absurd size"},
    {.name = "CropBox elsewhere",
     .options = {.page = ODD_A4 "/CropBox [1000 1000 1100 1100]"},
     .opens = YX_DAMAGED,
     .reason = "outside its MediaBox"},
    {.name = "rotated 45",
     .options = {.page = ODD_A4 "/Rotate 45"},
     .opens = YX_DAMAGED,
     .reason = "no multiple of 90"},
    {.name = "UserUnit zero",
     .options = {.page = ODD_A4 "/UserUnit 0"},
     .opens = YX_DAMAGED,
     .reason = "no positive number"},
    {.name = "encrypted, no password",
     .rewrite = ODD_ENCRYPT_OPEN + 1,
     .opens = YX_REFUSED,
     .reason = "encrypted"},
    {.name = "encrypted with a password",
     .rewrite = ODD_ENCRYPT_PASSWORD + 1,
     .opens = YX_REFUSED,
     .reason = "encrypted"},
    {.name = "junk before",
     .options = {.before = "HTTP/1.1 200 OK\r\n\r\n"},
     .opens = YX_DAMAGED,
     .reason = "does not begin with %PDF-"},
    {.name = "truncated", .cut = 120, .opens = YX_DAMAGED, .reason = "cut off"},
    {.name = "startxref into nowhere",
     .options = {.startxref = "99999"},
     .opens = YX_DAMAGED,
     .reason = "startxref"},
    {.name = "startxref into the body",
     .options = {.startxref = "40"},
     .opens = YX_DAMAGED,
     .reason = "damaged"},
    {.name = "startxref into a number",
     .options = {.kind = ODD_STREAM, .shift = 1},
     .opens = YX_DAMAGED,
     .reason = "no cross-reference section"},
    {.name = "Prev into the body",
     .options = {.trailer = "/Prev 15"},
     .opens = YX_DAMAGED,
     .reason = "damaged at byte"},
    {.name = "wrong offset in the table",
     .find = "0000000015 00000 n",
     .replace = "0000000023 00000 n",
     .opens = YX_DAMAGED,
     .reason = "damaged at byte"},
    {.name = "broken table",
     .find = "xref\n0 11",
     .replace = "xref\n0 xx",
     .opens = YX_DAMAGED,
     .reason = "damaged at byte"},
    {.name = "Size too small",
     .options = {.size = "5"},
     .opens = YX_DAMAGED,
     .reason = "there are 5 objects, but they go up to number 10"},
    {.name = "no Size", .options = {.size = "null"}, .opens = YX_DAMAGED, .reason = "damaged"},
    {.name = "no Root",
     .find = "/Root 1 0 R",
     .replace = "/Toor 1 0 R",
     .opens = YX_DAMAGED,
     .reason = "catalog"},
    {.name = "no page tree",
     .find = "/Pages 2 0 R",
     .replace = "/Pagen 2 0 R",
     .opens = YX_DAMAGED,
     .reason = "page tree"},
    {.name = "duplicate key in the page",
     .options = {.page = ODD_A4 " /Rotate 0 /Rotate 90"},
     .opens = YX_DAMAGED,
     .reason = "duplicate"},
};
#define ODD_COUNT (sizeof odd_files / sizeof odd_files[0])

/* Makes a file of the list. */
static inline void odd_build(const struct odd_file *file, struct yx_buf *out)
{
    struct yx_buf made = {0};
    odd_make(&file->options, &made);
    if (file->find != NULL) {
        size_t len = strlen(file->find);
        assert_int_equal(len, strlen(file->replace));
        uint8_t *at = memmem(made.data, made.len, file->find, len);
        assert_non_null(at);
        memcpy(at, file->replace, len);
    }
    if (file->rewrite != 0)
        odd_rewrite((enum odd_rewrite)(file->rewrite - 1), yx_buf_bytes(&made), out);
    else
        assert_int_equal(yx_buf_append(out, YX_BYTES(made.data, made.len - file->cut)), YX_OK);
    yx_buf_free(&made);
}

/* The file of that name. */
static inline void odd_named(const char *name, struct yx_buf *out)
{
    for (size_t i = 0; i < ODD_COUNT; i++) {
        if (strcmp(odd_files[i].name, name) == 0) {
            odd_build(&odd_files[i], out);
            return;
        }
    }
    fail_msg("no odd file is called %s", name);
}

#endif
