/* SPDX-License-Identifier: Apache-2.0 */
/* test_json.c - JSON that is read and JSON that is not; members taken by a table, and each way in
 * which they are refused. */
#include "support.h"

#include "http/http.h"

static const char *const colours[] = {"red", "green", NULL};

struct address {
    const char *town;
};
struct unit {
    const char *name;
    int64_t size;
};
struct order {
    const char *name, *note, *id;
    int64_t copies, any_number;
    bool urgent;
    yx_time at;
    int colour;
    struct address address;
    json_t *units, *words, *more;
};

static const struct yx_json_member address[] = {
    {"town", YX_JSON_TEXT, true, 0, 0, YX_JSON_AT(struct order, address.town)},
    YX_JSON_END,
};
static const struct yx_json_member unit[] = {
    {"name", YX_JSON_TEXT, true, 0, 0, YX_JSON_AT(struct unit, name)},
    {"size", YX_JSON_INT, false, 0, 9, YX_JSON_AT(struct unit, size)},
    YX_JSON_END,
};
static const struct yx_json_member members[] = {
    {"name", YX_JSON_TEXT, true, 2, 5, YX_JSON_AT(struct order, name)},
    {"note", YX_JSON_LINES, false, 0, 0, YX_JSON_AT(struct order, note)},
    {"id", YX_JSON_ID, false, 0, 0, YX_JSON_AT(struct order, id)},
    {"copies", YX_JSON_INT, false, 1, 99, YX_JSON_AT(struct order, copies)},
    {"any/number~", YX_JSON_INT, false, 0, 0, YX_JSON_AT(struct order, any_number)},
    {"urgent", YX_JSON_BOOL, false, 0, 0, YX_JSON_AT(struct order, urgent)},
    {"at", YX_JSON_TIME, false, 0, 0, YX_JSON_AT(struct order, at)},
    {"colour", YX_JSON_CHOICE, false, 0, 0, YX_JSON_AT(struct order, colour), colours},
    {"address", YX_JSON_OBJECT, false, 0, 0, 0, NULL, address},
    {"units", YX_JSON_LIST, false, 0, 2, YX_JSON_AT(struct order, units), NULL, unit},
    {"words", YX_JSON_LIST, false, 0, 0, YX_JSON_AT(struct order, words)},
    {"more", YX_JSON_ANY, false, 0, 0, YX_JSON_AT(struct order, more)},
    YX_JSON_END,
};

static void members_are_taken(void **state)
{
    static const char text[] =
        "{\"name\":\"\\u5370\xe7\xab\xa0\",\"note\":\"a\\nb\","
        "\"id\":\"0192f0c4-aaaa-7bbb-8ccc-0123456789ab\",\"copies\":99,\"any/number~\":-7,"
        "\"urgent\":true,\"at\":\"2026-11-21T16:00:00+08:00\",\"colour\":\"green\","
        "\"address\":{\"town\":\"x\"},\"units\":[{\"name\":\"a\"},{\"name\":\"b\",\"size\":3}],"
        "\"words\":[\"one\"],\"more\":{\"x\":[null]}}";
    struct order order = {0};
    struct unit last = {.size = 5};
    struct yx_error err;
    json_t *json = NULL;

    (void)state;
    expect_ok(yx_json_read(YX_TEXT(text), &json, &err), &err);
    expect_ok(yx_json_members(json, members, &order, &err), &err);
    assert_string_equal(order.name, "\xe5\x8d\xb0\xe7\xab\xa0");
    assert_string_equal(order.note, "a\nb");
    assert_string_equal(order.id, "0192f0c4-aaaa-7bbb-8ccc-0123456789ab");
    assert_int_equal(order.copies, 99);
    assert_int_equal(order.any_number, -7);
    assert_true(order.urgent);
    assert_true(order.at == INT64_C(1795248000) * YX_SECOND);
    assert_int_equal(order.colour, 1);
    assert_string_equal(order.address.town, "x");
    assert_int_equal(json_array_size(order.units), 2);
    expect_ok(yx_json_members(json_array_get(order.units, 0), unit, &last, &err), &err);
    assert_string_equal(last.name, "a");
    assert_int_equal(last.size, 5);
    assert_string_equal(json_string_value(json_array_get(order.words, 0)), "one");
    assert_true(json_is_object(order.more));
    json_decref(json);
}

static void what_is_absent_stays(void **state)
{
    struct order order = {.copies = 3, .colour = -1, .at = YX_TIME_NONE, .urgent = true};
    struct yx_error err;
    json_t *json = NULL;

    (void)state;
    expect_ok(yx_json_read(YX_TEXT("{\"name\":\"ab\"}"), &json, &err), &err);
    expect_ok(yx_json_members(json, members, &order, &err), &err);
    assert_null(order.note);
    assert_null(order.units);
    assert_int_equal(order.copies, 3);
    assert_int_equal(order.colour, -1);
    assert_true(order.at == YX_TIME_NONE && order.urgent);
    json_decref(json);
}

