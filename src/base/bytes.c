/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.c - comparing, wiping, and the buffer that grows. */
#include <stdlib.h>

#include "base/base.h"

bool yx_bytes_equal(struct yx_bytes a, struct yx_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool yx_bytes_equal_secret(struct yx_bytes a, struct yx_bytes b)
{
    if (a.len != b.len)
        return false;
    volatile uint8_t difference = 0;
    for (size_t i = 0; i < a.len; i++)
        difference = (uint8_t)(difference | (a.data[i] ^ b.data[i]));
    return difference == 0;
}

bool yx_bytes_are(struct yx_bytes a, const char *text)
{
    return yx_bytes_equal(a, YX_TEXT(text));
}

void yx_wipe(void *data, size_t len)
{
    if (len > 0)
        explicit_bzero(data, len);
}

/* realloc would leave a copy of secrets behind, so the content moves by hand. */
yx_status yx_buf_reserve(struct yx_buf *buf, size_t more)
{
    size_t need;
    if (yx_add_overflows(buf->len, more, &need))
        return YX_NO_MEMORY;
    if (need <= buf->cap)
        return YX_OK;
    size_t cap = buf->cap < 256 ? 256 : buf->cap;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    uint8_t *data = malloc(cap);
    if (data == NULL)
        return YX_NO_MEMORY;
    if (buf->len > 0)
        memcpy(data, buf->data, buf->len);
    if (buf->data != NULL)
        yx_wipe(buf->data, buf->len);
    free(buf->data);
    buf->data = data;
    buf->cap = cap;
    return YX_OK;
}

yx_status yx_buf_append(struct yx_buf *buf, struct yx_bytes bytes)
{
    YX_TRY(yx_buf_reserve(buf, bytes.len));
    if (bytes.len > 0)
        memcpy(buf->data + buf->len, bytes.data, bytes.len);
    buf->len += bytes.len;
    return YX_OK;
}

yx_status yx_buf_append_text(struct yx_buf *buf, const char *text)
{
    return yx_buf_append(buf, YX_TEXT(text));
}

yx_status yx_buf_printf(struct yx_buf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    yx_status status = len < 0 ? YX_INTERNAL : yx_buf_reserve(buf, (size_t)len + 1);
    if (status == YX_OK) {
        vsnprintf((char *)buf->data + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
    return status;
}

struct yx_bytes yx_buf_bytes(const struct yx_buf *buf)
{
    return YX_BYTES(buf->data, buf->len);
}

void yx_buf_free(struct yx_buf *buf)
{
    if (buf->data != NULL)
        yx_wipe(buf->data, buf->len);
    free(buf->data);
    *buf = (struct yx_buf){0};
}
