/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper/keys.c - which keys there are, what each is for, and their opening. Passphrases are made
 * slow on purpose, so keys are opened by several threads, while others are used already.
 */
#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "ca/ca.h"
#include "config/config.h"
#include "keeper/room.h"

#define OPENERS 2
/* With "ca/" before it and "/ocsp" behind it, it is the name of a key. */
#define AUTHORITY_NAME_MAX (YX_KEY_NAME_MAX - 9)

struct yx_kept_keys {
    struct yx_buf passphrase;
    struct yx_buf session_path;
    struct yx_key_parts session;
    bool session_read; /* or it was tried: then `session` is empty and `session_failure` says why */
    struct yx_error session_failure;
    struct yx_kept_key *keys;
    size_t count;
    _Atomic size_t next; /* to be opened */
    pthread_mutex_t lock;
    pthread_cond_t one_more;
    pthread_t openers[OPENERS];
    size_t opener_count;
};

#define FOR(purpose) (1u << YX_PURPOSE_##purpose)
#define ALONE N_("{1} is also a key of TLS, which must be for nothing else")

/* --- The list --------------------------------------------------------------------------------- */

static struct yx_kept_key *find(const struct yx_kept_keys *keys, const char *name)
{
    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->keys[i].name, name) == 0)
            return &keys->keys[i];
    return NULL;
}

static yx_status add(struct yx_kept_keys *keys, const char *name, unsigned purposes,
                     struct yx_kept_key **out, struct yx_error *err)
{
    struct yx_kept_key *grown = reallocarray(keys->keys, keys->count + 1, sizeof *grown);

    if (grown == NULL)
        return yx_fail_memory(err);
    keys->keys = grown;
    YX_REQUIRE(keys->count < YX_KEYS_MAX && strlen(name) < YX_KEY_NAME_MAX, err, YX_DAMAGED, "",
               N_("the key {1} is one too many, or its name is too long"), name);
    YX_REQUIRE(find(keys, name) == NULL, err, YX_DAMAGED, "", N_("two keys are called {1}"), name);
    *out = &keys->keys[keys->count++];
    **out = (struct yx_kept_key){.purposes = purposes | FOR(PROOF)};
    (void)snprintf((*out)->name, YX_KEY_NAME_MAX, "%s", name);
    return YX_OK;
}

static yx_status set_place(struct yx_kept_key *key, const char *place, struct yx_error *err)
{
    return yx_buf_append(&key->place, YX_BYTES(place, strlen(place) + 1)) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

/* Not to sign with: what secrets are derived from. */
static yx_status read_session(struct yx_kept_keys *keys, struct yx_error *err)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};

    YX_TRY(yx_file_read((const char *)keys->session_path.data, YX_IPC_RECORD_MAX, &file, err));
    YX_TRY(yx_private_key_read(yx_buf_bytes(&file), yx_buf_bytes(&keys->passphrase), &key, err));
    return yx_private_key_parts(key, &keys->session, err);
}

static yx_status add_ours(struct yx_kept_keys *keys, const struct yx_keeper_process *process,
                          struct yx_error *err)
{
    struct yx_kept_key *key = NULL;

    YX_TRY(add(keys, "audit", FOR(CHECKPOINT), &key, err));
    YX_TRY(yx_keeper_path(process->folder, "keys/audit.key", &key->place, err));
    YX_TRY(add(keys, "tls", FOR(TLS), &key, err));
    YX_TRY(set_place(key, process->tls_key, err));
    return yx_keeper_path(process->folder, "keys/session.key", &keys->session_path, err);
}

/* The keys of one authority, those that it has. Who asks for one whose place cannot be read is told
 * why; the keys of others are not kept from them. */
