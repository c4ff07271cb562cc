/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal/seal_make.c - makes seals of the three versions. Everything is checked before the maker
 * signs, and what was made is verified by our own verifier before it is handed out. The structures
 * stand in seal_parse.c.
 */
#include "seal/parts.h"

#define RULE_FORMAT "GB/T 38540-2020, seal data"

enum {
    ESID_MAX = 64,
    VID_MAX = 64,
    NAME_MAX_BYTES = 512,
    MILLIMETRES_MAX = 200,
    HOLDERS_MAX = 1000,
};

/* UTCTime spans 1950 to 2049 (X.680; RFC 5280 4.1.2.5.1). */
#define UTC_TIME_END (INT64_C(2524608000) * YX_SECOND)

/* The request with everything filled in. */
struct draft {
    const struct yx_seal_request *request;
    const struct yx_cert *maker;
    yx_signature_algorithm algorithm;
    char esid[ESID_MAX + 1];
    const char *vid;
    const char *picture_type;
    yx_time now; /* whole seconds, as all times here */
    yx_time valid_from;
    yx_time valid_to;
};

/* --- What a seal must be ----------------------------------------------------------------- */

static yx_status check_text(const char *text, size_t max, const char *sentence,
                            struct yx_error *err)
{
    struct yx_bytes bytes = YX_TEXT(text);
    YX_REQUIRE(bytes.len > 0 && bytes.len <= max && yx_is_ia5_text(bytes), err, YX_REFUSED,
               RULE_FORMAT, sentence, YX_NUM(max));
    return YX_OK;
}

static bool has_control_character(struct yx_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x20 || text.data[i] == 0x7F)
            return true;
    return false;
}

static yx_status check_name(const char *name, struct yx_error *err)
{
    struct yx_bytes bytes = name == NULL ? (struct yx_bytes){NULL, 0} : YX_TEXT(name);
    YX_REQUIRE(bytes.len > 0, err, YX_REFUSED, RULE_FORMAT, N_("the seal needs a name"));
    YX_REQUIRE(bytes.len <= NAME_MAX_BYTES && yx_utf8_valid(bytes) && !has_control_character(bytes),
               err, YX_REFUSED, RULE_FORMAT,
               N_("the seal's name must be UTF-8 of at most {1} bytes, without control characters"),
               YX_NUM(NAME_MAX_BYTES));
    return YX_OK;
}

/* A fresh identifier: 128 random bits (REQ SEAL-09). */
static yx_status fresh_esid(char out[ESID_MAX + 1], struct yx_error *err)
{
    uint8_t random[16];
    YX_TRY(yx_random(random, sizeof random, err));
    yx_hex(YX_BYTES(random, sizeof random), out);
    return YX_OK;
}

static yx_status fill_identifiers(struct draft *draft, struct yx_error *err)
{
    const struct yx_seal_request *request = draft->request;
    draft->vid = request->vid != NULL ? request->vid : "Yinxin";
    YX_TRY(check_text(draft->vid, VID_MAX,
                      N_("the maker's identifier must have 1 to {1} printable ASCII characters"),
                      err));
    if (request->esid == NULL)
        return fresh_esid(draft->esid, err);
    YX_TRY(check_text(request->esid, ESID_MAX,
                      N_("the seal's identifier (esID) must have 1 to {1} printable ASCII "
                         "characters"),
                      err));
    memcpy(draft->esid, request->esid, strlen(request->esid) + 1);
    return YX_OK;
}

static yx_status check_shape(const struct yx_seal_request *request, struct yx_error *err)
{
    YX_REQUIRE(request->version == 1 || request->version == 4 || request->version == 5, err,
               YX_USAGE, RULE_FORMAT,
               N_("there is no seal version {1}; use 1 (GM/T 0031-2014), 4 (GB/T 38540-2020) or 5 "
                  "(GM/T 0031-2025)"),
               YX_NUM(request->version));
    YX_REQUIRE(!request->holders_as_digests || request->version != 1, err, YX_REFUSED,
               "GM/T 0031-2014, certificate list",
               N_("a seal of version 1 lists certificates, not digests; use version 4 or 5"));
    YX_REQUIRE(request->version == 5 || request->timestamper == NULL, err, YX_REFUSED,
               "GM/T 0031-2025, seal",
               N_("a seal of version {1} has no place for a time-stamp; use version 5"),
               YX_NUM(request->version));
    YX_REQUIRE(request->type >= 1, err, YX_REFUSED, RULE_FORMAT,
               N_("there is no seal type {1}; use 1 for an official seal, 2 for a personal one"),
               YX_NUM(request->type));
    YX_REQUIRE(request->width >= 1 && request->width <= MILLIMETRES_MAX && request->height >= 1 &&
                   request->height <= MILLIMETRES_MAX,
               err, YX_REFUSED, RULE_FORMAT,
               N_("the seal is {1} x {2} mm; 1 to {3} mm are allowed along each side"),
               YX_NUM(request->width), YX_NUM(request->height), YX_NUM(MILLIMETRES_MAX));
    return YX_OK;
}

