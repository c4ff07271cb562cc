/* SPDX-License-Identifier: Apache-2.0 */
/* x509/constraints.c - whether a certificate that is about to be signed lies within the name
 * constraints of its issuer (RFC 5280 4.2.1.10), by libcrypto, as it would be when a path is
 * built. */
#include <openssl/err.h>

#include "x509/cert_internal.h"

#define RULE "RFC 5280 4.2.1.10"

YX_DEFINE_CLEAN(name_constraints, NAME_CONSTRAINTS *, NAME_CONSTRAINTS_free);

static yx_status check(const struct yx_cert *issuer, struct yx_bytes certificate,
                       struct yx_error *err)
{
    int state;
    X509 *above;
    YX_TRY(yx_cert_x509(issuer, &above, err));
    YX_CLEAN(name_constraints)
    NAME_CONSTRAINTS *constraints = X509_get_ext_d2i(above, NID_name_constraints, &state, NULL);
    YX_REQUIRE(constraints || state == -1, err, YX_REFUSED, RULE,
               N_("the nameConstraints of {1} cannot be read"), yx_cert_subject(issuer));
    if (!constraints)
        return YX_OK;
    const uint8_t *p = certificate.data;
    YX_CLEAN(x509) X509 *cert = d2i_X509(NULL, &p, (long)certificate.len);
    YX_REQUIRE(cert, err, YX_DAMAGED, "RFC 5280 4.1", N_("the certificate is malformed"));
    /* It looks at names that libcrypto has set aside, which this call makes it do. */
    (void)X509_check_purpose(cert, -1, 0);
    int result = NAME_CONSTRAINTS_check(cert, constraints);
    if (result == X509_V_OK)
        result = NAME_CONSTRAINTS_check_CN(cert, constraints);
    if (result == X509_V_ERR_OUT_OF_MEM)
        return yx_fail_memory(err);
    YX_REQUIRE(result == X509_V_OK, err, YX_REFUSED, RULE,
               N_("a name of the certificate lies outside what {1} may issue for"),
               yx_cert_subject(issuer));
    return YX_OK;
}

yx_status yx_cert_check_constraints(const struct yx_cert *issuer, struct yx_bytes certificate,
                                    struct yx_error *err)
{
    ERR_set_mark();
    yx_status status = check(issuer, certificate, err);
    ERR_pop_to_mark();
    return status;
}
