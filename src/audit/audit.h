/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/audit.h - the door to audit/: an append-only list of everything that is done. Whoever
 * changes something writes a leaf in the same transaction: if it cannot be written, nothing is
 * done.
 *
 * Leaves get their numbers after the transactions that wrote them, in one place, one after the
 * other (yx_audit_number): from 1, without gaps, whatever was rolled back meanwhile, and no writer
 * waits for another to get one. A leaf keeps its number for ever, and its hash does not cover it:
 * the number is its place in the Merkle tree that grows over the hashes (RFC 9162 2.1).
 *
 * The hash of a leaf is SM3(0x00 || canonical bytes). The canonical bytes are the DER of
 *
 *   Leaf ::= SEQUENCE {
 *     version  INTEGER (1),
 *     at       INTEGER,           -- microseconds since 1970-01-01T00:00:00Z
 *     actor    UTF8String,
 *     action   UTF8String,
 *     object   UTF8String,        -- empty: nothing in particular
 *     details  UTF8String }       -- a JSON object, byte for byte as it was given
 *
 * Neither of the databases lets anybody change or delete a leaf (triggers). That stops mistakes;
 * whoever owns the database can take the triggers away, and is found out by the hashes.
 */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include "crypto/crypto.h"
#include "store/store.h"

#define YX_AUDIT_HASH_SIZE 32
/* The longest actor, action or object, and the longest record as canonical bytes. */
#define YX_AUDIT_NAME_MAX 2000
#define YX_AUDIT_LEAF_MAX 65535u

/* One event. */
struct yx_audit_event {
    yx_time at;
    const char *actor;   /* who: "cli:uid=1000", "cmp:CN=..." */
    const char *action;  /* what: "ca.certificate.issue" */
    const char *object;  /* on what: "certificate:SERIAL"; NULL: nothing in particular */
    const char *details; /* a JSON object; NULL: {} */
};

/* Makes the tables; call it after yx_store_open. */
yx_status yx_audit_prepare(struct yx_store *store, struct yx_error *err);
/* How many steps its tables lack, without making any. */
yx_status yx_audit_pending(struct yx_store *store, size_t *steps, struct yx_error *err);
/* Appends a leaf inside the transaction of what it tells. Nothing waits for an answer: a refusal of
 * the database comes at the end, from yx_store_write. */
yx_status yx_audit_append(struct yx_tx *tx, const struct yx_audit_event *event,
                          struct yx_error *err);
/* The leaf hash of an event; what was written can be checked with it. */
yx_status yx_audit_hash(const struct yx_audit_event *event, uint8_t out[YX_AUDIT_HASH_SIZE],
                        struct yx_error *err);

/* The canonical bytes of an event, which the hash is over, appended; the hash of such bytes; and
 * the event that they are: its texts live in `texts`. */
yx_status yx_audit_leaf_der(const struct yx_audit_event *event, struct yx_buf *out,
                            struct yx_error *err);
yx_status yx_audit_leaf_hash(struct yx_bytes der, uint8_t out[YX_AUDIT_HASH_SIZE],
                             struct yx_error *err);
yx_status yx_audit_leaf_read(struct yx_bytes der, struct yx_buf *texts, struct yx_audit_event *out,
                             struct yx_error *err);

/* Gives numbers to the leaves that wait for them, in the order in which they were written. A
 * server calls it every now and then; yx_audit_list does first. */
yx_status yx_audit_number(struct yx_store *store, struct yx_error *err);
/* How many leaves have a number, and how many wait for one. */
yx_status yx_audit_count(struct yx_tx *tx, int64_t *numbered, int64_t *waiting,
                         struct yx_error *err);

/* A leaf as it was written. */
struct yx_audit_leaf {
    int64_t number; /* from 1, without gaps within one database */
    yx_time at;
    const char *actor, *action, *object, *details; /* object: "" when nothing in particular */
    struct yx_bytes hash;
    int64_t id; /* of its row: for yx_audit_find */
};
typedef yx_status (*yx_audit_each_leaf)(void *self, const struct yx_audit_leaf *leaf,
                                        struct yx_error *err);
