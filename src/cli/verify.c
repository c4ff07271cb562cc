/* SPDX-License-Identifier: Apache-2.0 */
/* cli/verify.c - `yinxin verify FILE...` and `yinxin seal verify F.esl`. */
#include "cli/cli.h"

#define VERIFY_OPTIONS                                                                            \
    CLI_TRUST_OPTION, CLI_CRL_OPTION, CLI_OCSP_OPTION,                                            \
        {.name = "maker-trust",                                                                   \
         .value = "CERT",                                                                         \
         .many = true,                                                                            \
         .help = N_("only these, or those they certify, may have made the seals; otherwise "      \
                    "whoever is trusted")},                                                       \
        {.name = "no-default-trust",                                                              \
         .help = N_("do not trust ~/.config/yinxin/trust and /etc/yinxin/trust")},                \
        {.name = "at",                                                                            \
         .value = "TIME",                                                                         \
         .help = N_("verify as if it were this time, such as 2026-11-21")},                       \
        {.name = "json", .help = N_("one JSON object a file, one a line; sentences in English")}, \
        {.name = "details", .help = N_("list also the checks that passed")}, CLI_COLOR_OPTION,    \
        CLI_HELP_OPTION, CLI_NO_MORE_OPTIONS

static const struct cli_option verify_options[] = {
    {.name = "allow-foreign-algorithms",
     .help = N_("let RSA, ECDSA and SHA-2 pass in OFD, which asks for SM2 and SM3")},
    VERIFY_OPTIONS,
};
static const struct cli_option seal_options[] = {VERIFY_OPTIONS};

struct session {
    struct cli_look look;
    struct yx_verify_options options;
    bool json;
    bool details;
    bool only_seals;
    unsigned shown;
};

static yx_status show_json(const struct yx_report *report, const char *file, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};

    YX_TRY(yx_report_json(report, file, NULL, &text, err));
    (void)fwrite(text.data, 1, text.len, stdout);
    (void)fputc('\n', stdout);
    return YX_OK;
}

static yx_status show(struct session *session, const struct yx_report *report, const char *file,
                      struct yx_error *err)
{
    if (session->json)
        return show_json(report, file, err);
    if (session->shown++ > 0)
        (void)fputc('\n', stdout);
    cli_report(&session->look, report, file, session->details);
    return YX_OK;
}

static yx_status verify_file(struct session *session, const char *file, const char *title,
                             yx_result *result, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    YX_CLEAN(cli_progress) struct cli_progress progress;
    struct yx_verify_options options = session->options;

    options.progress = cli_progress_start(&progress, title);
    YX_TRY(yx_source_open(file, &source, err));
    YX_TRY(yx_verify(source, &options, &report, err));
    YX_REQUIRE(!session->only_seals || report->format == YX_FORMAT_ESL, err, YX_DAMAGED, "",
               N_("this is no seal file; documents are verified by `yinxin verify`"));
    cli_progress_end(&progress);
    *result = report->result;
    return show(session, report, file, err);
}

/*
 * The exit code over all files, worst last in this order: 0 valid, 3 unsigned, 2 indeterminate,
 * 64 and more a file that could not be verified, 1 invalid.
 */
static int rank(int code)
{
    static const int order[] = {0, 3, 2, 64, 1};
    int place = 0;

    while (order[place] != (code >= 64 ? 64 : code))
        place++;
    return place;
}

static int worse(int a, int b)
{
    return rank(b) > rank(a) ? b : a;
}

static yx_status verify_all(struct session *session, struct cli_args *args, struct yx_error *err)
{
    static const int codes[] = {
        [YX_VALID] = 0, [YX_UNSIGNED] = 3, [YX_INDETERMINATE] = 2, [YX_INVALID] = 1};

    for (size_t i = 0; i < args->operand_count; i++) {
        struct yx_error problem;
        yx_result result = YX_INVALID;
        struct cli_title title = cli_title_of(args, i);
        yx_status status = verify_file(session, args->operands[i], title.text, &result, &problem);

        YX_TRY(cli_flush(err));
        args->verdict =
            worse(args->verdict,
                  status == YX_OK ? codes[result] : cli_complain(&problem, args->operands[i]));
    }
    return YX_OK;
}

static yx_status run(struct cli_args *args, bool only_seals, struct yx_error *err)
{
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    YX_CLEAN(yx_trust) struct yx_trust *makers = NULL;
    struct session session = {
        .json = cli_has(args, "json"),
        .details = cli_has(args, "details"),
        .only_seals = only_seals,
    };

    YX_TRY(cli_look_at(args, stdout, &session.look, err));
    YX_TRY(cli_time(args, "at", &session.options.at, err));
    YX_TRY(cli_trust(args, "trust", !cli_has(args, "no-default-trust"), &trust, err));
    session.options.trust = trust;
    if (cli_has(args, "maker-trust")) {
        YX_TRY(cli_trust(args, "maker-trust", false, &makers, err));
        session.options.maker_trust = makers;
    }
    session.options.allow_foreign_algorithms = cli_has(args, "allow-foreign-algorithms");
    return verify_all(&session, args, err);
}

static yx_status run_verify(struct cli_args *args, struct yx_error *err)
{
    return run(args, false, err);
}

static yx_status run_seal_verify(struct cli_args *args, struct yx_error *err)
{
    return run(args, true, err);
}

const struct cli_command cli_verify = {
    .name = "verify",
    .operands = "FILE...",
    .summary = N_("verify every signature of documents and seal files"),
    .details = N_("Exit code: 0 all valid, 1 at least one invalid, 2 none invalid but at least one "
                  "indeterminate (such as an issuer that nobody told to trust), 3 a file without a "
                  "signature; 65, 66 or 74 when a file could not be verified at all and none was "
                  "invalid."),
    .options = verify_options,
    .run = run_verify,
};

const struct cli_command cli_seal_verify = {
    .name = "seal verify",
    .operands = "FILE...",
    .summary = N_("verify seal files: maker, period, format"),
    .details = N_("Exit codes are those of `yinxin verify`."),
    .options = seal_options,
    .run = run_seal_verify,
};
