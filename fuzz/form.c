/* SPDX-License-Identifier: Apache-2.0 */
/* form.c - the file in a form, in pieces as long as the first byte says. */
#include <stdlib.h>

#include "apidocuments/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static yx_status take(void *self, struct yx_bytes piece, struct yx_error *err)
{
    (void)err;
    *(size_t *)self += piece.len;
    return YX_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t step = size == 0 ? 1 : 1 + data[0] % 64u, taken = 0;
    struct yx_form form = {.take = take, .self = &taken};
    yx_status status = yx_form_open(&form, "multipart/form-data; boundary=a", NULL);

    for (size_t at = 1; at < size && status == YX_OK; at += step)
        status =
            yx_form_take(&form, YX_BYTES(data + at, size - at < step ? size - at : step), NULL);
    if (taken > size)
        abort();
    if (status == YX_OK)
        (void)yx_form_end(&form, NULL);
    yx_form_free(&form);
    return 0;
}
