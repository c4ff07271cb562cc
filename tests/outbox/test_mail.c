/* SPDX-License-Identifier: Apache-2.0 */
/* test_mail.c - notices as mail, judged by Python's mail reader and a mail server. REQ: REC-06 */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "desk.h"

static const struct yx_notice_value values[] = {
    {"holder", "张三"},
    {"object", "一个名字很长很长的有限责任公司财务专用章以及它的全部说明文字"},
    {"number", "11010100000001"},
    {"date", "2026年12月31日"},
    {"reason", "到期"},
    {"place", "窗口"},
};

struct noticing {
    struct desk *desk;
    const char *mail, *language;
};

static yx_status send_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct noticing *noticing = self;
    const struct yx_notice notice = {.kind = "expiry",
                                     .account = "zhang",
                                     .mail = noticing->mail,
                                     .language = noticing->language,
                                     .values = values,
                                     .value_count = sizeof values / sizeof *values};
    return yx_notice_send(tx, &noticing->desk->outbox, &notice, yx_now(), err);
}

static void send_to(struct desk *desk, const char *mail, const char *language,
                    char id[YX_UUID_TEXT])
{
    struct noticing noticing = {desk, mail, language};
    struct yx_error err = {0};
    expect_ok(yx_store_write(desk->store, send_work, &noticing, &err), &err);
    newest_delivery(desk, id);
}

/* A certificate for `name`, and the settings that lead to the mail server. */
static void open_with_server(struct desk *desk, struct database *database, const char *name,
                             const char *password, struct helper *server)
{
    char lines[512];
    struct desk first = {.database = database};
    expect_tool(&database->folder,
                "openssl req -x509 -newkey rsa:2048 -nodes -keyout mail.key -out mail.pem -days 2"
                " -subj /CN=%s -addext subjectAltName=DNS:%s,IP:127.0.0.1",
                name, name);
    folder_write(&database->folder, "password", YX_TEXT(password));
    helper_start(server, &first, "mailbox.py");
    snprintf(lines, sizeof lines,
             "smtp_url = \"smtp://127.0.0.1:%d\"\nsmtp_user = \"yinxin\"\n"
             "smtp_password = \"password\"\nsmtp_ca = \"mail.pem\"\n"
             "mail_from = \"seal@example.com\"\n",
             server->port);
    desk_open(desk, database, lines);
}

static void mail_arrives(struct database *database)
{
    struct desk desk;
    struct helper server;
    char id[YX_UUID_TEXT], words[128];
    open_with_server(&desk, database, "localhost", "secret\n", &server);
    struct yx_jobs *jobs = desk_start(&desk);
    send_to(&desk, "zhang@example.com", "zh", id);
    struct seen_delivery seen = delivery_after(&desk, id, 9);
    assert_string_equal(seen.error, "-");
    assert_int_equal(seen.state, YX_DELIVERY_SENT);
    assert_string_equal(seen.receipt, "250 2.0.0 queued as ABC123");
    assert_string_equal(seen.to, "zhang@example.com");
    assert_int_equal(count_proofs(&desk), 1);
    expect_tool(&database->folder, "cat mail");
    expect_words(&database->folder, "\"from\":\"seal@example.com\"");
    expect_words(&database->folder, "\"to\":[\"zhang@example.com\"]");
    expect_words(&database->folder, "\"tls\":true");
    expect_words(&database->folder, "\"lines\":true");
    expect_words(&database->folder,
                 "\"subject\":\"一个名字很长很长的有限责任公司财务专用章以及它的全部说明文字"
                 "将于2026年12月31日到期\"");
    expect_words(&database->folder, "\"sender\":\"印信服务 <seal@example.com>\"");
    expect_words(&database->folder, "\"text\":\"张三：\\n\\n");
    snprintf(words, sizeof words, "\"id\":\"<%s@example.com>\"", id);
    expect_words(&database->folder, words);
    yx_jobs_stop(jobs);
    helper_stop(&server);
    desk_close(&desk);
}

static void mail_that_is_put_off_or_refused(struct database *database)
{
    struct desk desk;
    struct helper server;
    char id[YX_UUID_TEXT];
    open_with_server(&desk, database, "localhost", "secret\n", &server);
    struct yx_jobs *jobs = desk_start(&desk);
    send_to(&desk, "later@example.com", "en", id);
    struct seen_delivery seen = delivery_after(&desk, id, 9);
    assert_int_equal(seen.state, YX_DELIVERY_SENT);
    assert_int_equal(seen.tries, 2);
    send_to(&desk, "nobody@example.com", "en", id);
    seen = delivery_after(&desk, id, 9);
    assert_int_equal(seen.state, YX_DELIVERY_FAILED);
    assert_int_equal(seen.tries, 1);
    assert_int_equal(seen.status, 550);
    assert_int_equal(count_proofs(&desk), 1);
    yx_jobs_stop(jobs);
    helper_stop(&server);
    desk_close(&desk);
}

static void a_wrong_password(struct database *database)
{
    struct desk desk;
    struct helper server;
    char id[YX_UUID_TEXT];
    open_with_server(&desk, database, "localhost", "guess\n", &server);
    struct yx_jobs *jobs = desk_start(&desk);
    send_to(&desk, "zhang@example.com", "en", id);
    struct seen_delivery seen = delivery_after(&desk, id, 1);
    assert_int_equal(seen.state, YX_DELIVERY_WAITING); /* somebody may mend the settings */
    if (strstr(seen.error, "denied") == NULL)
        fail_msg("%s", seen.error);
    yx_jobs_stop(jobs);
    helper_stop(&server);
    desk_close(&desk);
}

/* Nobody listens there: tried again, and the notice can be read all the same. */
static void no_server_there(struct database *database)
{
    struct desk desk;
    char id[YX_UUID_TEXT];
    desk_open(&desk, database,
              "smtp_url = \"smtp://127.0.0.1:1\"\nmail_from = \"seal@example.com\"\n");
    struct yx_jobs *jobs = desk_start(&desk);
    send_to(&desk, "zhang@example.com", "en", id);
    struct seen_delivery seen = delivery_after(&desk, id, 2);
    assert_int_equal(seen.state, YX_DELIVERY_WAITING);
    assert_non_null(strstr(seen.error, "cannot be reached"));
    yx_jobs_stop(jobs);
    desk_close(&desk);
}

static void addresses(void **state)
{
    static const char *const good[] = {"a@b", "zhang.san+x@mail.example.com"};
    static const char *const bad[] = {"",        "a",     "@b",      "a@",
                                      "a@b@c",   "a b@c", "<a@b>",   "a@b\r\nBcc: c@d",
                                      "张@b.cn", "a,c@b", "\"a\"@b", "a@b>"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(yx_mail_check(good[i], NULL), YX_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(yx_mail_check(bad[i], NULL), YX_USAGE);
}

int main(void)
{
    const struct database_case cases[] = {
        {"mail arrives", mail_arrives},
        {"mail that is put off or refused", mail_that_is_put_off_or_refused},
        {"a wrong password", a_wrong_password},
        {"no server there", no_server_there},
    };
    const struct CMUnitTest plain[] = {cmocka_unit_test(addresses)};
    int failed = cmocka_run_group_tests_name("addresses", plain, NULL, NULL);
    return failed + database_main("mail", cases, sizeof cases / sizeof *cases, true);
}
