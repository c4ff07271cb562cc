/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmp/crmf.c - certificate request messages (RFC 4211, implicit tags):
 *
 *   CertReqMsg ::= SEQUENCE { certReq CertRequest, popo ProofOfPossession OPTIONAL,
 *       regInfo SEQUENCE OF AttributeTypeAndValue OPTIONAL }
 *   CertRequest ::= SEQUENCE { certReqId INTEGER, certTemplate CertTemplate,
 *       controls SEQUENCE OF AttributeTypeAndValue OPTIONAL }
 *   CertTemplate ::= SEQUENCE { version [0], serialNumber [1], signingAlg [2], issuer [3],
 *       validity [4], subject [5], publicKey [6], issuerUID [7], subjectUID [8], extensions [9] }
 *   ProofOfPossession ::= CHOICE { raVerified [0] NULL, signature [1] POPOSigningKey, ... }
 *   POPOSigningKey ::= SEQUENCE { poposkInput [0] OPTIONAL, AlgorithmIdentifier, BIT STRING }
 *
 * Of the controls oldCertID counts; all others are passed over, and so is regInfo: who may have
 * what is decided by who protected the message.
 */
#include "cmp/room.h"

#define RULE "RFC 4211 5"
#define RULE_POP "RFC 4211 4.1"
#define CONTROLS_MAX 16

/* --- CertTemplate ---------------------------------------------------------------------------- */

/* Name is a CHOICE: its tag is explicit. */
static yx_status read_name(struct yx_bytes content, struct yx_bytes *out, struct yx_error *err)
{
    struct yx_der der = yx_der_reader(content, "Name");
    uint8_t tag;

    YX_TRY(yx_der_any(&der, &tag, NULL, out, err));
    YX_REQUIRE(tag == YX_DER_SEQUENCE, err, YX_DAMAGED, RULE,
               N_("a name in the template is no SEQUENCE"));
    return yx_der_end(&der, err);
}

static yx_status take_field(uint8_t tag, struct yx_bytes content, struct yx_cmp_template *out,
                            struct yx_error *err)
{
    switch (tag) {
    case YX_DER_CONTEXT(1):
        YX_REQUIRE(content.len >= 1 && content.len <= 21, err, YX_DAMAGED, RULE,
                   N_("a serial in the template is empty or too long"));
        out->serial = content;
        return YX_OK;
    case YX_DER_CONTEXT_CONSTRUCTED(3):
        return read_name(content, &out->issuer, err);
    case YX_DER_CONTEXT_CONSTRUCTED(4):
        out->has_validity = true;
        return YX_OK;
    case YX_DER_CONTEXT_CONSTRUCTED(5):
        return read_name(content, &out->subject, err);
    case YX_DER_CONTEXT_CONSTRUCTED(6):
        out->key = content;
        return YX_OK;
    case YX_DER_CONTEXT_CONSTRUCTED(9):
        out->extensions = content;
        return YX_OK;
    default:
        return YX_OK;
    }
}

yx_status yx_cmp_template_read(struct yx_der *der, struct yx_cmp_template *out,
                               struct yx_error *err)
{
    struct yx_der fields;
    int last = -1;

    *out = (struct yx_cmp_template){0};
    YX_TRY(yx_der_enter(der, YX_DER_SEQUENCE, &fields, err));
    while (!yx_der_at_end(&fields)) {
        struct yx_bytes content;
        uint8_t tag;

        YX_TRY(yx_der_any(&fields, &tag, &content, NULL, err));
        YX_REQUIRE((tag & 0xC0) == 0x80 && (tag & 0x1F) > last && (tag & 0x1F) <= 9, err,
                   YX_DAMAGED, RULE,
                   N_("the fields of the template are not those of CertTemplate"));
        last = tag & 0x1F;
        YX_TRY(take_field(tag, content, out, err));
    }
    return YX_OK;
}

/* --- CertRequest ----------------------------------------------------------------------------- */

/* CertId ::= SEQUENCE { issuer GeneralName, serialNumber INTEGER } */
static yx_status read_cert_id(struct yx_der *control, struct yx_bytes *serial, struct yx_error *err)
{
    struct yx_der id;

    YX_TRY(yx_der_enter(control, YX_DER_SEQUENCE, &id, err));
    YX_TRY(yx_der_any(&id, NULL, NULL, NULL, err));
    YX_TRY(yx_der_integer(&id, serial, err));
    return yx_der_end(&id, err);
}