/* --- Certificates ------------------------------------------------------------------------ */

/* REQ SEAL-26: no seal for a certificate that is not valid now. */
static yx_status check_certificates(const struct draft *draft, struct yx_error *err)
{
    const struct yx_seal_request *request = draft->request;
    YX_REQUIRE(request->holder_count >= 1 && request->holder_count <= HOLDERS_MAX, err, YX_REFUSED,
               "GB/T 38540-2020, certificate list",
               N_("a seal lists 1 to {1} holders; this one has {2}"), YX_NUM(HOLDERS_MAX),
               YX_NUM(request->holder_count));
    for (size_t i = 0; i < request->holder_count; i++)
        YX_TRY(yx_cert_gate(request->holders[i], YX_ROLE_HOLDER, request->trust, draft->now, err));
    return yx_cert_gate(draft->maker, YX_ROLE_MAKER, request->trust, draft->now, err);
}

static yx_status check_algorithm(const struct draft *draft, struct yx_error *err)
{
    yx_key_type key = yx_cert_key_type(draft->maker);
    YX_REQUIRE(yx_signature_fits(draft->algorithm, key), err, YX_REFUSED, "GB/T 38540-2020 7.3",
               N_("the maker's key does not fit the maker's certificate: {1} cannot be verified "
                  "with it"),
               yx_signature_name(draft->algorithm));
    YX_REQUIRE(yx_signature_allowed(draft->algorithm), err, YX_REFUSED, "GB/T 38540-2020 7.3",
               N_("{1} is no longer safe; sign with SM2 and SM3, or with SHA-2"),
               yx_signature_name(draft->algorithm));
    return YX_OK;
}

/* --- The period -------------------------------------------------------------------------- */

static yx_time whole_seconds(yx_time time)
{
    yx_time part = time % YX_SECOND;
    return time - (part < 0 ? part + YX_SECOND : part);
}

/* Unless told otherwise, the seal lives as long as its certificates (REQ SEAL-43). */
static void fill_period(struct draft *draft)
{
    const struct yx_seal_request *request = draft->request;
    yx_time from = draft->now;
    yx_time to = INT64_MAX;
    for (size_t i = 0; i < request->holder_count; i++) {
        yx_time not_before = yx_cert_not_before(request->holders[i]);
        yx_time not_after = yx_cert_not_after(request->holders[i]);
        from = not_before > from ? not_before : from;
        to = not_after < to ? not_after : to;
    }
    draft->valid_from = request->valid_from != YX_TIME_NONE ? request->valid_from : from;
    draft->valid_to = request->valid_to != YX_TIME_NONE ? request->valid_to : to;
    draft->valid_from = whole_seconds(draft->valid_from);
    draft->valid_to = whole_seconds(draft->valid_to);
}

static yx_status check_period(const struct draft *draft, struct yx_error *err)
{
    const char *rule = "GB/T 38540-2020, seal period";
    YX_REQUIRE(draft->valid_from < draft->valid_to && draft->valid_to > draft->now, err, YX_REFUSED,
               rule, N_("the seal's period from {1} to {2} is empty or over"),
               YX_WHEN(draft->valid_from), YX_WHEN(draft->valid_to));
    for (size_t i = 0; i < draft->request->holder_count; i++) {
        const struct yx_cert *holder = draft->request->holders[i];
        YX_REQUIRE(draft->valid_from >= yx_cert_not_before(holder) &&
                       draft->valid_to <= yx_cert_not_after(holder),
                   err, YX_REFUSED, rule,
                   N_("the seal's period from {1} to {2} goes beyond the holder's certificate "
                      "({3}), which is valid from {4} to {5}"),
                   YX_WHEN(draft->valid_from), YX_WHEN(draft->valid_to), yx_cert_subject(holder),
                   YX_WHEN(yx_cert_not_before(holder)), YX_WHEN(yx_cert_not_after(holder)));
    }
    YX_REQUIRE(draft->request->version != 1 || draft->valid_to < UTC_TIME_END, err, YX_REFUSED,
               "GM/T 0031-2014, seal period",
               N_("a seal of version 1 cannot be valid until {1}: its UTCTime ends with 2049; "
                  "give an earlier end or use version 4"),
               YX_WHEN(draft->valid_to));
    return YX_OK;
}

