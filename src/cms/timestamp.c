/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cms/timestamp.c - checks time-stamp tokens (RFC 3161 with RFC 5816, GB/T 20520): a SignedData
 * over a TSTInfo. Asking for tokens is in timestamp_ask.c, giving them out in timestamp_make.c.
 *
 *   TSTInfo ::= SEQUENCE {
 *       version INTEGER (1), policy OBJECT IDENTIFIER,
 *       messageImprint SEQUENCE { hashAlgorithm AlgorithmIdentifier, hashedMessage OCTET STRING },
 *       serialNumber INTEGER, genTime GeneralizedTime,
 *       accuracy SEQUENCE OPTIONAL, ordering BOOLEAN DEFAULT FALSE, nonce INTEGER OPTIONAL,
 *       tsa [0] EXPLICIT GeneralName OPTIONAL, extensions [1] IMPLICIT Extensions OPTIONAL }
 */
#include "cms/timestamp.h"

#define FORMAT YX_TIMESTAMP_FORMAT

/* --- TSTInfo ----------------------------------------------------------------------------- */

/* `count` digits as a number; -1 when one is none. */
static int64_t decimal(const uint8_t *digits, size_t count)
{
    int64_t value = 0;
    for (size_t i = 0; i < count; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return -1;
        value = 10 * value + (digits[i] - '0');
    }
    return value;
}

/* ".ddd" into microseconds, the rest cut; -1 when it is no fraction of DER (X.690 11.7: no zero at
 * its end, never empty). */
static int64_t fraction(struct yx_bytes text)
{
    if (text.len == 0)
        return 0;
    if (text.len < 2 || text.len > 32 || text.data[0] != '.' || text.data[text.len - 1] == '0')
        return -1;
    int64_t micros = 0;
    for (size_t i = 1; i < text.len || i <= 6; i++) {
        int64_t digit = i < text.len ? decimal(text.data + i, 1) : 0;
        if (digit < 0)
            return -1;
        if (i <= 6)
            micros = 10 * micros + digit;
    }
    return micros;
}

/* GeneralizedTime in UTC, with seconds and perhaps a fraction of them. */
static yx_status read_time(struct yx_der *der, yx_time *out, struct yx_error *err)
{
    struct yx_bytes text;
    YX_TRY(yx_der_get(der, YX_DER_GENERALIZED_TIME, &text, err));
    bool shape = text.len >= 15 && text.data[text.len - 1] == 'Z' && decimal(text.data, 14) >= 0;
    YX_REQUIRE(shape, err, YX_DAMAGED, "X.690 11.7",
               N_("genTime is not of the form yyyyMMddHHmmss[.f]Z"));
    struct yx_civil civil = {
        .year = decimal(text.data, 4),
        .month = (unsigned)decimal(text.data + 4, 2),
        .day = (unsigned)decimal(text.data + 6, 2),
        .hour = (unsigned)decimal(text.data + 8, 2),
        .minute = (unsigned)decimal(text.data + 10, 2),
        .second = (unsigned)decimal(text.data + 12, 2),
    };
    int64_t micros = fraction(YX_BYTES(text.data + 14, text.len - 15));
    yx_time time;
    YX_REQUIRE(micros >= 0 && yx_time_from_civil(&civil, &time), err, YX_DAMAGED, "X.690 11.7",
               N_("genTime is no time that exists, or its fraction is not in shortest form"));
    *out = time + micros;
    return YX_OK;
}

yx_status yx_timestamp_read_imprint(struct yx_der *der, struct yx_imprint *out,
                                    struct yx_error *err)
{
    struct yx_der imprint;
    yx_oid algorithm;
    YX_TRY(yx_der_enter(der, YX_DER_SEQUENCE, &imprint, err));
    YX_TRY(yx_der_algorithm(&imprint, &algorithm, NULL, err));
    YX_TRY(yx_der_get(&imprint, YX_DER_OCTET_STRING, &out->digest, err));
    out->algorithm = yx_digest_from_oid(algorithm);
    return yx_der_end(&imprint, err);
}

