/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skf/open.c - ways into a device: what fits a place, connecting to it, the PIN, and what a
 * container shows to everybody.
 */
#include <stdlib.h>

#include "skf/room.h"

#define TARGETS_MAX 1024 /* no reader has so many */

void yx_skf_session_close(struct yx_skf_session *session)
{
    if (session->container != NULL)
        (void)session->skf.CloseContainer(session->container);
    if (session->application != NULL)
        (void)session->skf.CloseApplication(session->application);
    if (session->device != NULL)
        (void)session->skf.DisConnectDev(session->device);
    session->container = session->application = session->device = NULL;
}

void yx_skf_targets_free(struct yx_skf_targets *targets)
{
    free(targets->items);
}

/* --- What fits a place -------------------------------------------------------------------- */

struct search {
    const struct yx_skf *skf;
    const struct yx_token_place *place;
    yx_skf_level level;
    bool bare;
    struct yx_skf_targets *found;
};

/* Does the place leave the attribute open, or name this value? */
static bool fits(const struct yx_token_place *place, const char *name, const char *value)
{
    const char *wanted = yx_token_place_get(place, name);

    return wanted == NULL || strcmp(wanted, value) == 0;
}

static yx_status keep(const struct search *search, const struct yx_skf_target *target,
                      struct yx_error *err)
{
    struct yx_skf_targets *found = search->found;
    struct yx_skf_target *grown;

    YX_REQUIRE(found->count < TARGETS_MAX, err, YX_DAMAGED, "",
               N_("the library of the token tells of more than {1} objects"), YX_NUM(TARGETS_MAX));
    grown = reallocarray(found->items, found->count + 1, sizeof *grown);
    if (grown == NULL)
        return yx_fail_memory(err);
    found->items = grown;
    grown[found->count++] = *target;
    return YX_OK;
}

/* Fields of fixed size, filled with NUL or blanks. */
static void copy_field(char out[YX_SKF_INFO], const char *field, size_t size)
{
    size_t len = strnlen(field, size);

    while (len > 0 && field[len - 1] == ' ')
        len--;
    memcpy(out, field, len);
    out[len] = '\0';
    if (!yx_utf8_valid(YX_BYTES(out, len)))
        out[0] = '\0';
}

static void read_info(const struct yx_skf *skf, DEVHANDLE device, struct yx_skf_target *target)
{
    /* Some libraries have longer numbers in it, and so a longer structure. */
    union {
        DEVINFO info;
        uint8_t room[1024];
    } answer;

    memset(&answer, 0, sizeof answer);
    if (skf->GetDevInfo == NULL || skf->GetDevInfo(device, &answer.info) != SAR_OK)
        return;
    copy_field(target->label, answer.info.Label, sizeof answer.info.Label);
    copy_field(target->serial, answer.info.SerialNumber, sizeof answer.info.SerialNumber);
    copy_field(target->manufacturer, answer.info.Manufacturer, sizeof answer.info.Manufacturer);
}

static yx_status search_containers(const struct search *search, struct yx_skf_session *session,
                                   struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf list = {0};
    struct yx_skf_target target = session->target;
    const char *name;
    size_t at = 0;

    YX_TRY(yx_skf_read(search->skf, session->application, yx_skf_containers,
                       "GM/T 0016, SKF_EnumContainer", target.device, &list, err));
    while ((name = yx_skf_next(&list, &at)) != NULL) {
        (void)snprintf(target.container, sizeof target.container, "%s", name);
        if (fits(search->place, "container", name))
            YX_TRY(keep(search, &target, err));
    }
    return YX_OK;
}

static yx_status search_application(const struct search *search, const struct yx_skf_target *target,
                                    struct yx_error *err)
{
    YX_CLEAN(yx_skf_session) struct yx_skf_session session = {0};

    if (search->level == YX_SKF_APPLICATION)
        return keep(search, target, err);
    YX_TRY(yx_skf_connect(search->skf, target, YX_SKF_APPLICATION, &session, err));
    return search_containers(search, &session, err);
}

static yx_status search_applications(const struct search *search, DEVHANDLE device,
                                     struct yx_skf_target *target, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf list = {0};
    const char *name;
    size_t at = 0;

    YX_TRY(yx_skf_read(search->skf, device, yx_skf_applications, "GM/T 0016, SKF_EnumApplication",
                       target->device, &list, err));
    if (search->bare && (list.len == 0 || list.data[0] == 0))
        return keep(search, target, err);
    while ((name = yx_skf_next(&list, &at)) != NULL) {
        (void)snprintf(target->application, sizeof target->application, "%s", name);
        if (fits(search->place, "application", name))
            YX_TRY(search_application(search, target, err));
    }
    return YX_OK;
}

