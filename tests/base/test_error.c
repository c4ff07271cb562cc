/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

static const char *shout(const char *text)
{
    return strcmp(text, "{1} then {2}") == 0 ? "{2}之前是{1}" : text;
}

static void render(const struct yx_message *message, yx_translate translate, const char *want)
{
    char out[256];
    yx_message_render(message, translate, out, sizeof out);
    assert_string_equal(out, want);
}

static void arguments_go_where_the_sentence_says(void **state)
{
    (void)state;
    struct yx_message message;
    yx_message_set(&message, "{1} then {2}", "a", "b");
    render(&message, NULL, "a then b");
    render(&message, shout, "b之前是a");
    yx_message_set(&message, "{3}{x}{1", "a");
    render(&message, NULL, "{x}{1");
}

/* A hostile name must not move the cursor of a terminal. */
static void controls_in_arguments_are_replaced(void **state)
{
    (void)state;
    struct yx_message message;
    yx_message_set(&message, "<{1}>", "a\033[2J\n\x7f\xc2\x9b\xff合同");
    render(&message, NULL, "<a?[2J????合同>");
}

/* Nor turn the direction of writing, or start a line of its own. */
static void turns_in_arguments_are_replaced(void **state)
{
    (void)state;
    struct yx_message message;
    yx_message_set(&message, "<{1}>", "a\u202Eb\u202C\u2067c\u2069\u2028d\u200F\u061C合同\u2014");
    render(&message, NULL, "<a?b??c??d??合同\u2014>");
}

static void long_arguments_are_cut_at_a_character(void **state)
{
    (void)state;
    char name[1500];
    for (size_t i = 0; i + 3 < sizeof name; i += 3)
        memcpy(name + i, "章", 3);
    name[sizeof name - sizeof name % 3 - 3] = '\0';
    struct yx_message message;
    yx_message_set(&message, "{1}|{2}|{3}", name, "second", "third");
    char out[1024];
    yx_message_render(&message, NULL, out, sizeof out);
    assert_true(yx_utf8_valid(YX_TEXT(out)));
    char small[8];
    yx_message_render(&message, NULL, small, sizeof small);
    assert_string_equal(small, "章章");
}

static void errors_carry_status_rule_and_sentence(void **state)
{
    (void)state;
    struct yx_error err;
    assert_int_equal(yx_fail(&err, YX_REFUSED, "RFC 1", "no {1}", YX_NUM(-7)), YX_REFUSED);
    assert_int_equal(err.status, YX_REFUSED);
    assert_string_equal(err.rule, "RFC 1");
    render(&err.message, NULL, "no -7");
    assert_int_equal(yx_fail(NULL, YX_IO, "", "nobody listens"), YX_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_go_where_the_sentence_says),
        cmocka_unit_test(controls_in_arguments_are_replaced),
        cmocka_unit_test(turns_in_arguments_are_replaced),
        cmocka_unit_test(long_arguments_are_cut_at_a_character),
        cmocka_unit_test(errors_carry_status_rule_and_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
