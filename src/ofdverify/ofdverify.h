/* SPDX-License-Identifier: Apache-2.0 */
/* ofdverify/ofdverify.h - the door to ofdverify/: signatures of OFD documents judged, by
 * yx_ofd_verify. The room's own files share verify.h. */
#ifndef OFDVERIFY_OFDVERIFY_H
#define OFDVERIFY_OFDVERIFY_H

#include "ofd/ofd.h"

/* yx_ofd_verify without the digest over the whole file, for those who have just written it and read
 * its certificates before. */
yx_status yx_ofd_verify_written(const struct yx_source *source,
                                const struct yx_verify_options *options,
                                struct yx_cert_cache *certs, struct yx_report **out,
                                struct yx_error *err);

#endif
