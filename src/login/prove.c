/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login/prove.c - somebody comes in with a certificate: a challenge signed with its key, or TLS
 * with a client certificate. Any authority that the service trusts will do (一证通用). Who proved
 * to have the key may know why it does not open: these refusals say what is wrong.
 */
#include "login/room.h"

#define RULE YX_LOGIN_RULE
#define OWNER "challenge"

struct proving {
    struct yx_login *login;
    const struct yx_login_proof *proof;
    struct yx_login_policy policy;
    struct yx_cert *cert;
    struct yx_challenge challenge;
    unsigned methods;
    char session[YX_UUID_TEXT], token[YX_TOKEN_TEXT];
};

static void proving_free(struct proving *proving)
{
    yx_cert_free(proving->cert);
    yx_wipe(proving->token, sizeof proving->token);
}
YX_DEFINE_CLEAN_VALUE(proving, struct proving, proving_free);

/* --- The challenge --------------------------------------------------------------------------- */

yx_status yx_login_challenge_make(const struct yx_login *login, yx_time now, struct yx_buf *out,
                                  struct yx_error *err)
{
    return yx_challenge_make(&login->challenger, now, out, err);
}

/* --- The certificate ------------------------------------------------------------------------- */

static yx_status refuse(const struct yx_cert_finding *finding, struct yx_error *err)
{
    if (err != NULL)
        *err = (struct yx_error){YX_REFUSED, RULE, finding->detail};
    if (err != NULL && finding->detail.text == NULL)
        (void)yx_fail(err, YX_REFUSED, RULE, N_("this certificate is not trusted here"));
    return YX_REFUSED;
}

static yx_status judge(const struct yx_cert_findings *findings,
                       const struct yx_login_policy *policy, struct yx_error *err)
{
    const struct yx_cert_finding *const must[] = {&findings->chain, &findings->validity,
                                                  &findings->usage};
    yx_outcome revocation = findings->revocation.outcome;

    for (size_t i = 0; i < sizeof must / sizeof must[0]; i++)
        if (must[i]->outcome != YX_PASS)
            return refuse(must[i], err);
    return revocation == YX_FAIL || (policy->revocation_required && revocation == YX_UNKNOWN)
               ? refuse(&findings->revocation, err)
               : YX_OK;
}

yx_status yx_login_certificate_check(struct yx_login *login, const struct yx_cert *cert,
                                     struct yx_bytes helpers, yx_time now, struct yx_error *err)
{
    struct yx_cert_findings findings;
    struct yx_login_policy policy;
    bool trusts;
    yx_status status = YX_OK;

    yx_login_get_policy(login, &policy);
    (void)pthread_rwlock_rdlock(&login->trust_lock);
    trusts = login->trust != NULL && !yx_trust_is_empty(login->trust);
    if (trusts)
        status = yx_cert_validate_with(login->trust, cert, helpers, YX_USE_SIGN, now, now,
                                       &findings, err);
    (void)pthread_rwlock_unlock(&login->trust_lock);
    YX_REQUIRE(trusts, err, YX_REFUSED, RULE, N_("no certificates are trusted for log-ins here"));
    YX_TRY(status);
    return judge(&findings, &policy, err);
}

/* --- Looking --------------------------------------------------------------------------------- */

static yx_status look(struct proving *proving, struct yx_error *err)
{
    const struct yx_login_proof *proof = proving->proof;
    struct yx_bytes helpers = {0};

    if (proof->tls.len > 0) {
        proving->methods = YX_LOGIN_BY_TLS;
        YX_TRY(yx_cert_from_der(proof->tls, &proving->cert, err));
    } else {
        proving->methods = YX_LOGIN_BY_CERTIFICATE;
        YX_TRY(yx_challenge_read(&proving->login->challenger, proof->answer.challenge, proof->now,
                                 proving->policy.challenge_seconds, &proving->challenge, err));
        YX_TRY(yx_signed_challenge_read(&proof->answer, &proving->cert, &helpers, err));
    }
    return yx_login_certificate_check(proving->login, proving->cert, helpers, proof->now, err);
}

/* One that came before is refused here, in the transaction of what it is good for. */
static yx_status use_challenge(const struct proving *proving, struct yx_tx *tx,
                               struct yx_error *err)
{
    if (proving->methods == YX_LOGIN_BY_TLS)
        return YX_OK;
    return yx_login_use_once(tx, OWNER, proving->challenge.nonce, proving->challenge.until, err);
}