static void what_is_wrong_is_named(void **state)
{
    static const char *const cases[][2] = {
        {"{}", "/name is missing"},
        {"[]", "the body must be an object"},
        {"{\"name\":1}", "/name must be a text"},
        {"{\"name\":null}", "/name must be a text"},
        {"{\"name\":\"a\"}", "/name must have 2 to 5 characters"},
        {"{\"name\":\"abcdef\"}", "/name must have 2 to 5 characters"},
        {"{\"name\":\"a\\nb\"}", "/name holds a character that may not stand there"},
        {"{\"name\":\"a\\u007f\"}", "/name holds a character that may not stand there"},
        {"{\"name\":\"ab\",\"note\":\"a\\rb\"}", "/note holds a character that may not"},
        {"{\"name\":\"ab\",\"note\":\"\"}", "/note must have 1 to 1000 characters"},
        {"{\"name\":\"ab\",\"Name\":\"ab\"}", "/Name is not known here"},
        {"{\"name\":\"ab\",\"a~/b\":1}", "/a~0~1b is not known here"},
        {"{\"name\":\"ab\",\"id\":\"1\"}", "/id must be an identifier"},
        {"{\"name\":\"ab\",\"id\":\"0192F0C4-AAAA-7BBB-8CCC-0123456789AB\"}", "/id must be an"},
        {"{\"name\":\"ab\",\"copies\":0}", "/copies must be from 1 to 99"},
        {"{\"name\":\"ab\",\"copies\":100}", "/copies must be from 1 to 99"},
        {"{\"name\":\"ab\",\"copies\":1.0}", "/copies must be a whole number"},
        {"{\"name\":\"ab\",\"copies\":\"1\"}", "/copies must be a whole number"},
        {"{\"name\":\"ab\",\"any/number~\":true}", "/any~1number~0 must be a whole number"},
        {"{\"name\":\"ab\",\"urgent\":1}", "/urgent must be true or false"},
        {"{\"name\":\"ab\",\"at\":\"yesterday\"}", "/at must be an instant"},
        {"{\"name\":\"ab\",\"at\":\"2026-02-30T00:00:00Z\"}", "/at must be an instant"},
        {"{\"name\":\"ab\",\"at\":12}", "/at must be an instant"},
        {"{\"name\":\"ab\",\"colour\":\"blue\"}", "/colour must be one of: red, green"},
        {"{\"name\":\"ab\",\"colour\":1}", "/colour must be one of: red, green"},
        {"{\"name\":\"ab\",\"address\":[]}", "/address must be an object"},
        {"{\"name\":\"ab\",\"address\":{}}", "/address/town is missing"},
        {"{\"name\":\"ab\",\"address\":{\"town\":\"x\",\"y\":1}}", "/address/y is not known"},
        {"{\"name\":\"ab\",\"units\":{}}", "/units must be a list"},
        {"{\"name\":\"ab\",\"units\":[{\"name\":\"a\"},{\"size\":1}]}", "/units/1/name is missing"},
        {"{\"name\":\"ab\",\"units\":[{\"name\":\"a\",\"size\":10}]}",
         "/units/0/size must be from"},
        {"{\"name\":\"ab\",\"units\":[1]}", "/units/0 must be an object"},
        {"{\"name\":\"ab\",\"units\":[{},{},{}]}", "/units must have 0 to 2 items"},
        {"{\"name\":\"ab\",\"words\":[\"a\",2]}", "/words/1 must be a text"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct order order = {0};
        struct yx_error err;
        char sentence[600];
        json_t *json = NULL;

        expect_ok(yx_json_read(YX_TEXT(cases[i][0]), &json, &err), &err);
        expect_status(yx_json_members(json, members, &order, &err), YX_USAGE, &err);
        yx_message_render(&err.message, NULL, sentence, sizeof sentence);
        if (strncmp(sentence, cases[i][1], strlen(cases[i][1])) != 0)
            fail_msg("%s: %s", cases[i][0], sentence);
        json_decref(json);
    }
}

static void what_is_no_json_is_refused(void **state)
{
    static const char *const cases[] = {
        "",
        " ",
        "\"text\"",
        "{",
        "{}{}",
        "{} x",
        "{'a':1}",
        "{\"a\":1,}",
        "{\"a\":1,\"a\":1}",
        "{\"a\":{\"b\":1,\"b\":2}}",
        "{\"a\":NaN}",
        "{\"a\":01}",
        "{\"a\":1e999}",
        "{\"a\":99999999999999999999}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\\u0000b\":1}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\xc0\xaf\"}",
        "{\"a\":\"\n\"}",
        "\xef\xbb\xbf{}",
        "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]",
        ("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":"
         "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}}}}}}}}}"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct yx_error err;
        json_t *json = NULL;

        if (yx_json_read(YX_TEXT(cases[i]), &json, &err) != YX_DAMAGED)
            fail_msg("read: %s", cases[i]);
        assert_null(json);
    }
}

/* Brackets in texts are text. */
static void limits_are_kept(void **state)
{
    struct yx_error err;
    json_t *json = NULL;
    YX_CLEAN(yx_buf) struct yx_buf text = {0};

    (void)state;
    expect_ok(yx_json_read(YX_TEXT("[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]"), &json, &err), &err);
    json_decref(json);
    json = NULL;
    expect_ok(yx_json_read(YX_TEXT("[\"[[[[[[[[[[[[[[[[[[[\\\"[[[[\"]"), &json, &err), &err);
    json_decref(json);
    json = NULL;
    assert_int_equal(yx_buf_append_text(&text, "[0"), YX_OK);
    for (size_t i = 0; i < 19998; i++)
        assert_int_equal(yx_buf_append_text(&text, ",0"), YX_OK);
    assert_int_equal(yx_buf_append_text(&text, "]"), YX_OK);
    expect_ok(yx_json_read(yx_buf_bytes(&text), &json, &err), &err);
    json_decref(json);
    json = NULL;
    text.data[text.len - 1] = ',';
    assert_int_equal(yx_buf_append_text(&text, "0]"), YX_OK);
    expect_status(yx_json_read(yx_buf_bytes(&text), &json, &err), YX_DAMAGED, &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_taken),      cmocka_unit_test(what_is_absent_stays),
        cmocka_unit_test(what_is_wrong_is_named), cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(limits_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
