/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enrol/people.c - DIR/enrol.conf: who is known, by what they show themselves, and what they may
 * ask for. Whether a certificate is given is order.c's.
 */
#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

#include "config/config.h"
#include "enrol/enrol.h"

#define FILE_MAX (4u * 1024 * 1024)
#define PEOPLE_MAX 100000
#define RULE "enrol.conf"

struct yx_enrol {
    struct yx_ca *ca;
    cfg_t *config; /* the texts of the people live in it; NULL: no file */
    struct yx_person *people;
    size_t count;
};

/* --- The file ------------------------------------------------------------------------------ */

static yx_status parse(const char *path, struct yx_bytes text, cfg_t **out, struct yx_error *err)
{
    cfg_opt_t entry[] = {
        CFG_STR("password", NULL, CFGF_NONE),
        CFG_STR("secret", NULL, CFGF_NONE),
        CFG_STR("certificate", NULL, CFGF_NONE),
        CFG_STR_LIST("profiles", NULL, CFGF_NONE),
        CFG_STR("subject", NULL, CFGF_NONE),
        CFG_STR_LIST("names", NULL, CFGF_NONE),
        CFG_END(),
    };
    cfg_opt_t options[] = {
        CFG_SEC("person", entry, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
        CFG_END(),
    };

    return yx_config_parse(path, text, options, out, err);
}

/* It holds shared secrets as they are. */
static yx_status check_mode(const char *path, bool *there, struct yx_error *err)
{
    struct stat state;

    *there = stat(path, &state) == 0;
    if (!*there)
        return errno == ENOENT
                   ? YX_OK
                   : yx_fail_errno(err, YX_NO_INPUT, N_("cannot open {1}: {2}"), path, errno);
    YX_REQUIRE((state.st_mode & 077) == 0, err, YX_REFUSED, RULE,
               N_("others than its owner can read or write {1}, which holds secrets: chmod 600"),
               path);
    return YX_OK;
}

/* --- Entries ------------------------------------------------------------------------------- */

static yx_status take_profiles(const struct yx_enrol *enrol, cfg_t *entry, struct yx_person *person,
                               struct yx_error *err)
{
    unsigned count = cfg_size(entry, "profiles");

    YX_REQUIRE(count >= 1 && count <= YX_PERSON_PROFILES, err, YX_DAMAGED, RULE,
               N_("person {1} needs 1 to {2} profiles, not {3}"), person->name,
               YX_NUM(YX_PERSON_PROFILES), YX_NUM(count));
    for (unsigned i = 0; i < count; i++) {
        const char *name = cfg_getnstr(entry, "profiles", i);

        person->profiles[i] = yx_ca_profile_find(enrol->ca, name);
        YX_REQUIRE(person->profiles[i] != NULL, err, YX_DAMAGED, RULE,
                   N_("person {1}: there is no profile {2}"), person->name, name);
    }
    return YX_OK;
}

static yx_status take_names(cfg_t *entry, struct yx_person *person, struct yx_error *err)
{
    unsigned count = cfg_size(entry, "names");
    const char **names = calloc(count + 1u, sizeof *names);

    if (names == NULL)
        return yx_fail_memory(err);
    for (unsigned i = 0; i < count; i++)
        names[i] = cfg_getnstr(entry, "names", i);
    person->names = names;
    person->name_count = count;
    return YX_OK;
}

/* The subject as certificates show it: "CN=a, O=b" and "CN=a,O=b" are the same. */
static yx_status check_subject(const struct yx_person *person, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};

    YX_REQUIRE(person->subject != NULL, err, YX_DAMAGED, RULE,
               N_("person {1} needs a subject; \"*\" allows any"), person->name);
    return strcmp(person->subject, "*") == 0 ? YX_OK : yx_name_to_der(person->subject, &der, err);
}

static yx_status take_person(const struct yx_enrol *enrol, cfg_t *entry, struct yx_person *person,
                             struct yx_error *err)
{
    bool matches;

    person->name = cfg_title(entry);
    person->password = cfg_getstr(entry, "password");
    person->secret = cfg_getstr(entry, "secret");
    person->certificate = cfg_getstr(entry, "certificate");
    person->subject = cfg_getstr(entry, "subject");
    YX_REQUIRE(person->name[0] != '\0' && strlen(person->name) <= 128 &&
                   strchr(person->name, ':') == NULL && yx_utf8_valid(YX_TEXT(person->name)),
               err, YX_DAMAGED, "RFC 7617 2",
               N_("the name of a person has 1 to 128 bytes and no ':'"));
    YX_REQUIRE(person->secret == NULL || strlen(person->secret) >= 8, err, YX_DAMAGED,
               "RFC 4210 appendix C", N_("person {1}: a shared secret has 8 bytes at least"),
               person->name);
    YX_TRY(take_profiles(enrol, entry, person, err));
    YX_TRY(take_names(entry, person, err));
    YX_TRY(check_subject(person, err));
    /* Malformed hashes are found now, not when somebody logs in. */
    return person->password == NULL
               ? YX_OK
               : yx_password_check(YX_BYTES("", 0), person->password, &matches, err);
}

