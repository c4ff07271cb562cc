/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enrol/people.c - DIR/enrol.conf: who is known, by what they show themselves, and what they may
 * ask for. Whether a certificate is given is order.c's.
 */
#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "enrol/room.h"

#define PEOPLE_MAX 100000
#define RULE "enrol.conf"

#define DAY INT64_C(86400)

/* Settings beside the people, with what they may be. */
static const struct {
    const char *name;
    size_t offset;
    int64_t usual, min, max;
} numbers[] = {
    {"attempts", offsetof(struct yx_enrol_settings, attempts), 10, 0, 1000},
    {"lock_seconds", offsetof(struct yx_enrol_settings, lock_seconds), 0, 0, 366 * DAY},
    {"delay_after", offsetof(struct yx_enrol_settings, delay_after), 3, 1, 1000},
    {"delay_seconds", offsetof(struct yx_enrol_settings, delay_seconds), 1, 0, DAY},
    {"delay_max_seconds", offsetof(struct yx_enrol_settings, delay_max_seconds), 300, 0, DAY},
    {"address_attempts", offsetof(struct yx_enrol_settings, address_attempts), 100, 0, 1000000},
    {"address_seconds", offsetof(struct yx_enrol_settings, address_seconds), 3600, 1, DAY},
    {"approval_seconds", offsetof(struct yx_enrol_settings, approval_seconds), 7 * DAY, 1,
     366 * DAY},
    {"retry_seconds", offsetof(struct yx_enrol_settings, retry_seconds), 60, 1, DAY},
    {"pending_max", offsetof(struct yx_enrol_settings, pending_max), 20, 1, 100000},
};
#define NUMBERS (sizeof numbers / sizeof numbers[0])

/* --- The file ------------------------------------------------------------------------------ */

static yx_status parse(const char *path, struct yx_bytes text, cfg_t **out, struct yx_error *err)
{
    cfg_opt_t entry[] = {
        CFG_STR("password", NULL, CFGF_NONE),       CFG_STR("secret", NULL, CFGF_NONE),
        CFG_STR("certificate", NULL, CFGF_NONE),    CFG_STR_LIST("profiles", NULL, CFGF_NONE),
        CFG_STR("subject", NULL, CFGF_NONE),        CFG_STR_LIST("names", NULL, CFGF_NONE),
        CFG_BOOL("approval", cfg_false, CFGF_NONE), CFG_END(),
    };
    cfg_opt_t options[NUMBERS + 2];

    for (size_t i = 0; i < NUMBERS; i++)
        options[i] = (cfg_opt_t)CFG_INT(numbers[i].name, (long)numbers[i].usual, CFGF_NONE);
    options[NUMBERS] =
        (cfg_opt_t)CFG_SEC("person", entry, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);
    options[NUMBERS + 1] = (cfg_opt_t)CFG_END();
    return yx_config_parse(path, text, options, out, err);
}

/* It holds shared secrets as they are. */
static yx_status check_mode(const char *path, struct yx_error *err)
{
    struct stat state;

    if (stat(path, &state) != 0)
        return errno == ENOENT
                   ? YX_OK
                   : yx_fail_errno(err, YX_NO_INPUT, N_("cannot open {1}: {2}"), path, errno);
    YX_REQUIRE((state.st_mode & 077) == 0, err, YX_REFUSED, RULE,
               N_("others than its owner can read or write {1}, which holds secrets: chmod 600"),
               path);
    return YX_OK;
}

