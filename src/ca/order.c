/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca/order.c - from a request to the bytes to be signed: the profile's rules, a random serial, the
 * period, the names, and the sources that the certificate tells. certify/ lays it out and lints it;
 * recording and signing are in issue.c.
 */
#include "ca/room.h"

yx_time yx_ca_instant(yx_time now)
{
    return now == 0 ? yx_now() : now;
}

yx_time yx_ca_whole_second(yx_time now)
{
    yx_time instant = yx_ca_instant(now);

    return instant - instant % YX_SECOND;
}

/* Positive: top bit clear; and of full length, so that all serials look alike. */
static yx_status fresh_serial(uint8_t out[YX_CA_SERIAL_SIZE], struct yx_error *err)
{
    YX_TRY(yx_random(out, YX_CA_SERIAL_SIZE, err));
    out[0] = (uint8_t)((out[0] & 0x3F) | 0x40);
    return YX_OK;
}

static yx_status check_days(const struct yx_ca_order *order, int days, struct yx_error *err)
{
    const struct yx_ca_profile *profile = order->profile;
    int most = profile->days_max == 0 ? YX_CA_DAYS_MAX : profile->days_max;

    YX_REQUIRE(days > 0 && days <= YX_CA_DAYS_MAX, err, YX_USAGE, "",
               N_("a certificate lasts 1 to {1} days, not {2}"), YX_NUM(YX_CA_DAYS_MAX),
               YX_NUM(days));
    YX_REQUIRE(days <= most, err, YX_REFUSED, "certificate profile, validity",
               N_("a certificate of the profile {1} lasts at most {2} days, not {3}"),
               profile->name, YX_NUM(most), YX_NUM(days));
    return YX_OK;
}

