/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sdf/sdf.c - the kind "sdf": devices of servers by the libraries of their makers, with the
 * interface of GM/T 0018. It has no call that makes a key in the device or keeps a certificate:
 * that is done with the tool of the maker. So there is a key of an index to sign with, and no more.
 */
#include <stdlib.h>

#include "sdf/room.h"
#include "skf/skf.h"

#define INDEX_MAX 65535
#define SESSIONS_USUAL 64
#define SESSIONS_MAX 1024
#define LIST_INDEX_MAX 64 /* how far a list looks; devices have no call to ask */

static const struct yx_place_attribute attributes[] = {
    {"index", false, false},     {"usage", false, false},   {"module-path", true, false},
    {"pin-source", true, false}, {"sessions", true, false}, {NULL, false, false},
};

/* --- The library -------------------------------------------------------------------------- */

#define NEED(name, parameters) "SDF_" #name,
#define MAY(name, parameters) "?SDF_" #name,
static const char *const names[] = {SDF_FUNCTIONS(NEED, MAY)};
#undef NEED
#undef MAY
#define COUNT (sizeof names / sizeof names[0])
_Static_assert(sizeof(struct yx_sdf) == COUNT * sizeof(void *), "one pointer for each name");

yx_status yx_sdf_library(const struct yx_token_setup *setup, const struct yx_token_place *place,
                         struct yx_sdf *out, struct yx_error *err)
{
    void *symbols[COUNT];
    const char *path;

    YX_TRY(yx_token_module(place, setup->sdf_module, &path, err));
    YX_TRY(yx_token_library(path, "SDF", names, symbols, COUNT, err));
    memcpy(out, symbols, sizeof symbols); /* POSIX: a pointer to a function fits a void * */
    return YX_OK;
}

/* The status of a code, and what it means to people. */
static const struct {
    int code;
    const char *sentence;
} sentences[] = {
#define ROW(name, number, sentence) {name, sentence},
    SDF_CODES(ROW)
#undef ROW
};

static const struct {
    int code;
    yx_status status;
} statuses[] = {
    {SDR_NOTSUPPORT, YX_REFUSED},    {SDR_PARDENY, YX_REFUSED}, {SDR_KEYNOTEXIST, YX_NO_INPUT},
    {SDR_ALGNOTSUPPORT, YX_REFUSED}, {SDR_PRKRERR, YX_REFUSED}, {SDR_VERIFYERR, YX_REFUSED},
    {SDR_KEYTYPEERR, YX_REFUSED},
};

yx_status yx_sdf_check(int code, const char *rule, const char *name, struct yx_error *err)
{
    yx_status status = YX_IO;
    char hex[16];

    if (code == SDR_OK)
        return YX_OK;
    if (code == SDR_COMMFAIL || code == SDR_HARDFAIL)
        return yx_token_fail_removed(err, name);
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (statuses[i].code == code)
            status = statuses[i].status;
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
        if (sentences[i].code == code)
            return yx_fail(err, status, rule, sentences[i].sentence);
    (void)snprintf(hex, sizeof hex, "0x%08X", (unsigned)code);
    return yx_fail(err, YX_IO, rule,
                   N_("the library of the token answers with the code {1} of its maker"), hex);
}

/* Makers differ in what they say once the line is cut or the handle is stale. */
bool yx_sdf_is_gone(int code)
{
    static const int gone[] = {
        SDR_UNKNOWERR,   SDR_COMMFAIL, SDR_HARDFAIL, SDR_OPENDEVICE,
        SDR_OPENSESSION, SDR_STEPERR,  SDR_INARGERR,
    };

    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++)
        if (gone[i] == code)
            return true;
    return false;
}

/* --- A key -------------------------------------------------------------------------------- */

struct opened {
    struct yx_sdf sdf;
    unsigned index;
    char name[32];
    struct yx_sdf_pool *pool;
};

static void close_key(void *inside)
{
    struct opened *opened = inside;

    if (opened == NULL)
        return;
    yx_sdf_pool_free(opened->pool);
    free(opened);
}

struct opened_key {
    struct opened *inside;
};
static void opened_key_free(const struct opened_key *key)
{
    close_key(key->inside);
}
YX_DEFINE_CLEAN_VALUE(opened_key, struct opened_key, opened_key_free);

static yx_status read_index(const struct yx_token_place *place, unsigned *out, struct yx_error *err)
{
    int64_t index = 0;

    YX_TRY(yx_token_place_number(place, "index", 1, INDEX_MAX, &index, err));
    YX_REQUIRE(index > 0, err, YX_USAGE, "",
               N_("the place must name the key by its index: sdf:index=1"));
    *out = (unsigned)index;
    return YX_OK;
}

