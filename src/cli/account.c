/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/account.c - `yinxin account …`: accounts of a service, changed on the machine itself; it may
 * run meanwhile. Whoever may read the data folder is not asked who they are: this is how somebody
 * gets in again when all administrators are locked out. Every change is in the audit list.
 */
#include <jansson.h>
#include <stdlib.h>

#include "cli/data.h"
#include "login/login.h"
#include "party/party.h"

#define LINK_SECONDS INT64_C(86400)

/* --- Opening --------------------------------------------------------------------------------- */

static yx_status open_service(const struct cli_args *args, struct cli_data *out,
                              struct yx_error *err)
{
    YX_TRY(cli_data_open(cli_value(args, "data"), cli_value(args, "config"), out, err));
    YX_REQUIRE(out->settings != NULL, err, YX_USAGE, "",
               N_("{1} is the folder of an authority: it has no accounts"), out->folder);
    YX_TRY(yx_party_prepare(out->store, err));
    return yx_login_prepare(out->store, err);
}

struct act {
    const struct cli_args *args;
    struct cli_data data;
    struct yx_login_by by;
    struct yx_login_secret secret;
    struct yx_login_account account;
    bool links; /* a link was made */
};
static void act_free(struct act *act)
{
    yx_wipe(&act->secret, sizeof act->secret);
    cli_data_close(&act->data);
}
YX_DEFINE_CLEAN_VALUE(act, struct act, act_free);

static yx_status begin(const struct cli_args *args, struct act *out, struct yx_error *err)
{
    *out = (struct act){.args = args, .by = {.actor = cli_actor(), .now = yx_now()}};
    YX_TRY(open_service(args, &out->data, err));
    return yx_login_secret_make(&out->secret, err);
}

static yx_status find(struct act *act, struct yx_tx *tx, struct yx_error *err)
{
    const char *name = act->args->operands[0];
    struct yx_error inner = {0};
    yx_status status;

    act->links = false;
    status = yx_login_account_named(tx, name, &act->account, &inner);
    YX_REQUIRE(status != YX_REFUSED, err, YX_REFUSED, YX_LOGIN_ACCOUNT,
               N_("there is no account {1}"), name);
    if (status != YX_OK && err != NULL)
        *err = inner;
    return status;
}

static yx_status make_link(struct act *act, struct yx_tx *tx, enum yx_login_purpose purpose,
                           struct yx_error *err)
{
    act->links = true;
    return yx_login_link_make(tx, act->account.id, purpose, &act->secret, LINK_SECONDS, &act->by,
                              err);
}

/* The link, for whoever holds the account; nobody can show it again. */
static void show_link(const struct act *act)
{
    const char *url = act->data.settings->public_url;

    if (!act->links)
        return;
    cli_say(stderr, _("good once, until {1}:\n"),
            CLI_MOMENT(act->by.now + LINK_SECONDS * YX_SECOND));
    (void)printf("%s/start?token=%s\n", url, act->secret.text);
}

static yx_status run(struct cli_args *args, yx_work work, struct yx_error *err)
{
    YX_CLEAN(act) struct act act = {0};

    YX_TRY(begin(args, &act, err));
    YX_TRY(yx_store_write(act.data.store, work, &act, err));
    show_link(&act);
    return YX_OK;
}

#define REASON_OPTION                                                                \
    {                                                                                \
        .name = "reason", .value = "T", .help = N_("for the audit list; not empty"), \
        .required = true                                                             \
    }

/* --- account add ----------------------------------------------------------------------------- */

/* The grant with its own leaf, as login/ writes those of accounts. */
static yx_status grant(const struct act *act, struct yx_tx *tx, const char *role,
                       struct yx_error *err)
{
    const struct yx_party_grant wanted = {
        .account = act->account.id, .role = role, .from = YX_TIME_NONE, .until = YX_TIME_NONE};
    char id[YX_UUID_TEXT], object[YX_UUID_TEXT + 16], details[256];

    YX_TRY(yx_party_grant(tx, &wanted, act->by.actor, act->by.now, id, err));
    (void)snprintf(object, sizeof object, "grant:%s", id);
    (void)snprintf(details, sizeof details, "{\"account\":\"%s\",\"role\":\"%.64s\"}",
                   act->account.id, role);
    return yx_audit_append(tx,
                           &(struct yx_audit_event){.at = act->by.now,
                                                    .actor = act->by.actor,
                                                    .action = "grant.make",
                                                    .object = object,
                                                    .details = details},
                           err);
}

