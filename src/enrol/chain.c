/* SPDX-License-Identifier: Apache-2.0 */
/* enrol/chain.c - the authority's certificate and those above it as DER, out of its ca.pem. */
#include "enrol/enrol.h"

#define END "-----END CERTIFICATE-----"

yx_status yx_enrol_chain(const struct yx_enrol *enrol, struct yx_buf *out, struct yx_error *err)
{
    struct yx_bytes rest = yx_ca_chain(yx_enrol_ca(enrol));

    for (;;) {
        YX_CLEAN(yx_cert) struct yx_cert *cert = NULL;
        const uint8_t *end = rest.len == 0 ? NULL : memmem(rest.data, rest.len, END, strlen(END));
        size_t len;

        if (end == NULL)
            return YX_OK;
        len = (size_t)(end - rest.data) + strlen(END);
        YX_TRY(yx_cert_read(YX_BYTES(rest.data, len), &cert, err));
        if (yx_buf_append(out, yx_cert_der(cert)) != YX_OK)
            return yx_fail_memory(err);
        rest = YX_BYTES(rest.data + len, rest.len - len);
    }
}
