/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal/codec.c - the small structures that seals and seal signatures share: extension data and
 * time-stamps. The seals are in seal_parse.c and seal_make.c, the signatures in ses_parse.c and
 * ses_make.c.
 */
#include "seal/parts.h"

bool yx_is_ia5_text(struct yx_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x20 || text.data[i] > 0x7E)
            return false;
    return true;
}

/*
 * ExtData ::= SEQUENCE {
 *     extnID    OBJECT IDENTIFIER,
 *     critical  BOOLEAN DEFAULT FALSE,  -- the field spells FALSE out, against X.690 11.5
 *     extnValue OCTET STRING }
 */
static yx_status skip_ext_data(struct yx_der *list, struct yx_bytes *critical, struct yx_error *err)
{
    struct yx_der data;
    struct yx_bytes id;
    struct yx_bytes value;
    bool is_critical = false;
    YX_TRY(yx_der_enter(list, YX_DER_SEQUENCE, &data, err));
    data.what = "ExtData";
    YX_TRY(yx_der_oid_bytes(&data, &id, err));
    if (yx_der_next_is(&data, YX_DER_BOOLEAN))
        YX_TRY(yx_der_bool(&data, &is_critical, err));
    YX_TRY(yx_der_get(&data, YX_DER_OCTET_STRING, &value, err));
    YX_TRY(yx_der_end(&data, err));
    if (is_critical && critical->len == 0)
        *critical = id;
    return YX_OK;
}

/* ExtensionDatas ::= SEQUENCE SIZE(0..MAX) OF ExtData, bare or as [0] EXPLICIT */
yx_status yx_ext_datas_skip(struct yx_der *der, struct yx_bytes *critical, struct yx_error *err)
{
    struct yx_der list;
    bool tagged = yx_der_next_is(der, YX_DER_CONTEXT_CONSTRUCTED(0));
    if (!tagged && !yx_der_next_is(der, YX_DER_SEQUENCE))
        return YX_OK;
    if (tagged) {
        struct yx_der outer;
        YX_TRY(yx_der_enter(der, YX_DER_CONTEXT_CONSTRUCTED(0), &outer, err));
        YX_TRY(yx_der_enter(&outer, YX_DER_SEQUENCE, &list, err));
        YX_TRY(yx_der_end(&outer, err));
    } else {
        YX_TRY(yx_der_enter(der, YX_DER_SEQUENCE, &list, err));
    }
    for (size_t count = 0; !yx_der_at_end(&list); count++) {
        YX_REQUIRE(count < YX_SEAL_EXTENSIONS_MAX, err, YX_DAMAGED,
                   "GB/T 38540-2020, extension data",
                   N_("{1}: more than {2} pieces of extension data"), der->what,
                   YX_NUM(YX_SEAL_EXTENSIONS_MAX));
        YX_TRY(skip_ext_data(&list, critical, err));
    }
    return YX_OK;
}

yx_status yx_timestamp_take(struct yx_der *der, struct yx_bytes *token, struct yx_error *err)
{
    struct yx_der inner;
    if (yx_der_at_end(der))
        return YX_OK;
    YX_TRY(yx_der_enter(der, YX_DER_CONTEXT_CONSTRUCTED(0), &inner, err));
    YX_TRY(yx_der_bit_string(&inner, token, err));
    YX_REQUIRE(token->len > 0, err, YX_DAMAGED, "GB/T 38540-2020, time-stamp",
               N_("{1}: the time-stamp is empty"), der->what);
    return yx_der_end(&inner, err);
}

void yx_timestamp_put(struct yx_der_writer *writer, struct yx_bytes token)
{
    if (token.len == 0)
        return;
    size_t tagged = yx_der_begin(writer, YX_DER_CONTEXT_CONSTRUCTED(0));
    yx_der_put_bit_string(writer, token);
    yx_der_close(writer, tagged);
}
