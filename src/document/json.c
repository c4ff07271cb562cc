/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document/json.c - a report as JSON, in the shape of docs/verification-report.md. Programs of
 * other people read it: fields may be added, never renamed. The order of keys is fixed.
 */
#include <jansson.h>

#include "document/document.h"

/* Longer than any sentence with its arguments. */
#define SENTENCE_MAX 4096

YX_DEFINE_CLEAN(json, json_t *, json_decref);

struct writer {
    yx_translate translate;
    bool failed; /* out of memory */
};

/* Takes `value`. */
static void put(struct writer *writer, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        writer->failed = true;
}

static void add(struct writer *writer, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        writer->failed = true;
}

/* Bytes that are no UTF-8 (file names, a hostile document's) become '?': JSON is UTF-8. */
static json_t *repaired_string(const char *text)
{
    YX_CLEAN(yx_buf) struct yx_buf clean = {0};
    struct yx_bytes rest = YX_TEXT(text);

    while (rest.len > 0) {
        uint32_t code_point;
        size_t len = yx_utf8_next(rest, &code_point);
        size_t step = len == 0 ? 1 : len;

        if (yx_buf_append(&clean, len == 0 ? YX_TEXT("?") : YX_BYTES(rest.data, len)) != YX_OK)
            return NULL;
        rest = YX_BYTES(rest.data + step, rest.len - step);
    }
    return json_stringn((const char *)clean.data, clean.len);
}

static void put_text(struct writer *writer, json_t *object, const char *key, const char *text)
{
    const char *shown = text == NULL ? "" : text;
    json_t *value = json_string(shown);

    put(writer, object, key, value == NULL ? repaired_string(shown) : value);
}

static void put_time(struct writer *writer, json_t *object, const char *key, yx_time time)
{
    char text[YX_TIME_TEXT];

    yx_time_format(time, text);
    put(writer, object, key, time == YX_TIME_NONE ? json_null() : json_string(text));
}

static json_t *digest_object(struct writer *writer, const uint8_t digest[32])
{
    json_t *object = json_object();
    char hex[65];

    yx_hex(YX_BYTES(digest, 32), hex);
    for (char *c = hex; *c != '\0'; c++)
        *c = (char)(*c >= 'A' ? *c - 'A' + 'a' : *c);
    put_text(writer, object, "algorithm", "SM3");
    put_text(writer, object, "value", hex);
    return object;
}

static json_t *check_object(struct writer *writer, const struct yx_check *check)
{
    json_t *object = json_object();
    char detail[SENTENCE_MAX] = "";

    if (check->detail != NULL)
        yx_message_render(check->detail, writer->translate, detail, sizeof detail);
    put_text(writer, object, "id", yx_check_name(check->id));
    put_text(writer, object, "result", yx_outcome_name(check->outcome));
    put_text(writer, object, "detail", detail);
    put_text(writer, object, "rule", check->rule);
    return object;
}

static json_t *checks_array(struct writer *writer, const struct yx_checks *checks)
{
    json_t *array = json_array();

    for (const struct yx_check *check = checks->first; check != NULL; check = check->next)
        add(writer, array, check_object(writer, check));
    return array;
}

static json_t *cert_object(struct writer *writer, const struct yx_report_cert *cert)
{
    json_t *object = json_object();

    put_text(writer, object, "subject", cert->subject);
    put_text(writer, object, "issuer", cert->issuer);
    put_text(writer, object, "serial", cert->serial);
    put_time(writer, object, "not_before", cert->not_before);
    put_time(writer, object, "not_after", cert->not_after);
    return object;
}

static json_t *seal_object(struct writer *writer, const struct yx_report_seal *seal)
{
    json_t *object;

    if (seal == NULL)
        return json_null();
    object = json_object();
    put_text(writer, object, "esid", seal->esid);
    put_text(writer, object, "name", seal->name);
    put(writer, object, "type", json_integer(seal->type));
    put(writer, object, "version", json_integer(seal->version));
    put_text(writer, object, "maker", seal->maker);
    put_time(writer, object, "valid_from", seal->valid_from);
    put_time(writer, object, "valid_to", seal->valid_to);
    put_text(writer, object, "picture_type", seal->picture_type);
    put(writer, object, "width", json_integer(seal->width));
    put(writer, object, "height", json_integer(seal->height));
    return object;
}

