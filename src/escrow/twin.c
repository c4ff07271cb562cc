/* SPDX-License-Identifier: Apache-2.0 */
/*
 * escrow/twin.c - both certificates of a holder in one operation: the encryption key is made, kept
 * in shares, certified, and closed for the holder's signing key.
 */
#include "escrow/room.h"

/* A key on its way into the store. */
struct keeping {
    struct yx_escrow *escrow;
    struct yx_private_key *key;
    uint8_t key_id[YX_ESCROW_KEY_ID];
    struct yx_buf sealed;
    struct yx_buf envelopes[YX_ESCROW_ADMINS_MAX];
    uint8_t digests[YX_ESCROW_ADMINS_MAX][32]; /* of the shares */
    struct yx_buf holder;                      /* the subject, with a NUL */
    yx_time at;
    yx_ca_actor actor;
    struct yx_bytes request; /* digest of one that may come again; empty */
    int64_t row;
    const char *serial, *signing; /* of its certificate and of the one beside it, once issued */
    struct yx_bytes envelope, sm2_envelope;
};

static void keeping_free(struct keeping *keeping)
{
    yx_private_key_free(keeping->key);
    yx_buf_free(&keeping->sealed);
    for (size_t i = 0; i < YX_ESCROW_ADMINS_MAX; i++)
        yx_buf_free(&keeping->envelopes[i]);
    yx_buf_free(&keeping->holder);
}
YX_DEFINE_CLEAN_VALUE(keeping, struct keeping, keeping_free);

void yx_escrow_twin_free(struct yx_escrow_twin *twin)
{
    yx_buf_free(&twin->signing);
    yx_buf_free(&twin->encryption);
    yx_buf_free(&twin->envelope);
    yx_buf_free(&twin->sm2_envelope);
}

/* --- Shares ---------------------------------------------------------------------------------- */

static yx_status close_share(struct keeping *keeping, size_t i,
                             const uint8_t point[YX_ESCROW_SECRET], struct yx_error *err)
{
    const struct yx_escrow_admin *admin = &keeping->escrow->admins[i];
    uint8_t share[YX_ESCROW_SHARE];
    yx_status status;

    yx_escrow_share_write(keeping->key_id, admin->number, point, share);
    status = yx_digest(YX_DIGEST_SM3, YX_BYTES(share, sizeof share), keeping->digests[i], err);
    if (status == YX_OK)
        status = yx_envelope_make(admin->cert, YX_BYTES(share, sizeof share),
                                  &keeping->envelopes[i], err);
    yx_wipe(share, sizeof share);
    return status;
}

static yx_status close_shares(struct keeping *keeping, const uint8_t secret[YX_ESCROW_SECRET],
                              struct yx_error *err)
{
    uint8_t points[YX_ESCROW_ADMINS_MAX][YX_ESCROW_SECRET];
    yx_status status = yx_escrow_split(secret, keeping->escrow->admin_count, points, err);

    for (size_t i = 0; status == YX_OK && i < keeping->escrow->admin_count; i++)
        status = close_share(keeping, i, points[i], err);
    yx_wipe(points, sizeof points);
    return status;
}

static yx_status close_key(struct keeping *keeping, struct yx_error *err)
{
    uint8_t secret[YX_ESCROW_SECRET];
    yx_status status = yx_random(secret, sizeof secret, err);

    if (status == YX_OK)
        status = yx_escrow_seal(keeping->key, secret, &keeping->sealed, err);
    if (status == YX_OK)
        status = close_shares(keeping, secret, err);
    yx_wipe(secret, sizeof secret);
    return status;
}

/* --- Rows ------------------------------------------------------------------------------------ */

static yx_status take_id(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}

static yx_status put_share(const struct keeping *keeping, size_t i, struct yx_tx *tx,
                           struct yx_error *err)
{
    const struct yx_value row[] = {
        yx_value_integer(keeping->row),
        yx_value_integer(keeping->escrow->admins[i].number),
        yx_value_blob(YX_BYTES(keeping->digests[i], 32)),
        yx_value_blob(yx_buf_bytes(&keeping->envelopes[i])),
    };

    return yx_tx_run(tx,
                     "INSERT INTO escrow_share (escrow_key, number, digest, envelope)"
                     " VALUES ($1, $2, $3, $4)",
                     row, 4, NULL, err);
}

