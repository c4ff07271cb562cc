/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/sign.c - `yinxin sign IN -o OUT`: seals an OFD document, or signs it without a seal. The
 * new document appears whole or not at all, and IN stays as it is.
 */
#include <stdlib.h>

#include "cli/cli.h"

/* --- Where ------------------------------------------------------------------------------- */

/* "3" is 3 to 3, "2-5" is 2 to 5. */
static bool read_range(const char *text, int64_t *from, int64_t *to)
{
    char first[20];
    size_t len = strcspn(text, "-");

    if (len >= sizeof first)
        return false;
    memcpy(first, text, len);
    first[len] = '\0';
    return cli_whole(first, from) && cli_whole(text[len] == '-' ? text + len + 1 : first, to) &&
           *from >= 1 && *from <= *to && *to <= INT32_MAX;
}

static yx_status read_pages(const struct cli_args *args, uint32_t page_count,
                            struct yx_placement *placement, struct yx_error *err)
{
    const char *text = cli_value(args, "page");
    int64_t from = 1, to = page_count;

    if (text == NULL)
        return YX_OK;
    YX_REQUIRE(strcmp(text, "all") == 0 || read_range(text, &from, &to), err, YX_USAGE, "",
               N_("--page takes a page (3), pages (2-5) or all, not {1}"), text);
    placement->first_page = (uint32_t)from;
    placement->last_page = (uint32_t)to;
    return YX_OK;
}

static yx_status read_point(const struct cli_args *args, struct yx_placement *placement,
                            struct yx_error *err)
{
    const char *text = cli_value(args, "at");
    const char *comma;

    if (text == NULL)
        return YX_OK;
    comma = cli_decimal(text, ',', &placement->x);
    YX_REQUIRE(comma != NULL && *comma == ',' && cli_decimal(comma + 1, '\0', &placement->y), err,
               YX_USAGE, "", N_("--at takes X,Y in millimetres, such as 105,148.5, not {1}"), text);
    placement->has_point = true;
    return YX_OK;
}

static yx_status read_keyword(const struct cli_args *args, struct yx_placement *placement,
                              struct yx_error *err)
{
    const char *match = cli_value(args, "match");

    placement->keyword = cli_value(args, "keyword");
    YX_REQUIRE(match == NULL || placement->keyword != NULL, err, YX_USAGE, "",
               N_("--match belongs to --keyword"));
    YX_REQUIRE(match == NULL || strcmp(match, "first") == 0 || strcmp(match, "all") == 0, err,
               YX_USAGE, "", N_("--match takes first or all, not {1}"), match);
    if (placement->keyword == NULL)
        return YX_OK;
    placement->kind = YX_PLACE_KEYWORD;
    placement->all_matches = match != NULL && strcmp(match, "all") == 0;
    return YX_OK;
}

static yx_status read_seam(const struct cli_args *args, struct yx_placement *placement,
                           struct yx_error *err)
{
    static const char *const edges[] = {
        [YX_EDGE_LEFT] = "left",
        [YX_EDGE_RIGHT] = "right",
        [YX_EDGE_TOP] = "top",
        [YX_EDGE_BOTTOM] = "bottom",
    };
    const char *text = cli_value(args, "seam");

    if (text == NULL)
        return YX_OK;
    placement->kind = YX_PLACE_SEAM;
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        if (strcmp(edges[i], text) == 0) {
            placement->edge = (yx_edge)i;
            return YX_OK;
        }
    return yx_fail(err, YX_USAGE, "", N_("--seam takes left, right, top or bottom, not {1}"), text);
}

static yx_status read_placement(const struct cli_args *args, uint32_t page_count,
                                struct yx_placement *placement, struct yx_error *err)
{
    static const char *const places[] = {"at", "keyword", "seam"};
    unsigned given = 0;

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        given += cli_has(args, places[i]) ? 1 : 0;
    YX_REQUIRE(given <= 1, err, YX_USAGE, "", N_("--at, --keyword and --seam exclude each other"));
    YX_REQUIRE(cli_has(args, "seal") || (given == 0 && !cli_has(args, "page")), err, YX_USAGE, "",
               N_("a place needs a seal: give --seal"));
    YX_TRY(read_pages(args, page_count, placement, err));
    YX_TRY(read_point(args, placement, err));
    YX_TRY(read_keyword(args, placement, err));
    return read_seam(args, placement, err);
}

/* --- With what --------------------------------------------------------------------------- */

struct sealing {
    struct yx_ofd_request request;
    struct yx_placement placement;
    struct yx_buf seal;
    struct yx_cert *signer;
    struct yx_private_key *key;
    struct yx_trust *trust;
    /* Told while it is sealed */
    unsigned stamp_count;
    struct yx_report_stamp first;
    uint32_t last_page;
};

static void sealing_free(struct sealing *sealing)
{
    yx_buf_free(&sealing->seal);
    yx_cert_free(sealing->signer);
    yx_private_key_free(sealing->key);
    yx_trust_free(sealing->trust);
}
YX_DEFINE_CLEAN_VALUE(sealing, struct sealing, sealing_free);

