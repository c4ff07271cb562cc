/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509/extension.c - extensions written, and those of a certificate that was read before found
 * again in its DER, where cert.c checked all that is around them: who the holder is
 * (subjectAltName, GM/T 0015), and where to ask for revocation.
 */
#include "x509/cert_internal.h"

/* --- Writing ----------------------------------------------------------------------------- */

struct yx_extension_marks yx_extension_begin(struct yx_der_writer *writer, yx_oid oid,
                                             bool critical)
{
    struct yx_extension_marks marks;
    marks.sequence = yx_der_begin(writer, YX_DER_SEQUENCE);
    yx_der_put_oid(writer, oid);
    if (critical)
        yx_der_put_bool(writer, true);
    marks.value = yx_der_begin(writer, YX_DER_OCTET_STRING);
    return marks;
}

void yx_extension_close(struct yx_der_writer *writer, struct yx_extension_marks marks)
{
    yx_der_close(writer, marks.value);
    yx_der_close(writer, marks.sequence);
}

/* --- Finding ----------------------------------------------------------------------------- */

/* Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING } */
static yx_status read_extension(struct yx_der *list, yx_oid *oid, struct yx_bytes *value,
                                struct yx_error *err)
{
    struct yx_der extension;
    YX_TRY(yx_der_enter(list, YX_DER_SEQUENCE, &extension, err));
    YX_TRY(yx_der_oid(&extension, oid, err));
    if (yx_der_next_is(&extension, YX_DER_BOOLEAN))
        YX_TRY(yx_der_any(&extension, NULL, NULL, NULL, err));
    return yx_der_get(&extension, YX_DER_OCTET_STRING, value, err);
}

/* The list of extensions; empty when there is none. */
static yx_status enter_extensions(const struct yx_cert *cert, struct yx_der *list,
                                  struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(cert->extensions, "Extensions");
    *list = whole;
    return cert->extensions.len > 0 ? yx_der_enter(&whole, YX_DER_SEQUENCE, list, err) : YX_OK;
}

struct yx_bytes yx_cert_extension(const struct yx_cert *cert, yx_oid type)
{
    struct yx_der list;
    struct yx_bytes value;
    yx_oid oid;
    if (enter_extensions(cert, &list, NULL) != YX_OK)
        return YX_BYTES(NULL, 0);
    while (!yx_der_at_end(&list) && read_extension(&list, &oid, &value, NULL) == YX_OK)
        if (oid == type)
            return value;
    return YX_BYTES(NULL, 0);
}

yx_status yx_cert_alt_names(const struct yx_cert *cert, struct yx_bytes *out, struct yx_error *err)
{
    struct yx_bytes value = yx_cert_extension(cert, YX_OID_SUBJECT_ALT_NAME);
    struct yx_der names = yx_der_reader(value, "GeneralNames");
    *out = YX_BYTES(NULL, 0);
    return value.data != NULL ? yx_der_get(&names, YX_DER_SEQUENCE, out, err) : YX_OK;
}

/* What says who the holder is, beside the subject. */
static bool names_holder(yx_oid oid)
{
    static const yx_oid naming[] = {
        YX_OID_SUBJECT_ALT_NAME,       YX_OID_IDENTIFY_CODE,     YX_OID_INSURANCE_NUMBER,
        YX_OID_IC_REGISTRATION_NUMBER, YX_OID_ORGANIZATION_CODE, YX_OID_TAXATION_NUMBER,
    };
    for (size_t i = 0; i < sizeof naming / sizeof *naming; i++)
        if (naming[i] == oid)
            return true;
    return false;
}

yx_status yx_cert_copy_names(const struct yx_cert *cert, struct yx_buf *out, struct yx_error *err)
{
    struct yx_der list;
    YX_TRY(enter_extensions(cert, &list, err));
    while (!yx_der_at_end(&list)) {
        struct yx_der before = list;
        struct yx_bytes whole, value;
        yx_oid oid;
        YX_TRY(read_extension(&list, &oid, &value, err));
        YX_TRY(yx_der_any(&before, NULL, NULL, &whole, err));
        if (names_holder(oid) && yx_buf_append(out, whole) != YX_OK)
            return yx_fail_memory(err);
    }
    return YX_OK;
}

/* IdentifyCode is a CHOICE of [0] to [2], EXPLICIT as the field writes it; the others are text. */
struct yx_bytes yx_cert_number(const struct yx_cert *cert, yx_oid type, unsigned *kind)
{
    struct yx_der value = yx_der_reader(yx_cert_extension(cert, type), "identity");
    struct yx_bytes text = YX_BYTES(NULL, 0);
    uint8_t tag;
    *kind = 0;
    if (type == YX_OID_IDENTIFY_CODE) {
        if (yx_der_any(&value, &tag, &text, NULL, NULL) != YX_OK || !yx_der_at_end(&value) ||
            tag < YX_DER_CONTEXT_CONSTRUCTED(0) || tag > YX_DER_CONTEXT_CONSTRUCTED(2))
            return YX_BYTES(NULL, 0);
        *kind = tag - YX_DER_CONTEXT_CONSTRUCTED(0);
        value = yx_der_reader(text, "identity");
    }
    if (yx_der_any(&value, &tag, &text, NULL, NULL) != YX_OK || !yx_der_at_end(&value) ||
        (tag != YX_DER_PRINTABLE_STRING && tag != YX_DER_UTF8_STRING))
        return YX_BYTES(NULL, 0);
    return text;
}

