/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca/profile_file.c - DIR/profiles.conf: kinds of certificates that the operator adds, or puts in
 * the place of a built-in one of the same name.
 *
 *   profile notary {
 *     like = "unit"              # starts as a copy of this one
 *     summary = "a notary's office"
 *     days = 730
 *     key_usage = {"digitalSignature", "nonRepudiation"}
 *     purposes = {"clientAuth"}
 *     subject = {"C", "O", "CN"}
 *     policies = {"1.2.156.10260.1"}
 *   }
 */
#include <stdlib.h>

#include "ca/room.h"

#define PROFILES_MAX 200

struct name_of_oid {
    const char *name;
    yx_oid oid;
};

/* A word that stands for a bit. */
struct name_of_bit {
    const char *name;
    int bit;
};
/* RFC 5280 4.2.1.3 */
static const struct name_of_bit usages[] = {
    {"digitalSignature", YX_KU_DIGITAL_SIGNATURE},
    {"nonRepudiation", YX_KU_NON_REPUDIATION},
    {"keyEncipherment", YX_KU_KEY_ENCIPHERMENT},
    {"dataEncipherment", YX_KU_DATA_ENCIPHERMENT},
    {"keyAgreement", YX_KU_KEY_AGREEMENT},
    {"keyCertSign", YX_KU_KEY_CERT_SIGN},
    {"cRLSign", YX_KU_CRL_SIGN},
};

/* Forms of further names that a request may bring (RFC 5280 4.2.1.6). */
static const struct name_of_bit forms[] = {
    {"dns", 1 << YX_NAME_DNS},
    {"email", 1 << YX_NAME_EMAIL},
    {"ip", 1 << YX_NAME_IP},
    {"uri", 1 << YX_NAME_URI},
};

/* Names as RFC 5280 4.2.1.12 has them. */
static const struct name_of_oid purposes[] = {
    {"serverAuth", YX_OID_KP_SERVER_AUTH},           {"clientAuth", YX_OID_KP_CLIENT_AUTH},
    {"emailProtection", YX_OID_KP_EMAIL_PROTECTION}, {"timeStamping", YX_OID_KP_TIME_STAMPING},
    {"OCSPSigning", YX_OID_KP_OCSP_SIGNING},
};
/* Names as they stand in a subject. */
static const struct name_of_oid attributes[] = {
    {"C", YX_OID_COUNTRY},
    {"ST", YX_OID_STATE},
    {"L", YX_OID_LOCALITY},
    {"O", YX_OID_ORGANIZATION},
    {"OU", YX_OID_ORGANIZATIONAL_UNIT},
    {"CN", YX_OID_COMMON_NAME},
    {"SN", YX_OID_SURNAME},
    {"GN", YX_OID_GIVEN_NAME},
    {"title", YX_OID_TITLE},
    {"serialNumber", YX_OID_SERIAL_NUMBER},
    {"organizationIdentifier", YX_OID_ORGANIZATION_IDENTIFIER},
    {"UID", YX_OID_USER_ID},
    {"emailAddress", YX_OID_EMAIL},
};
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A list of words in a file, each of which a table knows. */
struct words {
    const char *key; /* "purposes" */
    const struct name_of_oid *table;
    size_t known;
    yx_oid *out;
    size_t max;
};

static yx_status take_word(const struct words *words, const char *word, yx_oid *out,
                           const char *profile, const char *path, struct yx_error *err)
{
    for (size_t i = 0; i < words->known; i++)
        if (strcmp(words->table[i].name, word) == 0) {
            *out = words->table[i].oid;
            return YX_OK;
        }
    return yx_fail(err, YX_DAMAGED, "", N_("{1}: profile {2}: {3} knows no {4}"), path, profile,
                   words->key, word);
}

static yx_status take_words(cfg_t *from, const struct words *words, const char *profile,
                            const char *path, struct yx_error *err)
{
    unsigned count = cfg_size(from, words->key);

    YX_REQUIRE(count < words->max, err, YX_DAMAGED, "",
               N_("{1}: profile {2}: {3} lists more than {4} names"), path, profile, words->key,
               YX_NUM(words->max - 1));
    if (count == 0)
        return YX_OK;
    for (unsigned i = 0; i < count; i++)
        YX_TRY(
            take_word(words, cfg_getnstr(from, words->key, i), &words->out[i], profile, path, err));
    for (size_t i = count; i < words->max; i++)
        words->out[i] = YX_OID_UNKNOWN;
    return YX_OK;
}

