/* SPDX-License-Identifier: Apache-2.0 */
/* keeper/room.h - what the files of keeper/ share. Only keeper/ includes it. */
#ifndef KEEPER_ROOM_H
#define KEEPER_ROOM_H

#include <pthread.h>

#include "audit/audit.h"
#include "keeper/keeper.h"
#include "token/token.h"

/* --- Purposes (purpose.c) --------------------------------------------------------------------- */

/* Are the bytes what this purpose signs? */
bool yx_purpose_fits(enum yx_purpose purpose, struct yx_bytes message);
/* The purpose that needs no leaf and whose bytes these are; YX_PURPOSES when none is. */
enum yx_purpose yx_purpose_of(struct yx_bytes message);

/* --- Leaves (grant.c) ------------------------------------------------------------------------- */

/* YX_REFUSED unless the leaf allows the key to sign these bytes for the purpose. */
yx_status yx_grant_check(struct yx_bytes leaf, const char *key, enum yx_purpose purpose,
                         const uint8_t digest[32], struct yx_error *err);

/* --- The journal (journal.c) --------------------------------------------------------------------
 */

struct yx_journal;
/* Reads the newest file of FOLDER/keys/journal, and makes the first when there is none. YX_REFUSED:
 * somebody else has it open. */
yx_status yx_journal_open(const char *folder, struct yx_journal **out, struct yx_error *err);
void yx_journal_close(struct yx_journal *journal);
YX_DEFINE_CLEAN(yx_journal, struct yx_journal *, yx_journal_close);
/* Adds an entry, whose number and time are filled in; it is on the disk when this returns. Entries
 * of several threads go there together. YX_IO: it is not, and nothing may be signed. */
yx_status yx_journal_add(struct yx_journal *journal, const struct yx_journal_entry *entry,
                         struct yx_error *err);

/* --- Keys (keys.c) ------------------------------------------------------------------------------
 */

#define YX_KEY_NAME_MAX 128
#define YX_KEYS_MAX 1024

struct yx_kept_key {
    char name[YX_KEY_NAME_MAX];
    struct yx_buf place; /* a path or a place on a token; ended by a NUL */
    unsigned purposes;   /* bits */
    bool opened;         /* or it was tried: then `key` is NULL and `failure` says why */
    struct yx_token_key *key;
    struct yx_error failure;
};
/* The keys of a folder. They are opened by threads of its own, since each takes its time. */
struct yx_kept_keys;
/* `passphrase` is copied. *tokens: one of them is on a token. */
yx_status yx_kept_keys_new(const struct yx_keeper_process *process, struct yx_bytes passphrase,
                           struct yx_kept_keys **out, bool *tokens, struct yx_error *err);
/* The files that they are in; of a key on a token there is none. They live as long as the keys. */
size_t yx_kept_keys_files(const struct yx_kept_keys *keys, const char *out[YX_KEYS_MAX]);
/* Waits for the octets of session.key. */
yx_status yx_kept_keys_session(struct yx_kept_keys *keys, struct yx_bytes *out,
                               struct yx_error *err);
yx_status yx_kept_keys_open(struct yx_kept_keys *keys, struct yx_error *err);
void yx_kept_keys_free(struct yx_kept_keys *keys);
YX_DEFINE_CLEAN(yx_kept_keys, struct yx_kept_keys *, yx_kept_keys_free);
/* Waits until it is open. YX_NO_INPUT: there is none of that name; else why it cannot be opened. */
yx_status yx_kept_key_find(struct yx_kept_keys *keys, const char *name,
                           const struct yx_kept_key **out, struct yx_error *err);

/* --- The first start (first.c) -------------------------------------------------------------------
 */

/* FOLDER/NAME with a NUL behind it. */
yx_status yx_keeper_path(const char *folder, const char *name, struct yx_buf *out,
                         struct yx_error *err);
/* Makes those of our keys that are not there, and the certificate for TLS. */
yx_status yx_keeper_first(const struct yx_keeper_process *process, struct yx_bytes passphrase,
                          struct yx_error *err);

#endif
