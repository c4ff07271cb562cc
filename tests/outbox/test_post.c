/* SPDX-License-Identifier: Apache-2.0 */
/* test_post.c - webhooks and filings, to a receiver that takes, fails, hangs, redirects. */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "desk.h"

#define LOCAL "webhook_networks = {\"127.0.0.1\"}\n"

struct making {
    struct yx_webhook webhook;
    char id[YX_UUID_TEXT];
};

static yx_status make_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct making *making = self;
    return yx_webhook_make(tx, &making->webhook, yx_now(), making->id, err);
}

/* A webhook for all events at a path of the receiver, whose secret the receiver knows. */
static void make_webhook(struct desk *desk, const struct helper *receiver, const char *path,
                         enum yx_webhook_purpose purpose, char id[YX_UUID_TEXT])
{
    char url[128], secret[YX_WEBHOOK_SECRET_TEXT];
    struct making making = {
        .webhook = {.party = "party", .purpose = purpose, .url = url, .events = "*"}};
    struct yx_error err = {0};
    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", receiver->port, path);
    expect_ok(yx_store_write(desk->store, make_work, &making, &err), &err);
    expect_ok(yx_webhook_secret(&desk->outbox, making.id, 1, secret, &err), &err);
    folder_write(&desk->database->folder, "secret", YX_TEXT(secret));
    memcpy(id, making.id, sizeof making.id);
}

struct sending {
    const char *webhook;
    char id[YX_UUID_TEXT];
};

static yx_status send_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct sending *sending = self;
    return yx_outbox_send(tx, sending->webhook, "seal.made", "{\"seal\":\"公章\"}", yx_now(),
                          sending->id, err);
}

static void send_to(struct desk *desk, const char *webhook, char id[YX_UUID_TEXT])
{
    struct sending sending = {.webhook = webhook};
    struct yx_error err = {0};
    expect_ok(yx_store_write(desk->store, send_work, &sending, &err), &err);
    memcpy(id, sending.id, sizeof sending.id);
}

static yx_status see_webhook(void *self, const struct yx_webhook *webhook, struct yx_error *err)
{
    (void)err;
    ((struct making *)self)->webhook.on = webhook->on;
    ((struct making *)self)->webhook.failures = webhook->failures;
    return YX_OK;
}

static yx_status get_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_webhook_get(tx, ((struct making *)self)->id, see_webhook, self, err);
}

static struct yx_webhook webhook_now(struct desk *desk, const char *id)
{
    struct making making = {0};
    struct yx_error err = {0};
    snprintf(making.id, sizeof making.id, "%s", id);
    expect_ok(yx_store_read(desk->store, get_work, &making, &err), &err);
    return making.webhook;
}

/* --- Taken
 * ---------------------------------------------------------------------------------------- */

/* REQ: REC-06 */
static void a_webhook_is_told(struct database *database)
{
    struct desk desk;
    struct helper receiver;
    char webhook[YX_UUID_TEXT], id[YX_UUID_TEXT], words[64];
    desk_open(&desk, database, LOCAL);
    helper_start(&receiver, &desk, "receiver.py");
    make_webhook(&desk, &receiver, "/taken", YX_WEBHOOK_EVENTS, webhook);
    struct yx_jobs *jobs = desk_start(&desk);
    send_to(&desk, webhook, id);
    yx_jobs_wake(jobs);
    struct seen_delivery seen = delivery_after(&desk, id, 9);
    assert_string_equal(seen.error, "-");
    assert_int_equal(seen.state, YX_DELIVERY_SENT);
    assert_int_equal(seen.status, 202);
    assert_int_equal(seen.tries, 1);
    assert_string_equal(seen.receipt, "收到 receipt-7");
    assert_int_equal(count_proofs(&desk), 1);
    expect_tool(&database->folder, "cat requests");
    snprintf(words, sizeof words, "\"id\":\"%s\"", id);
    expect_words(&database->folder, words);
    expect_words(&database->folder, "\"fresh\":true,\"v1\":true,\"sm3\":true");
    expect_words(&database->folder, "\"type\":\"seal.made\"");
    expect_words(&database->folder, "\"data\":{\"seal\":\"\\u516c\\u7ae0\"}");
    yx_jobs_stop(jobs);
    helper_stop(&receiver);
    desk_close(&desk);
}

static void a_filing_keeps_its_receipt(struct database *database)
{
    struct desk desk;
    struct helper receiver;
    char webhook[YX_UUID_TEXT], id[YX_UUID_TEXT];
    desk_open(&desk, database, LOCAL);
    helper_start(&receiver, &desk, "receiver.py");
    make_webhook(&desk, &receiver, "/fails-twice", YX_WEBHOOK_FILINGS, webhook);
    struct yx_jobs *jobs = desk_start(&desk);
    send_to(&desk, webhook, id);
    struct seen_delivery seen = delivery_after(&desk, id, 9);
    assert_int_equal(seen.state, YX_DELIVERY_SENT);
    assert_int_equal(seen.tries, 3);
    assert_string_equal(seen.receipt, "收到 receipt-7");
    assert_int_equal(webhook_now(&desk, webhook).failures, 0);
    assert_int_equal(count_proofs(&desk), 1);
    yx_jobs_stop(jobs);
    helper_stop(&receiver);
    desk_close(&desk);
}

