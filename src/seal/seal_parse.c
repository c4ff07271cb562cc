/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal/seal_parse.c - reads SESeal of GM/T 0031-2014 (V1), GB/T 38540-2020 (V4) and GM/T 0031-2025
 * (V5). Which structure it is follows from its shape, never from the version number alone; numbers
 * that do not fit the shape are kept as a breach for the verifier (seal_verify.c). Making is in
 * seal_make.c.
 *
 *   V1  SESeal ::= SEQUENCE { eSealInfo SES_SealInfo, signInfo SES_SignInfo }
 *       SES_SignInfo ::= SEQUENCE { cert OCTET STRING, signatureAlgorithm OBJECT IDENTIFIER,
 *                                   signData BIT STRING }
 *   V4, V5  SESeal ::= SEQUENCE { eSealInfo SES_SealInfo, cert OCTET STRING,
 *                                 signAlgID OBJECT IDENTIFIER, signedValue BIT STRING,
 *                                 timeStamp [0] EXPLICIT BIT STRING OPTIONAL }  -- V5 only
 */
#include <stdlib.h>

#include "seal/parts.h"

#define RULE_FORMAT "GM/T 0031-2014 6.1.2 a"

/* SES_Header ::= SEQUENCE { ID IA5String, version INTEGER, Vid IA5String } */
static yx_status parse_header(struct yx_der *der, struct yx_seal *seal, struct yx_error *err)
{
    struct yx_der header;
    YX_TRY(yx_der_enter(der, YX_DER_SEQUENCE, &header, err));
    header.what = "SES_Header";
    YX_TRY(yx_der_get(&header, YX_DER_IA5_STRING, &seal->header_id, err));
    YX_TRY(yx_der_int(&header, &seal->info.written_version, err));
    YX_TRY(yx_der_get(&header, YX_DER_IA5_STRING, &seal->info.vid, err));
    return yx_der_end(&header, err);
}

/* --- The list of holders ----------------------------------------------------------------- */

/* CertDigestObj ::= SEQUENCE { type PrintableString, value OCTET STRING } */
static yx_status parse_digest(struct yx_der *list, struct yx_bytes *value, struct yx_error *err)
{
    struct yx_der object;
    struct yx_bytes type;
    YX_TRY(yx_der_enter(list, YX_DER_SEQUENCE, &object, err));
    object.what = "CertDigestObj";
    YX_TRY(yx_der_get(&object, YX_DER_PRINTABLE_STRING, &type, err));
    YX_TRY(yx_der_get(&object, YX_DER_OCTET_STRING, value, err));
    return yx_der_end(&object, err);
}

static yx_status parse_holder(struct yx_der *list, bool digest, struct yx_bytes *out,
                              struct yx_error *err)
{
    if (digest)
        return parse_digest(list, out, err);
    return yx_der_get(list, YX_DER_OCTET_STRING, out, err);
}

static yx_status count_elements(struct yx_der list, size_t *count, struct yx_error *err)
{
    for (*count = 0; !yx_der_at_end(&list); (*count)++) {
        YX_REQUIRE(*count < YX_SEAL_HOLDERS_MAX, err, YX_DAMAGED,
                   "GB/T 38540-2020, certificate list", N_("the seal lists more than {1} holders"),
                   YX_NUM(YX_SEAL_HOLDERS_MAX));
        YX_TRY(yx_der_any(&list, NULL, NULL, NULL, err));
    }
    return YX_OK;
}

/* SEQUENCE OF OCTET STRING, or SEQUENCE OF CertDigestObj: the first element tells. */
static yx_status parse_holders(struct yx_der *der, struct yx_seal *seal, struct yx_error *err)
{
    struct yx_der list;
    size_t count;
    YX_TRY(yx_der_enter(der, YX_DER_SEQUENCE, &list, err));
    list.what = "certList";
    YX_TRY(count_elements(list, &count, err));
    if (count == 0)
        return YX_OK;
    seal->holders = calloc(count, sizeof *seal->holders);
    if (seal->holders == NULL)
        return yx_fail_memory(err);
    seal->info.holders = seal->holders;
    seal->info.holders_are_digests = yx_der_next_is(&list, YX_DER_SEQUENCE);
    for (size_t i = 0; i < count; i++)
        YX_TRY(parse_holder(&list, seal->info.holders_are_digests, &seal->holders[i], err));
    seal->info.holder_count = count;
    return YX_OK;
}

