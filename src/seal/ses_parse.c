/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal/ses_parse.c - reads SES_Signature of the three versions, told apart by their shape. What
 * the field writes differently from the standard is read here: OCTET STRING for BIT STRING in
 * version 1, and its many kinds of time. Whether versions and times make sense is for
 * ses_verify.c.
 *
 *   V1  SES_Signature ::= SEQUENCE { toSign TBS_Sign, signature BIT STRING }
 *   V4, V5  SES_Signature ::= SEQUENCE { toSign TBS_Sign, cert OCTET STRING,
 *                                        signatureAlgID OBJECT IDENTIFIER, signature BIT STRING,
 *                                        timeStamp [0] EXPLICIT BIT STRING OPTIONAL }
 */
#include "seal/parts.h"

/* Times without a zone are the local time of the writer: China Standard Time, UTC+8. */
enum { CHINA_STANDARD_TIME = 8 * 3600 };

/* --- timeInfo ---------------------------------------------------------------------------- */

/* The one element that `bytes` consist of: its tag, or 0. */
static uint8_t sole_element(struct yx_bytes bytes)
{
    struct yx_der der = yx_der_reader(bytes, "timeInfo");
    uint8_t tag;
    if (yx_der_any(&der, &tag, NULL, NULL, NULL) != YX_OK || !yx_der_at_end(&der))
        return 0;
    return tag;
}

static void read_time_element(struct yx_bytes element, struct yx_ses *out)
{
    struct yx_der der = yx_der_reader(element, "timeInfo");
    if (yx_der_time(&der, &out->time, NULL) == YX_OK)
        out->time_zone_known = true;
}

/* yyMMddHHmmssZ, the text of a UTCTime without its tag */
static bool looks_like_utc_text(struct yx_bytes text)
{
    return text.len == 13 && text.data[12] == 'Z';
}

static void read_time_text(struct yx_bytes text, struct yx_ses *out)
{
    if (looks_like_utc_text(text)) {
        uint8_t element[15] = {YX_DER_UTC_TIME, 13};
        memcpy(element + 2, text.data, text.len);
        read_time_element(YX_BYTES(element, sizeof element), out);
        return;
    }
    yx_time time;
    if (yx_time_parse_loose(text, CHINA_STANDARD_TIME, &time, &out->time_zone_known, NULL) == YX_OK)
        out->time = time;
}

/* The content of a string in version 1: a token, a time element, or text. */
static void read_time_string(struct yx_bytes content, struct yx_ses *out)
{
    uint8_t tag = sole_element(content);
    out->time_is_token = tag == YX_DER_SEQUENCE;
    if (out->time_is_token)
        return;
    if (tag == YX_DER_UTC_TIME || tag == YX_DER_GENERALIZED_TIME)
        read_time_element(content, out);
    else
        read_time_text(content, out);
}

/* BIT STRING, or the OCTET STRING of a few writers */
static yx_status take_string(struct yx_der *der, struct yx_bytes *out, struct yx_error *err)
{
    if (yx_der_next_is(der, YX_DER_OCTET_STRING))
        return yx_der_get(der, YX_DER_OCTET_STRING, out, err);
    return yx_der_bit_string(der, out, err);
}

static yx_status parse_time_2014(struct yx_der *der, struct yx_ses *out, struct yx_error *err)
{
    if (yx_der_next_is(der, YX_DER_UTC_TIME) || yx_der_next_is(der, YX_DER_GENERALIZED_TIME)) {
        struct yx_bytes element;
        YX_TRY(yx_der_any(der, NULL, &out->time_info, &element, err));
        read_time_element(element, out);
        return YX_OK;
    }
    YX_TRY(take_string(der, &out->time_info, err));
    read_time_string(out->time_info, out);
    return YX_OK;
}

static yx_status parse_time_2020(struct yx_der *der, struct yx_ses *out, struct yx_error *err)
{
    YX_TRY(yx_der_get(der, YX_DER_GENERALIZED_TIME, &out->time_info, err));
    read_time_text(out->time_info, out);
    return YX_OK;
}

/* --- TBS_Sign ---------------------------------------------------------------------------- */

/* V1 also as OCTET STRING with the seal inside. */
static yx_status parse_eseal(struct yx_der *tbs, yx_shape shape, struct yx_bytes *out,
                             struct yx_error *err)
{
    if (shape == YX_SHAPE_2014 && yx_der_next_is(tbs, YX_DER_OCTET_STRING))
        return yx_der_get(tbs, YX_DER_OCTET_STRING, out, err);
    struct yx_bytes content;
    struct yx_der at = *tbs;
    YX_TRY(yx_der_any(tbs, NULL, NULL, out, err));
    return yx_der_get(&at, YX_DER_SEQUENCE, &content, err);
}

