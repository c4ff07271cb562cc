/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prepare.c - prepares a signature: may it be made, where does the seal stand, which parts are new,
 * what is to be signed. The order is that of GM/T 0031-2014 6.2.2: first the signer and the seal,
 * then the document.
 */
#include "ofdsign/sealing.h"

#define RULE "GB/T 33190-2016, signatures"
#define RULE_ALGORITHM "GB/T 33190-2016 and GB/T 38540-2020, algorithms"
/* Beside OFD.xml and the lists: Seal.esl, Signature.xml, SignedValue.dat. */
#define OTHER_PARTS 3

yx_status yx_ofd_add_part(struct yx_ofd_work *work, struct yx_bytes name, struct yx_bytes content,
                          struct yx_error *err)
{
    struct yx_zip_part *part = &work->sealing.parts[work->sealing.part_count];
    part->name = name;
    part->content = yx_arena_bytes(work->arena, content);
    if (part->content.data == NULL)
        return yx_fail_memory(err);
    work->sealing.part_count++;
    return YX_OK;
}

/* --- The request ------------------------------------------------------------------------- */

static yx_status check_request(const struct yx_ofd_request *request, struct yx_error *err)
{
    bool has_seal = request->seal.len > 0;
    YX_REQUIRE(request->signer != NULL, err, YX_USAGE, "",
               N_("a signature needs the signer's certificate"));
    YX_REQUIRE(!has_seal || request->placement_count > 0, err, YX_USAGE, "",
               N_("a seal needs a place in the document"));
    YX_REQUIRE(has_seal || request->placement_count == 0, err, YX_USAGE, "",
               N_("a signature without a seal has no place in the document"));
    YX_REQUIRE(
        has_seal || request->timestamper == NULL, err, YX_REFUSED, RULE_STAMP,
        N_("a signature without a seal has no place for a time-stamp in an OFD; give a seal of "
           "version 4 or 5"));
    return YX_OK;
}

static yx_status check_algorithm(const struct yx_ofd_request *request, struct yx_error *err)
{
    const struct yx_public_key *key = yx_cert_public_key(request->signer);
    yx_key_type type = key == NULL ? YX_KEY_NONE : yx_public_key_type(key);
    YX_REQUIRE(yx_signature_fits(request->algorithm, type), err, YX_REFUSED, RULE_ALGORITHM,
               N_("the key of {1} does not sign with {2}"), yx_cert_subject(request->signer),
               yx_signature_name(request->algorithm));
    YX_REQUIRE(yx_signature_allowed(request->algorithm), err, YX_REFUSED, RULE_ALGORITHM,
               N_("{1} is not safe any more; sign with another algorithm"),
               yx_signature_name(request->algorithm));
    YX_REQUIRE(request->algorithm == YX_SIG_SM2_SM3 || request->allow_foreign_algorithms, err,
               YX_REFUSED, RULE_ALGORITHM,
               N_("OFD signatures are made with SM2 and SM3, not with {1}; allow foreign "
                  "algorithms to sign all the same"),
               yx_signature_name(request->algorithm));
    return YX_OK;
}

/* A seal of a foreign maker's key would be a finding in every report. */
static yx_status check_maker(const struct yx_seal *seal, const struct yx_ofd_request *request,
                             struct yx_error *err)
{
    const struct yx_cert *maker;
    YX_TRY(yx_seal_maker(seal, &maker, err));
    const struct yx_public_key *key = yx_cert_public_key(maker);
    bool is_sm2 = key != NULL && yx_public_key_type(key) == YX_KEY_SM2;
    YX_REQUIRE(is_sm2 || request->allow_foreign_algorithms, err, YX_REFUSED, RULE_ALGORITHM,
               N_("the maker of the seal, {1}, has no SM2 key; OFD documents take seals made with "
                  "SM2 and SM3"),
               yx_cert_subject(maker));
    return YX_OK;
}