/* --- Properties and picture -------------------------------------------------------------- */

static yx_status parse_time(struct yx_der *der, struct yx_seal *seal, yx_time *out,
                            struct yx_error *err)
{
    uint8_t tag = seal->shape == YX_SHAPE_2014 ? YX_DER_UTC_TIME : YX_DER_GENERALIZED_TIME;
    if (!yx_der_next_is(der, tag))
        yx_breach(&seal->format, RULE_FORMAT,
                  N_("the seal's times are not of the kind that its version asks for (version 1: "
                     "UTCTime, later ones: GeneralizedTime)"));
    return yx_der_time(der, out, err);
}

/*
 * SES_ESPropertyInfo ::= SEQUENCE {
 *     type INTEGER, name UTF8String,
 *     certListType INTEGER,             -- not in V1; 1 certificates, 2 digests
 *     certList SES_CertList,
 *     createDate, validStart, validEnd  -- V1: UTCTime, later: GeneralizedTime }
 */
static yx_status parse_property(struct yx_der *der, struct yx_seal *seal, struct yx_error *err)
{
    struct yx_der property;
    struct yx_seal_info *info = &seal->info;
    int64_t list_type = 1;
    YX_TRY(yx_der_enter(der, YX_DER_SEQUENCE, &property, err));
    property.what = "SES_ESPropertyInfo";
    YX_TRY(yx_der_int(&property, &info->type, err));
    YX_TRY(yx_der_get(&property, YX_DER_UTF8_STRING, &info->name, err));
    bool has_list_type = yx_der_next_is(&property, YX_DER_INTEGER);
    if (has_list_type)
        YX_TRY(yx_der_int(&property, &list_type, err));
    if (has_list_type != (seal->shape == YX_SHAPE_2020))
        yx_breach(&seal->format, RULE_FORMAT,
                  N_("the seal mixes versions: its properties are of another version than its "
                     "signature"));
    YX_TRY(parse_holders(&property, seal, err));
    if (list_type != (info->holders_are_digests ? 2 : 1))
        yx_breach(&seal->format, "GB/T 38540-2020, certificate list",
                  N_("the certificate list is not of the type {1} that it claims"),
                  YX_NUM(list_type));
    YX_TRY(parse_time(&property, seal, &info->created, err));
    YX_TRY(parse_time(&property, seal, &info->valid_from, err));
    YX_TRY(parse_time(&property, seal, &info->valid_to, err));
    return yx_der_end(&property, err);
}

/* SES_ESPictureInfo ::= SEQUENCE { type IA5String, data OCTET STRING, width, height INTEGER } */
static yx_status parse_picture(struct yx_der *der, struct yx_seal *seal, struct yx_error *err)
{
    struct yx_der picture;
    struct yx_seal_info *info = &seal->info;
    YX_TRY(yx_der_enter(der, YX_DER_SEQUENCE, &picture, err));
    picture.what = "SES_ESPictureInfo";
    YX_TRY(yx_der_get(&picture, YX_DER_IA5_STRING, &info->picture_type, err));
    YX_TRY(yx_der_get(&picture, YX_DER_OCTET_STRING, &info->picture, err));
    YX_TRY(yx_der_int(&picture, &info->width, err));
    YX_TRY(yx_der_int(&picture, &info->height, err));
    return yx_der_end(&picture, err);
}

/*
 * SES_SealInfo ::= SEQUENCE { header SES_Header, esID IA5String, property SES_ESPropertyInfo,
 *                             picture SES_ESPictureInfo, extDatas [0] EXPLICIT OPTIONAL }
 */
