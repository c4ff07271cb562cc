/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seed.c - the seed values of a signature field (ISO 32000-1 12.7.4.5, table 234): what its author
 * asks of the signature that will fill it. What is required and not met is refused; what is only
 * recommended does not bind.
 */
#include "pdfsign/sealing.h"

#define RULE "ISO 32000-1 12.7.4.5, seed values"

/* Bits of Ff: which entries are required. */
enum {
    FILTER = 1 << 0,
    SUB_FILTER = 1 << 1,
    VERSION = 1 << 2,
    REASONS = 1 << 3,
    DIGEST = 1 << 6,
    OBEYED = FILTER | SUB_FILTER | VERSION | REASONS | DIGEST
};
/* Bits of Ff in the dictionary Cert. */
enum { SUBJECT = 1 << 0 };
/* The parser version that knows all entries read here. */
#define VERSION_MAX 3

static yx_status fail_seed(const struct yx_pdf_work *work, const char *entry, struct yx_error *err)
{
    return yx_fail(err, YX_REFUSED, RULE,
                   N_("the field {1} asks for a signature with a certain {2}, which this one would "
                      "not have"),
                   work->request->field, entry);
}

static bool has_name(struct yx_pdf *pdf, qpdf_oh array, const char *name)
{
    for (int i = 0; i < yx_pdf_array_size(pdf, array); i++)
        if (yx_pdf_is_name(pdf, yx_pdf_item(pdf, array, i), name))
            return true;
    return false;
}

/* Is the string in the array, as UTF-8? */
static yx_status has_text(struct yx_pdf *pdf, qpdf_oh array, const char *text, bool *out,
                          struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf item = {0};
    *out = false;
    for (int i = 0; !*out && i < yx_pdf_array_size(pdf, array); i++) {
        item.len = 0;
        YX_TRY(yx_pdf_text(pdf, yx_pdf_item(pdf, array, i), &item, err));
        *out = yx_bytes_are(yx_buf_bytes(&item), text);
    }
    return YX_OK;
}

static int64_t flags_of(struct yx_pdf *pdf, qpdf_oh dictionary)
{
    int64_t flags = 0;
    yx_pdf_integer(pdf, yx_pdf_get(pdf, dictionary, "/Ff"), &flags);
    return flags;
}

/* --- Entries ------------------------------------------------------------------------------ */

static yx_status check_filter(const struct yx_pdf_work *work, qpdf_oh seed, struct yx_error *err)
{
    bool ok = yx_pdf_is_name(work->pdf, yx_pdf_get(work->pdf, seed, "/Filter"), "/Adobe.PPKLite");
    return ok ? YX_OK : fail_seed(work, "Filter", err);
}

static yx_status check_sub_filter(const struct yx_pdf_work *work, qpdf_oh seed,
                                  struct yx_error *err)
{
    qpdf_oh wanted = yx_pdf_get(work->pdf, seed, "/SubFilter");
    bool ok = has_name(work->pdf, wanted, "/ETSI.CAdES.detached");
    return ok ? YX_OK : fail_seed(work, "SubFilter", err);
}

static yx_status check_version(const struct yx_pdf_work *work, qpdf_oh seed, struct yx_error *err)
{
    double version;
    bool ok = yx_pdf_number(work->pdf, yx_pdf_get(work->pdf, seed, "/V"), &version) &&
              version <= VERSION_MAX;
    return ok ? YX_OK : fail_seed(work, "V", err);
}

static yx_status check_reason(const struct yx_pdf_work *work, qpdf_oh seed, struct yx_error *err)
{
    const char *reason = work->request->reason;
    bool ok = false;
    if (reason != NULL)
        YX_TRY(has_text(work->pdf, yx_pdf_get(work->pdf, seed, "/Reasons"), reason, &ok, err));
    return ok ? YX_OK : fail_seed(work, "Reasons", err);
}

