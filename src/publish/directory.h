/* SPDX-License-Identifier: Apache-2.0 */
/* publish/directory.h - what the directory of an authority has already, as the database remembers
 * it. Only publish/ includes it. */
#ifndef PUBLISH_DIRECTORY_H
#define PUBLISH_DIRECTORY_H

#include "publish/room.h"

/* Certificates that are brought in one go. */
#define YX_DIRECTORY_BATCH 64

/* One thing that the directory does not have yet, or should have no longer. */
struct yx_directory_item {
    enum {
        YX_ITEM_AUTHORITY,
        YX_ITEM_CRL,
        YX_ITEM_REVOKED, /* this one and the next leave */
        YX_ITEM_EXPIRED,
        YX_ITEM_CERTIFICATE
    } kind;
    int partition; /* of a CRL */
    bool delta;
    int64_t mark; /* 1, the CRL's number, that of ca/, the certificate's row */
    struct yx_buf der;
    char serial[YX_CA_SERIAL_TEXT]; /* of what leaves */
};
struct yx_directory_list {
    const struct yx_ca *ca;
    char directory[512]; /* which one: URL and base */
    struct yx_directory_item items[YX_DIRECTORY_BATCH];
    size_t count;
    yx_time now;
};
/* YX_USAGE when the URL and the base are too long to be told apart. */
yx_status yx_directory_list_start(struct yx_ca *ca, struct yx_directory_list *out,
                                  struct yx_error *err);
/* Fills in what is missing, the authority first, as much as there is room for. */
yx_status yx_directory_missing(struct yx_directory_list *list, struct yx_error *err);
/* Remembers that the directory has the first `count` of them. */
yx_status yx_directory_remember(struct yx_directory_list *list, size_t count, struct yx_error *err);
void yx_directory_list_free(struct yx_directory_list *list);

#endif
