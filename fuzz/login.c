/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/login.c - any bytes as what strangers show to come in: the Authorization header of a system,
 * a challenge and its answer, names, passwords, tokens; and as the list of addresses of a key. */
#include <stdlib.h>

#include "login/room.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1795305600000000)

static struct yx_login *login;
static struct yx_login_policy policy;

static void set_up(void)
{
    const struct yx_login_setup setup = {.service_key = YX_TEXT("0123456789abcdef0123456789abcdef"),
                                         .origin = "https://a"};

    if (login != NULL)
        return;
    if (yx_login_new(&setup, &login, NULL) != YX_OK)
        abort();
    yx_login_policy_usual(&policy);
}

/* What was read says what it came from: there are not two headers that say the same. */
static void try_header(const char *text)
{
    YX_CLEAN(yx_buf) struct yx_buf again = {0};
    struct yx_signed_request claim;
    char body[65], signature[65];

    if (yx_signed_request_read(text, &claim, NULL) != YX_OK)
        return;
    for (size_t i = 0; i < 32; i++) {
        (void)snprintf(body + 2 * i, 3, "%02x", (unsigned)claim.body[i]);
        (void)snprintf(signature + 2 * i, 3, "%02x", (unsigned)claim.signature[i]);
    }
    if (yx_buf_printf(&again, "YX1-HMAC-SM3 key=%s, time=%s, nonce=%s, body=%s, signature=%s",
                      claim.key, claim.time, claim.nonce, body, signature) != YX_OK ||
        !yx_bytes_are(yx_buf_bytes(&again), text))
        abort();
}

/* Nobody but the service makes challenges that it takes. */
static void try_challenge(struct yx_bytes text)
{
    struct yx_challenge challenge;

    if (yx_challenge_read(&login->challenger, text, NOW, INT64_C(1) << 40, &challenge, NULL) ==
        YX_OK)
        abort();
}

static void try_proof(struct yx_bytes bytes)
{
    const struct yx_signed_challenge proofs[] = {
        {.challenge = YX_TEXT("challenge"), .signature = bytes},
        {.challenge = YX_TEXT("challenge"), .signature = YX_TEXT("0"), .certificate = bytes},
        {.challenge = bytes, .signature = bytes, .certificate = bytes},
    };

    for (size_t i = 0; i < sizeof proofs / sizeof proofs[0]; i++) {
        YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
        struct yx_bytes helpers;

        (void)yx_signed_challenge_read(&proofs[i], &cert, &helpers, NULL);
        if (cert != NULL) {
            unsigned kind;

            (void)yx_cert_number(cert, YX_OID_IDENTIFY_CODE, &kind);
            (void)yx_cert_number(cert, YX_OID_ORGANIZATION_CODE, &kind);
        }
    }
}

static void try_texts(const char *text)
{
    const char *const about[] = {text, "a.b", NULL};
    char name[YX_LOGIN_NAME_MAX + 1], token[YX_TOKEN_TEXT];
    uint8_t octets[YX_TOKEN_OCTETS];

    if (yx_login_name_fold(YX_TEXT(text), name) && !yx_utf8_valid(YX_TEXT(name)))
        abort();
    (void)yx_password_judge(YX_TEXT(text), policy.password_min, about, NULL);
    if (yx_token_read(text, octets)) {
        yx_token_write(octets, token);
        if (strcmp(token, text) != 0)
            abort();
    }
    /* A list that is one is read to its end. */
    if (yx_login_addresses_valid(text))
        (void)yx_login_addresses_have(text, "192.0.2.1");
    (void)yx_login_addresses_have("192.0.2.0/24,2001:db8::/32", text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    set_up();
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    try_header(text);
    try_texts(text);
    try_challenge(YX_BYTES(data, size));
    try_proof(YX_BYTES(data, size));
    free(text);
    return 0;
}
