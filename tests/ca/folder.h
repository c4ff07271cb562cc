/* SPDX-License-Identifier: Apache-2.0 */
/* folder.h - an authority in a folder that is gone after the test, and requests to it. Its database
 * is a file, or a fresh schema of the PostgreSQL server that YX_TEST_POSTGRES names. */
#ifndef CA_FOLDER_H
#define CA_FOLDER_H

#include "support.h"

#include "ca/ca.h"

#define PASSPHRASE YX_TEXT("open sesame")
#define ROOT_NAME "CN=测试根CA,O=测试机构,C=CN"
#define UNIT_NAME "CN=测试单位,O=测试单位,C=CN"

struct folder {
    char base[64];
    char ca[80];
    char settings[512]; /* empty: a file */
};

static inline yx_status folder_run_sql(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_tx_run(tx, self, NULL, 0, NULL, err);
}

/* Each folder gets a schema of its own. */
static inline void folder_open_schema(struct folder *folder)
{
    static unsigned count;
    const char *server = getenv("YX_TEST_POSTGRES");
    YX_CLEAN(yx_store) struct yx_store *store = NULL;
    char sql[64];
    struct yx_error err;

    folder->settings[0] = '\0';
    if (server == NULL)
        return;
    (void)snprintf(sql, sizeof sql, "CREATE SCHEMA ca_%d_%u", (int)getpid(), ++count);
    expect_ok(yx_store_open(server, false, &store, &err), &err);
    expect_ok(yx_store_write(store, folder_run_sql, sql, &err), &err);
    (void)snprintf(folder->settings, sizeof folder->settings,
                   "database = \"%s&options=-csearch_path%%3D%s\"\n", server,
                   strrchr(sql, ' ') + 1);
}

/* For tests that look into the file. */
static inline void folder_needs_file(void)
{
    if (getenv("YX_TEST_POSTGRES") == NULL)
        return;
    print_message("skipped: on SQLite alone, with YX_TEST_POSTGRES not set\n");
    skip();
}

static inline void folder_open(struct folder *folder)
{
    (void)snprintf(folder->base, sizeof folder->base, "/tmp/yinxin-ca-XXXXXX");
    assert_non_null(mkdtemp(folder->base));
    (void)snprintf(folder->ca, sizeof folder->ca, "%s/ca", folder->base);
    folder_open_schema(folder);
}

static inline void folder_close(struct folder *folder)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder->base);
    assert_int_equal(system(command), 0);
}
YX_DEFINE_CLEAN_VALUE(folder, struct folder, folder_close);

static inline struct yx_ca_init_request folder_request(const struct folder *folder)
{
    return (struct yx_ca_init_request){
        .folder = folder->ca,
        .name = ROOT_NAME,
        .key_type = YX_KEY_SM2,
        .path_length = -1,
        .settings = folder->settings[0] == '\0' ? NULL : folder->settings,
        .passphrase = PASSPHRASE,
        .actor = "test",
    };
}

/* A new root, opened and unlocked. */
static inline struct yx_ca *folder_authority(struct folder *folder)
{
    struct yx_ca_init_request request = folder_request(folder);
    struct yx_ca *ca = NULL;
    struct yx_error err;

    folder_open(folder);
    expect_ok(yx_ca_init(&request, &err), &err);
    expect_ok(yx_ca_open(folder->ca, &ca, &err), &err);
    expect_ok(yx_ca_unlock(ca, PASSPHRASE, &err), &err);
    return ca;
}

/* A new root, closed again. */
static inline void folder_root(struct folder *folder)
{
    yx_ca_free(folder_authority(folder));
}

/* A certificate by a profile for a fresh key; `days` and `now` as in the request. */
static inline yx_status folder_issue(struct yx_ca *ca, const char *profile, const char *name,
                                     int days, yx_time now, struct yx_cert **out,
                                     struct yx_error *err)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    const struct yx_general_name server = {YX_NAME_DNS, YX_TEXT("a.example")};
    struct yx_ca_issue_request request = {
        .profile = yx_ca_profile_find(ca, profile),
        .days = days,
        .now = now,
        .alt_names = &server,
        .alt_name_count = strcmp(profile, "tls-server") == 0,
        .actor = "test",
    };

    YX_TRY(yx_private_key_generate(YX_KEY_SM2, 0, &key, err));
    YX_TRY(yx_name_to_der(name, &subject, err));
    request.subject = yx_buf_bytes(&subject);
    request.spki = yx_public_key_spki(yx_private_key_public(key));
    YX_TRY(yx_ca_issue(ca, &request, &der, err));
    return yx_cert_from_der(yx_buf_bytes(&der), out, err);
}

static inline bool count_record(void *self, const struct yx_ca_record *record)
{
    (void)record;
    (*(size_t *)self)++;
    return true;
}

static inline size_t folder_count(struct yx_ca *ca)
{
    size_t count = 0;
    struct yx_error err;

    expect_ok(yx_ca_list(ca, -1, count_record, &count, &err), &err);
    return count;
}

#endif
