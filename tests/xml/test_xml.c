/* SPDX-License-Identifier: Apache-2.0 */
/* test_xml.c - the XML tree: what it holds, where it stands in the bytes, what is refused. */
#include "support.h"

#include <time.h>

#include "xml/xml.h"

#define ARENA ((size_t)64 << 20)

struct parsed {
    struct yx_arena *arena;
    struct yx_xml *root;
};

static void parsed_free(struct parsed *parsed)
{
    yx_arena_free(parsed->arena);
}
YX_DEFINE_CLEAN_VALUE(parsed, struct parsed, parsed_free);

static struct parsed parse_bytes(struct yx_bytes document)
{
    struct yx_error err = {0};
    struct parsed out = {.arena = yx_arena_new(ARENA)};
    assert_non_null(out.arena);
    expect_ok(yx_xml_parse(document, "test.xml", out.arena, &out.root, &err), &err);
    return out;
}

static struct parsed parse(const char *document)
{
    return parse_bytes(YX_TEXT(document));
}

static void expect_refused_within(struct yx_bytes document, size_t memory, const char *sentence)
{
    struct yx_error err = {0};
    YX_CLEAN(yx_arena) struct yx_arena *arena = yx_arena_new(memory);
    struct yx_xml *root = NULL;
    assert_non_null(arena);
    clock_t start = clock();
    expect_status(yx_xml_parse(document, "test.xml", arena, &root, &err), YX_DAMAGED, &err);
    assert_true(clock() - start < 5 * CLOCKS_PER_SEC);
    assert_null(root);
    char text[600];
    yx_message_render(&err.message, NULL, text, sizeof text);
    if (strstr(text, sentence) == NULL || strstr(text, "test.xml") == NULL)
        fail_msg("refused with \"%s\", not with \"%s\"", text, sentence);
}

static void expect_refused(const char *document, const char *sentence)
{
    expect_refused_within(YX_TEXT(document), ARENA, sentence);
}

/* --- The tree ---------------------------------------------------------------------------- */

static void builds_a_tree(void **state)
{
    (void)state;
    YX_CLEAN(parsed)
    struct parsed xml =
        parse("<?xml version=\"1.0\"?>\n"
              "<o:A xmlns:o='u' ID='1'>\n <o:B>  x &amp;\n y </o:B><C/><o:B k=\"&lt;\"/>"
              "<!-- no --><D>1<E/>2</D>\n</o:A>");
    assert_string_equal(xml.root->name, "A");
    assert_string_equal(xml.root->prefix, "o:");
    assert_string_equal(xml.root->text, "");
    assert_string_equal(yx_xml_attribute(xml.root, "ID"), "1");
    const struct yx_xml *b = yx_xml_child(xml.root, "B");
    assert_string_equal(b->text, "x &\n y");
    assert_ptr_equal(b->parent, xml.root);
    b = yx_xml_next(b);
    assert_string_equal(yx_xml_attribute(b, "k"), "<");
    assert_null(yx_xml_next(b));
    assert_string_equal(yx_xml_child_text(xml.root, "D"), "12");
    assert_string_equal(yx_xml_child(xml.root, "C")->prefix, "");
    assert_null(yx_xml_child(xml.root, "Z"));
    assert_null(yx_xml_child(NULL, "Z"));
    assert_null(yx_xml_attribute(b, "Z"));
    assert_null(yx_xml_child_text(xml.root, "Z"));
}

static void expect_place(const char *document, const struct yx_xml *element, const char *whole,
                         const char *content)
{
    assert_int_equal(element->end - element->start, strlen(whole));
    assert_memory_equal(document + element->start, whole, strlen(whole));
    assert_int_equal(element->content_end - element->content_start, strlen(content));
    assert_memory_equal(document + element->content_start, content, strlen(content));
}

static void knows_where_things_stand(void **state)
{
    (void)state;
    const char *text = "\xef\xbb\xbf<?xml version='1.0'?><A x='1'>&#65;<B/>章<C y='2' ></C ><D "
                       "/>z</A>\n<!-- end -->";
    YX_CLEAN(parsed) struct parsed xml = parse(text);
    expect_place(text, xml.root, "<A x='1'>&#65;<B/>章<C y='2' ></C ><D />z</A>",
                 "&#65;<B/>章<C y='2' ></C ><D />z");
    const struct yx_xml *b = yx_xml_child(xml.root, "B");
    expect_place(text, b, "<B/>", "");
    assert_true(b->is_empty);
    assert_int_equal(b->content_start, b->end);
    const struct yx_xml *c = yx_xml_child(xml.root, "C");
    expect_place(text, c, "<C y='2' ></C >", "");
    assert_false(c->is_empty);
    assert_int_equal(c->content_start, c->content_end);
    expect_place(text, yx_xml_child(xml.root, "D"), "<D />", "");
    assert_string_equal(xml.root->text, "A章z");
}

