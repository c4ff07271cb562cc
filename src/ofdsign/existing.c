/* SPDX-License-Identifier: Apache-2.0 */
/* existing.c - what a package to be sealed holds already: signatures that must not be broken, IDs
 * and names that are taken. */
#include "ofdsign/sealing.h"
#include "zip/zip.h"

#define RULE "GB/T 33190-2016, signatures"
/* IDs beyond this are somebody's own; ours stay below. */
#define ID_MAX 999999999u
#define NUMBER_DIGITS 9

/* --- Signatures that would break --------------------------------------------------------- */

static yx_status check_part(const struct yx_ofd_work *work, struct yx_bytes path,
                            struct yx_error *err)
{
    size_t part = yx_ofd_parts_find(&work->index, path);
    for (size_t i = 0; i < work->existing.count; i++) {
        const struct yx_ofd_signed *s = &work->existing.items[i];
        YX_REQUIRE(!yx_ofd_signed_covers(s, part), err, YX_REFUSED, RULE,
                   N_("signature {1} of document {2} protects {3}, which another signature would "
                      "change: the document is closed"),
                   s->listed->id, YX_NUM(s->document), YX_ZIP_NAME(path));
    }
    return YX_OK;
}

yx_status yx_ofd_check_existing(struct yx_ofd_work *work, struct yx_error *err)
{
    YX_TRY(yx_ofd_signed_read(&work->index, &work->existing, err));
    for (size_t i = 0; i < work->existing.count; i++) {
        const struct yx_error *error = &work->existing.items[i].error;
        if (error->status != YX_OK)
            return yx_ofd_pass_on(err, error);
    }
    YX_TRY(yx_ofd_signed_check_lists(&work->index, &work->existing, err));
    if (work->document->signatures_path.len > 0)
        return check_part(work, work->document->signatures_path, err);
    return check_part(work, YX_TEXT("OFD.xml"), err);
}

/* --- IDs --------------------------------------------------------------------------------- */

/* The number at the end of "7", "007" or "s007"; 0 when there is none or it is out of range. */
static uint32_t id_number(const char *id)
{
    size_t end = id == NULL ? 0 : strlen(id), start = end;
    while (start > 0 && id[start - 1] >= '0' && id[start - 1] <= '9')
        start--;
    while (start < end && id[start] == '0')
        start++;
    if (end - start > NUMBER_DIGITS)
        return 0;
    uint32_t number = 0;
    for (; start < end; start++)
        number = number * 10 + (uint32_t)(id[start] - '0');
    return number;
}

static void raise_to(uint32_t *highest, const char *id)
{
    uint32_t number = id_number(id);
    if (number > *highest)
        *highest = number;
}

yx_status yx_ofd_choose_ids(struct yx_ofd_work *work, struct yx_error *err)
{
    uint32_t highest = 0;
    size_t stamps = work->stamps.count;
    const struct yx_xml *list = work->document->signatures_root;
    for (const struct yx_xml *m = yx_xml_child(list, "MaxSignId"); m; m = yx_xml_next(m))
        raise_to(&highest, m->text);
    for (size_t i = 0; i < work->existing.count; i++) {
        const struct yx_ofd_signed *s = &work->existing.items[i];
        bool same_list = s->document == work->number;
        raise_to(&highest, same_list ? s->listed->id : NULL);
        const struct yx_xml *a = yx_xml_child(s->info, "StampAnnot");
        for (; a != NULL; a = yx_xml_next(a), stamps++)
            raise_to(&highest, same_list ? yx_xml_attribute(a, "ID") : NULL);
    }
    YX_REQUIRE(stamps <= YX_OFD_STAMPS_MAX, err, YX_REFUSED, RULE,
               N_("the document would have {1} stamps; at most {2} are read. Seal fewer places"),
               YX_NUM(stamps), YX_NUM(YX_OFD_STAMPS_MAX));
    YX_REQUIRE(work->stamps.count < ID_MAX - highest, err, YX_REFUSED, RULE,
               N_("the IDs of the document's signatures are used up: the last one is {1}"),
               YX_NUM(highest));
    work->first_id = highest + 1;
    return YX_OK;
}

/* --- Names ------------------------------------------------------------------------------- */

static bool is_ascii(struct yx_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] >= 0x80)
            return false;
    return true;
}

