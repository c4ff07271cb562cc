/* SPDX-License-Identifier: Apache-2.0 */
/* cmp/write.c - the answer as a PKIMessage (RFC 4210 5.1), protected as the request was. */
#include "cmp/room.h"

/* PKIStatusInfo ::= SEQUENCE { status INTEGER, statusString SEQUENCE OF UTF8String OPTIONAL,
 *     failInfo BIT STRING OPTIONAL } */
void yx_cmp_put_status(struct yx_der_writer *w, enum yx_cmp_status status,
                       enum yx_cmp_failure failure, const char *text)
{
    size_t info = yx_der_begin(w, YX_DER_SEQUENCE);

    yx_der_put_int(w, status);
    if (text != NULL) {
        size_t list = yx_der_begin(w, YX_DER_SEQUENCE);

        yx_der_put_text(w, YX_DER_UTF8_STRING, text);
        yx_der_close(w, list);
    }
    if (status == YX_CMP_REJECTION) {
        /* A named bit list (X.690 11.2.2): no zero bits behind the last one. */
        uint8_t bits[5] = {0};
        size_t octet = (size_t)failure / 8;

        bits[0] = (uint8_t)(7 - failure % 8);
        bits[1 + octet] = (uint8_t)(0x80u >> (failure % 8));
        yx_der_put(w, YX_DER_BIT_STRING, YX_BYTES(bits, octet + 2));
    }
    yx_der_close(w, info);
}

/* --- The header ------------------------------------------------------------------------------ */

static void put_octets(struct yx_der_writer *w, uint8_t number, struct yx_bytes octets)
{
    size_t tagged;

    if (octets.len == 0)
        return;
    tagged = yx_der_begin(w, (uint8_t)YX_DER_CONTEXT_CONSTRUCTED(number));
    yx_der_put(w, YX_DER_OCTET_STRING, octets);
    yx_der_close(w, tagged);
}

static void put_directory_name(struct yx_der_writer *w, struct yx_bytes name)
{
    size_t tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(4));

    yx_der_put_raw(w, name);
    yx_der_close(w, tagged);
}

static void put_time(struct yx_der_writer *w, yx_time now)
{
    size_t tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(0));

    yx_der_put_time(w, YX_DER_GENERALIZED_TIME, now);
    yx_der_close(w, tagged);
}

static void put_infos(struct yx_der_writer *w, const struct yx_cmp_call *call)
{
    size_t tagged, list, info;

    if (!call->granted_implicit_confirm)
        return;
    tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(8));
    list = yx_der_begin(w, YX_DER_SEQUENCE);
    info = yx_der_begin(w, YX_DER_SEQUENCE);
    yx_der_put_oid(w, YX_OID_IT_IMPLICIT_CONFIRM);
    yx_der_put(w, YX_DER_NULL, YX_BYTES(NULL, 0));
    yx_der_close(w, info);
    yx_der_close(w, list);
    yx_der_close(w, tagged);
}

/* How the answer is protected. */
enum protection { BY_NOTHING, BY_MAC, BY_SIGNATURE };

static void put_algorithm(struct yx_der_writer *w, const struct yx_cmp_call *call,
                          enum protection protection)
{
    size_t tagged;

    if (protection == BY_NOTHING)
        return;
    tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(1));
    if (protection == BY_MAC)
        yx_cmp_mac_put(w, &call->asker.mac);
    else
        yx_der_put_signature_algorithm(w, call->cmp->settings.signer.algorithm);
    yx_der_close(w, tagged);
}

static void put_header(struct yx_der_writer *w, const struct yx_cmp_call *call,
                       enum protection protection)
{
    const struct yx_cmp_message *asked = &call->message;
    const struct yx_cert *sender =
        protection == BY_SIGNATURE ? call->cmp->settings.cert : yx_ca_certificate(call->cmp->ca);
    size_t header = yx_der_begin(w, YX_DER_SEQUENCE);

