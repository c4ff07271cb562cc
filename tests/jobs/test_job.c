/* SPDX-License-Identifier: Apache-2.0 */
/* test_job.c - jobs as rows: added with what asks for them, taken, ended, shown, cancelled. */
#include "support.h"
#include "tools.h"

#include "database.h"
#include "desk.h"

#define NOW (INT64_C(1795219200) * YX_SECOND)
#define NODE "node"

static const struct yx_job_kind kinds[] = {{.kind = "a"}, {.kind = "b"}, {.kind = "c"}};

static void take_and_end(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    struct desk_taken taken = {0};
    struct yx_error err = {0};
    char id[YX_UUID_TEXT];
    const struct yx_ending done = {.state = YX_JOB_DONE};
    bool due = false;
    expect_ok(yx_jobs_due(store, NOW, &due, &err), &err);
    assert_false(due);
    add_job(store, &(struct yx_job_request){.kind = "a", .payload = "{\"n\":1}"}, NOW, id);
    expect_ok(yx_jobs_due(store, NOW, &due, &err), &err);
    assert_true(due);
    take_jobs(store, NODE, kinds, 1, 4, NOW, &taken);
    assert_int_equal(taken.count, 1);
    assert_string_equal(taken.list[0]->id, id);
    assert_string_equal(taken.list[0]->payload, "{\"n\":1}");
    assert_string_equal(taken.list[0]->key, "");
    assert_int_equal(taken.list[0]->tries, 1);
    taken_drop(&taken);
    assert_int_equal(get_job(store, id).state, YX_JOB_RUNNING);
    take_jobs(store, "other", kinds, 1, 4, NOW, &taken); /* nobody else gets it */
    assert_int_equal(taken.count, 0);
    expect_ok(yx_jobs_end(store, id, "other", &done, NOW, &err), &err); /* nor ends it */
    assert_int_equal(get_job(store, id).state, YX_JOB_RUNNING);
    expect_ok(yx_jobs_end(store, id, NODE, &done, NOW + 5, &err), &err);
    struct desk_job job = get_job(store, id);
    assert_int_equal(job.state, YX_JOB_DONE);
    assert_int_equal(job.finished, NOW + 5);
    assert_int_equal(job.tries, 1);
    assert_string_equal(job.error, "-");
}

static void due_when_it_is(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    struct desk_taken taken = {0};
    char id[YX_UUID_TEXT];
    struct yx_error err = {0};
    add_job(store, &(struct yx_job_request){.kind = "a", .due = NOW + YX_SECOND}, NOW, id);
    take_jobs(store, NODE, kinds, 1, 4, NOW, &taken);
    assert_int_equal(taken.count, 0);
    take_jobs(store, NODE, kinds, 1, 4, NOW + YX_SECOND, &taken);
    assert_int_equal(taken.count, 1);
    taken_drop(&taken);
    const struct yx_ending again = {.due = NOW + YX_DAY, .error = "it did not work"};
    expect_ok(yx_jobs_end(store, id, NODE, &again, NOW + YX_SECOND, &err), &err);
    struct desk_job job = get_job(store, id);
    assert_int_equal(job.state, YX_JOB_WAITING);
    assert_int_equal(job.tries, 1);
    assert_int_equal(job.due, NOW + YX_DAY);
    assert_string_equal(job.error, "it did not work");
    assert_true(job.finished == YX_TIME_NONE);
    take_jobs(store, NODE, kinds, 1, 4, NOW + YX_DAY, &taken);
    assert_int_equal(taken.list[0]->tries, 2);
    taken_drop(&taken);
    const struct yx_ending not_yet = {.due = NOW, .uncounted = true};
    expect_ok(yx_jobs_end(store, id, NODE, &not_yet, NOW, &err), &err);
    assert_int_equal(get_job(store, id).tries, 1);
}

