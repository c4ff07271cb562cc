/* SPDX-License-Identifier: Apache-2.0 */
/* people.h - a service with its first administrator, whom others are invited by, each with a
 * browser. Needs support.h, tools.h, browser.h, database.h and world.h before it. */
#ifndef TESTS_API_PEOPLE_H
#define TESTS_API_PEOPLE_H

#define PASSWORD "korrekte Pferde 7"
#define OTHER_PASSWORD "sieben Wale 3"
#define NOWHERE "018f0000-0000-7000-8000-000000000000"

/* --- The service --------------------------------------------------------------------------- */

struct service {
    struct world world;
    char admin[YX_UUID_TEXT];
    struct yx_login_secret first;
};

/* A role for an account within a party; NULL: everywhere. */
static inline void grant(struct service *service, const char *account, const char *role,
                         const char *party)
{
    world_grant(&service->world, account, role, (struct yx_party_scope){.party = party});
}

static inline yx_status fill(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct service *service = self;
    const struct yx_login_by by = {.actor = "cli:test", .now = yx_now()};
    bool made;

    YX_TRY(yx_login_first(tx, &service->first, 3600, &by, service->admin, &made, err));
    assert_true(made);
    return YX_OK;
}

static inline void service_open(const struct database *database, struct service *service)
{
    struct world *world = &service->world;
    struct yx_error err = {0};

    *service = (struct service){.admin = ""};
    world_prepare(database, world);
    world->policy.hash_kib = 64;
    world->policy.hash_passes = 1;
    yx_login_set_policy(world->services.login, &world->policy);
    expect_ok(yx_login_secret_make(&service->first, &err), &err);
    expect_ok(yx_store_write(world->services.store, fill, service, &err), &err);
    world_parties(world);
    grant(service, service->admin, "system-administrator", NULL);
    world_serve(world, yx_resources);
}

static inline void service_close(struct service *service)
{
    world_close(&service->world);
}
YX_DEFINE_CLEAN_VALUE(service, struct service, service_close);

static inline struct browser browser_of(const struct service *service)
{
    return (struct browser){.port = yx_listener_port(service->world.listener)};
}

static inline const char *login_body(const char *name, const char *password)
{
    return world_say("{\"name\":\"%s\",\"password\":\"%s\"}", name, password);
}

/* The administrator, by the link that the service printed. */
static inline void administrator(struct service *service, struct browser *out)
{
    *out = browser_of(service);
    expect_ask(out, "POST", "/api/v1/links",
               world_say("{\"token\":\"%s\",\"password\":\"" PASSWORD "\"}", service->first.text),
               204);
    expect_ask(out, "POST", "/api/v1/session", login_body("admin", PASSWORD), 201);
}

/* Somebody whom the administrator invites, and who comes in. */
static inline void person(struct service *service, struct browser *admin, const char *name,
                          const char *party, char id[YX_UUID_TEXT], struct browser *out)
{
    expect_ask(admin, "POST", "/api/v1/accounts",
               party == NULL ? world_say("{\"name\":\"%s\"}", name)
                             : world_say("{\"name\":\"%s\",\"party\":\"%s\"}", name, party),
               201);
    snprintf(id, YX_UUID_TEXT, "%s", member(admin, "id"));
    expect_ask(admin, "POST", world_say("/api/v1/accounts/%s/link", id), "{}", 201);
    *out = browser_of(service);
    expect_ask(
        out, "POST", "/api/v1/links",
        world_say("{\"token\":\"%s\",\"password\":\"" PASSWORD "\"}", member(admin, "token")), 204);
    expect_ask(out, "POST", "/api/v1/session", login_body(name, PASSWORD), 201);
}

/* A person on record, whom the account names from now on. */
struct naming {
    struct service *service;
    const char *account, *name;
};

static inline yx_status name_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    const struct naming *naming = self;
    const struct yx_login_by by = {.actor = "cli:test", .now = yx_now()};
    const struct yx_party_entry entry = {
        .kind = YX_PARTY_PERSON, .name_zh = naming->name, .internal_only = -1};
    char id[YX_UUID_TEXT];

    YX_TRY(yx_party_make(tx, &naming->service->world.vault, &entry, "cli:test", by.now, id, err));
    return yx_login_account_change(tx, naming->account, id, NULL, &by, err);
}

static inline void name_person(struct service *service, const char *account, const char *name)
{
    struct naming naming = {service, account, name};
    struct yx_error err = {0};

    expect_ok(yx_store_write(service->world.services.store, name_work, &naming, &err), &err);
}

#endif
