/* SPDX-License-Identifier: Apache-2.0 */
/* test_vault.c - encrypted chunks and the entries in them: nothing can be cut off, changed, moved
 * or put in. REQ: SEC-20, SEC-24 */
#include "support.h"
#include "tools.h"

#include "backup/room.h"
#include "pki.h"

#define CHUNK (65536u + YX_GCM_TAG)

struct lab {
    struct pki_person holder, other;
    struct yx_backup_lock lock;
    struct yx_backup_key key;
};
static void lab_free(struct lab *lab)
{
    pki_person_free(&lab->holder);
    pki_person_free(&lab->other);
}
YX_DEFINE_CLEAN_VALUE(lab, struct lab, lab_free);

static struct lab lab_of(yx_key_type type)
{
    struct lab lab = {0};
    struct yx_error err = {0};

    expect_ok(person_make("CN=Keeper,O=Test,C=CN", NULL, type, &lab.holder, &err), &err);
    expect_ok(person_make("CN=Other,O=Test,C=CN", NULL, type, &lab.other, &err), &err);
    lab.lock.recipient = lab.holder.cert;
    lab.key.cert = lab.holder.cert;
    lab.key.private_key = lab.holder.key;
    return lab;
}

static void put_about(struct yx_pack *pack)
{
    static const char json[] = "{\"made\":\"2026-11-22T08:00:00Z\",\"program\":\"0\","
                               "\"database\":\"yinxin.db\",\"blobs\":\"\",\"checkpoint\":\"\"}";
    struct yx_error err = {0};

    expect_ok(yx_pack_begin(pack, YX_ENTRY_ABOUT, "about", 0600, &err), &err);
    expect_ok(yx_pack_content(pack, YX_TEXT(json), &err), &err);
    expect_ok(yx_pack_close(pack, &err), &err);
}

static void put_file(struct yx_pack *pack, const char *path, size_t len)
{
    static uint8_t content[300000];
    struct yx_error err = {0};

    for (size_t i = 0; i < len; i++)
        content[i] = (uint8_t)(i * 7 + i / 251);
    expect_ok(yx_pack_begin(pack, YX_ENTRY_FILE, path, 0640, &err), &err);
    expect_ok(yx_pack_content(pack, YX_BYTES(content, len), &err), &err);
    expect_ok(yx_pack_close(pack, &err), &err);
}

/* A backup with one file of `len` bytes. */
static void make(const struct lab *lab, size_t len, struct yx_buf *out)
{
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_CLEAN(yx_pack) struct yx_pack pack = {0};
    struct yx_error err = {0};

    out->len = 0;
    expect_ok(yx_sink_memory(out, &sink, &err), &err);
    expect_ok(yx_vault_new(sink, &lab->lock, &pack.vault, &err), &err);
    put_about(&pack);
    put_file(&pack, "a/file", len);
    expect_ok(yx_pack_end(&pack, &err), &err);
}

static yx_status check(struct yx_bytes bytes, const struct yx_backup_key *key,
                       struct yx_backup_summary *out, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;

    YX_TRY(yx_source_borrow(bytes, &source, err));
    return yx_backup_check(source, key, NULL, out, err);
}

/* --- Sound ones ------------------------------------------------------------------------------ */

static void every_size_comes_back(void **state)
{
    static const size_t sizes[] = {0, 1, 65000, 65536, 131072, 200000};
    YX_CLEAN(lab) struct lab lab = lab_of(YX_KEY_SM2);
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    struct yx_backup_summary summary;
    struct yx_error err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        make(&lab, sizes[i], &bytes);
        expect_ok(check(yx_buf_bytes(&bytes), &lab.key, &summary, &err), &err);
        assert_int_equal(summary.entries, 2);
        assert_true(summary.bytes > sizes[i]);
        assert_string_equal(summary.made, "2026-11-22T08:00:00Z");
    }
    /* A last chunk that is full, and one that is empty, are both written and read. */
    for (size_t len = 65300; len < 65536; len++) {
        make(&lab, len, &bytes);
        expect_ok(check(yx_buf_bytes(&bytes), &lab.key, &summary, &err), &err);
    }
}

