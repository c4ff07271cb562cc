/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_range.c - the signature dictionary as its bytes stand, and the ByteRange (ISO 32000-1
 * 12.8.1): all of the revision but the value of this very Contents. qpdf shows values; where they
 * stand, and whether a key stands twice, only the bytes tell. Then the digests over these bytes.
 */
#include <stdlib.h>

#include "pdfverify/verify.h"

#define RULE "ISO 32000-1 12.8.1"
#define CONTENTS_MAX (32u * 1024 * 1024)
#define PIECE (256u * 1024)

/* --- Digests ----------------------------------------------------------------------------- */

static void tell(struct yx_pdf_verification *v, size_t len)
{
    const struct yx_progress *progress = &v->options.progress;
    uint64_t total = v->size * (v->count + 1);
    v->hashed += len;
    if (progress->tell != NULL)
        progress->tell(progress->self, v->hashed < total ? v->hashed : total, total);
}

static yx_status hash(struct yx_pdf_verification *v, struct yx_hasher *hasher, uint64_t from,
                      uint64_t to, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf room = {0};
    struct yx_bytes piece;
    while (from < to) {
        size_t len = to - from < PIECE ? (size_t)(to - from) : PIECE;
        YX_TRY(yx_source_piece(v->source, from, len, &room, &piece, err));
        YX_TRY(yx_hasher_update(hasher, piece, err));
        from += len;
        tell(v, len);
    }
    return YX_OK;
}

yx_status yx_pdf_range_digest(struct yx_pdf_verification *v, const struct yx_pdf_judged *judged,
                              yx_digest_algorithm algorithm, struct yx_bytes prefix, uint8_t *out,
                              struct yx_error *err)
{
    YX_CLEAN(yx_hasher) struct yx_hasher *hasher = NULL;
    YX_TRY(yx_hasher_new(algorithm, &hasher, err));
    YX_TRY(yx_hasher_update(hasher, prefix, err));
    YX_TRY(hash(v, hasher, 0, judged->gap, err));
    YX_TRY(hash(v, hasher, judged->resume, judged->end, err));
    return yx_hasher_finish(hasher, out, err);
}

yx_status yx_pdf_file_digest(struct yx_pdf_verification *v, struct yx_error *err)
{
    YX_CLEAN(yx_hasher) struct yx_hasher *hasher = NULL;
    YX_TRY(yx_hasher_new(YX_DIGEST_SM3, &hasher, err));
    YX_TRY(hash(v, hasher, 0, v->size, err));
    return yx_hasher_finish(hasher, v->report->digest, err);
}

/* --- The dictionary ---------------------------------------------------------------------- */

/* What is taken from it. */
struct raw {
    struct yx_pdf_value value; /* V, when the dictionary stands in its field */
    struct yx_pdf_value contents, range;
    bool has_value, has_contents, has_range;
};

static yx_status visit_field(void *context, const char *key, const struct yx_pdf_value *value,
                             struct yx_error *err)
{
    struct raw *raw = context;
    (void)err;
    if (strcmp(key, "V") == 0) {
        raw->has_value = true;
        raw->value = *value;
    }
    return YX_OK;
}

static yx_status visit_signature(void *context, const char *key, const struct yx_pdf_value *value,
                                 struct yx_error *err)
{
    struct raw *raw = context;
    (void)err;
    if (strcmp(key, "Contents") == 0) {
        raw->has_contents = true;
        raw->contents = *value;
    }
    if (strcmp(key, "ByteRange") == 0) {
        raw->has_range = true;
        raw->range = *value;
    }
    return YX_OK;
}

static yx_status open_dictionary(struct yx_pdf_lexer *lexer, yx_pdf_entry_visitor *visit,
                                 struct raw *raw, struct yx_error *err)
{
    struct yx_pdf_token token;
    YX_TRY(yx_pdf_lexer_next(lexer, &token, err));
    YX_REQUIRE(token.type == YX_PDF_DICTIONARY_OPEN, err, YX_DAMAGED, RULE,
               N_("the value of the signature field is no dictionary"));
    return yx_pdf_lexer_dictionary(lexer, visit, raw, err);
}

