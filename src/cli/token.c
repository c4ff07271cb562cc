/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/token.c - `yinxin token ...`: what is on tokens, and tokens, keys and PINs made. The work is
 * done by token/; here are options in and lines out.
 */
#include "cli/cli.h"

#define ID_MAX 64

#define PLACE_DETAILS                                                                            \
    N_("PLACE is pkcs11:token=..., skf:device=... or sdf:index=..., with ?module-path=/... for " \
       "the library; docs/tokens.md explains it.")
#define SO_PIN_OPTION                                                                         \
    {                                                                                         \
        .name = "so-pin-file", .value = "F",                                                  \
        .help = N_("the first line of F is the PIN of the administrator (security officer); " \
                   "otherwise YINXIN_SO_PIN holds it, or the terminal asks for it")           \
    }
#define NEW_PIN_OPTION                                                                             \
    {                                                                                              \
        .name = "new-pin-file", .value = "F",                                                      \
        .help = N_("the first line of F is the PIN to set; otherwise YINXIN_NEW_PIN holds it, or " \
                   "the terminal asks for it")                                                     \
    }
#define NEW_SO_PIN_OPTION                                                            \
    {                                                                                \
        .name = "new-so-pin-file", .value = "F",                                     \
        .help = N_("the first line of F is the administrator PIN to set; otherwise " \
                   "YINXIN_NEW_SO_PIN holds it, or the terminal asks for it")        \
    }

/* --- token list -------------------------------------------------------------------------- */

static const char *pin_state(const struct yx_token_info *info)
{
    if (!info->initialised)
        return _("not initialised");
    if (info->user_locked)
        return _("PIN locked");
    if (info->user_pin_initial)
        return _("PIN to be changed");
    return info->user_pin_set ? _("ready") : _("no PIN set");
}

static void show_tries(const char *sentence, int tries)
{
    if (tries >= 0)
        cli_say(stdout, sentence, YX_NUM(tries));
}

static yx_status show_token(void *self, const struct yx_token_info *info, struct yx_error *err)
{
    bool *any = self;

    (void)err;
    *any = true;
    cli_say(stdout, "{1}\n", info->place);
    cli_say(stdout, _("  {1}: {2}, {3} {4}, serial {5}"), pin_state(info), info->label,
            info->manufacturer, info->model, info->serial);
    show_tries(_(", PIN tries left: {1}"), info->user_tries);
    show_tries(_(", administrator's: {1}"), info->admin_tries);
    cli_say(stdout, "{1}\n", info->admin_locked ? _(", administrator PIN locked") : "");
    return YX_OK;
}

static yx_status show_object(void *self, const struct yx_token_object *object, struct yx_error *err)
{
    const char *type = object->type == YX_KEY_NONE ? "?" : yx_key_type_name(object->type);

    (void)self;
    (void)err;
    if (object->kind == YX_TOKEN_KEY)
        cli_say(stdout, _("  key {1}, {2}, {3} bits\n"), object->label, type, YX_NUM(object->bits));
    else if (object->cert != NULL)
        cli_say(stdout, _("  certificate {1}: {2}, until {3}\n"), object->label,
                yx_cert_subject(object->cert), CLI_DAY(yx_cert_not_after(object->cert)));
    else
        cli_say(stdout, _("  certificate {1}, which cannot be read\n"), object->label);
    cli_say(stdout, "    {1}\n", object->place);
    return YX_OK;
}

static yx_status list_place(const struct cli_args *args, const char *place, struct yx_error *err)
{
    const struct yx_token_setup setup = cli_token_setup(args);
    bool any = false;
    const struct yx_token_visitor visitor = {show_token, show_object, &any};

    YX_TRY(yx_token_list(&setup, place, cli_has(args, "login"), &visitor, err));
    if (!any)
        cli_say(stdout, _("no token\n"));
    return YX_OK;
}