/* YX_STORE_UNIQUE in words. */
static yx_status say_used(yx_status status, const struct yx_error *inner, struct yx_error *err)
{
    YX_REQUIRE(status != YX_REFUSED || strcmp(inner->rule, YX_STORE_UNIQUE) != 0, err, YX_REFUSED,
               RULE, N_("this challenge was answered before: ask for a new one"));
    if (status != YX_OK && err != NULL)
        *err = *inner;
    return status;
}

/* --- Coming in ------------------------------------------------------------------------------- */

static yx_status find(const struct proving *proving, struct yx_tx *tx,
                      struct yx_login_account *account, struct yx_error *err)
{
    const struct yx_login_who *session = proving->proof->session;
    char id[YX_UUID_TEXT];

    YX_TRY(yx_login_binding_account(proving->login, tx, proving->cert, id, err));
    YX_REQUIRE(id[0] != '\0', err, YX_REFUSED, RULE,
               N_("this certificate is good, and opens no account here"));
    YX_REQUIRE(session == NULL || strcmp(session->account, id) == 0, err, YX_REFUSED, RULE,
               N_("this certificate opens another account"));
    YX_TRY(yx_login_account_find(tx, id, account, err));
    YX_REQUIRE(account->state == YX_LOGIN_ACTIVE, err, YX_REFUSED, RULE,
               N_("the account {1} is not active"), account->name);
    return YX_OK;
}

static yx_status open_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct proving *proving = self;
    const struct yx_login_proof *proof = proving->proof;
    struct yx_login_account account;
    char actor[YX_UUID_TEXT + 16];

    YX_TRY(use_challenge(proving, tx, err));
    YX_TRY(find(proving, tx, &account, err));
    const struct yx_login_opening opening = {
        .id = proving->session,
        .token = proving->token,
        .account = account.id,
        .methods = proving->methods,
        .address = proof->address,
        .agent = proof->agent,
        .now = proof->now,
        .policy = &proving->policy,
    };
    YX_TRY(proof->session == NULL ? yx_login_session_open(tx, &opening, err)
                                  : yx_login_session_renew(tx, &opening, err));
    (void)snprintf(actor, sizeof actor, "account:%s", account.id);
    return yx_login_leaf(
        tx, &(struct yx_login_by){.actor = actor, .from = proof->address, .now = proof->now},
        proof->session == NULL ? "session.open" : "session.confirm", account.id,
        json_pack("{s:s, s:i, s:s, s:s}", "session", proving->session, "methods",
                  (int)proving->methods, "issuer", yx_cert_issuer(proving->cert), "serial",
                  yx_cert_serial(proving->cert)),
        err);
}

yx_status yx_login_prove(struct yx_login *login, const struct yx_login_proof *proof,
                         char token[YX_TOKEN_TEXT], struct yx_error *err)
{
    YX_CLEAN(proving) struct proving proving = {.login = login, .proof = proof};
    struct yx_error inner = {0};

    yx_login_get_policy(login, &proving.policy);
    YX_TRY(look(&proving, err));
    YX_TRY(yx_token_make(proving.token, err));
    if (proof->session != NULL)
        YX_LOGIN_COPY(proving.session, proof->session->session);
    else
        YX_TRY(yx_uuid_make(proof->now, proving.session, err));
    YX_TRY(say_used(yx_store_write(login->store, open_work, &proving, &inner), &inner, err));
    memcpy(token, proving.token, YX_TOKEN_TEXT);
    return YX_OK;
}

/* --- Proved for a binding -------------------------------------------------------------------- */

static yx_status use_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return use_challenge(self, tx, err);
}

yx_status yx_login_prove_key(struct yx_login *login, const struct yx_login_proof *proof,
                             struct yx_cert **out, struct yx_error *err)
{
    YX_CLEAN(proving) struct proving proving = {.login = login, .proof = proof};
    struct yx_error inner = {0};

    yx_login_get_policy(login, &proving.policy);
    YX_TRY(look(&proving, err));
    YX_TRY(say_used(yx_store_write(login->store, use_work, &proving, &inner), &inner, err));
    *out = proving.cert;
    proving.cert = NULL;
    return YX_OK;
}
