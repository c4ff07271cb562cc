/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/ca_user.c - `yinxin ca user …`: who may ask the authority in a folder for certificates, over
 * EST and CMP. The file DIR/enrol.conf is changed by enrol/.
 */
#include <stdlib.h>

#include "cli/ca.h"
#include "enrol/enrol.h"

#define NAMES_MAX 100

#define PASSWORD_OPTION                                                                      \
    {                                                                                        \
        .name = "password-file", .value = "F",                                               \
        .help = N_("the first line of F is the password for EST; otherwise YINXIN_PASSWORD " \
                   "holds it, or the terminal asks for it, unless another option says how "  \
                   "the person is known")                                                    \
    }
#define SECRET_OPTION                                                                \
    {                                                                                \
        .name = "secret-file", .value = "F",                                         \
        .help = N_("the first line of F is the secret for CMP, kept as it is: long " \
                   "and random, since whoever sees a message can guess at it")       \
    }

/* DIR/enrol.conf, with a NUL. */
static yx_status people_path(const char *folder, struct yx_buf *out, struct yx_error *err)
{
    return yx_buf_printf(out, "%s/enrol.conf", folder) == YX_OK &&
                   yx_buf_append(out, YX_BYTES("", 1)) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

/* --- What a person shows ------------------------------------------------------------------ */

/* Texts with their NUL; empty: none. */
struct shown {
    struct yx_buf password, secret, certificate;
};
static void shown_free(struct shown *shown)
{
    yx_buf_free(&shown->password);
    yx_buf_free(&shown->secret);
    yx_buf_free(&shown->certificate);
}
YX_DEFINE_CLEAN_VALUE(shown, struct shown, shown_free);

static const char *text_of(const struct yx_buf *text)
{
    return text->len == 0 ? NULL : (const char *)text->data;
}

static yx_status end_text(struct yx_buf *text, const char *from, struct yx_error *err)
{
    YX_REQUIRE(memchr(text->data, 0, text->len) == NULL, err, YX_USAGE, "",
               N_("the passphrase from {1} holds a NUL byte"), from);
    return yx_buf_append(text, YX_BYTES("", 1)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status read_shown(const struct cli_args *args, const char *name, struct shown *out,
                            struct yx_error *err)
{
    const char *secret = cli_value(args, "secret-file"), *cert = cli_value(args, "certificate");

    if (secret != NULL) {
        YX_TRY(cli_passphrase_file(secret, &out->secret, err));
        YX_TRY(end_text(&out->secret, secret, err));
    }
    if (cert != NULL)
        YX_TRY(cli_ca_serial(cert, &out->certificate, err));
    if ((secret != NULL || cert != NULL) && !cli_has(args, "password-file"))
        return YX_OK;
    YX_TRY(cli_new_password(args, name, &out->password, err));
    return end_text(&out->password, "--password-file", err);
}

/* --- ca user add --------------------------------------------------------------------------- */

/* The values of an option, ended by NULL. */
static yx_status list_values(const struct cli_args *args, const char *option,
                             const char *out[NAMES_MAX + 1], struct yx_error *err)
{
    size_t at = 0, count = 0;
    const char *value;

    while ((value = cli_next_value(args, option, &at)) != NULL) {
        YX_REQUIRE(count < NAMES_MAX, err, YX_USAGE, "", N_("--{1} stands more than {2} times"),
                   option, YX_NUM(NAMES_MAX));
        out[count++] = value;
    }
    out[count] = NULL;
    return YX_OK;
}

static yx_status run_add(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    YX_CLEAN(shown) struct shown shown = {0};
    const char *profiles[NAMES_MAX + 1], *names[NAMES_MAX + 1], *name = args->operands[1];
    struct yx_person_entry entry = {
        .name = name, .subject = cli_value(args, "subject"), .profiles = profiles};

    YX_TRY(list_values(args, "profile", profiles, err));
    YX_TRY(list_values(args, "name", names, err));
    YX_TRY(yx_ca_open(args->operands[0], &ca, err));
    YX_TRY(people_path(args->operands[0], &path, err));
    YX_TRY(read_shown(args, name, &shown, err));
    entry.names = names[0] == NULL ? NULL : names;
    entry.password = text_of(&shown.password);
    entry.secret = text_of(&shown.secret);
    entry.certificate = text_of(&shown.certificate);
    entry.approval = cli_has(args, "approval");
    YX_TRY(yx_enrol_add(ca, (const char *)path.data, &entry, cli_actor(), err));
    cli_say(stdout, _("{1} may ask for certificates of {2}\n"), name, entry.subject);
    return YX_OK;
}

static const struct cli_option add_options[] = {
    {.name = "profile",
     .value = "P",
     .help = N_("a profile that may be asked for; the first one unless a request names another"),
     .required = true,
     .many = true},
    {.name = "subject",
     .value = "NAME",
     .help = N_("whose certificates: CN=...; \"*\" for any subject, as of a registration "
                "authority"),
     .required = true},
    {.name = "name",
     .value = "N",
     .help = N_("a further name that they may have: a domain, an address; \"*\" for any"),
     .many = true},
    PASSWORD_OPTION,
    SECRET_OPTION,
    {.name = "approval", .help = N_("every request waits for `yinxin ca pending approve`")},
    {.name = "certificate",
     .value = "CERT",
     .help = N_("a certificate, or its serial, by which the person is known")},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_ca_user_add = {
    .name = "ca user add",
    .operands = "DIR NAME",
    .summary = N_("let somebody ask for certificates over EST and CMP"),
    .details = N_("DIR/enrol.conf is made when it is not there; a running service that found it "
                  "when it started heeds changes at once. Passwords are kept as hashes."),
    .options = add_options,
    .run = run_add,
};

/* --- ca user list -------------------------------------------------------------------------- */

static void show_tries(const struct yx_enrol_tries *tries)
{
    if (tries->failures == 0)
        return;
    cli_say(stdout, _("  ({1} wrong in a row, the last from {2}, {3}"), YX_NUM(tries->failures),
            tries->last_from[0] == '\0' ? "?" : tries->last_from, CLI_MOMENT(tries->last_at));
    if (tries->locked)
        fputs(_("; locked"), stdout);
    (void)fputc(')', stdout);
}

static void show_person(const struct yx_person *person, const struct yx_enrol_tries *tries)
{
    const struct {
        const char *word, *value;
    } ways[] = {{_("password"), person->password},
                {_("secret"), person->secret},
                {_("certificate"), person->certificate}};
    const char *before = "";

    cli_pad(stdout, person->name, 20);
    fputs("  ", stdout);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (ways[i].value != NULL) {
            cli_say(stdout, "{1}{2}", before, ways[i].word);
            before = ",";
        }
    fputs("  ", stdout);
    for (size_t i = 0; i < YX_PERSON_PROFILES && person->profiles[i] != NULL; i++)
        cli_say(stdout, "{1}{2}", i == 0 ? "" : ",", person->profiles[i]->name);
    cli_say(stdout, "  {1}", person->subject);
    for (size_t i = 0; i < person->name_count; i++)
        cli_say(stdout, " {1}", person->names[i]);
    show_tries(tries);
    (void)fputc('\n', stdout);
}

static yx_status run_list(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    YX_CLEAN(yx_enrol) struct yx_enrol *enrol = NULL;
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    const struct yx_person *people;
    size_t count;

    YX_TRY(yx_ca_open(args->operands[0], &ca, err));
    YX_TRY(people_path(args->operands[0], &path, err));
    YX_TRY(yx_enrol_new(ca, (const char *)path.data, &enrol, err));
    people = yx_enrol_people(enrol, &count);
    for (size_t i = 0; i < count; i++) {
        struct yx_enrol_tries tries;

        YX_TRY(yx_enrol_tries(enrol, &people[i], &tries, err));
        show_person(&people[i], &tries);
    }
    return YX_OK;
}

static const struct cli_option plain_options[] = {CLI_HELP_OPTION, CLI_NO_MORE_OPTIONS};

const struct cli_command cli_ca_user_list = {
    .name = "ca user list",
    .operands = "DIR",
    .summary = N_("list who may ask for certificates, one a line"),
    .details =
        N_("Name, what they show, profiles, subject and further names; and how often a wrong "
           "password or secret was shown since the last right one."),
    .options = plain_options,
    .run = run_list,
};

/* --- ca user passwd, ca user remove --------------------------------------------------------- */

static yx_status run_passwd(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    YX_CLEAN(shown) struct shown shown = {0};
    struct yx_person_secrets secrets = {.name = args->operands[1]};

    YX_TRY(yx_ca_open(args->operands[0], &ca, err));
    YX_TRY(people_path(args->operands[0], &path, err));
    YX_TRY(read_shown(args, secrets.name, &shown, err));
    secrets.password = text_of(&shown.password);
    secrets.secret = text_of(&shown.secret);
    YX_TRY(yx_enrol_set_secrets(ca, (const char *)path.data, &secrets, cli_actor(), err));
    cli_say(stdout, _("{1} has a new one\n"), secrets.name);
    return YX_OK;
}

static const struct cli_option passwd_options[] = {
    PASSWORD_OPTION,
    SECRET_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_ca_user_passwd = {
    .name = "ca user passwd",
    .operands = "DIR NAME",
    .summary = N_("give somebody another password or secret"),
    .details = NULL,
    .options = passwd_options,
    .run = run_passwd,
};

/* A change that needs the name alone. */
typedef yx_status (*change)(struct yx_ca *ca, const char *path, const char *name, yx_ca_actor actor,
                            struct yx_error *err);
static yx_status run_change(const struct cli_args *args, change make, struct yx_error *err)
{
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    YX_CLEAN(yx_buf) struct yx_buf path = {0};

    YX_TRY(yx_ca_open(args->operands[0], &ca, err));
    YX_TRY(people_path(args->operands[0], &path, err));
    return make(ca, (const char *)path.data, args->operands[1], cli_actor(), err);
}

static yx_status run_remove(struct cli_args *args, struct yx_error *err)
{
    YX_TRY(run_change(args, yx_enrol_remove, err));
    cli_say(stdout, _("{1} may not ask for certificates any more; those that are there stay\n"),
            args->operands[1]);
    return YX_OK;
}

const struct cli_command cli_ca_user_remove = {
    .name = "ca user remove",
    .operands = "DIR NAME",
    .summary = N_("let somebody ask for certificates no more"),
    .details = N_("Their certificates stay in force: revoke those that should not."),
    .options = plain_options,
    .run = run_remove,
};

static yx_status run_unlock(struct cli_args *args, struct yx_error *err)
{
    YX_TRY(run_change(args, yx_enrol_unlock, err));
    cli_say(stdout, _("{1} may try again\n"), args->operands[1]);
    return YX_OK;
}

const struct cli_command cli_ca_user_unlock = {
    .name = "ca user unlock",
    .operands = "DIR NAME",
    .summary = N_("let somebody in again whom wrong passwords locked"),
    .details = N_("First make sure who asks for it. A new password by `yinxin ca user passwd` "
                  "unlocks, too."),
    .options = plain_options,
    .run = run_unlock,
};
