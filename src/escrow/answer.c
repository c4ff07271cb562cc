/* SPDX-License-Identifier: Apache-2.0 */
/*
 * escrow/answer.c - what travels between the operator and the administrators, read and answered. It
 * needs no store: an administrator answers at a machine of their own.
 *
 *   EscrowRequest ::= SEQUENCE {
 *     version     INTEGER (1),
 *     id          OCTET STRING (SIZE (16)),
 *     keyId       OCTET STRING (SIZE (32)),  -- SM3 of the SubjectPublicKeyInfo that is wanted
 *     serial      UTF8String,                -- of its certificate, hex
 *     holder      UTF8String,                -- its subject
 *     recipient   Certificate,
 *     reason      UTF8String,
 *     askedAt     INTEGER,                   -- microseconds since 1970-01-01T00:00:00Z
 *     expiresAt   INTEGER,
 *     oneTimeKey  SubjectPublicKeyInfo,      -- SM2
 *     shares      SEQUENCE OF SEQUENCE {
 *       number      INTEGER,
 *       admin       OCTET STRING (SIZE (32)), -- SM3 of the certificate that it is enveloped to
 *       envelope    OCTET STRING } }
 *
 *   EscrowAnswer ::= SEQUENCE {
 *     version     INTEGER (1),
 *     id          OCTET STRING,              -- of the request
 *     number      INTEGER,                   -- of the administrator
 *     cipher      OCTET STRING }             -- an SM2Cipher of share || SM3 (EscrowRequest)
 */
#include "escrow/room.h"

/* --- Reading ---------------------------------------------------------------------------------- */

static yx_status check_size(struct yx_bytes file, struct yx_error *err)
{
    YX_REQUIRE(file.len <= YX_ESCROW_FILE_MAX, err, YX_DAMAGED, YX_ESCROW_RULE,
               N_("{1} bytes are too many: at most {2} are read"), YX_NUM(file.len),
               YX_NUM(YX_ESCROW_FILE_MAX));
    return YX_OK;
}

static yx_status read_version(struct yx_der *der, struct yx_error *err)
{
    int64_t version;

    YX_TRY(yx_der_int(der, &version, err));
    YX_REQUIRE(version == 1, err, YX_REFUSED, YX_ESCROW_RULE,
               N_("version {1} of these files is not known"), YX_NUM(version));
    return YX_OK;
}

static yx_status read_octets(struct yx_der *der, size_t size, struct yx_bytes *out,
                             struct yx_error *err)
{
    YX_TRY(yx_der_get(der, YX_DER_OCTET_STRING, out, err));
    YX_REQUIRE(out->len == size, err, YX_DAMAGED, YX_ESCROW_RULE,
               N_("{1} octets stand where {2} belong"), YX_NUM(out->len), YX_NUM(size));
    return YX_OK;
}

static yx_status read_text(struct yx_der *der, struct yx_bytes *out, struct yx_error *err)
{
    YX_TRY(yx_der_get(der, YX_DER_UTF8_STRING, out, err));
    YX_REQUIRE(yx_utf8_valid(*out), err, YX_DAMAGED, "RFC 3629", N_("a text is not UTF-8"));
    return YX_OK;
}

static yx_status read_fields(struct yx_der *der, struct yx_escrow_request *out,
                             struct yx_error *err)
{
    YX_TRY(read_version(der, err));
    YX_TRY(read_octets(der, YX_ESCROW_ID, &out->id, err));
    YX_TRY(read_octets(der, YX_ESCROW_KEY_ID, &out->key_id, err));
    YX_TRY(read_text(der, &out->serial, err));
    YX_TRY(read_text(der, &out->holder, err));
    YX_TRY(yx_der_any(der, NULL, NULL, &out->recipient, err));
    YX_TRY(read_text(der, &out->reason, err));
    YX_TRY(yx_der_int(der, &out->asked_at, err));
    YX_TRY(yx_der_int(der, &out->expires_at, err));
    YX_TRY(yx_der_any(der, NULL, NULL, &out->one_time_key, err));
    YX_TRY(yx_der_get(der, YX_DER_SEQUENCE, &out->shares, err));
    return yx_der_end(der, err);
}

yx_status yx_escrow_request_parse(struct yx_bytes request, struct yx_escrow_request *out,
                                  struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(request, "EscrowRequest"), der;

    *out = (struct yx_escrow_request){.whole = request};
    YX_TRY(check_size(request, err));
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &der, err));
    YX_TRY(yx_der_end(&whole, err));
    return read_fields(&der, out, err);
}

yx_status yx_escrow_answer_parse(struct yx_bytes answer, struct yx_escrow_answer *out,
                                 struct yx_error *err)
{
    struct yx_der whole = yx_der_reader(answer, "EscrowAnswer"), der;

