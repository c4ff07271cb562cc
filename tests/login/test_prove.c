/* SPDX-License-Identifier: Apache-2.0 */
/* test_prove.c - log-ins with certificates: of several authorities and kinds of keys, signed bare
 * and as messages; and every one that is refused. */
#include "support.h"
#include "tools.h"

#include "cms/cms.h"
#include "database.h"
#include "pki.h"
#include "world.h"

/* --- People with keys ------------------------------------------------------------------------ */

/* Challenges are of the clock of certificates. */
static yx_time now_in_seconds(void)
{
    return yx_now() / YX_SECOND * YX_SECOND;
}

struct hall {
    struct world world;
    struct pki pki;
    char account[YX_UUID_TEXT];
};

static void hall_close(struct hall *hall)
{
    pki_free(&hall->pki);
    world_close(&hall->world);
}
YX_DEFINE_CLEAN_VALUE(hall, struct hall, hall_close);

static void trust(struct hall *hall)
{
    struct yx_trust *copy = NULL;
    struct yx_error err = {0};

    expect_ok(yx_trust_copy(hall->pki.trust, &copy, &err), &err);
    yx_login_set_trust(hall->world.login, copy);
}

struct binding {
    struct hall *hall;
    struct yx_login_new_binding wanted;
    char id[YX_UUID_TEXT];
    const char *remove;
};

static yx_status bind_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct binding *binding = self;
    struct yx_login *login = binding->hall->world.login;

    if (binding->remove != NULL)
        return yx_login_binding_remove(tx, binding->wanted.account, binding->remove, &somebody,
                                       err);
    return yx_login_binding_make(login, tx, &binding->wanted, &somebody, binding->id, err);
}

static yx_status try_bind(struct hall *hall, const struct yx_cert *cert,
                          enum yx_login_binding_kind kind, struct binding *out,
                          struct yx_error *err)
{
    *out = (struct binding){.hall = hall,
                            .wanted = {.account = hall->account, .cert = cert, .kind = kind}};
    return yx_store_write(hall->world.store, bind_work, out, err);
}

static void hall_open(struct database *database, yx_key_type type, struct hall *out)
{
    struct binding binding;
    struct yx_error err = {0};

    *out = (struct hall){0};
    world_open(database, &out->world);
    expect_ok(pki_open(type, &out->pki, &err), &err);
    trust(out);
    holder_make(&out->world, "wang", out->account);
    expect_ok(try_bind(out, out->pki.holder.cert, YX_LOGIN_BIND_CERTIFICATE, &binding, &err), &err);
}

/* --- Their answers --------------------------------------------------------------------------- */

struct answer {
    struct yx_buf challenge, signature;
};
static void answer_free(struct answer *answer)
{
    yx_buf_free(&answer->challenge);
    yx_buf_free(&answer->signature);
}
YX_DEFINE_CLEAN_VALUE(answer, struct answer, answer_free);

static void challenge_at(struct hall *hall, yx_time at, struct answer *out)
{
    struct yx_error err = {0};

    *out = (struct answer){0};
    expect_ok(yx_login_challenge_make(hall->world.login, at, &out->challenge, &err), &err);
}

static void sign_bare(const struct pki_person *person, struct answer *answer)
{
    struct yx_signer signer = pki_signer(person);
    struct yx_error err = {0};

    answer->signature.len = 0;
    expect_ok(signer.sign(signer.self, signer.algorithm, yx_buf_bytes(&answer->challenge),
                          &answer->signature, &err),
              &err);
}

static void sign_message(const struct pki_person *person, bool gm, struct yx_bytes content,
                         struct answer *answer)
{
    YX_CLEAN(yx_buf) struct yx_buf to_be_signed = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    struct yx_signer signer = pki_signer(person);
    uint8_t digest[YX_DIGEST_MAX];
    struct yx_cms_request request = {
        .signer = person->cert,
        .gm_content_types = gm,
        .content = content,
        .signing_time = YX_TIME_NONE,
    };
    struct yx_error err = {0};
    yx_digest_algorithm algorithm = yx_cms_digest(signer.algorithm);

