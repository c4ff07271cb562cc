/* SPDX-License-Identifier: Apache-2.0 */
/* enrol/holder.c - is a certificate that somebody shows one of ours, and in force? The database of
 * the authority says so: no path is built and no CRL is asked. */
#include "enrol/enrol.h"

#define RULE "RFC 7030 3.3.2"

struct seen {
    const struct yx_ca *ca;
    struct yx_bytes der;
    bool is_ours, in_force;
    const struct yx_ca_profile *profile;
};

static yx_status look(void *self, const struct yx_ca_record *record, struct yx_error *err)
{
    struct seen *seen = self;

    (void)err;
    seen->is_ours = yx_bytes_equal(record->der, seen->der);
    seen->in_force = record->state == YX_CA_GOOD;
    seen->profile = yx_ca_profile_find(seen->ca, record->profile);
    return YX_OK;
}

yx_status yx_enrol_holder(const struct yx_enrol *enrol, struct yx_bytes certificate, yx_time now,
                          struct yx_holder *out, struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    struct seen seen = {.ca = yx_enrol_ca(enrol), .der = certificate};
    struct yx_bytes alt_names;
    yx_status status;

    YX_TRY(yx_cert_from_der(certificate, &cert, err));
    /* Serials longer than those that are given here are YX_USAGE there. */
    status = yx_ca_find(yx_enrol_ca(enrol), yx_cert_serial(cert), look, &seen, err);
    if (status != YX_OK && status != YX_REFUSED && status != YX_USAGE)
        return status;
    YX_REQUIRE(status == YX_OK && seen.is_ours, err, YX_REFUSED, RULE,
               N_("the certificate of {1} was not issued by this authority"),
               yx_cert_subject(cert));
    YX_REQUIRE(seen.in_force && yx_cert_not_before(cert) <= now && now <= yx_cert_not_after(cert),
               err, YX_REFUSED, RULE, N_("the certificate of {1} is expired, suspended or revoked"),
               yx_cert_subject(cert));
    YX_TRY(yx_cert_alt_names(cert, &alt_names, err));
    *out = (struct yx_holder){.cert = cert,
                              .alt_names = alt_names,
                              .profile = seen.profile,
                              .person = yx_enrol_find_certificate(enrol, yx_cert_serial(cert))};
    cert = NULL;
    return YX_OK;
}

void yx_holder_free(struct yx_holder *holder)
{
    yx_cert_free(holder->cert);
    *holder = (struct yx_holder){0};
}