/* --- Where to ask ------------------------------------------------------------------------ */

/* GeneralName, uniformResourceIdentifier [6] IA5String. */
#define TAG_URL YX_DER_CONTEXT(6)

/* The index-th URL of those that were looked for. */
struct search {
    size_t index;
    struct yx_bytes url;
};

static bool starts_with(struct yx_bytes text, const char *start)
{
    size_t len = strlen(start);
    return text.len > len && strncasecmp((const char *)text.data, start, len) == 0;
}

static void offer(struct search *search, struct yx_bytes url)
{
    bool usable = (starts_with(url, "http://") || starts_with(url, "https://")) &&
                  memchr(url.data, 0, url.len) == NULL;
    if (usable && search->url.len == 0 && search->index-- == 0)
        search->url = url;
}

/* AuthorityInfoAccessSyntax ::= SEQUENCE OF SEQUENCE { accessMethod OID, accessLocation } */
static yx_status search_access(struct yx_der *list, struct search *search)
{
    struct yx_der access;
    struct yx_bytes location;
    yx_oid method;
    uint8_t tag;
    YX_TRY(yx_der_enter(list, YX_DER_SEQUENCE, &access, NULL));
    YX_TRY(yx_der_oid(&access, &method, NULL));
    YX_TRY(yx_der_any(&access, &tag, &location, NULL, NULL));
    if (method == YX_OID_AD_OCSP && tag == TAG_URL)
        offer(search, location);
    return YX_OK;
}

/* DistributionPoint ::= SEQUENCE { distributionPoint [0] EXPLICIT CHOICE { fullName [0] IMPLICIT
 * GeneralNames, ... } OPTIONAL, ... } */
static yx_status search_point(struct yx_der *list, struct search *search)
{
    struct yx_der point, name, full;
    YX_TRY(yx_der_enter(list, YX_DER_SEQUENCE, &point, NULL));
    if (!yx_der_next_is(&point, YX_DER_CONTEXT_CONSTRUCTED(0)))
        return YX_OK;
    YX_TRY(yx_der_enter(&point, YX_DER_CONTEXT_CONSTRUCTED(0), &name, NULL));
    if (!yx_der_next_is(&name, YX_DER_CONTEXT_CONSTRUCTED(0)))
        return YX_OK;
    YX_TRY(yx_der_enter(&name, YX_DER_CONTEXT_CONSTRUCTED(0), &full, NULL));
    while (!yx_der_at_end(&full)) {
        struct yx_bytes location;
        uint8_t tag;
        YX_TRY(yx_der_any(&full, &tag, &location, NULL, NULL));
        if (tag == TAG_URL)
            offer(search, location);
    }
    return YX_OK;
}

/* An extension that cannot be read names nothing. */
struct yx_bytes yx_cert_revocation_url(const struct yx_cert *cert, yx_revocation_source kind,
                                       size_t index)
{
    bool ocsp = kind == YX_SOURCE_OCSP;
    struct yx_bytes value = yx_cert_extension(cert, ocsp ? YX_OID_AUTHORITY_INFO_ACCESS
                                                         : YX_OID_CRL_DISTRIBUTION_POINTS);
    struct yx_der whole = yx_der_reader(value, "extension"), list;
    struct search search = {.index = index};
    if (yx_der_enter(&whole, YX_DER_SEQUENCE, &list, NULL) != YX_OK)
        return search.url;
    while (!yx_der_at_end(&list))
        if ((ocsp ? search_access(&list, &search) : search_point(&list, &search)) != YX_OK)
            break;
    return search.url;
}

/* A place that is named, whether or not we could ask there. */
bool yx_cert_names_source(const struct yx_cert *cert)
{
    struct yx_bytes access = yx_cert_extension(cert, YX_OID_AUTHORITY_INFO_ACCESS);
    struct yx_der whole = yx_der_reader(access, "AuthorityInfoAccessSyntax"), list, each;
    yx_oid method;
    if (yx_cert_extension(cert, YX_OID_CRL_DISTRIBUTION_POINTS).data != NULL ||
        yx_cert_extension(cert, YX_OID_FRESHEST_CRL).data != NULL)
        return true;
    if (yx_der_enter(&whole, YX_DER_SEQUENCE, &list, NULL) != YX_OK)
        return false;
    while (!yx_der_at_end(&list) && yx_der_enter(&list, YX_DER_SEQUENCE, &each, NULL) == YX_OK)
        if (yx_der_oid(&each, &method, NULL) == YX_OK && method == YX_OID_AD_OCSP)
            return true;
    return false;
}
