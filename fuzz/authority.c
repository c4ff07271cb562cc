/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/authority.c - any bytes as what comes to an authority: an envelope, an SM2 cipher, a request
 * with wishes, a list of names, an object identifier, a CRL, a certificate to be made. */
#include "cms/cms.h"
#include "person.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct yx_private_key *key;
static struct yx_cert *holder;

static void open_envelopes(struct yx_bytes bytes)
{
    YX_CLEAN(yx_buf) struct yx_buf content = {0};
    YX_CLEAN(yx_private_key) struct yx_private_key *inside = NULL;
    (void)yx_envelope_open(bytes, holder, key, &content, NULL);
    (void)yx_sm2_envelope_open(bytes, key, &inside, NULL);
    (void)yx_sm2_cipher_open(key, bytes, &content, NULL);
}

static void read_request(struct yx_bytes bytes)
{
    YX_CLEAN(yx_request) struct yx_request request = {0};
    if (yx_request_parse(bytes, &request, NULL) != YX_OK)
        return;
    struct yx_der names = yx_der_reader(request.alt_names, "names");
    struct yx_general_name name;
    while (!yx_der_at_end(&names) && yx_general_name_next(&names, &name, NULL) == YX_OK)
        ;
}

/* What the writer of identifiers takes, the reader gives back. */
static void read_identifier(struct yx_bytes bytes)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    char text[YX_OID_TEXT];
    if (yx_oid_from_dotted(bytes, &der, NULL) != YX_OK)
        return;
    yx_oid_to_dotted(yx_buf_bytes(&der), text);
    if (!yx_bytes_are(bytes, text))
        __builtin_trap();
}

static void read_crl(struct yx_bytes bytes)
{
    YX_CLEAN(yx_trust) struct yx_trust *trust = NULL;
    struct yx_cert_findings findings;
    if (yx_trust_new(&trust, NULL) != YX_OK || yx_trust_add_anchor(trust, holder, NULL) != YX_OK ||
        yx_trust_add_crl(trust, bytes, NULL) != YX_OK)
        return;
    (void)yx_cert_validate(trust, holder, YX_USE_ISSUE, yx_now(), yx_now(), &findings, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct yx_bytes bytes = YX_BYTES(data, size);
    if (!holder && person_make(&key, &holder) != YX_OK)
        return 0;
    open_envelopes(bytes);
    read_request(bytes);
    read_identifier(bytes);
    read_crl(bytes);
    (void)yx_cert_lint(bytes, holder, NULL);
    return 0;
}
