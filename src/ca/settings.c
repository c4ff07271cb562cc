/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca/settings.c - DIR/ca.conf as data. The file is read by libConfuse, which refuses keys that it
 * does not know; what a value may be is checked here. Profiles are read by profile_file.c with the
 * same helper.
 */
#include <stdlib.h>

#include "ca/room.h"

#define MINUTE INT64_C(60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* --- ca.conf ----------------------------------------------------------------------------- */

/* Whole numbers with their limits, in the order of the file's documentation. */
static const struct {
    const char *name;
    size_t offset;
    int64_t usual, min, max;
} numbers[] = {
    {"crl_lifetime", offsetof(struct yx_ca_settings, crl_lifetime), 7 * DAY, MINUTE, 366 * DAY},
    {"crl_period", offsetof(struct yx_ca_settings, crl_period), DAY, 1, 366 * DAY},
    {"delta_period", offsetof(struct yx_ca_settings, delta_period), 0, 0, 366 * DAY},
    {"partitions", offsetof(struct yx_ca_settings, partitions), 1, 1, YX_CA_PARTITIONS_MAX},
    {"ocsp_lifetime", offsetof(struct yx_ca_settings, ocsp_lifetime), HOUR, MINUTE, 30 * DAY},
    {"clock_step_max", offsetof(struct yx_ca_settings, clock_step_max), 5 * MINUTE, 0, DAY},
    {"tsa_step_max", offsetof(struct yx_ca_settings, tsa_step_max), 1, 1, HOUR},
    {"tsa_synchronised", offsetof(struct yx_ca_settings, tsa_synchronised), 0, 0, 1},
    {"ldap_drop_revoked", offsetof(struct yx_ca_settings, ldap_drop_revoked), 1, 0, 1},
    {"ldap_drop_expired", offsetof(struct yx_ca_settings, ldap_drop_expired), 0, 0, 1},
};
static const struct {
    const char *name;
    size_t offset;
} texts[] = {
    {"name", offsetof(struct yx_ca_settings, name)},
    {"database", offsetof(struct yx_ca_settings, database)},
    {"key", offsetof(struct yx_ca_settings, key)},
    {"base_url", offsetof(struct yx_ca_settings, base_url)},
    {"ldap_url", offsetof(struct yx_ca_settings, ldap_url)},
    {"ldap_bind", offsetof(struct yx_ca_settings, ldap_bind)},
    {"ldap_password_file", offsetof(struct yx_ca_settings, ldap_password_file)},
    {"ldap_base", offsetof(struct yx_ca_settings, ldap_base)},
    {"ldap_ca", offsetof(struct yx_ca_settings, ldap_ca)},
    {"ocsp_cert", offsetof(struct yx_ca_settings, ocsp_cert)},
    {"ocsp_key", offsetof(struct yx_ca_settings, ocsp_key)},
    {"tsa_cert", offsetof(struct yx_ca_settings, tsa_cert)},
    {"tsa_key", offsetof(struct yx_ca_settings, tsa_key)},
    {"tsa_policy", offsetof(struct yx_ca_settings, tsa_policy)},
};
#define NUMBERS (sizeof numbers / sizeof numbers[0])
#define TEXTS (sizeof texts / sizeof texts[0])

static void list_options(cfg_opt_t out[NUMBERS + TEXTS + 1])
{
    size_t at = 0;

    for (size_t i = 0; i < NUMBERS; i++)
        out[at++] = (cfg_opt_t)CFG_INT(numbers[i].name, (long)numbers[i].usual, CFGF_NONE);
    for (size_t i = 0; i < TEXTS; i++)
        out[at++] = (cfg_opt_t)CFG_STR(texts[i].name, "", CFGF_NONE);
    out[at] = (cfg_opt_t)CFG_END();
}