static void a_key_stands_once(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    char one[YX_UUID_TEXT], two[YX_UUID_TEXT], other[YX_UUID_TEXT];
    add_job(store, &(struct yx_job_request){.kind = "a", .key = "k", .payload = "{\"n\":1}"}, NOW,
            one);
    add_job(store, &(struct yx_job_request){.kind = "a", .key = "k", .payload = "{\"n\":2}"}, NOW,
            two);
    add_job(store, &(struct yx_job_request){.kind = "b", .key = "k"}, NOW, other);
    assert_string_equal(one, two);
    assert_string_not_equal(one, other);
    assert_string_equal(get_job(store, one).payload, "{\"n\":1}");
    assert_int_equal(count_jobs(store, YX_JOB_WAITING), 2);
}

static yx_status add_and_refuse(void *self, struct yx_tx *tx, struct yx_error *err)
{
    YX_TRY(yx_job_add(tx, self, NOW, NULL, err));
    return yx_fail(err, YX_REFUSED, "a rule", "as told");
}

static void there_with_what_asks_for_it(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    struct yx_job_request request = {.kind = "a"};
    struct yx_error err = {0};
    expect_status(yx_store_write(store, add_and_refuse, &request, &err), YX_REFUSED, &err);
    assert_int_equal(count_jobs(store, YX_JOB_WAITING), 0);
}

/* --- Who comes first ------------------------------------------------------------------------ */

static void urgent_before_usual_before_idle(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    const enum yx_job_priority order[] = {YX_JOB_IDLE, YX_JOB_USUAL, YX_JOB_URGENT};
    struct desk_taken taken = {0};
    for (int i = 0; i < 3; i++)
        add_job(store, &(struct yx_job_request){.kind = "a", .priority = order[i]}, NOW + i, NULL);
    for (int i = 2; i >= 0; i--) {
        take_jobs(store, NODE, kinds, 1, 1, NOW + 10, &taken);
        assert_int_equal(taken.count, 1);
        assert_int_equal(get_job(store, taken.list[0]->id).priority, order[i]);
        taken_drop(&taken);
    }
}

/* 50 of one kind that came first, and 3 of each of two others: each kind gets its share. */
static void kinds_take_turns(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    struct desk_taken taken = {0};
    unsigned got[3] = {0};
    for (int i = 0; i < 56; i++)
        add_job(store, &(struct yx_job_request){.kind = kinds[i < 50 ? 0 : 1 + i % 2].kind},
                NOW + i, NULL);
    take_jobs(store, NODE, kinds, 3, 6, NOW + 100, &taken);
    assert_int_equal(taken.count, 6);
    for (size_t i = 0; i < taken.count; i++)
        got[taken.list[i]->kind - kinds]++;
    for (int i = 0; i < 3; i++)
        assert_int_equal(got[i], 2);
    taken_drop(&taken);
    take_jobs(store, NODE, kinds, 3, 20, NOW + 100, &taken); /* what is left over is not wasted */
    assert_int_equal(taken.count, 20);
    taken_drop(&taken);
}

static void no_more_than_there_is_room_for(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    struct yx_appetite appetite = {.kinds = kinds, .kind_count = 2, .room = {2, 0}, .total = 10};
    struct yx_taken *list = NULL;
    struct yx_error err = {0};
    unsigned count = 0;
    for (int i = 0; i < 10; i++)
        add_job(store, &(struct yx_job_request){.kind = kinds[i % 2].kind}, NOW, NULL);
    expect_ok(yx_jobs_take(store, NODE, &appetite, NOW, &list, &err), &err);
    for (struct yx_taken *next; list != NULL; list = next) {
        next = list->next;
        assert_string_equal(list->kind->kind, "a");
        yx_taken_free(list);
        count++;
    }
    assert_int_equal(count, 2);
}

/* --- Cancelling, trying again ---------------------------------------------------------------- */

