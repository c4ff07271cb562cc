/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz/verify.c - any bytes as a package to be verified and signed. CRCs keep a fuzzer out of the
 * parts of a package, so the first byte may say which part of a small package the rest becomes.
 */
#include <stdlib.h>

#include "certify/certify.h"
#include "ofd/ofd.h"
#include "zip/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define NOW (INT64_C(1795219200) * YX_SECOND) /* 2026-11-21 */

/* Somebody who signs; made once, lives as long as the program. */
static struct yx_private_key *key;
static struct yx_cert *cert;

static yx_status make_signer(void)
{
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_TRY(yx_private_key_generate(YX_KEY_SM2, 0, &key, NULL));
    YX_TRY(yx_name_to_der("CN=Fuzz,C=CN", &name, NULL));
    struct yx_cert_template wanted = {.subject = yx_buf_bytes(&name),
                                      .spki = yx_public_key_spki(yx_private_key_public(key)),
                                      .serial = YX_BYTES("\x5A\x01\x02\x03\x04\x05\x06\x07", 8),
                                      .not_before = NOW - YX_DAY,
                                      .not_after = NOW + 300 * YX_DAY,
                                      .key_usage = YX_KU_DIGITAL_SIGNATURE | YX_KU_KEY_CERT_SIGN,
                                      .ca = true,
                                      .path_length = -1};
    struct yx_signer signer = yx_signer_borrow_key(key);
    YX_TRY(yx_cert_make(&wanted, NULL, &signer, &der, NULL));
    return yx_cert_from_der(yx_buf_bytes(&der), &cert, NULL);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    if (make_signer() != YX_OK)
        abort();
    return 0;
}

static void verify(struct yx_bytes package)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    const struct yx_verify_options options = {.at = NOW};
    if (yx_source_borrow(package, &source, NULL) != YX_OK)
        return;
    if (yx_ofd_verify(source, &options, &report, NULL) != YX_OK || report->result == YX_VALID)
        abort(); /* nothing is trusted here */
}

/* What can be signed must verify, but for trust: yx_ofd_sign looks itself, and calls a signature
 * that does not hold an internal error. */
static void sign(struct yx_bytes package)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    const struct yx_ofd_request request = {
        .signer = cert, .algorithm = YX_SIG_SM2_SM3, .time = NOW};
    struct yx_signer signer = yx_signer_borrow_key(key);
    if (yx_source_borrow(package, &source, NULL) != YX_OK ||
        yx_sink_memory(&out, &sink, NULL) != YX_OK)
        return;
    if (yx_ofd_sign(source, &request, &signer, sink, NULL) == YX_INTERNAL)
        abort();
}

/* The small package: one page, one listed signature. */
static void make_package(unsigned which, struct yx_bytes content, struct yx_buf *out)
{
    static const struct {
        const char *name, *content;
    } usual[] = {
        {"OFD.xml", "<OFD><DocBody><DocRoot>D.xml</DocRoot><Signatures>L.xml</Signatures></DocBody>"
                    "</OFD>"},
        {"D.xml", "<Document><Pages><Page ID='1' BaseLoc='P.xml'/></Pages></Document>"},
        {"L.xml", "<Signatures><Signature ID='1' Type='Sign' BaseLoc='S.xml'/></Signatures>"},
        {"S.xml", "<Signature><SignedInfo><References CheckMethod='SM3'><Reference FileRef='P.xml'>"
                  "<CheckValue>AA==</CheckValue></Reference></References></SignedInfo>"
                  "<SignedValue>V.dat</SignedValue></Signature>"},
        {"V.dat", "0\x03\x06\x01\x01"},
        {"P.xml", "<Page/>"},
    };
    enum { COUNT = sizeof usual / sizeof *usual };
    struct yx_zip_part parts[COUNT];
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    for (size_t i = 0; i < COUNT; i++)
        parts[i] = (struct yx_zip_part){YX_TEXT(usual[i].name), YX_TEXT(usual[i].content)};
    parts[which % COUNT].content = content;
    if (yx_sink_memory(out, &sink, NULL) != YX_OK ||
        yx_zip_write(NULL, parts, COUNT, NOW, NULL, sink, NULL) != YX_OK)
        out->len = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    YX_CLEAN(yx_buf) struct yx_buf made = {0};
    struct yx_bytes package = YX_BYTES(data, size);
    if (size > 0 && data[0] < 16) {
        make_package(data[0], YX_BYTES(data + 1, size - 1), &made);
        package = yx_buf_bytes(&made);
    }
    verify(package);
    sign(package);
    return 0;
}
