/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixture.h - a holder with a seal and a document to work with, made afresh in memory: the people
 * of pki.h, a seal, and OFD pages with a line of text. No cmocka here: bench/ uses it too.
 */
#ifndef SUPPORT_FIXTURE_H
#define SUPPORT_FIXTURE_H

#include <stdlib.h>

#include <yinxin/yinxin.h>

#include "pki.h"
#include "seal/seal.h"
#include "zip/zip.h"

struct fixture {
    struct pki pki;
    struct yx_buf seal;
};

static inline void fixture_free(struct fixture *fixture)
{
    pki_free(&fixture->pki);
    yx_buf_free(&fixture->seal);
}
YX_DEFINE_CLEAN_VALUE(fixture, struct fixture, fixture_free);

static inline yx_status fixture_seal(const struct fixture *fixture, struct yx_bytes picture,
                                     struct yx_buf *out, struct yx_error *err)
{
    const struct yx_cert *holders[] = {fixture->pki.holder.cert};
    struct yx_seal_request request = {
        .version = 4,
        .type = 1,
        .name = "示例专用章",
        .picture = picture,
        .width = 42,
        .height = 42,
        .holders = holders,
        .holder_count = 1,
        .valid_from = YX_TIME_NONE,
        .valid_to = YX_TIME_NONE,
    };
    struct yx_signer maker = pki_signer(&fixture->pki.maker);
    return yx_seal_make(&request, fixture->pki.maker.cert, &maker, out, err);
}

static inline yx_status fixture_open(struct fixture *fixture, struct yx_bytes picture,
                                     struct yx_error *err)
{
    YX_TRY(pki_open(YX_KEY_SM2, &fixture->pki, err));
    return fixture_seal(fixture, picture, &fixture->seal, err);
}

/* --- Documents --------------------------------------------------------------------------- */

#define FIXTURE_OFD "xmlns:ofd=\"http://www.ofdspec.org/2016\""

static inline yx_status fixture_document_xml(unsigned pages, struct yx_buf *out)
{
    YX_TRY(yx_buf_append_text(
        out, "<ofd:Document " FIXTURE_OFD "><ofd:CommonData><ofd:MaxUnitID>100000</ofd:MaxUnitID>"
             "<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
             "</ofd:CommonData><ofd:Pages>"));
    for (unsigned i = 0; i < pages; i++)
        YX_TRY(yx_buf_printf(out, "<ofd:Page ID=\"%u\" BaseLoc=\"Pages/Page_%u/Content.xml\"/>",
                             i + 1, i));
    return yx_buf_append_text(out, "</ofd:Pages></ofd:Document>");
}

/*
 * Appends an OFD of `pages` pages, each with a line of text, and `more` other parts (see struct
 * yx_zip_part; they may be NULL).
 */
static inline yx_status fixture_paper(unsigned pages, const struct yx_zip_part *more,
                                      size_t more_count, struct yx_sink *out, struct yx_error *err)
{
    static const char package[] =
        "<ofd:OFD " FIXTURE_OFD " Version=\"1.0\" DocType=\"OFD\"><ofd:DocBody><ofd:DocInfo>"
        "<ofd:DocID>00000000000000000000000000000001</ofd:DocID></ofd:DocInfo>"
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>";
    static const char page[] =
        "<ofd:Page " FIXTURE_OFD "><ofd:Content><ofd:Layer ID=\"100\"><ofd:TextObject ID=\"101\" "
        "Boundary=\"20 20 20 6\" Font=\"3\" Size=\"5\"><ofd:TextCode X=\"0\" Y=\"5\" "
        "DeltaX=\"5 5 5\">甲方盖章</ofd:TextCode></ofd:TextObject></ofd:Layer></ofd:Content>"
        "</ofd:Page>";
    YX_CLEAN(yx_buf) struct yx_buf document = {0};
    YX_TRY(fixture_document_xml(pages, &document));
    size_t count = 2 + pages + more_count;
    struct yx_zip_part *parts = calloc(count, sizeof *parts);
    char(*names)[64] = calloc(pages, sizeof *names);
    yx_status status = YX_NO_MEMORY;
    if (parts != NULL && names != NULL) {
        parts[0] = (struct yx_zip_part){YX_TEXT("OFD.xml"), YX_TEXT(package)};
        parts[1] = (struct yx_zip_part){YX_TEXT("Doc_0/Document.xml"), yx_buf_bytes(&document)};
        for (unsigned i = 0; i < pages; i++) {
            snprintf(names[i], sizeof names[i], "Doc_0/Pages/Page_%u/Content.xml", i);
            parts[2 + i] = (struct yx_zip_part){YX_TEXT(names[i]), YX_TEXT(page)};
        }
        for (size_t i = 0; i < more_count; i++)
            parts[2 + pages + i] = more[i];
        status = yx_zip_write(NULL, parts, count, INT64_C(1795219200) * YX_SECOND, NULL, out, err);
    }
    free(names);
    free(parts);
    return status;
}

/* The same in memory. */
static inline yx_status fixture_pages(unsigned pages, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_TRY(yx_sink_memory(out, &sink, err));
    return fixture_paper(pages, NULL, 0, sink, err);
}

/* How the holder seals with the fixture's seal. */
static inline struct yx_ofd_request fixture_request(const struct fixture *fixture,
                                                    const struct yx_placement *placement)
{
    return (struct yx_ofd_request){
        .seal = yx_buf_bytes(&fixture->seal),
        .signer = fixture->pki.holder.cert,
        .algorithm =
            yx_signature_default(yx_public_key_type(yx_cert_public_key(fixture->pki.holder.cert))),
        .placements = placement,
        .placement_count = 1,
    };
}

#endif
