/* SPDX-License-Identifier: Apache-2.0 */
/* test_settings.c - yinxin.conf: what is usual, what a file says, what is refused and how. */
#include "support.h"

#include <arpa/inet.h>
#include <sys/stat.h>

#include "settings/settings.h"

static char folder[] = "/tmp/yx-settings-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/yinxin.conf", folder);
    return 0;
}

static int drop_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static void write_file(const char *text)
{
    struct yx_error err;

    expect_ok(yx_file_write(path, false, YX_TEXT(text), &err), &err);
}

static struct yx_settings *read_text(const char *text)
{
    struct yx_settings *settings = NULL;
    struct yx_error err;

    write_file(text);
    expect_ok(yx_settings_read(folder, NULL, &settings, &err), &err);
    return settings;
}

static const struct yx_setting *find(const struct yx_settings *settings, const char *name)
{
    static struct yx_setting found;

    for (size_t i = 0; i < yx_settings_count(); i++) {
        found = yx_settings_at(settings, i);
        if (strcmp(found.name, name) == 0)
            return &found;
    }
    fail_msg("no setting %s", name);
    return NULL;
}

static void without_a_file_all_is_usual(void **state)
{
    YX_CLEAN(yx_settings) struct yx_settings *settings = NULL;
    struct yx_error err;
    char expected[96];

    (void)state;
    (void)unlink(path);
    expect_ok(yx_settings_read(folder, NULL, &settings, &err), &err);
    assert_int_equal(settings->listen.count, 1);
    assert_string_equal(settings->listen.items[0].host, "127.0.0.1");
    assert_int_equal(settings->listen.items[0].port, 8443);
    (void)snprintf(expected, sizeof expected, "%s/yinxin.db", folder);
    assert_string_equal(settings->database, expected);
    assert_string_equal(settings->blobs_key, "");
    assert_int_equal(settings->upload_max, 200 << 20);
    assert_int_equal(settings->upload_lifetime, 86400);
    assert_true(settings->s3_path_style);
    assert_int_equal(settings->metrics_from.count, 2);
    assert_int_equal(settings->login_trust.count, 0);
    for (size_t i = 0; i < yx_settings_count(); i++)
        assert_string_equal(yx_settings_at(settings, i).from, "");
    expect_ok(yx_settings_check(settings, &err), &err);
}

static void a_named_file_must_be_there(void **state)
{
    struct yx_settings *settings = NULL;
    struct yx_error err;

    (void)state;
    expect_status(yx_settings_read(folder, "/nonexistent/y.conf", &settings, &err), YX_NO_INPUT,
                  &err);
}

static void a_file_says_otherwise(void **state)
{
    YX_CLEAN(yx_settings)
    struct yx_settings *settings = read_text("# remark\n"
                                             "listen = {\"[::1]:443\", \":8443\"}\n"
                                             "public_url = \"https://印章.example.cn//\"\n"
                                             "database = \"postgresql://u:secret@db/yinxin\"\n"
                                             "blobs = \"/srv/blobs\"\n"
                                             "upload_max = 3M\n"
                                             "upload_lifetime = 90m\n"
                                             "s3_path_style = no\n"
                                             "threads = 4\n"
                                             "trusted_proxies = {10.0.0.0/8}\n"
                                             "metrics_from = {}\n"
                                             "login_trust = {\"roots\", /etc/ca.pem}\n");
    char expected[96];

    (void)state;
    assert_int_equal(settings->listen.count, 2);
    assert_string_equal(settings->listen.items[0].host, "::1");
    assert_int_equal(settings->listen.items[0].port, 443);
    assert_string_equal(settings->listen.items[1].host, "0.0.0.0");
    assert_string_equal(settings->public_url, "https://印章.example.cn");
    assert_string_equal(settings->database, "postgresql://u:secret@db/yinxin");
    assert_string_equal(settings->blobs, "/srv/blobs");
    assert_int_equal(settings->upload_max, 3 << 20);
    assert_int_equal(settings->upload_lifetime, 5400);
    assert_false(settings->s3_path_style);
    assert_int_equal(settings->threads, 4);
    assert_true(yx_networks_have(&settings->trusted_proxies, "10.1.2.3"));
    assert_int_equal(settings->metrics_from.count, 0);
    (void)snprintf(expected, sizeof expected, "%s/roots", folder);
    assert_string_equal(settings->login_trust.items[0], expected);
    assert_string_equal(settings->login_trust.items[1], "/etc/ca.pem");
}

