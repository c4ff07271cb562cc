/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509/crl.c - makes full CRLs (RFC 5280 5): version 2, with authorityKeyIdentifier and cRLNumber.
 * Reading CRLs and deciding about revocation is in crl_read.c and revocation.c.
 */
#include <stdlib.h>

#include "x509/make.h"

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

/* Which CRLReasons of RFC 5280 5.3.1 a full CRL may give: 7 is not used, and 8 (removeFromCRL) is
 * for delta CRLs. */
static const bool reasons_allowed[] = {
    true, true, true, true, true, true, true, false, false, true, true,
};

static struct yx_bytes without_leading_zeros(struct yx_bytes number)
{
    while (number.len > 0 && number.data[0] == 0)
        number = YX_BYTES(number.data + 1, number.len - 1);
    return number;
}

static yx_status check_entry(const struct yx_crl_entry *entry, yx_time this_update,
                             struct yx_error *err)
{
    size_t len = without_leading_zeros(entry->serial).len;
    YX_REQUIRE(len > 0 && len <= YX_SERIAL_MAX, err, YX_REFUSED, "RFC 5280 4.1.2.2",
               N_("a revoked serial number has {1} octets; 1 to 20 are allowed"), YX_NUM(len));
    YX_REQUIRE(entry->reason >= 0 &&
                   (size_t)entry->reason < sizeof reasons_allowed / sizeof *reasons_allowed &&
                   reasons_allowed[entry->reason],
               err, YX_REFUSED, "RFC 5280 5.3.1",
               N_("the revocation reason {1} cannot stand in a full CRL"), YX_NUM(entry->reason));
    YX_REQUIRE(entry->revoked_at <= this_update, err, YX_REFUSED, "RFC 5280 5.1.2.6",
               N_("a certificate is listed as revoked at {1}, after the CRL is issued"),
               YX_WHEN(entry->revoked_at));
    return YX_OK;
}

static int compare_serials(const void *a, const void *b)
{
    const struct yx_bytes *x = a, *y = b;
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return memcmp(x->data, y->data, x->len);
}

static yx_status check_duplicates(const struct yx_crl_template *t, struct yx_error *err)
{
    if (t->entry_count < 2)
        return YX_OK;
    YX_CLEAN(yx_arena) struct yx_arena *arena = yx_arena_new(SIZE_MAX);
    struct yx_bytes *serials =
        arena ? yx_arena_calloc(arena, t->entry_count, sizeof *serials) : NULL;
    if (!serials)
        return yx_fail_memory(err);
    for (size_t i = 0; i < t->entry_count; i++)
        serials[i] = without_leading_zeros(t->entries[i].serial);
    qsort(serials, t->entry_count, sizeof *serials, compare_serials);
    for (size_t i = 1; i < t->entry_count; i++)
        YX_REQUIRE(compare_serials(&serials[i - 1], &serials[i]) != 0, err, YX_REFUSED,
                   "RFC 5280 5.1.2.6", N_("a serial number is listed twice in the CRL"));
    return YX_OK;
}

static yx_status check_template(const struct yx_crl_template *t, struct yx_error *err)
{
    YX_REQUIRE(t->this_update < t->next_update, err, YX_REFUSED, "RFC 5280 5.1.2.5",
               N_("the next CRL is announced for {1}, which is not after this one, {2}"),
               YX_WHEN(t->next_update), YX_WHEN(t->this_update));
    YX_REQUIRE(t->entry_count <= ENTRIES_MAX, err, YX_REFUSED, "RFC 5280 5.1.2.6",
               N_("the CRL would have more than {1} entries"), YX_NUM(ENTRIES_MAX));
    for (size_t i = 0; i < t->entry_count; i++)
        YX_TRY(check_entry(&t->entries[i], t->this_update, err));
    return check_duplicates(t, err);
}

/* --- Writing ----------------------------------------------------------------------------- */

static void put_time(struct yx_der_writer *w, yx_time time)
{
    yx_der_put_time(w, yx_der_time_tag(time), time);
}

/* SEQUENCE { userCertificate INTEGER, revocationDate Time, crlEntryExtensions OPTIONAL }; the
 * extension reasonCode holds an ENUMERATED. */
static void put_entry(struct yx_der_writer *w, const struct yx_crl_entry *entry)
{
    size_t sequence = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_unsigned(w, entry->serial);
    put_time(w, entry->revoked_at);
    if (entry->reason != 0) {
        uint8_t reason = (uint8_t)entry->reason;
        size_t extensions = yx_der_begin(w, YX_DER_SEQUENCE);
        struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_CRL_REASON, false);
        yx_der_put(w, YX_DER_ENUMERATED, YX_BYTES(&reason, 1));
        yx_extension_close(w, marks);
        yx_der_close(w, extensions);
    }
    yx_der_close(w, sequence);
}

/* revokedCertificates: absent when there are none (RFC 5280 5.1.2.6). */
static void put_entries(struct yx_der_writer *w, const struct yx_crl_template *t)
{
    if (t->entry_count == 0)
        return;
    size_t list = yx_der_begin(w, YX_DER_SEQUENCE);
    for (size_t i = 0; i < t->entry_count; i++)
        put_entry(w, &t->entries[i]);
    yx_der_close(w, list);
}

static void put_crl_number(struct yx_der_writer *w, uint64_t number)
{
    uint8_t octets[8];
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)(number >> (56 - 8 * i));
    struct yx_extension_marks marks = yx_extension_begin(w, YX_OID_CRL_NUMBER, false);
    yx_der_put_unsigned(w, YX_BYTES(octets, sizeof octets));
    yx_extension_close(w, marks);
}

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
    put_entries(&w, t);
    size_t tagged = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
    size_t extensions = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_put_authority_key_identifier(&w, yx_buf_bytes(&issuer_key));
    put_crl_number(&w, t->number);
    yx_der_close(&w, extensions);
    yx_der_close(&w, tagged);
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
