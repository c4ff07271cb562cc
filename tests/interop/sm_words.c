/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sm_words.c - our SM2, SM3 and SM4 for a judge that talks hex: every line of the standard input is
 * a word with its arguments, "-" for an empty one; every line of the output the answer to one of
 * them, "refused" when there is none. smcrypto/judge.js asks.
 */
#include <stdlib.h>

#include "crypto/crypto.h"

#define ARGUMENTS 3

struct line {
    char *word;
    struct yx_buf argument[ARGUMENTS];
};
static void line_free(struct line *line)
{
    for (size_t i = 0; i < ARGUMENTS; i++)
        yx_buf_free(&line->argument[i]);
}
YX_DEFINE_CLEAN_VALUE(line, struct line, line_free);

static struct yx_bytes argument(const struct line *line, size_t i)
{
    return yx_buf_bytes(&line->argument[i]);
}

static yx_status take_hex(const char *hex, struct yx_buf *out, struct yx_error *err)
{
    if (strcmp(hex, "-") == 0)
        return YX_OK;
    for (unsigned octet; *hex != '\0'; hex += 2) {
        YX_REQUIRE(sscanf(hex, "%2x", &octet) == 1, err, YX_USAGE, "", "no hex");
        if (yx_buf_append(out, YX_BYTES(&(uint8_t){(uint8_t)octet}, 1)) != YX_OK)
            return yx_fail_memory(err);
    }
    return YX_OK;
}

static yx_status put_hex(struct yx_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        (void)printf("%02x", bytes.data[i]);
    return YX_OK;
}

/* --- Keys: private ones as ECPrivateKey (RFC 5915), public ones as x || y -------------------- */

static yx_status private_key(const struct line *line, struct yx_private_key **out,
                             struct yx_error *err)
{
    return yx_private_key_read(argument(line, 0), YX_BYTES(NULL, 0), out, err);
}

static yx_status public_key(const struct line *line, struct yx_public_key **out,
                            struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf spki = {0};

    YX_TRY(yx_spki_from_point(YX_KEY_SM2, argument(line, 0), &spki, err));
    return yx_public_key_from_spki(yx_buf_bytes(&spki), out, err);
}

/* --- Words ----------------------------------------------------------------------------------- */

/* sign KEY MESSAGE: SEQUENCE { r, s }. */
static yx_status sign(const struct line *line, struct yx_error *err)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf signature = {0};

    YX_TRY(private_key(line, &key, err));
    YX_TRY(yx_private_key_sign(key, YX_SIG_SM2_SM3, argument(line, 1), &signature, err));
    return put_hex(yx_buf_bytes(&signature));
}

/* raw SIGNATURE: r || s of SEQUENCE { r, s }. */
static yx_status raw(const struct line *line, struct yx_error *err)
{
    uint8_t both[64];

    YX_TRY(yx_signature_to_raw(argument(line, 0), 32, both, err));
    return put_hex(YX_BYTES(both, sizeof both));
}

/* verify POINT MESSAGE SIGNATURE: "good", or refused. */
static yx_status verify(const struct line *line, struct yx_error *err)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;

    YX_TRY(public_key(line, &key, err));
    YX_TRY(yx_public_key_verify(key, YX_SIG_SM2_SM3, argument(line, 1), argument(line, 2), err));
    (void)printf("good");
    return YX_OK;
}

/* encrypt POINT PLAIN, decrypt KEY CIPHER: SM2Cipher of GB/T 35276. */
static yx_status encrypt(const struct line *line, struct yx_error *err)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf cipher = {0};

    YX_TRY(public_key(line, &key, err));
    YX_TRY(yx_sm2_cipher_make(key, argument(line, 1), &cipher, err));
    return put_hex(yx_buf_bytes(&cipher));
}

static yx_status decrypt(const struct line *line, struct yx_error *err)
{
    YX_CLEAN(yx_private_key) struct yx_private_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf plain = {0};

    YX_TRY(private_key(line, &key, err));
    YX_TRY(yx_sm2_cipher_open(key, argument(line, 1), &plain, err));
    return put_hex(yx_buf_bytes(&plain));
}

/* sm3 MESSAGE */
static yx_status sm3(const struct line *line, struct yx_error *err)
{
    uint8_t digest[32];

    YX_TRY(yx_digest(YX_DIGEST_SM3, argument(line, 0), digest, err));
    return put_hex(YX_BYTES(digest, sizeof digest));
}

/* sm4 KEY IV PLAIN, sm4open KEY IV CIPHER: CBC with padding. */
static yx_status sm4(const struct line *line, bool closes, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf out = {0};

    YX_REQUIRE(argument(line, 0).len == YX_SM4_BLOCK && argument(line, 1).len == YX_SM4_BLOCK, err,
               YX_USAGE, "", "no key");
    YX_TRY(yx_sm4_cbc(closes, argument(line, 0).data, argument(line, 1).data, argument(line, 2),
                      &out, err));
    return put_hex(yx_buf_bytes(&out));
}

static yx_status sm4_close(const struct line *line, struct yx_error *err)
{
    return sm4(line, true, err);
}

static yx_status sm4_open(const struct line *line, struct yx_error *err)
{
    return sm4(line, false, err);
}

static const struct {
    const char *word;
    yx_status (*say)(const struct line *line, struct yx_error *err);
} words[] = {
    {"sign", sign},       {"raw", raw}, {"verify", verify}, {"encrypt", encrypt},
    {"decrypt", decrypt}, {"sm3", sm3}, {"sm4", sm4_close}, {"sm4open", sm4_open},
};

static yx_status answer(char *text, struct yx_error *err)
{
    YX_CLEAN(line) struct line line = {0};
    char *rest = NULL;

    line.word = strtok_r(text, " \n", &rest);
    YX_REQUIRE(line.word != NULL, err, YX_USAGE, "", "no word");
    for (size_t i = 0; i < ARGUMENTS; i++) {
        const char *hex = strtok_r(NULL, " \n", &rest);

        if (hex != NULL)
            YX_TRY(take_hex(hex, &line.argument[i], err));
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].word, line.word) == 0)
            return words[i].say(&line, err);
    return yx_fail(err, YX_USAGE, "", "no such word");
}

int main(void)
{
    char *text = NULL;
    size_t size = 0;
    struct yx_error err;

    while (getline(&text, &size, stdin) > 0) {
        if (answer(text, &err) != YX_OK)
            (void)printf("refused");
        (void)putchar('\n');
    }
    free(text);
    return 0;
}
