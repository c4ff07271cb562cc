/* SPDX-License-Identifier: Apache-2.0 */
/* What a device tells of its keys, and envelopes for it: whatever the bytes, no more than a
 * refusal.
 */
#include "skf/room.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf blob = {0};
    YX_CLEAN(yx_buf) struct yx_buf signature = {0};
    static const uint8_t digest[32] = {1};

    (void)yx_skf_envelope(YX_BYTES(data, size), size % 2 == 0 ? 4 : 8, &blob, NULL);
    if (yx_skf_take_key(YX_BYTES(data, size), &key, NULL) == YX_OK)
        (void)yx_skf_take_signature(key, digest, YX_BYTES(data, size), &signature, NULL);
    return 0;
}
