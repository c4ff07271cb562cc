/* SPDX-License-Identifier: Apache-2.0 */
/* login/login.c - what all of login/ works with: keys, the policy, trust. */
#include "login/room.h"

#define SERVICE_KEY_MIN 32

/* --- The policy ------------------------------------------------------------------------------ */

void yx_login_policy_usual(struct yx_login_policy *out)
{
    *out = (struct yx_login_policy){
        .hash_kib = 64 * 1024,
        .hash_passes = 3,
        .password_min = 10,
        .password_days = 60,
        .password_forced = true,
        .password_first = true,
        .password_history = 5,
        .attempts = 10,
        .delay_after = 3,
        .delay_seconds = 1,
        .delay_max_seconds = 300,
        .address_attempts = 100,
        .address_seconds = 900,
        .session_idle = 30 * 60,
        .session_life = 12 * 60 * 60,
        .session_max = 10,
        .recent = 10 * 60,
        .challenge_seconds = 120,
        .link_seconds = 24 * 60 * 60,
        .recovery_seconds = 7 * 24 * 60 * 60,
        .key_window = 300,
    };
}

void yx_login_set_policy(struct yx_login *login, const struct yx_login_policy *policy)
{
    (void)pthread_mutex_lock(&login->policy_lock);
    login->policy = *policy;
    (void)pthread_mutex_unlock(&login->policy_lock);
}

void yx_login_get_policy(struct yx_login *login, struct yx_login_policy *out)
{
    (void)pthread_mutex_lock(&login->policy_lock);
    *out = login->policy;
    (void)pthread_mutex_unlock(&login->policy_lock);
}

void yx_login_set_trust(struct yx_login *login, struct yx_trust *trust)
{
    struct yx_trust *old;

    (void)pthread_rwlock_wrlock(&login->trust_lock);
    old = login->trust;
    login->trust = trust;
    (void)pthread_rwlock_unlock(&login->trust_lock);
    yx_trust_free(old);
}

/* --- Made and freed -------------------------------------------------------------------------- */

/* One secret for each purpose: what is known of one says nothing about another. */
static yx_status draw(struct yx_bytes service_key, const char *purpose, uint8_t *out, size_t len,
                      struct yx_error *err)
{
    uint8_t mac[YX_DIGEST_MAX];

    YX_TRY(yx_hmac(YX_DIGEST_SM3, service_key, YX_TEXT(purpose), mac, err));
    memcpy(out, mac, len);
    yx_wipe(mac, sizeof mac);
    return YX_OK;
}

static yx_status draw_keys(struct yx_login *login, struct yx_bytes key, struct yx_error *err)
{
    struct yx_closing *closing = &login->closing;
    struct yx_challenger *challenger = &login->challenger;

    YX_TRY(draw(key, "yinxin login: closing", closing->key, sizeof closing->key, err));
    YX_TRY(draw(key, "yinxin login: closed", closing->mac, sizeof closing->mac, err));
    YX_TRY(draw(key, "yinxin login: index", login->index_key, sizeof login->index_key, err));
    return draw(key, "yinxin login: challenge", challenger->key, sizeof challenger->key, err);
}

yx_status yx_login_new(const struct yx_login_setup *setup, struct yx_login **out,
                       struct yx_error *err)
{
    YX_CLEAN(yx_login) struct yx_login *login = NULL;

    YX_REQUIRE(setup->service_key.len >= SERVICE_KEY_MIN, err, YX_USAGE, "",
               N_("the key of the service has {1} bytes at least"), YX_NUM(SERVICE_KEY_MIN));
    login = calloc(1, sizeof *login);
    if (login == NULL)
        return yx_fail_memory(err);
    (void)pthread_mutex_init(&login->policy_lock, NULL);
    (void)pthread_rwlock_init(&login->trust_lock, NULL);
    login->store = setup->store;
    login->origin = strdup(setup->origin);
    login->service = strdup(setup->service == NULL ? "Yinxin" : setup->service);
    if (login->origin == NULL || login->service == NULL)
        return yx_fail_memory(err);
    login->challenger.origin = login->origin;
    yx_login_policy_usual(&login->policy);
    YX_TRY(draw_keys(login, setup->service_key, err));
    YX_TRY(yx_argon2_new(setup->hashes_waiting, &login->hasher, err));
    *out = login;
    login = NULL;
    return YX_OK;
}

void yx_login_free(struct yx_login *login)
{
    if (login == NULL)
        return;
    yx_trust_free(login->trust);
    yx_argon2_free(login->hasher);
    free(login->origin);
    free(login->service);
    (void)pthread_mutex_destroy(&login->policy_lock);
    (void)pthread_rwlock_destroy(&login->trust_lock);
    yx_wipe(login, sizeof *login);
    free(login);
}

/* --- Small things ---------------------------------------------------------------------------- */

yx_status yx_login_none(struct yx_error *err)
{
    return yx_fail(err, YX_REFUSED, YX_LOGIN_ACCOUNT, N_("there is nothing of this id here"));
}

bool yx_login_is_within(yx_time now, yx_time then, int64_t seconds)
{
    yx_time passed = now < then ? then - now : now - then;

    return passed < seconds * YX_SECOND;
}

yx_status yx_login_use_once(struct yx_tx *tx, const char *owner, const char *nonce, yx_time until,
                            struct yx_error *err)
{
    const struct yx_value row[] = {yx_value_text(owner), yx_value_text(nonce),
                                   yx_value_time(until)};
    int64_t changed = 0;

    return yx_tx_run(tx, "INSERT INTO login_once (owner, nonce, until_at) VALUES ($1, $2, $3)", row,
                     3, &changed, err);
}

struct yx_argon2_cost yx_login_cost(const struct yx_login_policy *policy)
{
    return (struct yx_argon2_cost){policy->hash_kib, policy->hash_passes};
}
