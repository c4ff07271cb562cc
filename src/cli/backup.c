/* SPDX-License-Identifier: Apache-2.0 */
/* cli/backup.c - `yinxin backup` and `yinxin restore`. */
#include <glob.h>
#include <unistd.h>

#include "backup/backup.h"
#include "cli/data.h"

/* --- backup -------------------------------------------------------------------------------- */

static yx_status read_lock(const struct cli_args *args, struct yx_buf *passphrase,
                           struct yx_cert **recipient, struct yx_backup_lock *out,
                           struct yx_error *err)
{
    const char *cert = cli_value(args, "recipient");

    if (cert != NULL) {
        YX_TRY(cli_certificate(cert, recipient, err));
        out->recipient = *recipient;
        return YX_OK;
    }
    YX_TRY(cli_passphrase(args, "passphrase-file", cli_value(args, "o"), true, passphrase, err));
    out->passphrase = yx_buf_bytes(passphrase);
    return YX_OK;
}

static yx_status append_event(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_audit_append(tx, self, err);
}

/* The list tells that there is a backup, or that it was tried, and which. */
static yx_status tell(const struct cli_data *data, const char *action,
                      const struct yx_backup_summary *summary, struct yx_error *err)
{
    char digest[2 * sizeof summary->digest + 1], details[256];
    struct yx_audit_event event = {.at = yx_now(),
                                   .actor = cli_actor(),
                                   .action = action,
                                   .object = "service",
                                   .details = details};

    yx_hex(YX_BYTES(summary->digest, sizeof summary->digest), digest);
    (void)snprintf(details, sizeof details, "{\"sm3\":\"%s\",\"entries\":%lld,\"records\":%lld}",
                   digest, (long long)summary->entries, (long long)summary->audit_size);
    return yx_store_write(data->store, append_event, &event, err);
}

static void say(const char *text, const struct yx_backup_summary *summary)
{
    char digest[2 * sizeof summary->digest + 1];

    yx_hex(YX_BYTES(summary->digest, sizeof summary->digest), digest);
    cli_say(stdout, _(text), YX_NUM(summary->entries), CLI_SIZE(summary->bytes),
            YX_NUM(summary->audit_size), summary->made, digest);
}

/* --- What is not in it ----------------------------------------------------------------------- */

static void warn_of(const struct cli_data *data, const char *place)
{
    if (place[0] != '\0' && !yx_backup_covers(data->folder, place))
        cli_say(stderr, _("yinxin: {1} is not in this backup\n"), place);
}

static void warn_of_all(const struct cli_data *data, const struct yx_texts *places)
{
    for (size_t i = 0; i < places->count; i++)
        warn_of(data, places->items[i]);
}

static void warn_of_settings(const struct cli_data *data)
{
    const struct yx_settings *settings = data->settings;
    const char *const places[] = {
        settings->tls_certificate, settings->tls_key, settings->blobs,         settings->blobs_key,
        settings->s3_credentials,  settings->s3_ca,   settings->smtp_password, settings->smtp_ca};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        warn_of(data, places[i]);
    warn_of_all(data, &settings->login_trust);
    warn_of_all(data, &settings->verify_trust);
    warn_of_all(data, &settings->audit_witnesses);
}

struct found {
    glob_t list;
    bool any;
};
static void found_free(struct found *found)
{
    if (found->any)
        globfree(&found->list);
}
YX_DEFINE_CLEAN_VALUE(found, struct found, found_free);