/* cert and algorithm, in TBS_Sign (V1) or behind it */
static yx_status parse_signer(struct yx_der *der, struct yx_ses *out, struct yx_error *err)
{
    YX_TRY(yx_der_get(der, YX_DER_OCTET_STRING, &out->certificate, err));
    return yx_der_oid_bytes(der, &out->algorithm, err);
}

/*
 * V1  TBS_Sign ::= SEQUENCE { version INTEGER, eseal SESeal, timeInfo BIT STRING,
 *                             dataHash BIT STRING, propertyInfo IA5String, cert OCTET STRING,
 *                             signatureAlgorithm OBJECT IDENTIFIER }
 */
static yx_status parse_tbs_2014(struct yx_der *tbs, struct yx_ses *out, struct yx_error *err)
{
    YX_TRY(yx_der_int(tbs, &out->written_version, err));
    YX_TRY(parse_eseal(tbs, YX_SHAPE_2014, &out->seal, err));
    YX_TRY(parse_time_2014(tbs, out, err));
    YX_TRY(take_string(tbs, &out->data_hash, err));
    YX_TRY(yx_der_get(tbs, YX_DER_IA5_STRING, &out->property_info, err));
    YX_TRY(parse_signer(tbs, out, err));
    out->version = 1;
    return yx_der_end(tbs, err);
}

/*
 * V4, V5  TBS_Sign ::= SEQUENCE { version INTEGER, eseal SESeal, timeInfo GeneralizedTime,
 *                                 dataHash BIT STRING, propertyInfo IA5String,
 *                                 extDatas [0] EXPLICIT ExtensionDatas OPTIONAL }
 */
static yx_status parse_tbs_2020(struct yx_der *tbs, struct yx_ses *out, struct yx_error *err)
{
    YX_TRY(yx_der_int(tbs, &out->written_version, err));
    YX_TRY(parse_eseal(tbs, YX_SHAPE_2020, &out->seal, err));
    YX_TRY(parse_time_2020(tbs, out, err));
    YX_TRY(yx_der_bit_string(tbs, &out->data_hash, err));
    YX_TRY(yx_der_get(tbs, YX_DER_IA5_STRING, &out->property_info, err));
    YX_TRY(yx_ext_datas_skip(tbs, &out->critical, err));
    out->version = out->written_version == 5 ? 5 : 4;
    return yx_der_end(tbs, err);
}

static yx_status parse_tbs(struct yx_ses *out, yx_shape shape, struct yx_error *err)
{
    struct yx_der outer = yx_der_reader(out->to_be_signed, "TBS_Sign");
    struct yx_der tbs;
    YX_TRY(yx_der_enter(&outer, YX_DER_SEQUENCE, &tbs, err));
    return shape == YX_SHAPE_2014 ? parse_tbs_2014(&tbs, out, err) : parse_tbs_2020(&tbs, out, err);
}

/* --- SES_Signature ----------------------------------------------------------------------- */

static yx_status parse_rest_2020(struct yx_der *body, struct yx_ses *out, struct yx_error *err)
{
    YX_TRY(parse_signer(body, out, err));
    YX_TRY(yx_der_bit_string(body, &out->signature, err));
    return yx_timestamp_take(body, &out->timestamp, err);
}

static yx_status parse_signature(struct yx_der *body, struct yx_ses *out, struct yx_error *err)
{
    YX_TRY(yx_der_any(body, NULL, NULL, &out->to_be_signed, err));
    if (yx_der_next_is(body, YX_DER_BIT_STRING)) {
        YX_TRY(yx_der_bit_string(body, &out->signature, err));
        YX_TRY(yx_der_end(body, err));
        return parse_tbs(out, YX_SHAPE_2014, err);
    }
    YX_TRY(parse_rest_2020(body, out, err));
    YX_TRY(yx_der_end(body, err));
    return parse_tbs(out, YX_SHAPE_2020, err);
}

yx_status yx_ses_parse(struct yx_bytes der, struct yx_ses *out, struct yx_error *err)
{
    struct yx_ses ses = {.time = YX_TIME_NONE};
    struct yx_der outer = yx_der_reader(der, "SES_Signature");
    struct yx_der body;
    YX_TRY(yx_der_enter(&outer, YX_DER_SEQUENCE, &body, err));
    YX_TRY(yx_der_end(&outer, err));
    YX_TRY(parse_signature(&body, &ses, err));
    *out = ses;
    return YX_OK;
}
