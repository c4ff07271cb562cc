/* SPDX-License-Identifier: Apache-2.0 */
/* test_key.c - keys of systems: requests that they sign, and every one that is refused. */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "signed_request.h"
#include "world.h"

#define KEY_LIFE (90 * YX_DAY)

struct system_key {
    char account[YX_UUID_TEXT], id[YX_UUID_TEXT];
    struct yx_login_secret secret;
};

static struct system_key key_make(struct world *world, const char *addresses)
{
    struct system_key key;
    struct yx_error err = {0};

    account_make(world, "filing", YX_LOGIN_SYSTEM, key.account);
    expect_ok(yx_login_secret_make(&key.secret, &err), &err);
    struct change change = {.kind = MAKE_KEY,
                            .secret = key.secret,
                            .key = {.account = key.account,
                                    .name = "the filing system",
                                    .permissions = "seal.read use.sign",
                                    .parties = "party-1 party-2",
                                    .addresses = addresses,
                                    .expires_at = AT + KEY_LIFE}};
    expect_ok(try_change(world, &change, &err), &err);
    memcpy(key.id, change.id, YX_UUID_TEXT);
    return key;
}

/* What is NULL is the usual. */
static void sign(const struct system_key *key, const struct signing *signing,
                 char out[SIGNED_REQUEST_TEXT])
{
    struct signing all = *signing;
    const struct {
        const char **at, *usual;
    } usual[] = {
        {&all.key, key->id},
        {&all.secret, key->secret.text},
        {&all.method, "GET"},
        {&all.target, "/api/v1/seals?limit=5"},
        {&all.time, "2026-11-22T00:00:00Z"},
        {&all.body, ""},
    };

    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (*usual[i].at == NULL)
            *usual[i].at = usual[i].usual;
    sign_request(&all, out);
}

static yx_status ask(struct world *world, const char *header, yx_time at, struct yx_login_who *who,
                     struct yx_error *err)
{
    const struct yx_login_request request = {.method = "GET",
                                             .target = "/api/v1/seals?limit=5",
                                             .authorization = header,
                                             .address = "192.0.2.9",
                                             .now = at};

    return yx_login_key_check(world->login, &request, who, err);
}

static void expect_refused(struct world *world, const char *header, yx_time at, const char *words)
{
    struct yx_login_who who = {0};
    struct yx_error err = {0};
    char said[600];

    expect_status(ask(world, header, at, &who, &err), YX_REFUSED, &err);
    expect_rule(&err, YX_LOGIN_RULE);
    yx_message_render(&err.message, NULL, said, sizeof said);
    if (strstr(said, words) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", words, said);
    assert_string_equal(who.account, "");
}

static void expect_signed_refused(struct world *world, const struct system_key *key,
                                  const struct signing *signing, yx_time at, const char *words)
{
    char header[SIGNED_REQUEST_TEXT];

    sign(key, signing, header);
    expect_refused(world, header, at, words);
}

static void a_signed_request_tells_who_asks(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct yx_login_who who = {0};
    struct yx_error err = {0};
    uint8_t body[32];
    char header[SIGNED_REQUEST_TEXT];

    world_open(database, &world);
    struct system_key key = key_make(&world, "");
    sign(&key, &(struct signing){.body = "{}"}, header);
    assert_true(yx_signed_request_is(header));
    expect_ok(ask(&world, header, AT, &who, &err), &err);
    assert_string_equal(who.account, key.account);
    assert_string_equal(who.key, key.id);
    assert_string_equal(who.session, "");
    assert_int_equal(who.kind, YX_LOGIN_SYSTEM);
    assert_int_equal(who.methods, YX_LOGIN_BY_KEY);
    assert_int_equal(who.party_count, 2);
    assert_string_equal(who.parties[1], "party-2");
    assert_true(yx_login_key_allows(&who, "seal.read"));
    assert_true(yx_login_key_allows(&who, "use.sign"));
    assert_false(yx_login_key_allows(&who, "seal"));
    assert_false(yx_login_key_allows(&who, "seal.reader"));
    assert_false(yx_login_key_allows(&who, "seal.read use.sign"));
    assert_false(yx_login_key_allows(&who, ""));
    expect_ok(yx_digest(YX_DIGEST_SM3, YX_TEXT("{}"), body, &err), &err);
    expect_ok(yx_login_body_matches(&who, body, &err), &err);
    body[31] ^= 1;
    expect_status(yx_login_body_matches(&who, body, &err), YX_REFUSED, &err);
}

/* The digest is that of "abc" in GB/T 32905; examples/signed_request.py writes the same text. */
static void the_text_is_what_the_door_says(struct database *database)
{
    YX_CLEAN(yx_buf) struct yx_buf text = {0};
    struct yx_error err = {0};
    uint8_t body[32];

    (void)database;
    expect_ok(yx_digest(YX_DIGEST_SM3, YX_TEXT("abc"), body, &err), &err);
    expect_ok(yx_signed_request_text("POST", "/api/v1/uses?dry=1", "2026-11-22T08:00:00Z",
                                     "0123456789abcdef", body, &text, &err),
              &err);
    static const char expected[] =
        "YX1-HMAC-SM3\nPOST\n/api/v1/uses?dry=1\n2026-11-22T08:00:00Z\n0123456789abcdef\n"
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.data, expected, text.len);
}