    YX_TRY(check_size(answer, err));
    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &der, err));
    YX_TRY(yx_der_end(&whole, err));
    YX_TRY(read_version(&der, err));
    YX_TRY(read_octets(&der, YX_ESCROW_ID, &out->id, err));
    YX_TRY(yx_der_int(&der, &out->number, err));
    YX_TRY(yx_der_get(&der, YX_DER_OCTET_STRING, &out->cipher, err));
    return yx_der_end(&der, err);
}

/* --- Answering -------------------------------------------------------------------------------- */

struct own_share {
    int64_t number;
    struct yx_bytes envelope; /* empty: none is for this certificate */
};

static yx_status find_share(const struct yx_escrow_request *request, const struct yx_cert *admin,
                            struct own_share *out, struct yx_error *err)
{
    struct yx_der list = yx_der_reader(request->shares, "EscrowRequest.shares"), share;
    uint8_t digest[32];

    *out = (struct own_share){0};
    YX_TRY(yx_digest(YX_DIGEST_SM3, yx_cert_der(admin), digest, err));
    while (!yx_der_at_end(&list)) {
        struct yx_bytes theirs, envelope;
        int64_t number;

        YX_TRY(yx_der_enter(&list, YX_DER_SEQUENCE, &share, err));
        YX_TRY(yx_der_int(&share, &number, err));
        YX_TRY(read_octets(&share, sizeof digest, &theirs, err));
        YX_TRY(yx_der_get(&share, YX_DER_OCTET_STRING, &envelope, err));
        YX_TRY(yx_der_end(&share, err));
        if (yx_bytes_equal(theirs, YX_BYTES(digest, sizeof digest)))
            *out = (struct own_share){number, envelope};
    }
    YX_REQUIRE(out->envelope.len > 0, err, YX_REFUSED, YX_ESCROW_RULE,
               N_("no share of this key is for {1}"), yx_cert_subject(admin));
    return YX_OK;
}

static yx_status check_share(const struct yx_escrow_request *request, int64_t number,
                             struct yx_bytes share, struct yx_error *err)
{
    bool right = share.len == YX_ESCROW_SHARE && share.data[YX_ESCROW_KEY_ID] == number &&
                 yx_bytes_equal(YX_BYTES(share.data, YX_ESCROW_KEY_ID), request->key_id);

    YX_REQUIRE(right, err, YX_REFUSED, YX_ESCROW_RULE,
               N_("the share in the request is of another key than the request says"));
    return YX_OK;
}

static yx_status write_answer(const struct yx_escrow_request *request, int64_t number,
                              struct yx_bytes cipher, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t sequence = yx_der_begin(&w, YX_DER_SEQUENCE);

    yx_der_put_int(&w, 1);
    yx_der_put(&w, YX_DER_OCTET_STRING, request->id);
    yx_der_put_int(&w, number);
    yx_der_put(&w, YX_DER_OCTET_STRING, cipher);
    yx_der_close(&w, sequence);
    return yx_der_finish(&w, out, err);
}

static yx_status close_again(const struct yx_escrow_request *request, struct yx_buf *share,
                             struct yx_buf *cipher, struct yx_error *err)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *to = NULL;
    uint8_t digest[32];

    YX_TRY(yx_digest(YX_DIGEST_SM3, request->whole, digest, err));
    YX_TRY(yx_public_key_from_spki(request->one_time_key, &to, err));
    YX_REQUIRE(yx_public_key_type(to) == YX_KEY_SM2, err, YX_REFUSED, YX_ESCROW_RULE,
               N_("the one-time key of the request is not an SM2 key"));
    if (yx_buf_append(share, YX_BYTES(digest, sizeof digest)) != YX_OK)
        return yx_fail_memory(err);
    return yx_sm2_cipher_make(to, yx_buf_bytes(share), cipher, err);
}

yx_status yx_escrow_answer(const struct yx_escrow_request *request, const struct yx_cert *admin,
                           const struct yx_private_key *key, yx_time now, struct yx_buf *answer,
                           struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf share = {0};
    YX_CLEAN(yx_buf) struct yx_buf cipher = {0};
    struct own_share own;
    yx_time instant = now == 0 ? yx_now() : now;

    YX_REQUIRE(instant < request->expires_at, err, YX_REFUSED, YX_ESCROW_RULE,
               N_("the request was good until {1}: ask again"), YX_WHEN(request->expires_at));
    YX_TRY(find_share(request, admin, &own, err));
    YX_TRY(yx_envelope_open(own.envelope, admin, key, &share, err));
    YX_TRY(check_share(request, own.number, yx_buf_bytes(&share), err));
    YX_TRY(close_again(request, &share, &cipher, err));
    return write_answer(request, own.number, yx_buf_bytes(&cipher), answer, err);
}