/* No extension of TSTInfo is known here, so a critical one cannot be honoured. */
static yx_status read_extensions(struct yx_der *der, struct yx_error *err)
{
    struct yx_der list;
    YX_TRY(yx_der_enter(der, YX_DER_CONTEXT_CONSTRUCTED(1), &list, err));
    while (!yx_der_at_end(&list)) {
        struct yx_der extension;
        struct yx_bytes oid;
        bool critical = false;
        YX_TRY(yx_der_enter(&list, YX_DER_SEQUENCE, &extension, err));
        YX_TRY(yx_der_oid_bytes(&extension, &oid, err));
        if (yx_der_next_is(&extension, YX_DER_BOOLEAN))
            YX_TRY(yx_der_bool(&extension, &critical, err));
        YX_REQUIRE(!critical, err, YX_REFUSED, FORMAT,
                   N_("the time-stamp has a critical extension that is not known here"));
    }
    return YX_OK;
}

static yx_status read_optional(struct yx_der *der, struct yx_token *out, struct yx_error *err)
{
    bool ordering;
    if (yx_der_next_is(der, YX_DER_SEQUENCE))
        YX_TRY(yx_der_get(der, YX_DER_SEQUENCE, NULL, err));
    if (yx_der_next_is(der, YX_DER_BOOLEAN))
        YX_TRY(yx_der_bool(der, &ordering, err));
    if (yx_der_next_is(der, YX_DER_INTEGER))
        YX_TRY(yx_der_integer(der, &out->nonce, err));
    if (yx_der_next_is(der, YX_DER_CONTEXT_CONSTRUCTED(0)))
        YX_TRY(yx_der_get(der, YX_DER_CONTEXT_CONSTRUCTED(0), NULL, err));
    if (yx_der_next_is(der, YX_DER_CONTEXT_CONSTRUCTED(1)))
        YX_TRY(read_extensions(der, err));
    return yx_der_end(der, err);
}

static yx_status read_info(struct yx_bytes content, struct yx_token *out, struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(content, "TSTInfo"), der;
    int64_t version;
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &der, err));
    YX_TRY(yx_der_end(&whole, err));
    YX_TRY(yx_der_int(&der, &version, err));
    YX_REQUIRE(version == 1, err, YX_DAMAGED, FORMAT,
               N_("TSTInfo has version {1}; only 1 is defined"), YX_NUM(version));
    YX_TRY(yx_der_oid_bytes(&der, &out->policy, err));
    YX_TRY(yx_timestamp_read_imprint(&der, &out->imprint, err));
    YX_TRY(yx_der_integer(&der, &out->serial, err));
    YX_TRY(read_time(&der, &out->time, err));
    return read_optional(&der, out, err);
}

/* --- Token ------------------------------------------------------------------------------- */

/* PKIFailureInfo (RFC 3161 2.4.2), by the number of the bit. */
static const struct {
    size_t bit;
    const char *name;
} failures[] = {
    {0, "badAlg"},
    {2, "badRequest"},
    {5, "badDataFormat"},
    {14, "timeNotAvailable"},
    {15, "unacceptedPolicy"},
    {16, "unacceptedExtension"},
    {17, "addInfoNotAvailable"},
    {25, "systemFailure"},
};

/* BIT STRING with the number of unused bits in front; "-" when it names no known failure. */
static const char *failure_name(struct yx_bytes bits)
{
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        size_t octet = 1 + failures[i].bit / 8;
        if (octet < bits.len && (bits.data[octet] & 0x80 >> failures[i].bit % 8) != 0)
            return failures[i].name;
    }
    return "-";
}

/* PKIStatusInfo behind its status: statusString SEQUENCE OF UTF8String OPTIONAL, failInfo BIT
 * STRING OPTIONAL. What cannot be read is left out. */
static yx_status refuse_response(int64_t status, struct yx_der *info, struct yx_error *err)
{
    struct yx_der texts;
    struct yx_bytes text = {NULL, 0}, bits = {NULL, 0};
    char words[256] = "-";
    if (yx_der_next_is(info, YX_DER_SEQUENCE) &&
        yx_der_enter(info, YX_DER_SEQUENCE, &texts, NULL) == YX_OK)
        (void)yx_der_get(&texts, YX_DER_UTF8_STRING, &text, NULL);
    (void)yx_der_get(info, YX_DER_BIT_STRING, &bits, NULL);
    if (text.len > 0 && text.len < sizeof words && yx_utf8_valid(text)) {
        memcpy(words, text.data, text.len);
        words[text.len] = '\0';
    }
    return yx_fail(err, YX_REFUSED, FORMAT,
                   N_("the time-stamping authority answered with the status {1} ({2}) and gave no "
                      "token: {3}"),
                   YX_NUM(status), failure_name(bits), words);
}

