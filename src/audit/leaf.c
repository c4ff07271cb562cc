/* SPDX-License-Identifier: Apache-2.0 */
/* leaf.c - the canonical bytes of a leaf and their hash; audit.h has the ASN.1. */
#include "audit/room.h"
#include "crypto/crypto.h"

#define VERSION 1
/* RFC 9162 2.1.1: leaves and nodes are hashed with different beginnings. */
#define LEAF_PREFIX 0x00

static void put_text(struct yx_der_writer *w, const char *text)
{
    yx_der_put(w, YX_DER_UTF8_STRING, YX_TEXT(text));
}

yx_status yx_audit_leaf_der(const struct yx_audit_event *event, struct yx_buf *out,
                            struct yx_error *err)
{
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    size_t leaf = yx_der_begin(&w, YX_DER_SEQUENCE);

    yx_der_put_int(&w, VERSION);
    yx_der_put_int(&w, event->at);
    put_text(&w, event->actor);
    put_text(&w, event->action);
    put_text(&w, event->object == NULL ? "" : event->object);
    put_text(&w, event->details == NULL ? "{}" : event->details);
    yx_der_close(&w, leaf);
    return yx_der_finish(&w, out, err);
}

yx_status yx_audit_leaf_hash(struct yx_bytes der, uint8_t out[YX_AUDIT_HASH_SIZE],
                             struct yx_error *err)
{
    static const uint8_t prefix[] = {LEAF_PREFIX};
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};

    if (yx_buf_append(&bytes, YX_BYTES(prefix, sizeof prefix)) != YX_OK ||
        yx_buf_append(&bytes, der) != YX_OK)
        return yx_fail_memory(err);
    return yx_digest(YX_DIGEST_SM3, yx_buf_bytes(&bytes), out, err);
}

yx_status yx_audit_hash(const struct yx_audit_event *event, uint8_t out[YX_AUDIT_HASH_SIZE],
                        struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};

    YX_TRY(yx_audit_leaf_der(event, &der, err));
    return yx_audit_leaf_hash(yx_buf_bytes(&der), out, err);
}

/* --- Reading ----------------------------------------------------------------------------- */

#define TEXTS 4

/* Appends the text with a NUL behind it. */
static yx_status take_text(struct yx_der *der, struct yx_buf *texts, struct yx_error *err)
{
    struct yx_bytes text;

    YX_TRY(yx_der_get(der, YX_DER_UTF8_STRING, &text, err));
    YX_REQUIRE(yx_utf8_valid(text) && (text.len == 0 || memchr(text.data, 0, text.len) == NULL),
               err, YX_DAMAGED, "", N_("a record of the audit list is not text"));
    return yx_buf_append(texts, text) == YX_OK && yx_buf_append(texts, YX_BYTES("", 1)) == YX_OK
               ? YX_OK
               : yx_fail_memory(err);
}

yx_status yx_audit_leaf_read(struct yx_bytes der, struct yx_buf *texts, struct yx_audit_event *out,
                             struct yx_error *err)
{
    const char **const fields[TEXTS] = {&out->actor, &out->action, &out->object, &out->details};
    struct yx_der whole = yx_der_reader(der, "Leaf"), leaf;
    const char *text;
    int64_t version;

    YX_TRY(yx_der_enter(&whole, YX_DER_SEQUENCE, &leaf, err));
    YX_TRY(yx_der_end(&whole, err));
    YX_TRY(yx_der_int(&leaf, &version, err));
    YX_REQUIRE(version == VERSION, err, YX_DAMAGED, "",
               N_("the record of the audit list has version {1}, which is not known"),
               YX_NUM(version));
    YX_TRY(yx_der_int(&leaf, &out->at, err));
    for (size_t i = 0; i < TEXTS; i++)
        YX_TRY(take_text(&leaf, texts, err));
    YX_TRY(yx_der_end(&leaf, err));
    text = (const char *)texts->data;
    for (size_t i = 0; i < TEXTS; i++, text += strlen(text) + 1)
        *fields[i] = text;
    return YX_OK;
}
