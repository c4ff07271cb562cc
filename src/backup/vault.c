/* SPDX-License-Identifier: Apache-2.0 */
/* backup/vault.c - bytes encrypted in chunks that have their places; backup.h shows the form. */
#include <stdlib.h>

#include "backup/room.h"

static const uint8_t magic[8] = {'Y', 'X', 'B', 'A', 'C', 'K', 'U', 'P'};
#define VERSION 1
#define CHUNK 65536u
#define SEALED (CHUNK + YX_GCM_TAG)
#define FIXED 12 /* octets of the beginning before the lock */
#define SALT 32
#define CHECK 32
#define SECRET (YX_GCM_KEY + CHECK)
#define LOCK_MAX 8192u
#define PASSPHRASE_MAX 1024u
/* 128 MiB, and about half a second for every guess. */
#define LOG_N 17
#define R 8
#define P 1

enum { BY_PASSPHRASE = 1, BY_RECIPIENT = 2 };

struct yx_vault {
    struct yx_sink *sink; /* or */
    const struct yx_source *file;
    uint64_t begin, at; /* of the file: the first chunk, the next one */
    uint8_t key[YX_GCM_KEY];
    uint8_t bound[32]; /* SM3 of the beginning */
    uint64_t index;    /* of the next chunk */
    struct yx_buf plain;
    size_t used; /* reading: of it */
    bool ended;  /* reading: this is the last chunk */
};

yx_status yx_backup_fail_damaged(struct yx_error *err)
{
    return yx_fail(err, YX_DAMAGED, "", N_("this is no backup, or it is damaged or cut off"));
}

void yx_vault_free(struct yx_vault *vault)
{
    if (vault == NULL)
        return;
    yx_buf_free(&vault->plain);
    yx_wipe(vault, sizeof *vault);
    free(vault);
}

struct secret {
    uint8_t octets[SECRET];
};
static void secret_wipe(struct secret *secret)
{
    yx_wipe(secret, sizeof *secret);
}
YX_DEFINE_CLEAN_VALUE(secret, struct secret, secret_wipe);

/* --- Locks --------------------------------------------------------------------------------- */

static yx_status lock_passphrase(struct yx_bytes passphrase, struct yx_buf *lock,
                                 struct secret *secret, struct yx_error *err)
{
    static const struct yx_scrypt_cost cost = {LOG_N, R, P};
    uint8_t octets[SALT + 3] = {[SALT] = LOG_N, R, P};

    YX_REQUIRE(passphrase.len > 0 && passphrase.len <= PASSPHRASE_MAX, err, YX_USAGE, "",
               N_("a passphrase has 1 to {1} bytes"), YX_NUM(PASSPHRASE_MAX));
    YX_TRY(yx_random(octets, SALT, err));
    YX_TRY(yx_scrypt(passphrase, YX_BYTES(octets, SALT), &cost, secret->octets, SECRET, err));
    return yx_buf_append(lock, YX_BYTES(octets, sizeof octets)) == YX_OK ? YX_OK
                                                                         : yx_fail_memory(err);
}

static yx_status lock_recipient(const struct yx_cert *recipient, struct yx_buf *lock,
                                struct secret *secret, struct yx_error *err)
{
    uint8_t digest[32];

    YX_TRY(yx_random(secret->octets, SECRET, err));
    YX_TRY(
        yx_digest(YX_DIGEST_SM3, yx_public_key_spki(yx_cert_public_key(recipient)), digest, err));
    if (yx_buf_append(lock, YX_BYTES(digest, sizeof digest)) != YX_OK)
        return yx_fail_memory(err);
    return yx_envelope_make(recipient, YX_BYTES(secret->octets, SECRET), lock, err);
}

static yx_status unlock_passphrase(struct yx_bytes lock, const struct yx_backup_key *key,
                                   struct secret *secret, struct yx_error *err)
{
    YX_REQUIRE(key->passphrase.len > 0, err, YX_REFUSED, "",
               N_("this backup is encrypted under a passphrase"));
    if (lock.len != SALT + 3)
        return yx_backup_fail_damaged(err);
    const struct yx_scrypt_cost cost = {lock.data[SALT], lock.data[SALT + 1], lock.data[SALT + 2]};

    return yx_scrypt(key->passphrase, YX_BYTES(lock.data, SALT), &cost, secret->octets, SECRET,
                     err);
}