static yx_status choose_end(const struct yx_ca_order *order, yx_time *end, struct yx_error *err)
{
    int days = order->days == 0 ? order->profile->days : order->days;
    yx_time issuer_end = order->issuer == NULL ? INT64_MAX : yx_cert_not_after(order->issuer);

    YX_TRY(check_days(order, days, err));
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

/* The subject's common name as the one DNS name, when the request brings none. */
static yx_status name_by_subject(const struct yx_ca_order *order, char out[DNS_NAME_MAX + 1],
                                 struct yx_error *err)
{
    struct yx_bytes name;

    YX_TRY(yx_ca_name_value(order->subject, YX_OID_COMMON_NAME, &name, err));
    YX_REQUIRE(name.len > 0 && name.len <= DNS_NAME_MAX && yx_utf8_valid(name), err, YX_REFUSED,
               "RFC 1035 2.3.4", N_("a server needs a DNS name of 1 to {1} characters"),
               YX_NUM(DNS_NAME_MAX));
    memcpy(out, name.data, name.len);
    out[name.len] = '\0';
    return YX_OK;
}

static const char *form_name(yx_name_form form)
{
    static const char *const names[] = {
        [YX_NAME_EMAIL] = "rfc822Name",
        [YX_NAME_DNS] = "dNSName",
        [YX_NAME_IP] = "iPAddress",
        [YX_NAME_DIRECTORY] = "directoryName",
        [YX_NAME_URI] = "uniformResourceIdentifier",
    };

    return form <= YX_NAME_IP && names[form] != NULL ? names[form] : "otherName";
}

static yx_status check_names(const struct yx_ca_order *order, struct yx_error *err)
{
    const struct yx_ca_profile *profile = order->profile;

    for (size_t i = 0; i < order->alt_name_count; i++) {
        yx_name_form form = order->alt_names[i].form;

        YX_REQUIRE(form != YX_NAME_OTHER && (profile->name_forms & 1 << form) != 0, err, YX_REFUSED,
                   "certificate profile, names",
                   N_("a certificate of the profile {1} has no {2} in it"), profile->name,
                   form_name(form));
    }
    return YX_OK;
}

/* --- Where to ask about the certificate (RFC 5280 4.2.1.13, 4.2.2.1) ------------------------- */

struct sources {
    struct yx_buf crl, delta, ocsp, issuer;
};

static void sources_free(struct sources *sources)
{
    yx_buf_free(&sources->crl);
    yx_buf_free(&sources->delta);
    yx_buf_free(&sources->ocsp);
    yx_buf_free(&sources->issuer);
}
YX_DEFINE_CLEAN_VALUE(sources, struct sources, sources_free);

yx_status yx_ca_crl_url(const struct yx_ca *ca, int partition, bool delta, struct yx_buf *out,
                        struct yx_error *err)
{
    yx_status status = ca->settings.partitions == 1
                           ? yx_buf_printf(out, "%s/%s/crl/%s.crl", ca->settings.base_url, ca->name,
                                           delta ? "delta" : "full")
                           : yx_buf_printf(out, "%s/%s/crl/%d%s.crl", ca->settings.base_url,
                                           ca->name, partition, delta ? "-delta" : "");

    return status == YX_OK && yx_buf_append(out, YX_BYTES("", 1)) == YX_OK ? YX_OK
                                                                           : yx_fail_memory(err);
}

static yx_status name_sources(const struct yx_ca *ca, struct yx_bytes serial, struct sources *out,
                              struct yx_error *err)
{
    const char *base = ca->settings.base_url;
    int partition = yx_ca_partition(ca, serial);

    YX_TRY(yx_ca_crl_url(ca, partition, false, &out->crl, err));
    if (ca->settings.delta_period > 0)
        YX_TRY(yx_ca_crl_url(ca, partition, true, &out->delta, err));
    if (yx_buf_printf(&out->ocsp, "%s/%s/ocsp", base, ca->name) != YX_OK ||
        yx_buf_append(&out->ocsp, YX_BYTES("", 1)) != YX_OK ||
        yx_buf_printf(&out->issuer, "%s/%s/ca.cer", base, ca->name) != YX_OK ||
        yx_buf_append(&out->issuer, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

static const char *text_or_null(const struct yx_buf *buf)
{
    return buf->len == 0 ? NULL : (const char *)buf->data;
}

/* --- The template ---------------------------------------------------------------------------- */

#define OID_OCTETS 64

struct policies {
    uint8_t octets[YX_CA_POLICIES][OID_OCTETS];
    struct yx_policy items[YX_CA_POLICIES];
    size_t count;
};

static yx_status read_policies(const struct yx_ca_profile *profile, struct policies *out,
                               struct yx_error *err)
{
    for (out->count = 0; profile->policies[out->count] != NULL; out->count++) {
        YX_CLEAN(yx_buf) struct yx_buf oid = {0};

        YX_TRY(yx_oid_from_dotted(YX_TEXT(profile->policies[out->count]), &oid, err));
        YX_REQUIRE(oid.len <= OID_OCTETS, err, YX_DAMAGED, "RFC 5280 4.2.1.4",
                   N_("the policy {1} is too long"), profile->policies[out->count]);
        memcpy(out->octets[out->count], oid.data, oid.len);
        out->items[out->count] =
            (struct yx_policy){.oid = YX_BYTES(out->octets[out->count], oid.len)};
    }
    return YX_OK;
}

static int choose_path_length(const struct yx_ca_order *order)
{
    if (!order->profile->ca)
        return -1;
    return order->path_length < 0 ? order->profile->path_length : order->path_length;
}

static void fill_template(const struct yx_ca_order *order, const struct sources *sources,
                          const struct policies *policies, struct yx_cert_template *out)
{
    const struct yx_ca_profile *profile = order->profile;

    out->subject = order->subject;
    out->spki = order->spki;
    out->not_before = order->now;
    out->extended_usage = profile->purposes[0] == YX_OID_UNKNOWN ? NULL : profile->purposes;
    out->extended_usage_critical = profile->purposes_critical;
    out->ca = profile->ca;
    out->path_length = choose_path_length(order);
    out->ocsp_nocheck = profile->no_check;
    out->crl_url = text_or_null(&sources->crl);
    out->freshest_url = text_or_null(&sources->delta);
    out->ocsp_url = text_or_null(&sources->ocsp);
    out->issuer_url = text_or_null(&sources->issuer);
    out->policies = policies->items;
    out->policy_count = policies->count;
    out->alt_names = order->alt_names;
    out->alt_name_count = order->alt_name_count;
    if (order->identity != NULL)
        out->identity = *order->identity;
}

/* Those of a certificate that came before were checked when it was issued. */
static bool has_dns_name(const struct yx_ca_order *order)
{
    if (order->like != NULL)
        return true;
    for (size_t i = 0; i < order->alt_name_count; i++)
        if (order->alt_names[i].form == YX_NAME_DNS)
            return true;
    return false;
}

yx_status yx_ca_draw_up(const struct yx_ca_order *order, struct yx_ca_choice *choice,
                        struct yx_buf *to_be_signed, struct yx_error *err)
{
    char common_name[DNS_NAME_MAX + 1];
    YX_CLEAN(sources) struct sources sources = {0};
    YX_CLEAN(yx_buf) struct yx_buf copied = {0};
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    struct policies policies;
    struct yx_cert_template to_make = {.serial = YX_BYTES(choice->serial, YX_CA_SERIAL_SIZE)};

    YX_TRY(yx_ca_profile_check_subject(order->profile, order->subject, err));
    YX_TRY(check_names(order, err));
    YX_TRY(read_policies(order->profile, &policies, err));
    YX_TRY(fresh_serial(choice->serial, err));
    if (order->ca != NULL && order->ca->settings.base_url[0] != '\0')
        YX_TRY(name_sources(order->ca, to_make.serial, &sources, err));
    YX_TRY(yx_public_key_from_spki(order->spki, &key, err));
    fill_template(order, &sources, &policies, &to_make);
    to_make.key_usage = yx_ca_profile_key_usage(order->profile, yx_public_key_type(key));
    if (order->like != NULL)
        YX_TRY(yx_cert_copy_names(order->like, &copied, err));
    to_make.copied = yx_buf_bytes(&copied);
    if (order->profile->has_dns_name && !has_dns_name(order)) {
        YX_TRY(name_by_subject(order, common_name, err));
        to_make.dns_name = common_name;
    }
    YX_TRY(choose_end(order, &to_make.not_after, err));
    choice->not_before = to_make.not_before;
    choice->not_after = to_make.not_after;
    return yx_cert_prepare(&to_make, order->issuer, order->algorithm, to_be_signed, err);
}