static void cancel_and_retry(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    struct desk_taken taken = {0};
    struct yx_error err = {0};
    char id[YX_UUID_TEXT];
    add_job(store, &(struct yx_job_request){.kind = "a"}, NOW, id);
    expect_status(change_job(store, yx_job_retry, id, NOW, &err), YX_REFUSED, &err);
    expect_ok(change_job(store, yx_job_cancel, id, NOW, &err), &err);
    assert_int_equal(get_job(store, id).state, YX_JOB_CANCELLED);
    assert_int_equal(get_job(store, id).finished, NOW);
    expect_status(change_job(store, yx_job_cancel, id, NOW, &err), YX_REFUSED, &err);
    take_jobs(store, NODE, kinds, 1, 4, NOW, &taken);
    assert_int_equal(taken.count, 0);
    expect_ok(change_job(store, yx_job_retry, id, NOW + 1, &err), &err);
    take_jobs(store, NODE, kinds, 1, 4, NOW + 1, &taken);
    assert_int_equal(taken.count, 1);
    taken_drop(&taken);
    expect_status(change_job(store, yx_job_cancel, "no-such-id", NOW, &err), YX_NO_INPUT, &err);
    expect_status(change_job(store, yx_job_retry, "no-such-id", NOW, &err), YX_NO_INPUT, &err);
}

/* One that runs ends as it ends, but does not come again. */
static void cancel_what_runs(struct database *database)
{
    const struct yx_ending endings[] = {
        {.state = YX_JOB_WAITING, .due = NOW}, {.state = YX_JOB_FAILED}, {.state = YX_JOB_DONE}};
    const enum yx_job_state after[] = {YX_JOB_CANCELLED, YX_JOB_CANCELLED, YX_JOB_DONE};
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    struct desk_taken taken = {0};
    struct yx_error err = {0};
    char id[YX_UUID_TEXT];
    for (int i = 0; i < 3; i++) {
        add_job(store, &(struct yx_job_request){.kind = "a"}, NOW, id);
        take_jobs(store, NODE, kinds, 1, 4, NOW, &taken);
        taken_drop(&taken);
        expect_ok(change_job(store, yx_job_cancel, id, NOW, &err), &err);
        assert_int_equal(get_job(store, id).state, YX_JOB_RUNNING);
        expect_ok(yx_jobs_end(store, id, NODE, &endings[i], NOW, &err), &err);
        assert_int_equal(get_job(store, id).state, after[i]);
        assert_int_equal(get_job(store, id).finished, NOW);
    }
}

static yx_status finish_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_job_finish(tx, self, NOW, err);
}

static void finish_with_the_effect(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    struct desk_taken taken = {0};
    struct yx_error err = {0};
    char id[YX_UUID_TEXT];
    add_job(store, &(struct yx_job_request){.kind = "a"}, NOW, id);
    take_jobs(store, NODE, kinds, 1, 1, NOW, &taken);
    taken_drop(&taken);
    struct yx_job lost = {.id = id, .holder = "other"}, held = {.id = id, .holder = NODE};
    expect_status(yx_store_write(store, finish_work, &lost, &err), YX_REFUSED, &err);
    expect_ok(yx_store_write(store, finish_work, &held, &err), &err);
    assert_int_equal(get_job(store, id).state, YX_JOB_DONE);
    expect_status(yx_store_write(store, finish_work, &held, &err), YX_REFUSED, &err);
}

/* --- Showing --------------------------------------------------------------------------------- */

struct listing {
    struct yx_job_filter filter;
    int64_t limit;
    char ids[16][YX_UUID_TEXT];
    size_t count;
};

static yx_status note_id(void *self, const struct yx_job_row *row, struct yx_error *err)
{
    struct listing *listing = self;
    (void)err;
    snprintf(listing->ids[listing->count++], YX_UUID_TEXT, "%s", row->id);
    return YX_OK;
}

static yx_status list_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    struct listing *listing = self;
    listing->count = 0;
    return yx_jobs_list(tx, &listing->filter, listing->limit, note_id, listing, err);
}