static yx_status unlock_recipient(struct yx_bytes lock, const struct yx_backup_key *key,
                                  struct secret *secret, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf opened = {0};
    uint8_t digest[32];

    YX_REQUIRE(key->cert != NULL, err, YX_REFUSED, "",
               N_("this backup is encrypted for the holder of a certificate"));
    YX_TRY(
        yx_digest(YX_DIGEST_SM3, yx_public_key_spki(yx_cert_public_key(key->cert)), digest, err));
    if (lock.len < sizeof digest)
        return yx_backup_fail_damaged(err);
    YX_REQUIRE(memcmp(lock.data, digest, sizeof digest) == 0, err, YX_REFUSED, "",
               N_("this backup is encrypted for the holder of another certificate"));
    YX_TRY(yx_envelope_open(YX_BYTES(lock.data + sizeof digest, lock.len - sizeof digest),
                            key->cert, key->private_key, &opened, err));
    if (opened.len != SECRET)
        return yx_backup_fail_damaged(err);
    memcpy(secret->octets, opened.data, SECRET);
    return YX_OK;
}

/* --- Chunks -------------------------------------------------------------------------------- */

static void nonce_of(const struct yx_vault *vault, bool last, uint8_t out[YX_GCM_NONCE])
{
    memset(out, 0, YX_GCM_NONCE);
    for (unsigned i = 0; i < 8; i++)
        out[3 + i] = (uint8_t)(vault->index >> (56 - 8 * i));
    out[11] = last;
}

static yx_status write_chunk(struct yx_vault *vault, bool last, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf sealed = {0};
    uint8_t nonce[YX_GCM_NONCE];

    nonce_of(vault, last, nonce);
    YX_TRY(yx_gcm_seal(vault->key, nonce, YX_BYTES(vault->bound, sizeof vault->bound),
                       yx_buf_bytes(&vault->plain), &sealed, err));
    vault->index++;
    vault->plain.len = 0;
    return yx_sink_write(vault->sink, yx_buf_bytes(&sealed), err);
}

/* A chunk that is followed by another is never the last one: it is written when more comes. */
yx_status yx_vault_write(struct yx_vault *vault, struct yx_bytes bytes, struct yx_error *err)
{
    while (bytes.len > 0) {
        if (vault->plain.len == CHUNK)
            YX_TRY(write_chunk(vault, false, err));
        size_t room = CHUNK - vault->plain.len, len = bytes.len < room ? bytes.len : room;

        if (yx_buf_append(&vault->plain, YX_BYTES(bytes.data, len)) != YX_OK)
            return yx_fail_memory(err);
        bytes = YX_BYTES(bytes.data + len, bytes.len - len);
    }
    return YX_OK;
}

yx_status yx_vault_end(struct yx_vault *vault, struct yx_error *err)
{
    return write_chunk(vault, true, err);
}

static yx_status read_chunk(struct yx_vault *vault, struct yx_error *err)
{
    uint64_t left = yx_source_size(vault->file) - vault->at;
    size_t len = left <= SEALED ? (size_t)left : SEALED;
    uint8_t sealed[SEALED], nonce[YX_GCM_NONCE];

    if (vault->ended || len < YX_GCM_TAG)
        return yx_backup_fail_damaged(err);
    vault->ended = left <= SEALED;
    YX_TRY(yx_source_read(vault->file, vault->at, sealed, len, err));
    nonce_of(vault, vault->ended, nonce);
    vault->plain.len = 0;
    vault->used = 0;
    vault->at += len;
    vault->index++;
    yx_status status = yx_gcm_open(vault->key, nonce, YX_BYTES(vault->bound, sizeof vault->bound),
                                   YX_BYTES(sealed, len), &vault->plain, err);

    return status == YX_REFUSED ? yx_backup_fail_damaged(err) : status;
}

yx_status yx_vault_read(struct yx_vault *vault, void *out, size_t len, struct yx_error *err)
{
    uint8_t *at = out;

    while (len > 0) {
        if (vault->used == vault->plain.len) {
            YX_TRY(read_chunk(vault, err));
            continue;
        }
        size_t left = vault->plain.len - vault->used, some = len < left ? len : left;

        memcpy(at, vault->plain.data + vault->used, some);
        vault->used += some;
        at += some;
        len -= some;
    }
    return YX_OK;
}

yx_status yx_vault_close(struct yx_vault *vault, struct yx_error *err)
{
    return vault->ended && vault->used == vault->plain.len ? YX_OK : yx_backup_fail_damaged(err);
}

void yx_vault_tell(const struct yx_vault *vault, const struct yx_progress *progress)
{
    if (progress != NULL && progress->tell != NULL)
        progress->tell(progress->self, vault->at, yx_source_size(vault->file));
}

/* --- Beginnings ---------------------------------------------------------------------------- */

static yx_status start(struct yx_vault *vault, struct yx_bytes beginning,
                       const struct secret *secret, struct yx_error *err)
{
    memcpy(vault->key, secret->octets, sizeof vault->key);
    return yx_digest(YX_DIGEST_SM3, beginning, vault->bound, err);
}

static yx_status write_beginning(struct yx_vault *vault, const struct yx_backup_lock *lock,
                                 struct yx_error *err)
{
    YX_CLEAN(secret) struct secret secret;
    YX_CLEAN(yx_buf) struct yx_buf locked = {0};
    YX_CLEAN(yx_buf) struct yx_buf all = {0};
    bool has_recipient = lock->recipient != NULL;
    uint8_t fixed[FIXED] = {[8] = VERSION, has_recipient ? BY_RECIPIENT : BY_PASSPHRASE};

