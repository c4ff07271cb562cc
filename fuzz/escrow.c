/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/escrow.c - any bytes as a request for a key or an answer to one, and an administrator who
 * answers what can be read. */
#include "escrow/room.h"
#include "person.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct yx_private_key *key;
static struct yx_cert *admin;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_escrow_request request;
    struct yx_escrow_answer answer;

    if (admin == NULL && person_make(&key, &admin) != YX_OK)
        return 0;
    if (yx_escrow_request_parse(YX_BYTES(data, size), &request, NULL) == YX_OK)
        (void)yx_escrow_answer(&request, admin, key, 1, &out, NULL);
    (void)yx_escrow_answer_parse(YX_BYTES(data, size), &answer, NULL);
    return 0;
}