static yx_status check_right(struct yx_ofd_work *work, struct yx_error *err)
{
    const struct yx_ofd_request *request = work->request;
    YX_TRY(check_request(request, err));
    YX_TRY(check_algorithm(request, err));
    yx_cert_cache_add(&work->certs, request->signer);
    if (request->seal.len == 0)
        return yx_cert_may_sign(request->signer, work->time, request->trust, err);
    YX_TRY(yx_seal_read(request->seal, &work->certs, &work->seal, err));
    YX_TRY(check_maker(work->seal, request, err));
    YX_REQUIRE(request->timestamper == NULL || yx_seal_info(work->seal)->version != 1, err,
               YX_REFUSED, "GM/T 0031-2014",
               N_("a signature of version 1 has no place for a time-stamp over its value; use a "
                  "seal of version 4 or 5"));
    return yx_seal_may_sign(work->seal, request->signer, work->time, request->trust, err);
}

/* --- Places ------------------------------------------------------------------------------ */

static yx_status page_size(void *self, uint32_t page, double *width, double *height,
                           struct yx_error *err)
{
    struct yx_ofd_work *work = self;
    return yx_ofd_page_size(work->ofd, work->number, page, width, height, err);
}

static yx_status find_text(void *self, uint32_t page, const char *keyword,
                           bool (*found)(void *context, const struct yx_box *box), void *context,
                           struct yx_error *err)
{
    struct yx_ofd_work *work = self;
    return yx_ofd_find_text(work->ofd, work->number, page, keyword, found, context, err);
}

static yx_status place(struct yx_ofd_work *work, struct yx_error *err)
{
    const struct yx_ofd_request *request = work->request;
    if (work->seal == NULL)
        return YX_OK;
    const struct yx_seal_info *info = yx_seal_info(work->seal);
    struct yx_pages pages = {work->document->page_count, work, page_size, find_text};
    for (size_t i = 0; i < request->placement_count; i++)
        YX_TRY(yx_place(&pages, &request->placements[i], (double)info->width, (double)info->height,
                        &work->stamps, err));
    for (size_t i = 0; request->stamped != NULL && i < work->stamps.count; i++) {
        const struct yx_stamp *stamp = &work->stamps.items[i];
        request->stamped(request->stamped_context, stamp->page, stamp->box.x, stamp->box.y,
                         stamp->box.width, stamp->box.height);
    }
    return YX_OK;
}

/* --- New parts and what is to be signed -------------------------------------------------- */

static yx_status make_parts(struct yx_ofd_work *work, struct yx_buf *xml, struct yx_error *err)
{
    size_t room = (size_t)work->ofd->document_count + 1 + OTHER_PARTS;
    work->sealing.parts = yx_arena_calloc(work->arena, room, sizeof *work->sealing.parts);
    if (work->sealing.parts == NULL)
        return yx_fail_memory(err);
    YX_TRY(yx_ofd_splice(work, err));
    if (work->seal != NULL)
        YX_TRY(yx_ofd_add_part(work, work->seal_path, work->request->seal, err));
    YX_TRY(yx_ofd_write_signature_xml(work, xml, err));
    return yx_ofd_add_part(work, work->xml_path, yx_buf_bytes(xml), err);
}

