/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/audit.c - `yinxin audit list|verify|review`: what was done, whether the list of it is whole,
 * and that somebody has looked.
 */
#include <jansson.h>
#include <stdlib.h>

#include "cli/data.h"
#include "doctor/doctor.h"

#define SEARCH_PAGE 1000

/* --- audit list -------------------------------------------------------------------------- */

struct listing {
    bool json;
    int64_t left; /* so many more */
    /* Where a search goes on. */
    yx_time at;
    int64_t id;
    int64_t found;
};

static void show_line(const struct yx_audit_leaf *leaf)
{
    const char *says = yx_audit_says(leaf->action);

    cli_say(stdout, "{1}  {2}  {3}  ", YX_NUM(leaf->number), CLI_MOMENT(leaf->at), leaf->actor);
    if (says != leaf->action)
        cli_say(stdout, "{1} ({2})", _(says), leaf->action);
    else
        cli_put(stdout, leaf->action);
    cli_say(stdout, "  {1}  {2}\n", leaf->object, leaf->details);
}

/* One object a line; the details stay the text that was hashed. */
static yx_status show_json(const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf line = {0};

    YX_TRY(yx_audit_leaf_json(leaf, &line, err));
    (void)fwrite(line.data, 1, line.len, stdout);
    return YX_OK;
}

static yx_status show_leaf(void *self, const struct yx_audit_leaf *leaf, struct yx_error *err)
{
    struct listing *listing = self;

    listing->at = leaf->at;
    listing->id = leaf->id;
    listing->found++;
    if (listing->json)
        YX_TRY(show_json(leaf, err));
    else
        show_line(leaf);
    YX_REQUIRE(ferror(stdout) == 0, err, YX_IO, "", N_("the output cannot be written"));
    return YX_OK;
}

/* The newest first, page by page. */
static yx_status run_search(const struct cli_args *args, struct yx_store *store,
                            struct listing *listing, struct yx_error *err)
{
    struct yx_audit_search what = {.actor = cli_value(args, "actor"),
                                   .action = cli_value(args, "action"),
                                   .object = cli_value(args, "object"),
                                   .from = YX_TIME_NONE,
                                   .before_at = YX_TIME_NONE};

    YX_TRY(cli_time(args, "since", &what.from, err));
    YX_TRY(cli_time(args, "until", &what.before_at, err));
    YX_TRY(yx_audit_number(store, err));
    do {
        what.limit = listing->left < SEARCH_PAGE ? listing->left : SEARCH_PAGE;
        listing->found = 0;
        YX_TRY(yx_audit_find(store, &what, show_leaf, listing, err));
        listing->left -= listing->found;
        what.before_at = listing->at;
        what.before_id = listing->id;
    } while (listing->found == SEARCH_PAGE && listing->left > 0);
    return YX_OK;
}

static bool is_search(const struct cli_args *args)
{
    static const char *const options[] = {"actor", "action", "object", "since", "until"};

    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (cli_has(args, options[i]))
            return true;
    return false;
}

static yx_status run_list(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(cli_data) struct cli_data data = {0};
    struct listing listing = {.json = cli_has(args, "json"), .left = CLI_RECORDS_MAX};
    int64_t from = 1;

    YX_TRY(cli_int(args, "from", 1, CLI_RECORDS_MAX, &from, err));
    YX_TRY(cli_int(args, "count", 1, CLI_RECORDS_MAX, &listing.left, err));
    YX_REQUIRE(!is_search(args) || !cli_has(args, "from"), err, YX_USAGE, "",
               N_("--from goes by number: it does not go together with a search"));
    YX_TRY(cli_data_open(cli_value(args, "data"), cli_value(args, "config"), &data, err));
    return is_search(args)
               ? run_search(args, data.store, &listing, err)
               : yx_audit_list(data.store, from, listing.left, show_leaf, &listing, err);
}

