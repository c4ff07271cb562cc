/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/store.h - what the software devices keep on disk: folders, small records, secrets under
 * a key. They are devices for tests and demonstrations: whoever copies the folder has the device.
 */
#ifndef DEVICES_STORE_H
#define DEVICES_STORE_H

#include "crypto/crypto.h"

#define STORE_PATH 1024

/* The folder of the devices: the variable, else `name` in the user's data folder. */
bool store_root(const char *variable, const char *name, char out[STORE_PATH]);
/* "folder/name"; false when it is too long. */
bool store_path(char out[STORE_PATH], const char *folder, const char *name);
/* May a folder have this name? No slash, no control character, no dot in front. */
bool store_name_fits(const char *name, size_t max);
bool store_exists(const char *path);
/* Makes the folder and those above it. */
bool store_make_folder(const char *path);
/* Away with it, whatever is inside: renamed first, so that half of it is never seen. */
bool store_remove_folder(const char *path);
/*
 * Appends the names of the folders in `path`, sorted, each ended by NUL, and one more NUL. `with`
 * (NULL: any) is a file that must be inside.
 */
bool store_list(const char *path, const char *with, struct yx_buf *out);

/* --- Records ----------------------------------------------------------------------------- */

/* Lines "name=HEX". */
struct record {
    struct record_field {
        char name[24];
        uint8_t value[96];
        size_t len;
    } fields[16];
    size_t count;
};
bool record_read(const char *path, struct record *out);
/* Whole or not at all, and on the disk when it returns. */
bool record_write(const char *path, const struct record *record);
/* False unless the field is there with this length. */
bool record_get(const struct record *record, const char *name, void *out, size_t len);
/* A text field, cut to `cap`. */
void record_get_text(const struct record *record, const char *name, char *out, size_t cap);
bool record_get_number(const struct record *record, const char *name, uint32_t *out);
void record_put(struct record *record, const char *name, struct yx_bytes value);
void record_put_number(struct record *record, const char *name, uint32_t value);

/* --- Secrets ----------------------------------------------------------------------------- */

enum { VAULT_KEY = 32, VAULT_SALT = 16, VAULT_NONCE = 12, VAULT_TAG = 16 };
#define VAULT_MORE (VAULT_NONCE + VAULT_TAG)

/* The key of a PIN: scrypt (RFC 7914). */
bool vault_derive(struct yx_bytes pin, const uint8_t salt[VAULT_SALT], uint8_t out[VAULT_KEY]);
/* AES-256-GCM; `name` is bound to it. Appends nonce || ciphertext || tag. */
bool vault_seal(const uint8_t key[VAULT_KEY], const char *name, struct yx_bytes plain,
                struct yx_buf *out);
/* False when the key is wrong or anything was changed. */
bool vault_open(const uint8_t key[VAULT_KEY], const char *name, struct yx_bytes sealed,
                struct yx_buf *out);

#endif
