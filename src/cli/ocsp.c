/* SPDX-License-Identifier: Apache-2.0 */
/* cli/ocsp.c - `yinxin ocsp reply DIR`: answers one OCSP request out of the record of an authority,
 * with its own key or with that of a delegate. */
#include "cli/ca.h"
#include "publish/publish.h"

/* Whoever signs the answers. */
struct delegate {
    struct yx_cert *cert;
    struct yx_token_key *key;
    struct yx_signer signer;
};

static void delegate_free(struct delegate *delegate)
{
    yx_cert_free(delegate->cert);
    yx_token_key_free(delegate->key);
}
YX_DEFINE_CLEAN_VALUE(delegate, struct delegate, delegate_free);

/* With a delegate the authority's own key stays locked. */
static yx_status open_both(const struct cli_args *args, struct yx_ca **ca,
                           struct delegate *delegate, struct yx_error *err)
{
    bool cert = cli_has(args, "cert"), key = cli_has(args, "key");

    YX_REQUIRE(cert == key, err, YX_USAGE, "", N_("--cert and --key go together"));
    if (!cert)
        return cli_ca_unlocked(args, args->operands[0], ca, err);
    YX_TRY(yx_ca_open(args->operands[0], ca, err));
    YX_TRY(cli_certificate(cli_value(args, "cert"), &delegate->cert, err));
    YX_TRY(cli_private_key(args, cli_value(args, "key"), &delegate->key, err));
    delegate->signer = yx_token_key_signer(delegate->key);
    return YX_OK;
}

/* A request that is refused is answered all the same; then the command is refused too. */
static yx_status run_reply(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    YX_CLEAN(delegate) struct delegate delegate = {0};
    YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;
    YX_CLEAN(yx_responder) struct yx_responder *responder = NULL;
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    yx_status status;

    YX_TRY(yx_file_read(cli_value(args, "i"), YX_OCSP_REQUEST_MAX, &request, err));
    YX_TRY(open_both(args, &ca, &delegate, err));
    YX_TRY(yx_responder_new(ca, delegate.cert, delegate.cert != NULL ? &delegate.signer : NULL,
                            &responder, err));
    YX_TRY(yx_sink_file(cli_value(args, "o"), false, &sink, err));
    status = yx_responder_reply(responder, yx_buf_bytes(&request), yx_now(), &response, err);
    if (response.len == 0)
        return status;
    YX_TRY(yx_sink_write(sink, yx_buf_bytes(&response), err));
    YX_TRY(yx_sink_commit(sink, err));
    return status;
}

static const struct cli_option reply_options[] = {
    {.name = "cert",
     .value = "CERT",
     .help = N_("sign as this delegate, which the authority certified for OCSP")},
    {.name = "key", .value = "KEY", .help = N_("with its private key")},
    {.name = "i", .value = "REQ", .help = N_("the request, DER"), .required = true},
    {.name = "o", .value = "RESP", .help = N_("the response to write, DER"), .required = true},
    CLI_PASSPHRASE_OPTION,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_ocsp_reply = {
    .name = "ocsp reply",
    .operands = "DIR",
    .summary = N_("answer an OCSP request"),
    .details = N_("The request is an OCSPRequest of RFC 6960; the answer says what DIR/ca.db "
                  "records of the certificates at this moment. Signed with the authority's own "
                  "key, unless --cert and --key name a delegate: `yinxin ca issue --profile ocsp` "
                  "makes its certificate. A request that cannot be answered is answered with an "
                  "error, and the command ends in 1 or 65."),
    .options = reply_options,
    .run = run_reply,
};
