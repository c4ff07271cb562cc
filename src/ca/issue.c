/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca/issue.c - from a request to a certificate: the profile's rules, a random serial, the period,
 * and then x509/make.c, which lints and signs. What is issued is recorded before it is handed out.
 */
#include "ca/room.h"

/* CA/Browser Forum Baseline Requirements 7.1 ask for 64 bits; RFC 5280 4.1.2.2 allows 20 octets. */
#define SERIAL_SIZE 20

#define DAYS_MAX 36500

yx_time yx_ca_whole_second(yx_time now)
{
    yx_time instant = now == 0 ? yx_now() : now;

    return instant - instant % YX_SECOND;
}

/* Positive: top bit clear; and of full length, so that all serials look alike. */
static yx_status fresh_serial(uint8_t out[SERIAL_SIZE], struct yx_error *err)
{
    YX_TRY(yx_random(out, SERIAL_SIZE, err));
    out[0] = (uint8_t)((out[0] & 0x3F) | 0x40);
    return YX_OK;
}

static yx_status choose_end(const struct yx_ca_order *order, yx_time *end, struct yx_error *err)
{
    int days = order->days == 0 ? order->profile->days : order->days;
    yx_time issuer_end = order->issuer == NULL ? INT64_MAX : yx_cert_not_after(order->issuer);

    YX_REQUIRE(days > 0 && days <= DAYS_MAX, err, YX_USAGE, "",
               N_("a certificate lasts 1 to {1} days, not {2}"), YX_NUM(DAYS_MAX), YX_NUM(days));
    *end = order->now + days * YX_DAY;
    if (order->days == 0 && *end > issuer_end)
        *end = issuer_end;
    YX_REQUIRE(*end > order->now, err, YX_REFUSED, "RFC 5280 6.1.3",
               N_("the certificate of the authority expired at {1}"), YX_WHEN(issuer_end));
    YX_REQUIRE(*end <= issuer_end, err, YX_REFUSED,
               "RFC 5280 6.1.3, shell model: every certificate of the path must be valid",
               N_("the certificate would last until {1}, but its authority only until {2}: ask for "
                  "fewer days"),
               YX_WHEN(*end), YX_WHEN(issuer_end));
    return YX_OK;
}

/* RFC 1035 2.3.4 */
#define DNS_NAME_MAX 253

/* The name that was asked for, or else the subject's common name. */
static yx_status choose_dns_name(const struct yx_ca_order *order, char out[DNS_NAME_MAX + 1],
                                 struct yx_error *err)
{
    struct yx_bytes name;

    if (order->dns_name != NULL)
        name = YX_TEXT(order->dns_name);
    else
        YX_TRY(yx_ca_name_value(order->subject, YX_OID_COMMON_NAME, &name, err));
    YX_REQUIRE(name.len > 0 && name.len <= DNS_NAME_MAX && yx_utf8_valid(name), err, YX_REFUSED,
               "RFC 1035 2.3.4", N_("a server needs a DNS name of 1 to {1} characters"),
               YX_NUM(DNS_NAME_MAX));
    memcpy(out, name.data, name.len);
    out[name.len] = '\0';
    return YX_OK;
}

yx_status yx_ca_sign(const struct yx_ca_order *order, struct yx_buf *der, struct yx_error *err)
{
    const struct yx_ca_profile *profile = order->profile;
    uint8_t serial[SERIAL_SIZE];
    char dns_name[DNS_NAME_MAX + 1];
    struct yx_cert_template to_make = {
        .subject = order->subject,
        .spki = order->spki,
        .serial = YX_BYTES(serial, sizeof serial),
        .not_before = order->now,
        .key_usage = profile->key_usage,
        .extended_usage = profile->purposes[0] == YX_OID_UNKNOWN ? NULL : profile->purposes,
        .extended_usage_critical = profile->purposes_critical,
        .ca = profile->ca,
        .path_length = -1,
        .ocsp_nocheck = profile->no_check,
        .dns_name = profile->has_dns_name ? dns_name : NULL,
    };

    YX_TRY(yx_ca_profile_check_subject(profile, order->subject, err));
    if (profile->has_dns_name)
        YX_TRY(choose_dns_name(order, dns_name, err));
    YX_TRY(choose_end(order, &to_make.not_after, err));
    YX_TRY(fresh_serial(serial, err));
    return yx_cert_make(&to_make, order->issuer, order->signer, der, err);
}

/* Whoever gets the certificate finds it in the database: record first, give then. */
yx_status yx_ca_issue(struct yx_ca *ca, const struct yx_ca_issue_request *request,
                      struct yx_buf *der, struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *certificate = NULL;
    YX_CLEAN(yx_buf) struct yx_buf made = {0};
    struct yx_signer signer;
    struct yx_ca_order order = {
        .profile = request->profile,
        .subject = request->subject,
        .spki = request->spki,
        .dns_name = request->dns_name,
        .days = request->days,
        .now = yx_ca_whole_second(request->now),
        .issuer = ca->certificate,
        .signer = &signer,
    };

    YX_REQUIRE(ca->key != NULL, err, YX_USAGE, "", N_("the key of the authority is locked"));
    signer = yx_signer_borrow_key(ca->key);
    YX_TRY(yx_ca_sign(&order, &made, err));
    YX_TRY(yx_cert_from_der(yx_buf_bytes(&made), &certificate, err));
    YX_TRY(yx_buf_reserve(der, made.len));
    YX_TRY(yx_ca_store_add(ca->db, certificate, request->profile->name, order.now, err));
    return yx_buf_append(der, yx_buf_bytes(&made));
}
