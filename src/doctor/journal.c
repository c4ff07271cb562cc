/* SPDX-License-Identifier: Apache-2.0 */
/* doctor/journal.c - what the keeper has signed, compared with what the audit list allowed. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "audit/audit.h"
#include "ca/ca.h"
#include "doctor/room.h"
#include "keeper/keeper.h"

/* An entry, until its leaf is found. */
struct signed_once {
    uint8_t leaf[YX_AUDIT_HASH_SIZE];
    int64_t number;
    bool found;
};
struct comparison {
    struct signed_once *entries;
    size_t count, room;
};
static void comparison_free(struct comparison *comparison)
{
    free(comparison->entries);
}
YX_DEFINE_CLEAN_VALUE(comparison, struct comparison, comparison_free);

static yx_status take_entry(void *self, const struct yx_journal_entry *entry, struct yx_error *err)
{
    struct comparison *comparison = self;
    struct signed_once *once;

    if (comparison->count == comparison->room) {
        size_t room = comparison->room == 0 ? 1024 : 2 * comparison->room;
        struct signed_once *more = reallocarray(comparison->entries, room, sizeof *more);

        if (more == NULL)
            return yx_fail_memory(err);
        comparison->entries = more;
        comparison->room = room;
    }
    once = &comparison->entries[comparison->count++];
    memcpy(once->leaf, entry->leaf, sizeof once->leaf);
    once->number = entry->number;
    once->found = false;
    return YX_OK;
}

static int by_leaf(const void *a, const void *b)
{
    return memcmp(((const struct signed_once *)a)->leaf, ((const struct signed_once *)b)->leaf,
                  YX_AUDIT_HASH_SIZE);
}

/* One leaf may have allowed several: neighbours after sorting. */
static yx_status find_leaf(void *self, const uint8_t hash[YX_AUDIT_HASH_SIZE], struct yx_error *err)
{
    struct comparison *comparison = self;
    struct signed_once key, *found, *end;

    (void)err;
    if (comparison->count == 0)
        return YX_OK;
    end = comparison->entries + comparison->count;
    memcpy(key.leaf, hash, sizeof key.leaf);
    found = bsearch(&key, comparison->entries, comparison->count, sizeof key, by_leaf);
    while (found != NULL && found > comparison->entries && by_leaf(found - 1, &key) == 0)
        found--;
    for (; found != NULL && found < end && by_leaf(found, &key) == 0; found++)
        found->found = true;
    return YX_OK;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Authorities with a database of their own have their records there. */
static yx_status search_authorities(const char *folder, struct comparison *comparison,
                                    struct yx_error *err)
{
    struct dirent **names = NULL;
    yx_status status = YX_OK;
    char path[4096];
    int count;

    (void)snprintf(path, sizeof path, "%s/ca", folder);
    count = scandir(path, &names, is_visible, alphasort);
    for (int i = 0; i < count; i++) {
        YX_CLEAN(yx_ca) struct yx_ca *ca = NULL;

        (void)snprintf(path, sizeof path, "%.3000s/ca/%.255s", folder, names[i]->d_name);
        if (status == YX_OK)
            status = yx_ca_open(path, &ca, err);
        if (status == YX_OK)
            status = yx_audit_hashes(yx_ca_store(ca), find_leaf, comparison, err);
        free(names[i]);
    }
    free(names);
    return status;
}

yx_status yx_doctor_compare(const char *folder, struct yx_store *store, int64_t *entries,
                            struct yx_error *err)
{
    YX_CLEAN(comparison) struct comparison comparison = {.entries = NULL};

    YX_TRY(yx_keeper_journal(folder, take_entry, &comparison, err));
    if (comparison.count > 0)
        qsort(comparison.entries, comparison.count, sizeof *comparison.entries, by_leaf);
    YX_TRY(yx_audit_hashes(store, find_leaf, &comparison, err));
    if (comparison.count > 0)
        YX_TRY(search_authorities(folder, &comparison, err));
    for (size_t i = 0; i < comparison.count; i++)
        YX_REQUIRE(comparison.entries[i].found, err, YX_DAMAGED, "",
                   N_("the signature {1} of the keeper's journal was allowed by a record that the "
                      "audit list does not have: it was taken away, or somebody has deceived the "
                      "keeper"),
                   YX_NUM(comparison.entries[i].number));
    *entries = (int64_t)comparison.count;
    return YX_OK;
}

void yx_doctor_journal(struct yx_doctor *doctor)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    struct yx_error err = {0};
    int64_t entries = 0;

    if (doctor->store == NULL || yx_buf_printf(&path, "%s/keys", doctor->visit->folder) != YX_OK ||
        yx_buf_append(&path, YX_BYTES("", 1)) != YX_OK)
        yx_doctor_note(doctor, YX_FINDING_WARNING, N_("cannot be looked at without the database"));
    else if (access((const char *)path.data, R_OK | X_OK) != 0 && errno != ENOENT)
        yx_doctor_note(doctor, YX_FINDING_WARNING,
                       N_("this account cannot read {1}: run this as the account of the service"),
                       (const char *)path.data);
    else if (yx_doctor_compare(doctor->visit->folder, doctor->store, &entries, &err) != YX_OK)
        yx_doctor_note_error(doctor, YX_FINDING_FAILURE, &err);
    else
        yx_doctor_note(doctor, YX_FINDING_OK,
                       N_("every one of {1} signatures that bind somebody was allowed by a record"),
                       YX_NUM(entries));
}
