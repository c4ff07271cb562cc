/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open.c - opens a file: strictly as it stands. qpdf reads the objects with its repairs switched
 * off; what it does not tell (where the last cross-reference section is, and of which kind) is
 * looked up here. Pages are in pages.c.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pdf/pages.h"

/* startxref is looked for in as many bytes at the end as qpdf takes: both must find the same. */
#define END_WINDOW 1054
/* A file of at most so many bytes is read whole. */
#define COPY_MAX (16u * 1024 * 1024)

static yx_status check_header(const struct yx_source *source, uint64_t size, struct yx_error *err)
{
    char head[5] = "";
    if (size >= sizeof head)
        YX_TRY(yx_source_read(source, 0, head, sizeof head, err));
    YX_REQUIRE(memcmp(head, "%PDF-", sizeof head) == 0, err, YX_DAMAGED, "ISO 32000-1 7.5.2",
               N_("the file does not begin with %PDF-: it is no PDF, or something stands before it "
                  "that shifts every offset"));
    return YX_OK;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\0';
}

/* "startxref", white space, an offset. */
static bool parse_startxref(const uint8_t *at, const uint8_t *end, uint64_t *out)
{
    static const char word[] = "startxref";
    size_t len = sizeof word - 1;
    if ((size_t)(end - at) <= len || memcmp(at, word, len) != 0 || !is_space(at[len]))
        return false;
    for (at += len; at < end && is_space(*at);)
        at++;
    uint64_t value = 0;
    const uint8_t *digits = at;
    for (; at < end && *at >= '0' && *at <= '9' && at - digits < 19; at++)
        value = value * 10 + (uint64_t)(*at - '0');
    *out = value;
    return at > digits;
}

static yx_status find_last_xref(struct yx_pdf *pdf, struct yx_error *err)
{
    uint8_t window[END_WINDOW];
    size_t len = pdf->size < END_WINDOW ? (size_t)pdf->size : END_WINDOW;
    YX_TRY(yx_source_read(pdf->source, pdf->size - len, window, len, err));
    for (size_t i = len; i > 0; i--) {
        const uint8_t *at = window + i - 1;
        if (!parse_startxref(at, window + len, &pdf->last_xref))
            continue;
        YX_REQUIRE(pdf->last_xref < pdf->size, err, YX_DAMAGED, "ISO 32000-1 7.5.5",
                   N_("startxref points behind the end of the file: it is cut off or damaged"));
        YX_REQUIRE(memmem(at, len - i + 1, "%%EOF", 5) != NULL, err, YX_DAMAGED,
                   "ISO 32000-1 7.5.5", N_("%%EOF is missing: the file is cut off"));
        return YX_OK;
    }
    return yx_fail(err, YX_DAMAGED, "ISO 32000-1 7.5.5",
                   N_("no startxref stands at the end of the file: it is cut off or damaged"));
}

/*
 * A table begins with "xref", a stream is an object; a hybrid file's last section is a table. White
 * space stands before it: an offset one too large would make object 2 out of object 12.
 */
static yx_status find_xref_kind(struct yx_pdf *pdf, struct yx_error *err)
{
    uint8_t before = 0, head[64];
    uint64_t rest = pdf->size - pdf->last_xref;
    size_t len = rest < sizeof head ? (size_t)rest : sizeof head, i = 0;
    if (pdf->last_xref > 0)
        YX_TRY(yx_source_read(pdf->source, pdf->last_xref - 1, &before, 1, err));
    YX_TRY(yx_source_read(pdf->source, pdf->last_xref, head, len, err));
    while (i < len && is_space(head[i]))
        i++;
    bool is_table = is_space(before) && len - i >= 4 && memcmp(head + i, "xref", 4) == 0;
    bool is_object = is_space(before) && i < len && head[i] >= '0' && head[i] <= '9';
    YX_REQUIRE(is_table || is_object, err, YX_DAMAGED, "ISO 32000-1 7.5.5",
               N_("startxref points at byte {1}, where no cross-reference section stands"),
               YX_NUM(pdf->last_xref));
    pdf->xref_kind = is_table ? YX_PDF_XREF_TABLE : YX_PDF_XREF_STREAM;
    return YX_OK;
}

static yx_status map_file(struct yx_pdf *pdf, struct yx_error *err)
{
    YX_REQUIRE(pdf->size <= SIZE_MAX, err, YX_DAMAGED, "", N_("the file is too large"));
    void *mapping =
        mmap(NULL, (size_t)pdf->size, PROT_READ, MAP_PRIVATE, yx_source_fd(pdf->source), 0);
    if (mapping == MAP_FAILED)
        return yx_fail_memory(err);
    pdf->mapping = mapping;
    /* Objects are read here and there: do not pull in their neighbours. */
    madvise(mapping, (size_t)pdf->size, MADV_RANDOM);
    return YX_OK;
}

static yx_status copy_file(struct yx_pdf *pdf, struct yx_error *err)
{
    size_t size = (size_t)pdf->size;
    if (yx_buf_reserve(&pdf->copy, size) != YX_OK)
        return yx_fail_memory(err);
    pdf->copy.len = size;
    return yx_source_read(pdf->source, 0, pdf->copy.data, size, err);
}