static yx_status make_draft(struct draft *draft, struct yx_error *err)
{
    const struct yx_seal_request *request = draft->request;
    draft->now = whole_seconds(request->now != 0 ? request->now : yx_now());
    YX_TRY(check_shape(request, err));
    YX_TRY(check_name(request->name, err));
    YX_TRY(fill_identifiers(draft, err));
    YX_TRY(yx_picture_check(request->picture, &draft->picture_type, err));
    YX_TRY(check_certificates(draft, err));
    YX_TRY(check_algorithm(draft, err));
    fill_period(draft);
    return check_period(draft, err);
}

/* --- Writing ----------------------------------------------------------------------------- */

static void put_header(struct yx_der_writer *writer, const struct draft *draft)
{
    size_t header = yx_der_begin(writer, YX_DER_SEQUENCE);
    yx_der_put_text(writer, YX_DER_IA5_STRING, "ES");
    yx_der_put_int(writer, draft->request->version);
    yx_der_put_text(writer, YX_DER_IA5_STRING, draft->vid);
    yx_der_close(writer, header);
}

/* CertDigestObj: SM3 of the certificate, without ZA. */
static yx_status put_digest(struct yx_der_writer *writer, const struct yx_cert *holder,
                            struct yx_error *err)
{
    uint8_t digest[32];
    YX_TRY(yx_digest(YX_DIGEST_SM3, yx_cert_der(holder), digest, err));
    size_t object = yx_der_begin(writer, YX_DER_SEQUENCE);
    yx_der_put_text(writer, YX_DER_PRINTABLE_STRING, "SM3");
    yx_der_put(writer, YX_DER_OCTET_STRING, YX_BYTES(digest, sizeof digest));
    yx_der_close(writer, object);
    return YX_OK;
}

static yx_status put_holders(struct yx_der_writer *writer, const struct draft *draft,
                             struct yx_error *err)
{
    const struct yx_seal_request *request = draft->request;
    if (request->version != 1)
        yx_der_put_int(writer, request->holders_as_digests ? 2 : 1);
    size_t list = yx_der_begin(writer, YX_DER_SEQUENCE);
    for (size_t i = 0; i < request->holder_count; i++) {
        if (request->holders_as_digests)
            YX_TRY(put_digest(writer, request->holders[i], err));
        else
            yx_der_put(writer, YX_DER_OCTET_STRING, yx_cert_der(request->holders[i]));
    }
    yx_der_close(writer, list);
    return YX_OK;
}

static yx_status put_property(struct yx_der_writer *writer, const struct draft *draft,
                              struct yx_error *err)
{
    const struct yx_seal_request *request = draft->request;
    uint8_t time_tag = request->version == 1 ? YX_DER_UTC_TIME : YX_DER_GENERALIZED_TIME;
    size_t property = yx_der_begin(writer, YX_DER_SEQUENCE);
    yx_der_put_int(writer, request->type);
    yx_der_put_text(writer, YX_DER_UTF8_STRING, request->name);
    YX_TRY(put_holders(writer, draft, err));
    yx_der_put_time(writer, time_tag, draft->now);
    yx_der_put_time(writer, time_tag, draft->valid_from);
    yx_der_put_time(writer, time_tag, draft->valid_to);
    yx_der_close(writer, property);
    return YX_OK;
}

static void put_picture(struct yx_der_writer *writer, const struct draft *draft)
{
    size_t picture = yx_der_begin(writer, YX_DER_SEQUENCE);
    yx_der_put_text(writer, YX_DER_IA5_STRING, draft->picture_type);
    yx_der_put(writer, YX_DER_OCTET_STRING, draft->request->picture);
    yx_der_put_int(writer, draft->request->width);
    yx_der_put_int(writer, draft->request->height);
    yx_der_close(writer, picture);
}

/* Appends SES_SealInfo. */
static yx_status write_seal_info(const struct draft *draft, struct yx_buf *out,
                                 struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    size_t info = yx_der_begin(&writer, YX_DER_SEQUENCE);
    put_header(&writer, draft);
    yx_der_put_text(&writer, YX_DER_IA5_STRING, draft->esid);
    YX_TRY(put_property(&writer, draft, err));
    put_picture(&writer, draft);
    yx_der_close(&writer, info);
    return yx_der_finish(&writer, out, err);
}

static void put_maker(struct yx_der_writer *writer, const struct draft *draft)
{
    yx_der_put(writer, YX_DER_OCTET_STRING, yx_cert_der(draft->maker));
    yx_der_put_oid(writer, yx_signature_oid(draft->algorithm));
}

