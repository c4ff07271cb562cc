/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certify/crl.c - makes CRLs (RFC 5280 5): version 2, with authorityKeyIdentifier and cRLNumber;
 * full ones, deltas, and ones for a part of the certificates. Entries may come one by one from
 * wherever they are kept, and are written as they come. Reading CRLs and deciding about revocation
 * is in x509/crl.c and x509/revocation.c.
 */
#include <stdlib.h>

#include "certify/lint.h"
#include "certify/make.h"

#define ENTRIES_MAX 1000000u

/* --- Refusals ---------------------------------------------------------------------------- */

static yx_status check_issuer(const struct yx_cert *issuer, struct yx_error *err)
{
    int usage = yx_cert_key_usage(issuer);
    YX_REQUIRE(yx_cert_is_ca(issuer) && (usage < 0 || (usage & YX_KU_CRL_SIGN)), err, YX_REFUSED,
               "RFC 5280 6.3.3",
               N_("{1} may not issue CRLs: it is no CA, or its key usage lacks cRLSign"),
               yx_cert_subject(issuer));
    return YX_OK;
}

/* Which CRLReasons of RFC 5280 5.3.1 a CRL may give: 7 is not used, and 8 (removeFromCRL) is for
 * delta CRLs. */
enum where { NOWHERE, ANYWHERE, IN_DELTAS };
static const enum where reasons[] = {
    ANYWHERE, ANYWHERE, ANYWHERE,
    ANYWHERE, ANYWHERE, ANYWHERE,
    ANYWHERE, NOWHERE,  [YX_REASON_REMOVE] = IN_DELTAS,
    ANYWHERE, ANYWHERE,
};

static bool reason_allowed(int reason, bool delta)
{
    if (reason < 0 || (size_t)reason >= sizeof reasons / sizeof *reasons)
        return false;
    return reasons[reason] == ANYWHERE || (delta && reasons[reason] == IN_DELTAS);
}

static size_t significant_octets(struct yx_bytes number)
{
    while (number.len > 0 && number.data[0] == 0)
        number = YX_BYTES(number.data + 1, number.len - 1);
    return number.len;
}

static yx_status check_entry(const struct yx_crl_template *t, const struct yx_crl_entry *entry,
                             struct yx_error *err)
{
    size_t len = significant_octets(entry->serial);
    YX_REQUIRE(len > 0 && len <= YX_SERIAL_MAX, err, YX_REFUSED, "RFC 5280 4.1.2.2",
               N_("a revoked serial number has {1} octets; 1 to 20 are allowed"), YX_NUM(len));
    YX_REQUIRE(reason_allowed(entry->reason, t->delta), err, YX_REFUSED, "RFC 5280 5.3.1",
               N_("the revocation reason {1} cannot stand in this CRL"), YX_NUM(entry->reason));
    YX_REQUIRE(entry->revoked_at <= t->this_update, err, YX_REFUSED, "RFC 5280 5.1.2.6",
               N_("a certificate is listed as revoked at {1}, after the CRL is issued"),
               YX_WHEN(entry->revoked_at));
    YX_REQUIRE(entry->invalid_at <= t->this_update, err, YX_REFUSED, "RFC 5280 5.3.2",
               N_("a certificate is said to be invalid since {1}, after the CRL is issued"),
               YX_WHEN(entry->invalid_at));
    return YX_OK;
}

static yx_status check_scope(const struct yx_crl_template *t, struct yx_error *err)
{
    YX_REQUIRE(!(t->only_user_certs && t->only_ca_certs), err, YX_REFUSED, "RFC 5280 5.2.5",
               N_("a CRL cannot be for CA certificates only and for all others only"));
    if (t->point_url)
        YX_TRY(yx_lint_url(YX_TEXT(t->point_url), err));
    if (t->freshest_url)
        YX_TRY(yx_lint_url(YX_TEXT(t->freshest_url), err));
    return YX_OK;
}

static yx_status check_template(const struct yx_crl_template *t, struct yx_error *err)
{
    YX_REQUIRE(t->this_update < t->next_update, err, YX_REFUSED, "RFC 5280 5.1.2.5",
               N_("the next CRL is announced for {1}, which is not after this one, {2}"),
               YX_WHEN(t->next_update), YX_WHEN(t->this_update));
    YX_REQUIRE(!t->delta || t->base < t->number, err, YX_REFUSED, "RFC 5280 5.2.4",
               N_("a delta CRL of number {1} cannot build on number {2}, which is not before it"),
               YX_NUM(t->number), YX_NUM(t->base));
    YX_REQUIRE(!t->delta || !t->freshest_url, err, YX_REFUSED, "RFC 5280 5.2.6",
               N_("a delta CRL does not say where deltas are; only full CRLs do"));
    YX_REQUIRE(t->entry_count <= ENTRIES_MAX, err, YX_REFUSED, "RFC 5280 5.1.2.6",
               N_("the CRL would have more than {1} entries"), YX_NUM(ENTRIES_MAX));
    return check_scope(t, err);
}

