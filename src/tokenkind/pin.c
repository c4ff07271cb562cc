/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenkind/pin.c - where PINs come from, and the refusals about tokens that all kinds share.
 */
#include "tokenkind/tokenkind.h"

#define PIN_MAX 1024

/* --- Sources ------------------------------------------------------------------------------ */

/* file:/a/b, file:///a/b or /a/b (RFC 7512 2.4; RFC 8089). */
static yx_status source_path(const char *source, const char **out, struct yx_error *err)
{
    *out = source;
    YX_REQUIRE(source[0] != '|', err, YX_REFUSED, "RFC 7512 2.4",
               N_("pin-source is a file, never a program that is run"));
    if (strncmp(source, "file:", 5) == 0)
        *out += 5;
    if (strncmp(*out, "///", 3) == 0)
        *out += 2;
    YX_REQUIRE((*out)[0] != '\0' && strncmp(*out, "//", 2) != 0, err, YX_USAGE, "RFC 7512 2.4",
               N_("pin-source=file:/... names a file of this machine, not {1}"), source);
    return YX_OK;
}

static yx_status from_file(const char *source, struct yx_buf *pin, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf file = {0};
    const uint8_t *end;
    const char *path;
    size_t len;

    YX_TRY(source_path(source, &path, err));
    YX_TRY(yx_file_read(path, PIN_MAX, &file, err));
    end = file.len > 0 ? memchr(file.data, '\n', file.len) : NULL;
    len = end != NULL ? (size_t)(end - file.data) : file.len;
    if (len > 0 && file.data[len - 1] == '\r')
        len--;
    YX_REQUIRE(len > 0, err, YX_USAGE, "", N_("there is no PIN in the first line of {1}"), path);
    return yx_buf_append(pin, YX_BYTES(file.data, len)) == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_token_pin(const struct yx_token_setup *setup, const struct yx_token_place *place,
                       yx_pin_role role, const char *name, int tries_left, struct yx_buf *pin,
                       struct yx_error *err)
{
    const char *source = role == YX_PIN_USER ? yx_token_place_get(place, "pin-source") : NULL;
    const struct yx_pin_question question = {role, name, tries_left};

    /* Room at once, so that no copy of the PIN is left behind where it grew. */
    if (yx_buf_reserve(pin, PIN_MAX) != YX_OK)
        return yx_fail_memory(err);
    if (source != NULL)
        return from_file(source, pin, err);
    YX_REQUIRE(setup->pin.ask != NULL, err, YX_REFUSED, "",
               N_("the token {1} asks for a PIN, and none is given"), name);
    YX_TRY(setup->pin.ask(setup->pin.self, &question, pin, err));
    YX_REQUIRE(pin->len > 0 && pin->len <= PIN_MAX, err, YX_USAGE, "",
               N_("the PIN for {1} is empty or longer than {2} octets"), name, YX_NUM(PIN_MAX));
    return YX_OK;
}

/* --- Refusals ----------------------------------------------------------------------------- */

yx_status yx_token_fail_pin_wrong(struct yx_error *err, const char *name, int tries_left)
{
    if (tries_left < 0)
        return yx_fail(err, YX_REFUSED, "", N_("the PIN of the token {1} is wrong"), name);
    return yx_fail(err, YX_REFUSED, "",
                   N_("the PIN of the token {1} is wrong; tries left before it locks: {2}"), name,
                   YX_NUM(tries_left));
}

yx_status yx_token_fail_pin_locked(struct yx_error *err, const char *name)
{
    return yx_fail(err, YX_REFUSED, "",
                   N_("the PIN of the token {1} is locked after too many wrong ones; `yinxin token "
                      "unlock` sets a new one with that of the administrator"),
                   name);
}

yx_status yx_token_fail_pin_form(struct yx_error *err, const char *name, unsigned min, unsigned max)
{
    return yx_fail(err, YX_REFUSED, "", N_("the token {1} takes PINs of {2} to {3} characters"),
                   name, YX_NUM(min), YX_NUM(max));
}

yx_status yx_token_fail_removed(struct yx_error *err, const char *name)
{
    return yx_fail(err, YX_IO, "", N_("the token {1} was removed or does not answer"), name);
}

yx_status yx_token_fail_no_token(struct yx_error *err, const char *kind)
{
    return yx_fail(err, YX_NO_INPUT, "",
                   N_("there is no {1} token that fits the place; `yinxin token list` shows what "
                      "there is"),
                   kind);
}

yx_status yx_token_fail_no_object(struct yx_error *err, const char *what, const char *name)
{
    return yx_fail(err, YX_NO_INPUT, "",
                   N_("the token {2} has no {1} that fits the place; `yinxin token list` shows "
                      "what there is"),
                   what, name);
}

yx_status yx_token_fail_two_objects(struct yx_error *err, const char *what, const char *name)
{
    return yx_fail(err, YX_REFUSED, "",
                   N_("more than one {1} of the token {2} fits the place; name it by object or id"),
                   what, name);
}

yx_status yx_token_fail_algorithm(struct yx_error *err, const char *algorithm, const char *name)
{
    return yx_fail(err, YX_REFUSED, "", N_("the token {2} cannot do {1}"), algorithm, name);
}
