/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/cli.h - the program as its files see it: commands and their options as tables, the tongue
 * of the user, output that no document can steer, keys and passphrases. One file per command.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdio.h>

#include <yinxin/draw.h>

#include "document/document.h"
#include "token/token.h"

/* The longest key, certificate or CRL file that is read. */
#define CLI_FILE_MAX (16u * 1024 * 1024)

/* --- Commands (main.c) and their arguments (args.c) -------------------------------------- */

struct cli_option {
    const char *name;  /* without dashes; one letter is a short option */
    const char *value; /* what help calls its value; NULL: it takes none */
    const char *help;  /* N_() */
    bool required;
    bool many; /* may stand more than once */
};

struct cli_given {
    const struct cli_option *option;
    const char *value;
};

struct cli_args {
    const struct cli_command *command;
    const char **operands;
    size_t operand_count;
    struct cli_given *given;
    size_t given_count;
    int verdict; /* the exit code of a command that did its work: 0 unless `verify` found more */
};

struct cli_command {
    const char *name;                 /* "ca init" */
    const char *operands;             /* "DIR"; "FILE..." takes several, "[COMMAND]..." any */
    const char *summary;              /* N_(), one line */
    const char *details;              /* N_(), or NULL */
    const struct cli_option *options; /* ended by a row without a name */
    yx_status (*run)(struct cli_args *args, struct yx_error *err);
};

/* Every command, in the order of the help. */
const struct cli_command *const *cli_commands(size_t *count);
/* The command whose words start `words`; *used says how many those are. NULL when there is none. */
const struct cli_command *cli_command_find(const char *const *words, size_t count, size_t *used);

/* Options that several commands share. */
#define CLI_HELP_OPTION                              \
    {                                                \
        .name = "help", .help = N_("show this help") \
    }
#define CLI_PASSPHRASE_OPTION                                                             \
    {                                                                                     \
        .name = "passphrase-file", .value = "F",                                          \
        .help = N_("the first line of F is the passphrase of the private key; otherwise " \
                   "YINXIN_PASSPHRASE holds it, or the terminal asks for it")             \
    }
/* Of commands that take a KEY: it may be in a file or on a token. */
#define CLI_KEY_OPTIONS CLI_PASSPHRASE_OPTION, CLI_PIN_OPTION
#define CLI_PIN_OPTION                                                            \
    {                                                                             \
        .name = "pin-file", .value = "F",                                         \
        .help = N_("the first line of F is the PIN of the token that KEY is on; " \
                   "otherwise YINXIN_PIN holds it, or the terminal asks for it")  \
    }
#define CLI_TRUST_OPTION                                            \
    {                                                               \
        .name = "trust", .value = "CERT", .many = true,             \
        .help = N_("trust the certificates of this file or folder") \
    }
#define CLI_CRL_OPTION                                          \
    {                                                           \
        .name = "crl", .value = "F", .many = true,              \
        .help = N_("a certificate revocation list, PEM or DER") \
    }
#define CLI_OCSP_OPTION                                                                 \
    {                                                                                   \
        .name = "ocsp", .value = "F", .many = true, .help = N_("an OCSP response, DER") \
    }
#define CLI_COLOR_OPTION                                                      \
    {                                                                         \
        .name = "color", .value = "WHEN", .help = N_("auto, always or never") \
    }
#define CLI_NO_MORE_OPTIONS \
    {                       \
        .name = NULL        \
    }

/* Sorts argv (behind the command's words) into options and operands. YX_USAGE says what is wrong.
 */
yx_status cli_args_parse(const struct cli_command *command, const char *const *argv, size_t count,
                         struct cli_args *out, struct yx_error *err);
void cli_args_free(struct cli_args *args);
YX_DEFINE_CLEAN_VALUE(cli_args, struct cli_args, cli_args_free);

bool cli_has(const struct cli_args *args, const char *option);
/* The value of an option, or NULL when it was not given. */
const char *cli_value(const struct cli_args *args, const char *option);
/* The values of an option that may stand several times: start with *at == 0; NULL at the end. */
const char *cli_next_value(const struct cli_args *args, const char *option, size_t *at);
/* Typed values; `out` keeps what it has when the option was not given. */
yx_status cli_int(const struct cli_args *args, const char *option, int64_t min, int64_t max,
                  int64_t *out, struct yx_error *err);
yx_status cli_time(const struct cli_args *args, const char *option, yx_time *out,
                   struct yx_error *err);
