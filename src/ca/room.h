/* SPDX-License-Identifier: Apache-2.0 */
/* ca/room.h - what the files of ca/ share. Only ca/ includes it. */
#ifndef CA_ROOM_H
#define CA_ROOM_H

#include <sqlite3.h>

#include "ca/ca.h"

struct yx_ca {
    sqlite3 *db;
    struct yx_cert *certificate;
    struct yx_buf chain;
    struct yx_buf key_file; /* encrypted */
    struct yx_private_key *key;
};

/* The longest passphrase-protected key, chain or folder name that makes sense. */
#define YX_CA_FILE_MAX (1024u * 1024)

/* Appends "FOLDER/NAME" with its NUL byte. */
yx_status yx_ca_path(const char *folder, const char *name, struct yx_buf *out,
                     struct yx_error *err);
yx_status yx_ca_write(const char *folder, const char *name, bool secret, struct yx_bytes bytes,
                      struct yx_error *err);

/* Opens DIR/ca.db and brings its tables up to date; makes it when `create`. */
yx_status yx_ca_store_open(const char *folder, bool create, sqlite3 **out, struct yx_error *err);
void yx_ca_store_close(sqlite3 *db);
YX_DEFINE_CLEAN(yx_ca_store, sqlite3 *, yx_ca_store_close);

/* Fills the error with what SQLite says. */
yx_status yx_ca_store_fail(sqlite3 *db, struct yx_error *err);
yx_status yx_ca_store_run(sqlite3 *db, const char *sql, struct yx_error *err);
yx_status yx_ca_store_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out,
                              struct yx_error *err);
/* Runs a statement that gives no rows. */
yx_status yx_ca_store_step(sqlite3 *db, sqlite3_stmt *statement, struct yx_error *err);
YX_DEFINE_CLEAN(sqlite3_stmt, sqlite3_stmt *, (void)sqlite3_finalize);

/* Records a certificate; its serial must be new. */
yx_status yx_ca_store_add(sqlite3 *db, const struct yx_cert *certificate, const char *profile,
                          yx_time issued_at, struct yx_error *err);

/* The first value of an attribute in the DER of a Name; empty when it has none. */
yx_status yx_ca_name_value(struct yx_bytes name, yx_oid wanted, struct yx_bytes *value,
                           struct yx_error *err);

/* Shared by init and issue: the template's serial, period, usage and subject, checked. */
struct yx_ca_order {
    const struct yx_ca_profile *profile;
    struct yx_bytes subject;
    struct yx_bytes spki;
    const char *dns_name;
    int days; /* 0: the profile's, cut at `issuer`'s end */
    yx_time now;
    const struct yx_cert *issuer;   /* NULL: self-signed */
    const struct yx_signer *signer; /* the issuer's */
};
yx_status yx_ca_sign(const struct yx_ca_order *order, struct yx_buf *der, struct yx_error *err);

/* The clock unless `now` says otherwise; certificates know whole seconds. */
yx_time yx_ca_whole_second(yx_time now);

#endif
