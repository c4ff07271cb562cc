/* SPDX-License-Identifier: Apache-2.0 */
/* ca/room.h - what the files of ca/ share. Only ca/ includes it. */
#ifndef CA_ROOM_H
#define CA_ROOM_H

#include <stdatomic.h>

#include "ca/ca.h"
#include "config/config.h"

#define YX_CA_NAME_MAX 64
#define YX_CA_PARTITIONS_MAX 1000
#define YX_CA_DAYS_MAX 36500
/* The longest key, chain, settings file or folder name that makes sense. */
#define YX_CA_FILE_MAX (1024u * 1024)

/* Kinds of certificates: the built-in ones, and those of a file. */
struct yx_ca_profile_set {
    cfg_t *config; /* the texts of the file live in it; NULL: built-in ones alone */
    struct yx_ca_profile *list;
    size_t count;
};

struct yx_ca {
    char *folder;
    char *name; /* settings.name, or what the folder is called */
    struct yx_ca_settings settings;
    cfg_t *config; /* the texts of settings live in it */
    struct yx_ca_profile_set profiles;
    struct yx_cert *certificate;
    struct yx_buf chain;
    struct yx_store *store;
    int64_t number;
    struct yx_private_key *key;     /* of a file; NULL while locked */
    struct yx_token_key *token_key; /* on a token; NULL while locked */
    struct yx_signer signer;        /* of either; sign is NULL while locked */
    _Atomic yx_time clock;          /* the latest instant at which something was issued */
};

/* --- Files of the folder (ca.c) ---------------------------------------------------------- */

/* Appends "FOLDER/NAME" with its NUL byte. */
yx_status yx_ca_path(const char *folder, const char *name, struct yx_buf *out,
                     struct yx_error *err);
yx_status yx_ca_write(const char *folder, const char *name, bool secret, struct yx_bytes bytes,
                      struct yx_error *err);

/* Opens a key on a token with a PIN that is known. */
yx_status yx_ca_open_token(const char *place, struct yx_bytes pin, struct yx_token_key **out,
                           struct yx_error *err);

/* --- A new folder (workshop.c) ------------------------------------------------------------- */

struct yx_workshop {
    char *path; /* under another name; NULL once it has its own */
};
/* YX_NO_OUTPUT when there is something in `folder` already, or it cannot be made. */
yx_status yx_workshop_open(struct yx_workshop *workshop, const char *folder, struct yx_error *err);
/* Gives it its name, durably. */
yx_status yx_workshop_publish(struct yx_workshop *workshop, const char *folder,
                              struct yx_error *err);
/* What was not published is deleted. */
void yx_workshop_close(struct yx_workshop *workshop);
YX_DEFINE_CLEAN_VALUE(yx_workshop, struct yx_workshop, yx_workshop_close);

/* --- Settings and profiles --------------------------------------------------------------- */

/* May it stand in URLs and paths as it is? Empty is, too. */
bool yx_ca_is_plain_name(const char *name);
/* The texts of `out` live as long as *config. */
yx_status yx_ca_settings_read(const char *path, struct yx_bytes text, cfg_t **config,
                              struct yx_ca_settings *out, struct yx_error *err);
/* Reads the text of a profiles.conf; without any, only the built-in ones are there. */
yx_status yx_ca_profile_set_read(const char *path, struct yx_bytes text,
                                 struct yx_ca_profile_set *out, struct yx_error *err);
/* NULL when there is none of that name. */
const struct yx_ca_profile *yx_ca_profile_set_find(const struct yx_ca_profile_set *set,
                                                   const char *name);
void yx_ca_profile_set_free(struct yx_ca_profile_set *set);
YX_DEFINE_CLEAN_VALUE(yx_ca_profile_set, struct yx_ca_profile_set, yx_ca_profile_set_free);
/* YX_REFUSED names the attribute that the subject (DER of a Name) lacks. */
yx_status yx_ca_profile_check_subject(const struct yx_ca_profile *profile, struct yx_bytes subject,
                                      struct yx_error *err);
/* The first value of an attribute in the DER of a Name; empty when it has none. */
yx_status yx_ca_name_value(struct yx_bytes name, yx_oid wanted, struct yx_bytes *value,
                           struct yx_error *err);

/* --- Rows (store.c) ---------------------------------------------------------------------- */