static yx_status is_there(void *self, const struct yx_party *party, struct yx_error *err)
{
    (void)self, (void)party, (void)err;
    return YX_OK;
}

static yx_status add_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct act *act = self;
    const struct cli_args *args = act->args;
    const struct yx_login_new_account wanted = {
        .name = args->operands[0],
        .party = cli_value(args, "party"),
        .language = cli_value(args, "language"),
        .kind = cli_has(args, "system") ? YX_LOGIN_SYSTEM : YX_LOGIN_PERSON,
    };
    char id[YX_UUID_TEXT];
    const char *role;
    size_t at = 0;

    act->links = false;
    if (wanted.party != NULL)
        YX_TRY(yx_party_find(tx, wanted.party, is_there, NULL, err));
    YX_TRY(yx_login_account_make(tx, &wanted, &act->by, id, err));
    YX_TRY(yx_login_account_find(tx, id, &act->account, err));
    while ((role = cli_next_value(args, "role", &at)) != NULL)
        YX_TRY(grant(act, tx, role, err));
    return wanted.kind == YX_LOGIN_SYSTEM ? YX_OK : make_link(act, tx, YX_LOGIN_INVITE, err);
}

static yx_status run_add(struct cli_args *args, struct yx_error *err)
{
    return run(args, add_work, err);
}

static const struct cli_option add_options[] = {
    CLI_DATA_OPTION,
    CLI_CONFIG_OPTION,
    {.name = "party", .value = "ID", .help = N_("the person behind it")},
    {.name = "role",
     .value = "ROLE",
     .help = N_("what it may do, everywhere: system-administrator, ..."),
     .many = true},
    {.name = "language", .value = "L", .help = N_("zh or en")},
    {.name = "system", .help = N_("of another system, which has keys and no password")},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_account_add = {
    .name = "account add",
    .operands = "NAME",
    .summary = N_("make an account, and a one-time link for its holder"),
    .details = N_("Whoever opens the link within a day sets the password. It is shown once."),
    .options = add_options,
    .run = run_add,
};

/* --- account list ---------------------------------------------------------------------------- */

static yx_status show_line(const struct yx_login_account *account)
{
    cli_say(stdout, "{1}  {2}  {3}  {4}  {5}\n", account->name, yx_login_kind_name(account->kind),
            yx_login_state_name(account->state),
            account->password_locked_at == YX_TIME_NONE ? "-" : "password-locked", account->id);
    return YX_OK;
}

static yx_status show_json(const struct yx_login_account *account, struct yx_error *err)
{
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b}", "name", account->name, "id", account->id,
                  "kind", yx_login_kind_name(account->kind), "state",
                  yx_login_state_name(account->state), "party", account->party, "password_locked",
                  account->password_locked_at != YX_TIME_NONE, "codes", account->totp);
    char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);

    json_decref(object);
    if (text == NULL)
        return yx_fail_memory(err);
    (void)puts(text);
    free(text);
    return YX_OK;
}

#define PAGE 500

struct listing {
    char after[YX_LOGIN_NAME_MAX + 1];
    struct yx_login_account accounts[PAGE];
    size_t count;
};

static yx_status take(void *self, const struct yx_login_account *account, struct yx_error *err)
{
    struct listing *listing = self;

    (void)err;
    listing->accounts[listing->count++] = *account;
    return YX_OK;
}

static yx_status list_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct listing *listing = self;

    listing->count = 0;
    return yx_login_account_list(tx, listing->after, PAGE, take, listing, err);
}

static yx_status list_all(struct yx_store *store, struct listing *listing, bool json,
                          struct yx_error *err)
{
    do {
        YX_TRY(yx_store_read(store, list_work, listing, err));
        for (size_t i = 0; i < listing->count; i++)
            YX_TRY(json ? show_json(&listing->accounts[i], err) : show_line(&listing->accounts[i]));
        if (listing->count > 0)
            memcpy(listing->after, listing->accounts[listing->count - 1].name,
                   sizeof listing->after);
    } while (listing->count == PAGE);
    return YX_OK;
}