/* The seal signature names the path of Signature.xml and its digest. */
static yx_status prepare_ses(struct yx_ofd_work *work, struct yx_bytes xml, struct yx_buf *out,
                             struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    uint8_t digest[YX_DIGEST_MAX];
    YX_TRY(yx_digest(YX_DIGEST_SM3, xml, digest, err));
    if (yx_buf_append_text(&path, "/") != YX_OK || yx_buf_append(&path, work->xml_path) != YX_OK ||
        yx_buf_append(&path, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    struct yx_ses_request request = {.seal = work->seal,
                                     .signer = work->request->signer,
                                     .algorithm = work->request->algorithm,
                                     .time = work->time,
                                     .data_hash = YX_BYTES(digest, 32),
                                     .property_info = (const char *)path.data};
    return yx_ses_prepare(&request, out, err);
}

static yx_status prepare_cms(struct yx_ofd_work *work, struct yx_bytes xml, struct yx_buf *out,
                             struct yx_error *err)
{
    yx_signature_algorithm usual =
        yx_signature_default(yx_public_key_type(yx_cert_public_key(work->request->signer)));
    yx_digest_algorithm algorithm = yx_signature_digest(usual);
    YX_REQUIRE(work->request->algorithm == usual && algorithm != YX_DIGEST_NONE, err, YX_REFUSED,
               "GB/T 35275-2017, digest algorithm",
               N_("a signature without a seal is not made with {1}; use SM2 with SM3, or the usual "
                  "algorithm of an RSA or ECDSA key"),
               yx_signature_name(work->request->algorithm));
    uint8_t digest[YX_DIGEST_MAX];
    YX_TRY(yx_digest(algorithm, xml, digest, err));
    struct yx_cms_request request = {
        .signer = work->request->signer,
        .gm_content_types = usual == YX_SIG_SM2_SM3,
        .content_digest = YX_BYTES(digest, yx_digest_size(algorithm)),
        .signing_time = work->time,
    };
    return yx_cms_prepare(&request, out, err);
}

static yx_status make_to_be_signed(struct yx_ofd_work *work, struct yx_bytes xml,
                                   struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    struct yx_ofd_sealing *sealing = &work->sealing;
    if (work->seal != NULL)
        YX_TRY(prepare_ses(work, xml, &bytes, err));
    else
        YX_TRY(prepare_cms(work, xml, &bytes, err));
    sealing->is_seal = work->seal != NULL;
    sealing->certificate = yx_cert_der(work->request->signer);
    sealing->algorithm = work->request->algorithm;
    sealing->time = work->time;
    sealing->to_be_signed = yx_arena_bytes(work->arena, yx_buf_bytes(&bytes));
    if (sealing->to_be_signed.data == NULL)
        return yx_fail_memory(err);
    return YX_OK;
}

/* --- All together ------------------------------------------------------------------------ */

static yx_status open_document(struct yx_ofd_work *work, const struct yx_source *in,
                               const struct yx_progress *progress, struct yx_error *err)
{
    YX_TRY(yx_ofd_open(in, &work->ofd, err));
    work->number = work->request->document == 0 ? 1 : work->request->document;
    YX_TRY(yx_ofd_load_pages(work->ofd, work->number, &work->document, err));
    return yx_ofd_parts_index(work->ofd, work->arena, progress, &work->index, err);
}

yx_status yx_ofd_work_prepare(struct yx_ofd_work *work, const struct yx_source *in,
                              const struct yx_ofd_request *request,
                              const struct yx_progress *progress, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf xml = {0};
    work->request = request;
    work->time = request->time == 0 ? yx_now() : request->time;
    work->arena = yx_arena_new(SIZE_MAX / 2);
    if (work->arena == NULL)
        return yx_fail_memory(err);
    YX_TRY(check_right(work, err));
    YX_TRY(open_document(work, in, progress, err));
    YX_TRY(yx_ofd_check_existing(work, err));
    YX_TRY(place(work, err));
    YX_TRY(yx_ofd_choose_ids(work, err));
    YX_TRY(yx_ofd_choose_paths(work, err));
    YX_TRY(make_parts(work, &xml, err));
    return make_to_be_signed(work, yx_buf_bytes(&xml), err);
}

void yx_ofd_work_free(struct yx_ofd_work *work)
{
    yx_stamps_free(&work->stamps);
    yx_seal_free(work->seal);
    yx_cert_cache_free(&work->certs);
    yx_ofd_free(work->ofd);
    yx_arena_free(work->arena);
    *work = (struct yx_ofd_work){0};
}

yx_status yx_ofd_prepare(const struct yx_source *in, const struct yx_ofd_request *request,
                         struct yx_buf *plan, struct yx_buf *to_be_signed, struct yx_error *err)
{
    YX_CLEAN(yx_ofd_work) struct yx_ofd_work work = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    uint8_t digest[32];
    struct yx_passes passes = {&request->progress, yx_source_size(in), 2, 0};
    struct yx_progress progress = yx_pass(&passes);
    YX_TRY(yx_ofd_work_prepare(&work, in, request, &progress, err));
    passes.current = 1;
    YX_TRY(yx_source_digest(in, &progress, digest, err));
    YX_TRY(yx_ofd_plan_to_der(&work.sealing, digest, &der, err));
    if (yx_buf_reserve(to_be_signed, work.sealing.to_be_signed.len) != YX_OK ||
        yx_buf_append(plan, yx_buf_bytes(&der)) != YX_OK ||
        yx_buf_append(to_be_signed, work.sealing.to_be_signed) != YX_OK)
        return yx_fail_memory(err);
    yx_passes_end(&passes);
    return YX_OK;
}