/* --- Not taken
 * -------------------------------------------------------------------------------------- */

static void how_receivers_fail(struct database *database)
{
    static const struct {
        const char *path, *error;
        enum yx_delivery_state state;
        int64_t status;
        bool on;
    } rows[] = {
        {"/redirects", "sends us elsewhere", YX_DELIVERY_WAITING, 302, true},
        {"/gone", "gone for good", YX_DELIVERY_FAILED, 410, false},
        {"/long", "more than 65536 bytes", YX_DELIVERY_FAILED, 200, true},
        {"/drops", "cannot be reached", YX_DELIVERY_WAITING, 0, true},
    };
    struct desk desk;
    struct helper receiver;
    desk_open(&desk, database, LOCAL);
    helper_start(&receiver, &desk, "receiver.py");
    struct yx_jobs *jobs = desk_start(&desk);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char webhook[YX_UUID_TEXT], id[YX_UUID_TEXT];
        make_webhook(&desk, &receiver, rows[i].path, YX_WEBHOOK_EVENTS, webhook);
        send_to(&desk, webhook, id);
        yx_jobs_wake(jobs);
        struct seen_delivery seen = delivery_after(&desk, id, 2);
        assert_int_equal(seen.state, rows[i].state);
        assert_int_equal(seen.status, rows[i].status);
        if (strstr(seen.error, rows[i].error) == NULL)
            fail_msg("%s: %s", rows[i].path, seen.error);
        assert_int_equal(webhook_now(&desk, webhook).on, rows[i].on);
        assert_true(webhook_now(&desk, webhook).failures > 0);
    }
    assert_int_equal(count_proofs(&desk), 0);
    expect_tool(&database->folder, "! grep -q taken requests"); /* nobody followed */
    yx_jobs_stop(jobs);
    helper_stop(&receiver);
    desk_close(&desk);
}

static void await_request(struct desk *desk, const char *path)
{
    while (tool(&desk->database->folder, "grep -q '%s' requests", path) != 0)
        usleep(10000);
}

/* One that hangs takes one thread at a time, and lets go when the service stops. */
static void one_that_hangs(struct database *database)
{
    struct desk desk;
    struct helper receiver;
    char hangs[YX_UUID_TEXT], takes[YX_UUID_TEXT], id[YX_UUID_TEXT];
    int64_t began;
    desk_open(&desk, database, LOCAL);
    helper_start(&receiver, &desk, "receiver.py");
    make_webhook(&desk, &receiver, "/hangs", YX_WEBHOOK_EVENTS, hangs);
    make_webhook(&desk, &receiver, "/taken", YX_WEBHOOK_FILINGS, takes);
    struct yx_jobs *jobs = desk_start(&desk);
    for (int i = 0; i < 5; i++)
        send_to(&desk, hangs, id);
    await_request(&desk, "hangs");
    char filing[YX_UUID_TEXT];
    send_to(&desk, takes, filing);
    yx_jobs_wake(jobs);
    assert_int_equal(delivery_after(&desk, filing, 9).state, YX_DELIVERY_SENT);
    began = yx_monotonic();
    yx_jobs_stop(jobs);
    assert_true(yx_monotonic() - began < 10 * YX_SECOND);
    assert_int_equal(delivery_now(&desk, id).state, YX_DELIVERY_WAITING);
    assert_int_equal(delivery_now(&desk, id).tries, 0); /* nobody's failure */
    helper_stop(&receiver);
    desk_close(&desk);
}

/* --- What happens meanwhile --------------------------------------------------------------------
 */

/* Another node took this one for dead, and its try was taken: ours, which fails behind that, does
 * not undo it. */
static void what_is_sent_stays_sent(struct database *database)
{
    struct desk desk;
    struct helper receiver;
    char webhook[YX_UUID_TEXT], id[YX_UUID_TEXT];
    desk_open(&desk, database, LOCAL);
    helper_start(&receiver, &desk, "receiver.py");
    make_webhook(&desk, &receiver, "/drops-later", YX_WEBHOOK_EVENTS, webhook);
    struct yx_jobs *jobs = desk_start(&desk);
    send_to(&desk, webhook, id);
    await_request(&desk, "drops-later");
    database_must(desk.store, "UPDATE delivery SET state = 1");
    folder_write(&database->folder, "go", YX_TEXT(""));
    while (webhook_now(&desk, webhook).failures == 0)
        usleep(10000);
    assert_int_equal(delivery_now(&desk, id).state, YX_DELIVERY_SENT);
    yx_jobs_stop(jobs);
    helper_stop(&receiver);
    desk_close(&desk);
}