static yx_status run_list(struct cli_args *args, struct yx_error *err)
{
    if (args->operand_count == 0)
        return list_place(args, "pkcs11:", err);
    for (size_t i = 0; i < args->operand_count; i++)
        YX_TRY(list_place(args, args->operands[i], err));
    return YX_OK;
}

static const struct cli_option list_options[] = {
    {.name = "login", .help = N_("log in, and show private keys themselves")},
    CLI_PIN_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_token_list = {
    .name = "token list",
    .operands = "[PLACE]...",
    .summary = N_("list tokens, their keys and certificates"),
    .details = N_("Without PLACE: the PKCS#11 tokens of the library YINXIN_PKCS11_MODULE, or of "
                  "all that the system is set up with. The place below each key is what --key and "
                  "--cert take. PLACE is pkcs11:token=..., skf:device=... or sdf:index=..., with "
                  "?module-path=/... for the library."),
    .options = list_options,
    .run = run_list,
};

/* --- token init -------------------------------------------------------------------------- */

static yx_status run_init(struct cli_args *args, struct yx_error *err)
{
    const struct yx_token_setup setup = cli_token_setup(args);

    YX_TRY(yx_token_init(&setup, args->operands[0], cli_value(args, "label"),
                         cli_has(args, "erase"), err));
    cli_say(stdout, _("{1}: ready\n"), cli_value(args, "label"));
    return YX_OK;
}

static const struct cli_option init_options[] = {
    {.name = "label", .value = "L", .help = N_("the name of the token"), .required = true},
    {.name = "erase", .help = N_("a token that is in use: erase all that is on it")},
    SO_PIN_OPTION,
    NEW_SO_PIN_OPTION,
    NEW_PIN_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_token_init = {
    .name = "token init",
    .operands = "PLACE",
    .summary = N_("make a token new, with its two PINs"),
    .details = N_("A blank token gets the PINs of --new-so-pin-file and --new-pin-file. With "
                  "--erase the token keeps its administrator PIN, which --so-pin-file tells."),
    .options = init_options,
    .run = run_init,
};

/* --- Keys -------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    yx_key_type type;
    unsigned rsa_bits;
} algorithms[] = {
    {"sm2", YX_KEY_SM2, 0},         {"p256", YX_KEY_P256, 0},      {"p384", YX_KEY_P384, 0},
    {"rsa2048", YX_KEY_RSA, 2048},  {"rsa3072", YX_KEY_RSA, 3072}, {"rsa4096", YX_KEY_RSA, 4096},
    {"ed25519", YX_KEY_ED25519, 0},
};

static yx_status read_algorithm(const struct cli_args *args, struct yx_token_new_key *request,
                                struct yx_error *err)
{
    const char *name = cli_value(args, "algorithm");

    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (strcmp(algorithms[i].name, name) == 0) {
            request->type = algorithms[i].type;
            request->rsa_bits = algorithms[i].rsa_bits;
            return YX_OK;
        }
    return yx_fail(err, YX_USAGE, "", N_("there is no algorithm {1}; known are {2}"), name,
                   "sm2, p256, p384, rsa2048, rsa3072, rsa4096, ed25519");
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);

    return c == '\0' || at == NULL ? -1 : (int)(at - digits);
}

/* --id in hexadecimal digits. */
static yx_status read_id(const struct cli_args *args, uint8_t id[ID_MAX], struct yx_bytes *out,
                         struct yx_error *err)
{
    const char *text = cli_value(args, "id");
    size_t len = text != NULL ? strlen(text) / 2 : 0;
    bool right = text == NULL || (len > 0 && len <= ID_MAX && strlen(text) % 2 == 0);

    for (size_t i = 0; right && i < len; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

        right = high >= 0 && low >= 0;
        id[i] = (uint8_t)(high * 16 + low);
    }
    YX_REQUIRE(right, err, YX_USAGE, "", N_("--id takes 1 to {1} octets in hexadecimal digits"),
               YX_NUM(ID_MAX));
    *out = YX_BYTES(id, len);
    return YX_OK;
}

static yx_status run_generate(struct cli_args *args, struct yx_error *err)
{
    const struct yx_token_setup setup = cli_token_setup(args);
    struct yx_token_new_key request = {.label = cli_value(args, "label")};
    YX_CLEAN(yx_public_key) struct yx_public_key *made = NULL;
    YX_CLEAN(yx_buf) struct yx_buf place = {0};
    uint8_t id[ID_MAX];

    YX_TRY(read_algorithm(args, &request, err));
    YX_TRY(read_id(args, id, &request.id, err));
    YX_TRY(yx_token_generate(&setup, args->operands[0], &request, &made, &place, err));
    cli_say(stdout, "{1}\n", (const char *)place.data);
    return YX_OK;
}

#define LABEL_OPTION                                                     \
    {                                                                    \
        .name = "label", .value = "L", .help = N_("the name of the key") \
    }
#define ID_OPTION                                                               \
    {                                                                           \
        .name = "id", .value = "HEX", .help = N_("its id; random unless given") \
    }

static const struct cli_option generate_options[] = {
    {.name = "algorithm",
     .value = "A",
     .help = N_("sm2, p256, p384, rsa2048, rsa3072, rsa4096 or ed25519"),
     .required = true},
    {.name = "label", .value = "L", .help = N_("the name of the key"), .required = true},
    ID_OPTION,
    CLI_PIN_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_token_generate = {
    .name = "token generate",
    .operands = "PLACE",
    .summary = N_("make a key on a token"),
    .details = N_("The private key never leaves the token. Its place is written out, for --key. "
                  "Then `yinxin request` asks for its certificate, and `yinxin token import "
                  "--cert` puts that beside it."),
    .options = generate_options,
    .run = run_generate,
};

static yx_status import_key(const struct cli_args *args, const struct yx_token_setup *setup,
                            struct yx_error *err)
{
    struct yx_token_new_key request = {.label = cli_value(args, "label")};
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_buf) struct yx_buf passphrase = {0};
    YX_CLEAN(yx_buf) struct yx_buf place = {0};
    const char *path = cli_value(args, "key");
    uint8_t id[ID_MAX];

    YX_TRY(read_id(args, id, &request.id, err));
    YX_TRY(yx_file_read(path, CLI_FILE_MAX, &file, err));
    yx_status status = yx_private_key_read(yx_buf_bytes(&file), YX_BYTES("", 0), &key, err);
    if (status == YX_REFUSED) {
        YX_TRY(cli_passphrase(args, "passphrase-file", path, false, &passphrase, err));
        status = yx_private_key_read(yx_buf_bytes(&file), yx_buf_bytes(&passphrase), &key, err);
    }
    YX_TRY(status);
    YX_TRY(yx_token_import_key(setup, args->operands[0], &request, key, &place, err));
    cli_say(stdout, "{1}\n", (const char *)place.data);
    return YX_OK;
}

static yx_status import_envelope(const struct cli_args *args, const struct yx_token_setup *setup,
                                 struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};

    YX_TRY(yx_file_read(cli_value(args, "envelope"), CLI_FILE_MAX, &der, err));
    return yx_token_import_envelope(setup, args->operands[0], yx_buf_bytes(&der), err);
}

static yx_status run_import(struct cli_args *args, struct yx_error *err)
{
    const struct yx_token_setup setup = cli_token_setup(args);
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;

    YX_REQUIRE(cli_has(args, "key") || cli_has(args, "cert") || cli_has(args, "envelope"), err,
               YX_USAGE, "", N_("token import needs --key, --envelope or --cert"));
    YX_REQUIRE(!cli_has(args, "key") || cli_has(args, "label"), err, YX_USAGE, "",
               N_("a key on a token needs a label"));
    if (cli_has(args, "cert"))
        YX_TRY(cli_certificate(cli_value(args, "cert"), &cert, err));
    if (cli_has(args, "key"))
        YX_TRY(import_key(args, &setup, err));
    if (cli_has(args, "envelope"))
        YX_TRY(import_envelope(args, &setup, err));
    return cert != NULL ? yx_token_import_cert(&setup, args->operands[0], cert, err) : YX_OK;
}

static const struct cli_option import_options[] = {
    {.name = "key", .value = "F", .help = N_("the key file to put on the token")},
    {.name = "envelope",
     .value = "F",
     .help = N_("skf: the key to encrypt with, in the SM2EnvelopedKey (DER) of a key centre")},
    {.name = "cert", .value = "CERT", .help = N_("the certificate to put beside its key")},
    LABEL_OPTION,
    ID_OPTION,
    CLI_PIN_OPTION,
    CLI_PASSPHRASE_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_token_import = {
    .name = "token import",
    .operands = "PLACE",
    .summary = N_("put a key or a certificate on a token"),
    .details = PLACE_DETAILS,
    .options = import_options,
    .run = run_import,
};

/* --- token delete, token test ------------------------------------------------------------ */

static yx_status run_delete(struct cli_args *args, struct yx_error *err)
{
    const struct yx_token_setup setup = cli_token_setup(args);

    return yx_token_delete(&setup, args->operands[0], err);
}

static const struct cli_option pin_options[] = {
    CLI_PIN_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_token_delete = {
    .name = "token delete",
    .operands = "PLACE",
    .summary = N_("delete a key or a certificate from a token"),
    .details = N_("PLACE must lead to one object and say type=private or type=cert. A key that is "
                  "deleted cannot be had back."),
    .options = pin_options,
    .run = run_delete,
};

static yx_status run_test(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_token_key) struct yx_token_key *key = NULL;
    const struct yx_public_key *public_key;

    YX_TRY(cli_private_key(args, args->operands[0], &key, err));
    YX_TRY(yx_token_key_test(key, err));
    public_key = yx_token_key_public(key);
    cli_say(stdout, _("{1}, {2} bits: signs, and the signature verifies\n"),
            yx_key_type_name(yx_public_key_type(public_key)),
            YX_NUM(yx_public_key_bits(public_key)));
    return YX_OK;
}

static const struct cli_option test_options[] = {
    CLI_KEY_OPTIONS,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_token_test = {
    .name = "token test",
    .operands = "KEY",
    .summary = N_("sign something with a key, and verify it"),
    .details = PLACE_DETAILS,
    .options = test_options,
    .run = run_test,
};

/* --- PINs -------------------------------------------------------------------------------- */

static yx_status run_change_pin(struct cli_args *args, struct yx_error *err)
{
    const struct yx_token_setup setup = cli_token_setup(args);

    YX_TRY(yx_token_change_pin(&setup, args->operands[0], cli_has(args, "admin"), err));
    cli_say(stdout, _("the PIN is changed\n"));
    return YX_OK;
}

static const struct cli_option change_options[] = {
    {.name = "admin", .help = N_("that of the administrator: --so-pin-file, --new-so-pin-file")},
    CLI_PIN_OPTION,
    NEW_PIN_OPTION,
    SO_PIN_OPTION,
    NEW_SO_PIN_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_token_change_pin = {
    .name = "token change-pin",
    .operands = "PLACE",
    .summary = N_("change a PIN of a token"),
    .details = PLACE_DETAILS,
    .options = change_options,
    .run = run_change_pin,
};

static yx_status run_unlock(struct cli_args *args, struct yx_error *err)
{
    const struct yx_token_setup setup = cli_token_setup(args);

    YX_TRY(yx_token_unlock_pin(&setup, args->operands[0], err));
    cli_say(stdout, _("the PIN is changed\n"));
    return YX_OK;
}

static const struct cli_option unlock_options[] = {
    SO_PIN_OPTION,
    NEW_PIN_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_token_unlock = {
    .name = "token unlock",
    .operands = "PLACE",
    .summary = N_("set a new PIN with that of the administrator"),
    .details = N_("For a PIN that is locked after too many wrong ones, or forgotten."),
    .options = unlock_options,
    .run = run_unlock,
};
