/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_dss.c - the Document Security Store (ETSI EN 319 142-1 5.4.2): its certificates help to
 * build paths, its CRLs and OCSP responses tell of revocation. None is trusted by itself: a CRL
 * counts when its issuer signed it, a response when the certificate's issuer or its delegate did.
 */
#include "pdfverify/verify.h"

#define ITEMS_MAX 1000
#define STREAM_MAX (16u * 1024 * 1024)
/* All together: a small file may hold streams that become very large. */
#define STORE_MAX (64u * 1024 * 1024)
#define RULE "ETSI EN 319 142-1 5.4.2"

typedef yx_status add_item(struct yx_trust *trust, struct yx_bytes der, struct yx_error *err);

static yx_status add_certificate(struct yx_trust *trust, struct yx_bytes der, struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    YX_TRY(yx_cert_from_der(der, &cert, err));
    return yx_trust_add_helper(trust, cert, err);
}

static yx_status add_crl(struct yx_trust *trust, struct yx_bytes der, struct yx_error *err)
{
    return yx_trust_add_crl(trust, der, err);
}

static yx_status add_ocsp(struct yx_trust *trust, struct yx_bytes der, struct yx_error *err)
{
    return yx_trust_add_ocsp(trust, der, err);
}

/* What cannot be read is no help, and does no harm. */
static yx_status add_stream(struct yx_pdf_verification *v, qpdf_oh stream, add_item *add,
                            size_t *left, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf data = {0};
    struct yx_error why;
    if (!qpdf_oh_is_stream(v->pdf->qpdf, stream))
        return YX_OK;
    yx_status status = yx_pdf_stream_data(v->pdf, stream, STREAM_MAX, &data, &why);
    /* What could not be read to its end took as long. */
    qpdf_oh length = yx_pdf_get(v->pdf, stream, "/Length");
    int64_t packed = 0;
    yx_pdf_integer(v->pdf, length, &packed);
    yx_pdf_drop(v->pdf, length);
    size_t used = packed < 0 || packed > STREAM_MAX ? data.len : data.len + (size_t)packed;
    YX_REQUIRE(used <= *left, err, YX_REFUSED, RULE,
               N_("the document security store holds more than {1} bytes"), YX_NUM(STORE_MAX));
    *left -= used;
    if (status == YX_OK)
        status = add(v->trust, yx_buf_bytes(&data), &why);
    return status == YX_OK || yx_pdf_is_finding(status) ? YX_OK : yx_pdf_pass_on(err, &why);
}

static yx_status add_list(struct yx_pdf_verification *v, qpdf_oh dss, const char *key,
                          add_item *add, size_t *left, struct yx_error *err)
{
    qpdf_oh list = yx_pdf_get(v->pdf, dss, key);
    int count = yx_pdf_array_size(v->pdf, list);
    YX_REQUIRE(count <= ITEMS_MAX, err, YX_REFUSED, RULE,
               N_("the document security store has more than {1} entries of one kind"),
               YX_NUM(ITEMS_MAX));
    for (int i = 0; i < count; i++) {
        qpdf_oh item = yx_pdf_item(v->pdf, list, i);
        yx_status status = add_stream(v, item, add, left, err);
        yx_pdf_drop(v->pdf, item);
        YX_TRY(status);
    }
    return YX_OK;
}

yx_status yx_pdf_widen_trust(struct yx_pdf_verification *v, struct yx_error *err)
{
    qpdf_oh dss = yx_pdf_get(v->pdf, yx_pdf_catalog(v->pdf), "/DSS");
    size_t left = STORE_MAX;
    YX_TRY(yx_trust_copy(v->options.trust, &v->trust, err));
    v->options.trust = v->trust;
    YX_TRY(add_list(v, dss, "/Certs", add_certificate, &left, err));
    YX_TRY(add_list(v, dss, "/CRLs", add_crl, &left, err));
    return add_list(v, dss, "/OCSPs", add_ocsp, &left, err);
}