/* The name of an open descriptor leads to that very file, unless this process may open nothing. */
static bool name_of(int fd, char out[40])
{
    snprintf(out, 40, "/proc/self/fd/%d", fd);
    int again = open(out, O_RDONLY | O_CLOEXEC);
    if (again >= 0)
        close(again);
    return again >= 0;
}

/* qpdf reads by name. It seeks and reads anew for each object, so a small file is read once
 * instead. */
static yx_status start_qpdf(struct yx_pdf *pdf, struct yx_error *err)
{
    int fd = yx_source_fd(pdf->source);
    bool small = pdf->size <= COPY_MAX;
    char name[40];
    if (fd >= 0 && !small && pdf->size == yx_source_size(pdf->source) && name_of(fd, name)) {
        qpdf_read(pdf->qpdf, name, NULL);
        return YX_OK;
    }
    const void *bytes = yx_source_memory(pdf->source).data;
    if (fd >= 0) {
        YX_TRY(small ? copy_file(pdf, err) : map_file(pdf, err));
        bytes = small ? pdf->copy.data : pdf->mapping;
    }
    qpdf_read_memory(pdf->qpdf, "", bytes, pdf->size, NULL);
    return YX_OK;
}

/* An empty password qpdf tries by itself; any other it asks for, which is an error. */
static yx_status read_objects(struct yx_pdf *pdf, struct yx_error *err)
{
    YX_TRY(start_qpdf(pdf, err));
    YX_TRY(yx_pdf_check(pdf, err));
    YX_REQUIRE(!qpdf_is_encrypted(pdf->qpdf), err, YX_REFUSED, "ISO 32000-1 7.6",
               N_("the file is encrypted; remove the encryption first"));
    return YX_OK;
}

static yx_status read_trailer(struct yx_pdf *pdf, struct yx_error *err)
{
    qpdf_oh trailer = qpdf_get_trailer(pdf->qpdf);
    int64_t size = 0;
    YX_REQUIRE(yx_pdf_integer(pdf, yx_pdf_get(pdf, trailer, "/Size"), &size) && size > 0, err,
               YX_DAMAGED, "ISO 32000-1 7.5.5",
               N_("the trailer does not say how many objects there are"));
    YX_REQUIRE(size <= YX_PDF_OBJECTS_MAX, err, YX_DAMAGED, "ISO 32000-1 Annex C",
               N_("the file has more than {1} objects"), YX_NUM(YX_PDF_OBJECTS_MAX));
    pdf->object_count = (int)size;
    YX_REQUIRE(yx_pdf_get_ref(pdf, trailer, "/Root", &pdf->root) && pdf->root.id < size, err,
               YX_DAMAGED, "ISO 32000-1 7.5.5", N_("the trailer does not name the catalog"));
    return yx_pdf_check(pdf, err);
}

static yx_status open_pdf(struct yx_pdf *pdf, struct yx_error *err)
{
    YX_TRY(check_header(pdf->source, pdf->size, err));
    YX_TRY(find_last_xref(pdf, err));
    /* When memory is gone, C++ throws through this and other calls: docs/decisions-pdf.md. */
    pdf->qpdf = qpdf_init();
    if (pdf->qpdf == NULL)
        return yx_fail_memory(err);
    qpdf_silence_errors(pdf->qpdf);
    qpdf_set_suppress_warnings(pdf->qpdf, QPDF_TRUE);
    qpdf_set_attempt_recovery(pdf->qpdf, QPDF_FALSE);
    YX_TRY(read_objects(pdf, err));
    YX_TRY(find_xref_kind(pdf, err));
    YX_TRY(read_trailer(pdf, err));
    return yx_pdf_read_pages(pdf, err);
}

yx_status yx_pdf_open_revision(const struct yx_source *source, uint64_t size, struct yx_pdf **out,
                               struct yx_error *err)
{
    YX_REQUIRE(size <= yx_source_size(source), err, YX_USAGE, "",
               N_("a revision cannot be longer than its file"));
    YX_CLEAN(yx_pdf) struct yx_pdf *pdf = calloc(1, sizeof *pdf);
    if (pdf == NULL)
        return yx_fail_memory(err);
    pdf->source = source;
    pdf->size = size;
    YX_TRY(open_pdf(pdf, err));
    *out = pdf;
    pdf = NULL;
    return YX_OK;
}

yx_status yx_pdf_open(const struct yx_source *source, struct yx_pdf **out, struct yx_error *err)
{
    return yx_pdf_open_revision(source, yx_source_size(source), out, err);
}

void yx_pdf_free(struct yx_pdf *pdf)
{
    if (pdf == NULL)
        return;
    if (pdf->qpdf != NULL)
        qpdf_cleanup(&pdf->qpdf);
    if (pdf->mapping != NULL)
        munmap(pdf->mapping, (size_t)pdf->size);
    free(pdf->copy.data); /* no secret: not wiped */
    free(pdf->pages);
    free(pdf);
}