static void lists_in_pages(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    struct yx_error err = {0};
    char ids[5][YX_UUID_TEXT];
    for (int i = 0; i < 5; i++)
        add_job(store, &(struct yx_job_request){.kind = i == 2 ? "b" : "a"}, NOW + i * 1000,
                ids[i]);
    expect_ok(change_job(store, yx_job_cancel, ids[3], NOW, &err), &err);
    struct listing listing = {.limit = 3};
    expect_ok(yx_store_read(store, list_work, &listing, &err), &err);
    assert_int_equal(listing.count, 3);
    assert_string_equal(listing.ids[0], ids[4]);
    listing.filter.below = ids[2];
    expect_ok(yx_store_read(store, list_work, &listing, &err), &err);
    assert_int_equal(listing.count, 2);
    assert_string_equal(listing.ids[0], ids[1]);
    listing = (struct listing){.limit = 9, .filter = {.kind = "b"}};
    expect_ok(yx_store_read(store, list_work, &listing, &err), &err);
    assert_int_equal(listing.count, 1);
    assert_string_equal(listing.ids[0], ids[2]);
    listing = (struct listing){.limit = 9, .filter = {.kind = "a", .state = "cancelled"}};
    expect_ok(yx_store_read(store, list_work, &listing, &err), &err);
    assert_int_equal(listing.count, 1);
    assert_string_equal(listing.ids[0], ids[3]);
    listing.filter.state = "asleep";
    expect_status(yx_store_read(store, list_work, &listing, &err), YX_USAGE, &err);
}

static yx_status note_count(void *self, const struct yx_job_count *count, struct yx_error *err)
{
    struct yx_job_count *counts = self;
    (void)err;
    counts[count->state] = *count;
    return YX_OK;
}

static yx_status count_work(void *self, struct yx_tx *tx, struct yx_error *err)
{
    return yx_jobs_count(tx, note_count, self, err);
}

static void counts_what_is_in_hand(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    struct yx_job_count counts[5] = {{0}};
    struct desk_taken taken = {0};
    struct yx_error err = {0};
    for (int i = 0; i < 5; i++)
        add_job(store, &(struct yx_job_request){.kind = "a", .due = NOW + i}, NOW, NULL);
    take_jobs(store, NODE, kinds, 1, 2, NOW + 9, &taken);
    const struct yx_ending failed = {.state = YX_JOB_FAILED, .error = "no"};
    expect_ok(yx_jobs_end(store, taken.list[0]->id, NODE, &failed, NOW, &err), &err);
    taken_drop(&taken);
    expect_ok(yx_store_read(store, count_work, counts, &err), &err);
    assert_int_equal(counts[YX_JOB_WAITING].count, 3);
    assert_int_equal(counts[YX_JOB_WAITING].oldest_due, NOW + 2);
    assert_int_equal(counts[YX_JOB_RUNNING].count, 1);
    assert_int_equal(counts[YX_JOB_FAILED].count, 1);
    assert_int_equal(counts[YX_JOB_DONE].count, 0);
}

/* --- Time passes ------------------------------------------------------------------------------ */

static void what_is_done_is_swept(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    const enum yx_job_state states[] = {YX_JOB_DONE, YX_JOB_FAILED, YX_JOB_DONE};
    struct desk_taken taken = {0};
    struct yx_error err = {0};
    bool more = true;
    for (int i = 0; i < 4; i++)
        add_job(store, &(struct yx_job_request){.kind = "a"}, NOW, NULL);
    take_jobs(store, NODE, kinds, 1, 3, NOW, &taken);
    for (int i = 0; i < 3; i++) {
        const struct yx_ending ending = {.state = states[i]};
        expect_ok(yx_jobs_end(store, taken.list[i]->id, NODE, &ending, NOW + i * 10, &err), &err);
    }
    taken_drop(&taken);
    expect_ok(yx_jobs_sweep(store, NOW + 15, &more, &err), &err);
    assert_false(more);
    assert_int_equal(count_jobs(store, YX_JOB_DONE), 1); /* the younger one */
    assert_int_equal(count_jobs(store, YX_JOB_FAILED), 1);
    assert_int_equal(count_jobs(store, YX_JOB_WAITING), 1);
}

