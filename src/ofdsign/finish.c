/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finish.c - puts the signature into a prepared document and writes it; and the two halves
 * together, with a look at the result by our own verifier before anybody gets it.
 */
#include "ofdsign/sealing.h"
#include "ofdverify/ofdverify.h"

#define RULE "GB/T 33190-2016, signatures"

/* --- The signature ----------------------------------------------------------------------- */

/* Both kinds verify the signature. `token` may be empty. */
static yx_status put_together(const struct yx_ofd_sealing *sealing, const struct yx_cert *signer,
                              struct yx_bytes signature, struct yx_bytes token, struct yx_buf *out,
                              struct yx_error *err)
{
    if (sealing->is_seal)
        return yx_ses_finish(sealing->to_be_signed, signer, sealing->algorithm, signature, token,
                             out, err);
    struct yx_cms_request cms = {.signer = signer,
                                 .algorithm = sealing->algorithm,
                                 .gm_content_types = sealing->algorithm == YX_SIG_SM2_SM3};
    return yx_cms_finish(&cms, sealing->to_be_signed, signature, token, out, err);
}

/* The same with a token over the signature, which has been verified. */
static yx_status put_together_stamped(const struct yx_ofd_sealing *sealing,
                                      const struct yx_cert *signer, struct yx_bytes signature,
                                      const struct yx_timestamper *timestamper, struct yx_buf *out,
                                      struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf token = {0};
    YX_REQUIRE(sealing->is_seal, err, YX_REFUSED, RULE_STAMP,
               N_("a signature without a seal has no place for a time-stamp in an OFD; give a seal "
                  "of version 4 or 5"));
    YX_TRY(yx_timestamp_get(timestamper, signature, &token, err));
    return put_together(sealing, signer, signature, yx_buf_bytes(&token), out, err);
}

/* Appends SignedValue.dat; refuses a signature that is not of this signer over these bytes, before
 * anybody stamps it. */