/*
 * Calls `each` for the leaves from number `first` on, at most `limit`. YX_DAMAGED when a leaf does
 * not have the hash that it was written with, or a number is missing.
 */
yx_status yx_audit_list(struct yx_store *store, int64_t first, int64_t limit,
                        yx_audit_each_leaf each, void *self, struct yx_error *err);

/* Calls `each` for the hash of every leaf, in no order, whether it has a number or not; whether the
 * leaves have these hashes is yx_audit_verify's. */
typedef yx_status (*yx_audit_each_hash)(void *self, const uint8_t hash[YX_AUDIT_HASH_SIZE],
                                        struct yx_error *err);
yx_status yx_audit_hashes(struct yx_store *store, yx_audit_each_hash each, void *self,
                          struct yx_error *err);

/* Appends the leaf as a JSON object in one line: number, at, microseconds, actor, action, object,
 * details (a text: the very bytes that were hashed), hash. (export.c) */
yx_status yx_audit_leaf_json(const struct yx_audit_leaf *leaf, struct yx_buf *out,
                             struct yx_error *err);

/* --- Searching (search.c) ------------------------------------------------------------------- */

struct yx_audit_search {
    const char *actor, *object; /* NULL: whoever, whatever */
    const char *action;         /* NULL: any; "ca." with its point: all that begin so */
    yx_time from;               /* the earliest; YX_TIME_NONE: from the beginning */
    /* Goes on behind the leaf with this time and id. YX_TIME_NONE: from the newest; with the id 0,
     * from before this time. */
    yx_time before_at;
    int64_t before_id;
    int64_t limit;
};
/* Calls `each` for what was found, by time, the newest first; leaves that wait for their numbers
 * are not found. YX_DAMAGED when a leaf does not have the hash that it was written with. */
yx_status yx_audit_find(struct yx_store *store, const struct yx_audit_search *what,
                        yx_audit_each_leaf each, void *self, struct yx_error *err);

/* --- What actions mean (action.c) ------------------------------------------------------------ */

struct yx_audit_action {
    const char *name; /* "ca.certificate.issue" */
    const char *says; /* "a certificate was issued"; the key of its translation */
};
/* All that this program writes, by name. */
const struct yx_audit_action *yx_audit_actions(size_t *count);
/* What it says; the name itself when nobody knows it. */
const char *yx_audit_says(const char *action);

/* --- The tree over the leaves (tree.c, growth.c) ------------------------------------------- */

struct yx_audit_digest {
    uint8_t octets[YX_AUDIT_HASH_SIZE];
};

/* The tree over the leaves 1 to `size`: RFC 9162 2.1.1 with SM3 in the place of SHA-256. */
struct yx_audit_head {
    int64_t size;
    struct yx_audit_digest root;
};

/* A way through the tree, from the leaf up. */
#define YX_AUDIT_PATH_MAX 64
struct yx_audit_proof {
    size_t count;
    struct yx_audit_digest path[YX_AUDIT_PATH_MAX];
};

/* The tree as it is now; leaves that wait get their numbers first. */
yx_status yx_audit_head_now(struct yx_store *store, struct yx_audit_head *out,
                            struct yx_error *err);
/* The tree as it was. YX_REFUSED when it never had so many leaves. */
yx_status yx_audit_head_at(struct yx_store *store, int64_t size, struct yx_audit_head *out,
                           struct yx_error *err);

/*
 * Proves that the leaf `number` is in the tree of `size` leaves, or that the tree of `size` leaves
 * begins with that of `old`. YX_REFUSED when there is no such leaf or tree.
 */
yx_status yx_audit_prove_leaf(struct yx_store *store, int64_t number, int64_t size,
                              struct yx_audit_proof *out, struct yx_error *err);