static yx_status search_device(const struct search *search, const char *name, struct yx_error *err)
{
    YX_CLEAN(yx_skf_session) struct yx_skf_session session = {0};
    struct yx_skf_target target = {0};

    if (!fits(search->place, "device", name))
        return YX_OK;
    (void)snprintf(target.device, sizeof target.device, "%s", name);
    YX_TRY(yx_skf_connect(search->skf, &target, YX_SKF_DEVICE, &session, err));
    target = session.target;
    if (!fits(search->place, "serial", target.serial) ||
        !fits(search->place, "label", target.label))
        return YX_OK;
    if (search->level == YX_SKF_DEVICE)
        return keep(search, &target, err);
    return search_applications(search, session.device, &target, err);
}

yx_status yx_skf_find(const struct yx_skf *skf, const struct yx_token_place *place,
                      yx_skf_level level, bool bare, struct yx_skf_targets *out,
                      struct yx_error *err)
{
    const struct search search = {skf, place, level, bare, out};
    YX_CLEAN(yx_buf) struct yx_buf list = {0};
    const char *name;
    size_t at = 0;

    YX_TRY(yx_skf_read(skf, NULL, yx_skf_devices, "GM/T 0016, SKF_EnumDev", "SKF", &list, err));
    while ((name = yx_skf_next(&list, &at)) != NULL)
        YX_TRY(search_device(&search, name, err));
    return YX_OK;
}

/* --- Connecting --------------------------------------------------------------------------- */

/* The interface takes names that it might change; it gets copies. */
struct name {
    char text[YX_SKF_NAME];
};
static struct name copy_name(const char *text)
{
    struct name name;

    (void)snprintf(name.text, sizeof name.text, "%s", text);
    return name;
}

yx_status yx_skf_connect(const struct yx_skf *skf, const struct yx_skf_target *target,
                         yx_skf_level level, struct yx_skf_session *out, struct yx_error *err)
{
    struct name device = copy_name(target->device), application = copy_name(target->application),
                container = copy_name(target->container);

    out->skf = *skf;
    out->target = *target;
    YX_SKF_TRY(skf, target->device, ConnectDev, device.text, &out->device);
    YX_REQUIRE(out->device != NULL, err, YX_DAMAGED, "GM/T 0016, SKF_ConnectDev",
               N_("the library of the token gives no handle"));
    read_info(skf, out->device, &out->target);
    if (level == YX_SKF_DEVICE)
        return YX_OK;
    YX_SKF_TRY(skf, target->device, OpenApplication, out->device, application.text,
               &out->application);
    YX_REQUIRE(out->application != NULL, err, YX_DAMAGED, "GM/T 0016, SKF_OpenApplication",
               N_("the library of the token gives no handle"));
    if (level == YX_SKF_APPLICATION)
        return YX_OK;
    YX_SKF_TRY(skf, target->device, OpenContainer, out->application, container.text,
               &out->container);
    YX_REQUIRE(out->container != NULL, err, YX_DAMAGED, "GM/T 0016, SKF_OpenContainer",
               N_("the library of the token gives no handle"));
    return YX_OK;
}

yx_status yx_skf_open_one(const struct yx_token_setup *setup, const struct yx_token_place *place,
                          yx_skf_level level, struct yx_skf_session *out, struct yx_error *err)
{
    static const char *const several[] = {
        N_("more than one device fits the place; name it by device or serial"),
        N_("more than one application fits the place; name it by device and application"),
        N_("more than one container fits the place; name it by device, application and container"),
    };
    YX_CLEAN(yx_skf_targets) struct yx_skf_targets found = {0};
    struct yx_skf skf;

    YX_TRY(yx_skf_library(setup, place, &skf, err));
    YX_TRY(yx_skf_find(&skf, place, level, false, &found, err));
    if (found.count == 0)
        return yx_token_fail_no_token(err, "SKF");
    YX_REQUIRE(found.count == 1, err, YX_REFUSED, "", several[level]);
    return yx_skf_connect(&skf, &found.items[0], level, out, err);
}

/* --- The PIN ------------------------------------------------------------------------------ */

int yx_skf_tries(const struct yx_skf_session *session, ULONG kind, bool *initial)
{
    union yx_skf_number max = {.room = 0}, left = {.room = 0};
    union {
        BOOL value;
        uint64_t room;
    } first = {.room = 0};

    *initial = false;
    if (session->skf.GetPINInfo == NULL ||
        session->skf.GetPINInfo(session->application, kind, &max.value, &left.value,
                                &first.value) != SAR_OK)
        return -1;
    *initial = first.value != 0;
    return left.value <= 255 ? (int)left.value : -1;
}

