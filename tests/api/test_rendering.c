/* SPDX-License-Identifier: Apache-2.0 */
/* test_rendering.c - pages of documents as pictures over HTTP, drawn by real workers and kept. */
#include "support.h"

#include <stdlib.h>

#include "pdf_odd.h"
#include "tools.h"

#include "database.h"

#include "../worker/house.h"
#include "world.h"

#define POST "POST /api/v1/renderings"

static void expect_refusals(const struct world *world, const char *pdf)
{
    static const char *const wrong[] = {"?page=0",
                                        "?page=x",
                                        "?page=1000000",
                                        "?dpi=1201",
                                        "?longest=-1",
                                        "?format=pdf",
                                        "?longest=99999999999999999999",
                                        "?page="};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char what[100];

        (void)snprintf(what, sizeof what, POST "%s", wrong[i]);
        if (world_status(world, world->clerk, what, pdf) != 400)
            fail_msg("%s", what);
    }
    assert_int_equal(world_status(world, world->clerk, POST "?page=3", pdf), 400);
    assert_int_equal(world_status(world, world->clerk, POST, "neither"), 400);
    assert_int_equal(world_status(world, NULL, POST, pdf), 401);
    assert_int_equal(world_status(world, &world->forger, POST, pdf), 403);
}

static void expect_pictures(const struct world *world, struct house *house, const char *pdf)
{
    struct yx_worker_counts before, after;
    struct reply first, second;

    world_ask(world, world->clerk, POST "?page=2&longest=60", "", pdf, &first);
    assert_int_equal(first.status, 200);
    assert_non_null(strstr(first.text, "Content-Type: image/png"));
    assert_memory_equal(first.body, "\x89PNG", 4);
    yx_worker_pool_counts(house->pool, &before);
    world_ask(world, world->clerk, POST "?page=2&longest=60", "", pdf, &second);
    yx_worker_pool_counts(house->pool, &after);
    assert_memory_equal(second.body, "\x89PNG", 4);
    assert_int_equal(after.jobs, before.jobs); /* it was kept */
    world_ask(world, world->clerk, POST "?format=svg", "", pdf, &first);
    assert_int_equal(first.status, 200);
    assert_non_null(strstr(first.text, "Content-Type: image/svg+xml"));
}

static void renderings(struct database *database)
{
    static struct house house;
    YX_CLEAN(world) struct world world = {0};
    YX_CLEAN(yx_page_cache) struct yx_page_cache *pictures = NULL;
    YX_CLEAN(yx_buf) struct yx_buf pdf = {0};
    struct yx_error err;

    if (system("command -v pdftocairo >/dev/null 2>&1") != 0) {
        print_message("skipped: pdftocairo is not installed\n");
        skip();
    }
    house_open(&house, HOUSE_WORKERS, 10);
    expect_ok(yx_page_cache_new(1 << 20, &pictures, &err), &err);
    odd_make(&(struct odd_options){.pages = 2}, &pdf);
    assert_int_equal(yx_buf_append(&pdf, YX_BYTES("", 1)), YX_OK);
    world.services.pool = house.pool;
    world.services.pictures = pictures;
    world.services.upload_max = 1 << 20;
    world_prepare(database, &world);
    world_clerk(&world, NULL, 0, false);
    world_serve(&world, yx_resources);
    expect_pictures(&world, &house, (const char *)pdf.data);
    expect_refusals(&world, (const char *)pdf.data);
    house_close(&house);
}

int main(void)
{
    const struct database_case cases[] = {{"renderings", renderings}};
    return database_main("rendering", cases, 1, false);
}