yx_status yx_audit_prove_growth(struct yx_store *store, int64_t old, int64_t size,
                                struct yx_audit_proof *out, struct yx_error *err);
/* The checks of these proofs need no database. YX_REFUSED when they do not hold. */
yx_status yx_audit_check_leaf(const struct yx_audit_digest *leaf, int64_t number,
                              const struct yx_audit_head *head, const struct yx_audit_proof *proof,
                              struct yx_error *err);
yx_status yx_audit_check_growth(const struct yx_audit_head *old, const struct yx_audit_head *head,
                                const struct yx_audit_proof *proof, struct yx_error *err);

/* --- Checkpoints (checkpoint.c) --------------------------------------------------------------
 *
 * What the log says of itself, signed, so that it cannot say something else later: a note
 * (C2SP signed-note and tlog-checkpoint)
 *
 *   ORIGIN
 *   SIZE
 *   base64 of the root
 *   2026-11-22T08:00:00Z
 *
 *   — NAME base64(key hash || signature)
 *
 * with one line for the log and one for each witness. The key hash is the first four octets of
 * SM3(NAME || 0x0A || SubjectPublicKeyInfo); the signature is of the note up to the empty line.
 */
#define YX_AUDIT_NOTE_MAX 16384u

struct yx_audit_checkpoint {
    struct yx_audit_head head;
    yx_time at;
    struct yx_bytes origin; /* point into the note */
    struct yx_bytes text;   /* what is signed */
    struct yx_bytes lines;  /* the signatures */
};
/* Reads a note strictly; nobody's signature is checked. */
yx_status yx_audit_checkpoint_read(struct yx_bytes note, struct yx_audit_checkpoint *out,
                                   struct yx_error *err);
/* Is there a signature of NAME with this key, and does it hold? YX_REFUSED when not. */
yx_status yx_audit_checkpoint_check(const struct yx_audit_checkpoint *checkpoint, const char *name,
                                    const struct yx_public_key *key, struct yx_error *err);

struct yx_audit_signer {
    const char *name; /* of the log or a witness: no spaces, no '+' */
    const struct yx_public_key *key;
    struct yx_signer signer;
};
/* Signs the tree as it is now and keeps the note; appends it. When nothing was added since the
 * last one, that one is given again; while the list is empty, nothing is appended. YX_DAMAGED,
 * and nothing is signed, when the tree did not grow out of the last one. */
yx_status yx_audit_checkpoint_make(struct yx_store *store, const struct yx_audit_signer *log,
                                   yx_time now, struct yx_buf *note, struct yx_error *err);
/* Appends the note with one more line; the witness has made sure that the tree grew out of the one
 * it saw before. YX_REFUSED when its line is there already. */
yx_status yx_audit_cosign(struct yx_bytes note, const struct yx_audit_signer *witness,
                          struct yx_buf *out, struct yx_error *err);
/* The latest checkpoint that was kept, with the lines of its witnesses; appends nothing when there
 * is none. */
yx_status yx_audit_checkpoint_last(struct yx_store *store, struct yx_buf *note,
                                   struct yx_error *err);

/* --- The sequencer (sequencer.c) -------------------------------------------------------------- */

/*
 * Once in a period, when something was added: gives numbers and signs a checkpoint. Any number of
 * nodes may run one on the same database; in each period one of them does the work. *done: it
 * was this one.
 */
yx_status yx_audit_sequence(struct yx_store *store, const struct yx_audit_signer *log, yx_time now,
                            int64_t period, bool *done, struct yx_error *err);

/* A thread that does so. A turn that fails is followed by the next one. */
struct yx_audit_sequencer;
/* `store` and `log` outlive it. period 0: a second. */
yx_status yx_audit_sequencer_start(struct yx_store *store, const struct yx_audit_signer *log,
                                   int64_t period, struct yx_audit_sequencer **out,
                                   struct yx_error *err);