/* Opens the database of the settings and brings its tables up to date. */
yx_status yx_ca_store_open(const char *folder, const struct yx_ca_settings *settings, bool create,
                           struct yx_store **out, struct yx_error *err);
/* Finds the row of the authority by its key, or makes it; fills number and clock. */
yx_status yx_ca_store_enter(struct yx_ca *ca, struct yx_error *err);
/* A serial in hex as octets; YX_USAGE when it is none. */
yx_status yx_ca_serial_from_hex(const char *hex, uint8_t out[YX_CA_SERIAL_SIZE], size_t *len,
                                struct yx_error *err);
/* Appends a leaf "ca.ACTION" about a certificate; `details` is JSON or NULL. */
yx_status yx_ca_log(struct yx_tx *tx, const struct yx_ca *ca, yx_ca_actor actor, yx_time at,
                    const char *action, struct yx_bytes serial, const char *details,
                    struct yx_error *err);
/* The same, and appends the canonical bytes of the leaf. */
yx_status yx_ca_log_kept(struct yx_tx *tx, const struct yx_ca *ca, yx_ca_actor actor, yx_time at,
                         const char *action, struct yx_bytes serial, const char *details,
                         struct yx_buf *leaf, struct yx_error *err);
/*
 * Keeps others from changing states meanwhile; the first thing in a transaction that does. All of
 * them count the generation up: without waiting here, PostgreSQL would break off all but one of
 * those that run at once, again and again.
 */
yx_status yx_ca_lock(struct yx_tx *tx, const struct yx_ca *ca, struct yx_error *err);
/* Lets caches know that states changed; needs the lock. */
yx_status yx_ca_bump(struct yx_tx *tx, const struct yx_ca *ca, struct yx_error *err);
/* A row of the columns YX_CA_RECORD_COLUMNS as a record. */
struct yx_ca_row {
    struct yx_ca_record record;
    char serial[YX_CA_SERIAL_TEXT], replaces[YX_CA_SERIAL_TEXT];
};
#define YX_CA_RECORD_COLUMNS                                                                 \
    "serial, subject, profile, not_before, not_after, issued_at, state, changed_at, reason," \
    " invalid_since, replaces, body"
void yx_ca_row_read(const struct yx_row *row, struct yx_ca_row *out);
/* Moves a certificate to the state of a revocation, within a transaction that others share and that
 * began with yx_ca_lock. */
yx_status yx_ca_revoke_in(struct yx_tx *tx, const struct yx_ca *ca,
                          const struct yx_ca_revoke_request *request, struct yx_error *err);

/* --- Issuing (issue.c, order.c) ------------------------------------------------------------ */

/* What init and issue share: the template's serial, period, usage and subject, checked. */
struct yx_ca_order {
    const struct yx_ca_profile *profile;
    struct yx_bytes subject;
    struct yx_bytes spki;
    const struct yx_general_name *alt_names;
    size_t alt_name_count;
    const struct yx_identity *identity; /* may be NULL */
    const struct yx_cert *like;         /* whose names are taken over; NULL: none's */
    int days;                           /* 0: the profile's, cut at `issuer`'s end */
    int path_length;                    /* of a CA; -1: no limit */
    yx_time now;
    const struct yx_ca *ca;           /* names the sources; NULL: none named */
    const struct yx_cert *issuer;     /* NULL: self-signed */
    yx_signature_algorithm algorithm; /* the issuer's */
};
/* What order.c chose. */
struct yx_ca_choice {
    uint8_t serial[YX_CA_SERIAL_SIZE];
    yx_time not_before, not_after;
};
/* Appends the to-be-signed bytes, linted. */
yx_status yx_ca_draw_up(const struct yx_ca_order *order, struct yx_ca_choice *choice,
                        struct yx_buf *to_be_signed, struct yx_error *err);

/* Lets the signer sign them, by the record `leaf` if it asks for one, and appends the certificate,
 * its value checked. */
yx_status yx_ca_sign(struct yx_bytes to_be_signed, const struct yx_cert *issuer,
                     const struct yx_signer *signer, struct yx_bytes leaf, struct yx_buf *der,
                     struct yx_error *err);

/* The clock unless `now` says otherwise. Certificates know whole seconds; records of what was done
 * are found in the order of their times, and need them as they are. */
yx_time yx_ca_instant(yx_time now);
yx_time yx_ca_whole_second(yx_time now);

#endif