static yx_status add_authority(struct yx_kept_keys *keys, const char *folder, const char *name,
                               struct yx_error *err)
{
    static const struct {
        enum yx_ca_key which;
        const char *suffix;
        unsigned purposes;
    } kinds[] = {
        {YX_CA_KEY_ITS_OWN, "", FOR(CERTIFICATE) | FOR(CRL) | FOR(OCSP) | FOR(CMP)},
        {YX_CA_KEY_OCSP, "/ocsp", FOR(OCSP)},
        {YX_CA_KEY_TSA, "/tsa", FOR(TIMESTAMP)},
        {YX_CA_KEY_CMP, "/cmp", FOR(CMP)},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char full[512], path[4096];
        YX_CLEAN(yx_buf) struct yx_buf place = {0};
        struct yx_kept_key *key = NULL;
        struct yx_error failure;

        (void)snprintf(path, sizeof path, "%s/ca/%s", folder, name);
        (void)snprintf(full, sizeof full, "ca/%s%s", name, kinds[i].suffix);
        if (yx_ca_key_place(path, kinds[i].which, &place, &failure) != YX_OK) {
            YX_TRY(add(keys, full, 0, &key, err));
            YX_TRY(set_place(key, "", err));
            key->failure = failure;
            key->opened = true;
        } else if (place.len > 0) {
            YX_TRY(add(keys, full, kinds[i].purposes, &key, err));
            key->place = place;
            place = (struct yx_buf){0};
        }
    }
    return YX_OK;
}

/* Names stand in the journal between spaces. */
static bool is_authority(const char *folder, const char *name)
{
    char path[4096];

    for (const char *at = name; *at != '\0'; at++)
        if ((uint8_t)*at <= ' ' || *at == 0x7F)
            return false;
    (void)snprintf(path, sizeof path, "%s/ca/%s/ca.pem", folder, name);
    return name[0] != '.' && strlen(name) < AUTHORITY_NAME_MAX && access(path, F_OK) == 0;
}

static yx_status add_authorities(struct yx_kept_keys *keys, const char *folder,
                                 struct yx_error *err)
{
    char path[4096];
    struct dirent *entry;
    yx_status status = YX_OK;
    DIR *dir;

    (void)snprintf(path, sizeof path, "%s/ca", folder);
    dir = opendir(path);
    while (status == YX_OK && dir != NULL && (entry = readdir(dir)) != NULL) {
        if (is_authority(folder, entry->d_name))
            status = add_authority(keys, folder, entry->d_name, err);
    }
    if (dir != NULL)
        (void)closedir(dir);
    return status;
}

/* --- keys.conf ---------------------------------------------------------------------------------
 */

static yx_status read_purposes(cfg_t *section, const char *path, unsigned *out,
                               struct yx_error *err)
{
    for (unsigned i = 0; i < cfg_size(section, "purposes"); i++) {
        const char *name = cfg_getnstr(section, "purposes", i);
        enum yx_purpose purpose = yx_purpose_find(name);

        YX_REQUIRE(purpose != YX_PURPOSES, err, YX_DAMAGED, "",
                   N_("{1}: the key {2} has a purpose that is not known: {3}"), path,
                   cfg_title(section), name);
        *out |= 1u << purpose;
    }
    return YX_OK;
}

static yx_status add_section(struct yx_kept_keys *keys, const char *folder, const char *path,
                             cfg_t *section, struct yx_error *err)
{
    const char *name = cfg_title(section), *place = cfg_getstr(section, "place");
    unsigned purposes = 0;
    struct yx_kept_key *key = NULL;
    char file[4096];

    /* Names stand in the journal between spaces, and '/' is for authorities. */
    YX_REQUIRE(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == strlen(name), err,
               YX_DAMAGED, "",
               N_("{1}: the name of the key {2} may have a to z, 0 to 9, '-', '_' and '.'"), path,
               name);
    YX_TRY(read_purposes(section, path, &purposes, err));
    YX_TRY(add(keys, name, purposes, &key, err));
    if (place[0] == '/' || yx_token_is_place(place))
        return set_place(key, place, err);
    (void)snprintf(file, sizeof file, "keys/%s", place);
    return yx_keeper_path(folder, file, &key->place, err);
}

