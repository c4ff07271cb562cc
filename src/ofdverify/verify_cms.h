/* SPDX-License-Identifier: Apache-2.0 */
/* ofdverify/verify_cms.h - signatures of type Sign: GB/T 35275 SignedData over Signature.xml. */
#ifndef OFD_VERIFY_CMS_H
#define OFD_VERIFY_CMS_H

#include "ofdverify/verify.h"

yx_status yx_ofd_judge_cms(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                           struct yx_bytes value, struct yx_error *err);

/* Notes document.digest: is `expected` the digest of Signature.xml, SM3 or SM3 with ZA, or the
 * digest of a foreign signature algorithm? (verify_signature.c) */
yx_status yx_ofd_judge_digest(struct yx_ofd_verification *v, struct yx_ofd_judged *judged,
                              struct yx_bytes expected, yx_digest_algorithm signature_digest,
                              struct yx_error *err);
/* Takes ZA from an SM2 signer's certificate (verify_signature.c). */
yx_status yx_ofd_judge_za(struct yx_ofd_judged *judged, const struct yx_cert *signer,
                          struct yx_error *err);

#endif