static void changed_requests_are_refused(struct database *database)
{
    static const struct signing wrong[] = {
        {.method = "POST"},
        {.target = "/api/v1/seals"},
        {.secret = "another secret"},
        {.key = NOWHERE},
    };
    YX_CLEAN(world) struct world world;
    char header[SIGNED_REQUEST_TEXT];

    world_open(database, &world);
    struct system_key key = key_make(&world, "");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        expect_signed_refused(&world, &key, &wrong[i], AT, "there is no such key, or");
    }
    /* What the header says of time, nonce and body is signed, too. */
    static const char *const parts[] = {"T00:00:0", "nonce-of", "body=", "signature="};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        sign(&key, &(struct signing){0}, header);
        char *at = strstr(header, parts[i]) + strlen(parts[i]);
        *at = *at == '1' ? '2' : '1';
        expect_refused(&world, header, AT, "there is no such key, or");
    }
    assert_int_equal(count_of(&world, "SELECT count(*) FROM login_once"), 0);
}

static void malformed_headers_are_refused(struct database *database)
{
    static const char *const odd[] = {
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "YX1-HMAC-SM3", "YX1-HMAC-SM3 ", "YX1-HMAC-SM3 key=x",
        ("yx1-hmac-sm3 key=" NOWHERE),
    };
    YX_CLEAN(world) struct world world;
    char header[SIGNED_REQUEST_TEXT], changed[SIGNED_REQUEST_TEXT + 20];

    world_open(database, &world);
    struct system_key key = key_make(&world, "");
    assert_false(yx_signed_request_is(NULL));
    assert_false(yx_signed_request_is(odd[0]));
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        expect_refused(&world, odd[i], AT, "does not read");
    sign(&key, &(struct signing){0}, header);
    snprintf(changed, sizeof changed, "%s ", header);
    expect_refused(&world, changed, AT, "does not read");
    snprintf(changed, sizeof changed, "%s, more=1", header);
    expect_refused(&world, changed, AT, "does not read");
    for (size_t cut = 1; cut < strlen(header); cut += 7) {
        snprintf(changed, sizeof changed, "%.*s", (int)cut, header);
        expect_refused(&world, changed, AT, "does not read");
    }
    expect_signed_refused(&world, &key, &(struct signing){.nonce = "short"}, AT, "does not read");
    expect_signed_refused(&world, &key, &(struct signing){.time = "2026-13-22T00:00:00Z"}, AT,
                          "does not read");
}

