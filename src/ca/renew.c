/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca/renew.c - a certificate that comes after another one of the same holder. What may be replaced
 * at all is looked up in the transaction that records the new one (issue.c), so that a revocation
 * that comes meanwhile is not passed over; here is what the old certificate gives to the new one.
 */
#include "ca/room.h"

#define RULE "RFC 4210 5.3.5, key update"

struct renewing {
    struct yx_ca *ca;
    const struct yx_ca_renew_request *request;
    const struct yx_ca_profile *profile;
    struct yx_cert *old;
    enum yx_ca_state state;
};

static void renewing_free(struct renewing *renewing)
{
    yx_cert_free(renewing->old);
}
YX_DEFINE_CLEAN_VALUE(renewing, struct renewing, renewing_free);

static yx_status take_old(void *self, const struct yx_ca_record *record, struct yx_error *err)
{
    struct renewing *renewing = self;

    YX_REQUIRE(record->der.len > 0, err, YX_REFUSED, RULE,
               N_("certificate {1} is not in force: it cannot be replaced by a new one"),
               renewing->request->serial);
    renewing->state = record->state;
    renewing->profile = yx_ca_profile_find(renewing->ca, record->profile);
    YX_REQUIRE(renewing->profile != NULL, err, YX_REFUSED, "certificate profile, renewal",
               N_("there is no profile {1} any more: issue a certificate of another one"),
               record->profile);
    yx_cert_free(renewing->old); /* a read may run again */
    renewing->old = NULL;
    return yx_cert_from_der(record->der, &renewing->old, err);
}

/* What the state and the wish do not allow together. */
static yx_status check_wish(const struct renewing *renewing, struct yx_error *err)
{
    const struct yx_ca_renew_request *request = renewing->request;
    bool rekey = request->spki.len > 0;

    YX_REQUIRE(!rekey || !yx_bytes_equal(request->spki,
                                         yx_public_key_spki(yx_cert_public_key(renewing->old))),
               err, YX_REFUSED, RULE,
               N_("the other key is the one that certificate {1} has already"), request->serial);
    YX_REQUIRE(renewing->state != YX_CA_HELD || rekey, err, YX_REFUSED, RULE,
               N_("certificate {1} is suspended: restore it, or reissue it with another key"),
               request->serial);
    YX_REQUIRE(
        request->subject.len == 0 || request->reissue, err, YX_REFUSED,
        "RFC 5280 5.3.1, affiliationChanged",
        N_("when the holder's name changed, the old certificate must be revoked: reissue it"));
    YX_REQUIRE(request->subject.len > 0 ||
                   (request->alt_name_count == 0 && request->identity == NULL),
               err, YX_USAGE, "",
               N_("the names and the identity are those of the old certificate, unless its holder "
                  "changed"));
    return YX_OK;
}

yx_status yx_ca_renew_by(struct yx_ca *ca, const struct yx_ca_renew_request *request,
                         yx_status (*issue_it)(void *self,
                                               const struct yx_ca_issue_request *request,
                                               struct yx_error *err),
                         void *self, struct yx_error *err)
{
    YX_CLEAN(renewing) struct renewing renewing = {.ca = ca, .request = request};
    struct yx_ca_issue_request issue = {
        .subject = request->subject,
        .spki = request->spki,
        .alt_names = request->alt_names,
        .alt_name_count = request->alt_name_count,
        .identity = request->identity,
        .days = request->days,
        .now = request->now,
        .actor = request->actor,
        .request_id = request->request_id,
        .replaces = request->serial,
        .revoke_replaced = request->reissue,
    };

    YX_TRY(yx_ca_find(ca, request->serial, take_old, &renewing, err));
    YX_TRY(check_wish(&renewing, err));
    issue.profile = renewing.profile;
    if (request->spki.len == 0)
        issue.spki = yx_public_key_spki(yx_cert_public_key(renewing.old));
    if (request->subject.len == 0) {
        issue.subject = yx_cert_subject_der(renewing.old);
        issue.like = renewing.old;
    }
    return issue_it(self, &issue, err);
}

struct alone {
    struct yx_ca *ca;
    struct yx_buf *der;
};

static yx_status issue_alone(void *self, const struct yx_ca_issue_request *request,
                             struct yx_error *err)
{
    const struct alone *alone = self;

    return yx_ca_issue(alone->ca, request, alone->der, err);
}

yx_status yx_ca_renew(struct yx_ca *ca, const struct yx_ca_renew_request *request,
                      struct yx_buf *der, struct yx_error *err)
{
    struct alone alone = {ca, der};

    return yx_ca_renew_by(ca, request, issue_alone, &alone, err);
}