static yx_status read_signer(const struct cli_args *args, struct sealing *sealing,
                             struct yx_error *err)
{
    YX_TRY(cli_certificate(cli_value(args, "cert"), &sealing->signer, err));
    YX_TRY(cli_private_key(args, cli_value(args, "key"), &sealing->key, err));
    YX_REQUIRE(yx_bytes_equal(yx_public_key_spki(yx_cert_public_key(sealing->signer)),
                              yx_public_key_spki(yx_private_key_public(sealing->key))),
               err, YX_USAGE, "", N_("{1} is not the key of the certificate {2}"),
               cli_value(args, "key"), cli_value(args, "cert"));
    if (cli_has(args, "trust"))
        YX_TRY(cli_trust(args, false, &sealing->trust, err));
    if (cli_has(args, "seal"))
        YX_TRY(yx_file_read(cli_value(args, "seal"), YX_SEAL_MAX, &sealing->seal, err));
    return YX_OK;
}

static yx_status page_count(const struct yx_source *source, int64_t document, uint32_t *out,
                            struct yx_error *err)
{
    YX_CLEAN(yx_ofd) struct yx_ofd *ofd = NULL;

    YX_TRY(yx_ofd_open(source, &ofd, err));
    return yx_ofd_page_count(ofd, (uint32_t)document, out, err);
}

static void note_stamp(void *context, uint32_t page, double x, double y, double width,
                       double height)
{
    struct sealing *sealing = context;

    if (sealing->stamp_count++ == 0)
        sealing->first = (struct yx_report_stamp){
            .page = page, .x = x, .y = y, .width = width, .height = height};
    sealing->last_page = page;
}

static yx_status fill(const struct cli_args *args, const struct yx_source *in,
                      struct sealing *sealing, struct yx_error *err)
{
    struct yx_ofd_request *request = &sealing->request;
    int64_t document = 1;
    uint32_t pages;

    YX_TRY(cli_int(args, "document", 1, INT32_MAX, &document, err));
    YX_TRY(page_count(in, document, &pages, err));
    YX_TRY(read_placement(args, pages, &sealing->placement, err));
    YX_TRY(read_signer(args, sealing, err));
    request->document = (uint32_t)document;
    request->seal = yx_buf_bytes(&sealing->seal);
    request->signer = sealing->signer;
    request->algorithm =
        yx_signature_default(yx_public_key_type(yx_cert_public_key(sealing->signer)));
    request->placements = &sealing->placement;
    request->placement_count = sealing->seal.len > 0 ? 1 : 0;
    request->close = cli_has(args, "close");
    request->trust = sealing->trust;
    request->allow_foreign_algorithms = cli_has(args, "allow-foreign-algorithms");
    request->stamped = note_stamp;
    request->stamped_context = sealing;
    return YX_OK;
}

/* --- Doing it ---------------------------------------------------------------------------- */

static void tell(const struct sealing *sealing, const char *out, uint64_t size)
{
    const struct yx_report_stamp *stamp = &sealing->first;

    if (sealing->stamp_count == 0)
        cli_say(stdout, _("{1}: signed by {2}, {3}\n"), out, yx_cert_subject(sealing->signer),
                CLI_SIZE(size));
    if (sealing->stamp_count == 1)
        cli_say(stdout, _("{1}: sealed on page {2}, centre at {3}, {4} mm, {5}\n"), out,
                YX_NUM(stamp->page), CLI_MM(stamp->x + stamp->width / 2),
                CLI_MM(stamp->y + stamp->height / 2), CLI_SIZE(size));
    if (sealing->stamp_count > 1)
        cli_say(stdout, _("{1}: sealed in {2} places, page {3} to {4}, {5}\n"), out,
                YX_NUM(sealing->stamp_count), YX_NUM(stamp->page), YX_NUM(sealing->last_page),
                CLI_SIZE(size));
}

static yx_status run(struct cli_args *args, struct yx_error *err)
{
    const char *in = args->operands[0];
    const char *out = cli_value(args, "o");
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_CLEAN(sealing) struct sealing sealing = {0};
    YX_CLEAN(cli_progress) struct cli_progress progress;
    struct yx_signer signer;

    sealing.request.progress = cli_progress_start(&progress, in);
    YX_REQUIRE(!cli_same_file(in, out), err, YX_USAGE, "",
               N_("OUT must not be IN: the document without the seal would be lost"));
    YX_TRY(yx_source_open(in, &source, err));
    YX_TRY(fill(args, source, &sealing, err));
    YX_TRY(yx_sink_file(out, false, &sink, err));
    signer = yx_signer_borrow_key(sealing.key);
    YX_TRY(yx_ofd_sign(source, &sealing.request, &signer, sink, err));
    YX_TRY(yx_sink_commit(sink, err));
    cli_progress_end(&progress);
    tell(&sealing, out, yx_sink_size(sink));
    return YX_OK;
}

static const struct cli_option options[] = {
    {.name = "o", .value = "OUT", .help = N_("the sealed document to write"), .required = true},
    {.name = "seal",
     .value = "F.esl",
     .help = N_("the seal; without one the document is signed by GB/T 35275, nothing shows")},
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
    {.name = "close", .help = N_("nobody can add another seal after this one")},
    {.name = "allow-foreign-algorithms",
     .help = N_("let RSA, ECDSA and SHA-2 pass in OFD, which asks for SM2 and SM3")},
    CLI_TRUST_OPTION,
    CLI_CRL_OPTION,
    CLI_PASSPHRASE_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_sign = {
    .name = "sign",
    .operands = "IN",
    .summary = N_("seal or sign an OFD document"),
    .details =
        N_("IN stays as it is. Seals and signatures that it carries stay valid. With --trust "
           "the certificates of signer and seal maker must also lead to one that is trusted."),
    .options = options,
    .run = run,
};
