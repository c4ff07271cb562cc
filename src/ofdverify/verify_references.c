/* SPDX-License-Identifier: Apache-2.0 */
/* verify_references.c - are the parts that a signature protects as they were? Whether it protects
 * enough is in verify_coverage.c. */
#include <strings.h>

#include "ofdverify/verify.h"
#include "zip/zip.h"

#define RULE "GB/T 33190-2016, signature references"
/* A check value is a digest; more base64 than this is none. */
#define CHECK_VALUE_MAX 256

struct method {
    yx_digest_algorithm algorithm;
    bool with_za;
};

/* CheckMethod holds a name or an identifier; what is not written means MD5 by the schema. */
static struct method find_method(const char *text)
{
    static const struct {
        const char *name;
        yx_digest_algorithm algorithm;
    } names[] = {
        {"SM3", YX_DIGEST_SM3},        {"MD5", YX_DIGEST_MD5},        {"SHA1", YX_DIGEST_SHA1},
        {"SHA-1", YX_DIGEST_SHA1},     {"SHA256", YX_DIGEST_SHA256},  {"SHA-256", YX_DIGEST_SHA256},
        {"SHA384", YX_DIGEST_SHA384},  {"SHA-384", YX_DIGEST_SHA384}, {"SHA512", YX_DIGEST_SHA512},
        {"SHA-512", YX_DIGEST_SHA512},
    };
    if (text == NULL)
        return (struct method){YX_DIGEST_MD5, false};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(text, names[i].name) == 0)
            return (struct method){names[i].algorithm, false};
    yx_oid oid = yx_oid_find_dotted(YX_TEXT(text));
    if (oid == YX_OID_SM3_WITH_ZA)
        return (struct method){YX_DIGEST_SM3, true};
    return (struct method){yx_digest_from_oid(oid), false};
}

static void note_method(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                        struct method method)
{
    bool allowed = method.algorithm == YX_DIGEST_SM3 ||
                   (v->options->allow_foreign_algorithms && yx_digest_allowed(method.algorithm));
    if (!allowed)
        yx_check_note(v->report, &judged->report->checks, YX_CHECK_ALGORITHM_ALLOWED, YX_FAIL, RULE,
                      N_("the parts are protected with {1}; OFD signatures take SM3"),
                      yx_digest_name(method.algorithm));
}

/* What is wrong with the references of one signature: the first in words, the others counted. */
struct faults {
    size_t count;
    struct yx_message first;
    const char *first_name;
    const char *rule;
};

static void add_fault(struct faults *faults, const char *text, const char *name)
{
    if (faults->count++ == 0) {
        yx_message_set(&faults->first, text, name);
        faults->first_name = name;
        faults->rule = RULE;
    }
}

static yx_status part_digest(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                             struct method method, size_t part, uint8_t out[YX_DIGEST_MAX],
                             struct yx_error *err)
{
    if (method.with_za)
        return yx_ofd_parts_digest_prefixed(&v->parts, part, YX_BYTES(judged->za, 32), out, err);
    const uint8_t *digest;
    YX_TRY(yx_ofd_parts_digest(&v->parts, part, method.algorithm, &digest, err));
    memcpy(out, digest, yx_digest_size(method.algorithm));
    return YX_OK;
}

/* Text that is no base64 is no check value either; a lack of memory is neither. */
static yx_status is_check_value(const struct yx_ofd_reference *reference, struct yx_bytes digest,
                                bool *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    struct yx_bytes text = YX_TEXT(reference->check_value);
    *out = false;
    if (text.len > CHECK_VALUE_MAX)
        return YX_OK;
    if (yx_buf_reserve(&value, text.len) != YX_OK)
        return yx_fail_memory(err);
    *out = yx_base64_decode(text, &value, NULL) == YX_OK &&
           yx_bytes_equal(yx_buf_bytes(&value), digest);
    return YX_OK;
}