static yx_status take_bits(cfg_t *from, const char *key, const struct name_of_bit *table,
                           size_t known, int *bits, const char *profile, const char *path,
                           struct yx_error *err)
{
    if (cfg_size(from, key) > 0)
        *bits = 0;
    for (unsigned i = 0; i < cfg_size(from, key); i++) {
        const char *name = cfg_getnstr(from, key, i);
        size_t at = 0;

        while (at < known && strcmp(table[at].name, name) != 0)
            at++;
        YX_REQUIRE(at < known, err, YX_DAMAGED, "", N_("{1}: profile {2}: {3} knows no {4}"), path,
                   profile, key, name);
        *bits |= table[at].bit;
    }
    return YX_OK;
}

static yx_status take_policies(cfg_t *from, struct yx_ca_profile *out, const char *path,
                               struct yx_error *err)
{
    unsigned count = cfg_size(from, "policies");

    YX_REQUIRE(count < YX_CA_POLICIES, err, YX_DAMAGED, "",
               N_("{1}: profile {2}: {3} lists more than {4} names"), path, out->name, "policies",
               YX_NUM(YX_CA_POLICIES - 1));
    for (unsigned i = 0; i < count; i++)
        out->policies[i] = cfg_getnstr(from, "policies", i);
    return YX_OK;
}

static void take_rest(cfg_t *from, struct yx_ca_profile *out)
{
    if (cfg_getstr(from, "summary")[0] != '\0')
        out->summary = cfg_getstr(from, "summary");
    if (cfg_getint(from, "days") != 0)
        out->days = (int)cfg_getint(from, "days");
    if (cfg_getint(from, "days_max") != 0)
        out->days_max = (int)cfg_getint(from, "days_max");
    if (cfg_getint(from, "renew_before") != 0)
        out->renew_before = cfg_getint(from, "renew_before") * INT64_C(86400);
    if (cfg_getint(from, "path_length") >= 0)
        out->path_length = (int)cfg_getint(from, "path_length");
    if (cfg_getstr(from, "twin")[0] != '\0')
        out->twin = cfg_getstr(from, "twin");
    if (cfg_size(from, "dns") > 0)
        out->has_dns_name = cfg_getbool(from, "dns");
    if (cfg_size(from, "approval") > 0)
        out->approval = cfg_getbool(from, "approval");
    if (cfg_size(from, "makes_keys") > 0)
        out->makes_keys = cfg_getbool(from, "makes_keys");
}

static yx_status check_days(const struct yx_ca_profile *profile, const char *path,
                            struct yx_error *err)
{
    YX_REQUIRE(profile->days > 0 && profile->days <= YX_CA_DAYS_MAX && profile->days_max >= 0 &&
                   (profile->days_max == 0 || profile->days_max >= profile->days) &&
                   profile->renew_before >= 0,
               err, YX_DAMAGED, "",
               N_("{1}: profile {2}: days must be 1 to {3}, and days_max not below days"), path,
               profile->name, YX_NUM(YX_CA_DAYS_MAX));
    return YX_OK;
}

static yx_status take_profile(const struct yx_ca_profile_set *set, cfg_t *from, const char *path,
                              struct yx_ca_profile *out, struct yx_error *err)
{
    const char *like = cfg_getstr(from, "like");
    const struct yx_ca_profile *start = yx_ca_profile_set_find(set, like);

    YX_REQUIRE(start != NULL, err, YX_DAMAGED, "",
               N_("{1}: profile {2}: like must name a profile that is there already, not {3}"),
               path, cfg_title(from), like);
    *out = *start;
    out->name = cfg_title(from);
    take_rest(from, out);
    YX_TRY(check_days(out, path, err));
    if (cfg_size(from, "key_usage") > 0)
        out->rsa_usage = 0; /* the file says it all */
    YX_TRY(
        take_bits(from, "key_usage", usages, COUNT(usages), &out->key_usage, out->name, path, err));
    YX_TRY(take_bits(from, "names", forms, COUNT(forms), &out->name_forms, out->name, path, err));
    YX_TRY(take_policies(from, out, path, err));
    YX_TRY(take_words(
        from, &(struct words){"purposes", purposes, COUNT(purposes), out->purposes, YX_CA_PURPOSES},
        out->name, path, err));
    return take_words(
        from,
        &(struct words){"subject", attributes, COUNT(attributes), out->subject, YX_CA_NAME_PARTS},
        out->name, path, err);
}

