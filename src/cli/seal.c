/* SPDX-License-Identifier: Apache-2.0 */
/* cli/seal.c - `yinxin seal make|show`; `seal verify` is in verify.c. */
#include <dirent.h>
#include <stdlib.h>

#include "cli/cli.h"

/* --- seal make --------------------------------------------------------------------------- */

struct making {
    struct yx_seal_request request;
    struct yx_cert **holders;
    size_t holder_count;
    struct yx_cert *maker;
    struct yx_token_key *key;
    struct yx_trust *trust;
    struct yx_buf picture;
    struct cli_stamper stamper;
};

static void making_free(struct making *making)
{
    for (size_t i = 0; i < making->holder_count; i++)
        yx_cert_free(making->holders[i]);
    free(making->holders);
    yx_cert_free(making->maker);
    yx_token_key_free(making->key);
    yx_trust_free(making->trust);
    yx_buf_free(&making->picture);
    cli_stamper_free(&making->stamper);
}
YX_DEFINE_CLEAN_VALUE(making, struct making, making_free);

static yx_status read_holders(const struct cli_args *args, struct making *making,
                              struct yx_error *err)
{
    const char *path;

    making->holders = calloc(args->given_count + 1, sizeof(void *));
    if (making->holders == NULL)
        return yx_fail_memory(err);
    for (size_t at = 0; (path = cli_next_value(args, "holder", &at)) != NULL;) {
        YX_TRY(cli_certificate(path, &making->holders[making->holder_count], err));
        making->holder_count++;
    }
    making->request.holders = (const struct yx_cert *const *)making->holders;
    making->request.holder_count = making->holder_count;
    return YX_OK;
}

static yx_status read_numbers(const struct cli_args *args, struct yx_seal_request *request,
                              struct yx_error *err)
{
    int64_t version = 4;

    request->type = 1;
    request->valid_from = YX_TIME_NONE;
    request->valid_to = YX_TIME_NONE;
    YX_TRY(cli_int(args, "version", 1, 5, &version, err));
    YX_REQUIRE(version == 1 || version >= 4, err, YX_USAGE, "",
               N_("--version takes 1 (GM/T 0031-2014), 4 (GB/T 38540-2020) or 5 (GM/T 0031-2025)"));
    request->version = (int)version;
    YX_TRY(cli_int(args, "width", 1, 200, &request->width, err));
    YX_TRY(cli_int(args, "height", 1, 200, &request->height, err));
    YX_TRY(cli_int(args, "type", 0, INT32_MAX, &request->type, err));
    YX_TRY(cli_time(args, "from", &request->valid_from, err));
    return cli_time(args, "to", &request->valid_to, err);
}

static yx_status read_files(const struct cli_args *args, struct making *making,
                            struct yx_error *err)
{
    YX_TRY(yx_file_read(cli_value(args, "picture"), CLI_FILE_MAX, &making->picture, err));
    YX_TRY(read_holders(args, making, err));
    YX_TRY(cli_certificate(cli_value(args, "maker"), &making->maker, err));
    YX_TRY(cli_private_key(args, cli_value(args, "maker-key"), &making->key, err));
    if (!cli_has(args, "trust"))
        return YX_OK;
    YX_TRY(cli_trust(args, "trust", false, &making->trust, err));
    making->request.trust = making->trust;
    return YX_OK;
}

/* A service is asked for the digest that goes with the maker's key. */
static yx_status read_stamper(const struct cli_args *args, struct making *making,
                              struct yx_error *err)
{
    yx_key_type type = yx_public_key_type(yx_token_key_public(making->key));

    YX_TRY(cli_stamper_open(args, type == YX_KEY_SM2 ? YX_DIGEST_SM3 : YX_DIGEST_SHA256,
                            &making->stamper, err));
    if (making->stamper.timestamper.stamp != NULL)
        making->request.timestamper = &making->stamper.timestamper;
    return YX_OK;
}

static yx_status make_seal(const struct cli_args *args, struct yx_buf *der, struct yx_error *err)
{
    YX_CLEAN(making) struct making making = {0};
    struct yx_seal_request *request = &making.request;
    struct yx_signer signer;

    YX_TRY(read_numbers(args, request, err));
    YX_TRY(read_files(args, &making, err));
    YX_TRY(read_stamper(args, &making, err));
    request->name = cli_value(args, "name");
    request->esid = cli_value(args, "esid");
    request->picture = yx_buf_bytes(&making.picture);
    request->holders_as_digests = cli_has(args, "digests");
    signer = yx_token_key_signer(making.key);
    return yx_seal_make(request, making.maker, &signer, der, err);
}

