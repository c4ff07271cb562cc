/* SPDX-License-Identifier: Apache-2.0 */
/* finding.c - what is not shown as the document asks: a short list without repetitions. */
#include "ofdpage/room.h"

static bool is_same(const struct yx_message *a, const struct yx_message *b)
{
    return strcmp(a->text, b->text) == 0 && a->arg_count == b->arg_count &&
           memcmp(a->args, b->args, sizeof a->args) == 0;
}

void yx_ofd_book_note(struct yx_ofd_book *book, const struct yx_message *message)
{
    if (book->finding_count >= YX_OFD_FINDINGS_MAX)
        return;
    for (const struct yx_ofd_finding *at = book->findings; at != NULL; at = at->next) {
        if (is_same(&at->message, message))
            return;
    }
    /* One that finds no room in memory is lost; drawing goes on. */
    struct yx_ofd_finding *finding = yx_arena_alloc(book->arena, sizeof *finding);
    if (finding == NULL)
        return;
    finding->page = book->page;
    finding->message = *message;
    if (book->last_finding == NULL)
        book->findings = finding;
    else
        book->last_finding->next = finding;
    book->last_finding = finding;
    book->finding_count++;
}

yx_status yx_ofd_find_error(struct yx_ofd_book *book, const struct yx_error *why,
                            struct yx_error *err)
{
    if (why->status == YX_DAMAGED || why->status == YX_REFUSED) {
        yx_ofd_book_note(book, &why->message);
        return YX_OK;
    }
    if (err != NULL)
        *err = *why;
    return why->status;
}
