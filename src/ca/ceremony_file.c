/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca/ceremony_file.c - the file of a key ceremony as data, checked as far as it can be known before
 * anything is made. Making it is ceremony.c's.
 */
#include <stdlib.h>

#include "ca/room.h"

#define RULE "key ceremony"

static const struct {
    const char *name;
    yx_key_type type;
    unsigned rsa_bits;
} algorithms[] = {
    {"sm2", YX_KEY_SM2, 0},        {"p256", YX_KEY_P256, 0},      {"p384", YX_KEY_P384, 0},
    {"rsa3072", YX_KEY_RSA, 3072}, {"rsa4096", YX_KEY_RSA, 4096}, {"ed25519", YX_KEY_ED25519, 0},
};

bool yx_ca_algorithm_find(const char *name, yx_key_type *type, unsigned *rsa_bits)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (strcmp(algorithms[i].name, name) == 0) {
            *type = algorithms[i].type;
            *rsa_bits = algorithms[i].rsa_bits;
            return true;
        }
    return false;
}

/* --- Checks ------------------------------------------------------------------------------- */

struct checking {
    const char *path;
    const struct yx_ca_ceremony *ceremony;
    const struct yx_ca_ceremony_item *item;
};

static const struct yx_ca_ceremony_item *find_before(const struct checking *checking,
                                                     const char *title)
{
    const struct yx_ca_ceremony *ceremony = checking->ceremony;

    for (const struct yx_ca_ceremony_item *item = ceremony->items; item < checking->item; item++)
        if (strcmp(item->title, title) == 0)
            return item;
    return NULL;
}

static yx_status check_title(const struct checking *checking, struct yx_error *err)
{
    const char *title = checking->item->title;

    /* Its files are TITLE.pem and TITLE.key, beside ceremony.conf and transcript.txt. */
    YX_REQUIRE(title[0] != '\0' && strchr(title, '.') == NULL && yx_ca_is_plain_name(title), err,
               YX_DAMAGED, RULE,
               N_("{1}: the title {2} must be 1 to {3} letters, digits, '_' and '-'"),
               checking->path, title, YX_NUM(YX_CA_NAME_MAX));
    YX_REQUIRE(find_before(checking, title) == NULL, err, YX_DAMAGED, RULE,
               N_("{1}: {2} stands twice"), checking->path, title);
    return YX_OK;
}

static yx_status check_issuer(const struct checking *checking, struct yx_error *err)
{
    const struct yx_ca_ceremony_item *item = checking->item;
    const struct yx_ca_ceremony_item *issuer = find_before(checking, item->issuer);

    if (item->authority && item->issuer[0] == '\0')
        return YX_OK;
    YX_REQUIRE(issuer != NULL && issuer->authority, err, YX_DAMAGED, RULE,
               N_("{1}: {2}: there is no authority {3} before it"), checking->path, item->title,
               item->issuer);
    YX_REQUIRE(item->days == 0 || issuer->days == 0 || item->days <= issuer->days, err, YX_DAMAGED,
               "RFC 5280 6.1.3, shell model: every certificate of the path must be valid",
               N_("{1}: {2} would outlast its authority"), checking->path, item->title);
    YX_REQUIRE(!item->authority || issuer->path_length != 0, err, YX_DAMAGED, "RFC 5280 4.2.1.9",
               N_("{1}: no authority may stand below {2}, which allows a path length of 0"),
               checking->path, issuer->title);
    return YX_OK;
}

static yx_status check_key(const struct checking *checking, struct yx_error *err)
{
    const struct yx_ca_ceremony_item *item = checking->item;
    yx_key_type type;
    unsigned bits;

    YX_REQUIRE(yx_ca_algorithm_find(item->algorithm, &type, &bits), err, YX_DAMAGED, RULE,
               N_("{1}: {2}: there is no algorithm {3}"), checking->path, item->title,
               item->algorithm);
    YX_REQUIRE(item->key[0] == '\0' || item->request[0] == '\0', err, YX_DAMAGED, RULE,
               N_("{1}: {2}: the key is on a token or in a request, not both"), checking->path,
               item->title);
    YX_REQUIRE(item->key[0] == '\0' ||
                   (yx_token_is_place(item->key) && strpbrk(item->key, "\"\\\n\r") == NULL),
               err, YX_DAMAGED, RULE, N_("{1}: {2}: {3} is no place on a token"), checking->path,
               item->title, item->key);
    return YX_OK;
}