static yx_status put_key(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct keeping *keeping = self;
    const struct yx_value row[] = {
        yx_value_blob(YX_BYTES(keeping->key_id, sizeof keeping->key_id)),
        yx_value_blob(yx_public_key_spki(yx_private_key_public(keeping->key))),
        yx_value_blob(yx_buf_bytes(&keeping->sealed)),
        yx_value_text((const char *)keeping->holder.data),
        yx_value_integer(keeping->at),
        keeping->request.len == 0 ? yx_value_null() : yx_value_blob(keeping->request),
    };

    YX_TRY(yx_tx_query(tx,
                       "INSERT INTO escrow_key (key_id, spki, sealed, holder, kept_at, request)"
                       " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
                       row, 6, take_id, &keeping->row, err));
    for (size_t i = 0; i < keeping->escrow->admin_count; i++)
        YX_TRY(put_share(keeping, i, tx, err));
    return yx_escrow_log(tx, keeping->actor, keeping->at, "escrow.key.keep", "key",
                         YX_BYTES(keeping->key_id, sizeof keeping->key_id), NULL, err);
}

/* A request that was given up meanwhile, by the same one that came again, has no row any more. */
static yx_status put_serial(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct keeping *keeping = self;
    bool again = keeping->request.len > 0;
    const struct yx_value row[] = {
        yx_value_integer(keeping->row),
        yx_value_text(keeping->serial),
        yx_value_text(keeping->signing),
        again ? yx_value_blob(keeping->envelope) : yx_value_null(),
        again ? yx_value_blob(keeping->sm2_envelope) : yx_value_null(),
        yx_value_integer(again),
    };
    char details[96];
    int64_t changed;

    YX_TRY(yx_tx_run(tx,
                     "UPDATE escrow_key SET serial = $2, signing = $3, envelope = $4,"
                     " sm2_envelope = $5 WHERE id = $1 AND ($6 = 0 OR request IS NOT NULL)",
                     row, 6, &changed, err));
    YX_REQUIRE(changed == 1, err, YX_REFUSED, "RFC 9110 9.2.2, the same request",
               N_("the same request came again meanwhile, and is answered there"));
    (void)snprintf(details, sizeof details, "{\"serial\":\"%s\"}", keeping->serial);
    return yx_escrow_log(tx, keeping->actor, keeping->at, "escrow.key.hand-over", "key",
                         YX_BYTES(keeping->key_id, sizeof keeping->key_id), details, err);
}

/* --- Both certificates -------------------------------------------------------------------------
 */

struct pair {
    struct yx_ca *ca;
    const struct yx_ca_issue_request *request;
    const struct yx_ca_profile *twin;
    uint8_t digest[YX_ESCROW_REQUEST];    /* with a request_id */
    struct yx_escrow_old old;             /* the twin of the one that is replaced */
    struct yx_cert *signing, *encryption; /* NULL while not issued */
};

static void pair_free(struct pair *pair)
{
    yx_cert_free(pair->old.cert);
    yx_cert_free(pair->signing);
    yx_cert_free(pair->encryption);
}
YX_DEFINE_CLEAN_VALUE(pair, struct pair, pair_free);

static yx_status check_request(struct pair *pair, struct yx_public_key **theirs,
                               struct yx_error *err)
{
    const struct yx_ca_issue_request *request = pair->request;
    const char *twin = request->profile->twin;

    YX_REQUIRE(twin != NULL, err, YX_REFUSED, "GB/T 20518, two certificates of a holder",
               N_("the profile {1} has no encryption certificate beside it"),
               request->profile->name);
    pair->twin = yx_ca_profile_find(pair->ca, twin);
    YX_REQUIRE(pair->twin != NULL, err, YX_DAMAGED, "", N_("there is no profile {1}"), twin);
    YX_TRY(yx_public_key_from_spki(request->spki, theirs, err));
    return yx_escrow_check_recipient(*theirs, request->profile->name, err);
}

