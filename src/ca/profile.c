/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca/profile.c - the built-in kinds of certificates as one table; profile_file.c adds those of the
 * operator. What every certificate must obey whatever its kind is in certify/lint.c.
 */
#include "ca/room.h"

#define SIGNING (YX_KU_DIGITAL_SIGNATURE | YX_KU_NON_REPUDIATION)
/* GB/T 20518: of the two certificates of a holder, this is the other one. */
#define ENCRYPTING (YX_KU_KEY_ENCIPHERMENT | YX_KU_DATA_ENCIPHERMENT | YX_KU_KEY_AGREEMENT)

static const struct yx_ca_profile profiles[] = {
    {.name = "sub-ca",
     .summary = N_("a subordinate certification authority"),
     .days = 3650,
     .ca = true,
     .path_length = -1,
     .key_usage = YX_KU_KEY_CERT_SIGN | YX_KU_CRL_SIGN,
     .subject = {YX_OID_COUNTRY, YX_OID_ORGANIZATION, YX_OID_COMMON_NAME}},
    {.name = "seal-maker",
     .summary = N_("makes electronic seals"),
     .days = 1825,
     .key_usage = SIGNING,
     .subject = {YX_OID_COUNTRY, YX_OID_ORGANIZATION, YX_OID_COMMON_NAME}},
    {.name = "unit",
     .summary = N_("a unit (company, office, association) that seals"),
     .days = 1095,
     .key_usage = SIGNING,
     .name_forms = 1 << YX_NAME_EMAIL,
     .twin = "unit-encryption",
     .subject = {YX_OID_COUNTRY, YX_OID_ORGANIZATION, YX_OID_COMMON_NAME}},
    {.name = "person",
     .summary = N_("a person who signs or seals"),
     .days = 1095,
     .key_usage = SIGNING,
     .name_forms = 1 << YX_NAME_EMAIL,
     .twin = "person-encryption",
     .subject = {YX_OID_COMMON_NAME}},
    {.name = "position",
     .summary = N_("a position in a unit, whoever holds it"),
     .days = 365,
     .key_usage = SIGNING,
     .name_forms = 1 << YX_NAME_EMAIL,
     .twin = "position-encryption",
     .subject = {YX_OID_ORGANIZATION, YX_OID_COMMON_NAME}},
    {.name = "unit-encryption",
     .summary = N_("the encryption certificate of a unit, beside the one that it signs with"),
     .days = 1095,
     .key_usage = ENCRYPTING,
     .subject = {YX_OID_COUNTRY, YX_OID_ORGANIZATION, YX_OID_COMMON_NAME}},
    {.name = "person-encryption",
     .summary = N_("the encryption certificate of a person"),
     .days = 1095,
     .key_usage = ENCRYPTING,
     .subject = {YX_OID_COMMON_NAME}},
    {.name = "position-encryption",
     .summary = N_("the encryption certificate of a position"),
     .days = 365,
     .key_usage = ENCRYPTING,
     .subject = {YX_OID_ORGANIZATION, YX_OID_COMMON_NAME}},
    {.name = "tls-server",
     .summary = N_("a web server; --dns names it"),
     .days = 365,
     .key_usage = YX_KU_DIGITAL_SIGNATURE,
     .rsa_usage = YX_KU_KEY_ENCIPHERMENT, /* the RSA key exchange of RFC 5246 7.4.2; NSS insists */
     .purposes = {YX_OID_KP_SERVER_AUTH},
     .has_dns_name = true,
     .name_forms = 1 << YX_NAME_DNS | 1 << YX_NAME_IP,
     .subject = {YX_OID_COMMON_NAME}},
    {.name = "tls-client",
     .summary = N_("a program or person that logs in over TLS"),
     .days = 365,
     .key_usage = YX_KU_DIGITAL_SIGNATURE,
     .purposes = {YX_OID_KP_CLIENT_AUTH},
     .name_forms = 1 << YX_NAME_EMAIL | 1 << YX_NAME_DNS,
     .subject = {YX_OID_COMMON_NAME}},
    {.name = "tsa",
     .summary = N_("a time-stamping authority"),
     .days = 1825,
     .key_usage = SIGNING,
     .purposes = {YX_OID_KP_TIME_STAMPING},
     .purposes_critical = true,
     .subject = {YX_OID_COUNTRY, YX_OID_ORGANIZATION, YX_OID_COMMON_NAME}},
    {.name = "ocsp",
     .summary = N_("answers for the authority whether a certificate is revoked"),
     .days = 90,
     .key_usage = YX_KU_DIGITAL_SIGNATURE,
     .purposes = {YX_OID_KP_OCSP_SIGNING},
     .no_check = true,
     .subject = {YX_OID_COMMON_NAME}},
    {.name = "cmp",
     .summary = N_("protects the answers of the authority to enrolment requests (CMP)"),
     .days = 1095,
     .key_usage = YX_KU_DIGITAL_SIGNATURE,
     .purposes = {YX_OID_KP_CMC_CA},
     .subject = {YX_OID_COMMON_NAME}},
};

