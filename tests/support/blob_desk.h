/* SPDX-License-Identifier: Apache-2.0 */
/* blob_desk.h - a place for contents and what tests do with it. Needs support.h and tools.h before
 * it. */
#ifndef SUPPORT_BLOB_DESK_H
#define SUPPORT_BLOB_DESK_H

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "blob/blob.h"

#define BLOB_TEST_KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

struct blob_desk {
    char data[256]; /* the data folder */
    struct yx_settings *settings;
    struct yx_blobs *blobs;
};

/* Opens the place of the settings again, after `name = value` unless that is NULL. */
static inline void blob_desk_open(struct blob_desk *desk, const char *name, const char *value)
{
    struct yx_error err;

    yx_blobs_free(desk->blobs);
    desk->blobs = NULL;
    if (name != NULL)
        expect_ok(yx_settings_set(desk->settings, "test", name, value, &err), &err);
    expect_ok(yx_blobs_open(desk->settings, &desk->blobs, &err), &err);
}

/* A place in `folder`, with a key or without. */
static inline void blob_desk_make(struct blob_desk *desk, const char *folder, bool with_key)
{
    struct yx_error err;
    char path[300];

    *desk = (struct blob_desk){0};
    snprintf(desk->data, sizeof desk->data, "%s", folder);
    snprintf(path, sizeof path, "%s/key", folder);
    expect_ok(yx_file_write(path, true, YX_TEXT(BLOB_TEST_KEY "\n"), &err), &err);
    expect_ok(yx_settings_read(folder, NULL, &desk->settings, &err), &err);
    blob_desk_open(desk, "blobs_key", with_key ? "key" : "");
}

static inline void blob_desk_free(struct blob_desk *desk)
{
    yx_blobs_free(desk->blobs);
    yx_settings_free(desk->settings);
}
YX_DEFINE_CLEAN_VALUE(blob_desk, struct blob_desk, blob_desk_free);

/* `len` bytes that differ by `seed`. */
static inline uint8_t *blob_content(size_t len, unsigned seed)
{
    uint8_t *content = malloc(len + 1);

    assert_non_null(content);
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525u + 1013904223u;
        content[i] = (uint8_t)(seed >> 24);
    }
    return content;
}

/* Writes in pieces of odd sizes. */
static inline yx_status blob_write(struct yx_blobs *blobs, const uint8_t *content, size_t len,
                                   struct yx_blob_writer **out, struct yx_error *err)
{
    YX_TRY(yx_blob_begin(blobs, len, out, err));
    for (size_t at = 0, piece = 1; at < len; piece = piece * 3 % 100003 + 1) {
        size_t now = piece < len - at ? piece : len - at;
        YX_TRY(yx_blob_append(*out, YX_BYTES(content + at, now), err));
        at += now;
    }
    return YX_OK;
}

static inline yx_status blob_place(struct yx_blobs *blobs, const uint8_t *content, size_t len,
                                   struct yx_blob *out, struct yx_error *err)
{
    YX_CLEAN(yx_blob_writer) struct yx_blob_writer *writer = NULL;

    YX_TRY(blob_write(blobs, content, len, &writer, err));
    return yx_blob_place(writer, out, err);
}

static inline yx_status blob_keep(struct yx_blobs *blobs, struct yx_store *store,
                                  const uint8_t *content, size_t len,
                                  const struct yx_blob_about *about, struct yx_blob *out,
                                  struct yx_error *err)
{
    YX_CLEAN(yx_blob_writer) struct yx_blob_writer *writer = NULL;

    YX_TRY(blob_write(blobs, content, len, &writer, err));
    return yx_blob_keep(writer, store, about, out, err);
}

/* Is the content there, whole? */
static inline void blob_expect(struct yx_blobs *blobs, const struct yx_blob *blob,
                               const uint8_t *content, size_t len)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_buf) struct yx_buf got = {0};
    struct yx_error err;
    int fd = -1;

    expect_ok(yx_blob_fetch(blobs, blob->digest, &fd, &err), &err);
    expect_ok(yx_source_borrow_fd(fd, &source, &err), &err);
    expect_ok(yx_source_read_all(source, len, &got, &err), &err);
    close(fd);
    assert_int_equal(got.len, len);
    if (len > 0)
        assert_memory_equal(got.data, content, len);
}

/* How many contents are on their way. */
static inline unsigned blob_drafts(const char *folder)
{
    char path[300];
    unsigned count = 0;
    DIR *incoming;

    (void)snprintf(path, sizeof path, "%s/blobs/incoming", folder);
    incoming = opendir(path);
    assert_non_null(incoming);
    for (const struct dirent *entry; (entry = readdir(incoming)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(incoming);
    return count;
}

/* The path of a content in the folder. */
static inline void blob_path(const struct blob_desk *desk, const struct yx_blob *blob,
                             const char *end, char out[600])
{
    char hex[YX_BLOB_HEX];

    yx_blob_hex(blob->digest, hex);
    snprintf(out, 600, "%s/blobs/%.2s/%s%s", desk->data, hex, hex + 2, end);
}

#endif
