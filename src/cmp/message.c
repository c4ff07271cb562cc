/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmp/message.c - reads a PKIMessage (RFC 4210 5.1, explicit tags):
 *
 *   PKIMessage ::= SEQUENCE { header PKIHeader, body PKIBody, protection [0] BIT STRING OPTIONAL,
 *       extraCerts [1] SEQUENCE OF CMPCertificate OPTIONAL }
 *   PKIHeader ::= SEQUENCE { pvno INTEGER, sender GeneralName, recipient GeneralName,
 *       messageTime [0] GeneralizedTime, protectionAlg [1] AlgorithmIdentifier,
 *       senderKID [2] OCTET STRING, recipKID [3] OCTET STRING, transactionID [4] OCTET STRING,
 *       senderNonce [5] OCTET STRING, recipNonce [6] OCTET STRING, freeText [7] PKIFreeText,
 *       generalInfo [8] SEQUENCE OF InfoTypeAndValue }   -- all tagged ones OPTIONAL
 */
#include "cmp/room.h"

#define RULE "RFC 4210 5.1.1"
#define INFOS_MAX 16
#define EXTRA_CERTS_MAX 32
#define PROFILE_MAX 64

/* --- The tagged fields of the header --------------------------------------------------------- */

static yx_status read_time(struct yx_der *der, struct yx_cmp_message *out, struct yx_error *err)
{
    YX_REQUIRE(yx_der_next_is(der, YX_DER_GENERALIZED_TIME), err, YX_DAMAGED, RULE,
               N_("messageTime is no GeneralizedTime"));
    return yx_der_time(der, &out->time, err);
}

static yx_status read_algorithm(struct yx_der *der, struct yx_cmp_message *out,
                                struct yx_error *err)
{
    out->is_protected = true;
    return yx_der_algorithm(der, &out->algorithm, &out->parameters, err);
}

static yx_status read_octets(struct yx_der *der, struct yx_bytes *out, struct yx_error *err)
{
    struct yx_bytes octets;

    YX_TRY(yx_der_get(der, YX_DER_OCTET_STRING, &octets, err));
    YX_REQUIRE(octets.len <= YX_CMP_ID_MAX, err, YX_DAMAGED, RULE,
               N_("an identifier or nonce of the message has more than {1} octets"),
               YX_NUM(YX_CMP_ID_MAX));
    *out = octets;
    return YX_OK;
}

static yx_status read_key_id(struct yx_der *der, struct yx_cmp_message *out, struct yx_error *err)
{
    return yx_der_get(der, YX_DER_OCTET_STRING, &out->key_id, err);
}

static yx_status read_transaction(struct yx_der *der, struct yx_cmp_message *out,
                                  struct yx_error *err)
{
    return read_octets(der, &out->transaction, err);
}

static yx_status read_sender_nonce(struct yx_der *der, struct yx_cmp_message *out,
                                   struct yx_error *err)
{
    return read_octets(der, &out->sender_nonce, err);
}

static yx_status read_recipient_nonce(struct yx_der *der, struct yx_cmp_message *out,
                                      struct yx_error *err)
{
    return read_octets(der, &out->recipient_nonce, err);
}

static yx_status pass_over(struct yx_der *der, struct yx_cmp_message *out, struct yx_error *err)
{
    (void)out;
    return yx_der_any(der, NULL, NULL, NULL, err);
}

/* CertProfileValue ::= SEQUENCE SIZE (1..MAX) OF UTF8String: one for each certificate asked for. */
static yx_status read_profile(struct yx_der *info, struct yx_bytes *out, struct yx_error *err)
{
    struct yx_der list;

    YX_TRY(yx_der_enter(info, YX_DER_SEQUENCE, &list, err));
    YX_TRY(yx_der_get(&list, YX_DER_UTF8_STRING, out, err));
    YX_REQUIRE(out->len > 0 && out->len <= PROFILE_MAX && memchr(out->data, 0, out->len) == NULL,
               err, YX_DAMAGED, "RFC 9480 2.4", N_("the name of the profile is empty or too long"));
    return yx_der_end(&list, err);
}

static yx_status read_infos(struct yx_der *der, struct yx_cmp_message *out, struct yx_error *err)
{
    struct yx_der list, info;
    yx_oid type;

    YX_TRY(yx_der_enter(der, YX_DER_SEQUENCE, &list, err));
    for (unsigned count = 0; !yx_der_at_end(&list); count++) {
        YX_REQUIRE(count < INFOS_MAX, err, YX_DAMAGED, RULE,
                   N_("the message carries more than {1} pieces of general information"),
                   YX_NUM(INFOS_MAX));
        YX_TRY(yx_der_enter(&list, YX_DER_SEQUENCE, &info, err));
        YX_TRY(yx_der_oid(&info, &type, err));
        out->implicit_confirm |= type == YX_OID_IT_IMPLICIT_CONFIRM;
        if (type == YX_OID_IT_CERT_PROFILE)
            YX_TRY(read_profile(&info, &out->profile, err));
    }
    return YX_OK;
}