/* Who starts others with the same settings keeps their text. */
static void a_text_that_was_read_stays(void **state)
{
    YX_CLEAN(yx_settings) struct yx_settings *settings = NULL;
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    YX_CLEAN(yx_buf) struct yx_buf none = {0};
    struct yx_error err;

    (void)state;
    write_file("threads = 4\n");
    expect_ok(yx_settings_text(folder, NULL, &text, &err), &err);
    write_file("threads = 5\n");
    expect_ok(yx_settings_parse(folder, NULL, yx_buf_bytes(&text), &settings, &err), &err);
    assert_int_equal(settings->threads, 4);
    assert_string_equal(find(settings, "threads")->from, path);
    (void)unlink(path);
    expect_ok(yx_settings_text(folder, NULL, &none, &err), &err);
    assert_int_equal(none.len, 0);
    expect_status(yx_settings_text(folder, path, &none, &err), YX_NO_INPUT, &err);
}

static void what_is_shown_says_where_from_and_no_secret(void **state)
{
    YX_CLEAN(yx_settings)
    struct yx_settings *settings =
        read_text("threads = 4\n\ndatabase = \"postgresql://u:se:cr@et@db/y?password=secret\"\n");

    (void)state;
    assert_string_equal(find(settings, "threads")->from, path);
    assert_int_equal(find(settings, "threads")->line, 1);
    assert_string_equal(find(settings, "threads")->value, "4");
    assert_int_equal(find(settings, "database")->line, 3);
    assert_string_equal(find(settings, "database")->value, "\"postgresql://u:***@db/y?***\"");
    assert_string_equal(find(settings, "listen")->value, "{\"127.0.0.1:8443\"}");
    assert_string_equal(find(settings, "upload_max")->value, "200M");
}

/* Every line of what is shown, read again, gives the same: quotes, dollars and control characters
 * too. */
static void what_is_shown_can_be_read(void **state)
{
    YX_CLEAN(yx_settings)
    struct yx_settings *first =
        read_text("user = 'a\"b\\\\c${HOME}'\nlisten = {\"[::1]:1\"}\nbody_deadline = 2h\n");
    YX_CLEAN(yx_settings) struct yx_settings *second = NULL;
    YX_CLEAN(yx_buf) struct yx_buf text = {0};

    (void)state;
    assert_string_equal(first->user, "a\"b\\c${HOME}");
    for (size_t i = 0; i < yx_settings_count(); i++) {
        struct yx_setting setting = yx_settings_at(first, i);
        assert_int_equal(yx_buf_printf(&text, "%s = %s\n", setting.name, setting.value), YX_OK);
    }
    assert_int_equal(yx_buf_append(&text, YX_BYTES("", 1)), YX_OK);
    second = read_text((const char *)text.data);
    for (size_t i = 0; i < yx_settings_count(); i++)
        assert_string_equal(yx_settings_at(first, i).value, yx_settings_at(second, i).value);
    assert_string_equal(second->user, first->user);
    assert_int_equal(second->body_deadline, 7200);
}

/* The text of a file, and what the complaint must hold. */
static const struct {
    const char *text, *says;
} refused[] = {
    {"nix = 4\n", "nix"},
    {"\n\nthreads = 0\n", ":3: threads must be 1 to 256, not 0"},
    {"threads = 257\n", "not 257"},
    {"threads = -1\n", "not -1"},
    {"threads = 4k\n", "not 4k"},
    {"threads = \"\"\n", "threads must be"},
    {"threads = 99999999999999999999\n", "threads must be"},
    {"upload_max = 17G\n", "1K to 16G, not 17G"},
    {"upload_max = 999999999999999G\n", "not 999999999999999G"},
    {"upload_max = 1MB\n", "not 1MB"},
    {"idle_deadline = 1.5h\n", "not 1.5h"},
    {"threads = 4\nthreads = 5\n", "line 2: threads stands twice"},
    {"metrics_from = {\"::1\"}\nmetrics_from = {\"::1\"}\n", "line 2: metrics_from stands twice"},
    {"threads = \n", "line"},
    {"listen = {}\n", "listen must not be empty"},
    {"listen = {\"127.0.0.1\"}\n", "127.0.0.1 is no address of listen"},
    {"listen = {\"127.0.0.1:65536\"}\n", "127.0.0.1:65536"},
    {"listen = {\"::1:80\"}\n", "::1:80"},
    {"listen = {\"localhost:8443\"}\n", "localhost:8443 is no address of listen"},
    {"listen = {\"[127.0.0.1]:8443\"}\n", "[127.0.0.1]:8443"},
    {"listen = {\"[]:8443\"}\n", "[]:8443"},
    {"metrics_from = {\"10.0.0.1/8\"}\n", "10.0.0.1/8"},
    {"metrics_from = {\"10.0.0.0/33\"}\n", "10.0.0.0/33"},
    {"metrics_from = {\"example.cn\"}\n", "example.cn"},
    {"log_requests = true\n", "must be yes or no, not true"},
    {"public_url = \"ftp://x\"\n", "http://"},
    {"user = \"\xff\"\n", "UTF-8"},
    {"login_trust = {\"\"}\n", "empty name"},
    {"blobs = \"s3://bucket\"\n", "s3_endpoint"},
    {"smtp_url = \"smtp://mail\"\n", "mail_from"},
    {"smtp_user = \"me\"\n", "smtp_password"},
};

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct yx_settings *settings = NULL;
        struct yx_error err;
        char words[600];

        write_file(refused[i].text);
        expect_status(yx_settings_read(folder, NULL, &settings, &err), YX_DAMAGED, &err);
        yx_message_render(&err.message, NULL, words, sizeof words);
        if (strstr(words, refused[i].says) == NULL || strstr(words, "yinxin.conf") == NULL)
            fail_msg("%s: %s", refused[i].text, words);
        assert_null(settings);
    }
}

