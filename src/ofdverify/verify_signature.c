/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_signature.c - one signature against its own Signature.xml: the signed value, the digest
 * of Signature.xml in it, its path, the seal file. A seal signature itself is judged in seal/, a
 * GB/T 35275 signature in verify_cms.c.
 */
#include "ofdverify/verify.h"
#include "ofdverify/verify_cms.h"
#include "zip/zip.h"

#define RULE_TYPE "GB/T 33190-2016, type of a signature"
#define RULE_DIGEST "GB/T 38540-2020, data hash"
#define RULE_PATH "GB/T 38540-2020, propertyInfo"
#define RULE_SEAL "GB/T 33190-2016, seal file"

/* --- Digest of Signature.xml ------------------------------------------------------------- */

static yx_status digest_equals(yx_digest_algorithm algorithm, struct yx_bytes prefix,
                               struct yx_bytes content, struct yx_bytes expected, bool *out,
                               struct yx_error *err)
{
    uint8_t digest[YX_DIGEST_MAX];
    YX_CLEAN(yx_hasher) struct yx_hasher *hasher = NULL;
    YX_TRY(yx_hasher_new(algorithm, &hasher, err));
    YX_TRY(yx_hasher_update(hasher, prefix, err));
    YX_TRY(yx_hasher_update(hasher, content, err));
    YX_TRY(yx_hasher_finish(hasher, digest, err));
    *out = yx_bytes_equal(YX_BYTES(digest, yx_digest_size(algorithm)), expected);
    return YX_OK;
}

yx_status yx_ofd_judge_digest(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                              struct yx_bytes expected, yx_digest_algorithm signature_digest,
                              struct yx_error *err)
{
    struct yx_checks *checks = &judged->report->checks;
    const yx_check_id id = YX_CHECK_DOCUMENT_DIGEST;
    const struct yx_bytes xml = judged->read->xml, nothing = {NULL, 0};
    bool equal = false;
    YX_TRY(digest_equals(YX_DIGEST_SM3, nothing, xml, expected, &equal, err));
    if (equal) {
        yx_check_note(v->report, checks, id, YX_PASS, RULE_DIGEST, NULL);
        return YX_OK;
    }
    if (judged->has_za)
        YX_TRY(digest_equals(YX_DIGEST_SM3, YX_BYTES(judged->za, 32), xml, expected, &equal, err));
    if (equal) {
        yx_check_note(v->report, checks, id, YX_PASS, RULE_DIGEST,
                      N_("the digest is SM3 with ZA of the signer"));
        return YX_OK;
    }
    if (signature_digest != YX_DIGEST_NONE && signature_digest != YX_DIGEST_SM3)
        YX_TRY(digest_equals(signature_digest, nothing, xml, expected, &equal, err));
    if (equal)
        yx_check_note(v->report, checks, id, YX_PASS, RULE_DIGEST, N_("the digest is {1}"),
                      yx_digest_name(signature_digest));
    else
        yx_check_note(v->report, checks, id, YX_FAIL, RULE_DIGEST,
                      N_("Signature.xml is not the one that was signed"));
    return YX_OK;
}

yx_status yx_ofd_judge_za(struct yx_ofd_judged *judged, const struct yx_cert *signer,
                          struct yx_error *err)
{
    const struct yx_public_key *key = yx_cert_public_key(signer);
    if (key == NULL || yx_public_key_type(key) != YX_KEY_SM2)
        return YX_OK;
    YX_TRY(yx_sm2_za(key, judged->za, err));
    judged->has_za = true;
    return YX_OK;
}

/* --- Seal signatures --------------------------------------------------------------------- */

/* "/Doc_0/Signs/Sign_0/Signature.xml", with or without the first slash. */
static void judge_path(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                       struct yx_bytes property_info)
{
    struct yx_checks *checks = &judged->report->checks;
    struct yx_bytes path = property_info;
    if (path.len > 0 && path.data[0] == '/')
        path = YX_BYTES(path.data + 1, path.len - 1);
    if (yx_bytes_equal(path, judged->read->listed->path))
        yx_check_note(v->report, checks, YX_CHECK_PROPERTY_PATH, YX_PASS, RULE_PATH, NULL);
    else
        yx_check_note(v->report, checks, YX_CHECK_PROPERTY_PATH, YX_FAIL, RULE_PATH,
                      N_("the signature was made for '{1}' and stands at '/{2}'"),
                      YX_ZIP_NAME(property_info), YX_ZIP_NAME(judged->read->listed->path));
}

