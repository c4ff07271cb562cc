/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare.c - which objects differ between a signed revision and the file as it is now, and the
 * verdict over them. An object that differs is harmless when a part of the document explained it,
 * or when nothing in the signed revision referred to it. All else was changed after signing.
 */
#include <stdlib.h>

#include "pdfchanges/changes.h"

#define RULE "ISO 32000-1 12.8.2.2, later changes"
#define LISTED_MAX 100

/* --- Notes ------------------------------------------------------------------------------- */

void yx_pdf_allow(struct yx_pdf_comparison *c, enum yx_pdf_addition addition, const char *name)
{
    if (addition > c->addition) {
        c->addition = addition;
        c->what[0] = 0;
    }
    if (name == NULL)
        return;
    yx_report_add_path(c->report, &c->report->changed_after, YX_TEXT(name));
    size_t len = strlen(c->what);
    if (addition == c->addition && len + strlen(name) + 3 < sizeof c->what &&
        strstr(c->what, name) == NULL)
        snprintf(c->what + len, sizeof c->what - len, "%s%s", len > 0 ? ", " : "", name);
}

void yx_pdf_forbid(struct yx_pdf_comparison *c, const char *path, const char *rule,
                   const char *text, const char *first, const char *second)
{
    yx_report_add_path(c->report, &c->report->changed_after, YX_TEXT(path));
    if (c->forbidden.status == YX_OK)
        yx_fail(&c->forbidden, YX_REFUSED, rule, text, first, second);
}

/* --- Objects ----------------------------------------------------------------------------- */

static bool in_use(const struct yx_pdf_entry *entry)
{
    return entry != NULL && entry->kind != YX_PDF_FREE && entry->id != 0;
}

bool yx_pdf_was_there(const struct yx_pdf_comparison *c, qpdf_oh value)
{
    struct yx_pdf_ref ref;
    return yx_pdf_ref_of(c->now, value, &ref) && in_use(yx_pdf_xref_find(c->xref_then, ref.id));
}

/* --- Values ------------------------------------------------------------------------------ */

static yx_status write_value(struct yx_pdf *pdf, qpdf_oh value, bool follow, struct yx_buf *out,
                             struct yx_error *err)
{
    if (yx_pdf_is_null(pdf, value))
        return yx_buf_append_text(out, "null") == YX_OK ? YX_OK : yx_fail_memory(err);
    return follow ? yx_pdf_unparse(pdf, value, out, err)
                  : yx_pdf_unparse_value(pdf, value, out, err);
}

yx_status yx_pdf_same(struct yx_pdf_comparison *c, qpdf_oh then, qpdf_oh now, bool follow,
                      bool *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf left = {0};
    YX_CLEAN(yx_buf) struct yx_buf right = {0};
    YX_TRY(write_value(c->then, then, follow, &left, err));
    YX_TRY(write_value(c->now, now, follow, &right, err));
    *out = yx_bytes_equal(yx_buf_bytes(&left), yx_buf_bytes(&right));
    return YX_OK;
}

struct keys {
    const char **items;
    size_t count, cap;
};

static void free_keys(struct keys *keys)
{
    free(keys->items);
}
YX_DEFINE_CLEAN_VALUE(keys, struct keys, free_keys);