/* --- One esID, one seal ------------------------------------------------------------------ */

static bool is_seal_name(const char *name)
{
    size_t len = strlen(name);

    return len > 4 && strcmp(name + len - 4, ".esl") == 0;
}

/* What cannot be read as a seal has no esID to clash with. */
static bool has_esid(const char *path, struct yx_bytes esid)
{
    YX_CLEAN(yx_seal) struct yx_seal *seal = NULL;

    return cli_seal(path, &seal, NULL) == YX_OK && yx_bytes_equal(yx_seal_info(seal)->esid, esid);
}

static yx_status look_through(DIR *entries, const char *folder, struct yx_bytes esid,
                              struct yx_error *err)
{
    const struct dirent *entry;

    while ((entry = readdir(entries)) != NULL) {
        YX_CLEAN(yx_buf) struct yx_buf path = {0};

        if (!is_seal_name(entry->d_name))
            continue;
        if (yx_buf_printf(&path, "%s%s", folder, entry->d_name) != YX_OK ||
            yx_buf_append(&path, YX_BYTES("", 1)) != YX_OK)
            return yx_fail_memory(err);
        YX_REQUIRE(!has_esid((const char *)path.data, esid), err, YX_REFUSED,
                   "GB/T 38540-2020, esID: identifies one seal",
                   N_("{1} has this esID already; give another with --esid, or none"),
                   (const char *)path.data);
    }
    return YX_OK;
}