static yx_status parse_seal_info(struct yx_seal *seal, struct yx_error *err)
{
    struct yx_der outer = yx_der_reader(seal->seal_info, "SES_SealInfo");
    struct yx_der info;
    YX_TRY(yx_der_enter(&outer, YX_DER_SEQUENCE, &info, err));
    YX_TRY(parse_header(&info, seal, err));
    YX_TRY(yx_der_get(&info, YX_DER_IA5_STRING, &seal->info.esid, err));
    YX_TRY(parse_property(&info, seal, err));
    YX_TRY(parse_picture(&info, seal, err));
    YX_TRY(yx_ext_datas_skip(&info, &seal->critical, err));
    return yx_der_end(&info, err);
}

/* --- The maker's signature --------------------------------------------------------------- */

/* cert, algorithm and value, the same three in every version. */
static yx_status parse_signature(struct yx_der *der, struct yx_seal *seal, struct yx_error *err)
{
    struct yx_der part;
    YX_TRY(yx_der_any(der, NULL, NULL, &seal->certificate, err));
    part = yx_der_reader(seal->certificate, der->what);
    YX_TRY(yx_der_get(&part, YX_DER_OCTET_STRING, &seal->info.maker_certificate, err));
    YX_TRY(yx_der_any(der, NULL, NULL, &seal->method, err));
    part = yx_der_reader(seal->method, der->what);
    YX_TRY(yx_der_oid_bytes(&part, &seal->algorithm, err));
    return yx_der_bit_string(der, &seal->signature, err);
}

static yx_status parse_sign_info(struct yx_der *seal_der, struct yx_seal *seal,
                                 struct yx_error *err)
{
    struct yx_der inner;
    if (seal->shape == YX_SHAPE_2020) {
        YX_TRY(parse_signature(seal_der, seal, err));
        YX_TRY(yx_timestamp_take(seal_der, &seal->info.timestamp, err));
        return yx_der_end(seal_der, err);
    }
    YX_TRY(yx_der_enter(seal_der, YX_DER_SEQUENCE, &inner, err));
    inner.what = "SES_SignInfo";
    YX_TRY(parse_signature(&inner, seal, err));
    YX_TRY(yx_der_end(&inner, err));
    return yx_der_end(seal_der, err);
}

/* --- Breaches that do not hinder reading ------------------------------------------------- */

static void check_version(struct yx_seal *seal)
{
    int64_t written = seal->info.written_version;
    bool old = seal->shape == YX_SHAPE_2014;
    seal->info.version = old ? 1 : written == 5 ? 5 : 4;
    if (old ? written != 1 && written != 11 : written != seal->info.version)
        yx_breach(&seal->format, RULE_FORMAT,
                  N_("the header says version {1}, but the structure is that of version {2}"),
                  YX_NUM(written), YX_NUM(seal->info.version));
    if (seal->info.timestamp.len > 0 && seal->info.version != 5)
        yx_breach(&seal->format, "GM/T 0031-2025, seal",
                  N_("the seal carries a time-stamp, which only version 5 may"));
}

static void check_content(struct yx_seal *seal)
{
    const struct yx_seal_info *info = &seal->info;
    if (!yx_bytes_are(seal->header_id, "ES"))
        yx_breach(&seal->format, RULE_FORMAT,
                  N_("the header does not start with the identifier ES"));
    if (info->esid.len == 0 || !yx_is_ia5_text(info->esid) || !yx_is_ia5_text(info->vid))
        yx_breach(&seal->format, RULE_FORMAT,
                  N_("the seal's or the maker's identifier is empty or not of IA5 characters"));
    if (!yx_utf8_valid(info->name))
        yx_breach(&seal->format, "RFC 3629", N_("the seal's name is not UTF-8"));
    if (info->holder_count == 0)
        yx_breach(&seal->format, RULE_FORMAT, N_("the seal lists no holder"));
    if (info->valid_from > info->valid_to)
        yx_breach(&seal->format, RULE_FORMAT, N_("the seal's period ends before it starts"));
    if (info->picture.len == 0 || info->width <= 0 || info->height <= 0)
        yx_breach(&seal->format, RULE_FORMAT, N_("the seal has no picture, or one without a size"));
}

