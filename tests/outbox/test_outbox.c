/* SPDX-License-Identifier: Apache-2.0 */
/* test_outbox.c - rows: webhooks and whom an event is told, notices and inboxes; and where a
 * connection may go. */
#include "support.h"
#include "tools.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "database.h"
#include "desk.h"

#define NOW (INT64_C(1795219200) * YX_SECOND)

/* Runs `work` in a transaction that must end in `status`. */
static void expect_write(struct desk *desk, yx_work work, void *self, yx_status status)
{
    struct yx_error err = {0};
    expect_status(yx_store_write(desk->store, work, self, &err), status, &err);
}

/* --- Webhooks
 * -------------------------------------------------------------------------------------
 */

struct hook {
    const char *party, *url, *events;
    enum yx_webhook_purpose purpose;
    bool on;
    char id[YX_UUID_TEXT];
    struct yx_webhook seen;
    char seen_url[128];
    unsigned count;
};

static yx_status make(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct hook *hook = self;
    const struct yx_webhook wanted = {
        .party = hook->party, .url = hook->url, .events = hook->events, .purpose = hook->purpose};
    return yx_webhook_make(tx, &wanted, NOW, hook->id, err);
}

static yx_status see(void *self, const struct yx_webhook *webhook, struct yx_error *err)
{
    struct hook *hook = self;
    (void)err;
    hook->seen = *webhook;
    snprintf(hook->seen_url, sizeof hook->seen_url, "%s", webhook->url);
    hook->count++;
    return YX_OK;
}

static yx_status get(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_webhook_get(tx, ((struct hook *)self)->id, see, self, err);
}

static yx_status list(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct hook *hook = self;
    hook->count = 0;
    return yx_webhook_list(tx, hook->party, "", 10, see, hook, err);
}

static yx_status change(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct hook *hook = self;
    return yx_webhook_change(tx, hook->id, hook->url, hook->events, &hook->on, err);
}

static yx_status renew(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_webhook_renew(tx, ((struct hook *)self)->id, err);
}

static yx_status take_away(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_webhook_remove(tx, ((struct hook *)self)->id, err);
}

static void webhooks_come_and_go(struct database *database)
{
    struct desk desk;
    struct hook hook = {.party = "p", .url = "https://example.com/hook", .events = "seal.made"};
    struct hook other = {.party = "q", .url = "https://example.com/", .events = "*"};
    desk_open(&desk, database, "");
    expect_write(&desk, make, &hook, YX_OK);
    expect_write(&desk, make, &other, YX_OK);
    expect_write(&desk, get, &hook, YX_OK);
    assert_true(hook.seen.on);
    assert_int_equal(hook.seen.generation, 1);
    assert_string_equal(hook.seen_url, hook.url);
    hook.url = "https://example.org/";
    hook.events = NULL;
    expect_write(&desk, change, &hook, YX_OK);
    expect_write(&desk, renew, &hook, YX_OK);
    expect_write(&desk, get, &hook, YX_OK);
    assert_false(hook.seen.on);
    assert_int_equal(hook.seen.generation, 2);
    assert_string_equal(hook.seen_url, "https://example.org/");
    expect_write(&desk, list, &hook, YX_OK);
    assert_int_equal(hook.count, 1);
    expect_write(&desk, take_away, &hook, YX_OK);
    expect_write(&desk, list, &hook, YX_OK);
    assert_int_equal(hook.count, 0);
    yx_work gone[] = {get, change, renew, take_away};
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        expect_write(&desk, gone[i], &hook, YX_NO_INPUT);
    desk_close(&desk);
}

static void only_so_many(struct database *database)
{
    struct desk desk;
    struct hook hook = {.party = "p", .url = "https://example.com/", .events = "*"};
    struct hook other = {.party = "q", .url = "https://example.com/", .events = "*"};
    desk_open(&desk, database, "");
    for (int i = 0; i < YX_WEBHOOKS_MAX; i++)
        expect_write(&desk, make, &hook, YX_OK);
    struct hook last = hook;
    expect_write(&desk, make, &hook, YX_REFUSED);
    expect_write(&desk, make, &other, YX_OK);
    expect_write(&desk, take_away, &last, YX_OK);
    expect_write(&desk, make, &hook, YX_OK);
    desk_close(&desk);
}

