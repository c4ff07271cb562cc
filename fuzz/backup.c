/* SPDX-License-Identifier: Apache-2.0 */
/* backup.c - backups: any bytes are read or refused, as a file and as what is inside of one. */
#include <stddef.h>
#include <stdlib.h>

#include "backup/room.h"
#include "person.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct yx_private_key *key;
static struct yx_cert *cert;

/* The bytes inside a vault, whose chunks are right. */
static yx_status read_inside(struct yx_bytes inside, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    YX_CLEAN(yx_vault) struct yx_vault *written = NULL;
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_about) struct yx_about about = {{0}};
    const struct yx_unpacker nobody = {NULL, NULL};
    const struct yx_backup_lock lock = {.recipient = cert};
    struct yx_backup_summary summary = {{0}};
    struct yx_vault *vault = NULL;

    YX_TRY(yx_sink_memory(&file, &sink, err));
    YX_TRY(yx_vault_new(sink, &lock, &written, err));
    YX_TRY(yx_vault_write(written, inside, err));
    YX_TRY(yx_vault_end(written, err));
    YX_TRY(yx_sink_reread(sink, &source, err));
    YX_TRY(yx_vault_reopen(written, source, &vault, err));
    YX_TRY(yx_unpack(vault, &nobody, NULL, &about, &summary, err));
    if (summary.entries < 1 || summary.bytes > inside.len)
        abort();
    return YX_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    const struct yx_backup_key with = {.cert = cert, .private_key = key};
    struct yx_backup_summary summary;
    struct yx_error err;

    if (cert == NULL && person_make(&key, &cert) != YX_OK)
        abort();
    (void)read_inside(YX_BYTES(data, size), &err);
    if (yx_source_borrow(YX_BYTES(data, size), &source, &err) == YX_OK)
        (void)yx_backup_check(source, &with, NULL, &summary, &err);
    return 0;
}
