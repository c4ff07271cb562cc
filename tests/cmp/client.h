/* SPDX-License-Identifier: Apache-2.0 */
/* client.h - a CMP client that can do everything wrong, and what it reads out of answers. */
#ifndef CMP_CLIENT_H
#define CMP_CLIENT_H

#include "enrol.h"

#include "cmp/room.h"

struct client {
    int64_t version;
    const char *reference, *secret; /* by a MAC */
    yx_oid mac_algorithm, mac;      /* PASSWORD_BASED_MAC and HMAC_SM3 unless set */
    int64_t iterations;             /* 500 unless set */
    const struct yx_cert *cert;     /* or by a signature */
    const struct yx_private_key *key;
    const char *sender;                /* NULL: the subject of cert, or an empty name */
    size_t transaction_len, nonce_len; /* 16 */
    uint8_t transaction[16], nonce[16];
    struct yx_bytes recipient_nonce;
    yx_time time; /* NONE: not told */
    bool implicit, unprotected, no_extra;
    const char *profile;
};

/* A new transaction. */
static inline void client_renew(struct client *client)
{
    struct yx_error err;

    expect_ok(yx_random(client->transaction, 16, &err), &err);
    expect_ok(yx_random(client->nonce, 16, &err), &err);
}

static inline struct client client_new(const char *reference, const char *secret)
{
    struct client client = {.version = 2,
                            .reference = reference,
                            .secret = secret,
                            .transaction_len = 16,
                            .nonce_len = 16,
                            .time = yx_now()};

    client_renew(&client);
    return client;
}

static inline struct client client_signed(const struct yx_cert *cert,
                                          const struct yx_private_key *key)
{
    struct client client = client_new(NULL, NULL);

    client.cert = cert;
    client.key = key;
    return client;
}

/* --- Messages ------------------------------------------------------------------------------ */

static inline void put_tagged(struct yx_der_writer *w, unsigned number, uint8_t tag,
                              struct yx_bytes content)
{
    size_t tagged = yx_der_begin(w, (uint8_t)YX_DER_CONTEXT_CONSTRUCTED(number));

    yx_der_put(w, tag, content);
    yx_der_close(w, tagged);
}

static inline void put_name(struct yx_der_writer *w, struct yx_bytes name)
{
    size_t tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(4));

    yx_der_put_raw(w, name);
    yx_der_close(w, tagged);
}

static inline void put_sender(struct yx_der_writer *w, const struct client *client)
{
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    struct yx_error err;

    if (client->sender != NULL)
        expect_ok(yx_name_to_der(client->sender, &name, &err), &err);
    put_name(w, client->sender != NULL ? yx_buf_bytes(&name)
                : client->cert != NULL ? yx_cert_subject_der(client->cert)
                                       : YX_BYTES("\x30\x00", 2));
}

static inline struct yx_cmp_mac client_mac(const struct client *client)
{
    return (struct yx_cmp_mac){
        .algorithm = client->mac_algorithm ? client->mac_algorithm : YX_OID_PASSWORD_BASED_MAC,
        .salt = YX_TEXT("salt and more"),
        .owf = YX_DIGEST_SM3,
        .iterations = client->iterations ? client->iterations : 500,
        .key_length = 32,
        .mac = client->mac ? client->mac : YX_OID_HMAC_SM3,
    };
}

static inline void put_infos(struct yx_der_writer *w, const struct client *client)
{
    size_t tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(8));
    size_t list = yx_der_begin(w, YX_DER_SEQUENCE);

    if (client->implicit) {
        size_t info = yx_der_begin(w, YX_DER_SEQUENCE);

        yx_der_put_oid(w, YX_OID_IT_IMPLICIT_CONFIRM);
        yx_der_put(w, YX_DER_NULL, YX_BYTES(NULL, 0));
        yx_der_close(w, info);
    }
    if (client->profile != NULL) {
        size_t info = yx_der_begin(w, YX_DER_SEQUENCE), names;

        yx_der_put_oid(w, YX_OID_IT_CERT_PROFILE);
        names = yx_der_begin(w, YX_DER_SEQUENCE);
        yx_der_put_text(w, YX_DER_UTF8_STRING, client->profile);
        yx_der_close(w, names);
        yx_der_close(w, info);
    }
    yx_der_close(w, list);
    yx_der_close(w, tagged);
}

