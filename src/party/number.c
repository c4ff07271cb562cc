/* SPDX-License-Identifier: Apache-2.0 */
/* number.c - numbers of organisations, persons and regions, and their check digits. */
#include "party/room.h"

/* --- Organisations: GB 32100 ----------------------------------------------------------------- */

#define CODE_RULE "GB 32100-2015"
#define CODE_BASE 31
/* Letters that are mistaken for digits or for each other (I, O, S, V, Z) are not among them. */
static const char code_characters[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

static int code_value(char c)
{
    const char *at = c == '\0' ? NULL : strchr(code_characters, c);

    return at == NULL ? -1 : (int)(at - code_characters);
}

yx_status yx_party_check_code(const char *code, struct yx_error *err)
{
    int sum = 0, weight = 1;

    YX_REQUIRE(strlen(code) == YX_PARTY_CODE, err, YX_USAGE, CODE_RULE,
               N_("a unified social credit code has {1} characters"), YX_NUM(YX_PARTY_CODE));
    for (size_t i = 0; i < YX_PARTY_CODE; i++)
        YX_REQUIRE(code_value(code[i]) >= 0, err, YX_USAGE, CODE_RULE,
                   N_("a unified social credit code is of digits and capital letters without I, O, "
                      "S, V, Z"));
    for (size_t i = 0; i < YX_PARTY_CODE - 1; i++) {
        sum += code_value(code[i]) * weight;
        weight = weight * 3 % CODE_BASE;
    }
    YX_REQUIRE(code_value(code[YX_PARTY_CODE - 1]) == (CODE_BASE - sum % CODE_BASE) % CODE_BASE,
               err, YX_USAGE, CODE_RULE,
               N_("the check character of the unified social credit code is wrong"));
    return YX_OK;
}

/* --- Persons: GB 11643 ----------------------------------------------------------------------- */

#define CARD_RULE "GB 11643-1999"
#define CARD_LEN 18

static int digits(const char *text, size_t len)
{
    int value = 0;

    for (size_t i = 0; i < len; i++)
        value = value * 10 + (text[i] - '0');
    return value;
}

/* The numbers are personal: no sentence repeats them. */
static yx_status check_card(const char *number, yx_time now, struct yx_error *err)
{
    static const int weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    static const char check[] = "10X98765432";
    struct yx_civil birth = {0};
    yx_time born;
    int sum = 0;

    YX_REQUIRE(strlen(number) == CARD_LEN && strspn(number, "0123456789") >= CARD_LEN - 1, err,
               YX_USAGE, CARD_RULE,
               N_("the number of a resident identity card has 17 digits and a check digit"));
    for (size_t i = 0; i < COUNT_OF(weights); i++)
        sum += (number[i] - '0') * weights[i];
    YX_REQUIRE(number[CARD_LEN - 1] == check[sum % 11], err, YX_USAGE, CARD_RULE,
               N_("the check digit of the resident identity card is wrong"));
    birth.year = digits(number + 6, 4);
    birth.month = (unsigned)digits(number + 10, 2);
    birth.day = (unsigned)digits(number + 12, 2);
    YX_REQUIRE(yx_time_from_civil(&birth, &born) && born <= now, err, YX_USAGE, CARD_RULE,
               N_("the resident identity card names a day of birth that is none"));
    return YX_OK;
}

yx_status yx_party_check_identity(const char *document, const char *number, yx_time now,
                                  struct yx_error *err)
{
    size_t len = strlen(number);

    YX_TRY(yx_party_check_word(yx_party_documents(), document,
                               N_("{1} is no kind of identity document"), err));
    if (strcmp(document, "resident-identity-card") == 0)
        return check_card(number, now, err);
    YX_REQUIRE(len >= 4 && len <= YX_PARTY_IDENTITY_MAX &&
                   strspn(number, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == len,
               err, YX_USAGE, "",
               N_("the number of an identity document has 4 to {1} digits and capital letters"),
               YX_NUM(YX_PARTY_IDENTITY_MAX));
    return YX_OK;
}

/* --- Regions: GB/T 2260 ---------------------------------------------------------------------- */

yx_status yx_party_check_region(const char *region, struct yx_error *err)
{
    bool ok = strlen(region) == YX_PARTY_REGION && strspn(region, "0123456789") == YX_PARTY_REGION;

    /* A county lies in a city, a city in a province. */
    if (ok && strncmp(region, "00", 2) == 0)
        ok = strcmp(region, "000000") == 0;
    if (ok && strncmp(region + 2, "00", 2) == 0)
        ok = strcmp(region + 4, "00") == 0;
    YX_REQUIRE(ok, err, YX_USAGE, "GB/T 2260",
               N_("{1} is no code of a region: six digits, 000000 for the whole country"), region);
    return YX_OK;
}

enum yx_party_tier yx_party_region_tier(const char *region)
{
    if (strcmp(region, "000000") == 0)
        return YX_TIER_NATIONAL;
    if (strcmp(region + 2, "0000") == 0)
        return YX_TIER_PROVINCE;
    return strcmp(region + 4, "00") == 0 ? YX_TIER_CITY : YX_TIER_COUNTY;
}

const char *yx_party_tier_name(enum yx_party_tier tier)
{
    static const char *const names[] = {"national", "province", "city", "county"};

    return names[tier];
}
