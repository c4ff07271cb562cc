/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apidocuments/multipart.c - the file in a form (RFC 7578, RFC 2046 5.1):
 *
 *     --boundary CRLF
 *     Content-Disposition: form-data; name="file"; filename="contract.ofd" CRLF
 *     CRLF
 *     ... CRLF --boundary-- CRLF
 *
 * What stands between marks is handed on as it comes; only what might be the beginning of a mark is
 * kept back. So a form of any length takes a few kilobytes.
 */
#include <strings.h>

#include "apidocuments/multipart.h"

#define TYPE "multipart/form-data"
#define HEAD_MAX ((size_t)8 * 1024)
#define RULE "RFC 7578"

static yx_status malformed(struct yx_error *err)
{
    return yx_fail(err, YX_DAMAGED, RULE, N_("the form is malformed"));
}

/* --- Parameters ------------------------------------------------------------------------------- */

static const char *skip_spaces(const char *text)
{
    return text + strspn(text, " \t");
}

/* A value, with its quotes or without; what stands behind it, or NULL. */
static const char *take_value(const char *text, char *out, size_t size)
{
    bool quoted = *text == '"';
    size_t len = 0;

    for (text += quoted; *text != '\0'; text++) {
        if (quoted ? *text == '"' : strchr("; \t", *text) != NULL)
            break;
        /* Browsers write a quote as %22; others put a backslash before it. */
        if (quoted && text[0] == '\\' && text[1] == '"')
            text++;
        if (len + 1 < size)
            out[len++] = *text;
    }
    out[len] = '\0';
    if (quoted && *text != '"')
        return NULL;
    return text + quoted;
}

/* The parameter `wanted` of a header's value, "...; a=b; c="d"". */
static bool parameter(const char *value, const char *wanted, char *out, size_t size)
{
    char other[YX_FORM_NAME];
    size_t len = strlen(wanted);

    for (value = strchr(value, ';'); value != NULL && *value == ';';) {
        const char *name = skip_spaces(value + 1), *equals = strchr(name, '=');
        bool found;

        if (equals == NULL)
            return false;
        found = (size_t)(equals - name) == len && strncasecmp(name, wanted, len) == 0;
        value = take_value(equals + 1, found ? out : other, found ? size : sizeof other);
        if (found || value == NULL)
            return found && value != NULL;
        value = skip_spaces(value);
    }
    return false;
}

/* --- Heads of parts --------------------------------------------------------------------------- */

/* Names come as paths from some, and are shown. */
static void keep_name(struct yx_form *form, const char *name)
{
    const char *slash = strrchr(name, '/'), *back = strrchr(name, '\\');
    const char *base = slash > back ? slash : back;

    base = base == NULL ? name : base + 1;
    if (yx_utf8_valid(YX_TEXT(base)))
        (void)snprintf(form->name, sizeof form->name, "%s", base);
    form->has_file = true;
}

/* One line of the head, without its end. */
static void read_line(struct yx_form *form, const char *line, bool *is_file)
{
    static const char wanted[] = "Content-Disposition:";
    char name[YX_FORM_NAME];

    if (strncasecmp(line, wanted, sizeof wanted - 1) != 0 || form->has_file ||
        !parameter(line, "filename", name, sizeof name))
        return;
    keep_name(form, name);
    *is_file = true;
}

/* `head` ends with the line end of its last line. */
static yx_status read_head(struct yx_form *form, struct yx_bytes head, bool *is_file,
                           struct yx_error *err)
{
    char line[HEAD_MAX];

    while (head.len > 0) {
        const uint8_t *end = memmem(head.data, head.len, "\r\n", 2);
        size_t len = end == NULL ? 0 : (size_t)(end - head.data);

        if (end == NULL || len >= sizeof line || memchr(head.data, '\0', len) != NULL)
            return malformed(err);
        memcpy(line, head.data, len);
        line[len] = '\0';
        read_line(form, line, is_file);
        head = YX_BYTES(end + 2, head.len - len - 2);
    }
    return YX_OK;
}