/* Some devices want no password: where nobody is to be asked, none is given. */
static yx_status ask_password(const struct yx_token_setup *setup,
                              const struct yx_token_place *place, const char *name,
                              struct yx_buf *password, struct yx_error *err)
{
    if (setup->pin.ask == NULL && yx_token_place_get(place, "pin-source") == NULL)
        return YX_OK;
    return yx_token_pin(setup, place, YX_PIN_USER, name, -1, password, err);
}

static int export_key(const struct yx_sdf *sdf, void *session, unsigned index, bool sign,
                      uint8_t blob[256])
{
    union {
        ECCrefPublicKey key;
        uint8_t room[256]; /* some devices have longer structures */
    } answer;
    int code;

    memset(&answer, 0, sizeof answer);
    if (!sign && sdf->ExportEncPublicKey_ECC == NULL)
        return SDR_NOTSUPPORT;
    code = sign ? sdf->ExportSignPublicKey_ECC(session, index, &answer.key)
                : sdf->ExportEncPublicKey_ECC(session, index, &answer.key);
    memcpy(blob, answer.room, sizeof answer.room);
    return code;
}

static yx_status read_public(const struct opened *opened, struct yx_public_key **out,
                             struct yx_error *err)
{
    struct yx_sdf_use use;
    uint8_t blob[256];
    int code;

    YX_TRY(yx_sdf_pool_take(opened->pool, &use, err));
    code = export_key(&opened->sdf, use.session, opened->index, true, blob);
    yx_sdf_pool_give(opened->pool, &use, yx_sdf_is_gone(code));
    YX_TRY(yx_sdf_check(code, "GM/T 0018, SDF_ExportSignPublicKey_ECC", opened->name, err));
    return yx_skf_take_key(YX_BYTES(blob, sizeof blob), out, err);
}

static yx_status open_key(const struct yx_token_setup *setup, const struct yx_token_place *place,
                          struct yx_token_opened *out, struct yx_error *err)
{
    YX_CLEAN(opened_key) struct opened_key key = {calloc(1, sizeof *key.inside)};
    YX_CLEAN(yx_buf) struct yx_buf password = {0};
    int64_t most = SESSIONS_USUAL;
    bool sign;

    if (key.inside == NULL)
        return yx_fail_memory(err);
    YX_TRY(yx_token_place_usage(place, &sign, err));
    YX_REQUIRE(sign, err, YX_REFUSED, "GM/T 0034, two key pairs",
               N_("the key to encrypt with does not sign; leave out usage=encrypt"));
    YX_TRY(read_index(place, &key.inside->index, err));
    YX_TRY(yx_token_place_number(place, "sessions", 1, SESSIONS_MAX, &most, err));
    (void)snprintf(key.inside->name, sizeof key.inside->name, "sdf:index=%u", key.inside->index);
    YX_TRY(yx_sdf_library(setup, place, &key.inside->sdf, err));
    YX_TRY(ask_password(setup, place, key.inside->name, &password, err));
    YX_TRY(yx_sdf_pool_new(&key.inside->sdf, key.inside->index, yx_buf_bytes(&password),
                           (size_t)most, &key.inside->pool, err));
    YX_TRY(read_public(key.inside, &out->public_key, err));
    out->inside = key.inside;
    key.inside = NULL;
    return YX_OK;
}

/* One signature; *gone says that it failed for want of the device. */
static yx_status sign_once(const struct opened *opened, uint8_t digest[32], uint8_t blob[256],
                           bool *gone, struct yx_error *err)
{
    union {
        ECCSignature signature;
        uint8_t room[256];
    } answer;
    struct yx_sdf_use use;
    int code;

    memset(&answer, 0, sizeof answer);
    *gone = false;
    YX_TRY(yx_sdf_pool_take(opened->pool, &use, err));
    code = opened->sdf.InternalSign_ECC(use.session, opened->index, digest, 32, &answer.signature);
    *gone = yx_sdf_is_gone(code);
    yx_sdf_pool_give(opened->pool, &use, *gone);
    memcpy(blob, answer.room, sizeof answer.room);
    return yx_sdf_check(code, "GM/T 0018, SDF_InternalSign_ECC", opened->name, err);
}

/* The device is asked again once, after the connection was made anew. That it may have another key
 * by then shows when the signature is checked. */
static yx_status sign(void *inside, const struct yx_public_key *public_key,
                      yx_signature_algorithm algorithm, struct yx_bytes message,
                      struct yx_buf *signature, struct yx_error *err)
{
    const struct opened *opened = inside;
    uint8_t digest[32], blob[256];
    bool gone;
    yx_status status;

    (void)algorithm; /* SM2 keys have but one */
    YX_TRY(yx_sm2_digest(public_key, message, digest, err));
    status = sign_once(opened, digest, blob, &gone, err);
    if (gone)
        status = sign_once(opened, digest, blob, &gone, err);
    YX_TRY(status);
    return yx_skf_take_signature(public_key, digest, YX_BYTES(blob, sizeof blob), signature, err);
}

/* --- What there is ------------------------------------------------------------------------ */