static inline void put_header(struct yx_der_writer *w, const struct client *client)
{
    size_t header = yx_der_begin(w, YX_DER_SEQUENCE), tagged;
    struct yx_cmp_mac mac = client_mac(client);

    yx_der_put_int(w, client->version);
    put_sender(w, client);
    put_name(w, YX_BYTES("\x30\x00", 2));
    if (client->time != YX_TIME_NONE) {
        tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(0));
        yx_der_put_time(w, YX_DER_GENERALIZED_TIME, client->time);
        yx_der_close(w, tagged);
    }
    if (!client->unprotected) {
        tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(1));
        if (client->cert == NULL)
            yx_cmp_mac_put(w, &mac);
        else
            yx_der_put_signature_algorithm(w, yx_signer_borrow_key(client->key).algorithm);
        yx_der_close(w, tagged);
    }
    if (client->reference != NULL)
        put_tagged(w, 2, YX_DER_OCTET_STRING, YX_TEXT(client->reference));
    if (client->transaction_len > 0)
        put_tagged(w, 4, YX_DER_OCTET_STRING,
                   YX_BYTES(client->transaction, client->transaction_len));
    if (client->nonce_len > 0)
        put_tagged(w, 5, YX_DER_OCTET_STRING, YX_BYTES(client->nonce, client->nonce_len));
    if (client->recipient_nonce.len > 0)
        put_tagged(w, 6, YX_DER_OCTET_STRING, client->recipient_nonce);
    if (client->implicit || client->profile != NULL)
        put_infos(w, client);
    yx_der_close(w, header);
}

static inline void compute_protection(const struct client *client, struct yx_bytes parts,
                                      struct yx_buf *out)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    YX_CLEAN(yx_buf) struct yx_buf part = {0};
    struct yx_cmp_mac mac = client_mac(client);
    uint8_t value[YX_DIGEST_MAX];
    struct yx_error err;
    size_t len;

    yx_der_put(&w, YX_DER_SEQUENCE, parts);
    expect_ok(yx_der_finish(&w, &part, &err), &err);
    if (client->cert != NULL) {
        struct yx_signer signer = yx_signer_borrow_key(client->key);

        expect_ok(signer.sign(signer.self, signer.algorithm, yx_buf_bytes(&part), out, &err), &err);
        return;
    }
    expect_ok(
        yx_cmp_mac_compute(&mac, YX_TEXT(client->secret), yx_buf_bytes(&part), value, &len, &err),
        &err);
    assert_int_equal(yx_buf_append(out, YX_BYTES(value, len)), YX_OK);
}

/* `body` is what stands in the tag of the kind. */
static inline void client_message(const struct client *client, unsigned kind, struct yx_bytes body,
                                  struct yx_buf *out)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    YX_CLEAN(yx_buf) struct yx_buf parts = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    struct yx_error err;
    size_t tagged, message, list;

    put_header(&w, client);
    tagged = yx_der_begin(&w, (uint8_t)YX_DER_CONTEXT_CONSTRUCTED(kind));
    yx_der_put_raw(&w, body);
    yx_der_close(&w, tagged);
    expect_ok(yx_der_finish(&w, &parts, &err), &err);
    message = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, yx_buf_bytes(&parts));
    if (!client->unprotected) {
        compute_protection(client, yx_buf_bytes(&parts), &value);
        tagged = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
        yx_der_put_bit_string(&w, yx_buf_bytes(&value));
        yx_der_close(&w, tagged);
    }
    if (client->cert != NULL && !client->no_extra) {
        tagged = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(1));
        list = yx_der_begin(&w, YX_DER_SEQUENCE);
        yx_der_put_raw(&w, yx_cert_der(client->cert));
        yx_der_close(&w, list);
        yx_der_close(&w, tagged);
    }
    yx_der_close(&w, message);
    expect_ok(yx_der_finish(&w, out, &err), &err);
}

