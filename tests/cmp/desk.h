/* SPDX-License-Identifier: Apache-2.0 */
/* desk.h - an authority that answers CMP, and the client "device-7". */
#ifndef CMP_DESK_H
#define CMP_DESK_H

#include "client.h"

struct desk {
    struct people people;
    struct yx_private_key *cmp_key, *key;
    struct yx_cert *cmp_cert;
    struct yx_cmp *cmp;
};

static inline void desk_open(struct desk *desk, yx_key_type type)
{
    struct yx_cmp_settings settings = {0};
    struct yx_error err;

    people_open_with(&desk->people, type);
    desk->key = people_key();
    expect_ok(yx_private_key_generate(type, 2048, &desk->cmp_key, &err), &err);
    desk->cmp_cert = people_issue(&desk->people, "cmp", "CN=answers", desk->cmp_key, NULL, 0);
    settings.cert = desk->cmp_cert;
    settings.signer = yx_signer_borrow_key(desk->cmp_key);
    expect_ok(yx_cmp_new(desk->people.enrol, &settings, &desk->cmp, &err), &err);
}

static inline void desk_close(struct desk *desk)
{
    yx_cmp_free(desk->cmp);
    yx_cert_free(desk->cmp_cert);
    yx_private_key_free(desk->cmp_key);
    yx_private_key_free(desk->key);
    people_close(&desk->people);
}
YX_DEFINE_CLEAN_VALUE(desk, struct desk, desk_close);

static inline struct client seven(void)
{
    return client_new("device-7", "secret of seven");
}

static inline void request_body(const struct desk *desk, const char *subject, struct yx_buf *out)
{
    make_crmf(&(struct crmf){.key = desk->key, .subject = subject}, out);
}

static inline enum yx_ca_state state_of(struct desk *desk, const struct yx_cert *cert)
{
    struct yx_ca_status status;
    struct yx_error err;

    expect_ok(yx_ca_status(desk->people.ca, yx_cert_serial_der(cert), &status, &err), &err);
    return status.state;
}

/* Confirms what was issued; the client's nonce is fresh. */
static inline void confirm(struct desk *desk, struct client *client, const struct answer *issued,
                           int status, struct answer *out)
{
    YX_CLEAN(yx_buf) struct yx_buf body = {0};
    uint8_t nonce[YX_CMP_ID_MAX];
    struct yx_error err;

    memcpy(nonce, issued->message.sender_nonce.data, issued->message.sender_nonce.len);
    client->recipient_nonce = YX_BYTES(nonce, issued->message.sender_nonce.len);
    expect_ok(yx_random(client->nonce, 16, &err), &err);
    make_confirmation(issued->cert, yx_signature_digest(yx_cert_signature_algorithm(issued->cert)),
                      false, status, &body);
    ask(desk->cmp, client, YX_CMP_CERT_CONF, yx_buf_bytes(&body), out);
    client->recipient_nonce = YX_BYTES(NULL, 0);
}

#endif