/* V1 signs the certificate and the algorithm too. */
static yx_status write_to_be_signed(const struct draft *draft, struct yx_bytes info,
                                    struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    if (draft->request->version != 1) {
        yx_der_put_raw(&writer, info);
        return yx_der_finish(&writer, out, err);
    }
    size_t sequence = yx_der_begin(&writer, YX_DER_SEQUENCE);
    yx_der_put_raw(&writer, info);
    put_maker(&writer, draft);
    yx_der_close(&writer, sequence);
    return yx_der_finish(&writer, out, err);
}

static yx_status write_seal(const struct draft *draft, struct yx_bytes info,
                            struct yx_bytes signature, struct yx_buf *out, struct yx_error *err)
{
    const struct yx_timestamper *timestamper = draft->request->timestamper;
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    YX_CLEAN(yx_buf) struct yx_buf token = {0};
    if (timestamper != NULL)
        YX_TRY(yx_timestamp_get(timestamper, signature, &token, err));
    bool nested = draft->request->version == 1;
    size_t seal = yx_der_begin(&writer, YX_DER_SEQUENCE);
    yx_der_put_raw(&writer, info);
    size_t sign_info = nested ? yx_der_begin(&writer, YX_DER_SEQUENCE) : 0;
    put_maker(&writer, draft);
    yx_der_put_bit_string(&writer, signature);
    if (nested)
        yx_der_close(&writer, sign_info);
    yx_timestamp_put(&writer, yx_buf_bytes(&token));
    yx_der_close(&writer, seal);
    return yx_der_finish(&writer, out, err);
}

/* --- Signing and looking at the result --------------------------------------------------- */

static yx_status sign(const struct draft *draft, const struct yx_signer *signer,
                      struct yx_bytes info, struct yx_buf *signature, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf to_be_signed = {0};
    struct yx_error error = {0};
    YX_TRY(write_to_be_signed(draft, info, &to_be_signed, err));
    struct yx_bytes message = yx_buf_bytes(&to_be_signed);
    YX_TRY(signer->sign(signer->self, draft->algorithm, message, signature, err));
    yx_status status = yx_public_key_verify(yx_cert_public_key(draft->maker), draft->algorithm,
                                            message, yx_buf_bytes(signature), &error);
    YX_REQUIRE(!yx_is_finding(status), err, YX_REFUSED, "GM/T 0031-2014 6.1.2 b",
               N_("the maker's key does not fit the maker's certificate ({1})"),
               yx_cert_subject(draft->maker));
    return status == YX_OK ? YX_OK : yx_pass_on(&error, err);
}

/* Our own verifier must agree, at the first moment when the seal is valid. */
static yx_status check_made(const struct draft *draft, struct yx_bytes der, struct yx_error *err)
{
    YX_CLEAN(yx_seal) struct yx_seal *seal = NULL;
    YX_CLEAN(yx_report) struct yx_report *report = NULL;
    struct yx_verify_options options = {.trust = draft->request->trust, .at = draft->now};
    struct yx_checks checks = {0};
    YX_TRY(yx_seal_from_der(der, &seal, err));
    YX_TRY(yx_report_new(&report, err));
    struct yx_seal_context context = {.options = &options,
                                      .now = draft->now,
                                      .used = draft->valid_from > draft->now ? draft->valid_from
                                                                             : draft->now};
    YX_TRY(yx_seal_check(seal, &context, report, &checks, err));
    YX_TRY(yx_report_finish(report, err));
    for (const struct yx_check *check = checks.first; check != NULL; check = check->next)
        YX_REQUIRE(check->outcome != YX_FAIL, err, YX_INTERNAL, check->rule,
                   N_("the seal that was made does not verify: {1}"), yx_check_title(check->id));
    return YX_OK;
}

yx_status yx_seal_make(const struct yx_seal_request *request, const struct yx_cert *maker,
                       const struct yx_signer *signer, struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf info = {0};
    YX_CLEAN(yx_buf) struct yx_buf signature = {0};
    YX_CLEAN(yx_buf) struct yx_buf seal = {0};
    struct draft draft = {.request = request, .maker = maker, .algorithm = signer->algorithm};
    YX_TRY(make_draft(&draft, err));
    YX_TRY(write_seal_info(&draft, &info, err));
    YX_TRY(sign(&draft, signer, yx_buf_bytes(&info), &signature, err));
    YX_TRY(write_seal(&draft, yx_buf_bytes(&info), yx_buf_bytes(&signature), &seal, err));
    YX_TRY(check_made(&draft, yx_buf_bytes(&seal), err));
    if (yx_buf_append(out, yx_buf_bytes(&seal)) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}
