/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper/keeper.h - the door to keeper/: the process that holds private keys, and who asks it.
 *
 * The keeper trusts nobody. It signs with a key only for the purposes that the key is for, only
 * bytes that are of that purpose (an OCSP key signs nothing that could pass for a certificate),
 * and, where a signature binds somebody, only what a leaf of the audit list allows: its details
 * have
 *
 *   "signs": {"key": "ca/root", "purpose": "certificate", "digest": SM3 of the bytes, in hex}
 *
 * Every such signature stands in the journal, on the disk, before it leaves. The journal is out of
 * reach of those who ask: who owns web and the database can have things signed, but not without
 * being found out.
 *
 *   DIR/keys/audit.key    SM2, signs checkpoints of the audit list
 *   DIR/keys/tls.key      P-256, for TLS; DIR/tls.pem is its certificate
 *   DIR/keys/session.key  32 random octets, from which secrets of the service are derived; kept as
 *                         the seed of an Ed25519 key, which is a file format for so many
 *   DIR/keys/secret       the passphrase of all of them, unless one is given
 *   DIR/keys/keys.conf    further keys:  key NAME { place = "..." purposes = {"document"} }
 *   DIR/keys/journal/     what was signed (journal.c)
 *   DIR/ca/NAME/          an authority: its keys are "ca/NAME", "ca/NAME/ocsp", "ca/NAME/tsa" and
 *                         "ca/NAME/cmp"
 */
#ifndef KEEPER_KEEPER_H
#define KEEPER_KEEPER_H

#include "crypto/crypto.h"
#include "ipc/ipc.h"

/* --- Purposes (purpose.c) --------------------------------------------------------------------- */

enum yx_purpose {
    YX_PURPOSE_CERTIFICATE,
    YX_PURPOSE_CRL,
    YX_PURPOSE_OCSP,
    YX_PURPOSE_TIMESTAMP,
    YX_PURPOSE_CMP,
    YX_PURPOSE_CHECKPOINT,
    YX_PURPOSE_TLS,
    YX_PURPOSE_PROOF,
    YX_PURPOSE_SEAL,
    YX_PURPOSE_DOCUMENT,
    YX_PURPOSES
};
/* "certificate" */
const char *yx_purpose_name(enum yx_purpose purpose);
/* YX_PURPOSES when there is none of that name. */
enum yx_purpose yx_purpose_find(const char *name);
/* Must a leaf of the audit list allow it? */
bool yx_purpose_binds(enum yx_purpose purpose);

/* --- The process (process.c) --------------------------------------------------------------------
 */

/*
 * Makes the keys that are not there yet, and tls.pem; then serves through `door` until SIGTERM,
 * SIGHUP, or the end of `line`. `confine` is called when everything that needs more rights is done;
 * `places`: the files that keys are in, `tokens`: is one on a token, whose library may need more
 * than we know? NULL: not at all, for tests.
 */
struct yx_keeper_process {
    const char *folder;                    /* DIR */
    const char *tls_key, *tls_certificate; /* paths */
    int line, door;                        /* its own from now on */
    yx_status (*confine)(void *self, const char *const *places, size_t count, bool tokens,
                         struct yx_error *err);
    void *self;
};
yx_status yx_keeper_run(const struct yx_keeper_process *process, struct yx_error *err);

/* Appends the passphrase: of systemd's credential `passphrase`, of YINXIN_PASSPHRASE, or of
 * keys/secret. YX_NO_INPUT when none of them is there. */
yx_status yx_keeper_known_passphrase(const char *folder, struct yx_buf *out, struct yx_error *err);
/* The same, and makes keys/secret when there is no key yet. */
yx_status yx_keeper_passphrase(const char *folder, struct yx_buf *out, struct yx_error *err);

/* --- Who asks (client.c)
 * -------------------------------------------------------------------------- */

/* For any number of threads. */
struct yx_keeper;
/* `line` must outlive it. */
yx_status yx_keeper_new(struct yx_ipc_line *line, struct yx_keeper **out, struct yx_error *err);
void yx_keeper_free(struct yx_keeper *keeper);
YX_DEFINE_CLEAN(yx_keeper, struct yx_keeper *, yx_keeper_free);

/* Does it answer within so many seconds? */
yx_status yx_keeper_answers(struct yx_keeper *keeper, unsigned seconds, struct yx_error *err);

/* A key by its name; the keeper must outlive it. YX_NO_INPUT: it has none of that name. */
struct yx_keeper_key;
yx_status yx_keeper_key(struct yx_keeper *keeper, const char *name, struct yx_keeper_key **out,
                        struct yx_error *err);
void yx_keeper_key_free(struct yx_keeper_key *key);
YX_DEFINE_CLEAN(yx_keeper_key, struct yx_keeper_key *, yx_keeper_key_free);
const struct yx_public_key *yx_keeper_key_public(const struct yx_keeper_key *key);
/*
 * A signer, as long as the key lives. What is signed by its `sign` is for the purpose that the
 * bytes themselves tell, of those that need no leaf; its `sign_recorded` is for what a leaf allows.
 */
struct yx_signer yx_keeper_signer(struct yx_keeper_key *key);
/* Signs a handshake of TLS: for Ed25519 the message, else its digest. `self` is the key; fits
 * struct yx_tls_signer of listener/. */
yx_status yx_keeper_sign_tls(void *self, yx_signature_algorithm algorithm, struct yx_bytes message,
                             struct yx_buf *signature, struct yx_error *err);
/* 32 octets for a label, always the same for one data folder: HMAC-SM3 with a key out of
 * session.key. */
#define YX_KEEPER_SECRET 32
yx_status yx_keeper_secret(struct yx_keeper *keeper, const char *label,
                           uint8_t out[YX_KEEPER_SECRET], struct yx_error *err);

/* --- The journal (journal.c)
 * ------------------------------------------------------------------------ */

/* Keeps services from running on the folder while *out is open, which is the caller's whatever is
 * returned (-1: none). YX_REFUSED when one runs. */
yx_status yx_keeper_claim(const char *folder, int *out, struct yx_error *err);

/* A signature as it stands in the journal; texts and bytes live until the call ends. */
struct yx_journal_entry {
    int64_t number; /* from 1, without gaps */
    yx_time at;
    const char *key, *purpose;
    uint8_t digest[32]; /* SM3 of what was signed */
    uint8_t leaf[32];   /* hash of the leaf that allowed it: the audit list must have it */
};
typedef yx_status (*yx_journal_each)(void *self, const struct yx_journal_entry *entry,
                                     struct yx_error *err);
/* All entries of DIR/keys/journal, from the first; none when there is no journal yet. YX_DAMAGED
 * names the first file and line that does not follow from the one before. A last line that was
 * never finished is passed over: its signature never left. */
yx_status yx_keeper_journal(const char *folder, yx_journal_each each, void *self,
                            struct yx_error *err);

#endif