/* The seals beside the new one are the register that a command line has (REQ SEAL-09). */
static yx_status require_unique(const char *out, struct yx_bytes der, struct yx_error *err)
{
    YX_CLEAN(yx_seal) struct yx_seal *seal = NULL;
    YX_CLEAN(yx_buf) struct yx_buf folder = {0};
    const char *slash = strrchr(out, '/');
    struct yx_bytes prefix = slash == NULL ? YX_TEXT("./") : YX_BYTES(out, slash - out + 1);
    DIR *entries;
    yx_status status;

    YX_TRY(yx_seal_from_der(der, &seal, err));
    if (yx_buf_append(&folder, prefix) != YX_OK || yx_buf_append(&folder, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    entries = opendir((const char *)folder.data);
    if (entries == NULL)
        return YX_OK; /* writing there will say why */
    status = look_through(entries, (const char *)folder.data, yx_seal_info(seal)->esid, err);
    (void)closedir(entries);
    return status;
}

static yx_status run_make(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    const char *out = cli_value(args, "o");

    YX_TRY(make_seal(args, &der, err));
    YX_TRY(require_unique(out, yx_buf_bytes(&der), err));
    YX_TRY(yx_file_write(out, false, yx_buf_bytes(&der), err));
    cli_say(stdout, _("{1}: seal {2}, {3}\n"), out, cli_value(args, "name"), CLI_SIZE(der.len));
    return YX_OK;
}

static const struct cli_option make_options[] = {
    {.name = "name", .value = "T", .help = N_("the name of the seal"), .required = true},
    {.name = "picture",
     .value = "F",
     .help = N_("its picture: PNG, JPEG, GIF, BMP, SVG, or a small OFD"),
     .required = true},
    {.name = "width", .value = "MM", .help = N_("width in millimetres"), .required = true},
    {.name = "height", .value = "MM", .help = N_("height in millimetres"), .required = true},
    {.name = "holder",
     .value = "CERT",
     .help = N_("certificate of somebody who may seal with it; may stand several times"),
     .required = true,
     .many = true},
    {.name = "maker",
     .value = "CERT",
     .help = N_("certificate of the seal maker"),
     .required = true},
    {.name = "maker-key", .value = "KEY", .help = N_("key of the seal maker"), .required = true},
    {.name = "version",
     .value = "N",
     .help = N_("1 (GM/T 0031-2014), 4 (GB/T 38540-2020, the usual) or 5 (GM/T 0031-2025)")},
    {.name = "type",
     .value = "N",
     .help = N_("1 seal of a unit (the usual), 2 seal of a person, or a number of your own")},
    {.name = "from", .value = "TIME", .help = N_("valid from; now unless told otherwise")},
    {.name = "to",
     .value = "TIME",
     .help = N_("valid to; as long as the holders' certificates unless told otherwise")},
    {.name = "esid", .value = "ID", .help = N_("number of the seal; a fresh one unless given")},
    {.name = "digests", .help = N_("list the holders by digests, not by whole certificates")},
    CLI_TSA_OPTIONS,
    CLI_TRUST_OPTION,
    CLI_CRL_OPTION,
    {.name = "o", .value = "F", .help = N_("the seal file to write"), .required = true},
    CLI_KEY_OPTIONS,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_seal_make = {
    .name = "seal make",
    .operands = "",
    .summary = N_("make an electronic seal"),
    .details =
        N_("With --trust the certificates of maker and holders must also lead to one that is "
           "trusted."),
    .options = make_options,
    .run = run_make,
};

/* --- seal show --------------------------------------------------------------------------- */

static void show_line(const char *name, const char *value)
{
    cli_pad(stdout, name, 16);
    cli_put(stdout, value);
    (void)fputc('\n', stdout);
}

static void show_bytes(const char *name, struct yx_bytes value)
{
    cli_pad(stdout, name, 16);
    cli_put_bytes(stdout, value);
    (void)fputc('\n', stdout);
}

static yx_status show_certificate(const char *name, struct yx_bytes der, struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *certificate = NULL;

    YX_TRY(yx_cert_from_der(der, &certificate, err));
    show_line(name, yx_cert_subject(certificate));
    cli_pad(stdout, "", 16);
    cli_say(stdout, _("issued by {1}, from {2} to {3}"), yx_cert_issuer(certificate),
            CLI_DAY(yx_cert_not_before(certificate)), CLI_DAY(yx_cert_not_after(certificate)));
    (void)fputc('\n', stdout);
    return YX_OK;
}

static yx_status show_holder(const struct yx_seal_info *info, struct yx_bytes holder,
                             struct yx_error *err)
{
    char hex[2 * YX_DIGEST_MAX + 1];

    if (!info->holders_are_digests)
        return show_certificate(_("Holder"), holder, err);
    yx_hex(YX_BYTES(holder.data, holder.len > YX_DIGEST_MAX ? YX_DIGEST_MAX : holder.len), hex);
    cli_pad(stdout, _("Holder"), 16);
    cli_say(stdout, _("certificate with digest {1}"), hex);
    (void)fputc('\n', stdout);
    return YX_OK;
}

static const char *standard_of(int64_t version)
{
    return version == 1 ? "GM/T 0031-2014" : version == 4 ? "GB/T 38540-2020" : "GM/T 0031-2025";
}

static void show_facts(const struct yx_seal_info *info)
{
    const char *type = info->type == 1   ? _("seal of a unit")
                       : info->type == 2 ? _("seal of a person")
                                         : "";

    show_bytes(_("Name"), info->name);
    show_bytes(_("Number"), info->esid);
    cli_pad(stdout, _("Type"), 16);
    cli_say(stdout, "{1} {2}\n", YX_NUM(info->type), type);
    cli_pad(stdout, _("Version"), 16);
    cli_say(stdout, "{1} ({2})\n", YX_NUM(info->version), standard_of(info->version));
    show_bytes(_("Made with"), info->vid);
    show_line(_("Made at"), CLI_MOMENT(info->created));
    show_line(_("Valid from"), CLI_MOMENT(info->valid_from));
    show_line(_("Valid to"), CLI_MOMENT(info->valid_to));
    cli_pad(stdout, _("Picture"), 16);
    cli_put_bytes(stdout, info->picture_type);
    cli_say(stdout, _(", {1} x {2} mm, {3}\n"), YX_NUM(info->width), YX_NUM(info->height),
            CLI_SIZE(info->picture.len));
}

static yx_status run_show(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_seal) struct yx_seal *seal = NULL;
    const struct yx_seal_info *info;

    YX_TRY(cli_seal(args->operands[0], &seal, err));
    info = yx_seal_info(seal);
    show_facts(info);
    YX_TRY(show_certificate(_("Maker"), info->maker_certificate, err));
    for (size_t i = 0; i < info->holder_count; i++)
        YX_TRY(show_holder(info, info->holders[i], err));
    return YX_OK;
}

static const struct cli_option show_options[] = {CLI_HELP_OPTION, CLI_NO_MORE_OPTIONS};

const struct cli_command cli_seal_show = {
    .name = "seal show",
    .operands = "F.esl",
    .summary = N_("show what a seal file says, without verifying it"),
    .details = NULL,
    .options = show_options,
    .run = run_show,
};