static void nonces_come_once(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct yx_login_who who = {0};
    struct yx_error err = {0};
    char header[SIGNED_REQUEST_TEXT];

    world_open(database, &world);
    struct system_key key = key_make(&world, "");
    sign(&key, &(struct signing){0}, header);
    expect_ok(ask(&world, header, AT, &who, &err), &err);
    expect_refused(&world, header, AT, "this nonce came before");
    expect_refused(&world, header, AT + 300 * YX_SECOND - 1, "this nonce came before");
    /* Behind the window the time refuses it, so that nonces may be forgotten. */
    expect_refused(&world, header, AT + 300 * YX_SECOND, "the request says");
    expect_ok(yx_login_sweep(world.login, AT + 300 * YX_SECOND, &err), &err);
    assert_int_equal(count_of(&world, "SELECT count(*) FROM login_once"), 1);
    expect_ok(yx_login_sweep(world.login, AT + 302 * YX_SECOND, &err), &err);
    assert_int_equal(count_of(&world, "SELECT count(*) FROM login_once"), 0);
    expect_refused(&world, header, AT + 302 * YX_SECOND, "the request says");
    expect_signed_refused(&world, &key, &(struct signing){.time = "2026-11-22T00:06:00Z"}, AT,
                          "the request says");
}

struct replay {
    struct world *world;
    const char *header;
    _Atomic int accepted;
};

static void *replay(void *self)
{
    struct replay *replay = self;
    struct yx_login_who who;
    struct yx_error err = {0};

    if (ask(replay->world, replay->header, AT, &who, &err) == YX_OK)
        replay->accepted++;
    return NULL;
}

static void of_two_at_once_one_wins(struct database *database)
{
    YX_CLEAN(world) struct world world;
    pthread_t threads[8];
    char header[SIGNED_REQUEST_TEXT];

    world_open(database, &world);
    struct system_key key = key_make(&world, "");
    sign(&key, &(struct signing){0}, header);
    struct replay shared = {.world = &world, .header = header};
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, replay, &shared), 0);
    for (size_t i = 0; i < 8; i++)
        (void)pthread_join(threads[i], NULL);
    assert_int_equal(shared.accepted, 1);
}

static void keys_end(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct yx_login_who who = {0};
    struct yx_error err = {0};
    char header[SIGNED_REQUEST_TEXT];

    world_open(database, &world);
    struct system_key key = key_make(&world, "");
    expect_signed_refused(&world, &key, &(struct signing){.time = "2027-02-20T00:00:00Z"},
                          AT + KEY_LIFE, "this key ran out");
    sign(&key, &(struct signing){0}, header);
    must_on(&world, LOCK, key.account);
    expect_refused(&world, header, AT, "the account of this key is not active");
    must_on(&world, UNLOCK, key.account);
    expect_ok(ask(&world, header, AT, &who, &err), &err);
    struct change revoke = {.kind = REVOKE_KEY, .other = key.id};
    expect_ok(try_change(&world, &revoke, &err), &err);
    expect_signed_refused(&world, &key, &(struct signing){0}, AT, "this key was revoked");
    expect_status(try_change(&world, &revoke, &err), YX_REFUSED, &err);
    struct leaves leaves = leaves_of(&world, "key.revoke");
    assert_int_equal(leaves.count, 1);
    assert_non_null(strstr(leaves.details, key.id));
}

static void addresses_are_kept_to(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct yx_login_who who = {0};
    struct yx_error err = {0};
    char header[SIGNED_REQUEST_TEXT];

    world_open(database, &world);
    struct system_key key = key_make(&world, "198.51.100.0/24,192.0.2.8/31");
    sign(&key, &(struct signing){0}, header);
    expect_ok(ask(&world, header, AT, &who, &err), &err);
    database_must(world.store, "UPDATE login_key SET addresses = '192.0.2.10/31'");
    expect_signed_refused(&world, &key, &(struct signing){0}, AT,
                          "does not serve the address 192.0.2.9");
}

/* A secret that was moved to another key, or changed, opens nothing. */
static void the_secret_is_closed(struct database *database)
{
    YX_CLEAN(world) struct world world;
    struct yx_login_who who = {0};
    struct yx_error err = {0};
    char header[SIGNED_REQUEST_TEXT];

    world_open(database, &world);
    struct system_key key = key_make(&world, "");
    database_must(world.store, "UPDATE login_key SET id = '" NOWHERE "'");
    sign(&key, &(struct signing){.key = NOWHERE}, header);
    expect_status(ask(&world, header, AT, &who, &err), YX_DAMAGED, &err);
}

