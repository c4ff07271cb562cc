/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/sign.c - `yinxin sign IN... -o OUT` and `yinxin extend IN... -o OUT`: seals documents, signs
 * them without a seal, or adds what signed PDFs need to be checked later. A new document appears
 * whole or not at all, and IN stays as it is.
 */
#include <stdlib.h>

#include "cli/cli.h"
#include "fetch/fetch.h"

/* --- Levels ------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    yx_pades_level level;
} levels[] = {{"b", YX_PADES_B}, {"t", YX_PADES_T}, {"lt", YX_PADES_LT}, {"lta", YX_PADES_LTA}};

/* `level` keeps what it has when the option was not given. */
static yx_status read_level(const struct cli_args *args, yx_pades_level least,
                            yx_pades_level *level, struct yx_error *err)
{
    const char *text = cli_value(args, "level");

    if (text == NULL)
        return YX_OK;
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (levels[i].level >= least && strcmp(levels[i].name, text) == 0) {
            *level = levels[i].level;
            return YX_OK;
        }
    if (least > YX_PADES_B)
        return yx_fail(err, YX_USAGE, "", N_("--level takes lt or lta, not {1}"), text);
    return yx_fail(err, YX_USAGE, "", N_("--level takes b, t, lt or lta, not {1}"), text);
}

/* --- With what --------------------------------------------------------------------------- */

/* What is told while a document is sealed. */
struct told {
    unsigned stamp_count;
    struct yx_report_stamp first;
    uint32_t last_page;
};

/* Read once, for every document. */
struct sealing {
    const struct cli_args *args;
    struct yx_sign_request request;
    struct yx_placement placement;
    int64_t number; /* which document of a package */
    struct yx_buf seal;
    struct cli_certs certs; /* the signer's and its chain */
    struct yx_token_key *key;
    struct yx_trust *trust;
    struct cli_stamper stamper;
};

static void sealing_free(struct sealing *sealing)
{
    yx_buf_free(&sealing->seal);
    cli_certs_free(&sealing->certs);
    yx_token_key_free(sealing->key);
    yx_trust_free(sealing->trust);
    cli_stamper_free(&sealing->stamper);
}
YX_DEFINE_CLEAN_VALUE(sealing, struct sealing, sealing_free);

/* The signer's certificate comes first in its file; what else is there belongs to its chain. */
static yx_status read_signer(const struct cli_args *args, struct sealing *sealing,
                             struct yx_error *err)
{
    const struct yx_cert *signer;
    const char *path;

    YX_TRY(cli_certificates(cli_value(args, "cert"), &sealing->certs, err));
    for (size_t at = 0; (path = cli_next_value(args, "chain", &at)) != NULL;)
        YX_TRY(cli_certificates(path, &sealing->certs, err));
    YX_TRY(cli_private_key(args, cli_value(args, "key"), &sealing->key, err));
    YX_REQUIRE(!yx_token_key_pin_initial(sealing->key), err, YX_REFUSED, "initial seal password",
               N_("the PIN of {1} is still the first one, which others may know; set your own with "
                  "`yinxin token change-pin` before you seal"),
               cli_value(args, "key"));
    signer = sealing->certs.items[0];
    YX_REQUIRE(yx_bytes_equal(yx_public_key_spki(yx_cert_public_key(signer)),
                              yx_public_key_spki(yx_token_key_public(sealing->key))),
               err, YX_USAGE, "", N_("{1} is not the key of the certificate {2}"),
               cli_value(args, "key"), cli_value(args, "cert"));
    sealing->request.signer = signer;
    sealing->request.chain = (const struct yx_cert *const *)sealing->certs.items + 1;
    sealing->request.chain_count = sealing->certs.count - 1;
    return YX_OK;
}

static void note_stamp(void *context, const struct yx_report_stamp *stamp)
{
    struct told *told = context;

    if (told->stamp_count++ == 0)
        told->first = *stamp;
    told->last_page = stamp->page;
}

/* A service is asked for the digest that goes with the signer's key. */
static yx_status read_stamper(const struct cli_args *args, struct sealing *sealing,
                              struct yx_error *err)
{
    yx_key_type type = yx_public_key_type(yx_token_key_public(sealing->key));
    struct yx_sign_request *request = &sealing->request;

    YX_TRY(cli_stamper_open(args, type == YX_KEY_SM2 ? YX_DIGEST_SM3 : YX_DIGEST_SHA256,
                            &sealing->stamper, err));
    if (sealing->stamper.timestamper.stamp != NULL) {
        request->timestamper = &sealing->stamper.timestamper;
        request->level = YX_PADES_T;
    }
    return read_level(args, YX_PADES_B, &request->level, err);
}

static yx_status read_all(const struct cli_args *args, struct sealing *sealing,
                          struct yx_error *err)
{
    struct yx_sign_request *request = &sealing->request;

