/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper/purpose.c - what keys are for, and how bytes show what they are. The shapes exclude each
 * other: what passes for one purpose cannot be taken for the other, whoever asks.
 */
#include "keeper/room.h"

/* --- Shapes ----------------------------------------------------------------------------------- */

/* Enters the one element that the bytes are. */
static bool enter(struct yx_bytes message, uint8_t tag, struct yx_der *out)
{
    struct yx_der whole = yx_der_reader(message, "to be signed");

    return yx_der_enter(&whole, tag, out, NULL) == YX_OK && yx_der_at_end(&whole);
}

static bool skip(struct yx_der *der, uint8_t tag)
{
    struct yx_bytes content;

    return yx_der_get(der, tag, &content, NULL) == YX_OK;
}

/* TBSCertificate (RFC 5280 4.1), v3: [0] version, serial, algorithm, issuer, validity. */
static bool is_certificate(struct yx_bytes message)
{
    struct yx_der der;

    return enter(message, YX_DER_SEQUENCE, &der) && skip(&der, YX_DER_CONTEXT_CONSTRUCTED(0)) &&
           skip(&der, YX_DER_INTEGER) && skip(&der, YX_DER_SEQUENCE) &&
           skip(&der, YX_DER_SEQUENCE) && yx_der_next_is(&der, YX_DER_SEQUENCE);
}

/* TBSCertList (RFC 5280 5.1), v2: version, algorithm, issuer, thisUpdate. */
static bool is_crl(struct yx_bytes message)
{
    struct yx_der der;
    int64_t version;

    return enter(message, YX_DER_SEQUENCE, &der) && yx_der_int(&der, &version, NULL) == YX_OK &&
           version == 1 && skip(&der, YX_DER_SEQUENCE) && skip(&der, YX_DER_SEQUENCE) &&
           (yx_der_next_is(&der, YX_DER_UTC_TIME) || yx_der_next_is(&der, YX_DER_GENERALIZED_TIME));
}

/* ResponseData (RFC 6960 4.2.1): responderID, producedAt, responses; the version is the default. */
static bool is_ocsp(struct yx_bytes message)
{
    struct yx_der der;

    return enter(message, YX_DER_SEQUENCE, &der) &&
           (skip(&der, YX_DER_CONTEXT_CONSTRUCTED(1)) ||
            skip(&der, YX_DER_CONTEXT_CONSTRUCTED(2))) &&
           skip(&der, YX_DER_GENERALIZED_TIME) && yx_der_next_is(&der, YX_DER_SEQUENCE);
}

/* SignedAttributes (RFC 5652 5.3) whose contentType is that of time-stamps. */
static bool is_timestamp(struct yx_bytes message)
{
    struct yx_der der, attribute, values;
    yx_oid name, type;
    unsigned found = 0;

    if (!enter(message, YX_DER_SET, &der))
        return false;
    while (!yx_der_at_end(&der)) {
        if (yx_der_enter(&der, YX_DER_SEQUENCE, &attribute, NULL) != YX_OK ||
            yx_der_oid(&attribute, &name, NULL) != YX_OK ||
            yx_der_enter(&attribute, YX_DER_SET, &values, NULL) != YX_OK)
            return false;
        if (name != YX_OID_CONTENT_TYPE)
            continue;
        if (yx_der_oid(&values, &type, NULL) != YX_OK || type != YX_OID_TST_INFO ||
            !yx_der_at_end(&values) || !yx_der_at_end(&attribute))
            return false;
        found++;
    }
    return found == 1;
}

/* ProtectedPart (RFC 4210 5.1.3): header, which begins with its version, and body. */
static bool is_cmp(struct yx_bytes message)
{
    struct yx_der der, header;
    struct yx_bytes body;
    uint8_t tag;

    return enter(message, YX_DER_SEQUENCE, &der) &&
           yx_der_enter(&der, YX_DER_SEQUENCE, &header, NULL) == YX_OK &&
           yx_der_next_is(&header, YX_DER_INTEGER) &&
           yx_der_any(&der, &tag, &body, NULL, NULL) == YX_OK && (tag & 0xE0) == 0xA0 &&
           yx_der_at_end(&der);
}

/* The text of a checkpoint (audit/audit.h): four lines, the second one a number. */
static bool is_checkpoint(struct yx_bytes message)
{
    unsigned line = 0, digits = 0;

    if (!yx_utf8_valid(message) || message.len == 0 || message.data[message.len - 1] != '\n')
        return false;
    for (size_t i = 0; i < message.len; i++) {
        uint8_t c = message.data[i];

        if (c == '\n')
            line++;
        else if (line == 1 && (c < '0' || c > '9'))
            return false;
        else
            digits += line == 1;
    }
    return line == 4 && digits > 0;
}

/* An empty SEQUENCE, which says nothing: responders sign it once, to see whether key and
 * certificate go together. */
static bool is_proof(struct yx_bytes message)
{
    return yx_bytes_equal(message, YX_BYTES("\x30\x00", 2));
}

/* --- The table ----------------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    bool binds;
    bool (*fits)(struct yx_bytes message); /* NULL: anything */
} purposes[YX_PURPOSES] = {
    [YX_PURPOSE_CERTIFICATE] = {"certificate", true, is_certificate},
    [YX_PURPOSE_CRL] = {"crl", false, is_crl},
    [YX_PURPOSE_OCSP] = {"ocsp", false, is_ocsp},
    [YX_PURPOSE_TIMESTAMP] = {"timestamp", false, is_timestamp},
    [YX_PURPOSE_CMP] = {"cmp", false, is_cmp},
    [YX_PURPOSE_CHECKPOINT] = {"checkpoint", false, is_checkpoint},
    /* A digest (or the message, for Ed25519): it tells nothing. */
    [YX_PURPOSE_TLS] = {"tls", false, NULL},
    [YX_PURPOSE_PROOF] = {"proof", false, is_proof},
    [YX_PURPOSE_SEAL] = {"seal", true, NULL},
    [YX_PURPOSE_DOCUMENT] = {"document", true, NULL},
};

const char *yx_purpose_name(enum yx_purpose purpose)
{
    return purposes[purpose].name;
}

enum yx_purpose yx_purpose_find(const char *name)
{
    unsigned i = 0;

    while (i < YX_PURPOSES && strcmp(purposes[i].name, name) != 0)
        i++;
    return (enum yx_purpose)i;
}

bool yx_purpose_binds(enum yx_purpose purpose)
{
    return purposes[purpose].binds;
}

bool yx_purpose_fits(enum yx_purpose purpose, struct yx_bytes message)
{
    return purposes[purpose].fits == NULL || purposes[purpose].fits(message);
}

enum yx_purpose yx_purpose_of(struct yx_bytes message)
{
    for (unsigned i = 0; i < YX_PURPOSES; i++)
        if (!purposes[i].binds && purposes[i].fits != NULL && purposes[i].fits(message))
            return (enum yx_purpose)i;
    return YX_PURPOSES;
}
