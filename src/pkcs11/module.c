/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11/module.c - PKCS#11 libraries, their slots and tokens, sessions and logins (PKCS #11
 * v2.40). Objects are in object.c.
 */
#include <stdlib.h>

#include "pkcs11/room.h"

#define SLOTS_MAX 1024
/* The library that stands for all modules that the system is set up with (pkcs11.conf(5)). */
#define SYSTEM_MODULE "libp11-kit.so.0"

/* --- Errors ------------------------------------------------------------------------------- */

static const struct {
    CK_RV rv;
    yx_status status;
    const char *sentence; /* {1} is the token */
} refusals[] = {
    {CKR_PIN_INCORRECT, YX_REFUSED, N_("the PIN of the token {1} is wrong")},
    {CKR_PIN_INVALID, YX_REFUSED, N_("the token {1} does not take this PIN: wrong characters")},
    {CKR_PIN_LEN_RANGE, YX_REFUSED, N_("the token {1} does not take this PIN: wrong length")},
    {CKR_PIN_EXPIRED, YX_REFUSED,
     N_("the PIN of the token {1} has expired; `yinxin token change-pin` sets a new one")},
    {CKR_USER_PIN_NOT_INITIALIZED, YX_REFUSED,
     N_("the token {1} has no user PIN yet; `yinxin token unlock` sets it")},
    {CKR_USER_ANOTHER_ALREADY_LOGGED_IN, YX_REFUSED,
     N_("somebody else is logged in to the token {1} from this process")},
    {CKR_SESSION_EXISTS, YX_REFUSED,
     N_("the token {1} is in use by this process: close its keys first")},
    {CKR_SESSION_READ_ONLY_EXISTS, YX_REFUSED,
     N_("the token {1} is in use by this process: close its keys first")},
    {CKR_TOKEN_WRITE_PROTECTED, YX_REFUSED, N_("the token {1} is write-protected")},
    {CKR_USER_NOT_LOGGED_IN, YX_REFUSED, N_("the token {1} wants a login for this")},
    {CKR_KEY_FUNCTION_NOT_PERMITTED, YX_REFUSED, N_("the key on the token {1} may not sign")},
    {CKR_MECHANISM_INVALID, YX_REFUSED, N_("the token {1} has no mechanism for this")},
    {CKR_KEY_SIZE_RANGE, YX_REFUSED, N_("the token {1} has no keys of this size")},
    {CKR_CURVE_NOT_SUPPORTED, YX_REFUSED, N_("the token {1} does not have this curve")},
    {CKR_FUNCTION_NOT_SUPPORTED, YX_REFUSED, N_("the library of the token {1} cannot do this")},
    {CKR_ATTRIBUTE_READ_ONLY, YX_REFUSED, N_("the token {1} lets nobody change this object")},
    {CKR_TEMPLATE_INCONSISTENT, YX_REFUSED, N_("the token {1} does not take such an object")},
    {CKR_ATTRIBUTE_VALUE_INVALID, YX_REFUSED, N_("the token {1} does not take such an object")},
    {CKR_DEVICE_MEMORY, YX_IO, N_("the token {1} is full")},
    {CKR_TOKEN_NOT_PRESENT, YX_IO, N_("the token {1} was removed or does not answer")},
    {CKR_DEVICE_REMOVED, YX_IO, N_("the token {1} was removed or does not answer")},
    {CKR_DEVICE_ERROR, YX_IO, N_("the token {1} was removed or does not answer")},
    {CKR_TOKEN_NOT_RECOGNIZED, YX_IO, N_("the token {1} is not one of its library")},
};