yx_status yx_enrol_read_file(const char *path, struct yx_buf *out, struct yx_error *err)
{
    YX_TRY(check_mode(path, err));
    return access(path, F_OK) == 0 ? yx_file_read(path, YX_ENROL_FILE_MAX, out, err) : YX_OK;
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
    person->approval = cfg_getbool(entry, "approval") == cfg_true;
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

static yx_status take_numbers(struct yx_enrol *enrol, const char *path, struct yx_error *err)
{
    for (size_t i = 0; i < NUMBERS; i++) {
        int64_t value = cfg_getint(enrol->config, numbers[i].name);

        YX_REQUIRE(value >= numbers[i].min && value <= numbers[i].max, err, YX_DAMAGED, RULE,
                   N_("{1}: {2} must be {3} to {4}, not {5}"), path, numbers[i].name,
                   YX_NUM(numbers[i].min), YX_NUM(numbers[i].max), YX_NUM(value));
        memcpy((char *)&enrol->settings + numbers[i].offset, &value, sizeof value);
    }
    return YX_OK;
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

yx_status yx_enrol_read(struct yx_ca *ca, const char *path, struct yx_bytes text,
                        struct yx_enrol **out, struct yx_error *err)
{
    YX_CLEAN(yx_enrol) struct yx_enrol *enrol = calloc(1, sizeof *enrol);

    if (enrol == NULL)
        return yx_fail_memory(err);
    enrol->ca = ca;
    YX_TRY(parse(path, text, &enrol->config, err));
    YX_TRY(take_numbers(enrol, path, err));
    YX_TRY(take_people(enrol, err));
    *out = enrol;
    enrol = NULL;
    return YX_OK;
}

static struct yx_enrol_stamp stamp_of(const char *path)
{
    struct stat about = {0};

    (void)stat(path, &about);
    return (struct yx_enrol_stamp){about.st_dev, about.st_ino, about.st_size, about.st_ctim};
}

yx_status yx_enrol_new(struct yx_ca *ca, const char *path, struct yx_enrol **out,
                       struct yx_error *err)
{
    YX_CLEAN(yx_enrol) struct yx_enrol *enrol = NULL;
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    /* Looked at before it is read: a change meanwhile is found later. */
    struct yx_enrol_stamp stamp = stamp_of(path);

    YX_TRY(yx_enrol_prepare(ca, err));
    YX_TRY(yx_enrol_read_file(path, &text, err));
    YX_TRY(yx_enrol_read(ca, path, yx_buf_bytes(&text), &enrol, err));
    enrol->stamp = stamp;
    enrol->path = strdup(path);
    if (enrol->path == NULL)
        return yx_fail_memory(err);
    *out = enrol;
    enrol = NULL;
    return YX_OK;
}

bool yx_enrol_is_stale(const struct yx_enrol *enrol)
{
    struct yx_enrol_stamp stamp = stamp_of(enrol->path);

    return stamp.device != enrol->stamp.device || stamp.inode != enrol->stamp.inode ||
           stamp.size != enrol->stamp.size || stamp.changed.tv_sec != enrol->stamp.changed.tv_sec ||
           stamp.changed.tv_nsec != enrol->stamp.changed.tv_nsec;
}

yx_status yx_enrol_refresh(struct yx_enrol *enrol, struct yx_error *err)
{
    YX_CLEAN(yx_enrol) struct yx_enrol *fresh = NULL;
    struct yx_enrol old = *enrol;

    enrol->stamp = stamp_of(enrol->path);
    YX_TRY(yx_enrol_new(enrol->ca, enrol->path, &fresh, err));
    *enrol = *fresh;
    yx_enrol_on_news(enrol, old.tell, old.tell_self);
    *fresh = old;
    return YX_OK;
}

void yx_enrol_on_news(struct yx_enrol *enrol, yx_enrol_tell tell, void *self)
{
    enrol->tell = tell;
    enrol->tell_self = self;
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
    free(enrol->path);
    free(enrol);
}

/* --- Asking -------------------------------------------------------------------------------- */

struct yx_ca *yx_enrol_ca(const struct yx_enrol *enrol)
{
    return enrol->ca;
}

const struct yx_person *yx_enrol_people(const struct yx_enrol *enrol, size_t *count)
{
    *count = enrol->count;
    return enrol->people;
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
