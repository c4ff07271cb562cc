/* SPDX-License-Identifier: Apache-2.0 */
/* cli/ca.h - what the commands on authorities share. */
#ifndef CLI_CA_H
#define CLI_CA_H

#include "ca/ca.h"
#include "cli/cli.h"
#include "escrow/escrow.h"

/* Opens the authority in a folder and unlocks its key with the passphrase that the options, the
 * environment or the terminal give. */
yx_status cli_ca_unlocked(const struct cli_args *args, const char *folder, struct yx_ca **out,
                          struct yx_error *err);
/* The serial of a certificate in a file, or as `ca list` shows it, in hex with a NUL. */
yx_status cli_ca_serial(const char *text, struct yx_buf *out, struct yx_error *err);

/* The key of a holder: its algorithm by --algorithm; `type` and `bits` stay as they are without. */
yx_status cli_ca_algorithm(const char *name, yx_key_type *type, unsigned *bits,
                           struct yx_error *err);
/* The numbers of --identity; they live as long as the arguments. */
yx_status cli_identity(const struct cli_args *args, struct yx_identity *out, struct yx_error *err);
#define CLI_IDENTITY_OPTION                                                                       \
    {                                                                                             \
        .name = "identity", .value = "WHAT=N", .many = true,                                      \
        .help = N_("a number of the holder by GM/T 0015: resident-card, officer-card, passport, " \
                   "insurance, registration, organization or taxation")                           \
    }

/* The files of an encryption certificate: NAME-enc.pem, and the key in NAME-enc.p7 and
 * NAME-enc.sm2. They are made before anything is issued, and appear when it is. */
struct cli_twin {
    struct cli_twin_file {
        char path[4096];
        struct yx_sink *sink;
    } cert, envelope, sm2_envelope;
};
yx_status cli_twin_open(const char *name, struct cli_twin *out, struct yx_error *err);
yx_status cli_twin_write(struct cli_twin *files, const struct yx_ca *ca,
                         const struct yx_escrow_twin *twin, struct yx_error *err);
void cli_twin_free(struct cli_twin *twin);
YX_DEFINE_CLEAN_VALUE(cli_twin, struct cli_twin, cli_twin_free);

/* Who acts, for the record: "cli:uid=1000". */
const char *cli_actor(void);

#endif