    yx_der_put_int(w, asked->version == 3 ? 3 : 2);
    put_directory_name(w, yx_cert_subject_der(sender));
    if (asked->sender.len > 0)
        yx_der_put_raw(w, asked->sender);
    else
        put_directory_name(w, YX_BYTES("\x30\x00", 2));
    put_time(w, call->now);
    put_algorithm(w, call, protection);
    put_octets(w, 2,
               protection == BY_MAC         ? asked->key_id
               : protection == BY_SIGNATURE ? yx_cert_key_identifier(sender)
                                            : YX_BYTES(NULL, 0));
    put_octets(w, 4, asked->transaction);
    put_octets(w, 5, YX_BYTES(call->nonce, sizeof call->nonce));
    put_octets(w, 6, asked->sender_nonce);
    put_infos(w, call);
    yx_der_close(w, header);
}

/* --- The whole ------------------------------------------------------------------------------- */

static yx_status write_parts(struct yx_cmp_call *call, enum protection protection,
                             struct yx_buf *parts, struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    size_t tagged;

    YX_TRY(yx_der_finish(&call->body, &body, err));
    put_header(&w, call, protection);
    tagged = yx_der_begin(&w, (uint8_t)YX_DER_CONTEXT_CONSTRUCTED(call->kind));
    yx_der_put_raw(&w, yx_buf_bytes(&body));
    yx_der_close(&w, tagged);
    return yx_der_finish(&w, parts, err);
}

static yx_status compute(struct yx_cmp_call *call, enum protection protection,
                         struct yx_bytes parts, struct yx_buf *value, struct yx_error *err)
{
    const struct yx_signer *signer = &call->cmp->settings.signer;
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    YX_CLEAN(yx_buf) struct yx_buf part = {0};
    YX_CLEAN(yx_buf) struct yx_buf raw = {0};
    uint8_t mac[YX_DIGEST_MAX];
    size_t len;

    yx_der_put(&w, YX_DER_SEQUENCE, parts);
    YX_TRY(yx_der_finish(&w, &part, err));
    if (protection == BY_SIGNATURE) {
        YX_TRY(signer->sign(signer->self, signer->algorithm, yx_buf_bytes(&part), &raw, err));
        return yx_signature_to_der(signer->algorithm, yx_buf_bytes(&raw), value, err);
    }
    YX_TRY(yx_cmp_mac_compute(&call->asker.mac, YX_TEXT(call->asker.person->secret),
                              yx_buf_bytes(&part), mac, &len, err));
    return yx_buf_append(value, YX_BYTES(mac, len)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status put_extra(struct yx_der_writer *w, const struct yx_cmp *cmp, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf chain = {0};
    size_t tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(1));
    size_t list = yx_der_begin(w, YX_DER_SEQUENCE);

    YX_TRY(yx_enrol_chain(cmp->enrol, &chain, err));
    yx_der_put_raw(w, yx_cert_der(cmp->settings.cert));
    yx_der_put_raw(w, yx_buf_bytes(&chain));
    yx_der_close(w, list);
    yx_der_close(w, tagged);
    return YX_OK;
}

/* The same secret with another salt: no two messages have the same key. */
static yx_status choose(struct yx_cmp_call *call, bool asker_known, uint8_t salt[YX_CMP_NONCE],
                        enum protection *out, struct yx_error *err)
{
    *out = asker_known && call->asker.by_mac  ? BY_MAC
           : call->cmp->settings.cert != NULL ? BY_SIGNATURE
                                              : BY_NOTHING;
    if (*out != BY_MAC)
        return YX_OK;
    YX_TRY(yx_random(salt, YX_CMP_NONCE, err));
    call->asker.mac.salt = YX_BYTES(salt, YX_CMP_NONCE);
    return YX_OK;
}

yx_status yx_cmp_write(struct yx_cmp_call *call, bool asker_known, struct yx_buf *out,
                       struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    YX_CLEAN(yx_buf) struct yx_buf parts = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    uint8_t salt[YX_CMP_NONCE];
    enum protection protection;
    size_t message, tagged;

    YX_TRY(choose(call, asker_known, salt, &protection, err));
    YX_TRY(write_parts(call, protection, &parts, err));
    message = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, yx_buf_bytes(&parts));
    if (protection != BY_NOTHING) {
        YX_TRY(compute(call, protection, yx_buf_bytes(&parts), &value, err));
        tagged = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
        yx_der_put_bit_string(&w, yx_buf_bytes(&value));
        yx_der_close(&w, tagged);
    }
    if (protection == BY_SIGNATURE)
        YX_TRY(put_extra(&w, call->cmp, err));
    yx_der_close(&w, message);
    return yx_der_finish(&w, out, err);
}
