/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skf/library.c - the functions of an SKF library, its codes as sentences, and its answers,
 * none of which is believed: a library that tells giant lengths gets no giant room.
 */
#include "skf/room.h"

#define ANSWER_MAX 65536u /* certificates have some thousand octets, lists some hundred */
#define ANSWER_FIRST 4096u
/* Behind what is asked for, for libraries that forget the NUL of a list in their count. */
#define ANSWER_SLACK 64u
#define ANSWER_TRIES 4

#define NEED(name, parameters) "SKF_" #name,
#define MAY(name, parameters) "?SKF_" #name,
static const char *const names[] = {SKF_FUNCTIONS(NEED, MAY)};
#undef NEED
#undef MAY
#define COUNT (sizeof names / sizeof names[0])
_Static_assert(sizeof(struct yx_skf) == COUNT * sizeof(void *), "one pointer for each name");

yx_status yx_skf_library(const struct yx_token_setup *setup, const struct yx_token_place *place,
                         struct yx_skf *out, struct yx_error *err)
{
    void *symbols[COUNT];
    const char *path;

    YX_TRY(yx_token_module(place, setup->skf_module, &path, err));
    YX_TRY(yx_token_library(path, "SKF", names, symbols, COUNT, err));
    memcpy(out, symbols, sizeof symbols); /* POSIX: a pointer to a function fits a void * */
    return YX_OK;
}

/* --- Codes -------------------------------------------------------------------------------- */

static const struct {
    ULONG code;
    const char *sentence;
} sentences[] = {
#define ROW(name, number, sentence) {name, sentence},
    SKF_CODES(ROW)
#undef ROW
};

/* Of these something is wrong with the device; all other codes are refusals. */
static bool is_failure(ULONG code)
{
    static const ULONG failures[] = {
        SAR_FAIL,      SAR_UNKNOWNERR, SAR_FILEERR, SAR_READFILEERR, SAR_WRITEFILEERR,
        SAR_MEMORYERR, SAR_TIMEOUTERR, SAR_OBJERR,  SAR_GENRANDERR,  SAR_HASHERR,
    };

    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++)
        if (failures[i] == code)
            return true;
    return false;
}

bool yx_skf_is_gone(ULONG code)
{
    return code == SAR_DEVICE_REMOVED || code == SAR_INVALIDHANDLEERR;
}

yx_status yx_skf_check(ULONG code, const char *rule, const char *name, int tries,
                       struct yx_error *err)
{
    char hex[16];

    if (code == SAR_OK)
        return YX_OK;
    if (code == SAR_PIN_LOCKED || (code == SAR_PIN_INCORRECT && tries == 0))
        return yx_token_fail_pin_locked(err, name);
    if (code == SAR_PIN_INCORRECT)
        return yx_token_fail_pin_wrong(err, name, tries);
    if (code == SAR_PIN_LEN_RANGE)
        return yx_token_fail_pin_form(err, name, SKF_PIN_MIN, SKF_PIN_MAX);
    if (yx_skf_is_gone(code))
        return yx_token_fail_removed(err, name);
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
        if (sentences[i].code == code)
            return yx_fail(err, is_failure(code) ? YX_IO : YX_REFUSED, rule, sentences[i].sentence);
    (void)snprintf(hex, sizeof hex, "0x%08X", code);
    return yx_fail(err, YX_IO, rule,
                   N_("the library of the token answers with the code {1} of its maker"), hex);
}

yx_status yx_skf_lacks(const char *rule, struct yx_error *err)
{
    return yx_fail(err, YX_REFUSED, rule,
                   N_("the library of the token lacks this function of the standard"));
}

/* --- Answers ------------------------------------------------------------------------------ */

/* How much room the answer needs, as the library says. */
static yx_status ask_size(const struct yx_skf *skf, HANDLE object, yx_skf_reader reader,
                          const char *rule, const char *name, ULONG *out, struct yx_error *err)
{
    union yx_skf_number size = {.room = 0};
    ULONG code = reader(skf, object, NULL, &size.value);

    *out = size.value;
    /* Some libraries want a buffer at once. */
    if (code == SAR_INVALIDPARAMERR || code == SAR_BUFFER_TOO_SMALL ||
        (code == SAR_OK && size.value == 0)) {
        *out = size.value > ANSWER_FIRST ? size.value : ANSWER_FIRST;
        code = SAR_OK;
    }
    YX_TRY(yx_skf_check(code, rule, name, -1, err));
    YX_REQUIRE(*out <= ANSWER_MAX, err, YX_DAMAGED, rule,
               N_("the library of the token tells of an answer of {1} octets; at most {2} are "
                  "taken"),
               YX_NUM(*out), YX_NUM(ANSWER_MAX));
    return YX_OK;
}

yx_status yx_skf_read(const struct yx_skf *skf, HANDLE object, yx_skf_reader reader,
                      const char *rule, const char *name, struct yx_buf *out, struct yx_error *err)
{
    union yx_skf_number size = {.room = 0};
    ULONG room, code = SAR_BUFFER_TOO_SMALL;

    /* It may grow between two calls. */
    for (int tries = 0; tries < ANSWER_TRIES && code == SAR_BUFFER_TOO_SMALL; tries++) {
        YX_TRY(ask_size(skf, object, reader, rule, name, &room, err));
        if (yx_buf_reserve(out, room + ANSWER_SLACK) != YX_OK)
            return yx_fail_memory(err);
        memset(out->data + out->len, 0, room + ANSWER_SLACK);
        size.room = 0;
        size.value = room;
        code = reader(skf, object, out->data + out->len, &size.value);
    }
    YX_TRY(yx_skf_check(code, rule, name, -1, err));
    YX_REQUIRE(size.value <= room, err, YX_DAMAGED, rule,
               N_("the library of the token says that it wrote {1} octets where {2} had room"),
               YX_NUM(size.value), YX_NUM(room));
    out->len += size.value;
    return YX_OK;
}

const char *yx_skf_next(const struct yx_buf *list, size_t *at)
{
    const char *name = (const char *)list->data + *at;
    size_t len;

    if (*at >= list->len)
        return NULL;
    len = strnlen(name, list->len - *at);
    /* yx_skf_read leaves zeros behind the answer, so that the last name is ended too. */
    *at += len + 1;
    return len > 0 && len < YX_SKF_NAME ? name : NULL;
}

ULONG yx_skf_devices(const struct yx_skf *skf, HANDLE none, BYTE *out, ULONG *size)
{
    (void)none;
    return skf->EnumDev(1, (char *)out, size);
}

ULONG yx_skf_applications(const struct yx_skf *skf, HANDLE device, BYTE *out, ULONG *size)
{
    return skf->EnumApplication(device, (char *)out, size);
}

ULONG yx_skf_containers(const struct yx_skf *skf, HANDLE application, BYTE *out, ULONG *size)
{
    return skf->EnumContainer(application, (char *)out, size);
}