/* --- Bodies -------------------------------------------------------------------------------- */

enum possession { SIGNED, FORGED, BY_RA, ABSENT };
struct crmf {
    const struct yx_private_key *key;
    const char *subject; /* NULL: none */
    int64_t request_id;
    enum possession possession;
    bool no_key, twice;
    struct yx_bytes old_serial; /* oldCertID; content octets */
};

static inline void put_template(struct yx_der_writer *w, const struct crmf *crmf)
{
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    struct yx_bytes spki = yx_public_key_spki(yx_private_key_public(crmf->key)), content;
    struct yx_der der = yx_der_reader(spki, "key");
    size_t outer = yx_der_begin(w, YX_DER_SEQUENCE), tagged;
    struct yx_error err;

    if (crmf->subject != NULL) {
        expect_ok(yx_name_to_der(crmf->subject, &name, &err), &err);
        tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(5));
        yx_der_put_raw(w, yx_buf_bytes(&name));
        yx_der_close(w, tagged);
    }
    expect_ok(yx_der_get(&der, YX_DER_SEQUENCE, &content, &err), &err);
    if (!crmf->no_key)
        yx_der_put(w, YX_DER_CONTEXT_CONSTRUCTED(6), content);
    yx_der_close(w, outer);
}

static inline void put_controls(struct yx_der_writer *w, const struct crmf *crmf)
{
    size_t list = yx_der_begin(w, YX_DER_SEQUENCE), control = yx_der_begin(w, YX_DER_SEQUENCE), id;

    yx_der_put_oid(w, YX_OID_REG_CTRL_OLD_CERT_ID);
    id = yx_der_begin(w, YX_DER_SEQUENCE);
    put_name(w, YX_BYTES("\x30\x00", 2));
    yx_der_put(w, YX_DER_INTEGER, crmf->old_serial);
    yx_der_close(w, id);
    yx_der_close(w, control);
    yx_der_close(w, list);
}

static inline void put_possession(struct yx_der_writer *w, const struct crmf *crmf,
                                  struct yx_bytes request)
{
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    struct yx_signer signer = yx_signer_borrow_key(crmf->key);
    struct yx_error err;
    size_t tagged;

    if (crmf->possession == ABSENT)
        return;
    if (crmf->possession == BY_RA) {
        yx_der_put(w, YX_DER_CONTEXT(0), YX_BYTES(NULL, 0));
        return;
    }
    if (crmf->possession == FORGED)
        request.len--;
    expect_ok(signer.sign(signer.self, signer.algorithm, request, &value, &err), &err);
    tagged = yx_der_begin(w, YX_DER_CONTEXT_CONSTRUCTED(1));
    yx_der_put_signature_algorithm(w, signer.algorithm);
    yx_der_put_bit_string(w, yx_buf_bytes(&value));
    yx_der_close(w, tagged);
}

static inline void make_crmf(const struct crmf *crmf, struct yx_buf *out)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    struct yx_error err;
    size_t outer = yx_der_begin(&w, YX_DER_SEQUENCE);

    yx_der_put_int(&w, crmf->request_id);
    put_template(&w, crmf);
    if (crmf->old_serial.len > 0)
        put_controls(&w, crmf);
    yx_der_close(&w, outer);
    expect_ok(yx_der_finish(&w, &request, &err), &err);
    outer = yx_der_begin(&w, YX_DER_SEQUENCE);
    for (int i = 0; i < (crmf->twice ? 2 : 1); i++) {
        size_t message = yx_der_begin(&w, YX_DER_SEQUENCE);

        yx_der_put_raw(&w, yx_buf_bytes(&request));
        put_possession(&w, crmf, yx_buf_bytes(&request));
        yx_der_close(&w, message);
    }
    yx_der_close(&w, outer);
    expect_ok(yx_der_finish(&w, out, &err), &err);
}

