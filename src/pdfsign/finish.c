/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finish.c - puts the signature into a prepared document and writes it; and the two halves
 * together, with a look at the result by our own verifier before anybody gets it.
 */
#include <stdlib.h>

#include "pdfsign/sealing.h"

#define RULE "ETSI EN 319 142-1, signature value"

/* --- The value ---------------------------------------------------------------------------- */

static yx_status check_value(const struct yx_cms_request *cms, struct yx_bytes to_be_signed,
                             struct yx_bytes signature, struct yx_error *err)
{
    const struct yx_public_key *key = yx_cert_public_key(cms->signer);
    yx_status status = yx_public_key_verify(key, cms->algorithm, to_be_signed, signature, NULL);
    if (status == YX_NO_MEMORY)
        return yx_fail_memory(err);
    YX_REQUIRE(status == YX_OK, err, YX_REFUSED, RULE,
               N_("the signature was not made by {1} over what was prepared; sign exactly the "
                  "bytes that were given out, with the key of this certificate"),
               yx_cert_subject(cms->signer));
    return YX_OK;
}

/* Appends the SignedData; nobody stamps a value that does not verify. */
static yx_status make_contents(const struct yx_cms_request *cms, struct yx_bytes to_be_signed,
                               struct yx_bytes signature, const struct yx_timestamper *timestamper,
                               struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf value = {0}, token = {0};
    YX_TRY(yx_signature_to_der(cms->algorithm, signature, &value, err));
    struct yx_bytes bytes = yx_buf_bytes(&value);
    YX_TRY(check_value(cms, to_be_signed, bytes, err));
    if (timestamper != NULL)
        YX_TRY(yx_pdf_stamp(timestamper, bytes, &token, err));
    return yx_cms_finish(cms, to_be_signed, bytes, yx_buf_bytes(&token), out, err);
}

/* --- The second half ---------------------------------------------------------------------- */

yx_status yx_pdf_finish(const struct yx_source *in, struct yx_bytes plan, struct yx_bytes signature,
                        const struct yx_timestamper *timestamper, struct yx_sink *out,
                        struct yx_error *err)
{
    YX_CLEAN(yx_pdf_plan) struct yx_pdf_plan p = {0};
    YX_CLEAN(yx_buf) struct yx_buf contents = {0};
    uint8_t digest[32];
    YX_TRY(yx_pdf_plan_from_der(plan, &p, err));
    YX_TRY(yx_source_digest(in, NULL, digest, err));
    YX_REQUIRE(yx_bytes_equal(p.document, YX_BYTES(digest, sizeof digest)), err, YX_REFUSED, RULE,
               N_("this is not the document that was prepared; prepare it again"));
    struct yx_cms_request cms = yx_pdf_cms_request(p.signer, (const struct yx_cert *const *)p.chain,
                                                   p.chain_count, p.algorithm);
    YX_TRY(make_contents(&cms, p.to_be_signed, signature, timestamper, &contents, err));
    return yx_pdf_tail_write(in, &p.tail, yx_buf_bytes(&contents), NULL, out, err);
}

/* --- Small files -------------------------------------------------------------------------- */

/* A file of at most so many bytes is read once, though digest, writing and two readers want it. */
#define MEMORY_MAX ((uint64_t)16 * 1024 * 1024)

/* The same bytes in memory when they are few, else NULL. */
struct small {
    struct yx_buf bytes;
    struct yx_source *source;
};

static void small_free(struct small *small)
{
    yx_source_free(small->source);
    free(small->bytes.data); /* no secret: not wiped */
}
YX_DEFINE_CLEAN_VALUE(small, struct small, small_free);

static yx_status small_read(const struct yx_source *source, struct small *out, struct yx_error *err)
{
    if (yx_source_fd(source) < 0 || yx_source_size(source) > MEMORY_MAX)
        return YX_OK;
    YX_TRY(yx_source_read_all(source, (size_t)MEMORY_MAX, &out->bytes, err));
    return yx_source_borrow(yx_buf_bytes(&out->bytes), &out->source, err);
}

static const struct yx_source *small_or(const struct small *small, const struct yx_source *source)
{
    return small->source != NULL ? small->source : source;
}

/* --- Both halves -------------------------------------------------------------------------- */

static yx_status write_signed(const struct yx_pdf_work *work, const struct yx_source *in,
                              const struct yx_signer *signer, const struct yx_progress *progress,
                              struct yx_sink *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf signature = {0}, contents = {0};
    const struct yx_pdf_request *request = work->request;
    struct yx_bytes to_be_signed = yx_buf_bytes(&work->to_be_signed);
    struct yx_cms_request cms = yx_pdf_cms_request(request->signer, request->chain,
                                                   request->chain_count, request->algorithm);
    YX_TRY(signer->sign(signer->self, signer->algorithm, to_be_signed, &signature, err));
    const struct yx_timestamper *timestamper =
        request->level >= YX_PADES_T ? request->timestamper : NULL;
    YX_TRY(
        make_contents(&cms, to_be_signed, yx_buf_bytes(&signature), timestamper, &contents, err));
    return yx_pdf_tail_write(in, &work->tail, yx_buf_bytes(&contents), progress, out, err);
}

static yx_status check_written(const struct yx_pdf_work *work, const struct yx_source *in,
                               struct yx_sink *out, const struct yx_progress *progress,
                               struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *written = NULL;
    YX_CLEAN(small) struct small small = {0};
    const struct yx_source *before = yx_pdf_form_is_signed(&work->form) ? in : NULL;
    size_t added = work->request->level == YX_PADES_LTA ? 2 : 1;
    struct yx_verify_options options = {.trust = work->request->trust, .progress = *progress};
    YX_TRY(yx_sink_reread(out, &written, err));
    YX_TRY(small_read(written, &small, err));
    return yx_pdf_check_written(before, small_or(&small, written), &options, added, err);
}

yx_status yx_pdf_sign(const struct yx_source *in, const struct yx_pdf_request *request,
                      const struct yx_signer *signer, struct yx_sink *out, struct yx_error *err)
{
    YX_CLEAN(small) struct small small = {0};
    YX_CLEAN(yx_pdf_work) struct yx_pdf_work work = {0};
    YX_REQUIRE(signer->algorithm == request->algorithm, err, YX_USAGE, "",
               N_("the signer makes {1}, and {2} was asked for"),
               yx_signature_name(signer->algorithm), yx_signature_name(request->algorithm));
    YX_TRY(small_read(in, &small, err));
    in = small_or(&small, in);
    /* Digest, write, verify. */
    struct yx_passes passes = {&request->progress, yx_source_size(in), 3, 0};
    struct yx_progress progress = yx_pass(&passes);
    YX_TRY(yx_pdf_work_prepare(&work, in, request, &progress, err));
    passes.current = 1;
    YX_TRY(write_signed(&work, in, signer, &progress, out, err));
    if (request->level >= YX_PADES_LT)
        YX_TRY(
            yx_pdf_extend_written(out, request->level, request->trust, request->timestamper, err));
    passes.current = 2;
    YX_TRY(check_written(&work, in, out, &progress, err));
    yx_passes_end(&passes);
    return YX_OK;
}
