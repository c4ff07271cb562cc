/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_number.c - check digits, regions, words.
 * REQ: ROLE-02, ROLE-03, ROLE-04, ROLE-05, ROLE-19, ROLE-38
 */
#include "support.h"

#include "party/party.h"

#define NOW (INT64_C(1795000000) * YX_SECOND)

static void codes_have_a_check_character(void **state)
{
    static const char *const good[] = {"91110000600037341L", "91350100M000100Y43"};
    char code[YX_PARTY_CODE + 1];
    struct yx_error err = {0};
    (void)state;
    for (size_t i = 0; i < 2; i++)
        expect_ok(yx_party_check_code(good[i], &err), &err);
    /* Every other character in every place is found out. */
    for (size_t i = 0; i < YX_PARTY_CODE; i++)
        for (const char *c = "0123456789ABCDEFGHJKLMNPQRTUWXY"; *c != '\0'; c++) {
            strcpy(code, good[0]);
            if (code[i] == *c)
                continue;
            code[i] = *c;
            expect_status(yx_party_check_code(code, &err), YX_USAGE, &err);
        }
}

static void other_codes_are_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "9111000060003734",
                                      "91110000600037341L0",
                                      "91110000600037341l",
                                      "9111000060003734IL",
                                      "91110000 00037341L",
                                      "911100006000373中"};
    struct yx_error err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_status(yx_party_check_code(bad[i], &err), YX_USAGE, &err);
}

static void cards_have_a_check_digit(void **state)
{
    static const char *const good[] = {"11010519491231002X", "440524188001010014"};
    static const char *const bad[] = {"110105194912310021",
                                      "11010519491231002x",
                                      "11010519491231002",
                                      "110105194912310020",
                                      "11010519491331002X",
                                      "1101051949123100 X",
                                      "",
                                      "11010519491231002X1",
                                      "1101051949中中00"};
    struct yx_error err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        expect_ok(yx_party_check_identity("resident-identity-card", good[i], NOW, &err), &err);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_status(yx_party_check_identity("resident-identity-card", bad[i], NOW, &err),
                      YX_USAGE, &err);
}

/* Computes the check digit, so that only the day is wrong. */
static void card_of(const char *seventeen, char out[19])
{
    static const int weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (size_t i = 0; i < 17; i++)
        sum += (seventeen[i] - '0') * weights[i];
    snprintf(out, 19, "%s%c", seventeen, "10X98765432"[sum % 11]);
}

static void cards_name_a_day_of_birth(void **state)
{
    static const struct {
        const char *number;
        yx_status want;
    } cases[] = {{"34020119900229001", YX_USAGE}, /* no leap year */
                 {"34020120000229001", YX_OK},
                 {"34020119901301001", YX_USAGE},
                 {"34020119900100001", YX_USAGE},
                 {"34020129990101001", YX_USAGE}}; /* not born yet */
    char card[19];
    struct yx_error err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        card_of(cases[i].number, card);
        expect_status(yx_party_check_identity("resident-identity-card", card, NOW, &err),
                      cases[i].want, &err);
    }
}

static void no_sentence_repeats_the_number(void **state)
{
    char words[600];
    struct yx_error err = {0};
    (void)state;
    expect_status(
        yx_party_check_identity("resident-identity-card", "110105194912310021", NOW, &err),
        YX_USAGE, &err);
    yx_message_render(&err.message, NULL, words, sizeof words);
    assert_null(strstr(words, "1101051949"));
}

static void other_documents_have_capital_letters_and_digits(void **state)
{
    struct yx_error err = {0};
    (void)state;
    expect_ok(yx_party_check_identity("passport", "E12345678", NOW, &err), &err);
    expect_status(yx_party_check_identity("passport", "e12345678", NOW, &err), YX_USAGE, &err);
    expect_status(yx_party_check_identity("passport", "E1", NOW, &err), YX_USAGE, &err);
    expect_status(yx_party_check_identity("library-card", "E12345678", NOW, &err), YX_USAGE, &err);
}

static void regions_have_tiers(void **state)
{
    static const struct {
        const char *region, *tier;
    } good[] = {
        {"000000", "national"}, {"340000", "province"}, {"340200", "city"}, {"340202", "county"}};
    static const char *const bad[] = {"", "34", "3402000", "34020a", "000200", "000001", "340002"};
    struct yx_error err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        expect_ok(yx_party_check_region(good[i].region, &err), &err);
        assert_string_equal(yx_party_tier_name(yx_party_region_tier(good[i].region)), good[i].tier);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_status(yx_party_check_region(bad[i], &err), YX_USAGE, &err);
}

/* How many different texts a column has. */
static size_t different(const char *(*column)(const struct yx_party_nature *nature))
{
    const struct yx_party_nature *natures = yx_party_natures();
    size_t count = 0;
    for (size_t i = 0; natures[i].word.id != NULL; i++) {
        bool seen = column(&natures[i]) == NULL;
        for (size_t k = 0; k < i && !seen; k++)
            seen = column(&natures[k]) != NULL &&
                   strcmp(column(&natures[k]), column(&natures[i])) == 0;
        count += !seen;
    }
    return count;
}

static const char *applicant(const struct yx_party_nature *nature)
{
    return nature->applicant;
}
static const char *wuhu(const struct yx_party_nature *nature)
{
    return nature->wuhu;
}
static const char *hainan(const struct yx_party_nature *nature)
{
    return nature->hainan;
}
static const char *social(const struct yx_party_nature *nature)
{
    return nature->social;
}
static const char *user(const struct yx_party_nature *nature)
{
    return nature->user;
}

static void every_list_of_the_regulations_is_whole(void **state)
{
    (void)state;
    assert_int_equal(different(applicant), 7);
    assert_int_equal(different(wuhu), 7);
    assert_int_equal(different(hainan), 14);
    assert_int_equal(different(social), 3);
    assert_int_equal(different(user), 2); /* and natural persons, who are no organisations */
    assert_string_equal(yx_party_nature_find("foundation")->social, "基金会");
    assert_null(yx_party_nature_find("court")->social);
    assert_null(yx_party_nature_find("nothing"));
}

static void positions_are_whole(void **state)
{
    size_t seals = 0, filed = 0;
    (void)state;
    for (const struct yx_party_position *p = yx_party_positions(); p->word.id != NULL; p++) {
        seals += (p->rules & YX_POST_SEAL) != 0;
        filed += (p->rules & YX_POST_FILED) != 0;
        assert_ptr_equal(yx_party_position_find(p->word.id), p);
    }
    assert_int_equal(seals, 5);
    assert_int_equal(filed, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_have_a_check_character),
        cmocka_unit_test(other_codes_are_refused),
        cmocka_unit_test(cards_have_a_check_digit),
        cmocka_unit_test(cards_name_a_day_of_birth),
        cmocka_unit_test(no_sentence_repeats_the_number),
        cmocka_unit_test(other_documents_have_capital_letters_and_digits),
        cmocka_unit_test(regions_have_tiers),
        cmocka_unit_test(every_list_of_the_regulations_is_whole),
        cmocka_unit_test(positions_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