/* Viewers show the seal file: it must be the seal that was signed. */
static yx_status judge_seal_file(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                                 struct yx_bytes seal, struct yx_error *err)
{
    struct yx_checks *checks = &judged->report->checks;
    const yx_check_id id = YX_CHECK_SEAL_MATCH;
    const struct yx_ofd_signed *read = judged->read;
    if (!read->has_seal) {
        yx_check_note(v->report, checks, id, YX_SKIP, RULE_SEAL,
                      N_("the signature has no seal file beside it"));
        return YX_OK;
    }
    if (read->seal_part == YX_NO_PART) {
        yx_check_note(v->report, checks, id, YX_FAIL, RULE_SEAL,
                      N_("the seal file of the signature is not in the package"));
        return YX_OK;
    }
    const uint8_t *digest;
    struct yx_error why;
    yx_status status =
        yx_ofd_parts_digest(&v->parts, read->seal_part, YX_DIGEST_SM3, &digest, &why);
    if (yx_ofd_is_finding(status)) {
        yx_check_note_error(v->report, checks, id, YX_FAIL, NULL, &why);
        return YX_OK;
    }
    if (status != YX_OK)
        return yx_ofd_pass_on(err, &why);
    uint8_t signed_digest[YX_DIGEST_MAX];
    YX_TRY(yx_digest(YX_DIGEST_SM3, seal, signed_digest, err));
    judged->seal_matches = memcmp(digest, signed_digest, 32) == 0;
    if (judged->seal_matches)
        yx_check_note(v->report, checks, id, YX_PASS, RULE_SEAL, NULL);
    else
        yx_check_note(v->report, checks, id, YX_FAIL, RULE_SEAL,
                      N_("the seal file {1} is not the seal that was signed"),
                      YX_ZIP_NAME(v->parts.items[read->seal_part].entry->name));
    return YX_OK;
}

/* The key of the signer, where its certificate can be read: for digests that carry ZA. */
static yx_status find_za(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                         const struct yx_ses *ses, struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *signer = NULL;
    struct yx_error why;
    yx_status status = yx_cert_cache_read(v->certs, ses->certificate, &signer, &why);
    if (yx_ofd_is_finding(status))
        return YX_OK; /* seal/ notes what is wrong with it */
    if (status != YX_OK)
        return yx_ofd_pass_on(err, &why);
    return yx_ofd_judge_za(judged, signer, err);
}

static yx_status judge_seal_signature(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                                      struct yx_bytes value, struct yx_error *err)
{
    struct yx_checks *checks = &judged->report->checks;
    struct yx_ses ses;
    struct yx_error why;
    yx_status status = yx_ses_parse(value, &ses, &why);
    if (yx_ofd_is_finding(status)) {
        yx_check_note_error(v->report, checks, YX_CHECK_SIGNATURE_FORMAT, YX_FAIL, NULL, &why);
        return YX_OK;
    }
    if (status != YX_OK)
        return yx_ofd_pass_on(err, &why);
    judged->value_parsed = true;
    YX_TRY(yx_ses_verify(&ses, v->options, true, v->certs, v->report, judged->report, err));
    YX_TRY(find_za(v, judged, &ses, err));
    yx_digest_algorithm digest =
        yx_signature_digest(yx_signature_from_oid(yx_oid_find(ses.algorithm)));
    YX_TRY(yx_ofd_judge_digest(v, judged, ses.data_hash, digest, err));
    judge_path(v, judged, ses.property_info);
    return judge_seal_file(v, judged, ses.seal, err);
}

/* --- Both kinds -------------------------------------------------------------------------- */

/* CMS starts with the identifier of its content type, a seal signature with TBS_Sign. */
static bool is_cms(struct yx_bytes value)
{
    struct yx_der der = yx_der_reader(value, "SignedValue.dat"), inner;
    return yx_der_enter(&der, YX_DER_SEQUENCE, &inner, NULL) == YX_OK &&
           yx_der_next_is(&inner, YX_DER_OID);
}

yx_status yx_ofd_judge_signature(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                                 struct yx_error *err)
{
    struct yx_checks *checks = &judged->report->checks;
    const struct yx_ofd_signed *read = judged->read;
    YX_CLEAN(yx_buf) struct yx_buf value = {0};
    struct yx_error why;
    yx_status status = yx_zip_read(v->ofd->zip, v->parts.items[read->value_part].entry,
                                   YX_OFD_SIGNED_VALUE_MAX, &value, &why);
    if (yx_ofd_is_finding(status)) {
        yx_check_note_error(v->report, checks, YX_CHECK_SIGNATURE_FORMAT, YX_FAIL, NULL, &why);
        return YX_OK;
    }
    if (status != YX_OK)
        return yx_ofd_pass_on(err, &why);
    bool cms = is_cms(yx_buf_bytes(&value));
    if (cms != (strcmp(read->listed->type, "Sign") == 0))
        yx_check_note(v->report, checks, YX_CHECK_SIGNATURE_FORMAT, YX_FAIL, RULE_TYPE,
                      cms ? N_("listed as a seal (type {1}), and the signed value holds none")
                          : N_("listed as type {1}, and the signed value is that of a seal"),
                      read->listed->type);
    if (cms)
        return yx_ofd_judge_cms(v, judged, yx_buf_bytes(&value), err);
    return judge_seal_signature(v, judged, yx_buf_bytes(&value), err);
}
