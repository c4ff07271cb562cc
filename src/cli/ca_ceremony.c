/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/ca_ceremony.c - `yinxin ca ceremony`: all authorities of an installation by one file that
 * people read beforehand, and a transcript that they sign.
 */
#include <stdarg.h>
#include <stdlib.h>

#include "cli/ca.h"

/* --- Plan and transcript ---------------------------------------------------------------------- */

/* Appends a translated sentence; cli_say with a buffer in the place of a stream. */
static yx_status put(struct yx_buf *out, struct yx_error *err, const char *text, ...)
    __attribute__((sentinel));
static yx_status put(struct yx_buf *out, struct yx_error *err, const char *text, ...)
{
    char *written = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&written, &len);
    va_list list;
    yx_status status;

    if (stream == NULL)
        return yx_fail_memory(err);
    va_start(list, text);
    cli_say_va(stream, text, list);
    va_end(list);
    status = fclose(stream) == 0 ? yx_buf_append(out, YX_BYTES(written, len)) : YX_NO_MEMORY;
    free(written);
    return status == YX_OK ? YX_OK : yx_fail_memory(err);
}

static const char *where_key(const struct yx_ca_ceremony_item *item)
{
    if (item->key[0] != '\0')
        return item->key;
    return item->request[0] != '\0' ? item->request : _("made here, in an encrypted file");
}

/* Whoever signs the transcript can tell which profiles the authority was made with. */
static yx_status put_profiles(const struct yx_ca_ceremony_item *item, struct yx_buf *out,
                              struct yx_error *err)
{
    uint8_t digest[YX_DIGEST_MAX];
    char hex[2 * YX_DIGEST_MAX + 1];

    if (item->profiles[0] == '\0')
        return YX_OK;
    YX_TRY(yx_digest(YX_DIGEST_SM3, yx_buf_bytes(&item->profiles_text), digest, err));
    yx_hex(YX_BYTES(digest, yx_digest_size(YX_DIGEST_SM3)), hex);
    return put(out, err, _("  profiles   {1}, SM3 {2}\n"), item->profiles, hex, NULL);
}

static yx_status put_item(const struct yx_ca_ceremony_item *item, struct yx_buf *out,
                          struct yx_error *err)
{
    YX_TRY(put(out, err, "\n{1}\n", item->title, NULL));
    YX_TRY(item->authority
               ? put(out, err, _("  kind       certification authority\n"), NULL)
               : put(out, err, _("  kind       certificate, profile {1}\n"), item->profile, NULL));
    YX_TRY(put(out, err, _("  subject    {1}\n"), item->name, NULL));
    YX_TRY(put(out, err, _("  issuer     {1}\n"),
               item->issuer[0] == '\0' ? _("itself: a root") : item->issuer, NULL));
    YX_TRY(put_profiles(item, out, err));
    return put(out, err, _("  key        {1}\n"), where_key(item), NULL);
}

static yx_status put_fingerprint(const struct yx_cert *cert, yx_digest_algorithm algorithm,
                                 const char *title, struct yx_buf *out, struct yx_error *err)
{
    uint8_t digest[YX_DIGEST_MAX];
    char hex[2 * YX_DIGEST_MAX + 1];

    YX_TRY(yx_digest(algorithm, yx_cert_der(cert), digest, err));
    yx_hex(YX_BYTES(digest, yx_digest_size(algorithm)), hex);
    return put(out, err, "  {1}  {2}\n", title, hex, NULL);
}

static yx_status put_made(const struct yx_ca_ceremony_item *item, struct yx_buf *out,
                          struct yx_error *err)
{
    const struct yx_cert *cert = item->certificate;
    const struct yx_public_key *key = yx_cert_public_key(cert);

    YX_TRY(put_item(item, out, err));
    YX_TRY(put(out, err, _("  algorithm  {1}, {2} bits; signed with {3}\n"),
               yx_key_type_name(yx_public_key_type(key)), YX_NUM(yx_public_key_bits(key)),
               yx_signature_name(yx_cert_signature_algorithm(cert)), NULL));
    YX_TRY(put(out, err, _("  serial     {1}\n"), yx_cert_serial(cert), NULL));
    YX_TRY(put(out, err, _("  in force   {1} to {2}\n"), YX_WHEN(yx_cert_not_before(cert)),
               YX_WHEN(yx_cert_not_after(cert)), NULL));
    YX_TRY(put_fingerprint(cert, YX_DIGEST_SM3, "SM3      ", out, err));
    return put_fingerprint(cert, YX_DIGEST_SHA256, "SHA-256  ", out, err);
}

