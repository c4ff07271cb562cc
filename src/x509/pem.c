/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pem.c - the textual encoding of RFC 7468: writing, and finding blocks in a file.
 *
 * Files of the field hold explanatory text, CR LF line ends and several blocks; all of that is
 * passed over. Encrypted blocks are the business of crypto/.
 */
#include "x509/cert_internal.h"

#define LINE 64

yx_status yx_pem_write(const char *label, struct yx_bytes der, struct yx_buf *out)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    YX_TRY(yx_base64_encode(der, &text));
    YX_TRY(yx_buf_printf(out, "-----BEGIN %s-----\n", label));
    for (size_t at = 0; at < text.len; at += LINE) {
        size_t len = text.len - at < LINE ? text.len - at : LINE;
        YX_TRY(yx_buf_append(out, YX_BYTES(text.data + at, len)));
        YX_TRY(yx_buf_append_text(out, "\n"));
    }
    return yx_buf_printf(out, "-----END %s-----\n", label);
}

/* Where `what` starts in `in`; NULL when nowhere. */
static const uint8_t *find(struct yx_bytes in, struct yx_bytes what)
{
    return in.len == 0 ? NULL : memmem(in.data, in.len, what.data, what.len);
}

/* Drops everything before `to`, which lies within `rest`. */
static void advance(struct yx_bytes *rest, const uint8_t *to)
{
    rest->len -= (size_t)(to - rest->data);
    rest->data = to;
}

yx_status yx_pem_next(struct yx_bytes *rest, const char *label, struct yx_buf *der, bool *found,
                      struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf begin = {0};
    YX_CLEAN(yx_buf) struct yx_buf end = {0};
    if (yx_buf_printf(&begin, "-----BEGIN %s-----", label) != YX_OK ||
        yx_buf_printf(&end, "-----END %s-----", label) != YX_OK)
        return yx_fail_memory(err);

    const uint8_t *start = find(*rest, yx_buf_bytes(&begin));
    *found = start != NULL;
    if (start == NULL)
        return YX_OK;
    advance(rest, start + begin.len);
    const uint8_t *stop = find(*rest, yx_buf_bytes(&end));
    YX_REQUIRE(stop != NULL, err, YX_DAMAGED, "RFC 7468 2",
               N_("the file breaks off inside a PEM block \"{1}\""), label);
    struct yx_bytes body = YX_BYTES(rest->data, (size_t)(stop - rest->data));
    advance(rest, stop + end.len);

    der->len = 0;
    return yx_base64_decode(body, der, err);
}

bool yx_pem_is_der(struct yx_bytes file)
{
    return file.len > 0 && file.data[0] == YX_DER_SEQUENCE;
}
