/* SPDX-License-Identifier: Apache-2.0 */
/* world.h - an authority, a key-escrow store with three administrators, a stranger, and holders. */
#ifndef ESCROW_WORLD_H
#define ESCROW_WORLD_H

#include <sqlite3.h>

#include "../ca/folder.h"
#include "escrow/escrow.h"

#define ADMINS 3

/* A root, a store with three administrators, and a stranger who has a certificate, too. */
struct world {
    struct folder folder;
    char place[600];
    struct yx_ca *ca;
    struct yx_escrow *escrow;
    struct yx_private_key *keys[ADMINS + 1];
    struct yx_cert *certs[ADMINS + 1];
};

static inline struct yx_cert *certify(struct yx_ca *ca, const char *profile, const char *name,
                                      const struct yx_private_key *key)
{
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    struct yx_cert *cert = NULL;
    struct yx_error err;

    expect_ok(yx_name_to_der(name, &subject, &err), &err);
    const struct yx_ca_issue_request request = {
        .profile = yx_ca_profile_find(ca, profile),
        .subject = yx_buf_bytes(&subject),
        .spki = yx_public_key_spki(yx_private_key_public(key)),
        .actor = "test",
    };
    expect_ok(yx_ca_issue(ca, &request, &der, &err), &err);
    expect_ok(yx_cert_from_der(yx_buf_bytes(&der), &cert, &err), &err);
    return cert;
}

static inline void choose_place(struct world *world)
{
    static unsigned count;
    const char *server = getenv("YX_TEST_POSTGRES");
    YX_CLEAN(yx_store) struct yx_store *store = NULL;
    char sql[64];
    struct yx_error err;

    (void)snprintf(world->place, sizeof world->place, "%s/escrow", world->folder.base);
    if (server == NULL)
        return;
    (void)snprintf(sql, sizeof sql, "CREATE SCHEMA escrow_%d_%u", (int)getpid(), ++count);
    expect_ok(yx_store_open(server, false, &store, &err), &err);
    expect_ok(yx_store_write(store, folder_run_sql, sql, &err), &err);
    (void)snprintf(world->place, sizeof world->place, "%s&options=-csearch_path%%3D%s", server,
                   strrchr(sql, ' ') + 1);
}

static inline void world_open(struct world *world)
{
    static const yx_key_type types[] = {YX_KEY_SM2, YX_KEY_P256, YX_KEY_SM2, YX_KEY_SM2};
    struct yx_error err;

    *world = (struct world){0};
    world->ca = folder_authority(&world->folder);
    for (int i = 0; i <= ADMINS; i++) {
        expect_ok(yx_private_key_generate(types[i], 0, &world->keys[i], &err), &err);
        world->certs[i] = certify(world->ca, "person-encryption", "CN=管理员", world->keys[i]);
    }
    choose_place(world);
    expect_ok(yx_escrow_init(world->place, (const struct yx_cert *const *)world->certs, ADMINS,
                             "test", &err),
              &err);
    expect_ok(yx_escrow_open(world->place, &world->escrow, &err), &err);
}

static inline void world_close(struct world *world)
{
    for (int i = 0; i <= ADMINS; i++) {
        yx_private_key_free(world->keys[i]);
        yx_cert_free(world->certs[i]);
    }
    yx_escrow_free(world->escrow);
    yx_ca_free(world->ca);
    folder_close(&world->folder);
}
YX_DEFINE_CLEAN_VALUE(world, struct world, world_close);

/* A holder with both certificates. */
struct holder {
    struct yx_private_key *key;
    struct yx_escrow_twin twin;
    struct yx_cert *signing, *encryption;
};

static inline yx_status issue_twin(struct world *world, const char *profile,
                                   const struct yx_private_key *key, yx_ca_actor actor,
                                   struct yx_escrow_twin *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};

    YX_TRY(yx_name_to_der(UNIT_NAME, &subject, err));
    const struct yx_ca_issue_request request = {
        .profile = yx_ca_profile_find(world->ca, profile),
        .subject = yx_buf_bytes(&subject),
        .spki = yx_public_key_spki(yx_private_key_public(key)),
        .actor = actor,
    };
    return yx_escrow_issue_twin(world->escrow, world->ca, &request, out, err);
}

static inline void holder_open(struct holder *holder, struct world *world, yx_key_type type)
{
    struct yx_error err;

    *holder = (struct holder){0};
    expect_ok(yx_private_key_generate(type, 2048, &holder->key, &err), &err);
    expect_ok(issue_twin(world, "unit", holder->key, "test", &holder->twin, &err), &err);
    expect_ok(yx_cert_from_der(yx_buf_bytes(&holder->twin.signing), &holder->signing, &err), &err);
    expect_ok(yx_cert_from_der(yx_buf_bytes(&holder->twin.encryption), &holder->encryption, &err),
              &err);
}

static inline void holder_close(struct holder *holder)
{
    yx_private_key_free(holder->key);
    yx_escrow_twin_free(&holder->twin);
    yx_cert_free(holder->signing);
    yx_cert_free(holder->encryption);
}
YX_DEFINE_CLEAN_VALUE(holder, struct holder, holder_close);

static inline bool is_pair(const struct yx_private_key *key, const struct yx_cert *cert)
{
    return yx_bytes_equal(yx_public_key_spki(yx_private_key_public(key)),
                          yx_public_key_spki(yx_cert_public_key(cert)));
}

static inline void expect_opens(struct yx_bytes envelope, const struct yx_cert *holder,
                                const struct yx_private_key *key, const struct yx_cert *encryption)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *out = NULL;
    struct yx_error err;

    expect_ok(yx_escrow_open_key(envelope, holder, key, &out, &err), &err);
    assert_true(is_pair(out, encryption));
}

static inline size_t good_ones(struct yx_ca *ca)
{
    size_t count = 0;
    struct yx_error err;

    expect_ok(yx_ca_list(ca, YX_CA_GOOD, count_record, &count, &err), &err);
    return count;
}

static inline void run_in_store(const struct world *world, const char *sql)
{
    char path[700];
    sqlite3 *db;

    (void)snprintf(path, sizeof path, "%s/escrow.db", world->place);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

#endif