static yx_status take_people(struct yx_enrol *enrol, struct yx_error *err)
{
    unsigned count = cfg_size(enrol->config, "person");

    YX_REQUIRE(count <= PEOPLE_MAX, err, YX_DAMAGED, RULE, N_("more than {1} people are named"),
               YX_NUM(PEOPLE_MAX));
    enrol->people = calloc(count + 1u, sizeof *enrol->people);
    if (enrol->people == NULL)
        return yx_fail_memory(err);
    for (unsigned i = 0; i < count; i++) {
        enrol->count = i + 1;
        YX_TRY(take_person(enrol, cfg_getnsec(enrol->config, "person", i), &enrol->people[i], err));
    }
    return YX_OK;
}

yx_status yx_enrol_new(struct yx_ca *ca, const char *path, struct yx_enrol **out,
                       struct yx_error *err)
{
    YX_CLEAN(yx_enrol) struct yx_enrol *enrol = calloc(1, sizeof *enrol);
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    bool there;

    if (enrol == NULL)
        return yx_fail_memory(err);
    enrol->ca = ca;
    YX_TRY(check_mode(path, &there, err));
    if (there) {
        YX_TRY(yx_file_read(path, FILE_MAX, &text, err));
        YX_TRY(parse(path, yx_buf_bytes(&text), &enrol->config, err));
        YX_TRY(take_people(enrol, err));
    }
    *out = enrol;
    enrol = NULL;
    return YX_OK;
}

void yx_enrol_free(struct yx_enrol *enrol)
{
    if (enrol == NULL)
        return;
    for (size_t i = 0; i < enrol->count; i++)
        free((void *)(uintptr_t)enrol->people[i].names);
    free(enrol->people);
    if (enrol->config != NULL)
        (void)cfg_free(enrol->config);
    free(enrol);
}

/* --- Asking -------------------------------------------------------------------------------- */

struct yx_ca *yx_enrol_ca(const struct yx_enrol *enrol)
{
    return enrol->ca;
}

const struct yx_person *yx_enrol_find(const struct yx_enrol *enrol, struct yx_bytes name)
{
    for (size_t i = 0; i < enrol->count; i++)
        if (yx_bytes_are(name, enrol->people[i].name))
            return &enrol->people[i];
    return NULL;
}

const struct yx_person *yx_enrol_find_certificate(const struct yx_enrol *enrol, const char *serial)
{
    for (size_t i = 0; i < enrol->count; i++)
        if (enrol->people[i].certificate != NULL &&
            strcasecmp(enrol->people[i].certificate, serial) == 0)
            return &enrol->people[i];
    return NULL;
}

yx_status yx_enrol_login(const struct yx_enrol *enrol, struct yx_bytes name,
                         struct yx_bytes password, const struct yx_person **out,
                         struct yx_error *err)
{
    const struct yx_person *person = yx_enrol_find(enrol, name);
    bool matches;

    YX_TRY(yx_password_check(password, person == NULL ? NULL : person->password, &matches, err));
    *out = matches ? person : NULL;
    return YX_OK;
}

/* --- A new entry --------------------------------------------------------------------------- */

static yx_status put_text(struct yx_buf *out, const char *text, struct yx_error *err)
{
    YX_REQUIRE(yx_utf8_valid(YX_TEXT(text)) && strpbrk(text, "\"\\\n\r") == NULL, err, YX_USAGE,
               RULE, N_("quotes, backslashes and line ends cannot stand in {1}"), "enrol.conf");
    return yx_buf_printf(out, "\"%s\"", text) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status put_setting(struct yx_buf *out, const char *key, const char *value,
                             struct yx_error *err)
{
    if (value == NULL)
        return YX_OK;
    if (yx_buf_printf(out, "  %s = ", key) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(put_text(out, value, err));
    return yx_buf_append_text(out, "\n") == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status put_list(struct yx_buf *out, const char *key, const char *const *values,
                          struct yx_error *err)
{
    if (values == NULL)
        return YX_OK;
    if (yx_buf_printf(out, "  %s = {", key) != YX_OK)
        return yx_fail_memory(err);
    for (size_t i = 0; values[i] != NULL; i++) {
        if (i > 0 && yx_buf_append_text(out, ", ") != YX_OK)
            return yx_fail_memory(err);
        YX_TRY(put_text(out, values[i], err));
    }
    return yx_buf_append_text(out, "}\n") == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status hash(const char *password, struct yx_buf *out, struct yx_error *err)
{
    if (password == NULL)
        return YX_OK;
    YX_TRY(yx_password_hash(YX_TEXT(password), out, err));
    return yx_buf_append(out, YX_BYTES("", 1)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_enrol_write_person(const struct yx_person_entry *entry, struct yx_buf *out,
                                struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    YX_CLEAN(yx_buf) struct yx_buf hashed = {0};

    YX_TRY(hash(entry->password, &hashed, err));
    if (yx_buf_append_text(&text, "person ") != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(put_text(&text, entry->name, err));
    if (yx_buf_append_text(&text, " {\n") != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(put_setting(&text, "password", (const char *)hashed.data, err));
    YX_TRY(put_setting(&text, "secret", entry->secret, err));
    YX_TRY(put_list(&text, "profiles", entry->profiles, err));
    YX_TRY(put_setting(&text, "subject", entry->subject, err));
    YX_TRY(put_list(&text, "names", entry->names, err));
    if (yx_buf_append_text(&text, "}\n") != YX_OK ||
        yx_buf_append(out, yx_buf_bytes(&text)) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}
