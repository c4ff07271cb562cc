/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener/tls.c - TLS whose private key somebody else has: GnuTLS asks a struct yx_tls_signer for
 * the signature of each handshake.
 */
#include <stdlib.h>

#include "listener/room.h"

#define CHAIN_MAX 8

/* What GnuTLS calls a signature, and what we do. RSA in the manner of PKCS #1 is not among them:
 * what clients still ask for knows PSS. */
static const struct {
    gnutls_sign_algorithm_t theirs;
    yx_signature_algorithm ours;
} algorithms[] = {
    {GNUTLS_SIGN_ECDSA_SECP256R1_SHA256, YX_SIG_ECDSA_SHA256},
    {GNUTLS_SIGN_ECDSA_SECP384R1_SHA384, YX_SIG_ECDSA_SHA384},
    {GNUTLS_SIGN_ECDSA_SHA256, YX_SIG_ECDSA_SHA256},
    {GNUTLS_SIGN_ECDSA_SHA384, YX_SIG_ECDSA_SHA384},
    {GNUTLS_SIGN_ECDSA_SHA512, YX_SIG_ECDSA_SHA512},
    {GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, YX_SIG_RSA_PSS_SHA256},
    {GNUTLS_SIGN_RSA_PSS_RSAE_SHA384, YX_SIG_RSA_PSS_SHA384},
    {GNUTLS_SIGN_RSA_PSS_RSAE_SHA512, YX_SIG_RSA_PSS_SHA512},
    {GNUTLS_SIGN_EDDSA_ED25519, YX_SIG_ED25519},
};

struct yx_tls {
    struct yx_mhd mhd;
    struct yx_tls_signer signer;
    yx_key_type type;
    unsigned bits;
    gnutls_privkey_t key;
    gnutls_pcert_st chain[CHAIN_MAX];
    unsigned count;
};

/* GnuTLS hands the function below nothing of ours: one identity serves the whole process. */
static _Atomic(struct yx_tls *) identity;

static yx_signature_algorithm find(const struct yx_tls *tls, gnutls_sign_algorithm_t theirs)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (algorithms[i].theirs == theirs)
            return yx_signature_fits(algorithms[i].ours, tls->type) ? algorithms[i].ours
                                                                    : YX_SIG_NONE;
    return YX_SIG_NONE;
}

/* GnuTLS brings the message for Ed25519, and else the digest. */
static int sign(gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm, void *self, unsigned flags,
                const gnutls_datum_t *message, gnutls_datum_t *signature)
{
    const struct yx_tls *tls = self;
    yx_signature_algorithm ours = find(tls, algorithm);
    struct yx_buf value = {0};

    (void)key, (void)flags;
    if (ours == YX_SIG_NONE ||
        tls->signer.sign(tls->signer.self, ours, YX_BYTES(message->data, message->size), &value,
                         NULL) != YX_OK)
        return GNUTLS_E_PK_SIGN_FAILED;
    /* GnuTLS releases it as its own: with free, unless somebody told it otherwise. */
    *signature = (gnutls_datum_t){value.data, (unsigned)value.len};
    return 0;
}

static int tell(gnutls_privkey_t key, unsigned what, void *self)
{
    static const int types[] = {[YX_KEY_P256] = GNUTLS_PK_ECDSA,
                                [YX_KEY_P384] = GNUTLS_PK_ECDSA,
                                [YX_KEY_RSA] = GNUTLS_PK_RSA,
                                [YX_KEY_ED25519] = GNUTLS_PK_EDDSA_ED25519};
    const struct yx_tls *tls = self;

    (void)key;
    if ((what & GNUTLS_PRIVKEY_INFO_PK_ALGO) != 0)
        return types[tls->type];
    if ((what & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS) != 0)
        return (int)tls->bits;
    if ((what & GNUTLS_PRIVKEY_INFO_HAVE_SIGN_ALGO) != 0)
        return find(tls, GNUTLS_FLAGS_TO_SIGN_ALGO(what)) != YX_SIG_NONE;
    return -1;
}

int yx_tls_identity(gnutls_session_t session, const gnutls_datum_t *authorities, int count,
                    const gnutls_pk_algorithm_t *types, int type_count, gnutls_pcert_st **chain,
                    unsigned *chain_count, gnutls_privkey_t *key)
{
    struct yx_tls *tls = atomic_load(&identity);

    (void)session, (void)authorities, (void)count, (void)types, (void)type_count;
    if (tls == NULL)
        return -1;
    *chain = tls->chain;
    *chain_count = tls->count;
    *key = tls->key;
    return 0;
}

yx_status yx_tls_new(struct yx_bytes certificate, const struct yx_tls_signer *signer,
                     const struct yx_public_key *key, struct yx_tls **out, struct yx_error *err)
{
    YX_CLEAN(yx_tls) struct yx_tls *tls = calloc(1, sizeof *tls);
    struct yx_tls *none = NULL; /* the one that there is, when it fails */
    const gnutls_datum_t pem = {(unsigned char *)(uintptr_t)certificate.data,
                                (unsigned)certificate.len};
    unsigned count = CHAIN_MAX;

    if (tls == NULL)
        return yx_fail_memory(err);
    YX_TRY(yx_mhd_open(&tls->mhd, err));
    tls->signer = *signer;
    tls->type = yx_public_key_type(key);
    tls->bits = yx_public_key_bits(key);
    YX_REQUIRE(tls->mhd.read_chain(tls->chain, &count, &pem, GNUTLS_X509_FMT_PEM, 0) == 0, err,
               YX_DAMAGED, "", N_("the certificate for TLS cannot be read"));
    tls->count = count;
    YX_REQUIRE(tls->mhd.key_new(&tls->key) == 0 &&
                   tls->mhd.key_by(tls->key, tls, sign, sign, NULL, NULL, tell, 0) == 0,
               err, YX_USAGE, "", N_("the key for TLS is of a type that TLS does not have"));
    YX_REQUIRE(atomic_compare_exchange_strong(&identity, &none, tls), err, YX_USAGE, "",
               N_("one process has one key for TLS"));
    *out = tls;
    tls = NULL;
    return YX_OK;
}

void yx_tls_free(struct yx_tls *tls)
{
    struct yx_tls *known = tls;

    if (tls == NULL)
        return;
    (void)atomic_compare_exchange_strong(&identity, &known, NULL);
    for (unsigned i = 0; i < tls->count; i++)
        tls->mhd.chain_free(&tls->chain[i]);
    if (tls->key != NULL)
        tls->mhd.key_free(tls->key);
    free(tls);
}
