/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/picture.c - any bytes as the picture of a seal that is to be shown in a PDF. */
#include <stdlib.h>

#include "pdf/pdf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    YX_CLEAN(yx_image) struct yx_image image = {0};
    struct yx_error err = {0};
    yx_status status = yx_image_read(YX_BYTES(data, size), &image, &err);
    bool refused = status == YX_REFUSED && err.rule != NULL && image.samples.data == NULL;
    bool read = status == YX_OK && image.width > 0 && image.height > 0 && image.samples.len > 0;
    if (!refused && !read)
        abort();
    return 0;
}