    YX_TRY(has_recipient ? lock_recipient(lock->recipient, &locked, &secret, err)
                         : lock_passphrase(lock->passphrase, &locked, &secret, err));
    memcpy(fixed, magic, sizeof magic);
    fixed[10] = (uint8_t)(locked.len >> 8);
    fixed[11] = (uint8_t)locked.len;
    if (yx_buf_append(&all, YX_BYTES(fixed, sizeof fixed)) != YX_OK ||
        yx_buf_append(&all, yx_buf_bytes(&locked)) != YX_OK ||
        yx_buf_append(&all, YX_BYTES(secret.octets + YX_GCM_KEY, CHECK)) != YX_OK)
        return yx_fail_memory(err);
    vault->begin = all.len;
    YX_TRY(start(vault, yx_buf_bytes(&all), &secret, err));
    return yx_sink_write(vault->sink, yx_buf_bytes(&all), err);
}

yx_status yx_vault_new(struct yx_sink *sink, const struct yx_backup_lock *lock,
                       struct yx_vault **out, struct yx_error *err)
{
    YX_CLEAN(yx_vault) struct yx_vault *vault = calloc(1, sizeof *vault);

    if (vault == NULL)
        return yx_fail_memory(err);
    vault->sink = sink;
    YX_TRY(write_beginning(vault, lock, err));
    *out = vault;
    vault = NULL;
    return YX_OK;
}

/* Reads the lock with the check behind it. */
static yx_status read_beginning(struct yx_vault *vault, struct yx_buf *all, struct yx_error *err)
{
    uint8_t fixed[FIXED], rest[LOCK_MAX + CHECK];
    size_t lock;

    if (yx_source_size(vault->file) < FIXED)
        return yx_backup_fail_damaged(err);
    YX_TRY(yx_source_read(vault->file, 0, fixed, FIXED, err));
    lock = (size_t)fixed[10] << 8 | fixed[11];
    if (memcmp(fixed, magic, sizeof magic) != 0 || lock > LOCK_MAX ||
        yx_source_size(vault->file) < FIXED + lock + CHECK)
        return yx_backup_fail_damaged(err);
    YX_REQUIRE(fixed[8] == VERSION, err, YX_REFUSED, "",
               N_("this backup was made by a newer version of this program"));
    YX_TRY(yx_source_read(vault->file, FIXED, rest, lock + CHECK, err));
    vault->at = FIXED + lock + CHECK;
    return yx_buf_append(all, YX_BYTES(fixed, FIXED)) == YX_OK &&
                   yx_buf_append(all, YX_BYTES(rest, lock + CHECK)) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

static yx_status unlock(struct yx_vault *vault, const struct yx_backup_key *key,
                        struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf all = {0};
    YX_CLEAN(secret) struct secret secret = {{0}};
    struct yx_bytes lock, check;

    YX_TRY(read_beginning(vault, &all, err));
    lock = YX_BYTES(all.data + FIXED, all.len - FIXED - CHECK);
    check = YX_BYTES(all.data + all.len - CHECK, CHECK);
    switch (all.data[9]) {
    case BY_PASSPHRASE:
        YX_TRY(unlock_passphrase(lock, key, &secret, err));
        break;
    case BY_RECIPIENT:
        YX_TRY(unlock_recipient(lock, key, &secret, err));
        break;
    default:
        return yx_backup_fail_damaged(err);
    }
    YX_REQUIRE(yx_bytes_equal_secret(check, YX_BYTES(secret.octets + YX_GCM_KEY, CHECK)), err,
               YX_REFUSED, "", N_("the passphrase or the key is not that of this backup"));
    return start(vault, yx_buf_bytes(&all), &secret, err);
}

yx_status yx_vault_open(const struct yx_source *file, const struct yx_backup_key *key,
                        struct yx_vault **out, struct yx_error *err)
{
    YX_CLEAN(yx_vault) struct yx_vault *vault = calloc(1, sizeof *vault);

    if (vault == NULL)
        return yx_fail_memory(err);
    vault->file = file;
    YX_TRY(unlock(vault, key, err));
    *out = vault;
    vault = NULL;
    return YX_OK;
}

yx_status yx_vault_reopen(const struct yx_vault *written, const struct yx_source *file,
                          struct yx_vault **out, struct yx_error *err)
{
    struct yx_vault *vault = calloc(1, sizeof *vault);

    if (vault == NULL)
        return yx_fail_memory(err);
    vault->file = file;
    vault->at = written->begin;
    memcpy(vault->key, written->key, sizeof vault->key);
    memcpy(vault->bound, written->bound, sizeof vault->bound);
    *out = vault;
    return YX_OK;
}