static void what_is_no_webhook(struct database *database)
{
    static const char *const rows[][2] = {
        {"ftp://example.com/", "*"},
        {"example.com", "*"},
        {"https://", "*"},
        {"https:///path", "*"},
        {"https://a b/", "*"},
        {"https://user:secret@example.com/", "*"},
        {"https://user@example.com", "*"},
        {"file:///etc/passwd", "*"},
        {"https://example.com/\r\nX: y", "*"},
        {"https://例子.cn/", "*"},
        {"https://example.com/", ""},
        {"https://example.com/", "* seal.made"},
        {"https://example.com/", "Seal"},
        {"https://example.com/", "a  b"},
        {"https://example.com/", "a "},
        {"https://example.com/", "a\"b"},
    };
    struct desk desk;
    desk_open(&desk, database, "");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hook hook = {.party = "p", .url = rows[i][0], .events = rows[i][1]};
        expect_write(&desk, make, &hook, YX_USAGE);
    }
    desk_close(&desk);
}

static void secrets_differ(struct database *database)
{
    struct desk desk;
    struct yx_error err = {0};
    char one[YX_WEBHOOK_SECRET_TEXT], same[YX_WEBHOOK_SECRET_TEXT], two[YX_WEBHOOK_SECRET_TEXT],
        other[YX_WEBHOOK_SECRET_TEXT];
    desk_open(&desk, database, "");
    expect_ok(yx_webhook_secret(&desk.outbox, "a", 1, one, &err), &err);
    expect_ok(yx_webhook_secret(&desk.outbox, "a", 1, same, &err), &err);
    expect_ok(yx_webhook_secret(&desk.outbox, "a", 2, two, &err), &err);
    expect_ok(yx_webhook_secret(&desk.outbox, "b", 1, other, &err), &err);
    assert_string_equal(one, same);
    assert_string_not_equal(one, two);
    assert_string_not_equal(one, other);
    assert_int_equal(strlen(one), 6 + 44);
    desk_close(&desk);
}

/* --- Events
 * ---------------------------------------------------------------------------------------
 */

static yx_status tell(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_outbox_tell(tx, self, NOW, err);
}

struct count {
    const char *sql;
    int64_t count;
};

static yx_status take_count(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    ((struct count *)self)->count = yx_row_integer(row, 0);
    return YX_OK;
}

static yx_status count_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct count *count = self;
    return yx_tx_query(tx, count->sql, NULL, 0, take_count, count, err);
}

static int64_t count(struct desk *desk, const char *sql)
{
    struct count wanted = {.sql = sql};
    expect_write(desk, count_work, &wanted, YX_OK);
    return wanted.count;
}

static void who_is_told(struct database *database)
{
    struct hook hooks[] = {
        {.party = "p", .url = "https://a.example/", .events = "seal.made seal.revoked"},
        {.party = "p", .url = "https://b.example/", .events = "*"},
        {.party = "p", .url = "https://c.example/", .events = "seal"},
        {.party = "p", .url = "https://d.example/", .events = "x.seal.made seal.made.more"},
        {.party = "p", .url = "https://e.example/", .events = "*", .purpose = YX_WEBHOOK_FILINGS},
        {.party = "q", .url = "https://f.example/", .events = "*"},
        {.party = "p", .url = "https://g.example/", .events = "*"},
    };
    struct yx_event event = {.party = "p", .type = "seal.made", .data = "{\"n\":1}"};
    struct desk desk;
    desk_open(&desk, database, "");
    for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
        expect_write(&desk, make, &hooks[i], YX_OK);
    expect_write(&desk, change, &hooks[6], YX_OK); /* off */
    expect_write(&desk, tell, &event, YX_OK);
    assert_int_equal(count(&desk, "SELECT count(*) FROM delivery"), 2);
    assert_int_equal(count(&desk, "SELECT count(*) FROM job WHERE kind = 'webhook'"), 2);
    assert_int_equal(count(&desk, "SELECT count(*) FROM delivery WHERE receiver IN"
                                  " ('https://a.example/', 'https://b.example/')"),
                     2);
    event.type = "seal.revoked";
    expect_write(&desk, tell, &event, YX_OK);
    assert_int_equal(count(&desk, "SELECT count(*) FROM delivery"), 4);
    event.party = "nobody";
    expect_write(&desk, tell, &event, YX_OK);
    assert_int_equal(count(&desk, "SELECT count(*) FROM delivery"), 4);
    desk_close(&desk);
}

static yx_status send_off(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct hook *hook = self;
    char id[YX_UUID_TEXT];
    return yx_outbox_send(tx, hook->id, "test", NULL, NOW, id, err);
}

static void nothing_to_who_is_off(struct database *database)
{
    struct hook hook = {.party = "p", .url = "https://a.example/", .events = "*"};
    struct desk desk;
    desk_open(&desk, database, "");
    expect_write(&desk, make, &hook, YX_OK);
    expect_write(&desk, send_off, &hook, YX_OK);
    expect_write(&desk, change, &hook, YX_OK);
    expect_write(&desk, send_off, &hook, YX_REFUSED);
    hook.on = true;
    expect_write(&desk, change, &hook, YX_OK);
    expect_write(&desk, send_off, &hook, YX_OK);
    expect_write(&desk, take_away, &hook, YX_OK);
    expect_write(&desk, send_off, &hook, YX_NO_INPUT);
    desk_close(&desk);
}

