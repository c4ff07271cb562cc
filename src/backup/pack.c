/* SPDX-License-Identifier: Apache-2.0 */
/* backup/pack.c - entries in the bytes of a vault; backup.h shows the form. */
#include "backup/room.h"

/* --- Numbers ------------------------------------------------------------------------------- */

static yx_status put_number(struct yx_pack *pack, uint64_t number, size_t octets,
                            struct yx_error *err)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < octets; i++)
        bytes[i] = (uint8_t)(number >> (8 * (octets - 1 - i)));
    return yx_vault_write(pack->vault, YX_BYTES(bytes, octets), err);
}

static yx_status get_number(struct yx_pack *pack, size_t octets, uint64_t *out,
                            struct yx_error *err)
{
    uint8_t bytes[8];

    YX_TRY(yx_vault_read(pack->vault, bytes, octets, err));
    *out = 0;
    for (size_t i = 0; i < octets; i++)
        *out = *out << 8 | bytes[i];
    return YX_OK;
}

/* --- Writing ------------------------------------------------------------------------------- */

yx_status yx_pack_begin(struct yx_pack *pack, yx_entry_kind kind, const char *path, unsigned mode,
                        struct yx_error *err)
{
    size_t len = strlen(path);

    YX_REQUIRE(len <= YX_BACKUP_PATH_MAX && yx_utf8_valid(YX_TEXT(path)), err, YX_REFUSED, "",
               N_("{1} cannot be in a backup: its name is too long, or not UTF-8"), path);
    if (pack->hasher == NULL)
        YX_TRY(yx_hasher_new(YX_DIGEST_SM3, &pack->hasher, err));
    pack->entries++;
    YX_TRY(put_number(pack, (uint64_t)kind, 1, err));
    YX_TRY(put_number(pack, len, 2, err));
    YX_TRY(yx_vault_write(pack->vault, YX_TEXT(path), err));
    return put_number(pack, mode & 07777, 2, err);
}

yx_status yx_pack_content(struct yx_pack *pack, struct yx_bytes content, struct yx_error *err)
{
    while (content.len > 0) {
        size_t len = content.len < YX_BACKUP_PIECE ? content.len : YX_BACKUP_PIECE;

        YX_TRY(put_number(pack, len, 4, err));
        YX_TRY(yx_vault_write(pack->vault, YX_BYTES(content.data, len), err));
        YX_TRY(yx_hasher_update(pack->hasher, YX_BYTES(content.data, len), err));
        pack->bytes += len;
        content = YX_BYTES(content.data + len, content.len - len);
    }
    return YX_OK;
}

yx_status yx_pack_close(struct yx_pack *pack, struct yx_error *err)
{
    uint8_t digest[YX_BACKUP_DIGEST];

    YX_TRY(put_number(pack, 0, 4, err));
    YX_TRY(yx_hasher_finish(pack->hasher, digest, err));
    return yx_vault_write(pack->vault, YX_BYTES(digest, sizeof digest), err);
}

yx_status yx_pack_end(struct yx_pack *pack, struct yx_error *err)
{
    YX_TRY(put_number(pack, YX_ENTRY_END, 1, err));
    YX_TRY(put_number(pack, (uint64_t)pack->entries, 8, err));
    return yx_vault_end(pack->vault, err);
}

void yx_pack_free(struct yx_pack *pack)
{
    yx_hasher_free(pack->hasher);
    yx_vault_free(pack->vault);
}

/* --- Reading ------------------------------------------------------------------------------- */

/* Relative, of names that are neither "." nor "..", and that no terminal takes for orders. */
static bool is_path(const char *path, size_t len)
{
    if (!yx_utf8_valid(YX_BYTES(path, len)))
        return false;
    for (size_t i = 0; i < len; i++)
        if ((uint8_t)path[i] < 0x20 || path[i] == 0x7F)
            return false;
    for (const char *name = path;; name++) {
        size_t size = strcspn(name, "/");

        if (size == 0 || size > 255 || (size == 1 && name[0] == '.') ||
            (size == 2 && name[0] == '.' && name[1] == '.'))
            return false;
        name += size;
        if (*name == '\0')
            return true;
    }
}

static yx_status read_end(struct yx_pack *pack, struct yx_error *err)
{
    uint64_t entries;

    YX_TRY(get_number(pack, 8, &entries, err));
    if (entries == 0 || entries != (uint64_t)pack->entries)
        return yx_backup_fail_damaged(err);
    return yx_vault_close(pack->vault, err);
}