/* Names of table 234; "SHA-256" is "SHA256" there. */
static yx_status check_digest(const struct yx_pdf_work *work, qpdf_oh seed, struct yx_error *err)
{
    static const char *const names[] = {[YX_DIGEST_SHA256] = "SHA256",
                                        [YX_DIGEST_SHA384] = "SHA384",
                                        [YX_DIGEST_SHA512] = "SHA512"};
    yx_digest_algorithm digest = yx_signature_digest(work->request->algorithm);
    bool known =
        digest == YX_DIGEST_SHA256 || digest == YX_DIGEST_SHA384 || digest == YX_DIGEST_SHA512;
    bool ok = false;
    if (known)
        YX_TRY(has_text(work->pdf, yx_pdf_get(work->pdf, seed, "/DigestMethod"), names[digest], &ok,
                        err));
    return ok ? YX_OK : fail_seed(work, "DigestMethod", err);
}

static const struct {
    int64_t flag;
    yx_status (*check)(const struct yx_pdf_work *work, qpdf_oh seed, struct yx_error *err);
} entries[] = {
    {FILTER, check_filter},  {SUB_FILTER, check_sub_filter}, {VERSION, check_version},
    {REASONS, check_reason}, {DIGEST, check_digest},
};

/* --- Dictionaries within ------------------------------------------------------------------ */

/* MDP: 0 asks for an ordinary signature, 1 to 3 for a certification with that P. */
static yx_status check_mdp(const struct yx_pdf_work *work, qpdf_oh seed, struct yx_error *err)
{
    int64_t p;
    qpdf_oh mdp = yx_pdf_get(work->pdf, seed, "/MDP");
    if (!yx_pdf_integer(work->pdf, yx_pdf_get(work->pdf, mdp, "/P"), &p))
        return YX_OK;
    return p == (work->certify ? 1 : 0) ? YX_OK : fail_seed(work, "MDP", err);
}

static yx_status check_time_stamp(const struct yx_pdf_work *work, qpdf_oh seed,
                                  struct yx_error *err)
{
    bool required = (flags_of(work->pdf, yx_pdf_get(work->pdf, seed, "/TimeStamp")) & 1) != 0;
    bool ok = !required || work->request->level >= YX_PADES_T;
    return ok ? YX_OK : fail_seed(work, "TimeStamp", err);
}

/* The signer must be one of those in Subject; other demands on the certificate are not judged here
 * and so refused. */
static yx_status check_cert(const struct yx_pdf_work *work, qpdf_oh seed, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    qpdf_oh cert = yx_pdf_get(work->pdf, seed, "/Cert");
    qpdf_oh subjects = yx_pdf_get(work->pdf, cert, "/Subject");
    int64_t flags = flags_of(work->pdf, cert);
    bool ok = flags == 0;
    for (int i = 0; flags == SUBJECT && !ok && i < yx_pdf_array_size(work->pdf, subjects); i++) {
        der.len = 0;
        YX_TRY(yx_pdf_string(work->pdf, yx_pdf_item(work->pdf, subjects, i), &der, err));
        ok = yx_bytes_equal(yx_buf_bytes(&der), yx_cert_der(work->request->signer));
    }
    return ok ? YX_OK : fail_seed(work, "Cert", err);
}

yx_status yx_pdf_check_seed(const struct yx_pdf_work *work, struct yx_error *err)
{
    qpdf_oh seed = yx_pdf_get(work->pdf, work->field->object, "/SV");
    if (!yx_pdf_is_dictionary(work->pdf, seed))
        return YX_OK;
    int64_t flags = flags_of(work->pdf, seed);
    if ((flags & ~(int64_t)OBEYED) != 0)
        return fail_seed(work, "Ff", err);
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
        if ((flags & entries[i].flag) != 0)
            YX_TRY(entries[i].check(work, seed, err));
    YX_TRY(check_mdp(work, seed, err));
    YX_TRY(check_time_stamp(work, seed, err));
    return check_cert(work, seed, err);
}
