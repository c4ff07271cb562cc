/* SPDX-License-Identifier: Apache-2.0 */
/* several.h - one SignedData with the signers of several, as some programs write it. Include
 * support.h first. */
#ifndef SUPPORT_SEVERAL_H
#define SUPPORT_SEVERAL_H

#include "cms/cms.h"

/* The pieces of a SignedData that has certificates and no CRLs. */
struct several_pieces {
    struct yx_bytes version, digests, content; /* whole elements */
    struct yx_bytes certificates, signers;     /* elements one behind the other */
};

static inline struct several_pieces several_cut(struct yx_bytes der)
{
    struct several_pieces p;
    struct yx_error err;
    struct yx_der whole = yx_der_reader(der, "SignedData"), info, tagged, data;
    expect_ok(yx_der_enter(&whole, YX_DER_SEQUENCE, &info, &err), &err);
    expect_ok(yx_der_any(&info, NULL, NULL, NULL, &err), &err);
    expect_ok(yx_der_enter(&info, YX_DER_CONTEXT_CONSTRUCTED(0), &tagged, &err), &err);
    expect_ok(yx_der_enter(&tagged, YX_DER_SEQUENCE, &data, &err), &err);
    expect_ok(yx_der_any(&data, NULL, NULL, &p.version, &err), &err);
    expect_ok(yx_der_any(&data, NULL, NULL, &p.digests, &err), &err);
    expect_ok(yx_der_any(&data, NULL, NULL, &p.content, &err), &err);
    expect_ok(yx_der_get(&data, YX_DER_CONTEXT_CONSTRUCTED(0), &p.certificates, &err), &err);
    expect_ok(yx_der_get(&data, YX_DER_SET, &p.signers, &err), &err);
    return p;
}

/* Everything but certificates and signers is that of the first. */
static inline void several_join(const struct yx_buf *values, size_t count, struct yx_buf *out)
{
    struct yx_error err;
    struct several_pieces first = several_cut(yx_buf_bytes(&values[0]));
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t info = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_oid(&w, YX_OID_PKCS7_SIGNED_DATA);
    size_t tagged = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
    size_t data = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, first.version);
    yx_der_put_raw(&w, first.digests);
    yx_der_put_raw(&w, first.content);
    size_t set = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
    for (size_t i = 0; i < count; i++)
        yx_der_put_raw(&w, several_cut(yx_buf_bytes(&values[i])).certificates);
    yx_der_close(&w, set);
    set = yx_der_begin(&w, YX_DER_SET);
    for (size_t i = 0; i < count; i++)
        yx_der_put_raw(&w, several_cut(yx_buf_bytes(&values[i])).signers);
    yx_der_close(&w, set);
    yx_der_close(&w, data);
    yx_der_close(&w, tagged);
    yx_der_close(&w, info);
    out->len = 0;
    expect_ok(yx_der_finish(&w, out, &err), &err);
}

#endif
