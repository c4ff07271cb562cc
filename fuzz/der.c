/* SPDX-License-Identifier: Apache-2.0 */
/*
 * der.c - feeds arbitrary bytes to every reader of asn1/, and to the readers of keys and
 * signatures that stand on them. What is read as an integer is written again and must be the same.
 */
#include "crypto/crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_integer(struct yx_der der)
{
    int64_t number;
    struct yx_bytes content;
    if (yx_der_int(&der, &number, NULL) != YX_OK)
        return;
    YX_CLEAN(yx_der_writer) struct yx_der_writer writer = {0};
    YX_CLEAN(yx_buf) struct yx_buf again = {0};
    yx_der_put_int(&writer, number);
    if (yx_der_finish(&writer, &again, NULL) != YX_OK)
        return;
    struct yx_der reread = yx_der_reader(yx_buf_bytes(&again), "again");
    int64_t same;
    if (yx_der_integer(&reread, &content, NULL) != YX_OK)
        __builtin_trap();
    reread = yx_der_reader(yx_buf_bytes(&again), "again");
    if (yx_der_int(&reread, &same, NULL) != YX_OK || same != number)
        __builtin_trap();
}

/* Tries the element in front as every type; all work on copies of the reader. */
static void try_types(struct yx_der der)
{
    struct yx_der copy = der;
    struct yx_bytes bytes;
    yx_oid oid;
    yx_time time;
    bool flag;
    check_integer(der);
    (void)yx_der_bool(&copy, &flag, NULL);
    copy = der;
    (void)yx_der_bit_string(&copy, &bytes, NULL);
    copy = der;
    (void)yx_der_algorithm(&copy, &oid, &bytes, NULL);
    copy = der;
    (void)yx_der_time(&copy, &time, NULL);
    copy = der;
    if (yx_der_oid_bytes(&copy, &bytes, NULL) != YX_OK)
        return;
    char dotted[YX_OID_TEXT];
    yx_oid_to_dotted(bytes, dotted);
}

static void walk(struct yx_bytes bytes, int depth)
{
    struct yx_der der = yx_der_reader(bytes, "fuzz");
    while (!yx_der_at_end(&der)) {
        try_types(der);
        uint8_t tag;
        struct yx_bytes content;
        if (yx_der_any(&der, &tag, &content, NULL, NULL) != YX_OK)
            return;
        if ((tag & 0x20) != 0 && depth < 16)
            walk(content, depth + 1);
    }
}

/* The public key of GB/T 32918.5 A.2. */
static const uint8_t sm2_spki[] = {
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A,
    0x81, 0x1C, 0xCF, 0x55, 0x01, 0x82, 0x2D, 0x03, 0x42, 0x00, 0x04, 0x09, 0xF9, 0xDF, 0x31, 0x1E,
    0x54, 0x21, 0xA1, 0x50, 0xDD, 0x7D, 0x16, 0x1E, 0x4B, 0xC5, 0xC6, 0x72, 0x17, 0x9F, 0xAD, 0x18,
    0x33, 0xFC, 0x07, 0x6B, 0xB0, 0x8F, 0xF3, 0x56, 0xF3, 0x50, 0x20, 0xCC, 0xEA, 0x49, 0x0C, 0xE2,
    0x67, 0x75, 0xA5, 0x2D, 0xC6, 0xEA, 0x71, 0x8C, 0xC1, 0xAA, 0x60, 0x0A, 0xED, 0x05, 0xFB, 0xF3,
    0x5E, 0x08, 0x4A, 0x66, 0x32, 0xF6, 0x07, 0x2D, 0xA9, 0xAD, 0x13};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct yx_bytes bytes = YX_BYTES(data, size);
    walk(bytes, 0);
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    YX_CLEAN(yx_public_key) struct yx_public_key *sm2 = NULL;
    YX_CLEAN(yx_private_key) struct yx_private_key *secret = NULL;
    (void)yx_public_key_from_spki(bytes, &key, NULL);
    (void)yx_private_key_read(bytes, (struct yx_bytes){NULL, 0}, &secret, NULL);
    if (yx_public_key_from_spki(YX_BYTES(sm2_spki, sizeof(sm2_spki)), &sm2, NULL) != YX_OK)
        __builtin_trap();
    if (yx_public_key_verify(sm2, YX_SIG_SM2_SM3, YX_TEXT("fuzz"), bytes, NULL) == YX_OK)
        __builtin_trap();
    return 0;
}