yx_status yx_p11_fail(struct yx_error *err, CK_RV rv, const char *doing, const char *name)
{
    char code[24];

    if (rv == CKR_HOST_MEMORY)
        return yx_fail_memory(err);
    if (rv == CKR_PIN_LOCKED)
        return yx_token_fail_pin_locked(err, name);
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        if (refusals[i].rv == rv)
            return yx_fail(err, refusals[i].status, "PKCS #11 v2.40", refusals[i].sentence, name);
    (void)snprintf(code, sizeof code, "0x%lX", rv);
    return yx_fail(err, YX_IO, "PKCS #11 v2.40",
                   N_("the PKCS#11 library of {1} failed to {2}: error {3}"), name, doing, code);
}

/* --- Libraries ---------------------------------------------------------------------------- */

/* A union, since ISO C keeps pointers to data and to functions apart. */
union entry {
    void *symbol;
    CK_RV (*call)(CK_FUNCTION_LIST **list);
};

static yx_status initialise(CK_FUNCTION_LIST *f, const char *path, struct yx_error *err)
{
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    CK_RV rv = f->C_Initialize(&args);

    if (rv == CKR_OK || rv == CKR_CRYPTOKI_ALREADY_INITIALIZED)
        return YX_OK;
    return yx_p11_fail(err, rv, "start", path);
}

yx_status yx_p11_module(const struct yx_token_setup *setup, const struct yx_token_place *place,
                        CK_FUNCTION_LIST **out, struct yx_error *err)
{
    static const char *const names[] = {"C_GetFunctionList"};
    const char *usual = setup->pkcs11_module != NULL ? setup->pkcs11_module : SYSTEM_MODULE;
    CK_FUNCTION_LIST *list = NULL;
    union entry entry;
    const char *path;

    YX_TRY(yx_token_module(place, usual, &path, err));
    YX_TRY(yx_token_library(path, "PKCS#11", names, &entry.symbol, 1, err));
    YX_REQUIRE(entry.call(&list) == CKR_OK && list != NULL &&
                   (list->version.major == 2 || list->version.major == 3),
               err, YX_REFUSED, "PKCS #11 v2.40 5.4",
               N_("{1} gives no list of functions of PKCS#11 version 2 or 3"), path);
    YX_TRY(initialise(list, path, err));
    *out = list;
    return YX_OK;
}

/* --- Which token -------------------------------------------------------------------------- */

/* Texts of PKCS#11 are padded with blanks to a fixed width; what is no UTF-8 becomes empty. */
static void trim(const unsigned char *text, size_t width, char out[YX_P11_FIELD])
{
    while (width > 0 && (text[width - 1] == ' ' || text[width - 1] == '\0'))
        width--;
    if (!yx_utf8_valid(YX_BYTES(text, width)))
        width = 0;
    memcpy(out, text, width);
    out[width] = '\0';
}

static bool fits(const struct yx_token_place *place, const char *name, const char *value)
{
    const char *asked = yx_token_place_get(place, name);

    return asked == NULL || strcmp(asked, value) == 0;
}

static bool library_fits(CK_FUNCTION_LIST *f, const struct yx_token_place *place)
{
    CK_INFO info = {0};
    char manufacturer[YX_P11_FIELD], description[YX_P11_FIELD], version[16];

    if (f->C_GetInfo(&info) != CKR_OK)
        return false;
    trim(info.manufacturerID, sizeof info.manufacturerID, manufacturer);
    trim(info.libraryDescription, sizeof info.libraryDescription, description);
    (void)snprintf(version, sizeof version, "%u.%u", info.libraryVersion.major,
                   info.libraryVersion.minor);
    return fits(place, "library-manufacturer", manufacturer) &&
           fits(place, "library-description", description) &&
           fits(place, "library-version", version);
}

static bool slot_fits(CK_FUNCTION_LIST *f, CK_SLOT_ID slot, const struct yx_token_place *place)
{
    CK_SLOT_INFO info = {0};
    char manufacturer[YX_P11_FIELD], description[YX_P11_FIELD], number[24];

    if (f->C_GetSlotInfo(slot, &info) != CKR_OK)
        return false;
    trim(info.manufacturerID, sizeof info.manufacturerID, manufacturer);
    trim(info.slotDescription, sizeof info.slotDescription, description);
    (void)snprintf(number, sizeof number, "%lu", slot);
    return fits(place, "slot-manufacturer", manufacturer) &&
           fits(place, "slot-description", description) && fits(place, "slot-id", number);
}

