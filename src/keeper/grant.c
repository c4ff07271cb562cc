/* SPDX-License-Identifier: Apache-2.0 */
/* keeper/grant.c - does a leaf of the audit list allow a signature? */
#include <jansson.h>

#include "keeper/room.h"

#define RULE "keeper, signatures that bind somebody"

/* The member "signs" of the details, with exactly key, purpose and digest. */
static bool allows(const char *details, const char *key, const char *purpose, const char *digest)
{
    json_t *json = json_loads(details, JSON_REJECT_DUPLICATES, NULL);
    const char *named[3] = {NULL, NULL, NULL};
    bool allowed =
        json != NULL && json_unpack(json, "{s:{s:s,s:s,s:s!}}", "signs", "key", &named[0],
                                    "purpose", &named[1], "digest", &named[2]) == 0;

    allowed = allowed && strcmp(named[0], key) == 0 && strcmp(named[1], purpose) == 0 &&
              strcmp(named[2], digest) == 0;
    json_decref(json);
    return allowed;
}

yx_status yx_grant_check(struct yx_bytes leaf, const char *key, enum yx_purpose purpose,
                         const uint8_t digest[32], struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf texts = {0};
    struct yx_audit_event event;
    char hex[65];

    YX_REQUIRE(leaf.len > 0, err, YX_REFUSED, RULE,
               N_("nothing is signed for the purpose {1} without a record that allows it"),
               yx_purpose_name(purpose));
    YX_TRY(yx_audit_leaf_read(leaf, &texts, &event, err));
    yx_hex(YX_BYTES(digest, 32), hex);
    YX_REQUIRE(allows(event.details, key, yx_purpose_name(purpose), hex), err, YX_REFUSED, RULE,
               N_("the record does not allow the key {1} to sign this for the purpose {2}"), key,
               yx_purpose_name(purpose));
    return YX_OK;
}