static void every_kind_of_key_opens(void **state)
{
    static const yx_key_type types[] = {YX_KEY_SM2, YX_KEY_P256, YX_KEY_RSA};
    struct yx_backup_summary summary;
    struct yx_error err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        YX_CLEAN(lab) struct lab lab = lab_of(types[i]);
        YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
        const struct yx_backup_key other = {.cert = lab.other.cert, .private_key = lab.other.key},
                                   mixed = {.cert = lab.holder.cert, .private_key = lab.other.key};

        make(&lab, 1000, &bytes);
        expect_ok(check(yx_buf_bytes(&bytes), &lab.key, &summary, &err), &err);
        expect_status(check(yx_buf_bytes(&bytes), &other, &summary, &err), YX_REFUSED, &err);
        expect_status(check(yx_buf_bytes(&bytes), &mixed, &summary, &err), YX_USAGE, &err);
    }
}

static void passphrases(void **state)
{
    const struct lab lab = {.lock = {.passphrase = YX_TEXT("correct horse")}};
    const struct yx_backup_key right = {.passphrase = YX_TEXT("correct horse")},
                               wrong = {.passphrase = YX_TEXT("correct horsf")}, none = {{0}};
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    struct yx_backup_summary summary;
    struct yx_error err = {0};

    (void)state;
    make(&lab, 1000, &bytes);
    expect_ok(check(yx_buf_bytes(&bytes), &right, &summary, &err), &err);
    expect_status(check(yx_buf_bytes(&bytes), &wrong, &summary, &err), YX_REFUSED, &err);
    assert_non_null(strstr(err.message.text, "the passphrase"));
    expect_status(check(yx_buf_bytes(&bytes), &none, &summary, &err), YX_REFUSED, &err);
    /* What scrypt is asked to do has its limits. */
    bytes.data[12 + 32] = 40;
    expect_status(check(yx_buf_bytes(&bytes), &right, &summary, &err), YX_REFUSED, &err);
    bytes.data[12 + 32] = 17;
    bytes.data[12 + 33] = 255;
    expect_status(check(yx_buf_bytes(&bytes), &right, &summary, &err), YX_REFUSED, &err);
}

/* --- What somebody did to them ----------------------------------------------------------- */

static void expect_refused(struct yx_bytes bytes, const struct lab *lab, const char *what,
                           size_t at)
{
    struct yx_backup_summary summary;
    struct yx_error err = {0};
    yx_status status = check(bytes, &lab->key, &summary, &err);

    if (status != YX_REFUSED && status != YX_DAMAGED)
        fail_msg("%s at %zu: %d", what, at, (int)status);
}

static void cut_anywhere(void **state)
{
    YX_CLEAN(lab) struct lab lab = lab_of(YX_KEY_SM2);
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};

    (void)state;
    make(&lab, 150000, &bytes);
    for (size_t len = 0; len < bytes.len; len += len < 600 ? 1 : 997)
        expect_refused(YX_BYTES(bytes.data, len), &lab, "cut", len);
    /* At the ends of chunks, and around them. */
    for (size_t i = 1; i <= 2; i++)
        for (size_t len = bytes.len - i * CHUNK - 20; len < bytes.len - i * CHUNK + 20; len++)
            expect_refused(YX_BYTES(bytes.data, len), &lab, "cut", len);
    assert_int_equal(yx_buf_append(&bytes, YX_BYTES("x", 1)), YX_OK);
    expect_refused(yx_buf_bytes(&bytes), &lab, "one more", bytes.len);
}

static void changed_anywhere(void **state)
{
    YX_CLEAN(lab) struct lab lab = lab_of(YX_KEY_SM2);
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};

    (void)state;
    make(&lab, 1000, &bytes);
    for (size_t i = 0; i < bytes.len; i++) {
        bytes.data[i] ^= 1;
        expect_refused(yx_buf_bytes(&bytes), &lab, "changed", i);
        bytes.data[i] ^= 1;
    }
}