static const struct yx_ca_profile_set built_in = {
    .list = (struct yx_ca_profile *)(uintptr_t)profiles, /* nobody writes to it */
    .count = sizeof profiles / sizeof profiles[0]};

const struct yx_ca_profile *yx_ca_profiles(const struct yx_ca *ca, size_t *count)
{
    const struct yx_ca_profile_set *set = ca == NULL ? &built_in : &ca->profiles;

    *count = set->count;
    return set->list;
}

const struct yx_ca_profile *yx_ca_profile_set_find(const struct yx_ca_profile_set *set,
                                                   const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->list[i].name, name) == 0)
            return &set->list[i];
    return NULL;
}

const struct yx_ca_profile *yx_ca_profile_find(const struct yx_ca *ca, const char *name)
{
    return yx_ca_profile_set_find(ca == NULL ? &built_in : &ca->profiles, name);
}

/*
 * A profile names every use of its kind of certificate; a key serves those that its type can: RSA
 * transports keys, curves of NIST agree on them (RFC 8813 3, RFC 4055 1.2), SM2 does either. When
 * none is left, the lint says so.
 */
int yx_ca_profile_key_usage(const struct yx_ca_profile *profile, yx_key_type type)
{
    const int transport = YX_KU_KEY_ENCIPHERMENT | YX_KU_DATA_ENCIPHERMENT;
    int wanted = profile->key_usage | (type == YX_KEY_RSA ? profile->rsa_usage : 0);
    int served = wanted;

    if (type == YX_KEY_RSA)
        served &= ~YX_KU_KEY_AGREEMENT;
    if (type == YX_KEY_P256 || type == YX_KEY_P384)
        served &= ~transport;
    return served == 0 ? wanted : served;
}

/* Name ::= SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value ANY } */
yx_status yx_ca_name_value(struct yx_bytes name, yx_oid wanted, struct yx_bytes *value,
                           struct yx_error *err)
{
    struct yx_der der = yx_der_reader(name, "Name");
    struct yx_der names, set, pair;

    *value = YX_BYTES(NULL, 0);
    YX_TRY(yx_der_enter(&der, YX_DER_SEQUENCE, &names, err));
    while (value->data == NULL && !yx_der_at_end(&names)) {
        yx_oid type;

        YX_TRY(yx_der_enter(&names, YX_DER_SET, &set, err));
        YX_TRY(yx_der_enter(&set, YX_DER_SEQUENCE, &pair, err));
        YX_TRY(yx_der_oid(&pair, &type, err));
        if (type == wanted)
            YX_TRY(yx_der_any(&pair, NULL, value, NULL, err));
    }
    return YX_OK;
}

yx_status yx_ca_profile_check_subject(const struct yx_ca_profile *profile, struct yx_bytes subject,
                                      struct yx_error *err)
{
    for (size_t i = 0; i < YX_CA_NAME_PARTS && profile->subject[i] != YX_OID_UNKNOWN; i++) {
        struct yx_bytes value;

        YX_TRY(yx_ca_name_value(subject, profile->subject[i], &value, err));
        YX_REQUIRE(value.len > 0, err, YX_REFUSED, "RFC 5280 4.1.2.6",
                   N_("the subject of a {1} certificate needs {2}: add {2}=... to it"),
                   profile->name, yx_oid_name(profile->subject[i]));
    }
    return YX_OK;
}