/* The folder of a path, with its '/'; empty at the package root. */
static struct yx_bytes folder_of(struct yx_bytes path)
{
    while (path.len > 0 && path.data[path.len - 1] != '/')
        path.len--;
    return path;
}

static bool starts_with(struct yx_bytes text, struct yx_bytes start)
{
    return text.len >= start.len &&
           (start.len == 0 || memcmp(text.data, start.data, start.len) == 0);
}

/* Is anything, file or folder, in this folder of the package? */
static bool is_folder_taken(const struct yx_ofd_work *work, struct yx_bytes folder)
{
    for (size_t i = 0; i < yx_zip_count(work->ofd->zip); i++)
        if (starts_with(yx_zip_entry(work->ofd->zip, i)->name, folder))
            return true;
    return false;
}

/* Is a list of another document already meant to stand here? */
static bool is_list_taken(const struct yx_ofd_work *work, struct yx_bytes path)
{
    for (uint32_t i = 0; i < work->ofd->document_count; i++)
        /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): an arena gives zeroed memory */
        if (yx_bytes_equal(work->lists[i], path))
            return true;
    return yx_zip_find(work->ofd->zip, path) != NULL;
}

static yx_status format_path(struct yx_ofd_work *work, struct yx_bytes folder, const char *name,
                             struct yx_bytes *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf path = {0};
    if (yx_buf_append(&path, folder) != YX_OK || yx_buf_append_text(&path, name) != YX_OK)
        return yx_fail_memory(err);
    char *text = yx_arena_text(work->arena, yx_buf_bytes(&path));
    if (text == NULL)
        return yx_fail_memory(err);
    *out = YX_TEXT(text);
    return YX_OK;
}

/* Signs/Signatures.xml beside Document.xml, or Signs_1/ and so on when that is taken. What we name
 * is ASCII: it stands in an IA5String and in XML of any encoding. `next` is shared by all
 * documents: a package that holds all these names is searched once, not for every document. */
static yx_status choose_list(struct yx_ofd_work *work, uint32_t index, unsigned *next,
                             struct yx_error *err)
{
    const struct yx_ofd_document *document = &work->ofd->documents[index];
    struct yx_bytes folder = document->folder, path;
    if (!is_ascii(folder))
        folder = YX_BYTES(NULL, 0);
    YX_TRY(format_path(work, folder, "Signs/Signatures.xml", &path, err));
    char name[48];
    while (is_list_taken(work, path)) {
        snprintf(name, sizeof name, "Signs_%u/Signatures.xml", (*next)++);
        YX_TRY(format_path(work, folder, name, &path, err));
    }
    work->lists[index] = path;
    return YX_OK;
}

static yx_status choose_lists(struct yx_ofd_work *work, struct yx_error *err)
{
    const struct yx_ofd *ofd = work->ofd;
    work->lists = yx_arena_calloc(work->arena, ofd->document_count, sizeof *work->lists);
    if (work->lists == NULL)
        return yx_fail_memory(err);
    for (uint32_t i = 0; i < ofd->document_count; i++)
        work->lists[i] = ofd->documents[i].signatures_path;
    bool first = work->document->signatures_path.len == 0;
    unsigned next = 1;
    for (uint32_t i = 0; first && i < ofd->document_count; i++)
        if (work->lists[i].len == 0)
            YX_TRY(choose_list(work, i, &next, err));
    return YX_OK;
}

yx_status yx_ofd_choose_paths(struct yx_ofd_work *work, struct yx_error *err)
{
    YX_TRY(choose_lists(work, err));
    struct yx_bytes folder = folder_of(work->lists[work->number - 1]);
    char name[32];
    /* Not beside the list of another document: a signature belongs to the list that it is near. */
    snprintf(name, sizeof name, "Signs_of_%u/", work->number);
    if (!is_ascii(folder))
        YX_TRY(format_path(work, YX_BYTES(NULL, 0), name, &folder, err));
    for (unsigned i = 0;; i++) {
        snprintf(name, sizeof name, "Sign_%u/", i);
        YX_TRY(format_path(work, folder, name, &work->folder, err));
        if (!is_folder_taken(work, work->folder))
            break;
    }
    YX_TRY(format_path(work, work->folder, "Signature.xml", &work->xml_path, err));
    YX_TRY(format_path(work, work->folder, "Seal.esl", &work->seal_path, err));
    return format_path(work, work->folder, "SignedValue.dat", &work->sealing.value_path, err);
}