/* Goes to the object itself, and for a value inside its field to that. */
static yx_status read_raw(struct yx_pdf_verification *v, const struct yx_pdf_judged *judged,
                          struct raw *raw, struct yx_error *err)
{
    struct yx_pdf_lexer lexer;
    struct yx_pdf_ref ref, wanted = judged->value_ref;
    bool direct = wanted.id == 0;
    if (direct)
        wanted = judged->field_ref;
    const struct yx_pdf_entry *entry = yx_pdf_xref_find(&v->xref, wanted.id);
    YX_REQUIRE(entry != NULL && entry->kind == YX_PDF_AT_OFFSET, err, YX_DAMAGED, RULE,
               N_("the signature dictionary stands in an object stream, where no ByteRange can "
                  "leave its Contents out"));
    yx_pdf_lexer_start(&lexer, v->source, entry->value, v->size);
    YX_TRY(yx_pdf_lexer_object(&lexer, &ref, err));
    YX_REQUIRE(ref.id == wanted.id && ref.generation == wanted.generation, err, YX_DAMAGED, RULE,
               N_("the cross-reference does not lead to the signature dictionary"));
    if (direct) {
        YX_TRY(open_dictionary(&lexer, visit_field, raw, err));
        YX_REQUIRE(raw->has_value && !raw->value.is_reference, err, YX_DAMAGED, RULE,
                   N_("the signature dictionary is not where its field says"));
        lexer.position = raw->value.first.start;
    }
    return open_dictionary(&lexer, visit_signature, raw, err);
}

/* --- ByteRange --------------------------------------------------------------------------- */

static yx_status read_range(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                            const struct raw *raw, struct yx_error *err)
{
    int64_t range[4];
    size_t count = 0;
    YX_REQUIRE(raw->has_range, err, YX_DAMAGED, RULE,
               N_("the signature has no ByteRange: it says nothing about what it covers"));
    YX_REQUIRE(raw->has_contents, err, YX_DAMAGED, RULE,
               N_("the signature has no Contents: there is no value to verify"));
    YX_TRY(yx_pdf_value_integers(v->source, &raw->range, range, 4, &count, err));
    YX_REQUIRE(count == 4 && range[0] == 0 && range[1] > 0 && range[2] > range[1] && range[3] > 0 &&
                   (uint64_t)range[2] < v->size &&
                   (uint64_t)range[3] <= v->size - (uint64_t)range[2],
               err, YX_DAMAGED, RULE,
               N_("the ByteRange is not that of a signature: two ranges from the start of the "
                  "file, around Contents, are expected"));
    judged->gap = (uint64_t)range[1];
    judged->resume = (uint64_t)range[2];
    judged->end = (uint64_t)range[2] + (uint64_t)range[3];
    YX_REQUIRE(raw->contents.first.type == YX_PDF_HEX && !raw->contents.is_reference &&
                   raw->contents.first.start == judged->gap && raw->contents.end == judged->resume,
               err, YX_DAMAGED, RULE,
               N_("the ByteRange leaves out bytes {1} to {2}, which are not just the value of this "
                  "signature's Contents"),
               YX_NUM(judged->gap), YX_NUM(judged->resume));
    return YX_OK;
}

/* --- Contents ---------------------------------------------------------------------------- */

static int digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Hex digits and nothing else: there is no place for other things in the gap. */
static yx_status decode(struct yx_pdf_verification *v, const struct yx_pdf_judged *judged,
                        struct yx_buf *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    uint64_t len = judged->resume - judged->gap - 2;
    YX_REQUIRE(len <= CONTENTS_MAX && len % 2 == 0 && len > 0, err, YX_DAMAGED, RULE,
               N_("Contents holds no signature: it has {1} digits"), YX_NUM(len));
    if (yx_buf_reserve(&text, (size_t)len) != YX_OK ||
        yx_buf_reserve(out, (size_t)len / 2) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_source_read(v->source, judged->gap + 1, text.data, (size_t)len, err));
    for (size_t i = 0; i < len; i += 2) {
        int high = digit(text.data[i]), low = digit(text.data[i + 1]);
        YX_REQUIRE(high >= 0 && low >= 0, err, YX_DAMAGED, RULE,
                   N_("something else than hex digits stands in Contents"));
        out->data[out->len++] = (uint8_t)(high * 16 + low);
    }
    return YX_OK;
}

/* What qpdf takes from the file must be the same. */
static bool is_value_of(struct yx_pdf_verification *v, const struct yx_pdf_judged *judged,
                        struct yx_bytes decoded)
{
    size_t len = 0;
    qpdf_oh contents = yx_pdf_get(v->pdf, judged->value, "/Contents");
    const char *text = "";
    if (qpdf_oh_is_string(v->pdf->qpdf, contents))
        text = qpdf_oh_get_binary_string_value(v->pdf->qpdf, contents, &len);
    return yx_bytes_equal(YX_BYTES(text, len), decoded);
}

/* One element in DER (ISO 32000-1 12.8.3.3.1), or in the BER that some write all the same, and
 * zeros behind it to fill the room. */