static yx_status take_numbers(cfg_t *config, const char *path, struct yx_ca_settings *out,
                              struct yx_error *err)
{
    for (size_t i = 0; i < NUMBERS; i++) {
        int64_t value = cfg_getint(config, numbers[i].name);

        YX_REQUIRE(value >= numbers[i].min && value <= numbers[i].max, err, YX_DAMAGED, "",
                   N_("{1}: {2} must be {3} to {4}, not {5}"), path, numbers[i].name,
                   YX_NUM(numbers[i].min), YX_NUM(numbers[i].max), YX_NUM(value));
        memcpy((char *)out + numbers[i].offset, &value, sizeof value);
    }
    return YX_OK;
}

/* A name stands in URLs as it is. */
bool yx_ca_is_plain_name(const char *name)
{
    return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
               strlen(name) &&
           name[0] != '.' && strlen(name) <= YX_CA_NAME_MAX;
}

static yx_status check_settings(const struct yx_ca_settings *settings, const char *path,
                                struct yx_error *err)
{
    YX_REQUIRE(yx_ca_is_plain_name(settings->name), err, YX_DAMAGED, "RFC 3986 2.3",
               N_("{1}: the name {2} must be at most {3} letters, digits, '.', '_' and '-'"), path,
               settings->name, YX_NUM(YX_CA_NAME_MAX));
    YX_REQUIRE(settings->crl_period <= settings->crl_lifetime &&
                   settings->delta_period <= settings->crl_period,
               err, YX_DAMAGED, "RFC 5280 5.1.2.5",
               N_("{1}: delta_period must not be longer than crl_period, nor that longer than "
                  "crl_lifetime: a list would end before the next one is there"),
               path);
    YX_REQUIRE(settings->partitions == 1 || settings->base_url[0] != '\0', err, YX_DAMAGED,
               "RFC 5280 5.2.5",
               N_("{1}: several partitions need a base_url: certificates name their own"), path);
    YX_REQUIRE((settings->ocsp_cert[0] == '\0') == (settings->ocsp_key[0] == '\0') &&
                   (settings->tsa_cert[0] == '\0') == (settings->tsa_key[0] == '\0'),
               err, YX_DAMAGED, "",
               N_("{1}: ocsp_cert and ocsp_key go together, and so do tsa_cert and tsa_key"), path);
    YX_REQUIRE(settings->ldap_url[0] == '\0' || settings->ldap_base[0] != '\0', err, YX_DAMAGED, "",
               N_("{1}: ldap_url needs an ldap_base to write below"), path);
    YX_REQUIRE(settings->base_url[0] == '\0' || strncmp(settings->base_url, "http://", 7) == 0 ||
                   strncmp(settings->base_url, "https://", 8) == 0,
               err, YX_DAMAGED, "RFC 5280 4.2.1.13",
               N_("{1}: base_url must start with http:// or https://"), path);
    return YX_OK;
}

static yx_status take(cfg_t *config, const char *path, struct yx_ca_settings *out,
                      struct yx_error *err)
{
    for (size_t i = 0; i < TEXTS; i++) {
        const char *value = cfg_getstr(config, texts[i].name);

        memcpy((char *)out + texts[i].offset, &value, sizeof value);
    }
    YX_TRY(take_numbers(config, path, out, err));
    return check_settings(out, path, err);
}

yx_status yx_ca_settings_read(const char *path, struct yx_bytes text, cfg_t **config,
                              struct yx_ca_settings *out, struct yx_error *err)
{
    cfg_opt_t options[NUMBERS + TEXTS + 1];
    YX_CLEAN(cfg) cfg_t *parsed = NULL;

    list_options(options);
    YX_TRY(yx_config_parse(path, text, options, &parsed, err));
    YX_TRY(take(parsed, path, out, err));
    *config = parsed;
    parsed = NULL;
    return YX_OK;
}

const struct yx_ca_settings *yx_ca_settings(const struct yx_ca *ca)
{
    return &ca->settings;
}
