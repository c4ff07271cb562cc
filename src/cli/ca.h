/* SPDX-License-Identifier: Apache-2.0 */
/* cli/ca.h - what the commands on authorities share. */
#ifndef CLI_CA_H
#define CLI_CA_H

#include "ca/ca.h"
#include "cli/cli.h"

/* Opens the authority in a folder and unlocks its key with the passphrase that the options, the
 * environment or the terminal give. */
yx_status cli_ca_unlocked(const struct cli_args *args, const char *folder, struct yx_ca **out,
                          struct yx_error *err);
/* Who acts, for the record: "cli:uid=1000". */
const char *cli_actor(void);

#endif
