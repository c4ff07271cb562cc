/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/escrow.c - any bytes as a request for a key or an answer to one, and an administrator who
 * answers what can be read. */
#include "escrow/room.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct yx_private_key *key;
static struct yx_cert *admin;

static yx_status prepare(void)
{
    YX_CLEAN(yx_buf) struct yx_buf name = {0};
    YX_CLEAN(yx_buf) struct yx_buf der = {0};

    YX_TRY(yx_private_key_generate(YX_KEY_SM2, 0, &key, NULL));
    YX_TRY(yx_name_to_der("CN=fuzz", &name, NULL));
    struct yx_cert_template wanted = {
        .subject = yx_buf_bytes(&name),
        .spki = yx_public_key_spki(yx_private_key_public(key)),
        .serial = YX_BYTES("\x01", 1),
        .not_before = yx_now(),
        .not_after = yx_now() + YX_DAY,
        .key_usage = YX_KU_KEY_CERT_SIGN,
        .ca = true,
        .path_length = -1,
    };
    struct yx_signer signer = yx_signer_borrow_key(key);
    YX_TRY(yx_cert_make(&wanted, NULL, &signer, &der, NULL));
    return yx_cert_from_der(yx_buf_bytes(&der), &admin, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_escrow_request request;
    struct yx_escrow_answer answer;

    if (admin == NULL && prepare() != YX_OK)
        return 0;
    if (yx_escrow_request_parse(YX_BYTES(data, size), &request, NULL) == YX_OK)
        (void)yx_escrow_answer(&request, admin, key, 1, &out, NULL);
    (void)yx_escrow_answer_parse(YX_BYTES(data, size), &answer, NULL);
    return 0;
}