static yx_status find(const char *folder, const char *pattern, struct found *out,
                      struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};

    if (yx_buf_printf(&path, "%s/%s", folder, pattern) != YX_OK ||
        yx_buf_append(&path, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    out->any = glob((const char *)path.data, 0, NULL, &out->list) == 0;
    return YX_OK;
}

/* Keys are there encrypted; the passphrase is, when it was made by the first start. */
static yx_status warn_of_passphrase(const struct cli_data *data, struct yx_error *err)
{
    YX_CLEAN(found) struct found keys = {.any = false};
    YX_CLEAN(found) struct found secret = {.any = false};

    YX_TRY(find(data->folder, "keys/*.key", &keys, err));
    YX_TRY(find(data->folder, "keys/secret", &secret, err));
    if (keys.any && !secret.any)
        cli_say(stderr, _("yinxin: the passphrase of the keys is not in this backup\n"));
    return YX_OK;
}

/* An authority may have a database of its own on a server, which perhaps does not answer. */
static yx_status warn_of_authorities(const struct cli_data *data, struct yx_error *err)
{
    YX_CLEAN(found) struct found found = {.any = false};

    YX_TRY(find(data->folder, "ca/*/ca.conf", &found, err));
    for (size_t i = 0; found.any && i < found.list.gl_pathc; i++) {
        YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
        char *folder = found.list.gl_pathv[i];
        const char *place;

        *strrchr(folder, '/') = '\0';
        place = yx_ca_open(folder, &ca, NULL) == YX_OK ? yx_ca_settings(ca)->database : NULL;
        if (place == NULL ||
            (place[0] != '\0' && strcmp(place, (const char *)data->database.data) != 0))
            cli_say(stderr, _("yinxin: the database of {1} is not in this backup\n"), folder);
    }
    return YX_OK;
}

/* What is not in the folder is not in the backup. */
static yx_status warn(const struct cli_data *data, struct yx_error *err)
{
    if (data->settings == NULL)
        return YX_OK;
    warn_of_settings(data);
    YX_TRY(warn_of_passphrase(data, err));
    return warn_of_authorities(data, err);
}

/* --- Making it ------------------------------------------------------------------------------- */

static yx_status run_backup(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(cli_data) struct cli_data data = {0};
    YX_CLEAN(yx_buf) struct yx_buf passphrase = {0};
    YX_CLEAN(yx_buf) struct yx_buf note = {0};
    YX_CLEAN(yx_cert) struct yx_cert *recipient = NULL;
    YX_CLEAN(cli_progress) struct cli_progress progress = {0};
    struct yx_backup_lock lock = {.recipient = NULL};
    struct yx_backup_what what = {.folder = cli_value(args, "data"), .now = yx_now()};
    struct yx_backup_summary summary;
    struct yx_progress teller;

    YX_TRY(cli_data_open(what.folder, cli_value(args, "config"), &data, err));
    YX_TRY(read_lock(args, &passphrase, &recipient, &lock, err));
    YX_TRY(yx_audit_checkpoint_last(data.store, &note, err));
    what.database = (const char *)data.database.data;
    what.blobs = data.settings == NULL ? "" : data.settings->blobs;
    what.checkpoint = yx_buf_bytes(&note);
    teller = cli_progress_start(&progress, cli_value(args, "o"));
    YX_TRY(yx_backup_make(&what, &lock, cli_value(args, "o"), &teller, &summary, err));
    cli_progress_end(&progress);
    YX_TRY(tell(&data, "backup.make", &summary, err));
    say(N_("{1} entries, {2}; {3} audit records under the last checkpoint; SM3 {5}\n"), &summary);
    return warn(&data, err);
}

static const struct cli_option backup_options[] = {
    CLI_DATA_OPTION,
    CLI_CONFIG_OPTION,
    {.name = "o", .value = "F", .help = N_("the backup to write"), .required = true},
    {.name = "recipient",
     .value = "CERT",
     .help = N_("only the holder of this certificate's key can read it; otherwise a passphrase "
                "opens it")},
    CLI_PASSPHRASE_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_backup = {
    .name = "backup",
    .operands = "",
    .summary = N_("write settings, keys, database and documents of a service into one encrypted "
                  "file"),
    .details = N_("The service may run meanwhile. The database is copied in one state (PostgreSQL: "
                  "by pg_dump). What was written is read again before the file gets its name, and "
                  "the audit list tells of it. What lies elsewhere is not in it, such as "
                  "documents in a bucket; stderr says so."),
    .options = backup_options,
    .run = run_backup,
};

/* --- restore ------------------------------------------------------------------------------- */

struct opener {
    struct yx_buf passphrase;
    struct yx_cert *cert;
    struct yx_private_key *key;
};
static void opener_free(struct opener *opener)
{
    yx_buf_free(&opener->passphrase);
    yx_cert_free(opener->cert);
    yx_private_key_free(opener->key);
}
YX_DEFINE_CLEAN_VALUE(opener, struct opener, opener_free);

static yx_status read_key(const struct cli_args *args, struct opener *opener,
                          struct yx_backup_key *out, struct yx_error *err)
{
    const char *cert = cli_value(args, "cert");

    if (cert == NULL) {
        YX_TRY(cli_passphrase(args, "passphrase-file", cli_value(args, "i"), false,
                              &opener->passphrase, err));
        out->passphrase = yx_buf_bytes(&opener->passphrase);
        return YX_OK;
    }
    YX_REQUIRE(cli_has(args, "key"), err, YX_USAGE, "", N_("--cert needs --key"));
    YX_TRY(cli_certificate(cert, &opener->cert, err));
    YX_TRY(cli_key_file(args, cli_value(args, "key"), &opener->key, err));
    out->cert = opener->cert;
    out->private_key = opener->key;
    return YX_OK;
}

/* The service whose backup it is goes on elsewhere; its list tells that somebody has tried. */
static yx_status tell_of_trial(const struct cli_args *args, const struct yx_source *file,
                               struct yx_backup_summary *summary, struct yx_error *err)
{
    YX_CLEAN(cli_data) struct cli_data data = {0};

    if (!cli_has(args, "tell"))
        return YX_OK;
    YX_TRY(yx_source_digest(file, NULL, summary->digest, err));
    YX_TRY(cli_data_open(cli_value(args, "tell"), NULL, &data, err));
    return tell(&data, "backup.try", summary, err);
}

static yx_status run_restore(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(opener) struct opener opener = {0};
    YX_CLEAN(yx_source) struct yx_source *file = NULL;
    YX_CLEAN(cli_progress) struct cli_progress progress = {0};
    bool verify = cli_has(args, "verify");
    struct yx_backup_key key = {.cert = NULL};
    struct yx_backup_where where = {.folder = cli_value(args, "data"),
                                    .database = cli_value(args, "database"),
                                    .keep = !verify,
                                    .actor = cli_actor(),
                                    .now = yx_now()};
    struct yx_backup_summary summary;
    struct yx_progress teller;

    YX_REQUIRE(where.folder != NULL || verify, err, YX_USAGE, "",
               N_("say by --data where it goes, or --verify"));
    YX_REQUIRE(verify || !cli_has(args, "tell"), err, YX_USAGE, "",
               N_("--tell goes with --verify: a restore tells of itself"));
    YX_TRY(yx_source_open(cli_value(args, "i"), &file, err));
    YX_TRY(read_key(args, &opener, &key, err));
    teller = cli_progress_start(&progress, cli_value(args, "i"));
    YX_TRY(where.folder == NULL ? yx_backup_check(file, &key, &teller, &summary, err)
                                : yx_backup_restore(file, &key, &where, &teller, &summary, err));
    cli_progress_end(&progress);
    YX_TRY(tell_of_trial(args, file, &summary, err));
    say(verify ? N_("sound: {1} entries, {2}; {3} audit records under the checkpoint; made {4}\n")
               : N_("restored: {1} entries, {2}; {3} audit records under the checkpoint; made "
                    "{4}\n"),
        &summary);
    if (!verify && summary.postgres)
        cli_say(stderr,
                _("yinxin: `database` in {1}/yinxin.conf is still that of the backup: it must name "
                  "the one that was filled before the service starts\n"),
                where.folder);
    return YX_OK;
}

static const struct cli_option restore_options[] = {
    {.name = "i", .value = "F", .help = N_("the backup"), .required = true},
    {.name = "data",
     .value = "DIR",
     .help = N_("the folder of the service, which is not there yet or is empty")},
    {.name = "database",
     .value = "URI",
     .help = N_("the empty PostgreSQL database that a backup of one goes to")},
    {.name = "cert", .value = "CERT", .help = N_("the certificate that it was encrypted for")},
    {.name = "key", .value = "KEY", .help = N_("its private key, in a file")},
    {.name = "verify",
     .help = N_("only check it: encryption and digests; with --data databases and audit lists "
                "too, unpacked beside DIR and taken away again")},
    {.name = "tell",
     .value = "DIR",
     .help = N_("with --verify: the folder of the service that goes on, whose audit list tells of "
                "the trial")},
    CLI_PASSPHRASE_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_restore = {
    .name = "restore",
    .operands = "",
    .summary = N_("make a folder of a backup again, or only check the backup"),
    .details =
        N_("The folder appears when all of it was found sound: digests, the names of documents, "
           "databases, audit lists, which must have grown out of the checkpoint of the backup. "
           "Otherwise nothing is left behind."),
    .options = restore_options,
    .run = run_restore,
};