static void own_attributes_win_over_foreign_ones(void **state)
{
    (void)state;
    YX_CLEAN(parsed)
    struct parsed xml = parse("<A xmlns:x='u' x:Loc='evil' Loc='good' x:Only='taken'/>");
    assert_string_equal(yx_xml_attribute(xml.root, "Loc"), "good");
    assert_string_equal(yx_xml_attribute(xml.root, "Only"), "taken");
}

static void counts_spaces_before_text(void **state)
{
    (void)state;
    YX_CLEAN(parsed) struct parsed xml = parse("<A><B>  x</B><B> \n x</B><B>x</B><B>  </B></A>");
    const size_t indents[] = {2, 0, 0, 2};
    const struct yx_xml *b = yx_xml_child(xml.root, "B");
    for (size_t i = 0; i < 4; i++, b = yx_xml_next(b))
        assert_int_equal(b->text_indent, indents[i]);
}

/* --- Encodings --------------------------------------------------------------------------- */

static void reads_utf16(void **state)
{
    (void)state;
    static const uint8_t little[] = "\xff\xfe<\0A\0>\0\xe0\x7a<\0B\0/\0>\0<\0/\0A\0>";
    static const uint8_t big[] = "\xfe\xff\0<\0A\0>\x7a\xe0\0<\0B\0/\0>\0<\0/\0A\0>";
    const uint8_t *const documents[] = {little, big};
    for (size_t i = 0; i < 2; i++) {
        /* The last zero byte of the little one is the string's own. */
        struct yx_bytes document = YX_BYTES(documents[i], sizeof big - 1);
        YX_CLEAN(parsed) struct parsed xml = parse_bytes(document);
        assert_string_equal(xml.root->text, "章");
        assert_int_equal(yx_xml_child(xml.root, "B")->start, 10);
        assert_int_equal(yx_xml_child(xml.root, "B")->end, 18);
        assert_true(yx_xml_is_wide(document));
    }
    assert_true(yx_xml_is_wide(YX_BYTES("<\0A\0", 4)));
    assert_false(yx_xml_is_wide(YX_TEXT("<A/>")));
    assert_false(yx_xml_is_wide(YX_TEXT("\xef\xbb\xbf<A/>")));
    assert_false(yx_xml_is_wide(YX_TEXT("<")));
}

static void reads_gbk(void **state)
{
    (void)state;
    const char *const names[] = {"GBK", "gb2312", "GB18030"};
    for (size_t i = 0; i < 3; i++) {
        char text[100];
        snprintf(text, sizeof text,
                 "<?xml version='1.0' encoding='%s'?><A b='\xd3\xa1'>\xd5\xc2</A>", names[i]);
        YX_CLEAN(parsed) struct parsed xml = parse(text);
        assert_string_equal(xml.root->text, "章");
        assert_string_equal(yx_xml_attribute(xml.root, "b"), "印");
        assert_memory_equal(text + xml.root->content_start, "\xd5\xc2</A>", 6);
    }
}

static void refuses_other_encodings(void **state)
{
    (void)state;
    expect_refused("<?xml version='1.0' encoding='Big5'?><A/>", "unknown encoding");
    /* A character of four bytes, and half a character. */
    expect_refused("<?xml version='1.0' encoding='GB18030'?><A>\x90\x30\x81\x30</A>",
                   "not well-formed");
    expect_refused("<?xml version='1.0' encoding='GBK'?><A>\x80</A>", "not well-formed");
    expect_refused("<A>\xd5\xc2</A>", "not well-formed");
    expect_refused("<A>\xed\xa0\x80</A>", "not well-formed");
}

/* --- Refusals ---------------------------------------------------------------------------- */

static void refuses_what_is_not_well_formed(void **state)
{
    (void)state;
    const char *const documents[] = {
        "",           " ",          "text",        "<A>", "<A></B>", "<A/><B/>", "<A a='1' a='2'/>",
        "<A>&e;</A>", "<A b=<c/>'", "<A>&#0;</A>", "<A",  "</A>"};
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++)
        expect_refused(documents[i], "not well-formed");
    expect_refused_within(YX_BYTES("<A>\0</A>", 8), ARENA, "not well-formed");
}

static void refuses_a_doctype(void **state)
{
    (void)state;
    expect_refused("<!DOCTYPE A><A/>", "DOCTYPE");
    expect_refused("<!DOCTYPE A [<!ENTITY x 'y'>]><A>&x;</A>", "DOCTYPE");
    expect_refused("<!DOCTYPE A SYSTEM 'file:///etc/passwd'><A/>", "DOCTYPE");
}