struct yx_audit_pulse {
    int64_t turns;         /* that signed something */
    int64_t failures;      /* since the last turn that went well */
    yx_time sound_at;      /* when that was; 0: never */
    struct yx_error error; /* of the last failure */
};
void yx_audit_sequencer_state(struct yx_audit_sequencer *sequencer, struct yx_audit_pulse *out);
/* Waits for the turn that runs. */
void yx_audit_sequencer_free(struct yx_audit_sequencer *sequencer);
YX_DEFINE_CLEAN(yx_audit_sequencer, struct yx_audit_sequencer *, yx_audit_sequencer_free);

/* --- Tiles (tile.c) --------------------------------------------------------------------------- */

/*
 * The tree as files that never change (C2SP tlog-tiles, SM3 in the place of SHA-256). `path` is
 * what stands behind "tile/": "0/x001/234", "1/000.p/7", or "entries/000", whose entries are
 * canonical bytes, each behind its length in two octets. Appends it; YX_USAGE when that is no
 * path, YX_REFUSED when the last checkpoint does not cover it.
 */
yx_status yx_audit_tile(struct yx_store *store, const char *path, struct yx_buf *out,
                        struct yx_error *err);

/* --- Witnesses (witness.c) -------------------------------------------------------------------- */

/* Whose signature a note must have. */
struct yx_audit_party {
    const char *name;
    const struct yx_public_key *key;
};

/* Public keys from files, and back (party.c): a certificate, or PEM "PUBLIC KEY". */
yx_status yx_audit_key_read(const char *path, struct yx_public_key **out, struct yx_error *err);
yx_status yx_audit_key_write(const struct yx_public_key *key, struct yx_buf *out,
                             struct yx_error *err);
/* Witnesses by their files: the name of each is that of its file up to the first point. */
struct yx_audit_known {
    char name[128];
    struct yx_public_key *key;
};
struct yx_audit_parties {
    struct yx_audit_party *items; /* for yx_audit_witness_keep */
    struct yx_audit_known *known;
    size_t count;
};
yx_status yx_audit_parties_read(const char *const *paths, size_t count,
                                struct yx_audit_parties *out, struct yx_error *err);
void yx_audit_parties_free(struct yx_audit_parties *parties);
YX_DEFINE_CLEAN_VALUE(yx_audit_parties, struct yx_audit_parties, yx_audit_parties_free);

/* Appends what a witness asks for that has seen `old` leaves (0: none): the proof that the list has
 * grown out of them, and the last checkpoint (C2SP tlog-witness). YX_REFUSED when there is none. */
yx_status yx_audit_growth_make(struct yx_store *store, int64_t old, struct yx_buf *out,
                               struct yx_error *err);
struct yx_audit_growth {
    int64_t old;
    struct yx_audit_proof proof;
    struct yx_audit_checkpoint checkpoint;
    struct yx_bytes note; /* points into the bytes that were read, as does the checkpoint */
};
/* Reads it; whether it proves anything says yx_audit_witness_sign. */
yx_status yx_audit_growth_read(struct yx_bytes bytes, struct yx_audit_growth *out,
                               struct yx_error *err);
/*
 * Signs as a witness. `last` is the note that it signed before (empty: none): the checkpoint must
 * be of the log, and its tree have grown out of that one, else YX_REFUSED. Appends the note, which
 * the witness keeps before it shows it to anybody.
 */
yx_status yx_audit_witness_sign(const struct yx_audit_growth *growth, struct yx_bytes last,
                                const struct yx_audit_party *log,
                                const struct yx_audit_signer *witness, struct yx_buf *out,
                                struct yx_error *err);
/* Keeps the lines that these witnesses have signed under one of our checkpoints; *kept counts those
 * that were not there yet. YX_REFUSED when it is not ours, or a signature is wrong. */
yx_status yx_audit_witness_keep(struct yx_store *store, struct yx_bytes note,
                                const struct yx_audit_party *witnesses, size_t count, yx_time now,
                                int64_t *kept, struct yx_error *err);

