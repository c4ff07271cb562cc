/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixture.h - people, a seal and a document to work with, made afresh in memory: a CA, a seal
 * maker and a holder of one key type, trust in the CA, a seal with the example's name seal as its
 * picture, and blank OFD pages. No cmocka here: bench/ uses it too.
 */
#ifndef SUPPORT_FIXTURE_H
#define SUPPORT_FIXTURE_H

#include <stdlib.h>

#include <yinxin/yinxin.h>

#include "crypto/crypto.h"
#include "ofd/zip.h"
#include "seal/seal.h"
#include "x509/x509.h"

struct identity {
    struct yx_private_key *key;
    struct yx_cert *cert;
};

struct fixture {
    struct identity ca, maker, holder;
    struct yx_trust *trust;
    struct yx_buf seal;
};

static inline void fixture_free(struct fixture *fixture)
{
    struct identity *all[] = {&fixture->ca, &fixture->maker, &fixture->holder};
    for (size_t i = 0; i < 3; i++) {
        yx_private_key_free(all[i]->key);
        yx_cert_free(all[i]->cert);
    }
    yx_trust_free(fixture->trust);
    yx_buf_free(&fixture->seal);
}
YX_DEFINE_CLEAN_VALUE(fixture, struct fixture, fixture_free);

/* A certificate of 300 days, from yesterday on; `issuer` NULL: a self-signed CA. */
static inline yx_status fixture_identity(const char *name, const struct identity *issuer,
                                         yx_key_type type, struct identity *out,
                                         struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    uint8_t serial[8];
    YX_TRY(yx_random(serial, sizeof serial, err));
    serial[0] = 0x40 | (serial[0] & 0x3F);
    YX_TRY(yx_private_key_generate(type, 2048, &out->key, err));
    YX_TRY(yx_name_to_der(name, &subject, err));
    bool ca = issuer == NULL;
    struct yx_cert_template wanted = {
        .subject = yx_buf_bytes(&subject),
        .spki = yx_public_key_spki(yx_private_key_public(out->key)),
        .serial = YX_BYTES(serial, sizeof serial),
        .not_before = yx_now() - YX_DAY,
        .not_after = yx_now() + (ca ? 300 : 299) * YX_DAY, /* within the issuer's */
        .key_usage = ca ? YX_KU_KEY_CERT_SIGN | YX_KU_CRL_SIGN
                        : YX_KU_DIGITAL_SIGNATURE | YX_KU_NON_REPUDIATION,
        .ca = ca,
        .path_length = -1,
    };
    struct yx_signer signer = yx_signer_borrow_key(ca ? out->key : issuer->key);
    YX_TRY(yx_cert_make(&wanted, ca ? NULL : issuer->cert, &signer, &der, err));
    return yx_cert_from_der(yx_buf_bytes(&der), &out->cert, err);
}

/* `picture` is the path of a PNG. */
static inline yx_status fixture_seal(const struct fixture *fixture, int version,
                                     const char *picture, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf png = {0};
    YX_TRY(yx_file_read(picture, 1u << 20, &png, err));
    const struct yx_cert *holders[] = {fixture->holder.cert};
    struct yx_seal_request request = {
        .version = version,
        .type = 1,
        .name = "示例专用章",
        .picture = yx_buf_bytes(&png),
        .width = 18,
        .height = 18,
        .holders = holders,
        .holder_count = 1,
        .valid_from = YX_TIME_NONE,
        .valid_to = YX_TIME_NONE,
    };
    struct yx_signer maker = yx_signer_borrow_key(fixture->maker.key);
    return yx_seal_make(&request, fixture->maker.cert, &maker, out, err);
}

static inline yx_status fixture_open(struct fixture *fixture, yx_key_type type, int version,
                                     const char *picture, struct yx_error *err)
{
    YX_TRY(fixture_identity("CN=Test Root,O=Test,C=CN", NULL, type, &fixture->ca, err));
    YX_TRY(fixture_identity("CN=Test Maker,O=Test,C=CN", &fixture->ca, type, &fixture->maker, err));
    YX_TRY(
        fixture_identity("CN=Test Holder,O=Test,C=CN", &fixture->ca, type, &fixture->holder, err));
    YX_TRY(yx_trust_new(&fixture->trust, err));
    YX_TRY(yx_trust_add_anchor(fixture->trust, fixture->ca.cert, err));
    return fixture_seal(fixture, version, picture, &fixture->seal, err);
}

/* The picture of the examples, out of $YX_SOURCE_ROOT. */
static inline const char *fixture_picture(char out[512])
{
    const char *root = getenv("YX_SOURCE_ROOT");
    snprintf(out, 512, "%s/examples/seal/name.png", root != NULL ? root : ".");
    return out;
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
        .signer = fixture->holder.cert,
        .algorithm =
            yx_signature_default(yx_public_key_type(yx_cert_public_key(fixture->holder.cert))),
        .placements = placement,
        .placement_count = 1,
    };
}

#endif