static yx_status add_configured(struct yx_kept_keys *keys, const char *folder, struct yx_error *err)
{
    static char none[] = "{}";
    cfg_opt_t key[] = {CFG_STR("place", "", CFGF_NONE), CFG_STR_LIST("purposes", none, CFGF_NONE),
                       CFG_END()};
    cfg_opt_t options[] = {CFG_SEC("key", key, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
                           CFG_END()};
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    YX_CLEAN(cfg) cfg_t *config = NULL;

    YX_TRY(yx_keeper_path(folder, "keys/keys.conf", &path, err));
    if (access((const char *)path.data, F_OK) != 0)
        return YX_OK;
    YX_TRY(yx_file_read((const char *)path.data, 1024 * 1024, &text, err));
    YX_TRY(yx_config_parse((const char *)path.data, yx_buf_bytes(&text), options, &config, err));
    for (unsigned i = 0; i < cfg_size(config, "key"); i++)
        YX_TRY(
            add_section(keys, folder, (const char *)path.data, cfg_getnsec(config, "key", i), err));
    return YX_OK;
}

/* --- Beginning and end ------------------------------------------------------------------------ */

/* What is signed for TLS is a digest, which tells nothing: such a key is for nothing else, nor is
 * it another one's by another name. */
static yx_status check_tls(const struct yx_kept_keys *keys, struct yx_error *err)
{
    for (size_t i = 0; i < keys->count; i++) {
        const struct yx_kept_key *key = &keys->keys[i];

        if ((key->purposes & FOR(TLS)) == 0)
            continue;
        YX_REQUIRE(key->purposes == (FOR(TLS) | FOR(PROOF)), err, YX_DAMAGED,
                   "keeper, purposes of keys", ALONE, key->name);
        for (size_t j = 0; j < keys->count; j++)
            YX_REQUIRE(
                (keys->keys[j].purposes & FOR(TLS)) != 0 ||
                    !yx_bytes_equal(yx_buf_bytes(&key->place), yx_buf_bytes(&keys->keys[j].place)),
                err, YX_DAMAGED, "keeper, purposes of keys", ALONE, keys->keys[j].name);
    }
    return YX_OK;
}

yx_status yx_kept_keys_new(const struct yx_keeper_process *process, struct yx_bytes passphrase,
                           struct yx_kept_keys **out, bool *tokens, struct yx_error *err)
{
    YX_CLEAN(yx_kept_keys) struct yx_kept_keys *keys = calloc(1, sizeof *keys);

    if (keys == NULL)
        return yx_fail_memory(err);
    (void)pthread_mutex_init(&keys->lock, NULL);
    (void)pthread_cond_init(&keys->one_more, NULL);
    if (yx_buf_append(&keys->passphrase, passphrase) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(add_ours(keys, process, err));
    YX_TRY(add_configured(keys, process->folder, err));
    YX_TRY(add_authorities(keys, process->folder, err));
    YX_TRY(check_tls(keys, err));
    *tokens = false;
    for (size_t i = 0; i < keys->count; i++)
        *tokens |= yx_token_is_place((const char *)keys->keys[i].place.data);
    *out = keys;
    keys = NULL;
    return YX_OK;
}

size_t yx_kept_keys_files(const struct yx_kept_keys *keys, const char *out[YX_KEYS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < keys->count; i++) {
        const char *place = (const char *)keys->keys[i].place.data;

        if (place[0] == '/')
            out[count++] = place;
    }
    return count;
}

void yx_kept_keys_free(struct yx_kept_keys *keys)
{
    if (keys == NULL)
        return;
    for (size_t i = 0; i < keys->opener_count; i++)
        (void)pthread_join(keys->openers[i], NULL);
    for (size_t i = 0; i < keys->count; i++) {
        yx_token_key_free(keys->keys[i].key);
        yx_buf_free(&keys->keys[i].place);
    }
    free(keys->keys);
    yx_buf_free(&keys->passphrase);
    yx_key_parts_free(&keys->session);
    yx_buf_free(&keys->session_path);
    (void)pthread_cond_destroy(&keys->one_more);
    (void)pthread_mutex_destroy(&keys->lock);
    free(keys);
}

/* --- Opening ---------------------------------------------------------------------------------- */

/* A PIN is given by YINXIN_PIN, if not by the place itself. */
static yx_status give(void *self, const struct yx_pin_question *question, struct yx_buf *out,
                      struct yx_error *err)
{
    struct yx_kept_keys *keys = self;
    const char *pin = getenv("YINXIN_PIN");
    struct yx_bytes known = question->role == YX_PIN_FILE ? yx_buf_bytes(&keys->passphrase)
                                                          : YX_TEXT(pin == NULL ? "" : pin);

    YX_REQUIRE(known.len > 0, err, YX_REFUSED, "",
               N_("nobody has told the PIN of {1}: its place needs pin-source, or YINXIN_PIN is to "
                  "be set"),
               question->name);
    return yx_buf_append(out, known) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static void open_one(struct yx_kept_keys *keys, struct yx_kept_key *key)
{
    const struct yx_token_setup setup = {.pin = {give, keys}};
    struct yx_token_key *opened = NULL;
    struct yx_error failure = {0};
    yx_status status = yx_token_key_open(&setup, (const char *)key->place.data, &opened, &failure);

    (void)pthread_mutex_lock(&keys->lock);
    key->key = opened;
    key->failure = failure;
    key->failure.status = status;
    key->opened = true;
    (void)pthread_cond_broadcast(&keys->one_more);
    (void)pthread_mutex_unlock(&keys->lock);
}

static void open_session(struct yx_kept_keys *keys)
{
    struct yx_error failure = {0};

    (void)read_session(keys, &failure);
    (void)pthread_mutex_lock(&keys->lock);
    keys->session_failure = failure;
    keys->session_read = true;
    (void)pthread_cond_broadcast(&keys->one_more);
    (void)pthread_mutex_unlock(&keys->lock);
}

static void *open_all(void *self)
{
    struct yx_kept_keys *keys = self;
    size_t i;

    while ((i = atomic_fetch_add(&keys->next, 1)) <= keys->count) {
        if (i == keys->count)
            open_session(keys);
        else if (!keys->keys[i].opened)
            open_one(keys, &keys->keys[i]);
    }
    (void)malloc_trim(0); /* what scrypt took for the passphrases */
    return NULL;
}

yx_status yx_kept_keys_session(struct yx_kept_keys *keys, struct yx_bytes *out,
                               struct yx_error *err)
{
    (void)pthread_mutex_lock(&keys->lock);
    while (!keys->session_read)
        (void)pthread_cond_wait(&keys->one_more, &keys->lock);
    (void)pthread_mutex_unlock(&keys->lock);
    *out = keys->session.d;
    if (out->len > 0)
        return YX_OK;
    if (err != NULL)
        *err = keys->session_failure;
    return keys->session_failure.status;
}

yx_status yx_kept_keys_open(struct yx_kept_keys *keys, struct yx_error *err)
{
    while (keys->opener_count < OPENERS) {
        if (pthread_create(&keys->openers[keys->opener_count], NULL, open_all, keys) != 0)
            return yx_fail_memory(err);
        keys->opener_count++;
    }
    return YX_OK;
}

yx_status yx_kept_key_find(struct yx_kept_keys *keys, const char *name,
                           const struct yx_kept_key **out, struct yx_error *err)
{
    const struct yx_kept_key *key = find(keys, name);

    YX_REQUIRE(key != NULL, err, YX_NO_INPUT, "", N_("the keeper has no key {1}"), name);
    (void)pthread_mutex_lock(&keys->lock);
    while (!key->opened)
        (void)pthread_cond_wait(&keys->one_more, &keys->lock);
    (void)pthread_mutex_unlock(&keys->lock);
    if (key->key == NULL) {
        if (err != NULL)
            *err = key->failure;
        return key->failure.status;
    }
    *out = key;
    return YX_OK;
}
