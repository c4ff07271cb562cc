/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skf/key.c - an opened signing key in a container: made to sign, and found again when the
 * device was pulled out and is back.
 */
#include <stdlib.h>
#include <unistd.h>

#include "skf/room.h"

/* Everything that is needed to find the key once more. */
struct opened {
    char *place;
    char *module; /* of the setup; NULL: the place has it */
    struct yx_buf pin;
    pid_t process; /* that the session belongs to */
    struct yx_skf_session session;
};

void yx_skf_close_key(void *inside)
{
    struct opened *opened = inside;

    if (opened == NULL)
        return;
    /* The handles of a parent process are not ours to close. */
    if (opened->process == getpid())
        yx_skf_session_close(&opened->session);
    yx_buf_free(&opened->pin);
    free(opened->place);
    free(opened->module);
    free(opened);
}

struct opened_key {
    struct opened *inside;
};
static void opened_key_free(const struct opened_key *key)
{
    yx_skf_close_key(key->inside);
}
YX_DEFINE_CLEAN_VALUE(opened_key, struct opened_key, opened_key_free);

/* Device, container and PIN, from the beginning. A PIN that was refused is not tried again. */
static yx_status connect_key(const struct yx_token_setup *setup, const struct yx_token_place *place,
                             struct opened *opened, struct yx_error *err)
{
    yx_status status;

    YX_TRY(yx_skf_open_one(setup, place, YX_SKF_CONTAINER, &opened->session, err));
    opened->process = getpid();
    status = yx_skf_login(setup, place, &opened->session, &opened->pin, err);
    if (status == YX_REFUSED)
        yx_buf_free(&opened->pin);
    return status;
}

/* --- Opening ------------------------------------------------------------------------------ */

/* The place by the names that were found, with where the PIN comes from: a place that fitted one
 * key today may fit two tomorrow. */
static yx_status keep_place(const struct yx_token_setup *setup, const struct yx_token_place *place,
                            struct opened *opened, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};

    YX_TRY(yx_skf_place(place, &opened->session.target, NULL, &text, err));
    opened->place = strdup((const char *)text.data);
    opened->module = setup->skf_module != NULL ? strdup(setup->skf_module) : NULL;
    if (opened->place == NULL || (setup->skf_module != NULL && opened->module == NULL))
        return yx_fail_memory(err);
    return YX_OK;
}

static yx_status collect_cert(const struct opened *opened, struct yx_token_opened *out,
                              struct yx_error *err)
{
    struct yx_cert *cert = NULL;

    /* A certificate that cannot be read is none; the key signs without. */
    if (yx_skf_cert(&opened->session, true, &cert, NULL) != YX_OK || cert == NULL)
        return YX_OK;
    if (!yx_bytes_equal(yx_public_key_spki(yx_cert_public_key(cert)),
                        yx_public_key_spki(out->public_key))) {
        yx_cert_free(cert);
        return YX_OK;
    }
    return yx_token_opened_take_cert(out, cert, err);
}

yx_status yx_skf_open_key(const struct yx_token_setup *setup, const struct yx_token_place *place,
                          struct yx_token_opened *out, struct yx_error *err)
{
    YX_CLEAN(opened_key) struct opened_key key = {calloc(1, sizeof *key.inside)};
    bool sign;

    if (key.inside == NULL)
        return yx_fail_memory(err);
    YX_TRY(yx_token_place_usage(place, &sign, err));
    YX_REQUIRE(sign, err, YX_REFUSED, "GM/T 0034, two key pairs",
               N_("the key to encrypt with does not sign; leave out usage=encrypt"));
    YX_TRY(connect_key(setup, place, key.inside, err));
    YX_TRY(keep_place(setup, place, key.inside, err));
    YX_TRY(yx_skf_public_key(&key.inside->session, true, &out->public_key, err));
    YX_TRY(collect_cert(key.inside, out, err));
    (void)yx_skf_tries(&key.inside->session, SKF_PIN_USER, &out->pin_initial);
    out->inside = key.inside;
    key.inside = NULL;
    return YX_OK;
}

/* The one who answers to the same place must have the same key. */
static yx_status connect_again(struct opened *opened, const struct yx_public_key *public_key,
                               struct yx_error *err)
{
    const struct yx_token_setup setup = {.skf_module = opened->module};
    YX_CLEAN(yx_public_key) struct yx_public_key *found = NULL;
    struct yx_token_place place;
    yx_status status;

    if (opened->process == getpid())
        yx_skf_session_close(&opened->session);
    opened->session = (struct yx_skf_session){0};
    YX_REQUIRE(opened->pin.len > 0, err, YX_REFUSED, "",
               N_("the token was connected anew, and nobody knows its PIN any more"));
    YX_TRY(yx_token_place_parse(&yx_token_skf, opened->place, &place, err));
    status = connect_key(&setup, &place, opened, err);
    if (status == YX_NO_INPUT) /* it is not there, for now */
        return yx_token_fail_removed(err, opened->place);
    YX_TRY(status);
    YX_TRY(yx_skf_public_key(&opened->session, true, &found, err));
    YX_REQUIRE(yx_bytes_equal(yx_public_key_spki(found), yx_public_key_spki(public_key)), err,
               YX_REFUSED, "", N_("the key on the token {1} is another than it was"),
               opened->session.target.application);
    return YX_OK;
}

/* --- Signing ------------------------------------------------------------------------------ */

static ULONG sign_digest(const struct opened *opened, uint8_t digest[32], ECCSIGNATUREBLOB *out)
{
    memset(out, 0, sizeof *out);
    if (opened->session.container == NULL || opened->process != getpid())
        return SAR_INVALIDHANDLEERR;
    return opened->session.skf.ECCSignData(opened->session.container, digest, 32, out);
}

yx_status yx_skf_sign(void *inside, const struct yx_public_key *public_key,
                      yx_signature_algorithm algorithm, struct yx_bytes message,
                      struct yx_buf *signature, struct yx_error *err)
{
    struct opened *opened = inside;
    ECCSIGNATUREBLOB blob;
    uint8_t digest[32];
    ULONG code;

    (void)algorithm; /* SM2 keys have but one */
    YX_TRY(yx_sm2_digest(public_key, message, digest, err));
    code = sign_digest(opened, digest, &blob);
    if (yx_skf_is_gone(code) || code == SAR_USER_NOT_LOGGED_IN) {
        YX_TRY(connect_again(opened, public_key, err));
        code = sign_digest(opened, digest, &blob);
    }
    YX_TRY(yx_skf_check(code, "GM/T 0016, SKF_ECCSignData", opened->session.target.application, -1,
                        err));
    return yx_skf_take_signature(public_key, digest, YX_BYTES(&blob, sizeof blob), signature, err);
}