/* `*held` tells; a part that changed, is gone or cannot be read is a fault. */
static yx_status judge_reference(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                                 struct method method, const struct yx_ofd_reference *reference,
                                 struct faults *faults, bool *held, struct yx_error *err)
{
    if (reference->part == YX_NO_PART) {
        add_fault(faults, N_("{1} is protected and not in the package"), reference->file_ref);
        return YX_OK;
    }
    uint8_t digest[YX_DIGEST_MAX];
    struct yx_error why;
    yx_status status = part_digest(v, judged, method, reference->part, digest, &why);
    if (yx_ofd_is_finding(status)) {
        if (faults->count++ == 0) {
            faults->first = why.message;
            faults->first_name = reference->file_ref;
            faults->rule = why.rule;
        }
        return YX_OK;
    }
    if (status != YX_OK)
        return yx_ofd_pass_on(err, &why);
    YX_TRY(
        is_check_value(reference, YX_BYTES(digest, yx_digest_size(method.algorithm)), held, err));
    if (!*held)
        add_fault(faults, N_("{1} is not as it was when it was signed"), reference->file_ref);
    return YX_OK;
}

static void note_faults(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                        const struct faults *faults)
{
    struct yx_checks *checks = &judged->report->checks;
    if (faults->count == 1) {
        struct yx_error error = {YX_DAMAGED, faults->rule, faults->first};
        yx_check_note_error(v->report, checks, YX_CHECK_REFERENCES_DIGEST, YX_FAIL, NULL, &error);
        return;
    }
    yx_check_note(v->report, checks, YX_CHECK_REFERENCES_DIGEST, YX_FAIL, faults->rule,
                  N_("{1} and {2} more protected parts changed, are missing or damaged"),
                  faults->first_name, YX_NUM(faults->count - 1));
}

static yx_status judge_all(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                           struct method method, struct yx_error *err)
{
    const struct yx_ofd_signed *read = judged->read;
    struct yx_checks *checks = &judged->report->checks;
    struct faults faults = {0};
    for (size_t i = 0; i < read->reference_count; i++) {
        bool *held = &judged->reference_held[i];
        YX_TRY(judge_reference(v, judged, method, &read->references[i], &faults, held, err));
        if (*held)
            judged->part_held[read->references[i].part] = true;
    }
    if (faults.count > 0) {
        note_faults(v, judged, &faults);
        return YX_OK;
    }
    if (method.with_za)
        yx_check_note(v->report, checks, YX_CHECK_REFERENCES_DIGEST, YX_PASS, RULE,
                      N_("the digests are SM3 with ZA of the signer"));
    else
        yx_check_note(v->report, checks, YX_CHECK_REFERENCES_DIGEST, YX_PASS, RULE, NULL);
    return YX_OK;
}

yx_status yx_ofd_judge_references(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                                  struct yx_error *err)
{
    const struct yx_ofd_signed *read = judged->read;
    struct yx_checks *checks = &judged->report->checks;
    if (read->reference_count == 0) {
        yx_check_note(v->report, checks, YX_CHECK_REFERENCES_DIGEST, YX_SKIP, RULE,
                      N_("the signature names no part"));
        return YX_OK;
    }
    struct method method = find_method(read->check_method);
    if (method.algorithm == YX_DIGEST_NONE) {
        yx_check_note(v->report, checks, YX_CHECK_ALGORITHM_ALLOWED, YX_FAIL, RULE,
                      N_("the digest algorithm {1} is not known"), read->check_method);
        yx_check_note(v->report, checks, YX_CHECK_REFERENCES_DIGEST, YX_FAIL, RULE,
                      N_("the digest algorithm {1} is not known"), read->check_method);
        return YX_OK;
    }
    note_method(v, judged, method);
    if (method.with_za && !judged->has_za) {
        yx_check_note(v->report, checks, YX_CHECK_REFERENCES_DIGEST, YX_FAIL, RULE,
                      N_("the digests are SM3 with ZA, and the signer has no SM2 key"));
        return YX_OK;
    }
    return judge_all(v, judged, method, err);
}