/* The settings are read as the authority will read them. */
static yx_status check_settings(const struct checking *checking, struct yx_error *err)
{
    YX_CLEAN(cfg) cfg_t *config = NULL;
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    const struct yx_ca_ceremony_item *item = checking->item;
    struct yx_ca_settings settings;

    if (yx_buf_printf(&path, "%s, %s", checking->path, item->title) != YX_OK ||
        yx_buf_append(&path, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_ca_settings_read((const char *)path.data, YX_TEXT(item->settings), &config, &settings,
                               err));
    YX_REQUIRE(settings.key[0] == '\0', err, YX_DAMAGED, RULE,
               N_("{1}: {2}: key stands beside settings, not in them"), checking->path,
               item->title);
    return YX_OK;
}

/* The profiles of an authority, as it will read them; a root's own certificate is by a built-in
 * one. */
static yx_status read_profiles(const struct checking *checking,
                               const struct yx_ca_ceremony_item *authority,
                               struct yx_ca_profile_set *out, struct yx_error *err)
{
    struct yx_bytes none = YX_BYTES(NULL, 0);

    return authority == NULL
               ? yx_ca_profile_set_read(checking->path, none, out, err)
               : yx_ca_profile_set_read(authority->profiles,
                                        yx_buf_bytes(&authority->profiles_text), out, err);
}

/* What its issuer will certify it by. */
static yx_status check_profile(const struct checking *checking, struct yx_error *err)
{
    const struct yx_ca_ceremony_item *item = checking->item;
    const char *name = item->authority ? "sub-ca" : item->profile;
    YX_CLEAN(yx_ca_profile_set) struct yx_ca_profile_set profiles = {0};
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    const struct yx_ca_profile *profile;

    YX_TRY(read_profiles(checking, find_before(checking, item->issuer), &profiles, err));
    profile = yx_ca_profile_set_find(&profiles, name);
    YX_REQUIRE(profile != NULL && (item->authority || !profile->ca), err, YX_DAMAGED, RULE,
               N_("{1}: {2}: there is no profile {3} for a certificate"), checking->path,
               item->title, name);
    YX_TRY(yx_name_to_der(item->name, &subject, err));
    return yx_ca_profile_check_subject(profile, yx_buf_bytes(&subject), err);
}

static yx_status check_kind(const struct checking *checking, struct yx_error *err)
{
    const struct yx_ca_ceremony_item *item = checking->item;
    YX_CLEAN(yx_ca_profile_set) struct yx_ca_profile_set own = {0};

    YX_REQUIRE(item->days >= 0 && item->days <= YX_CA_DAYS_MAX, err, YX_DAMAGED, RULE,
               N_("{1}: {2}: days must be 1 to {3}"), checking->path, item->title,
               YX_NUM(YX_CA_DAYS_MAX));
    YX_REQUIRE(item->path_length >= -1, err, YX_DAMAGED, "RFC 5280 4.2.1.9",
               N_("{1}: {2}: a path length is 0 or more"), checking->path, item->title);
    YX_TRY(check_profile(checking, err));
    if (!item->authority)
        return YX_OK;
    YX_TRY(read_profiles(checking, item, &own, err));
    return check_settings(checking, err);
}

static yx_status check(const char *path, const struct yx_ca_ceremony *ceremony,
                       struct yx_error *err)
{
    YX_REQUIRE(ceremony->count > 0 && ceremony->items[0].authority, err, YX_DAMAGED, RULE,
               N_("{1} names no authority"), path);
    for (size_t i = 0; i < ceremony->count; i++) {
        const struct checking checking = {path, ceremony, &ceremony->items[i]};

        YX_TRY(check_title(&checking, err));
        YX_TRY(check_issuer(&checking, err));
        YX_TRY(check_key(&checking, err));
        YX_TRY(check_kind(&checking, err));
    }
    return YX_OK;
}

/* --- Reading ------------------------------------------------------------------------------- */

static void take_common(cfg_t *from, struct yx_ca_ceremony_item *out)
{
    out->title = cfg_title(from);
    out->name = cfg_getstr(from, "name");
    out->issuer = cfg_getstr(from, "issuer");
    out->algorithm = cfg_getstr(from, "algorithm");
    out->key = cfg_getstr(from, "key");
    out->passphrase_file = cfg_getstr(from, "passphrase_file");
    out->days = (int)cfg_getint(from, "days");
}

static yx_status take_authority(cfg_t *from, struct yx_ca_ceremony_item *out, struct yx_error *err)
{
    take_common(from, out);
    out->authority = true;
    out->profile = out->request = "";
    out->settings = cfg_getstr(from, "settings");
    out->profiles = cfg_getstr(from, "profiles");
    out->path_length = (int)cfg_getint(from, "path_length");
    if (out->profiles[0] == '\0')
        return YX_OK;
    return yx_file_read(out->profiles, YX_CA_FILE_MAX, &out->profiles_text, err);
}

static yx_status take(cfg_t *config, const char *path, struct yx_ca_ceremony *out,
                      struct yx_error *err)
{
    unsigned authorities = cfg_size(config, "authority");
    unsigned certificates = cfg_size(config, "certificate"), people = cfg_size(config, "people");

    YX_REQUIRE(authorities <= YX_CA_CEREMONY_MAX / 2 && certificates <= YX_CA_CEREMONY_MAX / 2 &&
                   people <= YX_CA_CEREMONY_MAX,
               err, YX_DAMAGED, RULE, N_("{1} lists more than {2} of a kind"), path,
               YX_NUM(YX_CA_CEREMONY_MAX / 2));
    out->title = cfg_getstr(config, "title");
    out->place = cfg_getstr(config, "place");
    for (unsigned i = 0; i < people; i++)
        out->people[out->people_count++] = cfg_getnstr(config, "people", i);
    for (unsigned i = 0; i < authorities; i++)
        YX_TRY(take_authority(cfg_getnsec(config, "authority", i), &out->items[out->count++], err));
    for (unsigned i = 0; i < certificates; i++) {
        struct yx_ca_ceremony_item *item = &out->items[out->count++];
        cfg_t *from = cfg_getnsec(config, "certificate", i);

        take_common(from, item);
        item->profile = cfg_getstr(from, "profile");
        item->request = cfg_getstr(from, "request");
        item->settings = item->profiles = "";
        item->path_length = -1;
    }
    return check(path, out, err);
}

yx_status yx_ca_ceremony_read(const char *path, struct yx_bytes text, struct yx_ca_ceremony **out,
                              struct yx_error *err)
{
    cfg_opt_t of_authority[] = {
        CFG_STR("name", "", CFGF_NONE),
        CFG_STR("issuer", "", CFGF_NONE),
        CFG_STR("algorithm", "sm2", CFGF_NONE),
        CFG_STR("key", "", CFGF_NONE),
        CFG_STR("settings", "", CFGF_NONE),
        CFG_STR("profiles", "", CFGF_NONE),
        CFG_STR("passphrase_file", "", CFGF_NONE),
        CFG_INT("days", 0, CFGF_NONE),
        CFG_INT("path_length", -1, CFGF_NONE),
        CFG_END(),
    };
    cfg_opt_t of_certificate[] = {
        CFG_STR("name", "", CFGF_NONE),
        CFG_STR("issuer", "", CFGF_NONE),
        CFG_STR("algorithm", "sm2", CFGF_NONE),
        CFG_STR("key", "", CFGF_NONE),
        CFG_STR("request", "", CFGF_NONE),
        CFG_STR("passphrase_file", "", CFGF_NONE),
        CFG_STR("profile", "", CFGF_NONE),
        CFG_INT("days", 0, CFGF_NONE),
        CFG_END(),
    };
    cfg_opt_t options[] = {
        CFG_STR("title", "", CFGF_NONE),
        CFG_STR("place", "", CFGF_NONE),
        CFG_STR_LIST("people", NULL, CFGF_NONE),
        CFG_SEC("authority", of_authority, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
        CFG_SEC("certificate", of_certificate, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
        CFG_END(),
    };
    YX_CLEAN(yx_ca_ceremony) struct yx_ca_ceremony *ceremony = calloc(1, sizeof *ceremony);

    if (ceremony == NULL || yx_buf_append(&ceremony->text, text) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_digest(YX_DIGEST_SM3, text, ceremony->digest, err));
    YX_TRY(yx_config_parse(path, text, options, &ceremony->config, err));
    YX_TRY(take(ceremony->config, path, ceremony, err));
    *out = ceremony;
    ceremony = NULL;
    return YX_OK;
}

void yx_ca_ceremony_free(struct yx_ca_ceremony *ceremony)
{
    if (ceremony == NULL)
        return;
    for (size_t i = 0; i < ceremony->count; i++) {
        yx_buf_free(&ceremony->items[i].profiles_text);
        yx_cert_free(ceremony->items[i].certificate);
    }
    yx_buf_free(&ceremony->text);
    (void)cfg_free(ceremony->config);
    free(ceremony);
}
