/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skf/room.h - what the files about SKF libraries (GM/T 0016) share. No file but these includes
 * it.
 *
 * A device has applications, each with its own PINs; an application has containers; a container
 * has an SM2 key pair to sign with, made inside, one to encrypt with, which came from outside, and
 * a certificate for each. "The token" that places and lists speak of is an application.
 */
#ifndef SKF_ROOM_H
#define SKF_ROOM_H

#include "skf/skf.h"
#include "skf/skf_api.h"

/* The functions of one library; those that it may lack are NULL then. */
struct yx_skf {
#define YX_SKF_FIELD(name, parameters) ULONG(*name) parameters;
    SKF_FUNCTIONS(YX_SKF_FIELD, YX_SKF_FIELD)
#undef YX_SKF_FIELD
};
yx_status yx_skf_library(const struct yx_token_setup *setup, const struct yx_token_place *place,
                         struct yx_skf *out, struct yx_error *err);

/* A number that a library writes, with room for those that take ULONG as 64 bits. */
union yx_skf_number {
    ULONG value;
    uint64_t room;
};

/* --- Answers (library.c) ------------------------------------------------------------- */

/* YX_OK, or the error for a code; `name` is the token's, `tries` what a PIN has left (-1: not
 * known). */
yx_status yx_skf_check(ULONG code, const char *rule, const char *name, int tries,
                       struct yx_error *err);
