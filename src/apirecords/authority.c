/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apirecords/authority.c - the authorities that run here, and the state of what they issued; for
 * anybody, as CRLs are. Who holds a certificate is not told.
 *
 *   GET /api/v1/authorities
 *   GET /api/v1/authorities/{name}
 *   GET /api/v1/authorities/{name}/certificates/{serial}
 */
#include "apirecords/apirecords.h"

static json_t *describe(const struct yx_ca *ca)
{
    const struct yx_cert *cert = yx_ca_certificate(ca);

    return json_pack("{s:s, s:s, s:s, s:o, s:o}", "name", yx_ca_name(ca), "subject",
                     yx_cert_subject(cert), "serial", yx_cert_serial(cert), "not_before",
                     yx_api_time(yx_cert_not_before(cert)), "not_after",
                     yx_api_time(yx_cert_not_after(cert)));
}

static yx_status get_authorities(struct yx_api_call *call, struct yx_error *err)
{
    const struct yx_api_services *services = call->services;
    YX_CLEAN(json) json_t *items = json_array();

    for (size_t i = 0; i < services->authority_count; i++)
        if (json_array_append_new(items, describe(services->authorities[i])) != 0)
            return yx_fail_memory(err);
    return yx_api_reply(call, 200, json_pack("{s:O}", "items", items), err);
}

static yx_status find_authority(const struct yx_api_call *call, struct yx_ca **out,
                                struct yx_error *err)
{
    const struct yx_api_services *services = call->services;

    for (size_t i = 0; i < services->authority_count; i++)
        if (strcmp(yx_ca_name(services->authorities[i]), call->http->ids[0]) == 0) {
            *out = services->authorities[i];
            return YX_OK;
        }
    return yx_fail(err, YX_NO_INPUT, "", N_("there is no authority {1}"), call->http->ids[0]);
}

static yx_status get_authority(struct yx_api_call *call, struct yx_error *err)
{
    struct yx_ca *ca = NULL;

    YX_TRY(find_authority(call, &ca, err));
    return yx_api_reply(call, 200, describe(ca), err);
}

/* --- Certificates ----------------------------------------------------------------------------- */

static const char *const states[] = {
    [YX_CA_RECORDED] = "recorded",
    [YX_CA_GOOD] = "good",
    [YX_CA_HELD] = "held",
    [YX_CA_REVOKED] = "revoked",
};

static yx_status take_certificate(void *self, const struct yx_ca_record *record,
                                  struct yx_error *err)
{
    struct yx_api_call *call = self;
    YX_CLEAN(json) json_t *body = json_pack(
        "{s:s, s:s, s:o, s:o}", "serial", record->serial, "state", states[record->state],
        "not_before", yx_api_time(record->not_before), "not_after", yx_api_time(record->not_after));

    if (body != NULL && record->revoked_at != YX_TIME_NONE &&
        (json_object_set_new(body, "revoked_at", yx_api_time(record->revoked_at)) != 0 ||
         json_object_set_new(body, "reason", json_string(yx_ca_reason_name(record->reason))) != 0))
        return yx_fail_memory(err);
    return yx_api_reply(call, 200, json_incref(body), err);
}

static yx_status get_certificate(struct yx_api_call *call, struct yx_error *err)
{
    struct yx_ca *ca = NULL;
    yx_status status;

    YX_TRY(find_authority(call, &ca, err));
    status = yx_ca_find(ca, call->http->ids[1], take_certificate, call, err);
    if (status == YX_REFUSED || status == YX_USAGE)
        return yx_fail(err, YX_NO_INPUT, "", N_("the authority issued no certificate {1}"),
                       call->http->ids[1]);
    return status;
}

const struct yx_api_route yx_api_authorities[] = {
    {"GET", "/api/v1/authorities", YX_API_PUBLIC, NULL, get_authorities, YX_API_PLAIN},
    {"GET", "/api/v1/authorities/{name}", YX_API_PUBLIC, NULL, get_authority, YX_API_PLAIN},
    {"GET", "/api/v1/authorities/{name}/certificates/{serial}", YX_API_PUBLIC, NULL,
     get_certificate, YX_API_PLAIN},
    YX_API_ROUTES_END,
};