    expect_ok(yx_digest(algorithm, yx_buf_bytes(&answer->challenge), digest, &err), &err);
    request.content_digest = YX_BYTES(digest, yx_digest_size(algorithm));
    expect_ok(yx_cms_prepare(&request, &to_be_signed, &err), &err);
    expect_ok(signer.sign(signer.self, signer.algorithm, yx_buf_bytes(&to_be_signed), &value, &err),
              &err);
    expect_ok(yx_cms_finish(&request, yx_buf_bytes(&to_be_signed), yx_buf_bytes(&value),
                            YX_BYTES(NULL, 0), &answer->signature, &err),
              &err);
}

static yx_status show(struct hall *hall, const struct answer *answer, const struct yx_cert *cert,
                      yx_time at, char token[YX_TOKEN_TEXT], struct yx_error *err)
{
    const struct yx_login_proof proof = {
        .answer = {.challenge = yx_buf_bytes(&answer->challenge),
                   .signature = yx_buf_bytes(&answer->signature),
                   .certificate = cert == NULL ? YX_BYTES(NULL, 0) : yx_cert_der(cert)},
        .address = "192.0.2.5",
        .now = at,
    };

    return yx_login_prove(hall->world.login, &proof, token, err);
}

static void expect_refused(struct hall *hall, const struct answer *answer,
                           const struct yx_cert *cert, yx_time at, const char *words)
{
    char token[YX_TOKEN_TEXT] = "untouched", said[600];
    struct yx_error err = {0};

    expect_status(show(hall, answer, cert, at, token, &err), YX_REFUSED, &err);
    expect_rule(&err, YX_LOGIN_RULE);
    yx_message_render(&err.message, NULL, said, sizeof said);
    if (strstr(said, words) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", words, said);
    assert_string_equal(token, "untouched");
}

/* The holder answers with a bare signature. */
static void expect_holder(struct hall *hall, yx_time at, const char *refused)
{
    YX_CLEAN(answer) struct answer answer;
    char token[YX_TOKEN_TEXT];
    struct yx_error err = {0};

    challenge_at(hall, at, &answer);
    sign_bare(&hall->pki.holder, &answer);
    if (refused != NULL)
        expect_refused(hall, &answer, hall->pki.holder.cert, at, refused);
    else
        expect_ok(show(hall, &answer, hall->pki.holder.cert, at, token, &err), &err);
}

/* --- Coming in ------------------------------------------------------------------------------- */

/* REQ: AUD-04, each use of a certificate is on record, by its serial. */
static void every_kind_of_key_opens(struct database *database)
{
    static const yx_key_type types[] = {YX_KEY_SM2, YX_KEY_P256, YX_KEY_RSA, YX_KEY_ED25519};
    size_t count = database->postgres ? 1 : sizeof types / sizeof types[0];
    yx_time at = now_in_seconds();

    for (size_t i = 0; i < count; i++) {
        YX_CLEAN(hall) struct hall hall;
        YX_CLEAN(answer) struct answer answer;
        struct yx_login_who who;
        char token[YX_TOKEN_TEXT];
        struct yx_error err = {0};

        if (i > 0)
            unlink(database->place);
        hall_open(database, types[i], &hall);
        challenge_at(&hall, at, &answer);
        sign_bare(&hall.pki.holder, &answer);
        expect_ok(show(&hall, &answer, hall.pki.holder.cert, at, token, &err), &err);
        expect_ok(yx_login_session_find(hall.world.login, token, at, &who, &err), &err);
        assert_string_equal(who.account, hall.account);
        assert_int_equal(who.methods, YX_LOGIN_BY_CERTIFICATE);
        struct leaves leaves = leaves_of(&hall.world, "session.open");
        assert_int_equal(leaves.count, 1);
        assert_non_null(strstr(leaves.details, yx_cert_serial(hall.pki.holder.cert)));
    }
}

static void messages_open(struct database *database)
{
    YX_CLEAN(hall) struct hall hall;
    yx_time at = now_in_seconds();
    struct yx_error err = {0};

    hall_open(database, YX_KEY_SM2, &hall);
    for (int form = 0; form < 4; form++) {
        YX_CLEAN(answer) struct answer answer;
        char token[YX_TOKEN_TEXT];

        challenge_at(&hall, at, &answer);
        sign_message(&hall.pki.holder, form % 2 == 0,
                     form < 2 ? yx_buf_bytes(&answer.challenge) : YX_BYTES(NULL, 0), &answer);
        expect_ok(show(&hall, &answer, NULL, at, token, &err), &err);
    }
}

static void the_text_says_what_it_is(struct database *database)
{
    YX_CLEAN(hall) struct hall hall;
    YX_CLEAN(answer) struct answer answer;
    static const char start[] = "Yinxin log-in: signed, it opens the account of whoever signs\n"
                                "https://seal.example\n2026-11-22T00:00:00Z\n";

    hall_open(database, YX_KEY_SM2, &hall);
    challenge_at(&hall, AT, &answer);
    assert_true(answer.challenge.len > sizeof start);
    assert_memory_equal(answer.challenge.data, start, sizeof start - 1);
}

static void a_challenge_is_answered_once(struct database *database)
{
    YX_CLEAN(hall) struct hall hall;
    YX_CLEAN(answer) struct answer answer;
    yx_time at = now_in_seconds();
    char token[YX_TOKEN_TEXT];
    struct yx_error err = {0};

    hall_open(database, YX_KEY_SM2, &hall);
    challenge_at(&hall, at, &answer);
    sign_bare(&hall.pki.holder, &answer);
    expect_ok(show(&hall, &answer, hall.pki.holder.cert, at, token, &err), &err);
    expect_refused(&hall, &answer, hall.pki.holder.cert, at, "answered before");
    /* Nor by another signature over it. */
    sign_bare(&hall.pki.holder, &answer);
    expect_refused(&hall, &answer, hall.pki.holder.cert, at, "answered before");
    expect_ok(yx_login_sweep(hall.world.login, at + 119 * YX_SECOND, &err), &err);
    expect_refused(&hall, &answer, hall.pki.holder.cert, at + 119 * YX_SECOND, "answered before");
    expect_ok(yx_login_sweep(hall.world.login, at + 121 * YX_SECOND, &err), &err);
    expect_refused(&hall, &answer, hall.pki.holder.cert, at + 121 * YX_SECOND, "is over");
}

/* --- What is refused ------------------------------------------------------------------------- */

static void challenges_of_others_are_refused(struct database *database)
{
    YX_CLEAN(hall) struct hall hall;
    YX_CLEAN(answer) struct answer answer;
    YX_CLEAN(yx_login) struct yx_login *other = NULL;
    const struct yx_login_setup setup = {.service_key = YX_TEXT("a key of 32 octets or more ....."),
                                         .origin = "https://other.example"};
    yx_time at = now_in_seconds();
    struct yx_error err = {0};

    hall_open(database, YX_KEY_SM2, &hall);
    challenge_at(&hall, at - 120 * YX_SECOND, &answer);
    sign_bare(&hall.pki.holder, &answer);
    expect_refused(&hall, &answer, hall.pki.holder.cert, at, "is over");
    /* Made ahead of its time by whoever could. */
    answer_free(&answer);
    challenge_at(&hall, at + 60 * YX_SECOND, &answer);
    sign_bare(&hall.pki.holder, &answer);
    expect_refused(&hall, &answer, hall.pki.holder.cert, at, "is over");
    /* Every octet counts. */
    for (size_t i = 0; i < answer.challenge.len; i += 11) {
        answer.challenge.data[i] ^= 1;
        sign_bare(&hall.pki.holder, &answer);
        expect_refused(&hall, &answer, hall.pki.holder.cert, at, "not one of this service");
        answer.challenge.data[i] ^= 1;
    }
    answer.challenge.len--;
    sign_bare(&hall.pki.holder, &answer);
    expect_refused(&hall, &answer, hall.pki.holder.cert, at, "not one of this service");
    /* That of another service, even with the same key. */
    expect_ok(yx_login_new(&setup, &other, &err), &err);
    answer_free(&answer);
    answer = (struct answer){0};
    expect_ok(yx_login_challenge_make(other, at, &answer.challenge, &err), &err);
    sign_bare(&hall.pki.holder, &answer);
    expect_refused(&hall, &answer, hall.pki.holder.cert, at, "not one of this service");
}

static void signatures_of_others_are_refused(struct database *database)
{
    YX_CLEAN(hall) struct hall hall;
    YX_CLEAN(answer) struct answer answer;
    yx_time at = now_in_seconds();

    hall_open(database, YX_KEY_SM2, &hall);
    challenge_at(&hall, at, &answer);
    expect_refused(&hall, &answer, hall.pki.holder.cert, at, "not signed by this");
    sign_bare(&hall.pki.maker, &answer);
    expect_refused(&hall, &answer, hall.pki.holder.cert, at, "not signed by this");
    expect_refused(&hall, &answer, hall.pki.maker.cert, at, "opens no account here");
    expect_refused(&hall, &answer, NULL, at, "is missing");
    answer.signature.len = 0;
    sign_message(&hall.pki.holder, true, YX_TEXT("another text"), &answer);
    expect_refused(&hall, &answer, NULL, at, "not signed by this");
    /* The message of one with the certificate of the other beside it is that of the one. */
    answer.signature.len = 0;
    sign_message(&hall.pki.maker, false, YX_BYTES(NULL, 0), &answer);
    expect_refused(&hall, &answer, hall.pki.holder.cert, at, "opens no account here");
}

static void certificates_that_are_not_good_are_refused(struct database *database)
{
    YX_CLEAN(hall) struct hall hall;
    YX_CLEAN(pki) struct pki strange = {0};
    YX_CLEAN(pki_person) struct pki_person old = {0};
    YX_CLEAN(pki_person) struct pki_person wrong_use = {0};
    YX_CLEAN(answer) struct answer answer;
    struct binding binding;
    yx_time at = now_in_seconds();
    struct yx_error err = {0};

    hall_open(database, YX_KEY_SM2, &hall);
    expect_ok(pki_open(YX_KEY_SM2, &strange, &err), &err);
    struct pki_wish expired = {.name = "CN=Old", .not_after = at - YX_SECOND};
    struct pki_wish use = {.name = "CN=Use", .key_usage = YX_KU_KEY_ENCIPHERMENT};
    expect_ok(pki_person_make(&expired, &hall.pki.ca, &old, &err), &err);
    expect_ok(pki_person_make(&use, &hall.pki.ca, &wrong_use, &err), &err);
    const struct pki_person *const people[] = {&strange.holder, &old, &wrong_use};
    for (size_t i = 0; i < 3; i++) {
        expect_ok(try_bind(&hall, people[i]->cert, YX_LOGIN_BIND_CERTIFICATE, &binding, &err),
                  &err);
        challenge_at(&hall, at, &answer);
        sign_bare(people[i], &answer);
        expect_refused(&hall, &answer, people[i]->cert, at, "");
        answer_free(&answer);
    }
    challenge_at(&hall, at, &answer);
    /* Revoked, as soon as that is known. */
    expect_holder(&hall, at, NULL);
    expect_ok(pki_revoke(&hall.pki, hall.pki.holder.cert, at - 300 * YX_SECOND, &err), &err);
    trust(&hall);
    expect_holder(&hall, at, "revoked");
    yx_login_set_trust(hall.world.login, NULL);
    expect_holder(&hall, at, "no certificates are trusted");
}

static void unknown_revocation_is_refused_when_the_policy_says(struct database *database)
{
    YX_CLEAN(hall) struct hall hall;
    YX_CLEAN(pki_person) struct pki_person person = {0};
    YX_CLEAN(answer) struct answer answer = {0};
    struct pki_wish wish = {.name = "CN=With CRL", .crl_url = "http://crl.example/1"};
    struct binding binding;
    yx_time at = now_in_seconds();
    struct yx_error err = {0};

    hall_open(database, YX_KEY_SM2, &hall);
    expect_ok(pki_person_make(&wish, &hall.pki.ca, &person, &err), &err);
    expect_ok(try_bind(&hall, person.cert, YX_LOGIN_BIND_CERTIFICATE, &binding, &err), &err);
    for (int required = 0; required < 2; required++) {
        char token[YX_TOKEN_TEXT];

        hall.world.policy.revocation_required = required != 0;
        world_policy(&hall.world);
        answer_free(&answer);
        challenge_at(&hall, at, &answer);
        sign_bare(&person, &answer);
        if (required)
            expect_refused(&hall, &answer, person.cert, at, "");
        else
            expect_ok(show(&hall, &answer, person.cert, at, token, &err), &err);
    }
}

static void the_state_of_the_account_counts(struct database *database)
{
    YX_CLEAN(hall) struct hall hall;
    yx_time at = now_in_seconds();

    hall_open(database, YX_KEY_SM2, &hall);
    must_on(&hall.world, LOCK, hall.account);
    expect_holder(&hall, at, "is not active");
    must_on(&hall.world, UNLOCK, hall.account);
    expect_holder(&hall, at, NULL);
    /* Guesses at the password lock nobody's certificate out. */
    database_must(hall.world.store, "INSERT INTO login_guess (account, failures, last_at,"
                                    " locked_at) SELECT id, 10, 0, 0 FROM login_account");
    expect_holder(&hall, at, NULL);
    must_on(&hall.world, REMOVE, hall.account);
    expect_holder(&hall, at, "opens no account here");
}

/* --- Other ways ------------------------------------------------------------------------------ */

static void tls_opens_without_a_challenge(struct database *database)
{
    YX_CLEAN(hall) struct hall hall;
    struct yx_login_who who;
    char token[YX_TOKEN_TEXT];
    yx_time at = now_in_seconds();
    struct yx_error err = {0};

    hall_open(database, YX_KEY_P256, &hall);
    struct yx_login_proof proof = {.tls = yx_cert_der(hall.pki.holder.cert), .now = at};
    expect_ok(yx_login_prove(hall.world.login, &proof, token, &err), &err);
    expect_ok(yx_login_session_find(hall.world.login, token, at, &who, &err), &err);
    assert_int_equal(who.methods, YX_LOGIN_BY_TLS);
    proof.tls = yx_cert_der(hall.pki.maker.cert);
    expect_status(yx_login_prove(hall.world.login, &proof, token, &err), YX_REFUSED, &err);
    /* Shown once more: it must be the same account. */
    proof.tls = yx_cert_der(hall.pki.holder.cert);
    proof.session = &who;
    proof.now = at + 1000 * YX_SECOND;
    expect_ok(yx_login_prove(hall.world.login, &proof, token, &err), &err);
    snprintf(who.account, sizeof who.account, NOWHERE);
    expect_status(yx_login_prove(hall.world.login, &proof, token, &err), YX_REFUSED, &err);
}

static void make_named(const struct pki *pki, const struct yx_identity *identity,
                       struct pki_person *out)
{
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_signer signer = pki_signer(&pki->ca);
    static uint8_t serial[8] = {0x51};
    struct yx_error err = {0};

    serial[7]++;
    expect_ok(yx_private_key_generate(YX_KEY_SM2, 0, &out->key, &err), &err);
    expect_ok(yx_name_to_der("CN=Named,C=CN", &subject, &err), &err);
    struct yx_cert_template wanted = {
        .subject = yx_buf_bytes(&subject),
        .spki = yx_public_key_spki(yx_private_key_public(out->key)),
        .serial = YX_BYTES(serial, sizeof serial),
        .not_before = yx_now() - YX_DAY,
        .not_after = yx_now() + YX_DAY,
        .key_usage = YX_KU_DIGITAL_SIGNATURE,
        .path_length = -1,
        .identity = *identity,
    };
    expect_ok(yx_cert_make(&wanted, pki->ca.cert, &signer, &der, &err), &err);
    expect_ok(yx_cert_from_der(yx_buf_bytes(&der), &out->cert, &err), &err);
}

/* 一证通用: any trusted certificate of the same person, whoever issued it. */
static void numbers_open_whoever_issued(struct database *database)
{
    static const struct yx_identity first = {.resident_card = "11010519491231002X"};
    static const struct yx_identity other = {.resident_card = "440524188001010014"};
    static const struct yx_identity passport = {.passport = "11010519491231002X"};
    static const struct yx_identity office = {.organization = "91350100M000100Y43"};
    YX_CLEAN(hall) struct hall hall;
    YX_CLEAN(pki) struct pki second = {0};
    struct pki_person people[5] = {0};
    struct binding binding;
    yx_time at = now_in_seconds();
    struct yx_error err = {0};

    hall_open(database, YX_KEY_SM2, &hall);
    expect_ok(pki_open(YX_KEY_SM2, &second, &err), &err);
    expect_ok(yx_trust_add_anchor(hall.pki.trust, second.ca.cert, &err), &err);
    trust(&hall);
    make_named(&hall.pki, &first, &people[0]);
    make_named(&second, &first, &people[1]);
    make_named(&second, &other, &people[2]);
    make_named(&second, &passport, &people[3]);
    make_named(&second, &office, &people[4]);
    expect_status(try_bind(&hall, hall.pki.holder.cert, YX_LOGIN_BIND_PERSON, &binding, &err),
                  YX_REFUSED, &err);
    expect_status(try_bind(&hall, people[0].cert, YX_LOGIN_BIND_ORGANISATION, &binding, &err),
                  YX_REFUSED, &err);
    expect_ok(try_bind(&hall, people[0].cert, YX_LOGIN_BIND_PERSON, &binding, &err), &err);
    expect_status(try_bind(&hall, people[1].cert, YX_LOGIN_BIND_PERSON, &binding, &err), YX_REFUSED,
                  &err);
    for (size_t i = 0; i < 5; i++) {
        YX_CLEAN(answer) struct answer answer;
        char token[YX_TOKEN_TEXT];

        challenge_at(&hall, at, &answer);
        sign_bare(&people[i], &answer);
        if (i < 2)
            expect_ok(show(&hall, &answer, people[i].cert, at, token, &err), &err);
        else
            expect_refused(&hall, &answer, people[i].cert, at, "opens no account here");
        pki_person_free(&people[i]);
    }
    /* Nobody reads the number in the database. */
    assert_int_equal(count_of(&hall.world, "SELECT count(*) FROM login_certificate WHERE label LIKE"
                                           " '%1949%'"),
                     0);
    struct binding remove = {.hall = &hall, .wanted = {.account = NOWHERE}, .remove = binding.id};
    /* The last one that was made was refused: take that of the person. */
    expect_status(yx_store_write(hall.world.store, bind_work, &remove, &err), YX_REFUSED, &err);
    expect_rule(&err, YX_LOGIN_ACCOUNT);
}

static void a_key_is_proved_before_it_is_bound(struct database *database)
{
    YX_CLEAN(hall) struct hall hall;
    YX_CLEAN(answer) struct answer answer;
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
    yx_time at = now_in_seconds();
    struct yx_error err = {0};

    hall_open(database, YX_KEY_SM2, &hall);
    challenge_at(&hall, at, &answer);
    sign_bare(&hall.pki.maker, &answer);
    struct yx_login_proof proof = {.answer = {.challenge = yx_buf_bytes(&answer.challenge),
                                              .signature = yx_buf_bytes(&answer.signature),
                                              .certificate = yx_cert_der(hall.pki.holder.cert)},
                                   .now = at};
    expect_status(yx_login_prove_key(hall.world.login, &proof, &cert, &err), YX_REFUSED, &err);
    proof.answer.certificate = yx_cert_der(hall.pki.maker.cert);
    expect_ok(yx_login_prove_key(hall.world.login, &proof, &cert, &err), &err);
    assert_string_equal(yx_cert_serial(cert), yx_cert_serial(hall.pki.maker.cert));
    yx_cert_free(cert);
    cert = NULL;
    expect_status(yx_login_prove_key(hall.world.login, &proof, &cert, &err), YX_REFUSED, &err);
    assert_null(cert);
    assert_int_equal(count_of(&hall.world, "SELECT count(*) FROM login_session"), 0);
}

static const struct database_case cases[] = {
    {"every kind of key opens", every_kind_of_key_opens, false},
    {"messages open", messages_open, false},
    {"the text says what it is", the_text_says_what_it_is, false},
    {"a challenge is answered once", a_challenge_is_answered_once, false},
    {"challenges of others are refused", challenges_of_others_are_refused, false},
    {"signatures of others are refused", signatures_of_others_are_refused, false},
    {"certificates that are not good are refused", certificates_that_are_not_good_are_refused,
     false},
    {"unknown revocation is refused when the policy says",
     unknown_revocation_is_refused_when_the_policy_says, false},
    {"the state of the account counts", the_state_of_the_account_counts, false},
    {"TLS opens without a challenge", tls_opens_without_a_challenge, false},
    {"numbers open whoever issued", numbers_open_whoever_issued, false},
    {"a key is proved before it is bound", a_key_is_proved_before_it_is_bound, false},
};

int main(void)
{
    return database_main("login/prove", cases, sizeof cases / sizeof cases[0], true);
}
