/* SPDX-License-Identifier: Apache-2.0 */
/* audit/party.c - public keys of logs and witnesses, from files. */
#include <stdlib.h>

#include "audit/room.h"
#include "x509/x509.h"

#define FILE_LIMIT (1u << 20)
#define BEGIN "-----BEGIN PUBLIC KEY-----"
#define END "-----END PUBLIC KEY-----"

static yx_status from_certificate(struct yx_bytes file, struct yx_public_key **out,
                                  struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;

    YX_TRY(yx_cert_read(file, &cert, err));
    return yx_public_key_from_spki(yx_cert_spki(cert), out, err);
}

static yx_status from_pem(struct yx_bytes text, struct yx_public_key **out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf spki = {0};
    const uint8_t *end = memmem(text.data, text.len, END, sizeof END - 1);

    YX_REQUIRE(end != NULL, err, YX_DAMAGED, "RFC 7468 13", N_("the public key is cut off"));
    YX_TRY(yx_base64_decode(YX_BYTES(text.data, (size_t)(end - text.data)), &spki, err));
    return yx_public_key_from_spki(yx_buf_bytes(&spki), out, err);
}

yx_status yx_audit_key_read(const char *path, struct yx_public_key **out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    const uint8_t *begin;

    YX_TRY(yx_file_read(path, FILE_LIMIT, &file, err));
    begin = file.len == 0 ? NULL : memmem(file.data, file.len, BEGIN, sizeof BEGIN - 1);
    if (begin == NULL)
        return from_certificate(yx_buf_bytes(&file), out, err);
    begin += sizeof BEGIN - 1;
    return from_pem(YX_BYTES(begin, file.len - (size_t)(begin - file.data)), out, err);
}

yx_status yx_audit_key_write(const struct yx_public_key *key, struct yx_buf *out,
                             struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};

    if (yx_base64_encode(yx_public_key_spki(key), &text) != YX_OK ||
        yx_buf_append_text(out, BEGIN "\n") != YX_OK)
        return yx_fail_memory(err);
    /* RFC 7468 2: 64 characters a line. */
    for (size_t at = 0; at < text.len; at += 64) {
        size_t len = text.len - at < 64 ? text.len - at : 64;

        if (yx_buf_append(out, YX_BYTES(text.data + at, len)) != YX_OK ||
            yx_buf_append_text(out, "\n") != YX_OK)
            return yx_fail_memory(err);
    }
    return yx_buf_append_text(out, END "\n") == YX_OK ? YX_OK : yx_fail_memory(err);
}

/* --- Several ------------------------------------------------------------------------------- */

/* "/etc/yinxin/court.pem" is the witness "court". */
static yx_status read_one(const char *path, struct yx_audit_known *out, struct yx_error *err)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    size_t len = strcspn(name, ".");

    YX_REQUIRE(len > 0 && len < sizeof out->name, err, YX_USAGE, "",
               N_("the file {1} has no name that a witness could have"), path);
    memcpy(out->name, name, len);
    out->name[len] = '\0';
    return yx_audit_key_read(path, &out->key, err);
}

static yx_status read_all(const char *const *paths, size_t count, struct yx_audit_parties *out,
                          struct yx_error *err)
{
    out->known = calloc(count + 1, sizeof *out->known);
    out->items = calloc(count + 1, sizeof *out->items);
    if (out->known == NULL || out->items == NULL)
        return yx_fail_memory(err);
    for (; out->count < count; out->count++) {
        struct yx_audit_known *known = &out->known[out->count];

        YX_TRY(read_one(paths[out->count], known, err));
        out->items[out->count] = (struct yx_audit_party){known->name, known->key};
    }
    return YX_OK;
}

yx_status yx_audit_parties_read(const char *const *paths, size_t count,
                                struct yx_audit_parties *out, struct yx_error *err)
{
    yx_status status;

    *out = (struct yx_audit_parties){.count = 0};
    status = read_all(paths, count, out, err);
    if (status != YX_OK)
        yx_audit_parties_free(out);
    return status;
}

void yx_audit_parties_free(struct yx_audit_parties *parties)
{
    for (size_t i = 0; i < parties->count; i++)
        yx_public_key_free(parties->known[i].key);
    free(parties->known);
    free(parties->items);
    *parties = (struct yx_audit_parties){.count = 0};
}