/* Reads "12", "12.5" or "-3.25" up to `stop` or the end, whatever the locale; NULL when it is none.
 */
const char *cli_decimal(const char *text, char stop, double *out);
/* A whole number of at most 18 digits; false when it is none. */
bool cli_whole(const char *text, int64_t *out);

/* --- Language (language.c) --------------------------------------------------------------- */

/* Chinese or English by the locale, also where the system has no Chinese locale installed. */
void cli_language_start(void);
/* The translation of an English sentence; a yx_translate. */
const char *cli_translate(const char *text);
#define _(text) cli_translate(text)

/* --- Output (output.c) ------------------------------------------------------------------- */

struct cli_look {
    FILE *out;
    bool color;
    bool unicode;
    unsigned columns; /* 0: not a terminal, lines may be as long as they like */
};
/* Looks at the terminal, the locale, NO_COLOR and the option `color`. */
yx_status cli_look_at(const struct cli_args *args, FILE *out, struct cli_look *look,
                      struct yx_error *err);

typedef enum { CLI_PLAIN, CLI_GOOD, CLI_BAD, CLI_DOUBT, CLI_FAINT, CLI_STRONG } cli_style;
void cli_style_on(const struct cli_look *look, cli_style style);
void cli_style_off(const struct cli_look *look);

/* Writes text of strangers: what could steer a terminal or turn its writing becomes '?'. */
void cli_put(FILE *out, const char *text);
void cli_put_bytes(FILE *out, struct yx_bytes text);
/* Writes a translated sentence with {1} to {6} replaced by strings; everything cleaned. */
#define cli_say(out, ...) cli_say_list((out), __VA_ARGS__, NULL)
void cli_say_list(FILE *out, const char *text, ...) __attribute__((sentinel));
void cli_say_va(FILE *out, const char *text, va_list list);
/* Writes text in lines of `columns` (0: one line), the later ones indented. */
void cli_wrap(FILE *out, const char *text, unsigned indent, unsigned columns);
/* Columns that a text takes on a terminal: Chinese characters take two. */
unsigned cli_width(const char *text);
/* Writes the text, then spaces up to `columns`. */
void cli_pad(FILE *out, const char *text, unsigned columns);

/* Numbers for people, always with '.': "12.5", "48.2 kB". Strings live to the end of the statement.
 */
struct cli_short {
    char text[48];
};
struct cli_short cli_mm_text(double millimetres);
struct cli_short cli_size_text(uint64_t bytes);
struct cli_short cli_day_text(yx_time time);    /* "2026-11-21", local */
struct cli_short cli_moment_text(yx_time time); /* "2026-11-21 16:00:00 +08:00", local */
#define CLI_MM(mm) (cli_mm_text(mm).text)
#define CLI_SIZE(bytes) (cli_size_text(bytes).text)
#define CLI_DAY(time) (cli_day_text(time).text)
#define CLI_MOMENT(time) (cli_moment_text(time).text)

/* Prints "yinxin: <sentence> [rule]" to stderr and gives the exit code of the status. `about` is
 * the file, put before a sentence that does not name it; may be NULL. */
int cli_complain(const struct yx_error *err, const char *about);
int cli_exit_code(yx_status status);
/* Writes out what is buffered. YX_IO when stdout is full, closed or gone. */
yx_status cli_flush(struct yx_error *err);

/* --- Reports (report.c) ------------------------------------------------------------------ */

/* The report for people. `details` lists the checks that passed one by one. */
void cli_report(const struct cli_look *look, const struct yx_report *report, const char *file,
                bool details);

/* --- Keys, certificates, trust (inputs.c, passphrase.c) ---------------------------------- */

/*
 * The passphrase for `path`: from a file, the environment, or the terminal. `fresh` is a new one,
 * typed twice, for a key that is being made; `option` names the file ("passphrase-file").
 */
yx_status cli_passphrase(const struct cli_args *args, const char *option, const char *path,
                         bool fresh, struct yx_buf *out, struct yx_error *err);

/* The password that a person gets, from --password-file, YINXIN_PASSWORD or the terminal: never
 * from YINXIN_PASSPHRASE, which is that of a key. */
yx_status cli_new_password(const struct cli_args *args, const char *name, struct yx_buf *out,
                           struct yx_error *err);

/* The first line of a file. */
yx_status cli_passphrase_file(const char *path, struct yx_buf *out, struct yx_error *err);

