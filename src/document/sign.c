/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document/sign.c - signing in either format: the one request becomes that of the format, which
 * refuses what it cannot do.
 */
#include "document/face.h"

#define RULE_OFD "GB/T 33190-2016, signatures"

/* --- OFD ---------------------------------------------------------------------------------- */

static yx_status check_ofd(const struct yx_sign_request *request, struct yx_error *err)
{
    YX_REQUIRE(request->field == NULL, err, YX_REFUSED, RULE_OFD,
               N_("an OFD has no signature fields; give the seal's place as a point or a keyword"));
    YX_REQUIRE(request->reason == NULL && request->location == NULL, err, YX_REFUSED, RULE_OFD,
               N_("a signature in an OFD has no place for a reason or a location"));
    bool level_t = request->level == YX_PADES_T && request->timestamper != NULL;
    YX_REQUIRE(
        request->level == YX_PADES_B || level_t, err, YX_REFUSED, "ETSI EN 319 142-1",
        N_("the levels LT and LTA are those of PDF; an OFD has a time-stamp (T) when somebody "
           "is named who makes it, and nothing more"));
    return YX_OK;
}

static yx_signature_algorithm algorithm_of(const struct yx_sign_request *request)
{
    const struct yx_public_key *key = yx_cert_public_key(request->signer);

    if (request->algorithm != YX_SIG_NONE || key == NULL)
        return request->algorithm;
    return yx_signature_default(yx_public_key_type(key));
}

static void tell_stamp(void *context, uint32_t page, double x, double y, double width,
                       double height)
{
    const struct yx_sign_request *request = context;
    struct yx_report_stamp stamp = {.page = page, .x = x, .y = y, .width = width, .height = height};

    if (request->stamped != NULL)
        request->stamped(request->stamped_context, &stamp);
}

/* `told` must live as long as the result. */
static struct yx_ofd_request ofd_request(const struct yx_document *document,
                                         const struct yx_sign_request *request,
                                         struct yx_sign_request *told)
{
    *told = *request;
    return (struct yx_ofd_request){
        .document = document->number,
        .seal = request->seal,
        .signer = request->signer,
        .algorithm = algorithm_of(request),
        .placements = request->placements,
        .placement_count = request->placement_count,
        .close = request->close,
        .time = request->time,
        .trust = request->trust,
        .timestamper = request->timestamper,
        .allow_foreign_algorithms = request->allow_foreign_algorithms,
        .progress = request->progress,
        .stamped = tell_stamp,
        .stamped_context = told,
    };
}

/* --- PDF ---------------------------------------------------------------------------------- */

struct finding {
    bool (*found)(void *context, double x, double y, double width, double height);
    void *context;
};

static bool pass_on(void *context, const struct yx_box *box)
{
    const struct finding *finding = context;

    return finding->found(finding->context, box->x, box->y, box->width, box->height);
}

static yx_status find(void *self, uint32_t page, const char *keyword,
                      bool (*found)(void *context, double x, double y, double width, double height),
                      void *context, struct yx_error *err)
{
    struct finding finding = {found, context};

    return yx_document_find(self, page, keyword, pass_on, &finding, err);
}

static struct yx_pdf_request pdf_request(struct yx_document *document,
                                         const struct yx_sign_request *request)
{
    return (struct yx_pdf_request){
        .seal = request->seal,
        .signer = request->signer,
        .chain = request->chain,
        .chain_count = request->chain_count,
        .algorithm = algorithm_of(request),
        .placements = request->placements,
        .placement_count = request->placement_count,
        .field = request->field,
        .reason = request->reason,
        .location = request->location,
        .close = request->close,
        .time = request->time,
        .level = request->level,
        .timestamper = request->timestamper,
        .trust = request->trust,
        .progress = request->progress,
        .find = find,
        .find_self = document,
        .stamped = request->stamped,
        .stamped_context = request->stamped_context,
    };
}

/* --- Either ------------------------------------------------------------------------------- */

yx_status yx_document_prepare(struct yx_document *document, const struct yx_sign_request *request,
                              struct yx_buf *plan, struct yx_buf *to_be_signed,
                              struct yx_error *err)
{
    struct yx_sign_request told;
    struct yx_ofd_request ofd;
    struct yx_pdf_request pdf;

    if (document->format == YX_FORMAT_PDF) {
        pdf = pdf_request(document, request);
        return yx_pdf_prepare(document->source, &pdf, plan, to_be_signed, err);
    }
    YX_TRY(check_ofd(request, err));
    ofd = ofd_request(document, request, &told);
    return yx_ofd_prepare(document->source, &ofd, plan, to_be_signed, err);
}

yx_status yx_document_finish(struct yx_document *document, struct yx_bytes plan,
                             struct yx_bytes signature, const struct yx_timestamper *timestamper,
                             struct yx_sink *out, struct yx_error *err)
{
    if (document->format == YX_FORMAT_PDF)
        return yx_pdf_finish(document->source, plan, signature, timestamper, out, err);
    return yx_ofd_finish(document->source, plan, signature, timestamper, out, err);
}

yx_status yx_document_sign(struct yx_document *document, const struct yx_sign_request *request,
                           const struct yx_signer *signer, struct yx_sink *out,
                           struct yx_error *err)
{
    struct yx_sign_request told;
    struct yx_ofd_request ofd;
    struct yx_pdf_request pdf;

    if (document->format == YX_FORMAT_PDF) {
        pdf = pdf_request(document, request);
        return yx_pdf_sign(document->source, &pdf, signer, out, err);
    }
    YX_TRY(check_ofd(request, err));
    ofd = ofd_request(document, request, &told);
    return yx_ofd_sign(document->source, &ofd, signer, out, err);
}

yx_status yx_document_extend(struct yx_document *document, yx_pades_level level,
                             const struct yx_trust *trust, const struct yx_timestamper *timestamper,
                             struct yx_sink *out, struct yx_error *err)
{
    struct yx_sign_request asked = {.level = level};

    if (document->format == YX_FORMAT_PDF)
        return yx_pdf_extend(document->source, level, trust, timestamper, out, err);
    return check_ofd(&asked, err);
}
