/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token/manage.c - everything about tokens but signing: parses the place, finds its kind, and says
 * so when the kind cannot do what is asked. The work is done in the files of the kinds.
 */
#include "token/token.h"

#define CERT_FILE_MAX (16u * 1024 * 1024)

static yx_status fail_cannot(struct yx_error *err, const struct yx_token_place *place)
{
    return yx_fail(err, YX_REFUSED, "",
                   N_("the interface {1} has no way to do this; use the tool of the token's maker"),
                   place->kind->name);
}

/* Parses `text` into `place`, and leaves the function unless its kind has the operation. */
#define FIND(place, text, operation, err)                  \
    do {                                                   \
        YX_TRY(yx_token_place_read((text), (place), err)); \
        if ((place)->kind->operation == NULL)              \
            return fail_cannot(err, place);                \
    } while (0)

static yx_status read_file(const char *path, struct yx_cert **out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};

    YX_TRY(yx_file_read(path, CERT_FILE_MAX, &file, err));
    return yx_cert_read(yx_buf_bytes(&file), out, err);
}

yx_status yx_token_cert_read(const struct yx_token_setup *setup, const char *place,
                             struct yx_cert **out, struct yx_error *err)
{
    struct yx_token_place parsed;

    if (!yx_token_is_place(place))
        return read_file(place, out, err);
    FIND(&parsed, place, read_cert, err);
    return parsed.kind->read_cert(setup, &parsed, out, err);
}

yx_status yx_token_list(const struct yx_token_setup *setup, const char *place, bool log_in,
                        const struct yx_token_visitor *visitor, struct yx_error *err)
{
    struct yx_token_place parsed;

    FIND(&parsed, place, list, err);
    return parsed.kind->list(setup, &parsed, log_in, visitor, err);
}

yx_status yx_token_init(const struct yx_token_setup *setup, const char *place, const char *label,
                        bool erase, struct yx_error *err)
{
    struct yx_token_place parsed;

    FIND(&parsed, place, init, err);
    YX_REQUIRE(label != NULL && label[0] != '\0' && yx_utf8_valid(YX_TEXT(label)), err, YX_USAGE,
               "", N_("a token needs a label"));
    return parsed.kind->init(setup, &parsed, label, erase, err);
}

static yx_status check_request(const struct yx_token_new_key *request, struct yx_error *err)
{
    YX_REQUIRE(request->label != NULL && request->label[0] != '\0' &&
                   yx_utf8_valid(YX_TEXT(request->label)),
               err, YX_USAGE, "", N_("a key on a token needs a label"));
    YX_REQUIRE(request->type != YX_KEY_RSA || request->rsa_bits == 0 ||
                   (request->rsa_bits >= 2048 && request->rsa_bits <= 8192),
               err, YX_USAGE, "NIST SP 800-131A, RSA key length",
               N_("RSA keys are made with {1} to {2} bits, not {3}"), "2048", "8192",
               YX_NUM(request->rsa_bits));
    return YX_OK;
}

yx_status yx_token_generate(const struct yx_token_setup *setup, const char *place,
                            const struct yx_token_new_key *request, struct yx_public_key **out,
                            struct yx_buf *place_made, struct yx_error *err)
{
    struct yx_token_place parsed;
    struct yx_token_new_key asked = *request;

    FIND(&parsed, place, generate, err);
    YX_REQUIRE(yx_signature_default(request->type) != YX_SIG_NONE, err, YX_USAGE, "",
               N_("no key type is given"));
    YX_TRY(check_request(request, err));
    if (asked.rsa_bits == 0)
        asked.rsa_bits = 3072;
    return parsed.kind->generate(setup, &parsed, &asked, out, place_made, err);
}

yx_status yx_token_import_key(const struct yx_token_setup *setup, const char *place,
                              const struct yx_token_new_key *request,
                              const struct yx_private_key *key, struct yx_buf *place_made,
                              struct yx_error *err)
{
    struct yx_token_place parsed;
    struct yx_token_new_key asked = *request;

    FIND(&parsed, place, import_key, err);
    asked.type = yx_public_key_type(yx_private_key_public(key));
    asked.rsa_bits = yx_public_key_bits(yx_private_key_public(key));
    YX_TRY(check_request(&asked, err));
    return parsed.kind->import_key(setup, &parsed, &asked, key, place_made, err);
}

yx_status yx_token_import_envelope(const struct yx_token_setup *setup, const char *place,
                                   struct yx_bytes der, struct yx_error *err)
{
    struct yx_token_place parsed;

    FIND(&parsed, place, import_envelope, err);
    return parsed.kind->import_envelope(setup, &parsed, der, err);
}

yx_status yx_token_import_cert(const struct yx_token_setup *setup, const char *place,
                               const struct yx_cert *cert, struct yx_error *err)
{
    struct yx_token_place parsed;

    FIND(&parsed, place, import_cert, err);
    return parsed.kind->import_cert(setup, &parsed, cert, err);
}

yx_status yx_token_delete(const struct yx_token_setup *setup, const char *place,
                          struct yx_error *err)
{
    struct yx_token_place parsed;

    FIND(&parsed, place, remove, err);
    return parsed.kind->remove(setup, &parsed, err);
}

yx_status yx_token_change_pin(const struct yx_token_setup *setup, const char *place, bool admin,
                              struct yx_error *err)
{
    struct yx_token_place parsed;

    FIND(&parsed, place, change_pin, err);
    return parsed.kind->change_pin(setup, &parsed, admin, err);
}

yx_status yx_token_unlock_pin(const struct yx_token_setup *setup, const char *place,
                              struct yx_error *err)
{
    struct yx_token_place parsed;

    FIND(&parsed, place, unlock_pin, err);
    return parsed.kind->unlock_pin(setup, &parsed, err);
}
