/* SPDX-License-Identifier: Apache-2.0 */
/* devices/softskf_pin.h - the PINs inside the record of an application. */
#ifndef DEVICES_SOFTSKF_PIN_H
#define DEVICES_SOFTSKF_PIN_H

#include "softskf.h"

/* The record of an application, and where it is. */
ULONG pin_load(const struct soft *application, char path[STORE_PATH], struct record *out);
/* Puts a PIN in, which seals `master`. */
ULONG pin_set(struct record *record, ULONG kind, const char *pin, bool initial,
              const uint8_t master[VAULT_KEY]);
/* So many tries, and all of them left. */
void pin_set_tries(struct record *record, ULONG kind, ULONG max);

#endif