/* --- Where it stands -------------------------------------------------------------------------- */

static void skip(struct yx_form *form, size_t len)
{
    memmove(form->rest.data, form->rest.data + len, form->rest.len - len);
    form->rest.len -= len;
}

/* Behind a boundary: its line end, or the two dashes of the last one. */
static yx_status behind_mark(struct yx_form *form, bool *again, struct yx_error *err)
{
    if (form->rest.len < 2)
        return YX_OK;
    if (memcmp(form->rest.data, "--", 2) == 0) {
        form->state = YX_FORM_ENDED;
        form->rest.len = 0;
        return YX_OK;
    }
    const uint8_t *end = memmem(form->rest.data, form->rest.len, "\r\n\r\n", 4);
    size_t len = end == NULL ? 0 : (size_t)(end - form->rest.data);
    bool is_file = false;

    if (memcmp(form->rest.data, "\r\n", 2) != 0 || (end == NULL && form->rest.len > HEAD_MAX))
        return malformed(err);
    *again = end != NULL;
    if (end == NULL)
        return YX_OK;
    /* A part may have no head at all. */
    if (len > 0)
        YX_TRY(read_head(form, YX_BYTES(form->rest.data + 2, len), &is_file, err));
    skip(form, len + 4);
    form->state = is_file ? YX_FORM_FILE : YX_FORM_OTHER;
    return YX_OK;
}

/* Up to the next boundary, or as far as none can begin. */
static yx_status before_mark(struct yx_form *form, bool *again, struct yx_error *err)
{
    size_t mark = strlen(form->mark);
    const uint8_t *found = memmem(form->rest.data, form->rest.len, form->mark, mark);
    size_t len = found != NULL           ? (size_t)(found - form->rest.data)
                 : form->rest.len < mark ? 0
                                         : form->rest.len - mark + 1;

    if (form->state == YX_FORM_FILE && len > 0)
        YX_TRY(form->take(form->self, YX_BYTES(form->rest.data, len), err));
    *again = found != NULL;
    skip(form, len + (found != NULL ? mark : 0));
    if (found != NULL)
        form->state = YX_FORM_HEAD;
    return YX_OK;
}

/* --- The form ------------------------------------------------------------------------------ */

bool yx_form_is(const char *content_type)
{
    return strncasecmp(content_type, TYPE, sizeof TYPE - 1) == 0;
}

yx_status yx_form_open(struct yx_form *form, const char *content_type, struct yx_error *err)
{
    char boundary[YX_FORM_BOUNDARY];

    if (!parameter(content_type, "boundary", boundary, sizeof boundary) || boundary[0] == '\0' ||
        strlen(boundary) > 70)
        return malformed(err);
    (void)snprintf(form->mark, sizeof form->mark, "\r\n--%s", boundary);
    /* The first boundary may stand at the very beginning. */
    return yx_buf_append_text(&form->rest, "\r\n") == YX_OK ? YX_OK : yx_fail_memory(err);
}

yx_status yx_form_take(struct yx_form *form, struct yx_bytes piece, struct yx_error *err)
{
    bool again = true;

    if (form->state == YX_FORM_ENDED)
        return YX_OK;
    if (yx_buf_append(&form->rest, piece) != YX_OK)
        return yx_fail_memory(err);
    while (again) {
        again = false;
        if (form->state == YX_FORM_HEAD)
            YX_TRY(behind_mark(form, &again, err));
        else if (form->state != YX_FORM_ENDED)
            YX_TRY(before_mark(form, &again, err));
    }
    return YX_OK;
}

yx_status yx_form_end(const struct yx_form *form, struct yx_error *err)
{
    if (form->state != YX_FORM_ENDED)
        return malformed(err);
    YX_REQUIRE(form->has_file, err, YX_DAMAGED, RULE, N_("the form brings no file"));
    return YX_OK;
}

void yx_form_free(struct yx_form *form)
{
    yx_buf_free(&form->rest);
}
