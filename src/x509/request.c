/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509/request.c - certification requests (PKCS#10, RFC 2986), made. They are read in
 * request_read.c.
 *
 *   CertificationRequestInfo ::= SEQUENCE {
 *       version INTEGER (0), subject Name, subjectPKInfo SubjectPublicKeyInfo,
 *       attributes [0] IMPLICIT SET OF Attribute }
 *   CertificationRequest ::= SEQUENCE { info, signatureAlgorithm, signature BIT STRING }
 */
#include "x509/make.h"

yx_status yx_request_make(struct yx_bytes subject, const struct yx_public_key *key,
                          const struct yx_signer *signer, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t info = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, 0);
    yx_der_put_raw(&w, subject);
    yx_der_put_raw(&w, yx_public_key_spki(key));
    yx_der_put(&w, YX_DER_CONTEXT_CONSTRUCTED(0), YX_BYTES(NULL, 0));
    yx_der_close(&w, info);
    YX_CLEAN(yx_buf) struct yx_buf to_be_signed = {0};
    YX_TRY(yx_der_finish(&w, &to_be_signed, err));
    return yx_sign_object(yx_buf_bytes(&to_be_signed), key, signer, out, err);
}
