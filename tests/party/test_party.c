/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_party.c - parties, on both databases: what may be made, the tree, what is kept of before,
 * what nobody reads by the way.
 * REQ: ROLE-01, ROLE-02, ROLE-06, ROLE-09, ROLE-11, ROLE-14, ROLE-20, ROLE-21
 * REQ: ROLE-22
 */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "desk.h"

#define CARD "11010519491231002X"
#define CARD_KIND "resident-identity-card"
#define CODE "91110000600037341L"

IN_TX(change_party,
      yx_party_change(tx, &a->desk->vault, a->id, a->number, a->entry, a->by, a->now, err));
IN_TX(move_party, yx_party_move(tx, a->id, a->other, a->by, a->now, err));
IN_TX(end_party, yx_party_end(tx, a->id, a->by, a->now, err));
IN_TX(read_identity, yx_party_identity(tx, &a->desk->vault, a->id, a->out, err));
IN_TX(read_scheme, yx_party_scheme(tx, a->id, a->out, 64, err));

/* What a party looks like, kept as one text. */
static yx_status describe(void *self, const struct yx_party *party, struct yx_error *err)
{
    (void)err;
    snprintf(self, 512, "%s %s %s %s %s %s %s v%d%s", yx_party_kind_name(party->kind), party->type,
             party->nature == NULL ? "-" : party->nature,
             party->region == NULL ? "-" : party->region, party->name_zh,
             party->code == NULL ? "-" : party->code,
             party->identity_kind == NULL ? "-" : party->identity_kind, (int)party->version,
             party->ended_at == YX_TIME_NONE ? "" : " ended");
    return YX_OK;
}
IN_TX(find_party, yx_party_find(tx, a->id, describe, a->out, err));
IN_TX(find_identity,
      yx_party_find_identity(tx, &a->desk->vault, a->id, a->other, describe, a->out, err));

static void expect_party(struct desk *desk, const char *id, const char *want)
{
    char text[512] = "";
    struct arguments a = {.id = id, .out = text};
    expect_ok(find_party(desk, &a), &desk->err);
    assert_string_equal(text, want);
}

static yx_status try_make(struct desk *desk, struct yx_party_entry entry)
{
    struct arguments a = {.entry = &entry, .by = MAKER, .now = NOW};
    entry.internal_only = entry.internal_only == 1 ? 1 : -1;
    return make_party(desk, &a);
}

/* --- Making ---------------------------------------------------------------------------------- */

static void parties_are_made(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    const char *bureau = must_make(&desk, &(struct yx_party_entry){.kind = YX_PARTY_ORGANISATION,
                                                                   .type = "application-unit",
                                                                   .nature = "administrative-organ",
                                                                   .name_zh = "市教育局",
                                                                   .name_en = "Education Bureau",
                                                                   .code = CODE,
                                                                   .region = "340200",
                                                                   .internal_only = -1});
    const char *office = unit(&desk, "办公室", bureau);
    const char *clerk = must_make(&desk, &(struct yx_party_entry){.kind = YX_PARTY_PERSON,
                                                                  .name_zh = "王小明",
                                                                  .identity_kind = CARD_KIND,
                                                                  .identity_number = CARD,
                                                                  .parent = office,
                                                                  .internal_only = -1});
    expect_party(&desk, bureau,
                 "organisation application-unit administrative-organ 340200 市教育局 " CODE
                 " - v1");
    expect_party(&desk, office, "unit application-unit - 340200 办公室 - - v1");
    expect_party(&desk, clerk, "person user - 340200 王小明 - " CARD_KIND " v1");
}

