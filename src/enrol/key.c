/* SPDX-License-Identifier: Apache-2.0 */
/* enrol/key.c - keys made for those who cannot make them (RFC 7030 4.4): given out once, and kept
 * nowhere. */
#include "enrol/room.h"

#define RULE "RFC 7030 4.4"
/* Whoever asks chooses how long we look for primes. */
#define RSA_MIN 2048
#define RSA_MAX 4096

static yx_status choose_type(const struct yx_ca *ca, struct yx_bytes wish, yx_key_type *type,
                             unsigned *bits, struct yx_error *err)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    struct yx_error nothing;

    *type = YX_KEY_NONE;
    if (yx_public_key_from_spki(wish, &key, &nothing) == YX_OK) {
        *type = yx_public_key_type(key);
        *bits = yx_public_key_bits(key);
    }
    if (*type == YX_KEY_NONE) {
        const struct yx_public_key *own = yx_cert_public_key(yx_ca_certificate(ca));

        *type = yx_public_key_type(own);
        *bits = yx_public_key_bits(own);
    }
    YX_REQUIRE(*type != YX_KEY_RSA || (*bits >= RSA_MIN && *bits <= RSA_MAX), err, YX_REFUSED, RULE,
               N_("RSA keys of {1} to {2} bits are made here, not of {3}"), YX_NUM(RSA_MIN),
               YX_NUM(RSA_MAX), YX_NUM(*bits));
    return YX_OK;
}

static yx_status log_event(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_audit_append(tx, self, err);
}

/* That somebody else held the key is on record before anybody has it. */
static yx_status record(const struct yx_enrol *enrol, const struct yx_enrol_order *order,
                        const struct yx_private_key *key, struct yx_error *err)
{
    char object[128], details[96], hex[65];
    uint8_t digest[32];
    struct yx_audit_event event = {.at = order->now == 0 ? yx_now() : order->now,
                                   .actor = order->actor,
                                   .action = "enrol.key.make",
                                   .object = object,
                                   .details = details};

    YX_TRY(yx_digest(YX_DIGEST_SM3, yx_public_key_spki(yx_private_key_public(key)), digest, err));
    yx_hex(YX_BYTES(digest, sizeof digest), hex);
    (void)snprintf(object, sizeof object, "ca:%s", yx_ca_name(enrol->ca));
    (void)snprintf(details, sizeof details, "{\"key\":\"%s\"}", hex);
    return yx_store_write(yx_ca_store(enrol->ca), log_event, &event, err);
}

yx_status yx_enrol_issue_with_key(const struct yx_enrol *enrol, const struct yx_enrol_order *order,
                                  struct yx_private_key **key, struct yx_buf *der,
                                  struct yx_error *err)
{
    YX_CLEAN(yx_enrol_decision) struct yx_enrol_decision decision = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *made = NULL;
    yx_key_type type;
    unsigned bits;

    YX_TRY(yx_enrol_judge(enrol, order, &decision, err));
    YX_REQUIRE(decision.profile->makes_keys, err, YX_REFUSED, RULE,
               N_("keys for certificates of the profile {1} are not made here"),
               decision.profile->name);
    YX_REQUIRE(!yx_enrol_needs_approval(order, &decision), err, YX_REFUSED, RULE,
               N_("a request that must be approved brings its own key"));
    YX_TRY(choose_type(enrol->ca, order->request->spki, &type, &bits, err));
    YX_TRY(yx_private_key_generate(type, bits, &made, err));
    YX_TRY(record(enrol, order, made, err));
    YX_TRY(yx_enrol_carry_out(enrol, order, &decision,
                              yx_public_key_spki(yx_private_key_public(made)), der, err));
    *key = made;
    made = NULL;
    return YX_OK;
}