/*
 * A token, or the TimeStampResp that it came in: SEQUENCE { status SEQUENCE { INTEGER, ... },
 * timeStampToken ContentInfo OPTIONAL }. A ContentInfo starts with its type, a response with a
 * SEQUENCE.
 */
yx_status yx_timestamp_unwrap(struct yx_bytes *token, struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(*token, "TimeStampResp"), response, info;
    int64_t status;
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &response, err));
    if (!yx_der_next_is(&response, YX_DER_SEQUENCE))
        return YX_OK;
    YX_TRY(yx_der_end(&whole, err));
    YX_TRY(yx_der_enter(&response, YX_DER_SEQUENCE, &info, err));
    YX_TRY(yx_der_int(&info, &status, err));
    if ((status != 0 && status != 1) || yx_der_at_end(&response))
        return refuse_response(status, &info, err);
    YX_TRY(yx_der_any(&response, NULL, NULL, token, err));
    return yx_der_end(&response, err);
}

yx_status yx_timestamp_parse(struct yx_bytes der, struct yx_token *out, struct yx_error *err)
{
    YX_TRY(yx_timestamp_unwrap(&der, err));
    YX_TRY(yx_cms_parse(der, &out->cms, err));
    YX_REQUIRE(out->cms.encapsulated == YX_OID_TST_INFO && out->cms.has_content, err, YX_DAMAGED,
               FORMAT, N_("the structure is signed, but it is no time-stamp token"));
    return read_info(out->cms.content, out, err);
}

static yx_status check_algorithm(const struct yx_token *token, struct yx_error *err)
{
    YX_REQUIRE(yx_digest_allowed(token->imprint.algorithm), err, YX_REFUSED, "RFC 3161 2.4.1",
               N_("the imprint of the time-stamp is made with an algorithm that is unknown or too "
                  "weak"));
    return YX_OK;
}

static yx_status check_imprint(const struct yx_token *token, struct yx_bytes digest,
                               struct yx_error *err)
{
    YX_REQUIRE(yx_bytes_equal(token->imprint.digest, digest), err, YX_REFUSED, FORMAT,
               N_("the time-stamp was made over something else: its imprint is not the {1} digest "
                  "of the stamped bytes"),
               yx_digest_name(token->imprint.algorithm));
    return YX_OK;
}

/* --- The authority's signature ----------------------------------------------------------- */

yx_status yx_timestamp_check_signature(const struct yx_token *token, const struct yx_cert *signer,
                                       struct yx_error *err)
{
    const struct yx_cms *cms = &token->cms;
    bool digest, value;
    yx_signature_algorithm algorithm;
    YX_TRY(yx_cms_algorithm(cms, signer, &algorithm, err));
    YX_REQUIRE(yx_signature_allowed(algorithm), err, YX_REFUSED, "GB/T 33560, algorithms",
               N_("the time-stamp is signed with {1}, which is too weak"),
               yx_signature_name(algorithm));
    YX_TRY(yx_cms_verify(cms, signer, cms->content, &digest, &value, NULL, err));
    YX_REQUIRE(digest, err, YX_REFUSED, "RFC 5652 5.4",
               N_("the time-stamp was changed: its content does not have the signed digest"));
    YX_REQUIRE(value, err, YX_REFUSED, "RFC 5652 5.6",
               N_("the signature of the time-stamp does not verify"));
    bool present;
    return yx_cms_check_signing_certificate(cms, signer, &present, err);
}

/* --- The authority's certificate --------------------------------------------------------- */

/* The first failure, else the first doubt, else the name of the authority. */
static void sum_up(const struct yx_cert_findings *findings, const struct yx_cert *signer,
                   struct yx_cert_finding *out)
{
    const struct yx_cert_finding *all[] = {&findings->chain, &findings->validity,
                                           &findings->revocation, &findings->usage};
    static const yx_outcome bad[] = {YX_FAIL, YX_UNKNOWN};
    for (size_t outcome = 0; outcome < 2; outcome++)
        for (size_t i = 0; i < 4; i++)
            if (all[i]->outcome == bad[outcome]) {
                *out = *all[i];
                return;
            }
    yx_finding_set(out, YX_PASS, FORMAT, N_("time-stamped by {1}"), yx_cert_subject(signer));
}

