/* SPDX-License-Identifier: Apache-2.0 */
/* signed_lists.c - are the lists of signatures complete? Nothing protects the list of an open
 * document, so that others can sign later; what was taken from it shows in what is left. */
#include <stdlib.h>
#include <strings.h>

#include "ofd/model.h"
#include "zip/zip.h"

#define RULE "GB/T 33190-2016, list of signatures"

/* OFD.xml names a list: then it must be there. */
static yx_status check_lists_readable(const struct yx_ofd *ofd, struct yx_error *err)
{
    for (uint32_t i = 0; i < ofd->document_count; i++) {
        const struct yx_ofd_document *document = &ofd->documents[i];
        if (document->signatures_error.status != YX_OK)
            return yx_ofd_pass_on(err, &document->signatures_error);
        YX_REQUIRE(document->signatures_path.len == 0 || document->has_signatures, err, YX_DAMAGED,
                   RULE, N_("the list of signatures {1} is missing or damaged"),
                   YX_ZIP_NAME(document->signatures_path));
    }
    return YX_OK;
}

static int compare_listed(const void *a, const void *b)
{
    const struct yx_ofd_signed *const *left = a, *const *right = b;
    if ((*left)->document != (*right)->document)
        return (*left)->document < (*right)->document ? -1 : 1;
    return strcmp((*left)->listed->id, (*right)->listed->id);
}

/* Within one list an ID names one signature. */
static yx_status check_ids(const struct yx_ofd_parts *parts, const struct yx_ofd_signed_list *list,
                           struct yx_error *err)
{
    const struct yx_ofd_signed **sorted =
        yx_arena_calloc(parts->arena, list->count + 1, sizeof *sorted);
    if (sorted == NULL)
        return yx_fail_memory(err);
    for (size_t i = 0; i < list->count; i++)
        sorted[i] = &list->items[i];
    qsort(sorted, list->count, sizeof *sorted, compare_listed);
    for (size_t i = 1; i < list->count; i++)
        YX_REQUIRE(compare_listed(&sorted[i - 1], &sorted[i]) != 0, err, YX_DAMAGED, RULE,
                   N_("two signatures of the list have the ID {1}"), sorted[i]->listed->id);
    return YX_OK;
}

/* Does a path end in a name that only a signature's files have? */
static bool is_signature_file(struct yx_bytes path)
{
    static const char *const names[] = {"Signature.xml", "SignedValue.dat", "SignValue.dat"};
    const char *text = (const char *)path.data;
    size_t start = path.len;
    while (start > 0 && text[start - 1] != '/')
        start--;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (path.len - start == strlen(names[i]) &&
            strncasecmp(text + start, names[i], path.len - start) == 0)
            return true;
    return false;
}

/* Every signature file of the package belongs to a listed signature. */
static yx_status check_stray_files(const struct yx_ofd_parts *parts,
                                   const struct yx_ofd_signed_list *list, struct yx_error *err)
{
    bool *owned = yx_arena_calloc(parts->arena, parts->count + 1, sizeof *owned);
    if (owned == NULL)
        return yx_fail_memory(err);
    for (size_t i = 0; i < list->count; i++) {
        const struct yx_ofd_signed *s = &list->items[i];
        if (s->xml_part != YX_NO_PART)
            owned[s->xml_part] = true;
        if (s->value_part != YX_NO_PART)
            owned[s->value_part] = true;
    }
    for (size_t i = 0; i < parts->count; i++) {
        struct yx_bytes name = parts->items[i].entry->name;
        YX_REQUIRE(owned[i] || !is_signature_file(name), err, YX_DAMAGED, RULE,
                   N_("{1} belongs to a signature that no list names: it was removed from the "
                      "list"),
                   YX_ZIP_NAME(name));
    }
    return YX_OK;
}

/* A signature file that a listed signature protects, and that is gone, was removed as well. */
static yx_status check_removed_files(const struct yx_ofd_signed_list *list, struct yx_error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct yx_ofd_signed *s = &list->items[i];
        for (size_t k = 0; k < s->reference_count; k++) {
            const struct yx_ofd_reference *r = &s->references[k];
            YX_REQUIRE(r->part != YX_NO_PART || !is_signature_file(r->path), err, YX_DAMAGED, RULE,
                       N_("{1}, which signature {2} protects, was removed from the package"),
                       r->file_ref, s->listed->id);
        }
    }
    return YX_OK;
}