/* What the old address says does not count for the new one. */
static void another_address_begins_anew(struct database *database)
{
    struct desk desk;
    struct helper receiver;
    char webhook[YX_UUID_TEXT], id[YX_UUID_TEXT];
    desk_open(&desk, database, LOCAL);
    helper_start(&receiver, &desk, "receiver.py");
    make_webhook(&desk, &receiver, "/gone-later", YX_WEBHOOK_EVENTS, webhook);
    struct yx_jobs *jobs = desk_start(&desk);
    send_to(&desk, webhook, id);
    await_request(&desk, "gone-later");
    database_must(desk.store, "UPDATE webhook SET url = 'https://example.com/'");
    folder_write(&database->folder, "go", YX_TEXT(""));
    assert_int_equal(delivery_after(&desk, id, 9).state, YX_DELIVERY_FAILED);
    assert_true(webhook_now(&desk, webhook).on);
    assert_int_equal(webhook_now(&desk, webhook).failures, 0);
    yx_jobs_stop(jobs);
    helper_stop(&receiver);
    desk_close(&desk);
}

static void a_pause_of_a_clock_that_was_wrong(struct database *database)
{
    struct desk desk;
    struct helper receiver;
    char webhook[YX_UUID_TEXT], id[YX_UUID_TEXT];
    desk_open(&desk, database, LOCAL);
    helper_start(&receiver, &desk, "receiver.py");
    make_webhook(&desk, &receiver, "/taken", YX_WEBHOOK_EVENTS, webhook);
    database_must(desk.store, "UPDATE webhook SET failures = 1, pause_until = 9000000000000000");
    struct yx_jobs *jobs = desk_start(&desk);
    send_to(&desk, webhook, id);
    yx_jobs_wake(jobs);
    assert_int_equal(delivery_after(&desk, id, 9).state, YX_DELIVERY_SENT);
    assert_int_equal(webhook_now(&desk, webhook).failures, 0);
    yx_jobs_stop(jobs);
    helper_stop(&receiver);
    desk_close(&desk);
}

/* --- Where requests do not go
 * ------------------------------------------------------------------------
 */

/* Nobody has allowed the network of the receiver; "localhost" is looked up first. */
static void not_into_our_own_house(struct database *database)
{
    static const char *const urls[] = {
        "http://127.0.0.1:", "https://127.0.0.1:",         "http://localhost:",
        "http://[::1]:",     "http://0x7f000001:",         "http://127.1:",
        "http://0.0.0.0:",   "http://[::ffff:127.0.0.1]:",
    };
    struct desk desk;
    struct helper receiver;
    desk_open(&desk, database, "webhook_networks = {\"10.77.0.0/16\"}\n");
    folder_write(&database->folder, "requests", YX_TEXT(""));
    helper_start(&receiver, &desk, "receiver.py");
    struct yx_jobs *jobs = desk_start(&desk);
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        char url[128], id[YX_UUID_TEXT];
        struct making making = {.webhook = {.party = "p", .url = url, .events = "*"}};
        struct yx_error err = {0};
        snprintf(url, sizeof url, "%s%d/", urls[i], receiver.port);
        expect_ok(yx_store_write(desk.store, make_work, &making, &err), &err);
        send_to(&desk, making.id, id);
        yx_jobs_wake(jobs);
        struct seen_delivery seen = delivery_after(&desk, id, 1);
        if (strstr(seen.error, "not allowed") == NULL)
            fail_msg("%s: %s", url, seen.error);
    }
    expect_tool(&database->folder, "test ! -s requests");
    yx_jobs_stop(jobs);
    helper_stop(&receiver);
    desk_close(&desk);
}

int main(void)
{
    const struct database_case cases[] = {
        {"a webhook is told", a_webhook_is_told},
        {"a filing keeps its receipt", a_filing_keeps_its_receipt},
        {"how receivers fail", how_receivers_fail},
        {"one that hangs", one_that_hangs},
        {"what is sent stays sent", what_is_sent_stays_sent},
        {"another address begins anew", another_address_begins_anew},
        {"a pause of a clock that was wrong", a_pause_of_a_clock_that_was_wrong},
        {"not into our own house", not_into_our_own_house},
    };
    /* Nobody listens there: who asked a proxy of the environment would reach nobody. */
    static const char *const proxies[] = {"http_proxy", "https_proxy", "all_proxy"};
    for (size_t i = 0; i < sizeof proxies / sizeof *proxies; i++)
        setenv(proxies[i], "http://127.0.0.1:1", 1);
    return database_main("post", cases, sizeof cases / sizeof *cases, true);
}
