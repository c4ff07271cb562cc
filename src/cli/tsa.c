/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/tsa.c - `yinxin tsa reply`, and the time-stamps that other commands ask for: from a service
 * (--tsa) or with a key at hand (--tsa-cert, --tsa-key).
 */
#include "cli/cli.h"
#include "fetch/fetch.h"

/* RFC 3161 sets no limits; a request is about a hundred bytes, an answer some thousands. */
#define REQUEST_MAX (64u * 1024)
#define RESPONSE_MAX (1024u * 1024)

/* The certificate comes first in its file; what else is there belongs to its chain. */
static yx_status open_authority(const struct cli_args *args, const char *cert, const char *key,
                                struct cli_stamper *out, struct yx_error *err)
{
    YX_TRY(cli_certificates(cli_value(args, cert), &out->certs, err));
    YX_TRY(cli_private_key(args, cli_value(args, key), &out->key, err));
    out->tsa.cert = out->certs.items[0];
    out->tsa.chain = (const struct yx_cert *const *)out->certs.items + 1;
    out->tsa.chain_count = out->certs.count - 1;
    out->tsa.signer = yx_token_key_signer(out->key);
    return YX_OK;
}

/* --- tsa reply --------------------------------------------------------------------------- */

/* A request that is refused is answered all the same; then the command is refused too. */
static yx_status run_reply(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    YX_CLEAN(cli_stamper) struct cli_stamper authority = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    yx_status status;

    YX_TRY(yx_file_read(cli_value(args, "i"), REQUEST_MAX, &request, err));
    YX_TRY(open_authority(args, "cert", "key", &authority, err));
    YX_TRY(yx_sink_file(cli_value(args, "o"), false, &sink, err));
    status = yx_tsa_reply(&authority.tsa, yx_buf_bytes(&request), yx_now(), &response, err);
    if (response.len == 0)
        return status;
    YX_TRY(yx_sink_write(sink, yx_buf_bytes(&response), err));
    YX_TRY(yx_sink_commit(sink, err));
    return status;
}

static const struct cli_option reply_options[] = {
    {.name = "cert", .value = "CERT", .help = N_("the authority's certificate"), .required = true},
    {.name = "key", .value = "KEY", .help = N_("its private key"), .required = true},
    {.name = "i", .value = "REQ", .help = N_("the request, DER"), .required = true},
    {.name = "o", .value = "RESP", .help = N_("the response to write, DER"), .required = true},
    CLI_KEY_OPTIONS,
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_tsa_reply = {
    .name = "tsa reply",
    .operands = "",
    .summary = N_("answer a time-stamp request"),
    .details = N_("The request is a TimeStampReq of RFC 3161; the time is that of this machine's "
                  "clock. The certificate must be one for time-stamping: `yinxin ca issue "
                  "--profile tsa` makes it. A request that cannot be granted is answered with the "
                  "reason, and the command ends in 1."),
    .options = reply_options,
    .run = run_reply,
};

/* --- Time-stamps for other commands ------------------------------------------------------ */

static yx_status stamp_by_url(void *self, yx_digest_algorithm algorithm, struct yx_bytes digest,
                              struct yx_buf *token, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf request = {0};
    YX_CLEAN(yx_buf) struct yx_buf response = {0};
    const struct cli_stamper *stamper = self;

    YX_TRY(yx_timestamp_request_make(algorithm, digest, &request, err));
    struct yx_fetch what = {
        .url = stamper->url,
        .content_type = "application/timestamp-query",
        .accepted_type = "application/timestamp-reply",
        .body = yx_buf_bytes(&request),
        .limit = RESPONSE_MAX,
    };
    YX_TRY(yx_fetch_http(NULL, &what, &response, err));
    return yx_timestamp_response_take(yx_buf_bytes(&response), yx_buf_bytes(&request), token, err);
}

yx_status cli_stamper_open(const struct cli_args *args, yx_digest_algorithm algorithm,
                           struct cli_stamper *out, struct yx_error *err)
{
    bool cert = cli_has(args, "tsa-cert"), key = cli_has(args, "tsa-key");

    out->url = cli_value(args, "tsa");
    YX_REQUIRE(cert == key, err, YX_USAGE, "", N_("--tsa-cert and --tsa-key go together"));
    YX_REQUIRE(out->url == NULL || !cert, err, YX_USAGE, "",
               N_("time-stamps come from --tsa or from --tsa-cert and --tsa-key, not from both"));
    if (cert) {
        YX_TRY(open_authority(args, "tsa-cert", "tsa-key", out, err));
        out->timestamper = yx_timestamper_borrow_tsa(&out->tsa);
    }
    if (out->url != NULL)
        out->timestamper = (struct yx_timestamper){algorithm, stamp_by_url, out};
    return YX_OK;
}

void cli_stamper_free(struct cli_stamper *stamper)
{
    cli_certs_free(&stamper->certs);
    yx_token_key_free(stamper->key);
}