static yx_status check_listed_once(const struct yx_ofd_parts *parts,
                                   const struct yx_ofd_signed_list *list, struct yx_error *err)
{
    bool *listed = yx_arena_calloc(parts->arena, parts->count + 1, sizeof *listed);
    if (listed == NULL)
        return yx_fail_memory(err);
    for (size_t i = 0; i < list->count; i++) {
        size_t part = list->items[i].xml_part;
        if (part == YX_NO_PART)
            continue;
        YX_REQUIRE(!listed[part], err, YX_DAMAGED, RULE, N_("{1} is listed twice"),
                   YX_ZIP_NAME(parts->items[part].entry->name));
        listed[part] = true;
    }
    return YX_OK;
}

/*
 * Nothing protects the list of an open document: whoever wrote the document could name the list as
 * a page too, and write that page when all have signed. So a list holds nothing but a list.
 */
static yx_status check_list_form(const struct yx_ofd *ofd, struct yx_error *err)
{
    for (uint32_t i = 0; i < ofd->document_count; i++) {
        const struct yx_xml *root = ofd->documents[i].signatures_root;
        const struct yx_xml *at = root == NULL ? NULL : root->first;
        for (; at != NULL; at = at->next)
            YX_REQUIRE(strcmp(at->name, "Signature") == 0 || strcmp(at->name, "MaxSignId") == 0,
                       err, YX_DAMAGED, RULE,
                       N_("the list of signatures {1} holds {2}, which no signature protects"),
                       YX_ZIP_NAME(ofd->documents[i].signatures_path), at->name);
    }
    return YX_OK;
}

/* The length of the folder of the list, when the path is in it or below it; 0 otherwise, and for a
 * list at the root of the package, which has no folder of its own. */
static size_t shared_folder(struct yx_bytes path, struct yx_bytes list)
{
    while (list.len > 0 && list.data[list.len - 1] != '/')
        list.len--;
    bool inside =
        list.len > 0 && path.len > list.len && memcmp(path.data, list.data, list.len) == 0;
    return inside ? list.len : 0;
}

/* The document whose list stands nearest to the path; `listed` when no other one is nearer. */
static const struct yx_ofd_document *
owner_of(const struct yx_ofd *ofd, const struct yx_ofd_document *listed, struct yx_bytes path)
{
    const struct yx_ofd_document *owner = listed;
    size_t longest = shared_folder(path, listed->signatures_path);
    for (uint32_t i = 0; i < ofd->document_count; i++) {
        size_t shared = shared_folder(path, ofd->documents[i].signatures_path);
        if (shared <= longest)
            continue;
        longest = shared;
        owner = &ofd->documents[i];
    }
    return owner;
}

/*
 * In a package of several documents, no signature tells which of them it is for, but by its place.
 * The files of a signature that stand beside the list of one document, and are listed by another,
 * were put there: a seal would show on a document that nobody sealed.
 */
static yx_status check_moved(const struct yx_ofd_parts *parts,
                             const struct yx_ofd_signed_list *list, struct yx_error *err)
{
    const struct yx_ofd *ofd = parts->ofd;
    for (size_t i = 0; i < list->count; i++) {
        const struct yx_ofd_signed *s = &list->items[i];
        const struct yx_ofd_document *listed = &ofd->documents[s->document - 1];
        const size_t files[] = {s->xml_part, s->value_part};
        for (size_t k = 0; k < 2; k++) {
            if (files[k] == YX_NO_PART)
                continue;
            struct yx_bytes name = parts->items[files[k]].entry->name;
            const struct yx_ofd_document *owner = owner_of(ofd, listed, name);
            YX_REQUIRE(owner == listed, err, YX_DAMAGED, RULE,
                       N_("{1} belongs to a signature of document {2} and is listed by document "
                          "{3}: the signature was moved"),
                       YX_ZIP_NAME(name), YX_NUM(owner - ofd->documents + 1), YX_NUM(s->document));
        }
    }
    return YX_OK;
}

yx_status yx_ofd_signed_check_lists(const struct yx_ofd_parts *parts,
                                    const struct yx_ofd_signed_list *list, struct yx_error *err)
{
    YX_TRY(check_lists_readable(parts->ofd, err));
    YX_TRY(check_list_form(parts->ofd, err));
    YX_TRY(check_listed_once(parts, list, err));
    YX_TRY(check_ids(parts, list, err));
    YX_TRY(check_moved(parts, list, err));
    YX_TRY(check_stray_files(parts, list, err));
    return check_removed_files(list, err);
}
