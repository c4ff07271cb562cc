/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ofd_desk.h - a desk where documents are sealed, looked at and forged: people whom the desk
 * trusts, seals, paper, and scissors for packages. Needs support.h before it.
 */
#ifndef OFD_DESK_H
#define OFD_DESK_H

#include "ofd/model.h"
#include "pki.h"

#define DESK_OFD "xmlns:ofd=\"http://www.ofdspec.org/2016\""

struct desk {
    struct pki pki;
    struct yx_buf seal;  /* of version 4, 40 mm */
    struct yx_buf paper; /* three pages, no signature */
};

/* --- Paper ------------------------------------------------------------------------------- */

static const char desk_ofd_xml[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<ofd:OFD " DESK_OFD " Version=\"1.0\" DocType=\"OFD\"><ofd:DocBody>\n  <ofd:DocInfo>"
    "<ofd:DocID>1</ofd:DocID></ofd:DocInfo>\n  <ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>\n"
    "</ofd:DocBody></ofd:OFD>";
static const char desk_document_xml[] =
    "<ofd:Document " DESK_OFD "><ofd:CommonData><ofd:MaxUnitID>100</ofd:MaxUnitID><ofd:PageArea>"
    "<ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData><ofd:Pages>"
    "<ofd:Page ID=\"11\" BaseLoc=\"Pages/Page_0/Content.xml\"/>"
    "<ofd:Page ID=\"12\" BaseLoc=\"Pages/Page_1/Content.xml\"/>"
    "<ofd:Page ID=\"13\" BaseLoc=\"Pages/Page_2/Content.xml\"/></ofd:Pages></ofd:Document>";
static const char desk_page[] =
    "<ofd:Page " DESK_OFD "><ofd:Content><ofd:Layer ID=\"20\"><ofd:TextObject ID=\"21\" "
    "Boundary=\"80 100 20 6\" Font=\"3\" Size=\"5\"><ofd:TextCode X=\"0\" Y=\"5\" "
    "DeltaX=\"5 5 "
    "5\">甲方盖章</ofd:TextCode></ofd:TextObject></ofd:Layer></ofd:Content></ofd:Page>";

struct desk_part {
    const char *name, *content;
};

/* Writes a package of texts; a list ends with a NULL name. */
static inline void desk_write(const struct desk_part *parts, struct yx_buf *out)
{
    struct yx_zip_part list[32];
    size_t count = 0;
    struct yx_error err;
    for (; parts[count].name != NULL; count++)
        list[count] =
            (struct yx_zip_part){YX_TEXT(parts[count].name), YX_TEXT(parts[count].content)};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    expect_ok(yx_sink_memory(out, &sink, &err), &err);
    expect_ok(yx_zip_write(NULL, list, count, yx_now(), NULL, sink, &err), &err);
}

static inline void desk_write_paper(struct yx_buf *out)
{
    const struct desk_part parts[] = {{"OFD.xml", desk_ofd_xml},
                                      {"Doc_0/Document.xml", desk_document_xml},
                                      {"Doc_0/Pages/Page_0/Content.xml", desk_page},
                                      {"Doc_0/Pages/Page_1/Content.xml", desk_page},
                                      {"Doc_0/Pages/Page_2/Content.xml", desk_page},
                                      {NULL, NULL}};
    desk_write(parts, out);
}

/* --- Seals ------------------------------------------------------------------------------- */

static inline void desk_make_seal(const struct pki *pki, int version, struct yx_buf *out)
{
    const struct yx_cert *holders[] = {pki->holder.cert};
    struct yx_signer maker = pki_signer(&pki->maker);
    struct yx_error err;
    struct yx_seal_request request = {.version = version,
                                      .type = 1,
                                      .name = "测试专用章",
                                      .picture = pki_picture(),
                                      .width = 40,
                                      .height = 40,
                                      .holders = holders,
                                      .holder_count = 1,
                                      .valid_from = YX_TIME_NONE,
                                      .valid_to = YX_TIME_NONE};
    expect_ok(yx_seal_make(&request, pki->maker.cert, &maker, out, &err), &err);
}

static inline void desk_open(struct desk *desk)
{
    struct yx_error err;
    *desk = (struct desk){0};
    expect_ok(pki_open(YX_KEY_SM2, &desk->pki, &err), &err);
    desk_make_seal(&desk->pki, 4, &desk->seal);
    desk_write_paper(&desk->paper);
}

static inline void desk_close(struct desk *desk)
{
    pki_free(&desk->pki);
    yx_buf_free(&desk->seal);
    yx_buf_free(&desk->paper);
}
YX_DEFINE_CLEAN_VALUE(desk, struct desk, desk_close);

/* --- Sealing ----------------------------------------------------------------------------- */

static const struct yx_placement desk_corner = {.kind = YX_PLACE_POINT};

/* The holder's seal in the lower right corner of the last page, with the usual algorithm. */
static inline struct yx_ofd_request desk_request(const struct desk *desk)
{
    return (struct yx_ofd_request){.seal = yx_buf_bytes(&desk->seal),
                                   .signer = desk->pki.holder.cert,
                                   .algorithm = YX_SIG_SM2_SM3,
                                   .placements = &desk_corner,
                                   .placement_count = 1,
                                   .trust = desk->pki.trust};
}

static inline yx_status desk_sign(const struct desk *desk, struct yx_bytes paper,
                                  const struct yx_ofd_request *request, struct yx_buf *out,
                                  struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_signer signer = pki_signer(&desk->pki.holder);
    expect_ok(yx_source_borrow(paper, &source, err), err);
    expect_ok(yx_sink_memory(out, &sink, err), err);
    yx_status status = yx_ofd_sign(source, request, &signer, sink, err);
    if (status == YX_OK)
        expect_ok(yx_sink_commit(sink, err), err);
    return status;
}

/* Signs and must succeed. */
static inline void desk_signed(const struct desk *desk, const struct yx_buf *paper,
                               const struct yx_ofd_request *request, struct yx_buf *out)
{
    struct yx_error err;
    expect_ok(desk_sign(desk, yx_buf_bytes(paper), request, out, &err), &err);
}

/* Sealed as desk_request says. */
static inline void desk_sealed(const struct desk *desk, const struct yx_buf *paper,
                               struct yx_buf *out)
{
    struct yx_ofd_request request = desk_request(desk);
    desk_signed(desk, paper, &request, out);
}

/* Refused with this status, and `saying` in the sentence. */
static inline void desk_expect_refused(const struct desk *desk, const struct yx_buf *paper,
                                       const struct yx_ofd_request *request, yx_status status,
                                       const char *saying)
{
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_error err = {0};
    char sentence[600];
    expect_status(desk_sign(desk, yx_buf_bytes(paper), request, &out, &err), status, &err);
    yx_message_render(&err.message, NULL, sentence, sizeof sentence);
    if (strstr(sentence, saying) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", saying, sentence);
}

/* --- Looking ----------------------------------------------------------------------------- */

static inline struct yx_report *desk_verify(const struct desk *desk, struct yx_bytes document)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    struct yx_verify_options options = {.trust = desk->pki.trust};
    struct yx_report *report = NULL;
    struct yx_error err;
    expect_ok(yx_source_borrow(document, &source, &err), &err);
    expect_ok(yx_ofd_verify(source, &options, &report, &err), &err);
    return report;
}

static inline void desk_print_checks(const struct yx_checks *checks)
{
    for (const struct yx_check *c = checks->first; c != NULL; c = c->next) {
        char words[600] = "";
        if (c->detail != NULL)
            yx_message_render(c->detail, NULL, words, sizeof words);
        if (c->outcome > YX_SKIP)
            print_error("  %s %s: %s\n", yx_check_name(c->id), yx_outcome_name(c->outcome), words);
    }
}

/* What fails, in the order of the checks: those of the file, then "| " and those of each
 * signature. */
static inline void desk_fails(const struct yx_report *report, char out[1024])
{
    size_t used = 0;
    out[0] = 0;
    const struct yx_checks *checks = &report->checks;
    const struct yx_report_signature *signature = report->signatures;
    for (;;) {
        for (const struct yx_check *c = checks->first; c != NULL; c = c->next)
            if (c->outcome == YX_FAIL)
                used += (size_t)snprintf(out + used, 1024 - used, "%s ", yx_check_name(c->id));
        if (signature == NULL)
            break;
        used += (size_t)snprintf(out + used, 1024 - used, "| ");
        checks = &signature->checks;
        signature = signature->next;
    }
    if (used > 0)
        out[used - 1] = 0;
}

/* The document must have just these fails: "container.safe", "| references.digest | " ... */
static inline void desk_expect_fails(const struct desk *desk, const struct yx_buf *document,
                                     const char *expected)
{
    YX_CLEAN(yx_report) struct yx_report *report = desk_verify(desk, yx_buf_bytes(document));
    char fails[1024];
    desk_fails(report, fails);
    if (strcmp(fails, expected) == 0)
        return;
    desk_print_checks(&report->checks);
    for (const struct yx_report_signature *s = report->signatures; s != NULL; s = s->next)
        desk_print_checks(&s->checks);
    fail_msg("fails \"%s\", expected \"%s\"", fails, expected);
}

static inline size_t desk_count(const struct yx_report *report)
{
    size_t count = 0;
    for (const struct yx_report_signature *s = report->signatures; s != NULL; s = s->next)
        count++;
    return count;
}

/* Everything holds, and so many signatures are there. */
static inline void desk_expect_valid(const struct desk *desk, const struct yx_buf *document,
                                     size_t signatures)
{
    YX_CLEAN(yx_report) struct yx_report *report = desk_verify(desk, yx_buf_bytes(document));
    for (const struct yx_report_signature *s = report->signatures; s != NULL; s = s->next)
        desk_print_checks(&s->checks);
    desk_print_checks(&report->checks);
    assert_int_equal(report->result, YX_VALID);
    assert_int_equal(desk_count(report), signatures);
    assert_null(report->unprotected);
    assert_null(report->changed_after);
}

/* --- Scissors ---------------------------------------------------------------------------- */

struct desk_zip {
    struct yx_source *source;
    struct yx_zip *zip;
};

static inline void desk_unzip(struct yx_bytes document, struct desk_zip *out)
{
    struct yx_error err;
    expect_ok(yx_source_borrow(document, &out->source, &err), &err);
    expect_ok(yx_zip_open(out->source, &out->zip, &err), &err);
}

static inline void desk_zip_free(struct desk_zip *package)
{
    yx_zip_free(package->zip);
    yx_source_free(package->source);
}
YX_DEFINE_CLEAN_VALUE(desk_zip, struct desk_zip, desk_zip_free);

/* The content of a part, as text. */
static inline void desk_read(const struct yx_buf *document, const char *name, struct yx_buf *out)
{
    YX_CLEAN(desk_zip) struct desk_zip package = {0};
    struct yx_error err;
    desk_unzip(yx_buf_bytes(document), &package);
    const struct yx_zip_entry *entry = yx_zip_find(package.zip, YX_TEXT(name));
    if (entry == NULL)
        fail_msg("%s is not in the package", name);
    expect_ok(yx_zip_read(package.zip, entry, 1u << 24, out, &err), &err);
    assert_int_equal(yx_buf_append(out, YX_BYTES("", 1)), YX_OK);
    out->len--;
}

/* The same package with one part replaced, added, or (content NULL) removed. */
static inline void desk_replace(const struct yx_buf *document, const char *name,
                                const struct yx_bytes *content, struct yx_buf *out)
{
    YX_CLEAN(desk_zip) struct desk_zip package = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_buf contents[64] = {{0}};
    struct yx_zip_part parts[64];
    struct yx_error err;
    size_t count = 0;
    desk_unzip(yx_buf_bytes(document), &package);
    for (size_t i = 0; i < yx_zip_count(package.zip); i++) {
        const struct yx_zip_entry *entry = yx_zip_entry(package.zip, i);
        if (entry->is_folder || yx_bytes_are(entry->name, name))
            continue;
        expect_ok(yx_zip_read(package.zip, entry, 1u << 24, &contents[count], &err), &err);
        parts[count] = (struct yx_zip_part){entry->name, yx_buf_bytes(&contents[count])};
        count++;
    }
    if (content != NULL)
        parts[count++] = (struct yx_zip_part){YX_TEXT(name), *content};
    expect_ok(yx_sink_memory(out, &sink, &err), &err);
    expect_ok(yx_zip_write(NULL, parts, count, yx_now(), NULL, sink, &err), &err);
    for (size_t i = 0; i < 64; i++)
        yx_buf_free(&contents[i]);
}

static inline void desk_replace_text(const struct yx_buf *document, const char *name,
                                     const char *content, struct yx_buf *out)
{
    struct yx_bytes bytes = YX_TEXT(content);
    desk_replace(document, name, &bytes, out);
}

/* One part with the first `old` in it made `new`. */
static inline void desk_edit(const struct yx_buf *document, const char *name, const char *old,
                             const char *new, struct yx_buf *out)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    YX_CLEAN(yx_buf) struct yx_buf edited = {0};
    desk_read(document, name, &text);
    const char *at = strstr((const char *)text.data, old);
    if (at == NULL)
        fail_msg("%s has no \"%s\": %s", name, old, (const char *)text.data);
    size_t before = (size_t)(at - (const char *)text.data);
    struct yx_bytes rest = YX_TEXT(at + strlen(old));
    assert_int_equal(yx_buf_append(&edited, YX_BYTES(text.data, before)), YX_OK);
    assert_int_equal(yx_buf_append_text(&edited, new), YX_OK);
    assert_int_equal(yx_buf_append(&edited, rest), YX_OK);
    struct yx_bytes bytes = yx_buf_bytes(&edited);
    desk_replace(document, name, &bytes, out);
}

/* The text must be in the part. */
static inline void desk_expect_text(const struct yx_buf *document, const char *name,
                                    const char *text)
{
    YX_CLEAN(yx_buf) struct yx_buf content = {0};
    desk_read(document, name, &content);
    if (strstr((const char *)content.data, text) == NULL)
        fail_msg("%s has no \"%s\": %s", name, text, (const char *)content.data);
}

#endif
