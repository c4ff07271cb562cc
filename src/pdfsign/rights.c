/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rights.c - may this signer sign, with this algorithm and this seal? The order is that of GM/T
 * 0031-2014 6.2.2. What the document itself forbids is in certify.c.
 */
#include "pdfsign/sealing.h"

#define RULE_ALGORITHM "ETSI EN 319 142-1, signature algorithm"

static yx_status check_request(const struct yx_pdf_request *request, struct yx_error *err)
{
    bool has_seal = request->seal.len > 0, has_place = request->placement_count > 0;
    bool has_field = request->field != NULL;
    YX_REQUIRE(request->signer != NULL, err, YX_USAGE, "",
               N_("a signature needs the signer's certificate"));
    YX_REQUIRE(!has_seal || has_place || has_field, err, YX_USAGE, "",
               N_("a seal needs a place in the document"));
    YX_REQUIRE(has_seal || !has_place, err, YX_USAGE, "",
               N_("a signature without a seal has no place in the document"));
    YX_REQUIRE(!has_field || !has_place, err, YX_USAGE, "",
               N_("a signature field has its place already; name a field or a place, not both"));
    YX_REQUIRE(request->level == YX_PADES_B || request->timestamper != NULL, err, YX_USAGE,
               "ETSI EN 319 142-1 6", N_("from level T on, a time-stamping authority is needed"));
    return YX_OK;
}

static yx_status check_algorithm(const struct yx_pdf_request *request, struct yx_error *err)
{
    const struct yx_public_key *key = yx_cert_public_key(request->signer);
    yx_key_type type = key == NULL ? YX_KEY_NONE : yx_public_key_type(key);
    YX_REQUIRE(yx_signature_fits(request->algorithm, type), err, YX_REFUSED, RULE_ALGORITHM,
               N_("the key of {1} does not sign with {2}"), yx_cert_subject(request->signer),
               yx_signature_name(request->algorithm));
    YX_REQUIRE(yx_signature_allowed(request->algorithm), err, YX_REFUSED, RULE_ALGORITHM,
               N_("{1} is not safe any more; sign with another algorithm"),
               yx_signature_name(request->algorithm));
    return YX_OK;
}

yx_status yx_pdf_check_right(struct yx_pdf_work *work, struct yx_error *err)
{
    const struct yx_pdf_request *request = work->request;
    YX_TRY(check_request(request, err));
    YX_TRY(check_algorithm(request, err));
    if (request->seal.len == 0)
        return yx_cert_may_sign(request->signer, work->time, request->trust, err);
    YX_TRY(yx_seal_from_der(request->seal, &work->seal, err));
    return yx_seal_may_sign(work->seal, request->signer, work->time, request->trust, err);
}