yx_status yx_skf_login(const struct yx_token_setup *setup, const struct yx_token_place *place,
                       const struct yx_skf_session *session, struct yx_buf *pin,
                       struct yx_error *err)
{
    union yx_skf_number left = {.room = 0};
    bool initial;
    int tries = yx_skf_tries(session, SKF_PIN_USER, &initial);
    ULONG code;

    if (tries == 0)
        return yx_token_fail_pin_locked(err, session->target.application);
    if (pin->len == 0) {
        YX_TRY(
            yx_token_pin(setup, place, YX_PIN_USER, session->target.application, tries, pin, err));
        if (yx_buf_append(pin, YX_BYTES("", 1)) != YX_OK)
            return yx_fail_memory(err);
    }
    code =
        session->skf.VerifyPIN(session->application, SKF_PIN_USER, (char *)pin->data, &left.value);
    if (code == SAR_USER_ALREADY_LOGGED_IN)
        return YX_OK;
    if (code != SAR_OK)
        tries = yx_skf_tries(session, SKF_PIN_USER, &initial);
    if (tries < 0 && left.value <= 255)
        tries = (int)left.value;
    return yx_skf_check(code, "GM/T 0016, SKF_VerifyPIN", session->target.application, tries, err);
}

/* --- What a container shows --------------------------------------------------------------- */

static ULONG read_sign_key(const struct yx_skf *skf, HANDLE container, BYTE *out, ULONG *size)
{
    return skf->ExportPublicKey(container, 1, out, size);
}

static ULONG read_encrypt_key(const struct yx_skf *skf, HANDLE container, BYTE *out, ULONG *size)
{
    return skf->ExportPublicKey(container, 0, out, size);
}

yx_status yx_skf_public_key(const struct yx_skf_session *session, bool sign,
                            struct yx_public_key **out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf blob = {0};
    union yx_skf_number type = {.value = SKF_CONTAINER_ECC};

    if (session->skf.GetContainerType != NULL)
        (void)session->skf.GetContainerType(session->container, &type.value);
    YX_REQUIRE(
        type.value != SKF_CONTAINER_RSA, err, YX_REFUSED, "GM/T 0016, SKF_GetContainerType",
        N_("the container holds an RSA key; SM2 keys alone are used through this interface"));
    YX_TRY(yx_skf_read(&session->skf, session->container, sign ? read_sign_key : read_encrypt_key,
                       "GM/T 0016, SKF_ExportPublicKey", session->target.device, &blob, err));
    return yx_skf_take_key(yx_buf_bytes(&blob), out, err);
}

static ULONG read_sign_cert(const struct yx_skf *skf, HANDLE container, BYTE *out, ULONG *size)
{
    return skf->ExportCertificate(container, 1, out, size);
}

static ULONG read_encrypt_cert(const struct yx_skf *skf, HANDLE container, BYTE *out, ULONG *size)
{
    return skf->ExportCertificate(container, 0, out, size);
}

/* Whatever the library says when there is none: makers differ in the code. */
yx_status yx_skf_cert(const struct yx_skf_session *session, bool sign, struct yx_cert **out,
                      struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf der = {0};
    yx_skf_reader reader = sign ? read_sign_cert : read_encrypt_cert;
    struct yx_error ignored;
    yx_status status;

    *out = NULL;
    if (session->skf.ExportCertificate == NULL)
        return YX_OK;
    status =
        yx_skf_read(&session->skf, session->container, reader, "GM/T 0016, SKF_ExportCertificate",
                    session->target.device, &der, &ignored);
    if (status == YX_NO_MEMORY)
        return yx_fail_memory(err);
    if (status != YX_OK || der.len == 0)
        return YX_OK;
    return yx_cert_from_der(yx_buf_bytes(&der), out, err);
}

yx_status yx_skf_place(const struct yx_token_place *place, const struct yx_skf_target *target,
                       const char *usage, struct yx_buf *out, struct yx_error *err)
{
    const struct {
        const char *name, *value;
    } attributes[] = {
        {"device", target->device},
        {"serial", target->serial},
        {"application", target->application},
        {"container", target->container},
        {"usage", usage != NULL ? usage : ""},
    };
    yx_status status = yx_token_place_begin(out, place->kind);

    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0] && status == YX_OK; i++)
        status =
            yx_token_place_put(out, place->kind, attributes[i].name, YX_TEXT(attributes[i].value));
    if (status != YX_OK || yx_token_place_end(out, place) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}