static void an_option_goes_before_the_file(void **state)
{
    YX_CLEAN(yx_settings)
    struct yx_settings *settings = read_text("listen = {\"[::1]:443\"}\nthreads = 4\n");
    struct yx_error err;

    (void)state;
    expect_ok(yx_settings_set(settings, "--listen", "listen", "127.0.0.1:0", &err), &err);
    assert_int_equal(settings->listen.count, 1);
    assert_string_equal(settings->listen.items[0].host, "127.0.0.1");
    assert_string_equal(find(settings, "listen")->from, "--listen");
    assert_int_equal(find(settings, "listen")->line, 0);
    expect_status(yx_settings_set(settings, "--threads", "threads", "x", &err), YX_DAMAGED, &err);
    assert_int_equal(settings->threads, 4);
    expect_status(yx_settings_set(settings, "--nix", "nix", "x", &err), YX_USAGE, &err);
}

static void files_that_are_named_must_be_readable(void **state)
{
    static const char *const texts[] = {"s3_ca = \"none.pem\"\n",
                                        "login_trust = {\"/nonexistent\"}\n"};
    struct yx_error err;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        YX_CLEAN(yx_settings) struct yx_settings *settings = read_text(texts[i]);
        expect_status(yx_settings_check(settings, &err), YX_NO_INPUT, &err);
    }
}

static const struct {
    const char *network, *address;
    bool has;
} networks[] = {
    {"10.0.0.0/8", "10.255.0.1", true},
    {"10.0.0.0/8", "11.0.0.0", false},
    {"10.0.0.0/8", "::ffff:10.0.0.1", true},
    {"127.0.0.1", "127.0.0.1", true},
    {"127.0.0.1", "127.0.0.2", false},
    {"0.0.0.0/0", "8.8.8.8", true},
    {"0.0.0.0/0", "2001:db8::1", false},
    {"::/0", "8.8.8.8", true},
    {"2001:db8::/33", "2001:db8:7fff::1", true},
    {"2001:db8::/33", "2001:db8:8000::1", false},
    {"::1", "::1", true},
    {"::1", "not an address", false},
};

static void networks_hold_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        struct yx_network network;
        struct yx_networks list = {&network, 1};
        struct yx_error err;

        expect_ok(yx_network_parse(networks[i].network, &network, &err), &err);
        if (yx_networks_have(&list, networks[i].address) != networks[i].has)
            fail_msg("%s in %s", networks[i].address, networks[i].network);
    }
    assert_false(yx_networks_have(&(struct yx_networks){0}, "127.0.0.1"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_file_all_is_usual),
        cmocka_unit_test(a_named_file_must_be_there),
        cmocka_unit_test(a_file_says_otherwise),
        cmocka_unit_test(a_text_that_was_read_stays),
        cmocka_unit_test(what_is_shown_says_where_from_and_no_secret),
        cmocka_unit_test(what_is_shown_can_be_read),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(an_option_goes_before_the_file),
        cmocka_unit_test(files_that_are_named_must_be_readable),
        cmocka_unit_test(networks_hold_addresses),
    };

    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