    sealing->args = args;
    sealing->number = 1;
    YX_TRY(cli_int(args, "document", 1, INT32_MAX, &sealing->number, err));
    YX_TRY(cli_placement(args, &sealing->placement, err));
    YX_TRY(read_signer(args, sealing, err));
    YX_TRY(read_stamper(args, sealing, err));
    if (cli_has(args, "trust"))
        YX_TRY(cli_trust(args, "trust", false, &sealing->trust, err));
    if (sealing->trust != NULL)
        yx_trust_set_fetcher(sealing->trust, &yx_fetcher_http);
    if (cli_has(args, "seal"))
        YX_TRY(yx_file_read(cli_value(args, "seal"), YX_SEAL_MAX, &sealing->seal, err));
    request->seal = yx_buf_bytes(&sealing->seal);
    request->placement_count = sealing->seal.len > 0 && !cli_has(args, "field") ? 1 : 0;
    request->close = cli_has(args, "close");
    request->trust = sealing->trust;
    request->allow_foreign_algorithms = cli_has(args, "allow-foreign-algorithms");
    request->field = cli_value(args, "field");
    request->reason = cli_value(args, "reason");
    request->location = cli_value(args, "location");
    request->stamped = note_stamp;
    return YX_OK;
}

/* --- Doing it ---------------------------------------------------------------------------- */

static void tell(const struct sealing *sealing, const struct told *told, const char *out,
                 uint64_t size)
{
    const struct yx_report_stamp *stamp = &told->first;

    if (told->stamp_count == 0 && sealing->seal.len == 0)
        cli_say(stdout, _("{1}: signed by {2}, {3}\n"), out,
                yx_cert_subject(sealing->request.signer), CLI_SIZE(size));
    if (told->stamp_count == 0 && sealing->seal.len > 0)
        cli_say(stdout, _("{1}: sealed in the field {2}, {3}\n"), out, sealing->request.field,
                CLI_SIZE(size));
    if (told->stamp_count == 1)
        cli_say(stdout, _("{1}: sealed on page {2}, centre at {3}, {4} mm, {5}\n"), out,
                YX_NUM(stamp->page), CLI_MM(stamp->x + stamp->width / 2),
                CLI_MM(stamp->y + stamp->height / 2), CLI_SIZE(size));
    bool one_page = stamp->page == told->last_page;
    if (told->stamp_count > 1 && one_page)
        cli_say(stdout, _("{1}: sealed in {2} places on page {3}, {4}\n"), out,
                YX_NUM(told->stamp_count), YX_NUM(stamp->page), CLI_SIZE(size));
    if (told->stamp_count > 1 && !one_page)
        cli_say(stdout, _("{1}: sealed in {2} places on pages {3} to {4}, {5}\n"), out,
                YX_NUM(told->stamp_count), YX_NUM(stamp->page), YX_NUM(told->last_page),
                CLI_SIZE(size));
}

static yx_status sign_one(void *context, const char *in, const char *out, const char *title,
                          struct yx_error *err)
{
    const struct sealing *sealing = context;
    struct yx_sign_request request = sealing->request;
    struct yx_placement placement = sealing->placement;
    struct yx_signer signer = yx_token_key_signer(sealing->key);
    struct told told = {0};
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_document) struct yx_document *document = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_CLEAN(cli_progress) struct cli_progress progress;

    request.progress = cli_progress_start(&progress, title);
    request.placements = &placement;
    request.stamped_context = &told;
    YX_TRY(yx_source_open(in, &source, err));
    YX_TRY(yx_document_open(source, (uint32_t)sealing->number, &document, err));
    YX_TRY(cli_placement_fit(sealing->args, document, &placement, err));
    YX_TRY(yx_sink_file(out, false, &sink, err));
    YX_TRY(yx_document_sign(document, &request, &signer, sink, err));
    YX_TRY(yx_sink_commit(sink, err));
    cli_progress_end(&progress);
    tell(sealing, &told, out, yx_sink_size(sink));
    return YX_OK;
}

static yx_status run_sign(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(cli_outputs) struct cli_outputs outputs = {0};
    YX_CLEAN(sealing) struct sealing sealing = {0};

    YX_TRY(cli_outputs_plan(args, &outputs, err));
    YX_TRY(read_all(args, &sealing, err));
    return cli_outputs_make(args, &outputs, sign_one, &sealing, err);
}

