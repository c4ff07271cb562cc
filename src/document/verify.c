/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document/verify.c - has each file verified by the room that knows it; format.c tells them apart.
 * What the report looks like as JSON is in json.c.
 */
#include "document/document.h"

static yx_status verify_seal_file(const struct yx_source *source,
                                  const struct yx_verify_options *options, struct yx_report **out,
                                  struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};

    YX_TRY(yx_source_read_all(source, YX_SEAL_MAX, &der, err));
    return yx_seal_verify(yx_buf_bytes(&der), options, out, err);
}

yx_status yx_verify(const struct yx_source *source, const struct yx_verify_options *options,
                    struct yx_report **out, struct yx_error *err)
{
    yx_format format;

    YX_TRY(yx_format_detect(source, &format, err));
    switch (format) {
    case YX_FORMAT_OFD:
        return yx_ofd_verify(source, options, out, err);
    case YX_FORMAT_ESL:
        return verify_seal_file(source, options, out, err);
    case YX_FORMAT_PDF:
        return yx_pdf_verify(source, options, out, err);
    case YX_FORMAT_UNKNOWN:
    default:
        return yx_fail(err, YX_DAMAGED, "",
                       N_("this is neither an OFD or PDF document nor a seal file"));
    }
}