static void chunks_keep_their_places(void **state)
{
    YX_CLEAN(lab) struct lab lab = lab_of(YX_KEY_SM2);
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
    YX_CLEAN(yx_buf) struct yx_buf other = {0};
    YX_CLEAN(yx_buf) struct yx_buf mixed = {0};
    static uint8_t kept[CHUNK];
    struct yx_backup_summary summary;
    struct yx_error err = {0};
    size_t lock, begin;

    (void)state;
    make(&lab, 250000, &bytes);
    make(&lab, 250000, &other);
    lock = (size_t)bytes.data[10] << 8 | bytes.data[11];
    begin = 12 + lock + 32;
    expect_ok(check(yx_buf_bytes(&bytes), &lab.key, &summary, &err), &err);

    /* The first and the second change places. */
    memcpy(kept, bytes.data + begin, CHUNK);
    memmove(bytes.data + begin, bytes.data + begin + CHUNK, CHUNK);
    memcpy(bytes.data + begin + CHUNK, kept, CHUNK);
    expect_refused(yx_buf_bytes(&bytes), &lab, "swapped", 0);
    memmove(bytes.data + begin + CHUNK, bytes.data + begin, CHUNK);
    expect_refused(yx_buf_bytes(&bytes), &lab, "twice", 0);
    memcpy(bytes.data + begin, kept, CHUNK);
    expect_ok(check(yx_buf_bytes(&bytes), &lab.key, &summary, &err), &err);

    /* One is left out. */
    assert_int_equal(yx_buf_append(&mixed, YX_BYTES(bytes.data, begin + CHUNK)), YX_OK);
    assert_int_equal(yx_buf_append(&mixed, YX_BYTES(bytes.data + begin + 2 * CHUNK,
                                                    bytes.len - begin - 2 * CHUNK)),
                     YX_OK);
    expect_refused(yx_buf_bytes(&mixed), &lab, "left out", 0);
    /* One is of another backup with the same content. */
    memcpy(bytes.data + begin + CHUNK,
           other.data + 12 + ((size_t)other.data[10] << 8 | other.data[11]) + 32 + CHUNK, CHUNK);
    expect_refused(yx_buf_bytes(&bytes), &lab, "of another", 0);
}

/* --- What a maker with the key might put in ---------------------------------------------- */

static void names_stay_inside(void **state)
{
    static const char *const paths[] = {
        "/etc/passwd", "../x", "a/../../x", "a//b", "a/./b", ".", "", "a/", "a\nb", "..", "a\x7f"};
    YX_CLEAN(lab) struct lab lab = lab_of(YX_KEY_SM2);

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
        YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
        YX_CLEAN(yx_pack) struct yx_pack pack = {0};
        struct yx_error err = {0};

        expect_ok(yx_sink_memory(&bytes, &sink, &err), &err);
        expect_ok(yx_vault_new(sink, &lab.lock, &pack.vault, &err), &err);
        put_about(&pack);
        put_file(&pack, paths[i], 3);
        expect_ok(yx_pack_end(&pack, &err), &err);
        expect_refused(yx_buf_bytes(&bytes), &lab, paths[i], i);
    }
}

/* Bytes where entries should be. */
static void entries_are_read_strictly(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {
        {"", 0},                                  /* nothing */
        {"E\0\0\0\0\0\0\0\0", 9},                 /* nothing about it */
        {"F\0\001a\001\200", 6},                  /* a file first */
        {"A\0\001a\001\200\0\0\0\0", 10},         /* no digest */
        {"A\0\001a\001\200\377\377\377\377", 10}, /* a piece that is too long */
        {"A\0\001a\377\377", 6},                  /* a mode that is none */
        {"X\0\001a\001\200", 6},                  /* a kind that is none */
        {"A\377\377a", 4},                        /* a path that is too long */
    };
    YX_CLEAN(lab) struct lab lab = lab_of(YX_KEY_SM2);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf bytes = {0};
        YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
        YX_CLEAN(yx_vault) struct yx_vault *vault = NULL;
        struct yx_error err = {0};

        expect_ok(yx_sink_memory(&bytes, &sink, &err), &err);
        expect_ok(yx_vault_new(sink, &lab.lock, &vault, &err), &err);
        expect_ok(yx_vault_write(vault, YX_BYTES(cases[i].bytes, cases[i].len), &err), &err);
        expect_ok(yx_vault_end(vault, &err), &err);
        expect_refused(yx_buf_bytes(&bytes), &lab, "case", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_comes_back), cmocka_unit_test(every_kind_of_key_opens),
        cmocka_unit_test(passphrases),           cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(changed_anywhere),      cmocka_unit_test(chunks_keep_their_places),
        cmocka_unit_test(names_stay_inside),     cmocka_unit_test(entries_are_read_strictly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