static yx_status run_list(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(cli_data) struct cli_data data = {0};
    struct listing *listing;
    yx_status status;

    YX_TRY(open_service(args, &data, err));
    listing = calloc(1, sizeof *listing);
    if (listing == NULL)
        return yx_fail_memory(err);
    status = list_all(data.store, listing, cli_has(args, "json"), err);
    free(listing);
    return status;
}

static const struct cli_option list_options[] = {
    CLI_DATA_OPTION,
    CLI_CONFIG_OPTION,
    {.name = "json", .help = N_("one JSON object for each account, one a line")},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_account_list = {
    .name = "account list",
    .operands = "",
    .summary = N_("list the accounts of a service"),
    .details = N_("Name, kind, state, whether wrong guesses locked the password, and id."),
    .options = list_options,
    .run = run_list,
};

/* --- account link, account reset ------------------------------------------------------------- */

static yx_status link_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct act *act = self;

    YX_TRY(find(act, tx, err));
    return make_link(
        act, tx, act->account.state == YX_LOGIN_INVITED ? YX_LOGIN_INVITE : YX_LOGIN_RESET, err);
}

static yx_status run_link(struct cli_args *args, struct yx_error *err)
{
    return run(args, link_work, err);
}

static yx_status reset_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct act *act = self;

    YX_TRY(find(act, tx, err));
    return make_link(act, tx, YX_LOGIN_RECOVER, err);
}

static yx_status run_reset(struct cli_args *args, struct yx_error *err)
{
    return run(args, reset_work, err);
}

static const struct cli_option plain_options[] = {
    CLI_DATA_OPTION,
    CLI_CONFIG_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_account_link = {
    .name = "account link",
    .operands = "NAME",
    .summary = N_("make a one-time link that sets a first or a forgotten password"),
    .details = N_("Codes and certificates stay. The link before is good no more."),
    .options = plain_options,
    .run = run_link,
};

const struct cli_command cli_account_reset = {
    .name = "account reset",
    .operands = "NAME",
    .summary = N_("make a one-time link for somebody who lost everything that opens the account"),
    .details = N_("When the link is used, codes and certificates of the account are gone too."),
    .options = plain_options,
    .run = run_reset,
};

/* --- account lock, account unlock, account remove -------------------------------------------- */

static yx_status lock_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct act *act = self;

    YX_TRY(find(act, tx, err));
    return yx_login_account_lock(tx, act->account.id, cli_value(act->args, "reason"), &act->by,
                                 err);
}

static yx_status run_lock(struct cli_args *args, struct yx_error *err)
{
    return run(args, lock_work, err);
}

static yx_status unlock_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct act *act = self;

    YX_TRY(find(act, tx, err));
    return yx_login_account_unlock(tx, act->account.id, &act->by, err);
}

static yx_status run_unlock(struct cli_args *args, struct yx_error *err)
{
    return run(args, unlock_work, err);
}

static yx_status remove_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct act *act = self;

    YX_TRY(find(act, tx, err));
    YX_TRY(yx_login_account_remove(tx, act->account.id, cli_value(act->args, "reason"), &act->by,
                                   err));
    return yx_party_revoke_all(tx, act->account.id, act->by.actor, act->by.now, err);
}

static yx_status run_remove(struct cli_args *args, struct yx_error *err)
{
    return run(args, remove_work, err);
}

static const struct cli_option reason_options[] = {
    CLI_DATA_OPTION, CLI_CONFIG_OPTION, REASON_OPTION, CLI_HELP_OPTION, CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_account_lock = {
    .name = "account lock",
    .operands = "NAME",
    .summary = N_("lock an account: its sessions end, and nothing opens it"),
    .options = reason_options,
    .run = run_lock,
};

const struct cli_command cli_account_unlock = {
    .name = "account unlock",
    .operands = "NAME",
    .summary = N_("open a locked account, or a password that wrong guesses locked"),
    .options = plain_options,
    .run = run_unlock,
};

const struct cli_command cli_account_remove = {
    .name = "account remove",
    .operands = "NAME",
    .summary = N_("end an account for ever, with all that opens it and all that it may do"),
    .details = N_("Its name stays taken, so that records name one person only. The last "
                  "administrator of security stays."),
    .options = reason_options,
    .run = run_remove,
};
