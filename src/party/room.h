/* SPDX-License-Identifier: Apache-2.0 */
/* party/room.h - what the files of party/ share. Only party/ includes it. */
#ifndef PARTY_ROOM_H
#define PARTY_ROOM_H

#include <jansson.h>

#include "party/party.h"

YX_DEFINE_CLEAN(json, json_t *, json_decref);

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* Writes the presets into the tables when they are not those of this program (role.c). */
yx_status yx_party_sync_presets(struct yx_store *store, struct yx_error *err);

/* The words of a table: NULL when there is none of that id. */
const struct yx_party_word *yx_party_word_find(const struct yx_party_word *words, const char *id);
/* YX_USAGE with the sentence `text` when it is none; NULL passes. */
yx_status yx_party_check_word(const struct yx_party_word *words, const char *id, const char *text,
                              struct yx_error *err);
/* 1 to YX_PARTY_NAME_MAX characters, none of which controls a terminal. */
yx_status yx_party_check_name(const char *name, struct yx_error *err);
/* YX_REFUSED with YX_PARTY_MISSING and the sentence `text`. */
yx_status yx_party_fail_missing(const char *text, const char *id, struct yx_error *err);
/* YX_USAGE unless it says who. */
yx_status yx_party_check_by(const char *by, struct yx_error *err);

yx_status yx_party_take_integer(void *self, const struct yx_row *row, struct yx_error *err);

/* --- Sealed numbers (vault.c) ---------------------------------------------------------------- */

yx_status yx_party_digest(const struct yx_party_vault *vault, const char *document,
                          const char *number, uint8_t out[32], struct yx_error *err);
yx_status yx_party_seal(const struct yx_party_vault *vault, const char *id, const char *number,
                        struct yx_buf *out, struct yx_error *err);
yx_status yx_party_unseal(const struct yx_party_vault *vault, const char *id,
                          struct yx_bytes sealed, struct yx_buf *out, struct yx_error *err);

/* --- Parties (party.c) ------------------------------------------------------------------------ */

/* A party that does not go with the row. */
struct yx_party_copy {
    struct yx_party party;
    struct yx_buf texts;
};
/* YX_REFUSED when there is none, or it has ended. */
yx_status yx_party_load(struct yx_tx *tx, const char *id, struct yx_party_copy *out,
                        struct yx_error *err);
void yx_party_copy_free(struct yx_party_copy *copy);
YX_DEFINE_CLEAN_VALUE(yx_party_copy, struct yx_party_copy, yx_party_copy_free);

/* --- The tree (tree.c) ----------------------------------------------------------------------- */

/* YX_REFUSED unless one of the kind `below` may be below one of the kind `above`. */
yx_status yx_party_check_below(enum yx_party_kind below, enum yx_party_kind above,
                               struct yx_error *err);
/* YX_REFUSED when the tree above this party and below it has too many levels, or is none. */
yx_status yx_party_check_depth(struct yx_tx *tx, const char *id, struct yx_error *err);

/* --- History (history.c) --------------------------------------------------------------------- */

/* Keeps what stood there before; takes `before`. */
yx_status yx_party_record(struct yx_tx *tx, const char *object, const char *by, yx_time now,
                          json_t *before, struct yx_error *err);

/* --- Roles (role.c) -------------------------------------------------------------------------- */

/* Families of the permissions that a role has, as bits. */
unsigned yx_party_families(const char *const *permissions, size_t count);
/* YX_REFUSED when one account may not have all of them. */
yx_status yx_party_check_families(unsigned families, struct yx_error *err);
/* The same over all that the account has in [from, until), with what is in the tables now. */
yx_status yx_party_check_account(struct yx_tx *tx, const char *account, yx_time from, yx_time until,
                                 struct yx_error *err);
/* Does an account other than `but` administer security everywhere, without end? */
yx_status yx_party_has_administrator(struct yx_tx *tx, const char *but, yx_time now, bool *out,
                                     struct yx_error *err);
/* YX_REFUSED when there was one `before` a change, and none is left. */
yx_status yx_party_keep_administrator(struct yx_tx *tx, bool before, yx_time now,
                                      struct yx_error *err);

#endif