/* One that is there already is replaced where it stands. */
static void put_profile(struct yx_ca_profile_set *set, const struct yx_ca_profile *profile)
{
    size_t at = 0;

    while (at < set->count && strcmp(set->list[at].name, profile->name) != 0)
        at++;
    set->list[at] = *profile;
    if (at == set->count)
        set->count++;
}

static yx_status check_twins(const struct yx_ca_profile_set *set, const char *path,
                             struct yx_error *err)
{
    for (size_t i = 0; i < set->count; i++) {
        const char *twin = set->list[i].twin;

        YX_REQUIRE(twin == NULL || yx_ca_profile_set_find(set, twin) != NULL, err, YX_DAMAGED, "",
                   N_("{1}: profile {2}: there is no profile {3} for its twin"), path,
                   set->list[i].name, twin);
    }
    return YX_OK;
}

/* Room for so many beside the built-in ones, which are there. */
static yx_status start(struct yx_ca_profile_set *set, size_t more, struct yx_error *err)
{
    const struct yx_ca_profile *built_in = yx_ca_profiles(NULL, &set->count);

    set->list = calloc(set->count + more, sizeof *set->list);
    if (set->list == NULL)
        return yx_fail_memory(err);
    memcpy(set->list, built_in, set->count * sizeof *set->list);
    return YX_OK;
}

static yx_status read_all(const char *path, struct yx_bytes text, struct yx_ca_profile_set *set,
                          struct yx_error *err)
{
    cfg_opt_t of_profile[] = {
        CFG_STR("like", "unit", CFGF_NONE),
        CFG_STR("summary", "", CFGF_NONE),
        CFG_STR("twin", "", CFGF_NONE),
        CFG_INT("days", 0, CFGF_NONE),
        CFG_INT("days_max", 0, CFGF_NONE),
        CFG_INT("renew_before", 0, CFGF_NONE), /* days */
        CFG_INT("path_length", -1, CFGF_NONE),
        CFG_STR_LIST("names", NULL, CFGF_NONE),
        CFG_BOOL("dns", cfg_false, CFGF_NODEFAULT),
        CFG_BOOL("approval", cfg_false, CFGF_NODEFAULT),
        CFG_BOOL("makes_keys", cfg_false, CFGF_NODEFAULT),
        CFG_STR_LIST("key_usage", NULL, CFGF_NONE),
        CFG_STR_LIST("purposes", NULL, CFGF_NONE),
        CFG_STR_LIST("subject", NULL, CFGF_NONE),
        CFG_STR_LIST("policies", NULL, CFGF_NONE),
        CFG_END(),
    };
    cfg_opt_t options[] = {
        CFG_SEC("profile", of_profile, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
        CFG_END(),
    };
    unsigned count;

    YX_TRY(yx_config_parse(path, text, options, &set->config, err));
    count = cfg_size(set->config, "profile");
    YX_REQUIRE(count <= PROFILES_MAX, err, YX_DAMAGED, "", N_("{1} holds more than {2} profiles"),
               path, YX_NUM(PROFILES_MAX));
    YX_TRY(start(set, count, err));
    for (unsigned i = 0; i < count; i++) {
        struct yx_ca_profile profile;

        YX_TRY(take_profile(set, cfg_getnsec(set->config, "profile", i), path, &profile, err));
        put_profile(set, &profile);
    }
    return check_twins(set, path, err);
}

yx_status yx_ca_profile_set_read(const char *path, struct yx_bytes text,
                                 struct yx_ca_profile_set *out, struct yx_error *err)
{
    YX_CLEAN(yx_ca_profile_set) struct yx_ca_profile_set set = {0};

    YX_TRY(read_all(path, text, &set, err));
    *out = set;
    set = (struct yx_ca_profile_set){0};
    return YX_OK;
}

void yx_ca_profile_set_free(struct yx_ca_profile_set *set)
{
    free(set->list);
    (void)cfg_free(set->config);
}