/* --- Notices
 * --------------------------------------------------------------------------------------
 */

static const struct yx_notice_value values[] = {
    {"holder", "张三"},         {"object", "财务专用章"}, {"number", "11010100000001"},
    {"date", "2026年12月31日"}, {"reason", "材料\n不全"}, {"place", "窗口 3"},
};

struct noticing {
    struct desk *desk;
    struct yx_notice notice;
};

static yx_status send_notice(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct noticing *noticing = self;
    return yx_notice_send(tx, &noticing->desk->outbox, &noticing->notice, NOW, err);
}

struct inbox {
    const char *account, *below;
    bool unread;
    char ids[16][YX_UUID_TEXT], title[200], text[500];
    yx_time read_at;
    unsigned count;
    int64_t unread_count;
};

static yx_status see_message(void *self, const struct yx_inbox_message *message,
                             struct yx_error *err)
{
    struct inbox *inbox = self;
    (void)err;
    snprintf(inbox->ids[inbox->count++], YX_UUID_TEXT, "%s", message->id);
    snprintf(inbox->title, sizeof inbox->title, "%s", message->title);
    snprintf(inbox->text, sizeof inbox->text, "%s", message->text);
    inbox->read_at = message->read_at;
    return YX_OK;
}

static yx_status look(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct inbox *inbox = self;
    inbox->count = 0;
    YX_TRY(yx_inbox_unread(tx, inbox->account, &inbox->unread_count, err));
    return yx_inbox_list(tx, inbox->account, inbox->unread, inbox->below, 10, see_message, inbox,
                         err);
}

/* Every kind in both languages, with no mail server: all is in the inbox. REQ: REC-06 */
static void notices_of_every_kind(struct database *database)
{
    struct desk desk;
    size_t kinds = 0;
    const struct yx_notice_kind *kind = yx_notice_kinds(&kinds);
    struct inbox inbox = {.account = "zhang"};
    desk_open(&desk, database, "");
    for (size_t i = 0; i < 2 * kinds; i++) {
        struct noticing noticing = {&desk,
                                    {.kind = kind[i / 2].kind,
                                     .account = "zhang",
                                     .mail = "zhang@example.com",
                                     .language = i % 2 ? "en" : "zh-CN",
                                     .values = values,
                                     .value_count = sizeof values / sizeof *values}};
        expect_write(&desk, send_notice, &noticing, YX_OK);
        expect_write(&desk, look, &inbox, YX_OK);
        assert_int_equal(inbox.unread_count, i + 1);
    }
    assert_int_equal(kinds, 5);
    assert_int_equal(count(&desk, "SELECT count(*) FROM message WHERE title LIKE '%财务专用章%'"),
                     10);
    assert_int_equal(count(&desk, "SELECT count(*) FROM message WHERE text LIKE '%{%'"), 0);
    assert_int_equal(count(&desk, "SELECT count(*) FROM message WHERE text LIKE '%材料 不全%'"), 6);
    assert_int_equal(count(&desk, "SELECT count(*) FROM delivery"), 0); /* no mail server */
    desk_close(&desk);
}

static void notices_that_are_none(struct database *database)
{
    struct desk desk;
    struct noticing noticing = {&desk, {.kind = "greeting", .account = "zhang", .language = "en"}};
    desk_open(&desk, database,
              "smtp_url = \"smtp://localhost:25\"\nmail_from = \"a@example.com\"\n");
    expect_write(&desk, send_notice, &noticing, YX_USAGE);
    noticing.notice.kind = "expiry"; /* no values */
    expect_write(&desk, send_notice, &noticing, YX_USAGE);
    noticing.notice.values = values;
    noticing.notice.value_count = sizeof values / sizeof *values;
    noticing.notice.mail = "zhang@example.com>\r\nBcc: <all@example.com";
    expect_write(&desk, send_notice, &noticing, YX_USAGE);
    assert_int_equal(count(&desk, "SELECT count(*) FROM message"), 0);
    noticing.notice.mail = "zhang@example.com";
    expect_write(&desk, send_notice, &noticing, YX_OK);
    assert_int_equal(count(&desk, "SELECT count(*) FROM job WHERE kind = 'mail'"), 1);
    desk_close(&desk);
}

struct reading {
    const char *account, *id;
};