static bool read_token(CK_FUNCTION_LIST *f, CK_SLOT_ID slot, struct yx_p11_token *out)
{
    CK_TOKEN_INFO info = {0};

    if (f->C_GetTokenInfo(slot, &info) != CKR_OK)
        return false;
    *out = (struct yx_p11_token){
        .f = f,
        .slot = slot,
        .flags = info.flags,
        .pin_min = (unsigned)info.ulMinPinLen,
        .pin_max = (unsigned)info.ulMaxPinLen,
    };
    trim(info.label, sizeof info.label, out->label);
    trim(info.manufacturerID, sizeof info.manufacturerID, out->manufacturer);
    trim(info.model, sizeof info.model, out->model);
    trim(info.serialNumber, sizeof info.serialNumber, out->serial);
    return true;
}

static bool token_fits(const struct yx_p11_token *token, const struct yx_token_place *place)
{
    return fits(place, "token", token->label) && fits(place, "manufacturer", token->manufacturer) &&
           fits(place, "model", token->model) && fits(place, "serial", token->serial);
}

/* The number of slots may change between asking for it and for them. */
static yx_status read_slots(CK_FUNCTION_LIST *f, CK_SLOT_ID **out, CK_ULONG *count,
                            struct yx_error *err)
{
    CK_RV rv = f->C_GetSlotList(CK_TRUE, NULL, count);

    if (rv != CKR_OK)
        return yx_p11_fail(err, rv, "list its slots", "PKCS#11");
    YX_REQUIRE(*count <= SLOTS_MAX, err, YX_DAMAGED, "PKCS #11 v2.40 5.5",
               N_("the library tells of {1} slots; {2} are the limit"), YX_NUM(*count),
               YX_NUM(SLOTS_MAX));
    *count = SLOTS_MAX;
    *out = calloc(SLOTS_MAX, sizeof **out);
    if (*out == NULL)
        return yx_fail_memory(err);
    rv = f->C_GetSlotList(CK_TRUE, *out, count);
    return rv == CKR_OK ? YX_OK : yx_p11_fail(err, rv, "list its slots", "PKCS#11");
}

static void free_slots(CK_SLOT_ID *slots)
{
    free(slots);
}
YX_DEFINE_CLEAN(slots, CK_SLOT_ID *, free_slots);

yx_status yx_p11_each_token(CK_FUNCTION_LIST *f, const struct yx_token_place *place,
                            yx_status (*tell)(void *self, const struct yx_p11_token *token,
                                              struct yx_error *err),
                            void *self, struct yx_error *err)
{
    YX_CLEAN(slots) CK_SLOT_ID *slots = NULL;
    struct yx_p11_token token;
    CK_ULONG count = 0;

    if (!library_fits(f, place))
        return YX_OK;
    YX_TRY(read_slots(f, &slots, &count, err));
    for (CK_ULONG i = 0; i < count && i < SLOTS_MAX; i++)
        if (slot_fits(f, slots[i], place) && read_token(f, slots[i], &token) &&
            token_fits(&token, place))
            YX_TRY(tell(self, &token, err));
    return YX_OK;
}

/* Looks for one token among those that are initialised, or among those that are not. */
struct search {
    bool blank;
    struct yx_p11_token found;
    size_t count;
};

static yx_status count_token(void *self, const struct yx_p11_token *token, struct yx_error *err)
{
    struct search *search = self;
    bool blank = (token->flags & CKF_TOKEN_INITIALIZED) == 0;

    (void)err;
    if (blank != search->blank)
        return YX_OK;
    if (search->count++ == 0)
        search->found = *token;
    return YX_OK;
}

