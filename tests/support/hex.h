/* SPDX-License-Identifier: Apache-2.0 */
/* hex.h - bytes of test vectors, written in hex. Include it behind support.h. */
#ifndef SUPPORT_HEX_H
#define SUPPORT_HEX_H

/* Appends the bytes that pairs of hex digits stand for; spaces are passed over. */
static inline void append_hex(struct yx_buf *out, const char *hex)
{
    for (; *hex != '\0'; hex++) {
        unsigned octet = 0;
        if (*hex == ' ')
            continue;
        assert_int_equal(sscanf(hex, "%2x", &octet), 1);
        assert_int_equal(yx_buf_append(out, YX_BYTES(&(uint8_t){(uint8_t)octet}, 1)), YX_OK);
        hex++;
    }
}

/* The same in a new buffer. */
static inline struct yx_buf from_hex(const char *hex)
{
    struct yx_buf out = {0};
    append_hex(&out, hex);
    return out;
}

static inline void assert_bytes(struct yx_bytes got, const char *hex)
{
    YX_CLEAN(yx_buf) struct yx_buf want = from_hex(hex);
    assert_int_equal(got.len, want.len);
    if (want.len > 0)
        assert_memory_equal(got.data, want.data, want.len);
}

#endif