static const struct cli_option list_options[] = {
    CLI_DATA_OPTION,
    CLI_CONFIG_OPTION,
    {.name = "from", .value = "N", .help = N_("begin with the record of this number")},
    {.name = "actor", .value = "WHO", .help = N_("only what this one did, the newest first")},
    {.name = "action",
     .value = "WHAT",
     .help = N_("only this action, or with a point at the end all that begin so: ca.")},
    {.name = "object", .value = "OBJECT", .help = N_("only what was done to this one")},
    {.name = "since", .value = "TIME", .help = N_("only from this time on")},
    {.name = "until", .value = "TIME", .help = N_("only before this time")},
    {.name = "count", .value = "N", .help = N_("so many records at most")},
    {.name = "json", .help = N_("one JSON object for each record, one a line")},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_audit_list = {
    .name = "audit list",
    .operands = "",
    .summary = N_("list what was done, one record a line"),
    .details =
        N_("Number, time, who, what, on what, and details. Every record is compared with the "
           "hash that it was written with."),
    .options = list_options,
    .run = run_list,
};

/* --- audit verify ------------------------------------------------------------------------ */

/* The note that was kept, and whom the notes must be of. */
struct expected {
    struct yx_buf note;
    struct yx_buf name;
    struct yx_public_key *key;
};
static void expected_free(struct expected *expected)
{
    yx_buf_free(&expected->note);
    yx_buf_free(&expected->name);
    yx_public_key_free(expected->key);
}
YX_DEFINE_CLEAN_VALUE(expected, struct expected, expected_free);

static yx_status read_expected(const struct cli_args *args, const struct cli_data *data,
                               struct expected *expected, struct yx_audit_verification *out,
                               struct yx_error *err)
{
    const char *note = cli_value(args, "checkpoint"), *cert = cli_value(args, "cert");

    if (note != NULL)
        YX_TRY(yx_file_read(note, YX_AUDIT_NOTE_MAX, &expected->note, err));
    out->kept = yx_buf_bytes(&expected->note);
    if (cert == NULL)
        return YX_OK;
    YX_TRY(cli_audit_key(cert, &expected->key, err));
    out->key = expected->key;
    out->name = cli_value(args, "name");
    if (out->name != NULL)
        return YX_OK;
    YX_TRY(cli_data_log(data, &expected->name, err));
    out->name = (const char *)expected->name.data;
    return YX_OK;
}

/* A service has a keeper, who writes down what was signed, out of reach of the database's owner. */
static yx_status compare_journal(const struct cli_data *data, struct yx_error *err)
{
    int64_t entries = 0;

    if (data->settings == NULL)
        return YX_OK;
    YX_TRY(yx_doctor_compare(data->folder, data->store, &entries, err));
    cli_say(stdout, _("{1} signatures of the keeper's journal were allowed by records\n"),
            YX_NUM(entries));
    return YX_OK;
}

static yx_status run_verify(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(cli_data) struct cli_data data = {0};
    YX_CLEAN(expected) struct expected expected = {0};
    YX_CLEAN(cli_progress) struct cli_progress progress = {0};
    struct yx_audit_verification verification = {0};
    char root[2 * YX_AUDIT_HASH_SIZE + 1];

    YX_TRY(cli_data_open(cli_value(args, "data"), cli_value(args, "config"), &data, err));
    YX_TRY(read_expected(args, &data, &expected, &verification, err));
    verification.progress = cli_progress_start(&progress, cli_value(args, "data"));
    YX_TRY(yx_audit_verify(data.store, &verification, err));
    cli_progress_end(&progress);
    yx_hex(YX_BYTES(verification.head.root.octets, sizeof root / 2), root);
    cli_say(stdout, _("{1} records and {2} checkpoints are sound; root {3}\n"),
            YX_NUM(verification.head.size), YX_NUM(verification.checkpoints), root);
    return compare_journal(&data, err);
}

static const struct cli_option verify_options[] = {
    CLI_DATA_OPTION,
    CLI_CONFIG_OPTION,
    {.name = "checkpoint", .value = "F", .help = N_("a checkpoint that was kept elsewhere")},
    {.name = "cert", .value = "CERT", .help = N_("the checkpoints must be signed with its key")},
    CLI_LOG_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_audit_verify = {
    .name = "audit verify",
    .operands = "",
    .summary = N_("check that no record was changed, taken away or put in"),
    .details =
        N_("Builds the Merkle tree (RFC 9162, with SM3) anew from the records and compares it with "
           "the checkpoints. Whoever owns the database could have rewritten all of it: only a "
           "checkpoint that was kept elsewhere (--checkpoint) finds that out."),
    .options = verify_options,
    .run = run_verify,
};

/* --- audit review ------------------------------------------------------------------------ */

static yx_status append_event(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_audit_append(tx, self, err);
}

static yx_status write_details(const struct cli_args *args, struct yx_buf *out,
                               struct yx_error *err)
{
    static const char *const texts[] = {"finding", "handling", "by"};
    json_t *object = json_object();
    char *text;
    bool ok = object != NULL;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *value = cli_value(args, texts[i]);

        if (value != NULL)
            ok = ok && json_object_set_new(object, texts[i], json_string(value)) == 0;
    }
    text = ok ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    ok = text != NULL && yx_buf_append(out, YX_BYTES(text, strlen(text) + 1)) == YX_OK;
    free(text);
    return ok ? YX_OK : yx_fail_memory(err);
}

/* A review is a record of the list that it is about. */
static yx_status run_review(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(cli_data) struct cli_data data = {0};
    YX_CLEAN(yx_buf) struct yx_buf details = {0};
    struct yx_audit_verification verification = {0};
    struct yx_audit_event event = {
        .at = yx_now(), .actor = cli_actor(), .action = "audit.review.make"};
    int64_t from = 1, to = 0;
    char object[64];

    YX_TRY(cli_data_open(cli_value(args, "data"), cli_value(args, "config"), &data, err));
    YX_TRY(yx_audit_verify(data.store, &verification, err));
    to = verification.head.size;
    YX_TRY(cli_int(args, "from", 1, verification.head.size, &from, err));
    YX_TRY(cli_int(args, "to", from, verification.head.size, &to, err));
    YX_TRY(write_details(args, &details, err));
    (void)snprintf(object, sizeof object, "audit:%lld-%lld", (long long)from, (long long)to);
    event.object = object;
    event.details = (const char *)details.data;
    YX_TRY(yx_store_write(data.store, append_event, &event, err));
    cli_say(stdout, _("the records {1} to {2} are sound, and were reviewed\n"), YX_NUM(from),
            YX_NUM(to));
    return YX_OK;
}

static const struct cli_option review_options[] = {
    CLI_DATA_OPTION,
    CLI_CONFIG_OPTION,
    {.name = "from", .value = "N", .help = N_("the first record that was looked at; usually 1")},
    {.name = "to", .value = "N", .help = N_("the last one; usually the last there is")},
    {.name = "by", .value = "NAME", .help = N_("who has looked"), .required = true},
    {.name = "finding", .value = "TEXT", .help = N_("what was found")},
    {.name = "handling", .value = "TEXT", .help = N_("what is done about it, or was")},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_audit_review = {
    .name = "audit review",
    .operands = "",
    .summary = N_("record that somebody has looked at the records, what was found, and what is "
                  "done about it"),
    .details = N_("Verifies the list first. The review is a record itself: it can be found by "
                  "`yinxin audit list --action audit.review.make`, and `yinxin doctor` says when "
                  "the last one was too long ago."),
    .options = review_options,
    .run = run_review,
};
