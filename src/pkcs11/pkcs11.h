/* SPDX-License-Identifier: Apache-2.0 */
/* pkcs11/pkcs11.h - the door to pkcs11/: keys on PKCS#11 tokens. */
#ifndef PKCS11_PKCS11_H
#define PKCS11_PKCS11_H

#include "tokenkind/tokenkind.h"

extern const struct yx_token_kind yx_token_pkcs11;

#endif
