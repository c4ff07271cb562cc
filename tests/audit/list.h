/* SPDX-License-Identifier: Apache-2.0 */
/* list.h - an audit list with things told in it, and the parties that sign. Needs support.h and
 * tools.h before it. */
#ifndef TESTS_AUDIT_LIST_H
#define TESTS_AUDIT_LIST_H

#include "audit/audit.h"
#include "crypto/crypto.h"
#include "database.h"

#define AT INT64_C(1795305600000000)
#define NAME "log.example/audit"

static inline struct yx_store *open_audit(const struct database *database)
{
    struct yx_store *store = database_open(database);
    struct yx_error err = {0};

    expect_ok(yx_audit_prepare(store, &err), &err);
    return store;
}

/* --- Leaves -------------------------------------------------------------------------------- */

struct telling {
    int count, told; /* so many more; how many there were */
};

static inline yx_status tell_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct telling *telling = self;

    for (int i = 0; i < telling->count; i++) {
        char object[32];

        (void)snprintf(object, sizeof object, "thing:%d", telling->told + i + 1);
        YX_TRY(yx_audit_append(
            tx,
            &(struct yx_audit_event){
                .at = AT + i, .actor = "test", .action = "test.tell", .object = object},
            err));
    }
    return YX_OK;
}

static inline void tell(struct yx_store *store, int told, int count)
{
    struct telling telling = {.count = count, .told = told};
    struct yx_error err = {0};

    expect_ok(yx_store_write(store, tell_work, &telling, &err), &err);
}

static inline struct yx_audit_head head_now(struct yx_store *store)
{
    struct yx_audit_head head;
    struct yx_error err;

    expect_ok(yx_audit_head_now(store, &head, &err), &err);
    return head;
}

struct wanted {
    int64_t number;
    struct yx_audit_digest hash;
};

static inline yx_status take_hash(void *self, const struct yx_audit_leaf *leaf,
                                  struct yx_error *err)
{
    struct wanted *wanted = self;

    (void)err;
    memcpy(wanted->hash.octets, leaf->hash.data, sizeof wanted->hash.octets);
    return YX_OK;
}

static inline struct yx_audit_digest hash_of(struct yx_store *store, int64_t number)
{
    struct wanted wanted = {.number = number};
    struct yx_error err;

    expect_ok(yx_audit_list(store, number, 1, take_hash, &wanted, &err), &err);
    return wanted.hash;
}

/* --- Keys ---------------------------------------------------------------------------------- */

struct party {
    struct yx_private_key *key;
    struct yx_audit_signer as;
};
static inline void party_free(struct party *party)
{
    yx_private_key_free(party->key);
}
YX_DEFINE_CLEAN_VALUE(party, struct party, party_free);

static inline struct party party_make(const char *name, yx_key_type type)
{
    struct party party = {0};
    struct yx_error err;

    expect_ok(yx_private_key_generate(type, 0, &party.key, &err), &err);
    party.as = (struct yx_audit_signer){.name = name,
                                        .key = yx_private_key_public(party.key),
                                        .signer = yx_signer_borrow_key(party.key)};
    return party;
}

static inline void make_checkpoint(struct yx_store *store, const struct party *log,
                                   struct yx_buf *note)
{
    struct yx_error err;

    note->len = 0;
    expect_ok(yx_audit_checkpoint_make(store, &log->as, AT, note, &err), &err);
}

#endif
