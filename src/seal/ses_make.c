/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal/ses_make.c - makes seal signatures in two steps, so that any key anywhere can sign between
 * them. Whether the signer may use the seal is asked in may_sign.c; the structures stand in
 * ses_parse.c.
 */
#include "seal/parts.h"

#define RULE_TBS "GB/T 38540-2020, signature data"

static yx_status check_request(const struct yx_ses_request *request, struct yx_error *err)
{
    yx_key_type key = yx_cert_key_type(request->signer);
    YX_REQUIRE(
        yx_signature_fits(request->algorithm, key) && yx_signature_allowed(request->algorithm), err,
        YX_REFUSED, "GB/T 38540-2020 7.3", N_("the signer's key ({1}) cannot sign with {2}"),
        yx_cert_subject(request->signer), yx_signature_name(request->algorithm));
    YX_REQUIRE(request->time >= 0 && request->time < INT64_C(253402300800) * YX_SECOND, err,
               YX_USAGE, RULE_TBS, N_("the signing time must lie between the years 1970 and 9999"));
    YX_REQUIRE(request->data_hash.len > 0 && request->data_hash.len <= YX_DIGEST_MAX, err, YX_USAGE,
               RULE_TBS, N_("the data hash must be a digest; this one has {1} bytes"),
               YX_NUM(request->data_hash.len));
    YX_REQUIRE(request->property_info[0] != '\0' && yx_is_ia5_text(YX_TEXT(request->property_info)),
               err, YX_REFUSED, RULE_TBS,
               N_("the signature's path ({1}) must be of printable ASCII characters: its field is "
                  "an IA5String"),
               request->property_info);
    return YX_OK;
}

/* V1: ISO 8601 with its zone, which no reader can take for another moment. */
static void put_time(struct yx_der_writer *writer, int64_t version, yx_time time)
{
    if (version == 1)
        yx_der_put_bit_string(writer, YX_TEXT(YX_WHEN(time)));
    else
        yx_der_put_time(writer, YX_DER_GENERALIZED_TIME, time);
}

static void put_signer(struct yx_der_writer *writer, const struct yx_cert *signer,
                       yx_signature_algorithm algorithm)
{
    yx_der_put(writer, YX_DER_OCTET_STRING, yx_cert_der(signer));
    yx_der_put_oid(writer, yx_signature_oid(algorithm));
}

yx_status yx_ses_prepare(const struct yx_ses_request *request, struct yx_buf *to_be_signed,
                         struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    int64_t version = yx_seal_info(request->seal)->version;
    YX_TRY(check_request(request, err));
    size_t tbs = yx_der_begin(&writer, YX_DER_SEQUENCE);
    yx_der_put_int(&writer, version);
    yx_der_put_raw(&writer, yx_seal_der(request->seal));
    put_time(&writer, version, request->time);
    yx_der_put_bit_string(&writer, request->data_hash);
    yx_der_put_text(&writer, YX_DER_IA5_STRING, request->property_info);
    if (version == 1)
        put_signer(&writer, request->signer, request->algorithm);
    yx_der_close(&writer, tbs);
    return yx_der_finish(&writer, to_be_signed, err);
}

/* What was made must read back, and its value must hold. */
static yx_status check_made(struct yx_bytes der, const struct yx_cert *signer,
                            yx_signature_algorithm algorithm, struct yx_error *err)
{
    struct yx_ses ses;
    struct yx_error error = {0};
    YX_TRY(yx_ses_parse(der, &ses, err));
    YX_REQUIRE(yx_signature_fits(algorithm, yx_cert_key_type(signer)) &&
                   yx_bytes_equal(ses.certificate, yx_cert_der(signer)) &&
                   yx_signature_from_oid(yx_oid_find(ses.algorithm)) == algorithm,
               err, YX_USAGE, RULE_TBS,
               N_("the signature was prepared for another signer or algorithm"));
    yx_status status = yx_public_key_verify(yx_cert_public_key(signer), algorithm, ses.to_be_signed,
                                            ses.signature, &error);
    YX_REQUIRE(!yx_is_finding(status), err, YX_REFUSED, "GM/T 0031-2014 6.2.3 b",
               N_("the signature value was not made with the key of {1}"), yx_cert_subject(signer));
    return status == YX_OK ? YX_OK : yx_pass_on(&error, err);
}

/* TBS_Sign tells its version in its first element. */
static yx_status tbs_version(struct yx_bytes to_be_signed, int64_t *version, struct yx_error *err)
{
    struct yx_der outer = yx_der_reader(to_be_signed, "TBS_Sign");
    struct yx_der tbs;
    YX_TRY(yx_der_enter(&outer, YX_DER_SEQUENCE, &tbs, err));
    return yx_der_int(&tbs, version, err);
}

yx_status yx_ses_finish(struct yx_bytes to_be_signed, const struct yx_cert *signer,
                        yx_signature_algorithm algorithm, struct yx_bytes signature,
                        struct yx_bytes timestamp, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    YX_CLEAN(yx_buf) struct yx_buf made = {0};
    int64_t version;
    YX_TRY(tbs_version(to_be_signed, &version, err));
    YX_REQUIRE(version != 1 || timestamp.len == 0, err, YX_REFUSED, "GM/T 0031-2014",
               N_("a signature of version 1 has no place for a time-stamp over its value; use a "
                  "seal of version 4 or 5"));
    size_t body = yx_der_begin(&writer, YX_DER_SEQUENCE);
    yx_der_put_raw(&writer, to_be_signed);
    if (version != 1)
        put_signer(&writer, signer, algorithm);
    yx_der_put_bit_string(&writer, signature);
    yx_timestamp_put(&writer, timestamp);
    yx_der_close(&writer, body);
    YX_TRY(yx_der_finish(&writer, &made, err));
    YX_TRY(check_made(yx_buf_bytes(&made), signer, algorithm, err));
    if (yx_buf_append(out, yx_buf_bytes(&made)) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}