static yx_status make_signed_value(const struct yx_ofd_sealing *sealing,
                                   const struct yx_cert *signer, struct yx_bytes signature,
                                   const struct yx_timestamper *timestamper, struct yx_buf *out,
                                   struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    YX_CLEAN(yx_buf) struct yx_buf made = {0};
    YX_REQUIRE(yx_cert_public_key(signer) != NULL, err, YX_REFUSED, RULE,
               N_("the key of the certificate of {1} is of no type known here"),
               yx_cert_subject(signer));
    YX_TRY(yx_signature_to_der(sealing->algorithm, signature, &der, err));
    struct yx_error why;
    yx_status status =
        put_together(sealing, signer, yx_buf_bytes(&der), YX_BYTES(NULL, 0), &made, &why);
    YX_REQUIRE(status != YX_REFUSED, err, YX_REFUSED, RULE,
               N_("the signature was not made by {1} over what was prepared; sign exactly the "
                  "bytes that were given out, with the key of this certificate"),
               yx_cert_subject(signer));
    if (status != YX_OK)
        return yx_ofd_pass_on(err, &why);
    if (timestamper != NULL)
        return put_together_stamped(sealing, signer, yx_buf_bytes(&der), timestamper, out, err);
    return yx_buf_append(out, yx_buf_bytes(&made)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

static yx_status write_package(const struct yx_zip *old, const struct yx_ofd_sealing *sealing,
                               struct yx_bytes value, const struct yx_progress *progress,
                               struct yx_sink *out, struct yx_error *err)
{
    YX_CLEAN(yx_arena) struct yx_arena *arena = yx_arena_new(SIZE_MAX / 2);
    size_t count = sealing->part_count;
    struct yx_zip_part *parts =
        arena == NULL ? NULL : yx_arena_calloc(arena, count + 1, sizeof *parts);
    if (parts == NULL)
        return yx_fail_memory(err);
    for (size_t i = 0; i < count; i++)
        parts[i] = sealing->parts[i];
    parts[count] = (struct yx_zip_part){sealing->value_path, value};
    return yx_zip_write(old, parts, count + 1, sealing->time, progress, out, err);
}

yx_status yx_ofd_finish(const struct yx_source *in, struct yx_bytes plan, struct yx_bytes signature,
                        const struct yx_timestamper *timestamper, struct yx_sink *out,
                        struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    YX_CLEAN(yx_arena) struct yx_arena *arena = yx_arena_new(SIZE_MAX / 2);
    YX_CLEAN(yx_ofd) struct yx_ofd *ofd = NULL;
    YX_CLEAN(yx_cert) struct yx_cert *signer = NULL;
    struct yx_ofd_sealing sealing;
    struct yx_bytes document;
    uint8_t digest[32];
    if (arena == NULL)
        return yx_fail_memory(err);
    YX_TRY(yx_ofd_plan_from_der(plan, arena, &sealing, &document, err));
    YX_TRY(yx_source_digest(in, NULL, digest, err));
    YX_REQUIRE(yx_bytes_equal(document, YX_BYTES(digest, sizeof digest)), err, YX_REFUSED, RULE,
               N_("this is not the document that was prepared; prepare it again"));
    YX_TRY(yx_ofd_open(in, &ofd, err));
    YX_TRY(yx_cert_from_der(sealing.certificate, &signer, err));
    YX_TRY(make_signed_value(&sealing, signer, signature, timestamper, &value, err));
    return write_package(ofd->zip, &sealing, yx_buf_bytes(&value), NULL, out, err);
}

/* --- Looking at the result --------------------------------------------------------------- */

/* What our own writing alone decides: none of it may fail. */
static const yx_check_id own_checks[] = {
    YX_CHECK_SIGNATURE_FORMAT,  YX_CHECK_SIGNATURE_VALUE,     YX_CHECK_DOCUMENT_DIGEST,
    YX_CHECK_REFERENCES_DIGEST, YX_CHECK_REFERENCES_COVERAGE, YX_CHECK_REFERENCES_LIST,
    YX_CHECK_PROPERTY_PATH,     YX_CHECK_SEAL_MATCH,          YX_CHECK_TIMESTAMP_TOKEN,
};

static yx_status check_new(const struct yx_report *report, const struct yx_report_signature *made,
                           struct yx_error *err)
{
    const yx_check_id container = YX_CHECK_CONTAINER_SAFE;
    YX_TRY(yx_written_hold(&report->checks, &container, 1, err));
    return yx_written_hold(&made->checks, own_checks, sizeof own_checks / sizeof *own_checks, err);
}

/* The earlier signatures in their order, and behind those of the same document the new one. */
static yx_status compare_reports(const struct yx_report *before, const struct yx_report *after,
                                 uint32_t document, struct yx_error *err)
{
    const struct yx_report_signature *old = before == NULL ? NULL : before->signatures;
    const struct yx_report_signature *s = after->signatures;
    bool found = false;
    for (; s != NULL; s = s->next) {
        bool is_new =
            !found && s->document == document && (old == NULL || old->document != document);
        if (is_new) {
            YX_TRY(check_new(after, s, err));
            found = true;
            continue;
        }
        YX_REQUIRE(old != NULL, err, YX_INTERNAL, RULE,
                   N_("the signed document lists a signature that nobody made"));
        /* changes.after only tells of parts that had changed already. */
        YX_TRY(yx_written_no_worse(&old->checks, &s->checks, YX_CHECK_CHANGES_AFTER, err));
        old = old->next;
    }
    YX_REQUIRE(found && old == NULL, err, YX_INTERNAL, RULE,
               N_("the signed document does not list all its signatures"));
    return YX_OK;
}

/* --- Both halves ------------------------------------------------------------------------- */

static yx_status check_written(struct yx_ofd_work *work, const struct yx_source *in,
                               struct yx_sink *out, struct yx_passes *passes, struct yx_error *err)
{
    YX_CLEAN(yx_report) struct yx_report *before = NULL;
    YX_CLEAN(yx_report) struct yx_report *after = NULL;
    YX_CLEAN(yx_source) struct yx_source *written = NULL;
    struct yx_verify_options options = {.trust = work->request->trust,
                                        .at = work->time,
                                        .allow_foreign_algorithms =
                                            work->request->allow_foreign_algorithms,
                                        .progress = yx_pass(passes)};
    YX_TRY(yx_sink_reread(out, &written, err));
    YX_TRY(yx_ofd_verify_written(written, &options, &work->certs, &after, err));
    if (work->existing.count > 0) {
        passes->current++;
        YX_TRY(yx_ofd_verify_written(in, &options, &work->certs, &before, err));
    }
    return compare_reports(before, after, work->number, err);
}

yx_status yx_ofd_sign(const struct yx_source *in, const struct yx_ofd_request *request,
                      const struct yx_signer *signer, struct yx_sink *out, struct yx_error *err)
{
    YX_CLEAN(yx_ofd_work) struct yx_ofd_work work = {0};
    YX_CLEAN(yx_buf) struct yx_buf signature = {0};
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    YX_REQUIRE(signer->algorithm == request->algorithm, err, YX_USAGE, "",
               N_("the signer makes {1}, and {2} was asked for"),
               yx_signature_name(signer->algorithm), yx_signature_name(request->algorithm));
    /* Digest, write, verify; and the input once more when it has signatures. */
    struct yx_passes passes = {&request->progress, yx_source_size(in), 4, 0};
    struct yx_progress progress = yx_pass(&passes);
    YX_TRY(yx_ofd_work_prepare(&work, in, request, &progress, err));
    const struct yx_ofd_sealing *sealing = &work.sealing;
    YX_TRY(signer->sign(signer->self, signer->algorithm, sealing->to_be_signed, &signature, err));
    passes.count = work.existing.count > 0 ? 4 : 3;
    passes.current = 1;
    YX_TRY(make_signed_value(sealing, request->signer, yx_buf_bytes(&signature),
                             request->timestamper, &value, err));
    YX_TRY(write_package(work.ofd->zip, sealing, yx_buf_bytes(&value), &progress, out, err));
    passes.current = 2;
    YX_TRY(check_written(&work, in, out, &passes, err));
    yx_passes_end(&passes);
    return YX_OK;
}