/* `reason` -1: none. */
static inline void make_revocation(const struct yx_cert *issuer, const struct yx_cert *cert,
                                   int reason, struct yx_buf *out)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    struct yx_error err;
    size_t list = yx_der_begin(&w, YX_DER_SEQUENCE), details = yx_der_begin(&w, YX_DER_SEQUENCE);
    size_t about = yx_der_begin(&w, YX_DER_SEQUENCE), tagged, extensions, extension;
    const uint8_t entry[] = {YX_DER_ENUMERATED, 1, (uint8_t)reason};

    yx_der_put(&w, YX_DER_CONTEXT(1), yx_cert_serial_der(cert));
    tagged = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(3));
    yx_der_put_raw(&w, yx_cert_subject_der(issuer));
    yx_der_close(&w, tagged);
    yx_der_close(&w, about);
    if (reason >= 0) {
        extensions = yx_der_begin(&w, YX_DER_SEQUENCE);
        extension = yx_der_begin(&w, YX_DER_SEQUENCE);
        yx_der_put_oid(&w, YX_OID_CRL_REASON);
        yx_der_put(&w, YX_DER_OCTET_STRING, YX_BYTES(entry, sizeof entry));
        yx_der_close(&w, extension);
        yx_der_close(&w, extensions);
    }
    yx_der_close(&w, details);
    yx_der_close(&w, list);
    expect_ok(yx_der_finish(&w, out, &err), &err);
}

static inline void make_confirmation(const struct yx_cert *cert, yx_digest_algorithm digest,
                                     bool told, int status, struct yx_buf *out)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    uint8_t hash[YX_DIGEST_MAX];
    struct yx_error err;
    size_t list = yx_der_begin(&w, YX_DER_SEQUENCE), one = yx_der_begin(&w, YX_DER_SEQUENCE);
    size_t tagged, inner;

    expect_ok(yx_digest(digest, yx_cert_der(cert), hash, &err), &err);
    yx_der_put(&w, YX_DER_OCTET_STRING, YX_BYTES(hash, yx_digest_size(digest)));
    yx_der_put_int(&w, 0);
    if (status >= 0)
        yx_cmp_put_status(&w, (enum yx_cmp_status)status, YX_CMP_BAD_CERT_TEMPLATE, "no");
    if (told) {
        tagged = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
        inner = yx_der_begin(&w, YX_DER_SEQUENCE);
        yx_der_put_oid(&w, yx_digest_oid(digest));
        yx_der_close(&w, inner);
        yx_der_close(&w, tagged);
    }
    yx_der_close(&w, one);
    yx_der_close(&w, list);
    expect_ok(yx_der_finish(&w, out, &err), &err);
}

/* --- Answers ------------------------------------------------------------------------------- */

struct answer {
    struct yx_buf der;
    struct yx_cmp_message message; /* points into it */
    yx_status status;              /* of yx_cmp_answer */
    int failure;                   /* -1: none */
    int granted;                   /* PKIStatus */
    struct yx_cert *cert;          /* NULL: none */
    int64_t check_after;           /* of a pollRep */
};
static inline void answer_free(struct answer *answer)
{
    yx_buf_free(&answer->der);
    yx_cert_free(answer->cert);
    *answer = (struct answer){0};
}
YX_DEFINE_CLEAN_VALUE(answer, struct answer, answer_free);

static inline void read_status(struct yx_der *der, struct answer *out)
{
    struct yx_der info;
    struct yx_bytes bits;
    struct yx_error err;
    int64_t status;

    expect_ok(yx_der_enter(der, YX_DER_SEQUENCE, &info, &err), &err);
    expect_ok(yx_der_int(&info, &status, &err), &err);
    out->granted = (int)status;
    if (yx_der_next_is(&info, YX_DER_SEQUENCE))
        expect_ok(yx_der_any(&info, NULL, NULL, NULL, &err), &err);
    if (yx_der_at_end(&info))
        return;
    expect_ok(yx_der_get(&info, YX_DER_BIT_STRING, &bits, &err), &err);
    for (int bit = 0; bit < (int)(bits.len - 1) * 8; bit++)
        if (bits.data[1 + bit / 8] & (0x80u >> bit % 8))
            out->failure = bit;
    assert_int_equal(bits.data[0], 7 - out->failure % 8);
}

