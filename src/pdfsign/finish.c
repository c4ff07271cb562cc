/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finish.c - puts the signature into a prepared document and writes it; and the two halves
 * together, with a look at the result by our own verifier before anybody gets it.
 */
#include <stdlib.h>
#include <sys/mman.h>

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
        YX_TRY(yx_timestamp_get(timestamper, bytes, &token, err));
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

/*
 * Digest, two readers and the digest of the verification all want the bytes of a file. One of at
 * most so many bytes is copied to the new file first, and from then on read there: nobody else
 * knows the new file or cuts it short, so it can be mapped, which costs a tenth of a copy into
 * fresh memory.
 */
#define MAPPED_MAX ((uint64_t)16 * 1024 * 1024)

/* What was written so far; mapped when that is little. */
struct written {
    struct yx_source *source;
    void *mapping; /* NULL: a larger file, or memory */
    size_t size;
};

static void written_free(struct written *written)
{
    yx_source_free(written->source);
    if (written->mapping != NULL)
        munmap(written->mapping, written->size);
}
YX_DEFINE_CLEAN_VALUE(written, struct written, written_free);

static yx_status written_open(struct yx_sink *out, struct written *written, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *file = NULL;
    YX_TRY(yx_sink_reread(out, &file, err));
    int fd = yx_source_fd(file);
    uint64_t size = yx_source_size(file);
    if (fd < 0 || size == 0 || size > MAPPED_MAX) {
        written->source = file;
        file = NULL;
        return YX_OK;
    }
    void *mapping = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapping == MAP_FAILED)
        return yx_fail_memory(err);
    written->mapping = mapping;
    written->size = (size_t)size;
    return yx_source_borrow(YX_BYTES(mapping, (size_t)size), &written->source, err);
}

/* Copies a small file to a new file and opens the copy; else `copy` stays empty. */
static yx_status copy_small(const struct yx_source *in, struct yx_sink *out, struct written *copy,
                            struct yx_error *err)
{
    if (yx_source_size(in) > MAPPED_MAX || yx_sink_size(out) > 0 || !yx_sink_is_file(out))
        return YX_OK;
    YX_TRY(yx_pdf_copy(in, NULL, out, err));
    return written_open(out, copy, err);
}

/* --- Both halves -------------------------------------------------------------------------- */

/* `is_copied`: the old bytes stand in `out` already. */
static yx_status write_signed(const struct yx_pdf_work *work, const struct yx_source *in,
                              bool is_copied, const struct yx_signer *signer,
                              const struct yx_progress *progress, struct yx_sink *out,
                              struct yx_error *err)
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
    if (!is_copied)
        YX_TRY(yx_pdf_copy(in, progress, out, err));
    return yx_pdf_tail_append(in, &work->tail, yx_buf_bytes(&contents), out, err);
}

static yx_status check_written(const struct yx_pdf_work *work, const struct yx_source *in,
                               struct yx_sink *out, const struct yx_progress *progress,
                               struct yx_error *err)
{
    YX_CLEAN(written) struct written written = {0};
    const struct yx_source *before = yx_pdf_form_is_signed(&work->form) ? in : NULL;
    size_t added = work->request->level == YX_PADES_LTA ? 2 : 1;
    struct yx_verify_options options = {.trust = work->request->trust, .progress = *progress};
    YX_TRY(written_open(out, &written, err));
    return yx_pdf_check_written(before, written.source, &options, added, err);
}

yx_status yx_pdf_sign(const struct yx_source *in, const struct yx_pdf_request *request,
                      const struct yx_signer *signer, struct yx_sink *out, struct yx_error *err)
{
    YX_CLEAN(written) struct written copy = {0};
    YX_CLEAN(yx_pdf_work) struct yx_pdf_work work = {0};
    YX_REQUIRE(signer->algorithm == request->algorithm, err, YX_USAGE, "",
               N_("the signer makes {1}, and {2} was asked for"),
               yx_signature_name(signer->algorithm), yx_signature_name(request->algorithm));
    YX_TRY(copy_small(in, out, &copy, err));
    in = copy.source != NULL ? copy.source : in;
    /* Digest, write, verify. */
    struct yx_passes passes = {&request->progress, yx_source_size(in), 3, 0};
    struct yx_progress progress = yx_pass(&passes);
    YX_TRY(yx_pdf_work_prepare(&work, in, request, &progress, err));
    passes.current = 1;
    YX_TRY(write_signed(&work, in, copy.source != NULL, signer, &progress, out, err));
    if (request->level >= YX_PADES_LT)
        YX_TRY(
            yx_pdf_extend_written(out, request->level, request->trust, request->timestamper, err));
    passes.current = 2;
    YX_TRY(check_written(&work, in, out, &progress, err));
    yx_passes_end(&passes);
    return YX_OK;
}