static const struct cli_option sign_options[] = {
    {.name = "o",
     .value = "OUT",
     .help = N_("the sealed document to write; for several documents a folder, where each keeps "
                "its name"),
     .required = true},
    {.name = "seal",
     .value = "F.esl",
     .help = N_("the seal; without one the document is signed and nothing shows")},
    {.name = "cert", .value = "CERT", .help = N_("certificate of the signer"), .required = true},
    {.name = "key", .value = "KEY", .help = N_("key of the signer"), .required = true},
    {.name = "page",
     .value = "N|A-B|all",
     .help = N_("pages; for a point the last one, else all unless told otherwise")},
    {.name = "at",
     .value = "X,Y",
     .help = N_("centre of the seal, millimetres from the top left corner of the page; lower "
                "right unless told otherwise")},
    {.name = "keyword", .value = "T", .help = N_("on the middle of this text")},
    {.name = "match", .value = "first|all", .help = N_("which places of the keyword; first")},
    {.name = "seam",
     .value = "EDGE",
     .help = N_("one seal across the edges of the pages: left, right, top or bottom")},
    {.name = "document",
     .value = "N",
     .help = N_("which document of a package that holds several; the first")},
    {.name = "field",
     .value = "NAME",
     .help = N_("PDF: in this empty signature field of the document")},
    {.name = "close", .help = N_("nobody can add another seal after this one")},
    {.name = "reason", .value = "T", .help = N_("PDF: why it is signed, as readers show it")},
    {.name = "location", .value = "T", .help = N_("PDF: where it is signed")},
    {.name = "chain",
     .value = "F",
     .many = true,
     .help = N_("PDF: certificates between the signer's and the root, to be carried along; those "
                "behind the first in CERT are taken anyway")},
    {.name = "level",
     .value = "b|t|lt|lta",
     .help = N_("PDF: the signature alone (b), with a time-stamp (t), with all that a later check "
                "needs (lt), and a time-stamp over that (lta); b, or t with a time-stamping "
                "option")},
    CLI_TSA_OPTIONS,
    {.name = "allow-foreign-algorithms",
     .help = N_("let RSA, ECDSA and SHA-2 pass in OFD, which asks for SM2 and SM3")},
    CLI_TRUST_OPTION,
    CLI_CRL_OPTION,
    CLI_OCSP_OPTION,
    CLI_KEY_OPTIONS,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_sign = {
    .name = "sign",
    .operands = "IN...",
    .summary = N_("seal or sign OFD and PDF documents"),
    .details =
        N_("IN stays as it is. Seals and signatures that it carries stay valid. With --trust "
           "the certificates of signer and seal maker must also lead to one that is trusted. Of "
           "several documents, one that fails does not keep the others back; the exit code is "
           "the highest among them."),
    .options = sign_options,
    .run = run_sign,
};

/* --- extend ------------------------------------------------------------------------------ */

struct extending {
    yx_pades_level level;
    struct yx_trust *trust;
    struct cli_stamper stamper;
};

static void extending_free(struct extending *extending)
{
    yx_trust_free(extending->trust);
    cli_stamper_free(&extending->stamper);
}
YX_DEFINE_CLEAN_VALUE(extending, struct extending, extending_free);

static yx_status extend_one(void *context, const char *in, const char *out, const char *title,
                            struct yx_error *err)
{
    const struct extending *extending = context;
    const struct yx_timestamper *timestamper = &extending->stamper.timestamper;
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_document) struct yx_document *document = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;

    (void)title; /* it is not told how far it is */
    YX_TRY(yx_source_open(in, &source, err));
    YX_TRY(yx_document_open(source, 0, &document, err));
    YX_TRY(yx_sink_file(out, false, &sink, err));
    YX_TRY(yx_document_extend(document, extending->level, extending->trust,
                              timestamper->stamp == NULL ? NULL : timestamper, sink, err));
    YX_TRY(yx_sink_commit(sink, err));
    cli_say(stdout, _("{1}: extended to level {2}, {3}\n"), out,
            extending->level == YX_PADES_LTA ? "LTA" : "LT", CLI_SIZE(yx_sink_size(sink)));
    return YX_OK;
}

static yx_status run_extend(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(cli_outputs) struct cli_outputs outputs = {0};
    YX_CLEAN(extending) struct extending extending = {.level = YX_PADES_LT};

    YX_TRY(cli_outputs_plan(args, &outputs, err));
    YX_TRY(read_level(args, YX_PADES_LT, &extending.level, err));
    YX_TRY(cli_trust(args, "trust", true, &extending.trust, err));
    yx_trust_set_fetcher(extending.trust, &yx_fetcher_http);
    YX_TRY(cli_stamper_open(args, YX_DIGEST_SHA256, &extending.stamper, err));
    return cli_outputs_make(args, &outputs, extend_one, &extending, err);
}

static const struct cli_option extend_options[] = {
    {.name = "o",
     .value = "OUT",
     .help = N_("the extended document to write; for several documents a folder, where each keeps "
                "its name"),
     .required = true},
    {.name = "level",
     .value = "lt|lta",
     .help =
         N_("lt: the certificates, revocation lists and OCSP responses that a later check needs, "
            "the usual; lta: and a time-stamp over all of it")},
    CLI_TRUST_OPTION,
    CLI_CRL_OPTION,
    CLI_OCSP_OPTION,
    CLI_TSA_OPTIONS,
    CLI_KEY_OPTIONS,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_extend = {
    .name = "extend",
    .operands = "IN...",
    .summary = N_("make signed PDFs last: add what a later check needs"),
    .details = N_("IN stays as it is, and its signatures stay valid. The trusted roots and the "
                  "revocation data must cover every signer of the document; what is missing of "
                  "the data is fetched from where the certificates name, and roots are also "
                  "taken from ~/.config/yinxin/trust and /etc/yinxin/trust."),
    .options = extend_options,
    .run = run_extend,
};