/* An unreadable certificate does not make the seal unreadable. */
static yx_status read_maker(struct yx_seal *seal, struct yx_cert_cache *certs, struct yx_error *err)
{
    struct yx_error *reason = &seal->maker_error;
    struct yx_bytes der = seal->info.maker_certificate;
    yx_status status = yx_cert_cache_read(certs, der, &seal->maker, reason);
    return status == YX_OK || yx_is_finding(status) ? YX_OK : yx_pass_on(reason, err);
}

/* --- The seal ---------------------------------------------------------------------------- */

static yx_status parse_seal(struct yx_seal *seal, struct yx_error *err)
{
    struct yx_der outer = yx_der_reader(yx_buf_bytes(&seal->der), "SESeal");
    struct yx_der body;
    YX_TRY(yx_der_enter(&outer, YX_DER_SEQUENCE, &body, err));
    YX_TRY(yx_der_end(&outer, err));
    YX_TRY(yx_der_any(&body, NULL, NULL, &seal->seal_info, err));
    seal->shape = yx_der_next_is(&body, YX_DER_SEQUENCE) ? YX_SHAPE_2014 : YX_SHAPE_2020;
    YX_TRY(parse_sign_info(&body, seal, err));
    YX_TRY(parse_seal_info(seal, err));
    check_version(seal);
    check_content(seal);
    return YX_OK;
}

yx_status yx_seal_read(struct yx_bytes der, struct yx_cert_cache *certs, struct yx_seal **out,
                       struct yx_error *err)
{
    YX_REQUIRE(der.len <= YX_SEAL_MAX, err, YX_DAMAGED, "",
               N_("the seal has {1} bytes; at most {2} are read"), YX_NUM(der.len),
               YX_NUM(YX_SEAL_MAX));
    YX_CLEAN(yx_seal) struct yx_seal *seal = calloc(1, sizeof *seal);
    if (seal == NULL || yx_buf_append(&seal->der, der) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(parse_seal(seal, err));
    YX_TRY(read_maker(seal, certs, err));
    *out = seal;
    seal = NULL;
    return YX_OK;
}

yx_status yx_seal_from_der(struct yx_bytes der, struct yx_seal **out, struct yx_error *err)
{
    return yx_seal_read(der, NULL, out, err);
}

void yx_seal_free(struct yx_seal *seal)
{
    if (seal == NULL)
        return;
    yx_buf_free(&seal->der);
    yx_cert_free(seal->maker);
    free(seal->holders);
    free(seal);
}

yx_status yx_seal_maker(const struct yx_seal *seal, const struct yx_cert **out,
                        struct yx_error *err)
{
    *out = seal->maker;
    return seal->maker != NULL ? YX_OK : yx_pass_on(&seal->maker_error, err);
}

const struct yx_seal_info *yx_seal_info(const struct yx_seal *seal)
{
    return &seal->info;
}

struct yx_bytes yx_seal_der(const struct yx_seal *seal)
{
    return yx_buf_bytes(&seal->der);
}

/* V1: SEQUENCE { SES_SealInfo, cert, signatureAlgorithm }; later: SES_SealInfo. */
yx_status yx_seal_to_be_signed(const struct yx_seal *seal, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    if (seal->shape == YX_SHAPE_2020) {
        yx_der_put_raw(&writer, seal->seal_info);
        return yx_der_finish(&writer, out, err);
    }
    size_t sequence = yx_der_begin(&writer, YX_DER_SEQUENCE);
    yx_der_put_raw(&writer, seal->seal_info);
    yx_der_put_raw(&writer, seal->certificate);
    yx_der_put_raw(&writer, seal->method);
    yx_der_close(&writer, sequence);
    return yx_der_finish(&writer, out, err);
}