static yx_status put_people(const struct yx_ca_ceremony *ceremony, struct yx_buf *out,
                            struct yx_error *err)
{
    YX_TRY(put(out, err, _("\nWe were there, and saw that this is what was done:\n"), NULL));
    for (size_t i = 0; i < ceremony->people_count; i++)
        YX_TRY(put(out, err, _("\n{1}\n  signature ______________________  date ______________\n"),
                   ceremony->people[i], NULL));
    return YX_OK;
}

static yx_status write_transcript(void *self, const struct yx_ca_ceremony *ceremony,
                                  struct yx_buf *out, struct yx_error *err)
{
    char digest[2 * sizeof ceremony->digest + 1];

    (void)self;
    yx_hex(YX_BYTES(ceremony->digest, sizeof ceremony->digest), digest);
    YX_TRY(put(out, err, _("Transcript of a key ceremony: {1}\n\n"), ceremony->title, NULL));
    YX_TRY(put(out, err, _("place        {1}\n"), ceremony->place, NULL));
    YX_TRY(put(out, err, _("begun        {1}\n"), YX_WHEN(ceremony->begun), NULL));
    YX_TRY(put(out, err, _("ended        {1}\n"), YX_WHEN(ceremony->ended), NULL));
    YX_TRY(
        put(out, err, _("program      yinxin {1}, run as {2}\n"), YX_VERSION, cli_actor(), NULL));
    YX_TRY(put(out, err, _("script       ceremony.conf, SM3 {1}\n"), digest, NULL));
    for (size_t i = 0; i < ceremony->count; i++)
        YX_TRY(put_made(&ceremony->items[i], out, err));
    return put_people(ceremony, out, err);
}

static yx_status show_plan(const struct yx_ca_ceremony *ceremony, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf plan = {0};

    YX_TRY(put(&plan, err, _("Plan of a key ceremony: {1}\n"), ceremony->title, NULL));
    for (size_t i = 0; i < ceremony->count; i++)
        YX_TRY(put_item(&ceremony->items[i], &plan, err));
    (void)fwrite(plan.data, 1, plan.len, stdout);
    return YX_OK;
}

/* --- The command ------------------------------------------------------------------------------ */

static yx_status tell_secret(void *self, const struct yx_ca_ceremony_item *item, struct yx_buf *out,
                             struct yx_error *err)
{
    const struct cli_args *args = self;

    if (item->passphrase_file[0] != '\0')
        return cli_passphrase_file(item->passphrase_file, out, err);
    return cli_passphrase(args, "passphrase-file", item->key[0] == '\0' ? item->title : item->key,
                          item->key[0] == '\0', out, err);
}

static yx_status run(struct cli_args *args, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    YX_CLEAN(yx_ca_ceremony) struct yx_ca_ceremony *ceremony = NULL;
    const char *folder = cli_value(args, "o");

    YX_TRY(yx_file_read(args->operands[0], CLI_FILE_MAX, &text, err));
    YX_TRY(yx_ca_ceremony_read(args->operands[0], yx_buf_bytes(&text), &ceremony, err));
    if (cli_has(args, "check"))
        return show_plan(ceremony, err);
    YX_REQUIRE(folder != NULL && folder[0] != '\0', err, YX_USAGE, "",
               N_("ca ceremony needs -o FOLDER, or --check"));
    const struct yx_ca_ceremony_run how = {
        .folder = folder,
        .secret = tell_secret,
        .transcript = write_transcript,
        .self = args,
        .actor = cli_actor(),
    };
    YX_TRY(yx_ca_ceremony_run(ceremony, &how, err));
    cli_say(stdout, _("{1}: all is made; {1}/transcript.txt is to be printed and signed\n"),
            folder);
    return YX_OK;
}

static const struct cli_option options[] = {
    {.name = "o", .value = "FOLDER", .help = N_("the folder to make")},
    {.name = "check", .help = N_("read and check FILE, and say what would be made")},
    {.name = "passphrase-file",
     .value = "F",
     .help = N_("the first line of F is the passphrase of every key for which FILE names no "
                "passphrase_file; otherwise YINXIN_PASSPHRASE holds it, or the terminal asks")},
    CLI_HELP_OPTION,
    CLI_NO_MORE_OPTIONS,
};

const struct cli_command cli_ca_ceremony = {
    .name = "ca ceremony",
    .operands = "FILE",
    .summary = N_("make all authorities of an installation by one readable file"),
    .details = N_("FILE is explained in yinxin-ceremony.conf(5); examples/ceremony.conf is one. "
                  "The folder appears whole or not at all, with a transcript to sign."),
    .options = options,
    .run = run,
};