yx_status yx_p11_one_token(const struct yx_token_setup *setup, const struct yx_token_place *place,
                           bool blank, struct yx_p11_token *out, struct yx_error *err)
{
    struct search search = {.blank = blank};
    CK_FUNCTION_LIST *f;

    YX_TRY(yx_p11_module(setup, place, &f, err));
    YX_TRY(yx_p11_each_token(f, place, count_token, &search, err));
    if (search.count == 0)
        return yx_token_fail_no_token(err, "PKCS#11");
    YX_REQUIRE(search.count == 1, err, YX_REFUSED, "RFC 7512 2.3",
               N_("{1} tokens fit the place; name one by token, serial or slot-id"),
               YX_NUM(search.count));
    *out = search.found;
    return YX_OK;
}

/* --- Sessions ----------------------------------------------------------------------------- */

yx_status yx_p11_session_open(const struct yx_p11_token *token, bool writes,
                              struct yx_p11_session *out, struct yx_error *err)
{
    CK_FLAGS flags = CKF_SERIAL_SESSION | (writes ? CKF_RW_SESSION : 0);
    CK_RV rv = token->f->C_OpenSession(token->slot, flags, NULL, NULL, &out->handle);

    if (rv != CKR_OK)
        return yx_p11_fail(err, rv, "open a session", token->label);
    out->token = *token;
    out->open = true;
    return YX_OK;
}

/* Not logged out: the login is that of the whole process (PKCS #11 v2.40 5.6), and ends with its
 * last session. */
void yx_p11_session_close(struct yx_p11_session *session)
{
    if (session->open)
        (void)session->token.f->C_CloseSession(session->handle);
    session->open = false;
}

bool yx_p11_has_keypad(const struct yx_p11_token *token)
{
    return (token->flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
}

yx_status yx_p11_login(const struct yx_p11_session *session, CK_USER_TYPE user, struct yx_bytes pin,
                       struct yx_error *err)
{
    bool keypad = yx_p11_has_keypad(&session->token);
    union { /* the library changes nothing */
        const uint8_t *octets;
        CK_UTF8CHAR *pin;
    } borrowed = {.octets = keypad ? NULL : pin.data};
    CK_RV rv = session->token.f->C_Login(session->handle, user, borrowed.pin,
                                         keypad ? 0 : (CK_ULONG)pin.len);

    if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN)
        return YX_OK;
    return yx_p11_fail(err, rv, "log in", session->token.label);
}

/* PKCS#11 tells only that the next try is the last. */
static int tries_left(const struct yx_p11_token *token)
{
    return (token->flags & CKF_USER_PIN_FINAL_TRY) != 0 ? 1 : -1;
}

yx_status yx_p11_login_user(const struct yx_token_setup *setup, const struct yx_token_place *place,
                            const struct yx_p11_session *session, struct yx_buf *pin,
                            struct yx_error *err)
{
    const struct yx_p11_token *token = &session->token;

    if ((token->flags & CKF_LOGIN_REQUIRED) == 0)
        return YX_OK;
    if ((token->flags & CKF_USER_PIN_LOCKED) != 0)
        return yx_token_fail_pin_locked(err, token->label);
    if ((token->flags & CKF_USER_PIN_INITIALIZED) == 0)
        return yx_p11_fail(err, CKR_USER_PIN_NOT_INITIALIZED, "log in", token->label);
    if (pin->len == 0 && !yx_p11_has_keypad(token))
        YX_TRY(yx_token_pin(setup, place, YX_PIN_USER, token->label, tries_left(token), pin, err));
    return yx_p11_login(session, CKU_USER, yx_buf_bytes(pin), err);
}

yx_status yx_p11_user_session(const struct yx_token_setup *setup,
                              const struct yx_token_place *place, bool writes,
                              struct yx_p11_session *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf pin = {0};
    struct yx_p11_token token;

    YX_TRY(yx_p11_one_token(setup, place, false, &token, err));
    YX_TRY(yx_p11_session_open(&token, writes, out, err));
    return yx_p11_login_user(setup, place, out, &pin, err);
}
