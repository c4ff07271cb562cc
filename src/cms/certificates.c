/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cms/certificates.c - a SignedData without content and without signers, in which certificates
 * travel (RFC 5272 4.1, "certs-only"; RFC 8551 3.8). Signed ones are made in make.c.
 */
#include "cms/cms.h"

/* SignedData ::= SEQUENCE { version INTEGER (1), digestAlgorithms SET {}, encapContentInfo
 *     SEQUENCE { eContentType id-data }, certificates [0] IMPLICIT SET, signerInfos SET {} } */
yx_status yx_cms_make_certificates(struct yx_bytes certificates, struct yx_buf *out,
                                   struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t info = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_oid(&w, YX_OID_PKCS7_SIGNED_DATA);
    size_t content = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
    size_t signed_data = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, 1);
    yx_der_put(&w, YX_DER_SET, YX_BYTES(NULL, 0));
    size_t data = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_oid(&w, YX_OID_PKCS7_DATA);
    yx_der_close(&w, data);
    yx_der_put(&w, YX_DER_CONTEXT_CONSTRUCTED(0), certificates);
    yx_der_put(&w, YX_DER_SET, YX_BYTES(NULL, 0));
    yx_der_close(&w, signed_data);
    yx_der_close(&w, content);
    yx_der_close(&w, info);
    return yx_der_finish(&w, out, err);
}