static json_t *clip_object(struct writer *writer, const struct yx_report_stamp *stamp)
{
    json_t *object = json_object();

    put(writer, object, "x", json_real(stamp->clip_x));
    put(writer, object, "y", json_real(stamp->clip_y));
    put(writer, object, "width", json_real(stamp->clip_width));
    put(writer, object, "height", json_real(stamp->clip_height));
    return object;
}

static json_t *stamps_array(struct writer *writer, const struct yx_report_stamp *stamp)
{
    json_t *array = json_array();

    for (; stamp != NULL; stamp = stamp->next) {
        json_t *object = json_object();

        put(writer, object, "page", json_integer(stamp->page));
        put(writer, object, "x", json_real(stamp->x));
        put(writer, object, "y", json_real(stamp->y));
        put(writer, object, "width", json_real(stamp->width));
        put(writer, object, "height", json_real(stamp->height));
        if (stamp->has_clip)
            put(writer, object, "clip", clip_object(writer, stamp));
        add(writer, array, object);
    }
    return array;
}

static json_t *signature_object(struct writer *writer, const struct yx_report_signature *signature)
{
    json_t *object = json_object();

    put_text(writer, object, "id", signature->id);
    put_text(writer, object, "kind", signature->kind);
    put(writer, object, "document", json_integer(signature->document));
    put_text(writer, object, "result", yx_result_name(signature->result));
    put_time(writer, object, "signing_time", signature->signing_time);
    put_text(writer, object, "time_source", signature->time_source);
    put(writer, object, "signer", cert_object(writer, &signature->signer));
    put(writer, object, "seal", seal_object(writer, signature->seal));
    put(writer, object, "stamps", stamps_array(writer, signature->stamps));
    put(writer, object, "checks", checks_array(writer, &signature->checks));
    return object;
}

static json_t *paths_array(struct writer *writer, const struct yx_report_path *path)
{
    json_t *array = json_array();

    for (; path != NULL; path = path->next)
        add(writer, array, json_string(path->path)); /* the report made it UTF-8 */
    return array;
}

static json_t *coverage_object(struct writer *writer, const struct yx_report *report)
{
    json_t *object = json_object();

    put(writer, object, "unprotected", paths_array(writer, report->unprotected));
    put(writer, object, "changed_after", paths_array(writer, report->changed_after));
    return object;
}

static json_t *report_object(struct writer *writer, const struct yx_report *report,
                             const char *file)
{
    json_t *object = json_object();
    json_t *signatures = json_array();
    const struct yx_report_signature *signature = report->signatures;

    for (; signature != NULL; signature = signature->next)
        add(writer, signatures, signature_object(writer, signature));
    put_text(writer, object, "file", file);
    put_text(writer, object, "format", yx_format_name(report->format));
    put(writer, object, "digest", digest_object(writer, report->digest));
    put_text(writer, object, "result", yx_result_name(report->result));
    put(writer, object, "checks", checks_array(writer, &report->checks));
    put(writer, object, "signatures", signatures);
    put(writer, object, "coverage", coverage_object(writer, report));
    return object;
}

struct output {
    struct yx_buf *buf;
    bool failed; /* jansson does not pass on every failure of the callback */
};

static int append(const char *bytes, size_t len, void *self)
{
    struct output *output = self;

    if (output->failed || yx_buf_append(output->buf, YX_BYTES(bytes, len)) != YX_OK)
        output->failed = true;
    return output->failed ? -1 : 0;
}

yx_status yx_report_json(const struct yx_report *report, const char *file, yx_translate translate,
                         struct yx_buf *out, struct yx_error *err)
{
    struct writer writer = {.translate = translate};
    struct output output = {.buf = out};
    YX_CLEAN(json) json_t *object = NULL;
    size_t before = out->len;

    object = report_object(&writer, report, file);
    /* Ten digits keep a micrometre on a page of a kilometre, and 42.3 stays 42.3. */
    if (writer.failed ||
        json_dump_callback(object, append, &output, JSON_REAL_PRECISION(10)) != 0 ||
        output.failed) {
        out->len = before;
        return yx_fail_memory(err);
    }
    return YX_OK;
}
