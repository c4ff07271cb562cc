/* SPDX-License-Identifier: Apache-2.0 */
/* cli/request.c - `yinxin request`: a certification request of a key, wherever it lives. */
#include "certify/certify.h"
#include "cli/cli.h"

static yx_status run(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_token_key) struct yx_token_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf subject = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_buf) struct yx_buf pem = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_signer signer;

    YX_TRY(yx_name_to_der(cli_value(args, "subject"), &subject, err));
    YX_TRY(yx_sink_file(cli_value(args, "o"), false, &sink, err));
    YX_TRY(cli_private_key(args, cli_value(args, "key"), &key, err));
    signer = yx_token_key_signer(key);
    YX_TRY(yx_request_make(yx_buf_bytes(&subject), yx_token_key_public(key), &signer, &der, err));
    if (yx_pem_write("CERTIFICATE REQUEST", yx_buf_bytes(&der), &pem) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_sink_write(sink, yx_buf_bytes(&pem), err));
    return yx_sink_commit(sink, err);
}

static const struct cli_option options[] = {
    {.name = "key", .value = "KEY", .help = N_("the private key"), .required = true},
    {.name = "subject",
     .value = "NAME",
     .help = N_("the holder: CN=...,O=...,C=CN"),
     .required = true},
    {.name = "o", .value = "F", .help = N_("the request to write, PEM"), .required = true},
    CLI_KEY_OPTIONS,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_request = {
    .name = "request",
    .operands = "",
    .summary = N_("ask for a certificate of a key"),
    .details = N_("Writes a PKCS#10 request, which `yinxin ca issue --csr` takes. The key stays "
                  "where it is, in its file or on its token."),
    .options = options,
    .run = run,
};