/* --- Records as evidence (evidence.c) --------------------------------------------------------
 *
 * One record with the proof that it is in the list, for whoever does not have the database:
 *
 *   yinxin audit record v1
 *   NUMBER
 *   base64 of its canonical bytes
 *   base64 of each digest of its path, one a line
 *
 *   (a checkpoint)
 */
#define YX_AUDIT_EVIDENCE_MAX (1024u * 1024)

/* Appends the evidence of the record `number`, under the last checkpoint. YX_REFUSED when there is
 * no such record, or no checkpoint has come after it. */
yx_status yx_audit_evidence_make(struct yx_store *store, int64_t number, struct yx_buf *out,
                                 struct yx_error *err);

struct yx_audit_evidence {
    int64_t number;
    struct yx_audit_event event; /* its texts live in `texts` */
    struct yx_buf texts;
    struct yx_audit_checkpoint checkpoint; /* points into the bytes that were read */
};
/* Reads evidence and checks that the record is in the tree of its checkpoint. YX_DAMAGED when it is
 * none, YX_REFUSED when it proves nothing. Who signed the checkpoint is asked of
 * yx_audit_checkpoint_check. */
yx_status yx_audit_evidence_read(struct yx_bytes bytes, struct yx_audit_evidence *out,
                                 struct yx_error *err);
void yx_audit_evidence_free(struct yx_audit_evidence *evidence);
YX_DEFINE_CLEAN_VALUE(yx_audit_evidence, struct yx_audit_evidence, yx_audit_evidence_free);

/* --- Many records for whoever has no database (export.c) ---------------------------------------
 *
 * A file of JSON objects, one a line. The first has `format`, `first`, `last`, `before` (the roots
 * of the complete subtrees over the records before the first, largest first), `growth` (the proof
 * from `last` to the checkpoint) and `checkpoint`; the others are the records. With the roots
 * the tree over 1 to `last` can be built, and the proof leads from it to what was signed.
 */
/* Writes the records first to last; last 0: all that the last checkpoint covers. YX_REFUSED when it
 * does not cover them. */
yx_status yx_audit_export(struct yx_store *store, int64_t first, int64_t last,
                          const struct yx_progress *progress, struct yx_sink *out,
                          struct yx_error *err);
struct yx_audit_exported {
    int64_t first, last;
    struct yx_buf note;
    struct yx_audit_checkpoint checkpoint; /* points into the note */
};
/* Reads such a file, calls `each` for its records (NULL: nobody), and proves them by the
 * checkpoint; who signed that is asked of yx_audit_checkpoint_check. What `each` is given is proved
 * only when the call ends in YX_OK. */
yx_status yx_audit_export_read(const struct yx_source *file, yx_audit_each_leaf each, void *self,
                               struct yx_audit_exported *out, struct yx_error *err);
void yx_audit_exported_free(struct yx_audit_exported *exported);
YX_DEFINE_CLEAN_VALUE(yx_audit_exported, struct yx_audit_exported, yx_audit_exported_free);

/* --- Everything once more (verify.c) --------------------------------------------------------- */

struct yx_audit_verification {
    /* Filled in. */
    struct yx_audit_head head; /* of the tree that was built anew */
    int64_t checkpoints;       /* that were looked at */
    /* Given: whom the checkpoints must be of; NULL: they are compared, their signatures are not. */
    const char *name;
    const struct yx_public_key *key;
    /* A note that was kept elsewhere: the tree must have grown out of it. Empty: none. */
    struct yx_bytes kept;
    struct yx_progress progress; /* in leaves */
};
/*
 * Builds the tree anew from the records: every leaf has its hash, every number its leaf and every
 * leaf its number, and the tree went through every checkpoint. YX_DAMAGED names the first leaf or
 * checkpoint that is not so. A million leaves take some seconds; memory does not grow.
 */
yx_status yx_audit_verify(struct yx_store *store, struct yx_audit_verification *verification,
                          struct yx_error *err);

#endif