typedef yx_status (*read_field)(struct yx_der *der, struct yx_cmp_message *out,
                                struct yx_error *err);
static const read_field fields[] = {
    read_time,         read_algorithm,       read_key_id, pass_over,  read_transaction,
    read_sender_nonce, read_recipient_nonce, pass_over,   read_infos,
};

static yx_status parse_header(struct yx_der *der, struct yx_cmp_message *out, struct yx_error *err)
{
    struct yx_der tagged;

    YX_TRY(yx_der_int(der, &out->version, err));
    YX_TRY(yx_der_any(der, NULL, NULL, &out->sender, err));
    YX_TRY(yx_der_any(der, NULL, NULL, NULL, err));
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (!yx_der_next_is(der, (uint8_t)YX_DER_CONTEXT_CONSTRUCTED(i)))
            continue;
        YX_TRY(yx_der_enter(der, (uint8_t)YX_DER_CONTEXT_CONSTRUCTED(i), &tagged, err));
        YX_TRY(fields[i](&tagged, out, err));
        YX_TRY(yx_der_end(&tagged, err));
    }
    return yx_der_end(der, err);
}

/* --- The rest -------------------------------------------------------------------------------- */

static yx_status parse_body(struct yx_der *der, struct yx_cmp_message *out, struct yx_error *err)
{
    struct yx_der inner;
    struct yx_bytes content;
    uint8_t tag;

    YX_TRY(yx_der_any(der, &tag, &content, &out->body_der, err));
    YX_REQUIRE((tag & 0xE0) == 0xA0, err, YX_DAMAGED, "RFC 4210 5.1.2",
               N_("the body of the message has no tag of PKIBody"));
    out->kind = tag & 0x1F;
    inner = yx_der_reader(content, "PKIBody");
    YX_TRY(yx_der_any(&inner, NULL, NULL, &out->body, err));
    return yx_der_end(&inner, err);
}

static yx_status parse_extra(struct yx_der *der, struct yx_cmp_message *out, struct yx_error *err)
{
    struct yx_der tagged, list;

    YX_TRY(yx_der_enter(der, YX_DER_CONTEXT_CONSTRUCTED(1), &tagged, err));
    YX_TRY(yx_der_get(&tagged, YX_DER_SEQUENCE, &out->extra_certs, err));
    YX_TRY(yx_der_end(&tagged, err));
    list = yx_der_reader(out->extra_certs, "extraCerts");
    for (unsigned count = 0; !yx_der_at_end(&list); count++) {
        YX_REQUIRE(count < EXTRA_CERTS_MAX, err, YX_DAMAGED, "RFC 4210 5.1",
                   N_("the message carries more than {1} certificates"), YX_NUM(EXTRA_CERTS_MAX));
        YX_TRY(yx_der_any(&list, NULL, NULL, NULL, err));
    }
    return YX_OK;
}

yx_status yx_cmp_parse(struct yx_bytes der, struct yx_cmp_message *out, struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(der, "PKIMessage"), message, header, tagged;

    *out = (struct yx_cmp_message){.time = YX_TIME_NONE};
    YX_REQUIRE(der.len <= YX_CMP_MESSAGE_MAX, err, YX_DAMAGED, "RFC 4210 5.1",
               N_("the message has {1} bytes; at most {2} are read"), YX_NUM(der.len),
               YX_NUM(YX_CMP_MESSAGE_MAX));
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &message, err));
    YX_TRY(yx_der_end(&whole, err));
    header = message;
    YX_TRY(yx_der_any(&header, NULL, NULL, &out->header_der, err));
    YX_TRY(yx_der_enter(&message, YX_DER_SEQUENCE, &header, err));
    YX_TRY(parse_header(&header, out, err));
    YX_TRY(parse_body(&message, out, err));
    if (yx_der_next_is(&message, YX_DER_CONTEXT_CONSTRUCTED(0))) {
        YX_TRY(yx_der_enter(&message, YX_DER_CONTEXT_CONSTRUCTED(0), &tagged, err));
        YX_TRY(yx_der_bit_string(&tagged, &out->protection, err));
        YX_TRY(yx_der_end(&tagged, err));
    }
    if (yx_der_next_is(&message, YX_DER_CONTEXT_CONSTRUCTED(1)))
        YX_TRY(parse_extra(&message, out, err));
    return yx_der_end(&message, err);
}