/* A connection for a list. */
struct visit {
    struct yx_sdf sdf;
    void *device, *session;
};
static void visit_free(const struct visit *visit)
{
    if (visit->session != NULL)
        (void)visit->sdf.CloseSession(visit->session);
    if (visit->device != NULL)
        (void)visit->sdf.CloseDevice(visit->device);
}
YX_DEFINE_CLEAN_VALUE(visit, struct visit, visit_free);

static yx_status write_place(const struct yx_token_place *place, unsigned index, bool sign,
                             struct yx_buf *out, struct yx_error *err)
{
    char number[16] = "";
    yx_status status = yx_token_place_begin(out, place->kind);

    if (index > 0)
        (void)snprintf(number, sizeof number, "%u", index);
    if (status == YX_OK)
        status = yx_token_place_put(out, place->kind, "index", YX_TEXT(number));
    if (status == YX_OK && !sign)
        status = yx_token_place_put(out, place->kind, "usage", YX_TEXT("encrypt"));
    if (status != YX_OK || yx_token_place_end(out, place) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

static yx_status tell_key(const struct visit *visit, const struct yx_token_place *place,
                          unsigned index, bool sign_key, const struct yx_token_visitor *visitor,
                          struct yx_error *err)
{
    YX_CLEAN(yx_public_key) struct yx_public_key *key = NULL;
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    struct yx_token_object object = {.kind = YX_TOKEN_KEY, .label = "", .type = YX_KEY_SM2};
    uint8_t blob[256];

    if (export_key(&visit->sdf, visit->session, index, sign_key, blob) != SDR_OK ||
        yx_skf_take_key(YX_BYTES(blob, sizeof blob), &key, NULL) != YX_OK)
        return YX_OK;
    YX_TRY(write_place(place, index, sign_key, &text, err));
    object.place = (const char *)text.data;
    object.bits = yx_public_key_bits(key);
    return visitor->object(visitor->self, &object, err);
}

/* A field of fixed size as a text. */
struct field {
    char text[48];
};
static struct field take_field(const char *from, size_t size)
{
    struct field field = {.text = ""};
    size_t len = strnlen(from, size);

    memcpy(field.text, from, len);
    if (!yx_utf8_valid(YX_BYTES(field.text, len)))
        field.text[0] = '\0';
    return field;
}

static yx_status tell_device(const struct visit *visit, const struct yx_token_place *place,
                             const struct yx_token_visitor *visitor, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    struct yx_token_info info = {.initialised = true, .user_tries = -1, .admin_tries = -1};
    union {
        DEVICEINFO info;
        uint8_t room[512];
    } answer;
    struct field issuer, name, serial;

    memset(&answer, 0, sizeof answer);
    if (visit->sdf.GetDeviceInfo != NULL)
        (void)visit->sdf.GetDeviceInfo(visit->session, &answer.info);
    issuer = take_field(answer.info.IssuerName, sizeof answer.info.IssuerName);
    name = take_field(answer.info.DeviceName, sizeof answer.info.DeviceName);
    serial = take_field(answer.info.DeviceSerial, sizeof answer.info.DeviceSerial);
    YX_TRY(write_place(place, 0, true, &text, err));
    info.place = (const char *)text.data;
    info.label = info.model = name.text;
    info.manufacturer = issuer.text;
    info.serial = serial.text;
    return visitor->token(visitor->self, &info, err);
}

static yx_status list(const struct yx_token_setup *setup, const struct yx_token_place *place,
                      bool log_in, const struct yx_token_visitor *visitor, struct yx_error *err)
{
    YX_CLEAN(visit) struct visit visit = {.device = NULL};
    int64_t only = 0;

    (void)log_in; /* public keys are open to everybody */
    YX_TRY(yx_token_place_number(place, "index", 1, INDEX_MAX, &only, err));
    YX_TRY(yx_sdf_library(setup, place, &visit.sdf, err));
    YX_TRY(
        yx_sdf_check(visit.sdf.OpenDevice(&visit.device), "GM/T 0018, SDF_OpenDevice", "SDF", err));
    YX_TRY(yx_sdf_check(visit.sdf.OpenSession(visit.device, &visit.session),
                        "GM/T 0018, SDF_OpenSession", "SDF", err));
    YX_TRY(tell_device(&visit, place, visitor, err));
    for (unsigned index = 1; index <= (only > LIST_INDEX_MAX ? only : LIST_INDEX_MAX); index++) {
        if (only != 0 && index != only)
            continue;
        YX_TRY(tell_key(&visit, place, index, true, visitor, err));
        YX_TRY(tell_key(&visit, place, index, false, visitor, err));
    }
    return YX_OK;
}

/* --- The row ------------------------------------------------------------------------------ */

const struct yx_token_kind yx_token_sdf = {
    .scheme = "sdf",
    .name = "SDF",
    .attributes = attributes,
    .open_key = open_key,
    .sign = sign,
    .close_key = close_key,
    .parallel = true,
    .list = list,
};