static struct yx_buf repeated(const char *before, const char *part, size_t count, const char *after)
{
    struct yx_buf out = {0};
    assert_int_equal(yx_buf_append_text(&out, before), YX_OK);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(yx_buf_append_text(&out, part), YX_OK);
    assert_int_equal(yx_buf_append_text(&out, after), YX_OK);
    return out;
}

static void refuses_deep_nesting(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf million = repeated("", "<a>", 350000, "");
    expect_refused_within(yx_buf_bytes(&million), ARENA, "deeper than 64");
    YX_CLEAN(yx_buf) struct yx_buf good = repeated("", "<a>", YX_XML_DEPTH_MAX - 1, "<b/>");
    for (size_t i = 1; i < YX_XML_DEPTH_MAX; i++)
        assert_int_equal(yx_buf_append_text(&good, "</a>"), YX_OK);
    YX_CLEAN(parsed) struct parsed xml = parse_bytes(yx_buf_bytes(&good));
    assert_non_null(xml.root);
    YX_CLEAN(yx_buf) struct yx_buf bad = repeated("", "<a>", YX_XML_DEPTH_MAX, "<b/>");
    expect_refused_within(yx_buf_bytes(&bad), ARENA, "deeper than 64");
}

static void refuses_more_than_the_memory_given(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf many = repeated("<A>", "<b/>", 100000, "</A>");
    expect_refused_within(yx_buf_bytes(&many), 1 << 20, "more memory");
    YX_CLEAN(parsed) struct parsed xml = parse_bytes(yx_buf_bytes(&many));
    assert_non_null(xml.root);
    YX_CLEAN(yx_buf) struct yx_buf text = repeated("<A>", "0123456789", 200000, "</A>");
    expect_refused_within(yx_buf_bytes(&text), 1 << 20, "more memory");
}

static void refuses_huge_attributes(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf)
    struct yx_buf value =
        repeated("<A b='", "0123456789abcdef", (YX_XML_VALUE_MAX >> 4) + 1, "'/>");
    expect_refused_within(yx_buf_bytes(&value), ARENA, "value longer than");
    YX_CLEAN(yx_buf) struct yx_buf many = {0};
    assert_int_equal(yx_buf_append_text(&many, "<A"), YX_OK);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(yx_buf_printf(&many, " a%d=''", i), YX_OK);
    assert_int_equal(yx_buf_append_text(&many, "/>"), YX_OK);
    expect_refused_within(yx_buf_bytes(&many), ARENA, "more than 256 attributes");
}

static void refuses_every_truncation(void **state)
{
    (void)state;
    const char *text = "<?xml version='1.0'?><A x='1'><B>章&amp;</B><C/></A>";
    for (size_t len = 0; len < strlen(text); len++) {
        YX_CLEAN(yx_buf) struct yx_buf copy = {0};
        assert_int_equal(yx_buf_append(&copy, YX_BYTES(text, len)), YX_OK);
        expect_refused_within(yx_buf_bytes(&copy), ARENA, "not well-formed");
    }
}

/* --- Escaping ---------------------------------------------------------------------------- */

static void escapes_text(void **state)
{
    (void)state;
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    assert_int_equal(yx_xml_escape(&out, "<a b=\"c\" d='e'>&章\x01\xff\xef\xbf\xbf\n"), YX_OK);
    assert_true(yx_bytes_are(yx_buf_bytes(&out),
                             "&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;章???&#10;"));
}

static void escaped_text_comes_back(void **state)
{
    (void)state;
    const char *text = "\t<&>\"' 章\r\n";
    YX_CLEAN(yx_buf) struct yx_buf out = {0};
    assert_int_equal(yx_buf_append_text(&out, "<A b=\""), YX_OK);
    assert_int_equal(yx_xml_escape(&out, text), YX_OK);
    assert_int_equal(yx_buf_append_text(&out, "\"/>"), YX_OK);
    YX_CLEAN(parsed) struct parsed xml = parse_bytes(yx_buf_bytes(&out));
    assert_string_equal(yx_xml_attribute(xml.root, "b"), text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builds_a_tree),
        cmocka_unit_test(knows_where_things_stand),
        cmocka_unit_test(own_attributes_win_over_foreign_ones),
        cmocka_unit_test(counts_spaces_before_text),
        cmocka_unit_test(reads_utf16),
        cmocka_unit_test(reads_gbk),
        cmocka_unit_test(refuses_other_encodings),
        cmocka_unit_test(refuses_what_is_not_well_formed),
        cmocka_unit_test(refuses_a_doctype),
        cmocka_unit_test(refuses_deep_nesting),
        cmocka_unit_test(refuses_more_than_the_memory_given),
        cmocka_unit_test(refuses_huge_attributes),
        cmocka_unit_test(refuses_every_truncation),
        cmocka_unit_test(escapes_text),
        cmocka_unit_test(escaped_text_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