static void what_no_key_may_be(struct database *database)
{
    YX_CLEAN(world) struct world world;
    char person[YX_UUID_TEXT], account[YX_UUID_TEXT];
    struct yx_error err = {0};

    world_open(database, &world);
    account_make(&world, "wang", YX_LOGIN_PERSON, person);
    account_make(&world, "filing", YX_LOGIN_SYSTEM, account);
    const struct yx_login_new_key good = {.account = account,
                                          .name = "n",
                                          .permissions = "seal.read",
                                          .addresses = "2001:db8::/32,192.0.2.1",
                                          .expires_at = AT + 1};
    struct yx_login_new_key wrong[9];
    for (size_t i = 0; i < 9; i++)
        wrong[i] = good;
    wrong[0].account = person;
    wrong[1].account = NOWHERE;
    wrong[2].name = "";
    wrong[3].permissions = "";
    wrong[4].permissions = "seal.read  seal.make";
    wrong[5].parties = "a b c d e f g h i j k l m n o p q";
    wrong[6].addresses = "192.0.2.0/33";
    wrong[7].expires_at = AT;
    wrong[8].permissions = "SEAL.READ";
    for (size_t i = 0; i < 9; i++) {
        struct change change = {.kind = MAKE_KEY, .key = wrong[i]};
        yx_status status = try_change(&world, &change, &err);

        assert_int_equal(status, i < 2 ? YX_REFUSED : YX_USAGE);
    }
    struct change change = {.kind = MAKE_KEY, .key = good};
    expect_ok(try_change(&world, &change, &err), &err);
    assert_int_equal(leaves_of(&world, "key.make").count, 1);
    must_on(&world, LOCK, account);
    expect_status(try_change(&world, &change, &err), YX_REFUSED, &err);
}

static void networks(struct database *database)
{
    static const struct {
        const char *list, *address;
        bool in;
    } rows[] = {
        {"", "192.0.2.1", true},
        {"", NULL, true},
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"192.0.2.0/25", "192.0.2.127", true},
        {"192.0.2.0/25", "192.0.2.128", false},
        {"192.0.2.0/25", "::ffff:192.0.2.5", true},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "2001:db8::1", true},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"10.0.0.0/8,192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", NULL, false},
        {"192.0.2.1", "somewhere", false},
    };
    static const char *const wrong[] = {
        ",",
        "192.0.2.1,",
        ",192.0.2.1",
        "192.0.2.1/",
        "192.0.2.1/-1",
        "192.0.2.1/8x",
        "192.0.2",
        "::/129",
        "192.0.2.1 ",
        "192.0.2.1, 192.0.2.2",
        "a",
        "::/1234",
    };

    (void)database;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(yx_login_addresses_valid(rows[i].list));
        if (yx_login_addresses_have(rows[i].list, rows[i].address) != rows[i].in)
            fail_msg("%s in %s", rows[i].address, rows[i].list);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (yx_login_addresses_valid(wrong[i]))
            fail_msg("%s is a list", wrong[i]);
}

static const struct database_case cases[] = {
    {"a signed request tells who asks", a_signed_request_tells_who_asks, false},
    {"the text is what the door says", the_text_is_what_the_door_says, false},
    {"changed requests are refused", changed_requests_are_refused, false},
    {"malformed headers are refused", malformed_headers_are_refused, false},
    {"nonces come once", nonces_come_once, false},
    {"of two at once one wins", of_two_at_once_one_wins, false},
    {"keys end", keys_end, false},
    {"addresses are kept to", addresses_are_kept_to, false},
    {"the secret is closed", the_secret_is_closed, false},
    {"what no key may be", what_no_key_may_be, false},
    {"networks", networks, false},
};

int main(void)
{
    return database_main("login/key", cases, sizeof cases / sizeof cases[0], true);
}
