/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list.c - certificates, CRLs and OCSP responses as one run of bytes: for each a letter, its length
 * in four bytes as the machine has them, and its DER.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "worker/room.h"

#define LIST_MAX ((size_t)512 * 1024 * 1024)
#define HEAD (1 + sizeof(uint32_t))

yx_status yx_list_add(struct yx_buf *list, yx_list_kind kind, struct yx_bytes der,
                      struct yx_error *err)
{
    const uint8_t letter = (uint8_t)kind;
    const uint32_t len = (uint32_t)der.len;

    YX_REQUIRE(der.len <= LIST_MAX, err, YX_USAGE, "", N_("larger than the {1} bytes allowed"),
               YX_NUM(LIST_MAX));
    if (yx_buf_append(list, YX_BYTES(&letter, 1)) != YX_OK ||
        yx_buf_append(list, YX_BYTES(&len, sizeof len)) != YX_OK ||
        yx_buf_append(list, der) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

yx_status yx_list_next(struct yx_bytes *rest, struct yx_list_entry *out, bool *found,
                       struct yx_error *err)
{
    uint32_t len;

    *found = rest->len > 0;
    if (!*found)
        return YX_OK;
    YX_REQUIRE(rest->len >= HEAD, err, YX_DAMAGED, "", N_("a list of certificates is cut off"));
    memcpy(&len, rest->data + 1, sizeof len);
    YX_REQUIRE(len <= rest->len - HEAD, err, YX_DAMAGED, "",
               N_("a list of certificates is cut off"));
    out->kind = (yx_list_kind)rest->data[0];
    out->der = YX_BYTES(rest->data + HEAD, len);
    *rest = YX_BYTES(out->der.data + len, rest->len - HEAD - len);
    return YX_OK;
}

/* --- What a list says --------------------------------------------------------------------------
 */

static yx_status add_cert(struct yx_trust *trust, const struct yx_list_entry *entry,
                          struct yx_error *err)
{
    YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;

    YX_TRY(yx_cert_from_der(entry->der, &cert, err));
    return entry->kind == YX_LIST_ANCHOR ? yx_trust_add_anchor(trust, cert, err)
                                         : yx_trust_add_helper(trust, cert, err);
}

static yx_status add(struct yx_trust *trust, const struct yx_list_entry *entry,
                     struct yx_error *err)
{
    switch (entry->kind) {
    case YX_LIST_CRL:
        return yx_trust_add_crl(trust, entry->der, err);
    case YX_LIST_OCSP:
        return yx_trust_add_ocsp(trust, entry->der, err);
    case YX_LIST_ANCHOR:
    case YX_LIST_HELPER:
        return add_cert(trust, entry, err);
    }
    return yx_fail(err, YX_DAMAGED, "", N_("a list of certificates is cut off"));
}

yx_status yx_list_read(struct yx_bytes list, struct yx_trust **out, struct yx_error *err)
{
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    struct yx_list_entry entry;
    struct yx_bytes rest = list;
    bool found = true;

    *out = NULL;
    if (rest.len == 0)
        return YX_OK;
    YX_TRY(yx_trust_new(&trust, err));
    for (;;) {
        YX_TRY(yx_list_next(&rest, &entry, &found, err));
        if (!found)
            break;
        YX_TRY(add(trust, &entry, err));
    }
    *out = trust;
    trust = NULL;
    return YX_OK;
}

static yx_status read_file(int fd, struct yx_trust **out, struct yx_error *err)
{
    YX_CLEAN(yx_source) struct yx_source *source = NULL;
    YX_CLEAN(yx_buf) struct yx_buf bytes = {0};

    YX_TRY(yx_source_borrow_fd(fd, &source, err));
    YX_TRY(yx_source_read_all(source, LIST_MAX, &bytes, err));
    return yx_list_read(yx_buf_bytes(&bytes), out, err);
}

static bool is_same(int a, int b)
{
    struct stat first, second;

    return a >= 0 && fstat(a, &first) == 0 && fstat(b, &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

static void forget(struct yx_kept_trust *kept)
{
    if (kept->fd >= 0)
        (void)close(kept->fd);
    yx_trust_free(kept->trust);
    *kept = (struct yx_kept_trust){.fd = -1};
}

yx_status yx_kept_trust_read(struct yx_kept_trust *kept, int fd, const struct yx_trust **out,
                             struct yx_error *err)
{
    if (is_same(kept->fd, fd)) {
        (void)close(fd);
    } else {
        forget(kept);
        kept->fd = fd;
        yx_status status = read_file(fd, &kept->trust, err);

        if (status != YX_OK) {
            forget(kept);
            return status;
        }
    }
    *out = kept->trust;
    return YX_OK;
}