yx_status yx_unpack_next(struct yx_pack *pack, struct yx_entry *out, struct yx_error *err)
{
    uint64_t kind, len, mode;

    YX_TRY(get_number(pack, 1, &kind, err));
    out->kind = (yx_entry_kind)kind;
    if (out->kind == YX_ENTRY_END)
        return read_end(pack, err);
    if (kind == 0 || strchr("ADFSP", (int)kind) == NULL ||
        (kind == YX_ENTRY_ABOUT) != (pack->entries == 0))
        return yx_backup_fail_damaged(err);
    YX_TRY(get_number(pack, 2, &len, err));
    if (len > YX_BACKUP_PATH_MAX)
        return yx_backup_fail_damaged(err);
    YX_TRY(yx_vault_read(pack->vault, out->path, len, err));
    out->path[len] = '\0';
    YX_TRY(get_number(pack, 2, &mode, err));
    out->mode = (unsigned)mode;
    if (!is_path(out->path, len) || mode > 07777)
        return yx_backup_fail_damaged(err);
    if (pack->hasher == NULL)
        YX_TRY(yx_hasher_new(YX_DIGEST_SM3, &pack->hasher, err));
    pack->entries++;
    return YX_OK;
}

static yx_status check_digest(struct yx_pack *pack, uint8_t digest[YX_BACKUP_DIGEST],
                              struct yx_error *err)
{
    uint8_t wanted[YX_BACKUP_DIGEST];

    YX_TRY(yx_hasher_finish(pack->hasher, digest, err));
    YX_TRY(yx_vault_read(pack->vault, wanted, sizeof wanted, err));
    return memcmp(wanted, digest, sizeof wanted) == 0 ? YX_OK : yx_backup_fail_damaged(err);
}

yx_status yx_unpack_piece(struct yx_pack *pack, struct yx_buf *room,
                          uint8_t digest[YX_BACKUP_DIGEST], struct yx_error *err)
{
    uint64_t len;

    room->len = 0;
    YX_TRY(get_number(pack, 4, &len, err));
    if (len > YX_BACKUP_PIECE)
        return yx_backup_fail_damaged(err);
    if (len == 0)
        return check_digest(pack, digest, err);
    if (yx_buf_reserve(room, (size_t)len) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(yx_vault_read(pack->vault, room->data, (size_t)len, err));
    room->len = (size_t)len;
    pack->bytes += len;
    return yx_hasher_update(pack->hasher, yx_buf_bytes(room), err);
}

/* --- All of it ----------------------------------------------------------------------------- */

static yx_status read_about(struct yx_pack *pack, struct yx_about *about,
                            struct yx_backup_summary *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf piece = {0};
    YX_CLEAN(yx_buf) struct yx_buf json = {0};
    uint8_t digest[YX_BACKUP_DIGEST];

    do {
        YX_TRY(yx_unpack_piece(pack, &piece, digest, err));
        if (yx_buf_append(&json, yx_buf_bytes(&piece)) != YX_OK)
            return yx_fail_memory(err);
        if (json.len > YX_BACKUP_ABOUT_MAX)
            return yx_backup_fail_damaged(err);
    } while (piece.len > 0);
    return yx_about_read(yx_buf_bytes(&json), about, out, err);
}

static yx_status pass_over(struct yx_pack *pack, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf piece = {0};
    uint8_t digest[YX_BACKUP_DIGEST];

    do
        YX_TRY(yx_unpack_piece(pack, &piece, digest, err));
    while (piece.len > 0);
    return YX_OK;
}

static yx_status take(struct yx_pack *pack, const struct yx_unpacker *unpacker,
                      const struct yx_entry *entry, struct yx_about *about,
                      struct yx_backup_summary *out, struct yx_error *err)
{
    if (entry->kind == YX_ENTRY_ABOUT)
        return read_about(pack, about, out, err);
    if (unpacker->take != NULL)
        return unpacker->take(unpacker->self, pack, entry, err);
    return entry->kind == YX_ENTRY_FOLDER ? YX_OK : pass_over(pack, err);
}

yx_status yx_unpack(struct yx_vault *vault, const struct yx_unpacker *unpacker,
                    const struct yx_progress *progress, struct yx_about *about,
                    struct yx_backup_summary *out, struct yx_error *err)
{
    YX_CLEAN(yx_pack) struct yx_pack pack = {.vault = vault};
    struct yx_entry entry;

    for (;;) {
        YX_TRY(yx_unpack_next(&pack, &entry, err));
        if (entry.kind == YX_ENTRY_END)
            break;
        YX_TRY(take(&pack, unpacker, &entry, about, out, err));
        yx_vault_tell(vault, progress);
    }
    out->entries = pack.entries;
    out->bytes = pack.bytes;
    return YX_OK;
}

yx_status yx_backup_check(const struct yx_source *file, const struct yx_backup_key *key,
                          const struct yx_progress *progress, struct yx_backup_summary *out,
                          struct yx_error *err)
{
    YX_CLEAN(yx_about) struct yx_about about = {{0}};
    const struct yx_unpacker nobody = {NULL, NULL};
    struct yx_backup_summary summary = {{0}};
    struct yx_vault *vault = NULL;

    YX_TRY(yx_vault_open(file, key, &vault, err));
    YX_TRY(yx_unpack(vault, &nobody, progress, &about, &summary, err));
    YX_TRY(yx_source_digest(file, NULL, summary.digest, err));
    *out = summary;
    return YX_OK;
}
