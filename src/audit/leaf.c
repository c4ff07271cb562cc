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

static yx_status write_leaf(const struct yx_audit_event *event, struct yx_buf *out,
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

yx_status yx_audit_hash(const struct yx_audit_event *event, uint8_t out[YX_AUDIT_HASH_SIZE],
                        struct yx_error *err)
{
    static const uint8_t prefix[] = {LEAF_PREFIX};
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};

    if (yx_buf_append(&bytes, YX_BYTES(prefix, sizeof prefix)) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(write_leaf(event, &bytes, err));
    return yx_digest(YX_DIGEST_SM3, yx_buf_bytes(&bytes), out, err);
}