/* The libraries of tokens by the environment, and PINs as --pin-file and its like, the environment
 * or the terminal tell them; `args` NULL: nobody knows a PIN. `args` must outlive it. */
struct yx_token_setup cli_token_setup(const struct cli_args *args);
/* A yx_pin_source; `self` is the struct cli_args. */
yx_status cli_ask_pin(void *self, const struct yx_pin_question *question, struct yx_buf *pin,
                      struct yx_error *err);

/* From a file or a token. */
yx_status cli_certificate(const char *path, struct yx_cert **out, struct yx_error *err);
/* Certificates, one behind the other as they were read. */
struct cli_certs {
    struct yx_cert **items;
    size_t count;
};
/* Appends every certificate of a file, PEM or DER: at least one; or the one on a token. */
yx_status cli_certificates(const char *path, struct cli_certs *out, struct yx_error *err);
void cli_certs_free(struct cli_certs *certs);
/* The private key at `place`, a file or on a token. */
yx_status cli_private_key(const struct cli_args *args, const char *place, struct yx_token_key **out,
                          struct yx_error *err);
/* The same of a file only, for who opens what was encrypted to it. */
yx_status cli_key_file(const struct cli_args *args, const char *path, struct yx_private_key **out,
                       struct yx_error *err);
yx_status cli_seal(const char *path, struct yx_seal **out, struct yx_error *err);
/* `option` ("trust"), --crl and --ocsp; with `defaults` also the folders of the user and the
 * system. */
yx_status cli_trust(const struct cli_args *args, const char *option, bool defaults,
                    struct yx_trust **out, struct yx_error *err);

/* --- Results (outputs.c) ----------------------------------------------------------------- */

/* A name for each operand's result, in the same order. */
struct cli_outputs {
    char **paths;
    size_t count;
};
/*
 * One document goes to the file -o, or under its own name into the folder -o; several need a
 * folder. YX_USAGE when two would get one name, or when a result would take an input's place.
 */
yx_status cli_outputs_plan(const struct cli_args *args, struct cli_outputs *out,
                           struct yx_error *err);
void cli_outputs_free(struct cli_outputs *outputs);
YX_DEFINE_CLEAN_VALUE(cli_outputs, struct cli_outputs, cli_outputs_free);
/* Makes `out` of `in`; `title` is what the progress line calls it. */
typedef yx_status (*cli_make)(void *context, const char *in, const char *out, const char *title,
                              struct yx_error *err);
/*
 * Makes one result after the other. Of several, one that fails is complained about and does not
 * keep the others back; the verdict is the highest exit code among them.
 */
yx_status cli_outputs_make(struct cli_args *args, const struct cli_outputs *outputs, cli_make make,
                           void *context, struct yx_error *err);

/* --- Places (place.c) -------------------------------------------------------------------- */

/* --page, --at, --keyword, --match and --seam; refuses what does not go together with --seal and
 * --field. */
yx_status cli_placement(const struct cli_args *args, struct yx_placement *placement,
                        struct yx_error *err);
/* `--page all` becomes the pages that this document has. */
yx_status cli_placement_fit(const struct cli_args *args, struct yx_document *document,
                            struct yx_placement *placement, struct yx_error *err);

/* --- Time-stamps (tsa.c) ----------------------------------------------------------------- */

/* Whoever time-stamps for a command that has these options. */
#define CLI_TSA_OPTIONS                                                                         \
    {.name = "tsa", .value = "URL", .help = N_("have the time-stamping service at URL stamp")}, \
        {.name = "tsa-cert",                                                                    \
         .value = "CERT",                                                                       \
         .help = N_("stamp with a key at hand: its certificate")},                              \
    {                                                                                           \
        .name = "tsa-key", .value = "KEY", .help = N_("and the key")                            \
    }
struct cli_stamper {
    struct yx_timestamper timestamper; /* `stamp` is NULL when none of the options was given */
    const char *url;
    struct cli_certs certs; /* the authority's and its chain */
    struct yx_token_key *key;
    struct yx_tsa tsa;
};
/* Reads --tsa, or --tsa-cert and --tsa-key; `algorithm` is the digest that a service is asked to
 * stamp. `out` must stay where it is. */
yx_status cli_stamper_open(const struct cli_args *args, yx_digest_algorithm algorithm,
                           struct cli_stamper *out, struct yx_error *err);