static yx_status read_contents(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                               struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf decoded = {0};
    size_t used;
    YX_TRY(decode(v, judged, &decoded, err));
    YX_REQUIRE(is_value_of(v, judged, yx_buf_bytes(&decoded)), err, YX_DAMAGED, RULE,
               N_("Contents is not the value that the signature dictionary has"));
    struct yx_der der = yx_der_reader(yx_buf_bytes(&decoded), "Contents");
    YX_REQUIRE(yx_der_next_is(&der, YX_DER_SEQUENCE), err, YX_DAMAGED, RULE,
               N_("Contents holds no signature"));
    YX_TRY(yx_ber_to_der(yx_buf_bytes(&decoded), &judged->contents, &used, err));
    for (size_t i = used; i < decoded.len; i++)
        YX_REQUIRE(decoded.data[i] == 0, err, YX_DAMAGED, RULE,
                   N_("something else than zeros fills Contents behind the signature"));
    return YX_OK;
}

/* --- Other entries ----------------------------------------------------------------------- */

/* "D:20261121160000+08'00'" (ISO 32000-1 7.9.4); without a zone it is taken as UTC. */
static yx_time read_date(struct yx_bytes text)
{
    char iso[48];
    char d[24];
    size_t len = 0, at = text.len > 2 && memcmp(text.data, "D:", 2) == 0 ? 2 : 0;
    while (at < text.len && len < 14 && text.data[at] >= '0' && text.data[at] <= '9')
        d[len++] = (char)text.data[at++];
    d[len] = 0;
    if (len != 14)
        return YX_TIME_NONE;
    struct yx_bytes zone = YX_BYTES(text.data + at, text.len - at);
    bool offset = zone.len >= 3 && (zone.data[0] == '+' || zone.data[0] == '-');
    bool minutes = offset && zone.len >= 6 && zone.data[3] == '\'';
    snprintf(iso, sizeof iso, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s%.*s%s%.*s", d, d + 4, d + 6, d + 8,
             d + 10, d + 12, offset ? 3 : 1, offset ? (const char *)zone.data : "Z",
             offset ? ":" : "", offset ? 2 : 0, minutes ? (const char *)zone.data + 4 : "00");
    yx_time time;
    return yx_time_parse(iso, &time, NULL) == YX_OK ? time : YX_TIME_NONE;
}

static yx_status read_entries(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                              struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf date = {0};
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    YX_TRY(yx_pdf_string(v->pdf, yx_pdf_get(v->pdf, judged->value, "/M"), &date, err));
    YX_TRY(yx_pdf_string(v->pdf, yx_pdf_get(v->pdf, judged->value, "/SubFilter"), &name, err));
    judged->claimed = read_date(yx_buf_bytes(&date));
    if (name.len > 1)
        snprintf(judged->sub_filter, sizeof judged->sub_filter, "%.*s", (int)(name.len - 1),
                 (const char *)name.data + 1);
    judged->is_timestamp =
        yx_pdf_is_name(v->pdf, yx_pdf_get(v->pdf, judged->value, "/Type"), "/DocTimeStamp") ||
        strcmp(judged->sub_filter, "ETSI.RFC3161") == 0;
    return YX_OK;
}

/* --- Both -------------------------------------------------------------------------------- */

static yx_status note_coverage(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                               struct yx_error *err)
{
    const yx_check_id id = YX_CHECK_REFERENCES_COVERAGE;
    YX_TRY(yx_pdf_revision_ends(v->source, judged->end, &judged->covers_revision, err));
    judged->covers_revision = judged->covers_revision || judged->end == v->size;
    if (!judged->covers_revision)
        yx_pdf_note(v, judged, id, YX_FAIL, RULE,
                    N_("the signature covers the file up to byte {1}, where no revision ends"),
                    YX_NUM(judged->end));
    else if (judged->end < v->size)
        yx_pdf_note(v, judged, id, YX_PASS, RULE,
                    N_("the signature covers the whole revision that ends at byte {1}"),
                    YX_NUM(judged->end));
    else
        yx_pdf_note(v, judged, id, YX_PASS, RULE, NULL);
    return YX_OK;
}

static yx_status read_all(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                          struct yx_error *err)
{
    struct raw raw = {.has_range = false};
    YX_REQUIRE(yx_pdf_is_dictionary(v->pdf, judged->value), err, YX_DAMAGED, RULE,
               N_("the value of the signature field is no dictionary"));
    YX_TRY(read_entries(v, judged, err));
    YX_TRY(read_raw(v, judged, &raw, err));
    YX_TRY(read_range(v, judged, &raw, err));
    judged->range_holds = true;
    return read_contents(v, judged, err);
}

yx_status yx_pdf_judge_range(struct yx_pdf_verification *v, struct yx_pdf_judged *judged,
                             struct yx_error *err)
{
    struct yx_error why;
    if (read_all(v, judged, &why) != YX_OK)
        return yx_pdf_note_failure(v, judged, YX_CHECK_SIGNATURE_FORMAT, &why, err);
    yx_pdf_note(v, judged, YX_CHECK_SIGNATURE_FORMAT, YX_PASS, RULE, NULL);
    return note_coverage(v, judged, err);
}
