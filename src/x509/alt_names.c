/* SPDX-License-Identifier: Apache-2.0 */
/* x509/alt_names.c - the subjectAltName and the identity of a certificate that was read before,
 * found again in its DER: cert.c checked all that is around them. */
#include "x509/cert_internal.h"

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

static yx_status search(struct yx_der *extensions, struct yx_bytes *out, struct yx_error *err)
{
    struct yx_bytes value;
    yx_oid oid;
    while (!yx_der_at_end(extensions)) {
        YX_TRY(read_extension(extensions, &oid, &value, err));
        if (oid != YX_OID_SUBJECT_ALT_NAME)
            continue;
        struct yx_der names = yx_der_reader(value, "GeneralNames");
        return yx_der_get(&names, YX_DER_SEQUENCE, out, err);
    }
    return YX_OK;
}

/* The list of extensions; *found is false when there is none. */
static yx_status enter_extensions(const struct yx_cert *cert, struct yx_der *list, bool *found,
                                  struct yx_error *err)
{
    struct yx_der der = yx_der_reader(cert->to_be_signed, "TBSCertificate"), fields, tagged;
    YX_TRY(yx_der_enter(&der, YX_DER_SEQUENCE, &fields, err));
    while (!yx_der_at_end(&fields) && !yx_der_next_is(&fields, YX_DER_CONTEXT_CONSTRUCTED(3)))
        YX_TRY(yx_der_any(&fields, NULL, NULL, NULL, err));
    *found = !yx_der_at_end(&fields);
    if (!*found)
        return YX_OK;
    YX_TRY(yx_der_enter(&fields, YX_DER_CONTEXT_CONSTRUCTED(3), &tagged, err));
    return yx_der_enter(&tagged, YX_DER_SEQUENCE, list, err);
}

yx_status yx_cert_alt_names(const struct yx_cert *cert, struct yx_bytes *out, struct yx_error *err)
{
    struct yx_der list;
    bool found;
    *out = YX_BYTES(NULL, 0);
    YX_TRY(enter_extensions(cert, &list, &found, err));
    return found ? search(&list, out, err) : YX_OK;
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
    bool found;
    YX_TRY(enter_extensions(cert, &list, &found, err));
    while (found && !yx_der_at_end(&list)) {
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