static yx_status read_controls(struct yx_der *der, struct yx_bytes *old, struct yx_error *err)
{
    struct yx_der list, control;
    yx_oid type;

    YX_TRY(yx_der_enter(der, YX_DER_SEQUENCE, &list, err));
    for (unsigned count = 0; !yx_der_at_end(&list); count++) {
        YX_REQUIRE(count < CONTROLS_MAX, err, YX_DAMAGED, "RFC 4211 6",
                   N_("the request has more than {1} controls"), YX_NUM(CONTROLS_MAX));
        YX_TRY(yx_der_enter(&list, YX_DER_SEQUENCE, &control, err));
        YX_TRY(yx_der_oid(&control, &type, err));
        if (type == YX_OID_REG_CTRL_OLD_CERT_ID)
            YX_TRY(read_cert_id(&control, old, err));
    }
    return YX_OK;
}

/* The key with the tag that it has outside of the template. */
static yx_status take_key(struct yx_bytes content, struct yx_request *out, struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};

    YX_REQUIRE(content.len > 0, err, YX_REFUSED, RULE, N_("the request brings no public key"));
    yx_der_put(&w, YX_DER_SEQUENCE, content);
    YX_TRY(yx_der_finish(&w, &out->der, err));
    out->spki = yx_buf_bytes(&out->der);
    return YX_OK;
}

static yx_status read_request(struct yx_der *der, struct yx_request *out, int64_t *request_id,
                              struct yx_bytes *old, struct yx_error *err)
{
    struct yx_cmp_template wanted;

    YX_TRY(yx_der_int(der, request_id, err));
    YX_TRY(yx_cmp_template_read(der, &wanted, err));
    if (!yx_der_at_end(der))
        YX_TRY(read_controls(der, old, err));
    YX_TRY(yx_der_end(der, err));
    out->subject = wanted.subject;
    YX_TRY(take_key(wanted.key, out, err));
    YX_TRY(yx_request_wishes(wanted.extensions, out, err));
    out->asks_more |= wanted.has_validity;
    return YX_OK;
}

/* --- ProofOfPossession ----------------------------------------------------------------------- */

static yx_status check_possession(struct yx_der *message, struct yx_bytes request,
                                  struct yx_bytes spki, struct yx_error *err)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    struct yx_der popo;
    struct yx_bytes parameters, value;
    yx_oid oid;
    yx_signature_algorithm algorithm;
    yx_status status;

    YX_REQUIRE(yx_der_next_is(message, YX_DER_CONTEXT_CONSTRUCTED(1)), err, YX_REFUSED, RULE_POP,
               N_("the request does not prove by a signature that whoever asks holds the key"));
    YX_TRY(yx_der_enter(message, YX_DER_CONTEXT_CONSTRUCTED(1), &popo, err));
    YX_REQUIRE(yx_der_next_is(&popo, YX_DER_SEQUENCE), err, YX_REFUSED, RULE_POP,
               N_("the proof of possession is not over the request itself (poposkInput)"));
    YX_TRY(yx_der_algorithm(&popo, &oid, &parameters, err));
    YX_TRY(yx_der_bit_string(&popo, &value, err));
    YX_TRY(yx_der_end(&popo, err));
    YX_TRY(yx_public_key_from_spki(spki, &key, err));
    algorithm = yx_signature_from_identifier(oid, parameters);
    YX_REQUIRE(algorithm != YX_SIG_NONE && yx_signature_allowed(algorithm) &&
                   yx_signature_fits(algorithm, yx_public_key_type(key)),
               err, YX_REFUSED, RULE_POP,
               N_("the proof of possession is made with an algorithm that is not known, too weak, "
                  "or not that of the key"));
    status = yx_public_key_verify(key, algorithm, request, value, err);
    YX_REQUIRE(status != YX_REFUSED && status != YX_DAMAGED, err, YX_REFUSED, RULE_POP,
               N_("the proof of possession does not verify with the key of the request"));
    return status;
}

yx_status yx_cmp_read_crmf(struct yx_bytes body, struct yx_request *out, int64_t *request_id,
                           struct yx_bytes *old, enum yx_cmp_failure *failure, struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(body, "CertReqMessages"), list, message, request;
    struct yx_bytes request_der;

    *failure = YX_CMP_BAD_DATA_FORMAT;
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &list, err));
    YX_TRY(yx_der_enter(&list, YX_DER_SEQUENCE, &message, err));
    *failure = YX_CMP_BAD_REQUEST;
    YX_REQUIRE(yx_der_at_end(&list), err, YX_REFUSED, "RFC 9483 4.1.1",
               N_("a message asks for one certificate at a time"));
    *failure = YX_CMP_BAD_CERT_TEMPLATE;
    request = message;
    YX_TRY(yx_der_any(&request, NULL, NULL, &request_der, err));
    YX_TRY(yx_der_enter(&message, YX_DER_SEQUENCE, &request, err));
    YX_TRY(read_request(&request, out, request_id, old, err));
    *failure = YX_CMP_BAD_POP;
    return check_possession(&message, request_der, out->spki, err);
}