static void what_makes_no_sense_is_refused(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    static char long_name[3 * (YX_PARTY_NAME_MAX + 1) + 1];
    desk_open(&desk, database);
    const char *bureau = organisation(&desk, "user", "局", NULL);
    long_name[0] = '\0';
    for (size_t i = 0; i <= YX_PARTY_NAME_MAX; i++)
        strcat(long_name, "局");
    const struct yx_party_entry bad[] = {
        {.kind = YX_PARTY_ORGANISATION, .type = "user", .nature = "court"}, /* no name */
        {.kind = YX_PARTY_ORGANISATION, .nature = "court", .name_zh = "院"},
        {.kind = YX_PARTY_ORGANISATION, .type = "user", .name_zh = "院"},
        {.kind = YX_PARTY_ORGANISATION, .type = "king", .nature = "court", .name_zh = "院"},
        {.kind = YX_PARTY_ORGANISATION, .type = "user", .nature = "castle", .name_zh = "院"},
        {.kind = YX_PARTY_ORGANISATION, .type = "user", .nature = "court", .name_zh = ""},
        {.kind = YX_PARTY_ORGANISATION, .type = "user", .nature = "court", .name_zh = long_name},
        {.kind = YX_PARTY_ORGANISATION, .type = "user", .nature = "court", .name_zh = "\xFF"},
        {.kind = YX_PARTY_ORGANISATION, .type = "user", .nature = "court", .name_zh = "a\tb"},
        {.kind = YX_PARTY_ORGANISATION,
         .type = "user",
         .nature = "court",
         .name_zh = "a\xE2\x80\xAE"
                    "b"}, /* right-to-left override */
        {.kind = YX_PARTY_ORGANISATION,
         .type = "user",
         .nature = "court",
         .name_zh = "院",
         .code = "911100006000373411"},
        {.kind = YX_PARTY_ORGANISATION,
         .type = "user",
         .nature = "court",
         .name_zh = "院",
         .region = "34"},
        {.kind = YX_PARTY_ORGANISATION,
         .type = "user",
         .nature = "court",
         .name_zh = "院",
         .authority = "public-security"},
        {.kind = YX_PARTY_ORGANISATION,
         .type = "user",
         .nature = "court",
         .name_zh = "院",
         .internal_only = 1},
        {.kind = YX_PARTY_ORGANISATION,
         .type = "user",
         .nature = "court",
         .name_zh = "院",
         .identity_kind = CARD_KIND,
         .identity_number = CARD},
        {.kind = YX_PARTY_ORGANISATION,
         .type = "regulator",
         .nature = "administrative-organ",
         .name_zh = "公安局",
         .authority = "public-security"}, /* of which region? */
        {.kind = YX_PARTY_ORGANISATION,
         .type = "regulator",
         .nature = "administrative-organ",
         .name_zh = "公安局",
         .region = "340000"},
        {.kind = YX_PARTY_UNIT, .name_zh = "科"},
        {.kind = YX_PARTY_UNIT, .name_zh = "科", .parent = bureau, .type = "user"},
        {.kind = YX_PARTY_UNIT, .name_zh = "科", .parent = bureau, .nature = "court"},
        {.kind = YX_PARTY_UNIT, .name_zh = "科", .parent = bureau, .code = CODE},
        {.kind = YX_PARTY_PERSON, .name_zh = "人", .identity_kind = CARD_KIND},
        {.kind = YX_PARTY_PERSON, .name_zh = "人", .identity_number = CARD},
        {.kind = YX_PARTY_PERSON,
         .name_zh = "人",
         .identity_kind = CARD_KIND,
         .identity_number = "110105194912310021"},
        {.kind = YX_PARTY_PERSON, .name_zh = "人", .type = "regulator"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_status(try_make(&desk, bad[i]), YX_USAGE, &desk.err);
    expect_rule(
        &desk,
        try_make(&desk,
                 (struct yx_party_entry){.kind = YX_PARTY_UNIT, .name_zh = "科", .parent = ANN}),
        YX_PARTY_MISSING);
    struct arguments nobody = {
        .entry = &(struct yx_party_entry){.kind = YX_PARTY_PERSON, .name_zh = "人"}, .now = NOW};
    expect_status(make_party(&desk, &nobody), YX_USAGE, &desk.err);
}

static void numbers_stand_once(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    const struct yx_party_entry company = {.kind = YX_PARTY_ORGANISATION,
                                           .type = "user",
                                           .nature = "enterprise",
                                           .name_zh = "公司",
                                           .code = CODE};
    struct yx_party_entry other = company;
    const struct yx_party_entry man = {.kind = YX_PARTY_PERSON,
                                       .name_zh = "人",
                                       .identity_kind = CARD_KIND,
                                       .identity_number = CARD};
    struct arguments a = {.entry = &company, .by = MAKER, .now = NOW};
    char words[600];
    desk_open(&desk, database);
    expect_ok(make_party(&desk, &a), &desk.err);
    expect_status(try_make(&desk, company), YX_REFUSED, &desk.err);
    /* The same house as another type of party has a record of its own. */
    other.type = "application-unit";
    expect_ok(try_make(&desk, other), &desk.err);
    expect_ok(try_make(&desk, man), &desk.err);
    expect_status(try_make(&desk, man), YX_REFUSED, &desk.err);
    /* The database's own words would tell the number. */
    yx_message_render(&desk.err.message, NULL, words, sizeof words);
    assert_null(strstr(words, CARD));
    assert_null(strstr(words, "identity_digest"));
    /* One that has ended gives its number free. */
    struct arguments end = {.id = a.made, .by = MAKER, .now = LATER};
    expect_ok(end_party(&desk, &end), &desk.err);
    expect_ok(try_make(&desk, company), &desk.err);
}

/* --- Changes --------------------------------------------------------------------------------- */

static yx_status note_past(void *self, const struct yx_party_past *past, struct yx_error *err)
{
    size_t len = strlen(self);
    (void)err;
    snprintf((char *)self + len, 1024 - len, "%s: %s\n", past->by, past->before);
    return YX_OK;
}
IN_TX(read_history, yx_party_history(tx, a->id, a->number, 10, note_past, a->out, err));

static void changes_keep_what_was(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    char past[1024] = "";
    desk_open(&desk, database);
    const char *bureau = organisation(&desk, "user", "旧名", NULL);
    const struct yx_party_entry renamed = {.name_zh = "新名", .code = CODE, .internal_only = -1};
    const struct yx_party_entry moved = {.region = "340300", .code = "", .internal_only = -1};
    struct arguments a = {.id = bureau, .entry = &renamed, .by = ANN, .now = LATER, .number = 1};
    expect_ok(change_party(&desk, &a), &desk.err);
    expect_party(&desk, bureau, "organisation user administrative-organ 340200 新名 " CODE " - v2");
    /* Somebody else looked at version 1, too. */
    expect_rule(&desk, change_party(&desk, &a), YX_PARTY_CHANGED);
    a = (struct arguments){.id = bureau, .entry = &moved, .by = BOB, .now = LATER};
    expect_ok(change_party(&desk, &a), &desk.err);
    expect_party(&desk, bureau, "organisation user administrative-organ 340300 新名 - - v3");
    struct arguments h = {.id = bureau, .out = past};
    expect_ok(read_history(&desk, &h), &desk.err);
    assert_string_equal(past,
                        BOB ": {\"version\":2,\"region\":\"340200\",\"code\":\"" CODE "\"}\n" ANN
                            ": {\"version\":1,\"name_zh\":\"旧名\",\"code\":null}\n");
}

static void changes_are_checked_as_making_is(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    const struct yx_party_entry bad[] = {{.name_zh = "", .internal_only = -1},
                                         {.scheme = "Wuhu!", .internal_only = -1},
                                         {.nature = "castle", .internal_only = -1},
                                         {.code = "1", .internal_only = -1},
                                         {.identity_kind = CARD_KIND, .internal_only = -1},
                                         {.internal_only = 1},
                                         {.authority = "price", .internal_only = -1}};
    desk_open(&desk, database);
    const char *bureau = organisation(&desk, "user", "局", NULL);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct arguments a = {.id = bureau, .entry = &bad[i], .by = ANN, .now = LATER};
        expect_status(change_party(&desk, &a), YX_USAGE, &desk.err);
    }
    const struct yx_party_entry good = {.name_zh = "名", .internal_only = -1};
    struct arguments a = {.id = ANN, .entry = &good, .by = ANN, .now = LATER};
    expect_rule(&desk, change_party(&desk, &a), YX_PARTY_MISSING);
    expect_party(&desk, bureau, "organisation user administrative-organ 340200 局 - - v1");
}

/* --- What nobody reads by the way ------------------------------------------------------------ */

struct search {
    const char *needle;
    bool found;
};

static yx_status search_row(void *self, const struct yx_row *row, struct yx_error *err)
{
    struct search *search = self;
    struct yx_bytes sealed = yx_row_blob(row, 0);
    (void)err;
    search->found |= sealed.len > 0 && memmem(sealed.data, sealed.len, search->needle,
                                              strlen(search->needle)) != NULL;
    return YX_OK;
}

static yx_status search_table(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_tx_query(tx, "SELECT identity_sealed FROM party", NULL, 0, search_row, self, err);
}

static void numbers_of_people_are_sealed(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    YX_CLEAN(yx_buf) struct yx_buf number = {0};
    char text[512] = "";
    struct search search = {CARD, false};
    desk_open(&desk, database);
    const struct yx_party_entry entry = {.kind = YX_PARTY_PERSON,
                                         .name_zh = "王小明",
                                         .identity_kind = CARD_KIND,
                                         .identity_number = CARD,
                                         .internal_only = -1};
    const char *clerk = must_make(&desk, &entry);
    const char *other = person(&desk, "李", NULL);
    expect_ok(yx_store_read(desk.store, search_table, &search, &desk.err), &desk.err);
    assert_false(search.found);
    struct arguments a = {.id = clerk, .out = &number};
    expect_ok(read_identity(&desk, &a), &desk.err);
    assert_string_equal(number.data, CARD);
    number.len = 0;
    a.id = other;
    expect_ok(read_identity(&desk, &a), &desk.err);
    assert_int_equal(number.len, 0);
    /* Found by the number, not by another one or as another document. */
    a = (struct arguments){.id = CARD_KIND, .other = CARD, .out = text};
    expect_ok(find_identity(&desk, &a), &desk.err);
    assert_string_equal(text, "person user - - 王小明 - " CARD_KIND " v1");
    text[0] = '\0';
    a.id = "passport";
    expect_ok(find_identity(&desk, &a), &desk.err);
    assert_string_equal(text, "");
    /* Another secret opens nothing, and a row that was put in the place of another one neither. */
    struct yx_party_vault vault = desk.vault;
    desk.vault.check[0] ^= 1;
    a = (struct arguments){.id = clerk, .out = &number};
    expect_status(read_identity(&desk, &a), YX_DAMAGED, &desk.err);
    desk.vault = vault;
    database_must(desk.store, "UPDATE party SET identity_sealed ="
                              " (SELECT identity_sealed FROM party WHERE identity_sealed IS NOT"
                              " NULL) WHERE identity_sealed IS NULL");
    a.id = other;
    expect_status(read_identity(&desk, &a), YX_DAMAGED, &desk.err);
}

/* --- The tree -------------------------------------------------------------------------------- */

static void the_tree_has_no_circles(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    const char *top = organisation(&desk, "user", "集团", NULL);
    const char *middle = organisation(&desk, "user", "公司", top);
    const char *low = unit(&desk, "部门", middle);
    const char *man = person(&desk, "人", low);
    const struct {
        const char *id, *parent;
    } bad[] = {{top, top}, {top, middle}, {top, low}, {middle, low},
               {low, man}, {low, NULL},   {low, low}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct arguments a = {.id = bad[i].id, .other = bad[i].parent, .by = ANN, .now = LATER};
        expect_status(move_party(&desk, &a), YX_REFUSED, &desk.err);
    }
    struct arguments good = {.id = low, .other = top, .by = ANN, .now = LATER};
    expect_ok(move_party(&desk, &good), &desk.err);
    /* What was above may be below now. */
    good = (struct arguments){.id = middle, .other = NULL, .by = ANN, .now = LATER};
    expect_ok(move_party(&desk, &good), &desk.err);
    good = (struct arguments){.id = top, .other = middle, .by = ANN, .now = LATER};
    expect_ok(move_party(&desk, &good), &desk.err);
}

static void a_unit_stays_with_its_type(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    const char *user = organisation(&desk, "user", "用户", NULL);
    const char *ca = organisation(&desk, "certification-authority", "认证中心", NULL);
    const char *section = unit(&desk, "科", user);
    struct arguments a = {.id = section, .other = ca, .by = ANN, .now = LATER};
    expect_status(move_party(&desk, &a), YX_REFUSED, &desk.err);
}

static void the_tree_has_so_many_levels(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    const char *top = organisation(&desk, "user", "集团", NULL);
    const char *at = top;
    for (int level = 2; level <= YX_PARTY_DEPTH; level++)
        at = unit(&desk, "级", at);
    expect_status(
        try_make(&desk,
                 (struct yx_party_entry){.kind = YX_PARTY_UNIT, .name_zh = "级", .parent = at}),
        YX_REFUSED, &desk.err);
    /* Nor by putting all of it below something. */
    const char *higher = organisation(&desk, "user", "总", NULL);
    struct arguments a = {.id = top, .other = higher, .by = ANN, .now = LATER};
    expect_status(move_party(&desk, &a), YX_REFUSED, &desk.err);
}

struct mover {
    pthread_t thread;
    struct desk desk; /* the store is shared */
    const char *id, *parent;
    yx_status status;
};

static void *move_thread(void *self)
{
    struct mover *mover = self;
    struct arguments a = {.id = mover->id, .other = mover->parent, .by = ANN, .now = LATER};
    mover->status = move_party(&mover->desk, &a);
    return NULL;
}

/* Each of two moves is right alone; both would make a circle. */
static void two_at_a_time_make_no_circle(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    for (int round = 0; round < 10; round++) {
        const char *a = organisation(&desk, "user", "甲", NULL);
        const char *b = organisation(&desk, "user", "乙", NULL);
        struct mover movers[2] = {{.desk = desk, .id = a, .parent = b},
                                  {.desk = desk, .id = b, .parent = a}};
        for (int i = 0; i < 2; i++)
            assert_int_equal(pthread_create(&movers[i].thread, NULL, move_thread, &movers[i]), 0);
        for (int i = 0; i < 2; i++)
            pthread_join(movers[i].thread, NULL);
        assert_int_equal((movers[0].status == YX_OK) + (movers[1].status == YX_OK), 1);
    }
}

static void what_has_something_below_does_not_end(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    const char *top = organisation(&desk, "user", "集团", NULL);
    const char *low = unit(&desk, "部门", top);
    struct arguments a = {.id = top, .by = ANN, .now = LATER};
    expect_status(end_party(&desk, &a), YX_REFUSED, &desk.err);
    a.id = low;
    expect_ok(end_party(&desk, &a), &desk.err);
    expect_status(end_party(&desk, &a), YX_REFUSED, &desk.err);
    a.id = top;
    expect_ok(end_party(&desk, &a), &desk.err);
    expect_party(&desk, top, "organisation user administrative-organ 340200 集团 - - v2 ended");
    const struct yx_party_entry change = {.name_zh = "名", .internal_only = -1};
    struct arguments late = {.id = top, .entry = &change, .by = ANN, .now = LATER};
    expect_status(change_party(&desk, &late), YX_REFUSED, &desk.err);
    expect_status(
        try_make(&desk,
                 (struct yx_party_entry){.kind = YX_PARTY_UNIT, .name_zh = "科", .parent = top}),
        YX_REFUSED, &desk.err);
}

static void a_scheme_is_taken_from_above(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    char scheme[64] = "?";
    desk_open(&desk, database);
    const char *top = organisation(&desk, "user", "集团", NULL);
    const char *low = unit(&desk, "部门", top);
    struct arguments a = {.id = low, .out = scheme};
    expect_ok(read_scheme(&desk, &a), &desk.err);
    assert_string_equal(scheme, "");
    const struct yx_party_entry wuhu = {.scheme = "wuhu", .internal_only = -1};
    struct arguments change = {.id = top, .entry = &wuhu, .by = ANN, .now = LATER};
    expect_ok(change_party(&desk, &change), &desk.err);
    expect_ok(read_scheme(&desk, &a), &desk.err);
    assert_string_equal(scheme, "wuhu");
    const struct yx_party_entry hainan = {.scheme = "hainan", .internal_only = -1};
    change = (struct arguments){.id = low, .entry = &hainan, .by = ANN, .now = LATER};
    expect_ok(change_party(&desk, &change), &desk.err);
    expect_ok(read_scheme(&desk, &a), &desk.err);
    assert_string_equal(scheme, "hainan");
}

/* --- Regulators ------------------------------------------------------------------------------ */

static void regulators_have_an_office_a_region_and_a_tier(struct database *database)
{
    static const struct {
        const char *authority, *name, *region;
        enum yx_party_tier tier;
    } regulators[] = {
        {"informatization", "市信息化主管部门", "440300", YX_TIER_CITY},              /* ROLE-06 */
        {"cryptography", "市密码主管部门", "440300", YX_TIER_CITY},                   /* ROLE-06 */
        {"standardization", "市标准化主管部门", "440300", YX_TIER_CITY},              /* ROLE-06 */
        {"industry-it", "省工业和信息化厅", "410000", YX_TIER_PROVINCE},              /* ROLE-09 */
        {"cryptography", "省密码管理局", "410000", YX_TIER_PROVINCE},                 /* ROLE-09 */
        {"public-security", "省公安厅", "410000", YX_TIER_PROVINCE},                  /* ROLE-10 */
        {"national-security", "省国家安全厅", "410000", YX_TIER_PROVINCE},            /* ROLE-10 */
        {"internet-information", "国家网信办", "000000", YX_TIER_NATIONAL},           /* ROLE-11 */
        {"data-resources", "市数据资源管理局", "340200", YX_TIER_CITY},               /* ROLE-14 */
        {"big-data", "市大数据中心", "340200", YX_TIER_CITY},                         /* ROLE-14 */
        {"public-security", "市公安局", "340200", YX_TIER_CITY},                      /* ROLE-14 */
        {"cryptography", "市密码管理局", "340200", YX_TIER_CITY},                     /* ROLE-14 */
        {"platform-owner", "业务平台主管部门", "340200", YX_TIER_CITY},               /* ROLE-14 */
        {"government-office", "省政府办公厅", "460000", YX_TIER_PROVINCE},            /* ROLE-20 */
        {"civil-affairs", "省民政厅", "460000", YX_TIER_PROVINCE},                    /* ROLE-20 */
        {"market-regulation", "省市场监督管理局", "460000", YX_TIER_PROVINCE},        /* ROLE-20 */
        {"service-centre", "省政务服务中心", "460000", YX_TIER_PROVINCE},             /* ROLE-20 */
        {"business-environment", "省营商环境建设监督局", "230000", YX_TIER_PROVINCE}, /* ROLE-21 */
        {"business-environment", "市营商环境局", "230100", YX_TIER_CITY},             /* ROLE-21 */
        {"government-office", "自治区人民政府办公厅", "150000", YX_TIER_PROVINCE},    /* ROLE-22 */
        {"government-office", "盟市政府办公厅", "152500", YX_TIER_CITY},              /* ROLE-22 */
        {"government-department", "旗政府组成部门", "152501", YX_TIER_COUNTY},        /* ROLE-22 */
    };
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    for (size_t i = 0; i < sizeof regulators / sizeof *regulators; i++) {
        char want[256];
        snprintf(want, sizeof want, "organisation regulator administrative-organ %s %s - - v1",
                 regulators[i].region, regulators[i].name);
        expect_party(&desk,
                     must_make(&desk, &(struct yx_party_entry){.kind = YX_PARTY_ORGANISATION,
                                                               .type = "regulator",
                                                               .nature = "administrative-organ",
                                                               .authority = regulators[i].authority,
                                                               .region = regulators[i].region,
                                                               .name_zh = regulators[i].name,
                                                               .internal_only = -1}),
                     want);
        assert_int_equal(yx_party_region_tier(regulators[i].region), regulators[i].tier);
    }
}

/* --- Lists ----------------------------------------------------------------------------------- */

static yx_status note_name(void *self, const struct yx_party *party, struct yx_error *err)
{
    (void)err;
    strcat(strcat(self, party->name_zh), " ");
    return YX_OK;
}
IN_TX(list_parties, yx_party_list(tx, a->entry, note_name, a->out, err));

static void expect_list(struct desk *desk, struct yx_party_filter filter, const char *want)
{
    char names[512] = "";
    struct arguments a = {.entry = &filter, .out = names};
    filter.limit = filter.limit == 0 ? 100 : filter.limit;
    filter.now = NOW;
    expect_ok(list_parties(desk, &a), &desk->err);
    assert_string_equal(names, want);
}

static void a_list_holds_what_its_reader_may_read(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    const char *a = organisation(&desk, "user", "甲", NULL);
    const char *a1 = unit(&desk, "甲一", a);
    (void)person(&desk, "甲一人", a1);
    const char *b = organisation(&desk, "user", "乙", NULL);
    (void)unit(&desk, "乙一", b);
    const struct yx_party_entry moved = {.region = "340300", .internal_only = -1};
    struct arguments change = {.id = b, .entry = &moved, .by = MAKER, .now = NOW};
    expect_ok(change_party(&desk, &change), &desk.err);
    expect_list(&desk, (struct yx_party_filter){.kind = -1}, "甲 甲一 甲一人 乙 乙一 ");
    expect_list(&desk, (struct yx_party_filter){.kind = YX_PARTY_UNIT}, "甲一 乙一 ");
    expect_list(&desk, (struct yx_party_filter){.kind = -1, .parent = b}, "乙一 ");
    expect_list(&desk, (struct yx_party_filter){.kind = -1, .after = a, .limit = 2},
                "甲一 甲一人 ");
    /* Nobody, one with a unit, one with a region, one with everything. */
    expect_list(&desk, (struct yx_party_filter){.kind = -1, .reader = ANN}, "");
    must_grant(&desk, ANN, "handling-person", (struct yx_party_scope){.party = a1});
    expect_list(&desk, (struct yx_party_filter){.kind = -1, .reader = ANN}, "甲一 甲一人 ");
    expect_list(&desk, (struct yx_party_filter){.kind = -1, .reader = ANN, .parent = b}, "");
    must_grant(&desk, BOB, "handling-person", (struct yx_party_scope){.region = "340300"});
    expect_list(&desk, (struct yx_party_filter){.kind = -1, .reader = BOB}, "乙 ");
    must_grant(&desk, EVE, "handling-person", (struct yx_party_scope){NULL});
    expect_list(&desk, (struct yx_party_filter){.kind = -1, .reader = EVE},
                "甲 甲一 甲一人 乙 乙一 ");
}

static void a_grant_about_a_seal_lists_no_parties(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    const char *a = organisation(&desk, "user", "甲", NULL);
    must_grant(&desk, ANN, "handling-person", (struct yx_party_scope){.party = a, .seal = "s1"});
    must_grant(&desk, ANN, "handling-person", (struct yx_party_scope){.document_class = "d"});
    must_grant(&desk, ANN, "handling-person", (struct yx_party_scope){.platform = "p"});
    must_grant(&desk, ANN, "drafter", (struct yx_party_scope){NULL}); /* no party.read in it */
    expect_list(&desk, (struct yx_party_filter){.kind = -1, .reader = ANN}, "");
}

static void types_have_records_of_their_own(struct database *database)
{
    YX_CLEAN(desk) struct desk desk;
    desk_open(&desk, database);
    for (const struct yx_party_word *type = yx_party_types(); type->id != NULL; type++)
        if (strcmp(type->id, "regulator") != 0)
            (void)organisation(&desk, type->id, type->zh, NULL);
    expect_list(&desk, (struct yx_party_filter){.kind = -1, .type = "application-unit"},
                "应用单位 ");
    expect_list(&desk, (struct yx_party_filter){.kind = -1, .type = "user"}, "用户 ");
    expect_list(&desk, (struct yx_party_filter){.kind = -1, .type = "certification-authority"},
                "认证机构 ");
}

#define CASE(function)             \
    {                              \
#function, function, false \
    }

int main(void)
{
    static const struct database_case cases[] = {
        CASE(parties_are_made),
        CASE(what_makes_no_sense_is_refused),
        CASE(numbers_stand_once),
        CASE(changes_keep_what_was),
        CASE(changes_are_checked_as_making_is),
        CASE(numbers_of_people_are_sealed),
        CASE(the_tree_has_no_circles),
        CASE(a_unit_stays_with_its_type),
        CASE(the_tree_has_so_many_levels),
        CASE(two_at_a_time_make_no_circle),
        CASE(what_has_something_below_does_not_end),
        CASE(a_scheme_is_taken_from_above),
        CASE(regulators_have_an_office_a_region_and_a_tier),
        CASE(a_list_holds_what_its_reader_may_read),
        CASE(a_grant_about_a_seal_lists_no_parties),
        CASE(types_have_records_of_their_own),
    };
    return database_main("party", cases, sizeof cases / sizeof *cases, true);
}