/* --- Entries ----------------------------------------------------------------------------- */

static void put_time(struct yx_der_writer *w, yx_time time)
{
    yx_der_put_time(w, yx_der_time_tag(time), time);
}

static void put_reason(struct yx_der_writer *w, int code)
{
    uint8_t reason = (uint8_t)code;
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_CRL_REASON, false);
    yx_der_put(w, YX_DER_ENUMERATED, YX_BYTES(&reason, 1));
    yx_extension_close(w, marks);
}

static void put_invalidity_date(struct yx_der_writer *w, yx_time time)
{
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_INVALIDITY_DATE, false);
    yx_der_put_time(w, YX_DER_GENERALIZED_TIME, time);
    yx_extension_close(w, marks);
}

/* SEQUENCE { userCertificate INTEGER, revocationDate Time, crlEntryExtensions OPTIONAL } with the
 * extensions reasonCode, an ENUMERATED, and invalidityDate. */
static void put_entry(struct yx_der_writer *w, const struct yx_crl_entry *entry)
{
    bool dated = entry->invalid_at != 0 && entry->invalid_at != YX_TIME_NONE;
    size_t sequence = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_unsigned(w, entry->serial);
    put_time(w, entry->revoked_at);
    if (entry->reason != 0 || dated) {
        size_t extensions = yx_der_begin(w, YX_DER_SEQUENCE);
        if (entry->reason != 0)
            put_reason(w, entry->reason);
        if (dated)
            put_invalidity_date(w, entry->invalid_at);
        yx_der_close(w, extensions);
    }
    yx_der_close(w, sequence);
}

/* The next entry: of the array first, then of who has more. */
static yx_status next_entry(const struct yx_crl_template *t, size_t index,
                            struct yx_crl_entry *entry, bool *end, struct yx_error *err)
{
    *end = index >= t->entry_count;
    if (!*end)
        *entry = t->entries[index];
    else if (t->more.next) {
        *end = false;
        *entry = (struct yx_crl_entry){0};
        return t->more.next(t->more.self, entry, end, err);
    }
    return YX_OK;
}

/* Appends the entries one behind the other. */
static yx_status write_entries(const struct yx_crl_template *t, struct yx_der_writer *w,
                               size_t *count, struct yx_error *err)
{
    for (*count = 0;; ++*count) {
        struct yx_crl_entry entry;
        bool end;
        YX_TRY(next_entry(t, *count, &entry, &end, err));
        if (end)
            return YX_OK;
        YX_REQUIRE(*count < ENTRIES_MAX, err, YX_REFUSED, "RFC 5280 5.1.2.6",
                   N_("the CRL would have more than {1} entries"), YX_NUM(ENTRIES_MAX));
        YX_TRY(check_entry(t, &entry, err));
        put_entry(w, &entry);
    }
}

static int compare_serials(const void *a, const void *b)
{
    const struct yx_bytes *x = a, *y = b;
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return memcmp(x->data, y->data, x->len);
}

/* Looks at what was written: the serials in their one and only DER form. */
static yx_status check_duplicates(struct yx_bytes entries, size_t count, struct yx_error *err)
{
    YX_CLEAN(yx_arena) struct yx_arena *arena = yx_arena_new(SIZE_MAX);
    struct yx_bytes *serials = arena ? yx_arena_calloc(arena, count + 1, sizeof *serials) : NULL;
    if (!serials)
        return yx_fail_memory(err);
    struct yx_der list = yx_der_reader(entries, "revokedCertificates"), entry;
    bool sorted = true;
    for (size_t i = 0; i < count; i++) {
        YX_TRY(yx_der_enter(&list, YX_DER_SEQUENCE, &entry, err));
        YX_TRY(yx_der_integer(&entry, &serials[i], err));
        sorted = sorted && (i == 0 || compare_serials(&serials[i - 1], &serials[i]) < 0);
    }
    if (!sorted)
        qsort(serials, count, sizeof *serials, compare_serials);
    for (size_t i = 1; i < count; i++)
        YX_REQUIRE(compare_serials(&serials[i - 1], &serials[i]) != 0, err, YX_REFUSED,
                   "RFC 5280 5.1.2.6", N_("a serial number is listed twice in the CRL"));
    return YX_OK;
}