static yx_status check_authority(const struct yx_token *token, const struct yx_trust *trust,
                                 yx_time now, struct yx_cert_finding *out, struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *signer = NULL;
    struct yx_cert_findings findings;
    if (token->cms.certificates.len == 0) {
        yx_finding_set(out, YX_UNKNOWN, FORMAT,
                       N_("the time-stamp does not carry the certificate of its authority"));
        return YX_OK;
    }
    YX_TRY(yx_cms_signer(&token->cms, &signer, err));
    YX_TRY(yx_timestamp_check_signature(token, signer, err));
    YX_TRY(yx_cms_validate_signer(&token->cms, signer, trust, YX_USE_TIME_STAMP, token->time, now,
                                  &findings, err));
    sum_up(&findings, signer, out);
    return YX_OK;
}

/* --- All together ------------------------------------------------------------------------ */

yx_status yx_timestamp_algorithm(struct yx_bytes token, yx_digest_algorithm *out,
                                 struct yx_error *err)
{
    struct yx_token parsed = {0};
    YX_TRY(yx_timestamp_parse(token, &parsed, err));
    YX_REQUIRE(parsed.imprint.algorithm != YX_DIGEST_NONE, err, YX_DAMAGED, "RFC 3161 2.4.1",
               N_("the imprint of the time-stamp is made with an algorithm that is not known"));
    *out = parsed.imprint.algorithm;
    return YX_OK;
}

/* What was stamped: the bytes, or their digest. */
struct stamped {
    struct yx_bytes bytes;
    bool is_digest;
};

static yx_status check_stamped(const struct yx_token *token, const struct stamped *stamped,
                               struct yx_error *err)
{
    uint8_t digest[YX_DIGEST_MAX];
    yx_digest_algorithm algorithm = token->imprint.algorithm;
    YX_TRY(check_algorithm(token, err));
    if (stamped->is_digest)
        return check_imprint(token, stamped->bytes, err);
    YX_TRY(yx_digest(algorithm, stamped->bytes, digest, err));
    return check_imprint(token, YX_BYTES(digest, yx_digest_size(algorithm)), err);
}

static yx_status check_all(struct yx_bytes token, const struct stamped *stamped,
                           const struct yx_trust *trust, yx_time now, yx_time *time,
                           struct yx_cert_finding *out, struct yx_error *err)
{
    struct yx_token parsed = {0};
    *time = YX_TIME_NONE;
    YX_TRY(yx_timestamp_parse(token, &parsed, err));
    *time = parsed.time;
    YX_TRY(check_stamped(&parsed, stamped, err));
    return check_authority(&parsed, trust, now, out, err);
}

/* A refusal becomes a finding. */
static yx_status verify(struct yx_bytes token, struct stamped stamped, const struct yx_trust *trust,
                        yx_time now, yx_time *time, struct yx_cert_finding *out,
                        struct yx_error *err)
{
    struct yx_error reason;
    yx_status status = check_all(token, &stamped, trust, now, time, out, &reason);
    if (status == YX_OK)
        return YX_OK;
    if (status != YX_REFUSED && status != YX_DAMAGED) {
        if (err)
            *err = reason;
        return status;
    }
    *out = (struct yx_cert_finding){YX_FAIL, reason.rule, reason.message};
    return YX_OK;
}

yx_status yx_timestamp_verify(struct yx_bytes token, struct yx_bytes stamped,
                              const struct yx_trust *trust, yx_time now, yx_time *time,
                              struct yx_cert_finding *out, struct yx_error *err)
{
    return verify(token, (struct stamped){stamped, false}, trust, now, time, out, err);
}

yx_status yx_timestamp_verify_digest(struct yx_bytes token, struct yx_bytes digest,
                                     const struct yx_trust *trust, yx_time now, yx_time *time,
                                     struct yx_cert_finding *out, struct yx_error *err)
{
    return verify(token, (struct stamped){digest, true}, trust, now, time, out, err);
}