/* The clock was an hour ahead, and is set back: pauses are over, named times stay. */
static void mended_after_the_clock_was_set_back(struct database *database)
{
    YX_CLEAN(yx_store) struct yx_store *store = open_jobs(database);
    yx_time ahead = NOW + 3600 * YX_SECOND;
    struct desk_taken taken = {0};
    struct yx_error err = {0};
    char at_once[YX_UUID_TEXT], named[YX_UUID_TEXT], paused[YX_UUID_TEXT];
    add_job(store, &(struct yx_job_request){.kind = "a"}, ahead, paused);
    take_jobs(store, NODE, kinds, 1, 1, ahead, &taken);
    taken_drop(&taken);
    const struct yx_ending again = {.due = ahead + 10 * YX_SECOND};
    expect_ok(yx_jobs_end(store, paused, NODE, &again, ahead, &err), &err);
    add_job(store, &(struct yx_job_request){.kind = "a"}, ahead, at_once);
    add_job(store, &(struct yx_job_request){.kind = "a", .due = ahead}, ahead, named);
    take_jobs(store, NODE, kinds, 1, 4, NOW, &taken);
    assert_int_equal(taken.count, 0);
    expect_ok(yx_jobs_mend(store, NOW, &err), &err);
    assert_int_equal(get_job(store, at_once).due, NOW);
    assert_int_equal(get_job(store, paused).due, NOW);
    assert_int_equal(get_job(store, named).due, ahead);
}

static void pauses_grow(void **state)
{
    const struct yx_job_kind kind = {.pause = 8 * YX_SECOND, .pause_max = 60 * YX_SECOND};
    const yx_time most[] = {8, 16, 32, 60, 60};
    bool differ = false;
    (void)state;
    for (int tries = 1; tries <= 5; tries++)
        for (int i = 0; i < 50; i++) {
            yx_time pause = yx_jobs_pause(&kind, tries);
            assert_in_range(pause, most[tries - 1] * YX_SECOND / 2, most[tries - 1] * YX_SECOND);
            differ = differ || pause != yx_jobs_pause(&kind, tries);
        }
    assert_true(differ);
    assert_in_range(yx_jobs_pause(&(struct yx_job_kind){0}, 1), 5 * YX_SECOND, 10 * YX_SECOND);
    assert_in_range(yx_jobs_pause(&(struct yx_job_kind){0}, 90), 1800 * YX_SECOND,
                    3600 * YX_SECOND);
}

int main(void)
{
    const struct database_case cases[] = {
        {"taken and ended", take_and_end},
        {"due when it is", due_when_it_is},
        {"a key stands once", a_key_stands_once},
        {"there with what asks for it", there_with_what_asks_for_it},
        {"urgent before usual before idle", urgent_before_usual_before_idle},
        {"kinds take turns", kinds_take_turns},
        {"no more than there is room for", no_more_than_there_is_room_for},
        {"cancelled, and tried again", cancel_and_retry},
        {"what runs is cancelled", cancel_what_runs},
        {"finished with the effect", finish_with_the_effect},
        {"lists in pages", lists_in_pages},
        {"counts what is in hand", counts_what_is_in_hand},
        {"what is done is swept", what_is_done_is_swept},
        {"mended after the clock was set back", mended_after_the_clock_was_set_back},
    };
    const struct CMUnitTest plain[] = {cmocka_unit_test(pauses_grow)};
    int failed = cmocka_run_group_tests_name("pauses", plain, NULL, NULL);
    return failed + database_main("job", cases, sizeof cases / sizeof *cases, true);
}
