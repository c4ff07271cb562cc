/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/cmp.c - any bytes as a message to an authority that answers CMP, and as the body of one that
 * is protected as it should be. Whatever comes, there is an answer that our own reader takes. */
#include <stdlib.h>
#include <unistd.h>

#include "cmp/room.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct yx_ca *ca;
static struct yx_enrol *enrol;
static struct yx_cmp *cmp;
static char folder[64] = "/tmp/yinxin-fuzz-XXXXXX";

#define PERSON(name, more)                                                                   \
    "person \"" name "\" { secret = \"not that of the corpus\" profiles = {\"tls-client\"} " \
    "subject = \"CN=a\" " more "}\n"
/* What "b" asks for must be approved. */
#define PEOPLE                                                              \
    "attempts = 0 delay_seconds = 0 pending_max = 100000\n" PERSON("a", "") \
        PERSON("b", "approval = true ")

static void remove_folder(void)
{
    char command[96];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command) != 0)
        abort();
}

static void set_up(void)
{
    char path[96], people[128];
    struct yx_ca_init_request request = {.folder = path,
                                         .name = "CN=fuzz,O=fuzz,C=CN",
                                         .key_type = YX_KEY_SM2,
                                         .path_length = -1,
                                         .passphrase = YX_TEXT("fuzz"),
                                         .actor = "fuzz"};
    struct yx_cmp_settings settings = {0};
    if (cmp != NULL)
        return;
    if (mkdtemp(folder) == NULL || atexit(remove_folder) != 0)
        abort();
    (void)snprintf(path, sizeof path, "%s/ca", folder);
    (void)snprintf(people, sizeof people, "%s/people", folder);
    if (yx_ca_init(&request, NULL) != YX_OK || yx_ca_open(path, &ca, NULL) != YX_OK ||
        yx_ca_unlock(ca, request.passphrase, NULL) != YX_OK ||
        yx_file_write(people, true, YX_TEXT(PEOPLE), NULL) != YX_OK ||
        yx_enrol_new(ca, people, &enrol, NULL) != YX_OK ||
        yx_cmp_new(enrol, &settings, &cmp, NULL) != YX_OK)
        abort();
}

static yx_status answer(struct yx_bytes message, struct yx_buf *out, struct yx_cmp_message *read)
{
    yx_status status =
        yx_cmp_answer(cmp, &(struct yx_cmp_request){.message = message, .profile = ""}, out, NULL);
    if (yx_cmp_parse(yx_buf_bytes(out), read, NULL) != YX_OK)
        abort();
    return status;
}

/* A message of a transaction: who sends it, its number, and the nonce that it repeats. */
struct envelope {
    const char *sender;
    uint64_t transaction, nonce;
    struct yx_bytes repeats;
};

/* The header that a message of the kind needs; what stands behind it is the fuzzer's. */
static void protect(const struct envelope *envelope, unsigned kind, struct yx_bytes body,
                    struct yx_buf *out)
{
    struct yx_cmp_mac mac = {.algorithm = YX_OID_PASSWORD_BASED_MAC,
                             .salt = YX_TEXT("salt for fuzzing"),
                             .owf = YX_DIGEST_SHA256,
                             .iterations = 100,
                             .mac = YX_OID_HMAC_SHA256};
    YX_CLEAN(yx_der_writer) struct yx_der_writer w = {0};
    YX_CLEAN(yx_buf) struct yx_buf parts = {0};
    uint8_t id[16] = {0}, nonce[16] = {0}, value[YX_DIGEST_MAX];
    const struct yx_bytes octets[] = {YX_TEXT(envelope->sender), YX_BYTES(NULL, 0),
                                      YX_BYTES(id, 16), YX_BYTES(nonce, 16), envelope->repeats};
    size_t len, whole, tagged, header = yx_der_begin(&w, YX_DER_SEQUENCE);
    memcpy(id, &envelope->transaction, sizeof envelope->transaction);
    memcpy(nonce, &envelope->nonce, sizeof envelope->nonce);
    yx_der_put_int(&w, 2);
    for (int i = 0; i < 2; i++)
        yx_der_put_raw(&w, YX_BYTES("\xA4\x02\x30\x00", 4));
    tagged = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(1));
    yx_cmp_mac_put(&w, &mac);
    yx_der_close(&w, tagged);
    for (unsigned i = 0; i < 5; i++) {
        if (octets[i].len == 0)
            continue;
        tagged = yx_der_begin(&w, (uint8_t)YX_DER_CONTEXT_CONSTRUCTED(2 + i));
        yx_der_put(&w, YX_DER_OCTET_STRING, octets[i]);
        yx_der_close(&w, tagged);
    }
    yx_der_close(&w, header);
    yx_der_put(&w, (uint8_t)YX_DER_CONTEXT_CONSTRUCTED(kind), body);
    if (yx_der_finish(&w, &parts, NULL) != YX_OK)
        abort();
    YX_CLEAN(yx_buf) struct yx_buf part = {0};
    yx_der_put(&w, YX_DER_SEQUENCE, yx_buf_bytes(&parts));
    if (yx_der_finish(&w, &part, NULL) != YX_OK ||
        yx_cmp_mac_compute(&mac, YX_TEXT("not that of the corpus"), yx_buf_bytes(&part), value,
                           &len, NULL) != YX_OK)
        abort();
    whole = yx_der_begin(&w, YX_DER_SEQUENCE);
    yx_der_put_raw(&w, yx_buf_bytes(&parts));
    tagged = yx_der_begin(&w, YX_DER_CONTEXT_CONSTRUCTED(0));
    yx_der_put_bit_string(&w, YX_BYTES(value, len));
    yx_der_close(&w, tagged);
    yx_der_close(&w, whole);
    if (yx_der_finish(&w, out, NULL) != YX_OK)
        abort();
}

static uint64_t count;

/* The body by somebody who is known; and as that of a poll behind it, in the same transaction. */
static void converse(const char *sender, unsigned kind, struct yx_bytes body)
{
    struct envelope envelope = {.sender = sender, .transaction = ++count};
    struct yx_cmp_message read = {0};
    YX_CLEAN(yx_buf) struct yx_buf first = {0};
    YX_CLEAN(yx_buf) struct yx_buf second = {0};
    YX_CLEAN(yx_buf) struct yx_buf answered = {0};
    YX_CLEAN(yx_buf) struct yx_buf last = {0};
    envelope.nonce = ++count;
    protect(&envelope, kind, body, &first);
    (void)answer(yx_buf_bytes(&first), &answered, &read);
    envelope.nonce = ++count;
    envelope.repeats = read.sender_nonce;
    protect(&envelope, YX_CMP_POLL_REQ, body, &second);
    (void)answer(yx_buf_bytes(&second), &last, &read);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    struct yx_cmp_message read;
    set_up();
    /* Nobody guesses a secret. */
    if (answer(YX_BYTES(data, size), &out, &read) == YX_OK || size == 0)
        return size == 0 ? 0 : (abort(), 0);
    converse("a", data[0] & 0x1F, YX_BYTES(data + 1, size - 1));
    converse("b", data[0] & 0x1F, YX_BYTES(data + 1, size - 1));
    return 0;
}