void cli_stamper_free(struct cli_stamper *stamper);
YX_DEFINE_CLEAN_VALUE(cli_stamper, struct cli_stamper, cli_stamper_free);

/* --- Pages (place.c) --------------------------------------------------------------------- */

/* --page: "3", "2-5"; 0 and 0 for "all" and when it is not given. */
yx_status cli_pages(const struct cli_args *args, uint32_t *first, uint32_t *last,
                    struct yx_error *err);

/* --- Progress (progress.c) --------------------------------------------------------------- */

/* A line on the terminal for work that takes longer than a second. */
struct cli_progress {
    const char *what;
    yx_time started;
    yx_time shown; /* 0: not yet */
};
struct yx_progress cli_progress_start(struct cli_progress *self, const char *what);
void cli_progress_end(struct cli_progress *self);
YX_DEFINE_CLEAN_VALUE(cli_progress, struct cli_progress, cli_progress_end);
/* What it calls the file: "contract.pdf (2 of 5)". */
struct cli_title {
    char text[512];
};
struct cli_title cli_title_of(const struct cli_args *args, size_t operand);

/* --- Drawing (drawing.c) ----------------------------------------------------------------- */

/* The functions of yinxin/draw.h. */
struct cli_drawing {
    __typeof__(yx_face_presets) *face_presets;
    __typeof__(yx_face_draw) *face_draw;
    __typeof__(yx_view_open) *view_open;
    __typeof__(yx_view_free) *view_free;
    __typeof__(yx_view_page_count) *view_page_count;
    __typeof__(yx_view_draw) *view_draw;
    __typeof__(yx_document_convert) *document_convert;
    __typeof__(yx_impression_extract) *impression_extract;
    __typeof__(yx_impression_compare) *impression_compare;
};
/* Opens libyinxin-draw. */
yx_status cli_drawing_open(struct cli_drawing *out, struct yx_error *err);
/* The format that a file's name asks for (seal_draw.c). */
yx_status cli_draw_format(const char *path, yx_draw_format *out, struct yx_error *err);

/* --- The commands ------------------------------------------------------------------------ */

extern const struct cli_command cli_ca_init, cli_ca_issue, cli_ca_list, cli_ca_revoke,
    cli_ca_suspend, cli_ca_restore, cli_ca_crl, cli_ca_serve;
extern const struct cli_command cli_serve;
extern const struct cli_command cli_audit_list, cli_audit_verify, cli_audit_checkpoint,
    cli_audit_prove, cli_audit_check, cli_audit_export, cli_audit_review, cli_audit_growth,
    cli_audit_witness, cli_audit_cosigned;
extern const struct cli_command cli_account_add, cli_account_list, cli_account_link,
    cli_account_reset, cli_account_lock, cli_account_unlock, cli_account_remove;
extern const struct cli_command cli_backup, cli_restore, cli_doctor, cli_database_move;
extern const struct cli_command cli_ca_renew, cli_ca_ceremony;
extern const struct cli_command cli_ca_user_add, cli_ca_user_list, cli_ca_user_passwd,
    cli_ca_user_remove, cli_ca_user_unlock;
extern const struct cli_command cli_ca_pending_list, cli_ca_pending_approve, cli_ca_pending_refuse;
extern const struct cli_command cli_escrow_init, cli_escrow_list, cli_escrow_ask, cli_escrow_show,
    cli_escrow_answer, cli_escrow_recover, cli_escrow_open;
extern const struct cli_command cli_seal_draw, cli_seal_extract, cli_seal_compare;
extern const struct cli_command cli_seal_make, cli_seal_show, cli_seal_verify;
extern const struct cli_command cli_config_show, cli_config_check;
extern const struct cli_command cli_tsa_reply, cli_ocsp_reply;
extern const struct cli_command cli_token_list, cli_token_init, cli_token_generate,
    cli_token_import, cli_token_delete, cli_token_test, cli_token_change_pin, cli_token_unlock;
extern const struct cli_command cli_request, cli_key_protect;
extern const struct cli_command cli_sign, cli_extend, cli_verify, cli_text, cli_help;
extern const struct cli_command cli_render, cli_convert;

/* The help of a command, or of the program when NULL (help.c). */
void cli_help_show(FILE *out, const struct cli_command *command);
/* Lists the commands whose names begin with this word ("" for all); false when there are none. */
bool cli_help_group(FILE *out, const char *group);

#endif