static yx_status prepare(struct keeping *keeping, const struct pair *pair,
                         const struct yx_public_key *theirs, struct yx_error *err)
{
    YX_TRY(yx_name_from_der(pair->request->subject, &keeping->holder, err));
    if (yx_buf_append(&keeping->holder, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_private_key_generate(yx_public_key_type(theirs), yx_public_key_bits(theirs),
                                   &keeping->key, err));
    YX_TRY(yx_escrow_key_id(yx_private_key_public(keeping->key), keeping->key_id, err));
    YX_TRY(close_key(keeping, err));
    return yx_store_write(keeping->escrow->store, put_key, keeping, err);
}

static yx_status issue(struct pair *pair, const struct yx_ca_issue_request *request,
                       struct yx_cert **made, struct yx_buf *der, struct yx_error *err)
{
    YX_TRY(yx_ca_issue(pair->ca, request, der, err));
    return yx_cert_from_der(yx_buf_bytes(der), made, err);
}

/* The other one of the pair: its own key and profile, and what it replaces. The further names stand
 * in the certificate for signing. */
static struct yx_ca_issue_request twin_of(const struct keeping *keeping, const struct pair *pair,
                                          const struct yx_buf *name)
{
    struct yx_ca_issue_request request = *pair->request;

    request.profile = pair->twin;
    request.spki = yx_public_key_spki(yx_private_key_public(keeping->key));
    request.alt_names = NULL;
    request.alt_name_count = 0;
    request.request_id = name->len == 0 ? NULL : (const char *)name->data;
    request.replaces = pair->old.replaceable ? pair->old.serial : NULL;
    request.revoke_replaced = request.replaces != NULL && request.revoke_replaced;
    if (request.like != NULL)
        request.like = pair->old.cert;
    return request;
}

static yx_status issue_both(struct keeping *keeping, struct pair *pair, struct yx_escrow_twin *out,
                            struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    struct yx_ca_issue_request encryption;

    if (pair->request->request_id != NULL)
        YX_TRY(yx_escrow_request_name(pair->request, keeping->key_id, &name, err));
    encryption = twin_of(keeping, pair, &name);
    YX_TRY(issue(pair, pair->request, &pair->signing, &out->signing, err));
    YX_TRY(issue(pair, &encryption, &pair->encryption, &out->encryption, err));
    YX_TRY(yx_escrow_deliver(pair->signing, keeping->key, &out->envelope, &out->sm2_envelope, err));
    keeping->serial = yx_cert_serial(pair->encryption);
    keeping->signing = yx_cert_serial(pair->signing);
    keeping->envelope = yx_buf_bytes(&out->envelope);
    keeping->sm2_envelope = yx_buf_bytes(&out->sm2_envelope);
    return yx_store_write(keeping->escrow->store, put_serial, keeping, err);
}

/* One without the other is of no use. What cannot be revoked either stands in the list of the
 * authority; the error that is told is the one that came first. */
static void take_back(struct pair *pair, const struct yx_cert *made)
{
    const struct yx_ca_revoke_request revocation = {
        .serial = made == NULL ? "" : yx_cert_serial(made),
        .reason = 5, /* cessationOfOperation */
        .invalid_since = YX_TIME_NONE,
        .now = pair->request->now,
        .actor = pair->request->actor,
    };

    if (made != NULL)
        (void)yx_ca_revoke(pair->ca, &revocation, NULL);
}

static yx_status make_pair(struct keeping *keeping, struct pair *pair,
                           const struct yx_public_key *theirs, struct yx_escrow_twin *out,
                           struct yx_error *err)
{
    yx_status status;

    if (pair->request->replaces != NULL)
        YX_TRY(yx_escrow_find_old(keeping->escrow, pair->ca, pair->request, &pair->old, err));
    YX_TRY(prepare(keeping, pair, theirs, err));
    status = issue_both(keeping, pair, out, err);
    if (status == YX_OK)
        return YX_OK;
    take_back(pair, pair->encryption);
    if (pair->request->request_id == NULL) /* else it is there for the same request */
        take_back(pair, pair->signing);
    return status;
}

yx_status yx_escrow_issue_twin(struct yx_escrow *escrow, struct yx_ca *ca,
                               const struct yx_ca_issue_request *request,
                               struct yx_escrow_twin *out, struct yx_error *err)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *theirs = NULL;
    YX_CLEAN(yx_escrow_twin) struct yx_escrow_twin made = {0};
    YX_CLEAN(pair) struct pair pair = {.ca = ca, .request = request};
    YX_CLEAN(keeping) struct keeping keeping = {
        .escrow = escrow,
        .at = request->now == 0 ? yx_now() : request->now,
        .actor = request->actor,
    };
    bool again = false;

    YX_TRY(check_request(&pair, &theirs, err));
    if (request->request_id != NULL) {
        YX_TRY(yx_escrow_request_digest(ca, request, pair.digest, err));
        YX_TRY(yx_escrow_find_again(escrow, ca, request, pair.digest, &again, &made, err));
        keeping.request = YX_BYTES(pair.digest, sizeof pair.digest);
    }
    if (!again)
        YX_TRY(make_pair(&keeping, &pair, theirs, &made, err));
    *out = made;
    made = (struct yx_escrow_twin){0};
    return YX_OK;
}

/* --- Renewal -----------------------------------------------------------------------------------
 */

struct renewal {
    struct yx_escrow *escrow;
    struct yx_ca *ca;
    struct yx_escrow_twin *out;
};

static yx_status issue_pair(void *self, const struct yx_ca_issue_request *request,
                            struct yx_error *err)
{
    const struct renewal *renewal = self;

    return yx_escrow_issue_twin(renewal->escrow, renewal->ca, request, renewal->out, err);
}

yx_status yx_escrow_renew_twin(struct yx_escrow *escrow, struct yx_ca *ca,
                               const struct yx_ca_renew_request *request,
                               struct yx_escrow_twin *out, struct yx_error *err)
{
    struct renewal renewal = {escrow, ca, out};

    return yx_ca_renew_by(ca, request, issue_pair, &renewal, err);
}