static yx_status read_message(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct reading *reading = self;
    return yx_inbox_read(tx, reading->account, reading->id, NOW + 1, err);
}

static void inboxes_are_ones_own(struct database *database)
{
    struct desk desk;
    struct inbox inbox = {.account = "zhang"}, empty = {.account = "li"};
    struct noticing noticing = {&desk,
                                {.kind = "incident",
                                 .account = "zhang",
                                 .language = "en",
                                 .values = values,
                                 .value_count = sizeof values / sizeof *values}};
    desk_open(&desk, database, "");
    for (int i = 0; i < 3; i++)
        expect_write(&desk, send_notice, &noticing, YX_OK);
    expect_write(&desk, look, &empty, YX_OK);
    assert_int_equal(empty.count + empty.unread_count, 0);
    expect_write(&desk, look, &inbox, YX_OK);
    assert_int_equal(inbox.count, 3);
    expect_write(&desk, read_message, &(struct reading){"li", inbox.ids[0]}, YX_NO_INPUT);
    expect_write(&desk, read_message, &(struct reading){"zhang", inbox.ids[0]}, YX_OK);
    expect_write(&desk, read_message, &(struct reading){"zhang", inbox.ids[0]}, YX_OK);
    inbox.unread = true;
    expect_write(&desk, look, &inbox, YX_OK);
    assert_int_equal(inbox.count, 2);
    assert_int_equal(inbox.unread_count, 2);
    inbox.below = inbox.ids[0];
    char second[YX_UUID_TEXT];
    memcpy(second, inbox.ids[1], sizeof second);
    struct inbox rest = {.account = "zhang", .below = inbox.ids[0]};
    expect_write(&desk, look, &rest, YX_OK);
    assert_int_equal(rest.count, 1);
    assert_string_equal(rest.ids[0], second);
    expect_write(&desk, read_message, &(struct reading){"zhang", NULL}, YX_OK);
    expect_write(&desk, look, &rest, YX_OK);
    assert_int_equal(rest.unread_count, 0);
    assert_int_equal(rest.read_at, NOW + 1);
    desk_close(&desk);
}

/* --- Addresses
 * --------------------------------------------------------------------------------------
 */

static bool allowed(const char *text, bool plain, const struct yx_networks *networks)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return yx_address_allowed((struct sockaddr *)&v4, plain, networks);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return yx_address_allowed((struct sockaddr *)&v6, plain, networks);
}

static void where_connections_go(void **state)
{
    static const char *const special[] = {
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:1::",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "ff02::1",
        "2001:db8::1",
        "3fff::1",
        "::ffff:0:7f00:1",
        "100::1",
        "5f00::1",
        "4000::1",
        "fec0::1",
    };
    static const char *const global[] = {"1.1.1.1",         "172.15.0.1",    "172.32.0.1",
                                         "11.0.0.1",        "223.5.5.5",     "2400:3200::1",
                                         "2606:4700::1111", "::ffff:1.1.1.1"};
    struct yx_network own[2];
    const struct yx_networks none = {0}, house = {own, 2};
    (void)state;
    assert_int_equal(yx_network_parse("10.1.0.0/16", &own[0], NULL), YX_OK);
    assert_int_equal(yx_network_parse("fd12::/32", &own[1], NULL), YX_OK);
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (allowed(special[i], false, &none))
            fail_msg("%s", special[i]);
    for (size_t i = 0; i < sizeof global / sizeof *global; i++) {
        if (!allowed(global[i], false, &none))
            fail_msg("%s", global[i]);
        assert_false(allowed(global[i], true, &none)); /* not without TLS */
    }
    assert_true(allowed("10.1.2.3", true, &house));
    assert_true(allowed("fd12::1", false, &house));
    assert_false(allowed("10.2.2.3", false, &house));
    assert_false(yx_address_allowed(&(struct sockaddr){.sa_family = AF_UNIX}, false, &house));
}

int main(void)
{
    const struct database_case cases[] = {
        {"webhooks come and go", webhooks_come_and_go},
        {"what is no webhook", what_is_no_webhook},
        {"only so many", only_so_many},
        {"secrets differ", secrets_differ},
        {"who is told", who_is_told},
        {"nothing to who is off", nothing_to_who_is_off},
        {"notices of every kind", notices_of_every_kind},
        {"notices that are none", notices_that_are_none},
        {"inboxes are one's own", inboxes_are_ones_own},
    };
    const struct CMUnitTest plain[] = {cmocka_unit_test(where_connections_go)};
    int failed = cmocka_run_group_tests_name("addresses", plain, NULL, NULL);
    return failed + database_main("outbox", cases, sizeof cases / sizeof *cases, true);
}