static inline void read_poll(struct yx_der *list, struct answer *out)
{
    struct yx_der one;
    struct yx_error err;
    int64_t id;

    expect_ok(yx_der_enter(list, YX_DER_SEQUENCE, &one, &err), &err);
    expect_ok(yx_der_int(&one, &id, &err), &err);
    expect_ok(yx_der_int(&one, &out->check_after, &err), &err);
}

static inline void read_certificate(struct yx_der *der, struct answer *out)
{
    struct yx_der list, response, pair, tagged;
    struct yx_bytes cert;
    struct yx_error err;
    int64_t id;

    if (yx_der_next_is(der, YX_DER_CONTEXT_CONSTRUCTED(1)))
        expect_ok(yx_der_any(der, NULL, NULL, NULL, &err), &err);
    expect_ok(yx_der_enter(der, YX_DER_SEQUENCE, &list, &err), &err);
    expect_ok(yx_der_enter(&list, YX_DER_SEQUENCE, &response, &err), &err);
    expect_ok(yx_der_int(&response, &id, &err), &err);
    read_status(&response, out);
    if (yx_der_at_end(&response))
        return;
    expect_ok(yx_der_enter(&response, YX_DER_SEQUENCE, &pair, &err), &err);
    expect_ok(yx_der_enter(&pair, YX_DER_CONTEXT_CONSTRUCTED(0), &tagged, &err), &err);
    expect_ok(yx_der_any(&tagged, NULL, NULL, &cert, &err), &err);
    expect_ok(yx_cert_from_der(cert, &out->cert, &err), &err);
}

/* Reads an answer, whatever its kind. */
static inline void read_answer(struct answer *out)
{
    struct yx_der der, content, list;
    struct yx_error err;

    expect_ok(yx_cmp_parse(yx_buf_bytes(&out->der), &out->message, &err), &err);
    der = yx_der_reader(out->message.body, "body");
    if (out->message.kind == YX_CMP_PKICONF)
        return;
    expect_ok(yx_der_enter(&der, YX_DER_SEQUENCE, &content, &err), &err);
    switch (out->message.kind) {
    case YX_CMP_ERROR:
        read_status(&content, out);
        break;
    case YX_CMP_RP:
        expect_ok(yx_der_enter(&content, YX_DER_SEQUENCE, &list, &err), &err);
        read_status(&list, out);
        break;
    case YX_CMP_GENP:
        break;
    case YX_CMP_POLL_REP:
        read_poll(&content, out);
        break;
    default:
        read_certificate(&content, out);
    }
}

static inline void ask_bytes(struct yx_cmp *cmp, struct yx_bytes message, yx_time now,
                             struct answer *out)
{
    struct yx_error err;

    answer_free(out);
    out->failure = -1;
    out->status =
        yx_cmp_answer(cmp, &(struct yx_cmp_request){.message = message, .profile = "", .now = now},
                      &out->der, &err);
    read_answer(out);
    assert_int_equal(out->status == YX_OK, out->failure == -1);
}

static inline void ask_at(struct yx_cmp *cmp, const struct client *client, unsigned kind,
                          struct yx_bytes body, yx_time now, struct answer *out)
{
    YX_CLEAN(yx_buf) struct yx_buf message = {0};

    client_message(client, kind, body, &message);
    ask_bytes(cmp, yx_buf_bytes(&message), now, out);
    if (client->transaction_len > 0)
        assert_true(yx_bytes_equal(out->message.transaction,
                                   YX_BYTES(client->transaction, client->transaction_len)));
    assert_true(
        yx_bytes_equal(out->message.recipient_nonce, YX_BYTES(client->nonce, client->nonce_len)));
}

static inline void ask(struct yx_cmp *cmp, const struct client *client, unsigned kind,
                       struct yx_bytes body, struct answer *out)
{
    ask_at(cmp, client, kind, body, 0, out);
}

#endif