/* Calls a function of the library; YX_REFUSED when the library lacks it. */
#define YX_SKF_TRY(skf, token, function, ...)                                                     \
    do {                                                                                          \
        if ((skf)->function == NULL)                                                              \
            return yx_skf_lacks("GM/T 0016, SKF_" #function, err);                                \
        YX_TRY(yx_skf_check((skf)->function(__VA_ARGS__), "GM/T 0016, SKF_" #function, token, -1, \
                            err));                                                                \
    } while (0)
yx_status yx_skf_lacks(const char *rule, struct yx_error *err);
/* Is it a code of a device that was pulled out, or of a handle that went with it? */
bool yx_skf_is_gone(ULONG code);

/* An answer whose length the library tells first. */
typedef ULONG (*yx_skf_reader)(const struct yx_skf *skf, HANDLE object, BYTE *out, ULONG *size);
/* Appends it; no library makes us take more than 64 KB, or believe in more than it wrote. */
yx_status yx_skf_read(const struct yx_skf *skf, HANDLE object, yx_skf_reader reader,
                      const char *rule, const char *name, struct yx_buf *out, struct yx_error *err);
/* The next name of a list that yx_skf_read gave; NULL at its end. `at` starts as 0. */
const char *yx_skf_next(const struct yx_buf *list, size_t *at);
/* The lists. */
ULONG yx_skf_devices(const struct yx_skf *skf, HANDLE none, BYTE *out, ULONG *size);
ULONG yx_skf_applications(const struct yx_skf *skf, HANDLE device, BYTE *out, ULONG *size);
ULONG yx_skf_containers(const struct yx_skf *skf, HANDLE application, BYTE *out, ULONG *size);

/* --- Forms (forms.c) ----------------------------------------------------------------- */

/* Appends the ENVELOPEDKEYBLOB of an SM2EnvelopedKey (GB/T 35276), with ULONG of `ulong` octets. */
yx_status yx_skf_envelope(struct yx_bytes der, size_t ulong, struct yx_buf *out,
                          struct yx_error *err);

/* --- Ways into a device (open.c) ----------------------------------------------------- */

enum { YX_SKF_NAME = 128, YX_SKF_INFO = 65 };

typedef enum { YX_SKF_DEVICE, YX_SKF_APPLICATION, YX_SKF_CONTAINER } yx_skf_level;

/* A device, an application or a container, by its names. */
struct yx_skf_target {
    char device[YX_SKF_NAME], application[YX_SKF_NAME], container[YX_SKF_NAME];
    char label[YX_SKF_INFO], serial[YX_SKF_INFO], manufacturer[YX_SKF_INFO];
};
struct yx_skf_targets {
    struct yx_skf_target *items;
    size_t count;
};
void yx_skf_targets_free(struct yx_skf_targets *targets);
YX_DEFINE_CLEAN_VALUE(yx_skf_targets, struct yx_skf_targets, yx_skf_targets_free);
/*
 * All that fit the place, down to `level`. With `bare`, a device without applications is there
 * too, as one whose application has no name.
 */
yx_status yx_skf_find(const struct yx_skf *skf, const struct yx_token_place *place,
                      yx_skf_level level, bool bare, struct yx_skf_targets *out,
                      struct yx_error *err);

/* Connected to a target, as far down as was asked. Zeroed: not. */
struct yx_skf_session {
    struct yx_skf skf;
    struct yx_skf_target target;
    DEVHANDLE device;
    HAPPLICATION application;
    HCONTAINER container;
};
void yx_skf_session_close(struct yx_skf_session *session);
YX_DEFINE_CLEAN_VALUE(yx_skf_session, struct yx_skf_session, yx_skf_session_close);
yx_status yx_skf_connect(const struct yx_skf *skf, const struct yx_skf_target *target,
                         yx_skf_level level, struct yx_skf_session *out, struct yx_error *err);
/* The one target that fits the place, connected. */
yx_status yx_skf_open_one(const struct yx_token_setup *setup, const struct yx_token_place *place,
                          yx_skf_level level, struct yx_skf_session *out, struct yx_error *err);
/* Tries left of a PIN, -1 when the library does not tell; and whether it is the first one still. */
int yx_skf_tries(const struct yx_skf_session *session, ULONG kind, bool *initial);
/* Gives the user PIN to the application; asks for it unless `pin` has it. */
yx_status yx_skf_login(const struct yx_token_setup *setup, const struct yx_token_place *place,
                       const struct yx_skf_session *session, struct yx_buf *pin,
                       struct yx_error *err);
yx_status yx_skf_public_key(const struct yx_skf_session *session, bool sign,
                            struct yx_public_key **out, struct yx_error *err);
/* `*out` is NULL when there is none. */
yx_status yx_skf_cert(const struct yx_skf_session *session, bool sign, struct yx_cert **out,
                      struct yx_error *err);
/* Writes the place of a target, ended by NUL; `usage` may be NULL. */
yx_status yx_skf_place(const struct yx_token_place *place, const struct yx_skf_target *target,
                       const char *usage, struct yx_buf *out, struct yx_error *err);

/* --- The calls of the row ---------------------------------------------------------------- */

/* key.c */
yx_status yx_skf_open_key(const struct yx_token_setup *setup, const struct yx_token_place *place,
                          struct yx_token_opened *out, struct yx_error *err);
yx_status yx_skf_sign(void *inside, const struct yx_public_key *public_key,
                      yx_signature_algorithm algorithm, struct yx_bytes message,
                      struct yx_buf *signature, struct yx_error *err);
void yx_skf_close_key(void *inside);
/* manage.c */
yx_status yx_skf_init(const struct yx_token_setup *setup, const struct yx_token_place *place,
                      const char *label, bool erase, struct yx_error *err);
yx_status yx_skf_generate(const struct yx_token_setup *setup, const struct yx_token_place *place,
                          const struct yx_token_new_key *request, struct yx_public_key **out,
                          struct yx_buf *place_made, struct yx_error *err);
yx_status yx_skf_import_key(const struct yx_token_setup *setup, const struct yx_token_place *place,
                            const struct yx_token_new_key *request,
                            const struct yx_private_key *key, struct yx_buf *place_made,
                            struct yx_error *err);
yx_status yx_skf_import_envelope(const struct yx_token_setup *setup,
                                 const struct yx_token_place *place, struct yx_bytes der,
                                 struct yx_error *err);
yx_status yx_skf_import_cert(const struct yx_token_setup *setup, const struct yx_token_place *place,
                             const struct yx_cert *cert, struct yx_error *err);
yx_status yx_skf_remove(const struct yx_token_setup *setup, const struct yx_token_place *place,
                        struct yx_error *err);
yx_status yx_skf_change_pin(const struct yx_token_setup *setup, const struct yx_token_place *place,
                            bool admin, struct yx_error *err);
yx_status yx_skf_unlock_pin(const struct yx_token_setup *setup, const struct yx_token_place *place,
                            struct yx_error *err);

#endif