/* revokedCertificates: absent when there are none (RFC 5280 5.1.2.6). */
static yx_status put_entries(struct yx_der_writer *w, const struct yx_crl_template *t,
                             struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer entries = {0};
    YX_CLEAN(yx_buf) struct yx_buf written = {0};
    size_t count;
    YX_TRY(write_entries(t, &entries, &count, err));
    YX_TRY(yx_der_finish(&entries, &written, err));
    YX_TRY(check_duplicates(yx_buf_bytes(&written), count, err));
    if (count > 0)
        yx_der_put(w, YX_DER_SEQUENCE, yx_buf_bytes(&written));
    return YX_OK;
}

/* --- Extensions of the whole (RFC 5280 5.2) ---------------------------------------------- */

static void put_number(struct yx_der_writer *w, yx_oid oid, bool critical, uint64_t number)
{
    uint8_t octets[8];
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)(number >> (56 - 8 * i));
    struct yx_extension_marks marks = yx_extension_begin(w, oid, critical);
    yx_der_put_unsigned(w, YX_BYTES(octets, sizeof octets));
    yx_extension_close(w, marks);
}

/*
 * IssuingDistributionPoint ::= SEQUENCE {
 *     distributionPoint [0] DistributionPointName OPTIONAL,
 *     onlyContainsUserCerts [1] BOOLEAN DEFAULT FALSE,
 *     onlyContainsCACerts [2] BOOLEAN DEFAULT FALSE, ... }   -- critical
 */
static void put_scope(struct yx_der_writer *w, const struct yx_crl_template *t)
{
    static const uint8_t is_true = 0xFF;
    if (!t->point_url && !t->only_user_certs && !t->only_ca_certs)
        return;
    struct yx_extension_marks marks =
        yx_extension_begin(w, YX_OID_ISSUING_DISTRIBUTION_POINT, true);
    size_t sequence = yx_der_begin(w, YX_DER_SEQUENCE);
    if (t->point_url)
        yx_put_point_name(w, t->point_url);
    if (t->only_user_certs)
        yx_der_put(w, YX_DER_CONTEXT(1), YX_BYTES(&is_true, 1));
    if (t->only_ca_certs)
        yx_der_put(w, YX_DER_CONTEXT(2), YX_BYTES(&is_true, 1));
    yx_der_close(w, sequence);
    yx_extension_close(w, marks);
}

static void put_extensions(struct yx_der_writer *w, const struct yx_crl_template *t,
                           struct yx_bytes issuer_key)
{
    size_t tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(0));
    size_t extensions = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_put_authority_key_identifier(w, issuer_key);
    put_number(w, YX_OID_CRL_NUMBER, false, t->number);
    if (t->delta)
        put_number(w, YX_OID_DELTA_CRL_INDICATOR, true, t->base);
    put_scope(w, t);
    if (t->freshest_url)
        yx_put_freshest_crl(w, t->freshest_url);
    yx_der_close(w, extensions);
    yx_der_close(w, tagged);
}

/* --- Writing ----------------------------------------------------------------------------- */

/*
 * TBSCertList ::= SEQUENCE {
 *     version INTEGER (1), signature AlgorithmIdentifier, issuer Name, thisUpdate Time,
 *     nextUpdate Time, revokedCertificates SEQUENCE OF SEQUENCE OPTIONAL,
 *     crlExtensions [0] EXPLICIT SEQUENCE OF Extension }
 */
static yx_status write_to_be_signed(const struct yx_crl_template *t, const struct yx_cert *issuer,
                                    yx_signature_algorithm algorithm, struct yx_buf *out,
                                    struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf issuer_key = {0};
    YX_TRY(yx_issuer_key_identifier(issuer, &issuer_key, err));
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t sequence = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_int(&w, 1);
    yx_der_put_signature_algorithm(&w, algorithm);
    yx_der_put_raw(&w, yx_cert_subject_der(issuer));
    put_time(&w, t->this_update);
    put_time(&w, t->next_update);
    YX_TRY(put_entries(&w, t, err));
    put_extensions(&w, t, yx_buf_bytes(&issuer_key));
    yx_der_close(&w, sequence);
    return yx_der_finish(&w, out, err);
}

yx_status yx_crl_make(const struct yx_crl_template *crl_template, const struct yx_cert *issuer,
                      const struct yx_signer *signer, struct yx_buf *out, struct yx_error *err)
{
    YX_TRY(check_issuer(issuer, err));
    YX_TRY(check_template(crl_template, err));
    YX_CLEAN(yx_buf) struct yx_buf to_be_signed = {0};
    YX_TRY(write_to_be_signed(crl_template, issuer, signer->algorithm, &to_be_signed, err));
    return yx_sign_object(yx_buf_bytes(&to_be_signed), yx_cert_public_key(issuer), signer, out,
                          err);
}