static yx_status add_keys(struct yx_pdf_comparison *c, struct yx_pdf *pdf, qpdf_oh dictionary,
                          struct keys *out, struct yx_error *err)
{
    qpdf_oh_begin_dict_key_iter(pdf->qpdf, dictionary);
    while (qpdf_oh_dict_more_keys(pdf->qpdf)) {
        const char *key = qpdf_oh_dict_next_key(pdf->qpdf);
        if (out->count == out->cap) {
            size_t cap = out->cap == 0 ? 32 : out->cap * 2;
            const char **grown = reallocarray(out->items, cap, sizeof *grown);
            if (grown == NULL)
                return yx_fail_memory(err);
            out->items = grown;
            out->cap = cap;
        }
        out->items[out->count] = yx_arena_text(c->arena, YX_TEXT(key));
        if (out->items[out->count++] == NULL)
            return yx_fail_memory(err);
    }
    return YX_OK;
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static yx_status compare_key(struct yx_pdf_comparison *c, qpdf_oh then, qpdf_oh now,
                             const char *name, const char *key, yx_pdf_key_judge *judge,
                             void *context, struct yx_error *err)
{
    bool allowed = false;
    qpdf_oh before = yx_pdf_get(c->then, then, key), after = yx_pdf_get(c->now, now, key);
    yx_status status = yx_pdf_same(c, before, after, false, &allowed, err);
    if (status == YX_OK && !allowed)
        status = judge(c, context, key, before, after, &allowed, err);
    yx_pdf_drop(c->then, before);
    yx_pdf_drop(c->now, after);
    if (status == YX_OK && !allowed)
        yx_pdf_forbid(c, name, RULE, N_("{1} was changed after signing: its entry {2} differs"),
                      name, key);
    return status;
}

yx_status yx_pdf_compare_dictionaries(struct yx_pdf_comparison *c, qpdf_oh then, qpdf_oh now,
                                      const char *name, yx_pdf_key_judge *judge, void *context,
                                      struct yx_error *err)
{
    YX_CLEAN(keys) struct keys keys = {0};
    YX_TRY(add_keys(c, c->then, then, &keys, err));
    YX_TRY(add_keys(c, c->now, now, &keys, err));
    if (keys.count > 1)
        qsort(keys.items, keys.count, sizeof *keys.items, compare_keys);
    for (size_t i = 0; i < keys.count; i++)
        if (i == 0 || strcmp(keys.items[i], keys.items[i - 1]) != 0)
            YX_TRY(compare_key(c, then, now, name, keys.items[i], judge, context, err));
    return YX_OK;
}

yx_status yx_pdf_compare_arrays(struct yx_pdf_comparison *c, qpdf_oh then, qpdf_oh now,
                                const char *name, yx_pdf_item_judge *judge, void *context,
                                struct yx_error *err)
{
    int before = yx_pdf_array_size(c->then, then), after = yx_pdf_array_size(c->now, now);
    int kept = 0;
    bool again = false;
    for (int i = 0; i < after; i++) {
        bool same = false;
        qpdf_oh item = yx_pdf_item(c->now, now, i), old = yx_pdf_item(c->then, then, kept);
        yx_status status = YX_OK;
        if (kept < before)
            status = yx_pdf_same(c, old, item, false, &same, err);
        if (status == YX_OK && !same && yx_pdf_was_there(c, item))
            again = true;
        else if (status == YX_OK && !same)
            status = judge(c, context, item, err);
        kept += same;
        yx_pdf_drop(c->now, item);
        yx_pdf_drop(c->then, old);
        YX_TRY(status);
    }
    if (kept < before)
        yx_pdf_forbid(c, name, RULE,
                      N_("{1} was changed after signing: entries were removed or moved"), name,
                      NULL);
    else if (again)
        yx_pdf_forbid(c, name, RULE,
                      N_("{1} was changed after signing: it shows again what was in the document "
                         "before"),
                      name, NULL);
    return YX_OK;
}

/* --- Explaining -------------------------------------------------------------------------- */

struct yx_pdf_change *yx_pdf_changed(const struct yx_pdf_comparison *c, int id)
{
    size_t low = 0, high = c->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->changes[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < c->count && c->changes[low].id == id ? &c->changes[low] : NULL;
}

/* The first use of an object; uses of the same one stand behind it. */
static const struct yx_pdf_use *first_use(const struct yx_pdf_comparison *c, int id)
{
    size_t low = 0, high = c->use_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->uses[middle].target < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < c->use_count && c->uses[low].target == id ? &c->uses[low] : NULL;
}

void yx_pdf_ids_add(struct yx_pdf_ids *ids, int id)
{
    if (ids->count < sizeof ids->items / sizeof ids->items[0])
        ids->items[ids->count++] = id;
}

void yx_pdf_ids_add_object(struct yx_pdf_comparison *c, struct yx_pdf_ids *ids, qpdf_oh value)
{
    struct yx_pdf_ref ref;
    if (yx_pdf_ref_of(c->then, value, &ref))
        yx_pdf_ids_add(ids, ref.id);
}

static bool ids_have(const struct yx_pdf_ids *ids, int id)
{
    for (size_t i = 0; i < ids->count; i++)
        if (ids->items[i] == id)
            return true;
    return false;
}

static bool used_by_others(const struct yx_pdf_comparison *c, int id,
                           const struct yx_pdf_ids *users, int holder)
{
    const struct yx_pdf_use *use = first_use(c, id), *end = c->uses + c->use_count;
    for (; use != NULL && use < end && use->target == id; use++)
        if (use->by != holder && !ids_have(users, use->by))
            return true;
    return false;
}

bool yx_pdf_explain_group(struct yx_pdf_comparison *c, const struct yx_pdf_ids *ids, int holder)
{
    bool any = false;
    for (size_t i = 0; i < ids->count; i++) {
        struct yx_pdf_change *change = yx_pdf_changed(c, ids->items[i]);
        if (change == NULL)
            continue;
        any = true;
        change->explained = change->explained || !used_by_others(c, change->id, ids, holder);
    }
    return any;
}

void yx_pdf_explain(struct yx_pdf_comparison *c, int id)
{
    struct yx_pdf_change *change = yx_pdf_changed(c, id);
    if (change != NULL)
        change->explained = true;
}

/* --- What differs ------------------------------------------------------------------------ */

/* Do both entries lead to the same bytes? Offsets before the end of the signed revision do. */
static bool same_place(const struct yx_pdf_comparison *c, const struct yx_pdf_entry *then,
                       const struct yx_pdf_entry *now)
{
    if (!in_use(then) || !in_use(now))
        return !in_use(then) && !in_use(now);
    bool same =
        then->kind == now->kind && then->value == now->value && then->generation == now->generation;
    if (!same || then->kind != YX_PDF_IN_STREAM)
        return same;
    const struct yx_pdf_entry *before = yx_pdf_xref_find(c->xref_then, (int)then->value);
    const struct yx_pdf_entry *after = yx_pdf_xref_find(c->xref_now, (int)now->value);
    return in_use(before) && in_use(after) && before->kind == YX_PDF_AT_OFFSET &&
           after->kind == YX_PDF_AT_OFFSET && before->value == after->value;
}

static yx_status raw_data(struct yx_pdf *pdf, qpdf_oh stream, struct yx_buf *out,
                          struct yx_error *err)
{
    unsigned char *data = NULL;
    size_t len = 0;
    qpdf_oh_get_stream_data(pdf->qpdf, stream, qpdf_dl_none, NULL, &data, &len);
    yx_status status = yx_pdf_check(pdf, err);
    if (status == YX_OK && yx_buf_append(out, YX_BYTES(data, len)) != YX_OK)
        status = yx_fail_memory(err);
    free(data);
    return status;
}

static yx_status same_stream(struct yx_pdf_comparison *c, qpdf_oh then, qpdf_oh now, bool *out,
                             struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf left = {0};
    YX_CLEAN(yx_buf) struct yx_buf right = {0};
    qpdf_oh before = qpdf_oh_get_dict(c->then->qpdf, then);
    qpdf_oh after = qpdf_oh_get_dict(c->now->qpdf, now);
    YX_TRY(yx_pdf_same(c, before, after, true, out, err));
    if (!*out)
        return YX_OK;
    YX_TRY(raw_data(c->then, then, &left, err));
    YX_TRY(raw_data(c->now, now, &right, err));
    *out = yx_bytes_equal(yx_buf_bytes(&left), yx_buf_bytes(&right));
    return YX_OK;
}

/* Some writers write objects anew that did not change. */
static yx_status same_object(struct yx_pdf_comparison *c, const struct yx_pdf_entry *then,
                             const struct yx_pdf_entry *now, bool *out, struct yx_error *err)
{
    int generation_then = then->kind == YX_PDF_IN_STREAM ? 0 : then->generation;
    int generation_now = now->kind == YX_PDF_IN_STREAM ? 0 : now->generation;
    *out = false;
    if (generation_then != generation_now)
        return YX_OK;
    qpdf_oh before = yx_pdf_object(c->then, (struct yx_pdf_ref){then->id, generation_then});
    qpdf_oh after = yx_pdf_object(c->now, (struct yx_pdf_ref){now->id, generation_now});
    bool streams = qpdf_oh_is_stream(c->then->qpdf, before);
    yx_status status = YX_OK;
    if (streams && qpdf_oh_is_stream(c->now->qpdf, after))
        status = same_stream(c, before, after, out, err);
    else if (!streams && !qpdf_oh_is_stream(c->now->qpdf, after))
        status = yx_pdf_same(c, before, after, true, out, err);
    yx_pdf_drop(c->then, before);
    yx_pdf_drop(c->now, after);
    return status;
}

static yx_status look_at(struct yx_pdf_comparison *c, const struct yx_pdf_entry *then,
                         const struct yx_pdf_entry *now, struct yx_error *err)
{
    if (same_place(c, then, now))
        return YX_OK;
    bool same = false;
    if (in_use(then) && in_use(now))
        YX_TRY(same_object(c, then, now, &same, err));
    if (same)
        return YX_OK;
    c->changes[c->count++] = (struct yx_pdf_change){
        .id = then != NULL ? then->id : now->id, .existed = in_use(then), .exists = in_use(now)};
    return YX_OK;
}

/* The entry that counts at or behind `*at`, and the place behind all of its number. */
static const struct yx_pdf_entry *next_entry(const struct yx_pdf_xref *xref, size_t at)
{
    return at < xref->count ? &xref->entries[at] : NULL;
}

static void skip_number(const struct yx_pdf_xref *xref, size_t *at)
{
    int id = xref->entries[*at].id;
    while (*at < xref->count && xref->entries[*at].id == id)
        (*at)++;
}

/* Merges both lists of entries, which are in the order of the numbers. */
static yx_status find_changes(struct yx_pdf_comparison *c, struct yx_error *err)
{
    size_t i = 0, j = 0;
    c->changes = calloc(c->xref_then->count + c->xref_now->count + 1, sizeof *c->changes);
    if (c->changes == NULL)
        return yx_fail_memory(err);
    for (;;) {
        const struct yx_pdf_entry *then = next_entry(c->xref_then, i);
        const struct yx_pdf_entry *now = next_entry(c->xref_now, j);
        if (then == NULL && now == NULL)
            return YX_OK;
        const struct yx_pdf_entry *left = then, *right = now;
        if (now != NULL && (then == NULL || now->id < then->id))
            left = NULL;
        if (then != NULL && (now == NULL || then->id < now->id))
            right = NULL;
        YX_TRY(look_at(c, left, right, err));
        if (left != NULL)
            skip_number(c->xref_then, &i);
        if (right != NULL)
            skip_number(c->xref_now, &j);
    }
}

/* --- Verdict ----------------------------------------------------------------------------- */

static bool is_forbidden(const struct yx_pdf_comparison *c, const struct yx_pdf_change *change)
{
    return !change->explained && first_use(c, change->id) != NULL;
}

/* "object 4", "object 4 on page 1", "object 4 on pages 1 to 3" */
static void name_object(const struct yx_pdf_change *change, char *out, size_t size)
{
    if (change->first_page == 0)
        snprintf(out, size, "object %d", change->id);
    else if (change->first_page == change->last_page)
        snprintf(out, size, "object %d on page %u", change->id, (unsigned)change->first_page);
    else
        snprintf(out, size, "object %d on pages %u to %u", change->id, (unsigned)change->first_page,
                 (unsigned)change->last_page);
}

static void forbid(struct yx_pdf_comparison *c, const struct yx_pdf_change *change)
{
    char name[80];
    name_object(change, name, sizeof name);
    if (change->first_page > 0)
        yx_pdf_forbid(c, name, RULE,
                      change->existed
                          ? N_("object {1}, which page {2} leads to, was changed after signing")
                          : N_("object {1}, which page {2} leads to and which did not exist, was "
                               "added after signing"),
                      YX_NUM(change->id), YX_NUM(change->first_page));
    else
        yx_pdf_forbid(c, name, RULE,
                      change->existed
                          ? N_("object {1}, which object {2} of the signed revision uses, was "
                               "changed after signing")
                          : N_("object {1}, which object {2} of the signed revision names and "
                               "which did not exist, was added after signing"),
                      YX_NUM(change->id), YX_NUM(first_use(c, change->id)->by));
}

static yx_status judge_rest(struct yx_pdf_comparison *c, struct yx_error *err)
{
    size_t listed = 0;
    for (size_t i = 0; i < c->count && listed < LISTED_MAX; i++) {
        if (!is_forbidden(c, &c->changes[i]))
            continue;
        if (listed++ == 0)
            YX_TRY(yx_pdf_find_pages(c, err));
        forbid(c, &c->changes[i]);
    }
    return YX_OK;
}

static yx_status compare(struct yx_pdf_comparison *c, struct yx_error *err)
{
    YX_TRY(find_changes(c, err));
    YX_TRY(yx_pdf_find_uses(c, err));
    YX_TRY(yx_pdf_compare_catalog(c, err));
    YX_TRY(yx_pdf_compare_pages(c, err));
    YX_TRY(judge_rest(c, err));
    YX_TRY(yx_pdf_check(c->then, err));
    return yx_pdf_check(c->now, err);
}

yx_status yx_pdf_compare(struct yx_pdf_comparison *comparison, struct yx_error *err)
{
    yx_status status = compare(comparison, err);
    free(comparison->changes);
    free(comparison->uses);
    comparison->changes = NULL;
    comparison->uses = NULL;
    return status;
}
