/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ofd/model.c - opens a package and loads what sealing, verifying and showing need: documents,
 * their lists of signatures, their pages. Text is in text.c, paths are in location.c.
 */
#include <stdlib.h>

#include "ofd/model.h"

#define RULE_OFD "GB/T 33190-2016, OFD.xml"
#define RULE_DOCUMENT "GB/T 33190-2016, Document.xml"
#define RULE_SIGNATURES "GB/T 33190-2016, Signatures.xml"
#define RULE_AREA "GB/T 33190-2016, PageArea"
#define PAGE_SIDE_MAX 100000.0 /* millimetres */

struct path_text {
    char text[256];
};

/* A path as an argument of an error, with a '/' before it. */
static struct path_text path_text(struct yx_bytes path)
{
    struct path_text out = {"/"};
    size_t len = path.len < sizeof out.text - 2 ? path.len : sizeof out.text - 2;
    if (len > 0)
        memcpy(out.text + 1, path.data, len);
    return out;
}
#define PATH(path) (path_text(path).text)

yx_status yx_ofd_fail_arena(const struct yx_arena *arena, struct yx_error *err)
{
    if (yx_arena_is_starved(arena))
        return yx_fail_memory(err);
    return yx_fail(err, YX_DAMAGED, "limit for XML",
                   N_("the package needs more memory than is given to one; it names too much"));
}

/* --- Parts ------------------------------------------------------------------------------- */

yx_status yx_ofd_part(struct yx_ofd *ofd, struct yx_bytes path, const struct yx_zip_entry **out,
                      struct yx_error *err)
{
    const struct yx_zip_entry *entry = yx_zip_find(ofd->zip, path);
    YX_REQUIRE(entry != NULL && !entry->is_folder, err, YX_DAMAGED, "GB/T 33190-2016, ST_Loc",
               N_("the package does not hold {1}, which it names"), PATH(path));
    *out = entry;
    return YX_OK;
}

static yx_status count_xml(struct yx_ofd *ofd, uint64_t size, struct yx_error *err)
{
    YX_REQUIRE(size <= YX_OFD_XML_TOTAL_MAX - ofd->xml_read, err, YX_DAMAGED, "limit for XML",
               N_("more than {1} bytes of XML were read from this package"),
               YX_NUM(YX_OFD_XML_TOTAL_MAX));
    ofd->xml_read += size;
    return YX_OK;
}

yx_status yx_ofd_xml_into(struct yx_ofd *ofd, struct yx_bytes path, struct yx_arena *arena,
                          const struct yx_xml **root, struct yx_bytes *bytes, struct yx_error *err)
{
    const struct yx_zip_entry *entry = NULL;
    YX_TRY(yx_ofd_part(ofd, path, &entry, err));
    YX_TRY(count_xml(ofd, entry->size, err));
    YX_CLEAN(yx_buf) struct yx_buf content = {0};
    YX_TRY(yx_zip_read(ofd->zip, entry, YX_OFD_XML_MAX, &content, err));
    struct yx_xml *parsed = NULL;
    YX_TRY(yx_xml_parse(yx_buf_bytes(&content), PATH(path), arena, &parsed, err));
    if (bytes != NULL) {
        *bytes = yx_arena_bytes(arena, yx_buf_bytes(&content));
        if (bytes->data == NULL)
            return yx_ofd_fail_arena(arena, err);
    }
    *root = parsed;
    return YX_OK;
}

yx_status yx_ofd_xml(struct yx_ofd *ofd, struct yx_bytes path, const struct yx_xml **root,
                     struct yx_bytes *bytes, struct yx_error *err)
{
    return yx_ofd_xml_into(ofd, path, ofd->arena, root, bytes, err);
}

yx_status yx_ofd_read(struct yx_ofd *ofd, struct yx_bytes path, size_t limit, struct yx_buf *out,
                      struct yx_error *err)
{
    const struct yx_zip_entry *entry = NULL;
    YX_TRY(yx_ofd_part(ofd, path, &entry, err));
    return yx_zip_read(ofd->zip, entry, limit, out, err);
}

bool yx_ofd_has(const struct yx_ofd *ofd, struct yx_bytes path)
{
    const struct yx_zip_entry *entry = yx_zip_find(ofd->zip, path);
    return entry != NULL && !entry->is_folder;
}

static yx_status hash_piece(void *self, struct yx_bytes bytes, struct yx_error *err)
{
    return yx_hasher_update(self, bytes, err);
}

yx_status yx_ofd_part_digest(struct yx_ofd *ofd, const struct yx_zip_entry *entry,
                             yx_digest_algorithm algorithm, struct yx_bytes prefix, uint8_t *out,
                             struct yx_error *err)
{
    YX_CLEAN(yx_hasher) struct yx_hasher *hasher = NULL;
    YX_TRY(yx_hasher_new(algorithm, &hasher, err));
    if (prefix.len > 0)
        YX_TRY(yx_hasher_update(hasher, prefix, err));
    YX_TRY(yx_zip_stream(ofd->zip, entry, hash_piece, hasher, err));
    return yx_hasher_finish(hasher, out, err);
}

/* --- Signatures -------------------------------------------------------------------------- */

/* How many elements of the name there are from `element` on, itself included. */
static size_t count_elements(const struct yx_xml *element)
{
    size_t count = 0;
    for (; element != NULL; element = yx_xml_next(element))
        count++;
    return count;
}

static yx_status make_signature(struct yx_ofd *ofd, const struct yx_ofd_document *document,
                                const struct yx_xml *element, struct yx_ofd_signature **out,
                                struct yx_error *err)
{
    struct yx_ofd_signature *signature = yx_arena_alloc(ofd->arena, sizeof *signature);
    if (signature == NULL)
        return yx_ofd_fail_arena(ofd->arena, err);
    const char *id = yx_xml_attribute(element, "ID");
    const char *type = yx_xml_attribute(element, "Type");
    const char *location = yx_xml_attribute(element, "BaseLoc");
    signature->id = id == NULL ? "" : id;
    signature->type = type == NULL ? "Seal" : type;
    *out = signature;
    if (location == NULL)
        return YX_OK;
    /* A path that leads nowhere is reported with its signature, not here. */
    yx_status status =
        yx_ofd_resolve(ofd->arena, document->signatures_path, location, &signature->path, err);
    return status == YX_NO_MEMORY ? status : YX_OK;
}

static yx_status list_signatures(struct yx_ofd *ofd, struct yx_ofd_document *document,
                                 struct yx_error *err)
{
    const struct yx_xml *first = yx_xml_child(document->signatures_root, "Signature");
    YX_REQUIRE(count_elements(first) <= YX_OFD_SIGNATURES_MAX, err, YX_DAMAGED,
               "limit for packages", N_("{1} lists more than {2} signatures"),
               PATH(document->signatures_path), YX_NUM(YX_OFD_SIGNATURES_MAX));
    struct yx_ofd_signature **end = &document->signatures;
    for (const struct yx_xml *at = first; at != NULL; at = yx_xml_next(at)) {
        YX_TRY(make_signature(ofd, document, at, end, err));
        end = &(*end)->next;
    }
    return YX_OK;
}

static yx_status read_signatures(struct yx_ofd *ofd, struct yx_ofd_document *document,
                                 const char *location, struct yx_error *err)
{
    YX_TRY(
        yx_ofd_resolve(ofd->arena, YX_TEXT("OFD.xml"), location, &document->signatures_path, err));
    YX_TRY(yx_ofd_xml(ofd, document->signatures_path, &document->signatures_root,
                      &document->signatures_xml, err));
    YX_REQUIRE(strcmp(document->signatures_root->name, "Signatures") == 0, err, YX_DAMAGED,
               RULE_SIGNATURES, N_("{1} is no list of signatures"),
               PATH(document->signatures_path));
    return list_signatures(ofd, document, err);
}

/* What is wrong with the list is kept for whoever seals or verifies; only a machine that fails
 * keeps the package from opening. */
static yx_status load_signatures(struct yx_ofd *ofd, struct yx_ofd_document *document,
                                 struct yx_error *err)
{
    const char *location = yx_xml_child_text(document->body, "Signatures");
    if (location == NULL || location[0] == '\0')
        return YX_OK;
    struct yx_error wrong = {0};
    yx_status status = read_signatures(ofd, document, location, &wrong);
    if (status == YX_OK) {
        document->has_signatures = true;
        return YX_OK;
    }
    document->signatures = NULL;
    document->signatures_root = NULL;
    document->signatures_xml = YX_BYTES(NULL, 0);
    document->signatures_error = wrong;
    if (status != YX_DAMAGED && err != NULL)
        *err = wrong;
    return status == YX_DAMAGED ? YX_OK : status;
}

/* --- Documents --------------------------------------------------------------------------- */

/* Readers differ on which of two elements counts: there must be one. */
static yx_status require_single(const struct yx_ofd_document *document, const char *name,
                                struct yx_error *err)
{
    size_t count = count_elements(yx_xml_child(document->body, name));
    YX_REQUIRE(count <= 1, err, YX_DAMAGED, RULE_OFD,
               N_("a document of the package has {1} elements {2} in OFD.xml: programs would not "
                  "agree which one counts"),
               YX_NUM(count), name);
    return YX_OK;
}

static yx_status load_document(struct yx_ofd *ofd, struct yx_ofd_document *document,
                               struct yx_error *err)
{
    YX_TRY(require_single(document, "DocRoot", err));
    YX_TRY(require_single(document, "Signatures", err));
    const char *location = yx_xml_child_text(document->body, "DocRoot");
    YX_REQUIRE(location != NULL, err, YX_DAMAGED, RULE_OFD,
               N_("a document of the package has no DocRoot, so nothing tells where it starts"));
    YX_TRY(yx_ofd_resolve(ofd->arena, YX_TEXT("OFD.xml"), location, &document->root_path, err));
    document->folder = document->root_path;
    while (document->folder.len > 0 && document->folder.data[document->folder.len - 1] != '/')
        document->folder.len--;
    return load_signatures(ofd, document, err);
}

static yx_status load_package(struct yx_ofd *ofd, struct yx_error *err)
{
    YX_REQUIRE(yx_zip_find(ofd->zip, YX_TEXT("OFD.xml")) != NULL, err, YX_DAMAGED, RULE_OFD,
               N_("this zip package is no OFD document: it does not hold OFD.xml"));
    YX_TRY(yx_ofd_xml(ofd, YX_TEXT("OFD.xml"), &ofd->ofd_root, &ofd->ofd_xml, err));
    const struct yx_xml *body = yx_xml_child(ofd->ofd_root, "DocBody");
    size_t count = count_elements(body);
    YX_REQUIRE(strcmp(ofd->ofd_root->name, "OFD") == 0 && count > 0, err, YX_DAMAGED, RULE_OFD,
               N_("OFD.xml names no document"));
    YX_REQUIRE(count <= YX_OFD_DOCUMENTS_MAX, err, YX_DAMAGED, "limit for packages",
               N_("OFD.xml names {1} documents; at most {2} are read"), YX_NUM(count),
               YX_NUM(YX_OFD_DOCUMENTS_MAX));
    ofd->documents = yx_arena_calloc(ofd->arena, count, sizeof *ofd->documents);
    if (ofd->documents == NULL)
        return yx_ofd_fail_arena(ofd->arena, err);
    for (; body != NULL; body = yx_xml_next(body)) {
        struct yx_ofd_document *document = &ofd->documents[ofd->document_count++];
        document->body = body;
        YX_TRY(load_document(ofd, document, err));
    }
    return YX_OK;
}

yx_status yx_ofd_open(const struct yx_source *source, struct yx_ofd **out, struct yx_error *err)
{
    YX_CLEAN(yx_ofd) struct yx_ofd *ofd = calloc(1, sizeof *ofd);
    if (ofd == NULL)
        return yx_fail_memory(err);
    ofd->source = source;
    ofd->arena = yx_arena_new(YX_OFD_ARENA_MAX);
    if (ofd->arena == NULL)
        return yx_fail_memory(err);
    YX_TRY(yx_zip_open(source, &ofd->zip, err));
    YX_TRY(load_package(ofd, err));
    *out = ofd;
    ofd = NULL;
    return YX_OK;
}

void yx_ofd_free(struct yx_ofd *ofd)
{
    if (ofd == NULL)
        return;
    yx_zip_free(ofd->zip);
    yx_arena_free(ofd->arena);
    free(ofd);
}

uint32_t yx_ofd_document_count(const struct yx_ofd *ofd)
{
    return ofd->document_count;
}

/* --- Pages ------------------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
    const struct yx_ofd_page *const *left = a, *const *right = b;
    return strcmp((*left)->id, (*right)->id);
}

static yx_status mark_shared_ids(struct yx_ofd_page *pages, size_t count, struct yx_error *err)
{
    struct yx_ofd_page **sorted = calloc(count, sizeof *sorted);
    if (sorted == NULL)
        return yx_fail_memory(err);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &pages[i];
    qsort(sorted, count, sizeof *sorted, by_id);
    for (size_t i = 1; i < count; i++)
        if (by_id(&sorted[i - 1], &sorted[i]) == 0)
            sorted[i - 1]->id_is_shared = sorted[i]->id_is_shared = true;
    free(sorted);
    return YX_OK;
}

static yx_status list_pages(struct yx_ofd *ofd, struct yx_ofd_document *document,
                            struct yx_error *err)
{
    const struct yx_xml *common = yx_xml_child(document->root, "CommonData");
    size_t templates = count_elements(yx_xml_child(common, "TemplatePage"));
    YX_REQUIRE(templates <= YX_OFD_TEMPLATES_MAX, err, YX_DAMAGED, "limit for packages",
               N_("{1} names {2} template pages; at most {3} are read"), PATH(document->root_path),
               YX_NUM(templates), YX_NUM(YX_OFD_TEMPLATES_MAX));
    const struct yx_xml *first = yx_xml_child(yx_xml_child(document->root, "Pages"), "Page");
    size_t count = count_elements(first);
    YX_REQUIRE(count > 0, err, YX_DAMAGED, RULE_DOCUMENT, N_("{1} names no page"),
               PATH(document->root_path));
    YX_REQUIRE(count <= YX_OFD_PAGES_MAX, err, YX_DAMAGED, "limit for packages",
               N_("{1} names {2} pages; at most {3} are read"), PATH(document->root_path),
               YX_NUM(count), YX_NUM(YX_OFD_PAGES_MAX));
    struct yx_ofd_page *pages = yx_arena_calloc(ofd->arena, count, sizeof *pages);
    if (pages == NULL)
        return yx_ofd_fail_arena(ofd->arena, err);
    uint32_t filled = 0;
    for (const struct yx_xml *at = first; at != NULL; at = yx_xml_next(at), filled++) {
        const char *id = yx_xml_attribute(at, "ID");
        const char *location = yx_xml_attribute(at, "BaseLoc");
        YX_REQUIRE(id != NULL && location != NULL, err, YX_DAMAGED, RULE_DOCUMENT,
                   N_("{1}: page {2} has no ID or no BaseLoc"), PATH(document->root_path),
                   YX_NUM(filled + 1));
        pages[filled].id = id;
        YX_TRY(yx_ofd_resolve(ofd->arena, document->root_path, location, &pages[filled].path, err));
    }
    document->pages = pages;
    document->page_count = filled;
    return mark_shared_ids(pages, count, err);
}

yx_status yx_ofd_load_pages(struct yx_ofd *ofd, uint32_t document, struct yx_ofd_document **out,
                            struct yx_error *err)
{
    YX_REQUIRE(document >= 1 && document <= ofd->document_count, err, YX_REFUSED, RULE_OFD,
               N_("there is no document {1}: the package holds {2}"), YX_NUM(document),
               YX_NUM(ofd->document_count));
    struct yx_ofd_document *found = &ofd->documents[document - 1];
    if (!found->pages_loaded) {
        YX_TRY(yx_ofd_xml(ofd, found->root_path, &found->root, NULL, err));
        YX_TRY(list_pages(ofd, found, err));
        found->pages_loaded = true;
    }
    *out = found;
    return YX_OK;
}

yx_status yx_ofd_page(struct yx_ofd_document *document, uint32_t number, struct yx_ofd_page **out,
                      struct yx_error *err)
{
    YX_REQUIRE(number >= 1 && number <= document->page_count, err, YX_REFUSED, RULE_DOCUMENT,
               N_("there is no page {1}: the document has {2}"), YX_NUM(number),
               YX_NUM(document->page_count));
    *out = &document->pages[number - 1];
    return YX_OK;
}

const struct yx_xml *yx_ofd_template(const struct yx_ofd_document *document, const char *id)
{
    if (id == NULL)
        return NULL;
    const struct yx_xml *common = yx_xml_child(document->root, "CommonData");
    const struct yx_xml *at = yx_xml_child(common, "TemplatePage");
    for (; at != NULL; at = yx_xml_next(at)) {
        const char *its = yx_xml_attribute(at, "ID");
        if (its != NULL && strcmp(its, id) == 0)
            return at;
    }
    return NULL;
}

/* --- Page sizes -------------------------------------------------------------------------- */

/* Areas of pages that are not there: an absent Area says nothing. */
static const char *physical_box(const struct yx_xml *page)
{
    return yx_xml_child_text(yx_xml_child(page, "Area"), "PhysicalBox");
}

/* Reads an XML part only to copy the text of its Area; *out stays NULL when it has none. A template
 * that is not there says nothing. */
static yx_status template_box(struct yx_ofd *ofd, const struct yx_ofd_document *document,
                              const struct yx_xml *page, struct yx_arena *arena, const char **out,
                              struct yx_error *err)
{
    const struct yx_xml *at = yx_xml_child(page, "Template");
    unsigned left = YX_OFD_PAGE_TEMPLATES_MAX;
    for (; at != NULL && *out == NULL && left > 0; at = yx_xml_next(at), left--) {
        const struct yx_xml *template =
            yx_ofd_template(document, yx_xml_attribute(at, "TemplateID"));
        const char *location = yx_xml_attribute(template, "BaseLoc");
        if (location == NULL)
            continue;
        struct yx_bytes path;
        const struct yx_xml *root = NULL;
        YX_TRY(yx_ofd_resolve(ofd->arena, document->root_path, location, &path, err));
        if (!yx_ofd_has(ofd, path))
            continue;
        YX_TRY(yx_ofd_xml_into(ofd, path, arena, &root, NULL, err));
        *out = physical_box(root);
    }
    return YX_OK;
}

/* A page's own Area, else its template's, else the one for the whole document. */
static yx_status find_box(struct yx_ofd *ofd, const struct yx_ofd_document *document,
                          const struct yx_xml *page, struct yx_arena *arena, struct yx_box *out,
                          struct yx_error *err)
{
    const char *text = physical_box(page);
    if (text == NULL)
        YX_TRY(template_box(ofd, document, page, arena, &text, err));
    if (text == NULL) {
        const struct yx_xml *common = yx_xml_child(document->root, "CommonData");
        text = yx_xml_child_text(yx_xml_child(common, "PageArea"), "PhysicalBox");
    }
    YX_REQUIRE(text != NULL, err, YX_DAMAGED, RULE_AREA,
               N_("{1}: neither the page nor the document tells the size of the paper"),
               PATH(document->root_path));
    bool good = yx_ofd_box(text, out) && out->width > 0 && out->width <= PAGE_SIDE_MAX &&
                out->height > 0 && out->height <= PAGE_SIDE_MAX;
    YX_REQUIRE(good, err, YX_DAMAGED, RULE_AREA, N_("{1}: \"{2}\" is no size of a page"),
               PATH(document->root_path), text);
    return YX_OK;
}

yx_status yx_ofd_page_box(struct yx_ofd *ofd, const struct yx_ofd_document *document,
                          struct yx_ofd_page *page, const struct yx_xml *root, struct yx_error *err)
{
    if (page->has_box)
        return YX_OK;
    YX_CLEAN(yx_arena) struct yx_arena *arena = yx_arena_new(YX_OFD_ARENA_MAX);
    if (arena == NULL)
        return yx_fail_memory(err);
    if (root == NULL)
        YX_TRY(yx_ofd_xml_into(ofd, page->path, arena, &root, NULL, err));
    YX_TRY(find_box(ofd, document, root, arena, &page->box, err));
    page->has_box = true;
    return YX_OK;
}

yx_status yx_ofd_page_count(struct yx_ofd *ofd, uint32_t document, uint32_t *out,
                            struct yx_error *err)
{
    struct yx_ofd_document *found = NULL;
    YX_TRY(yx_ofd_load_pages(ofd, document, &found, err));
    *out = found->page_count;
    return YX_OK;
}

yx_status yx_ofd_page_size(struct yx_ofd *ofd, uint32_t document, uint32_t page, double *width,
                           double *height, struct yx_error *err)
{
    struct yx_ofd_document *loaded = NULL;
    struct yx_ofd_page *found = NULL;
    YX_TRY(yx_ofd_load_pages(ofd, document, &loaded, err));
    YX_TRY(yx_ofd_page(loaded, page, &found, err));
    YX_TRY(yx_ofd_page_box(ofd, loaded, found, NULL, err));
    *width = found->box.width;
    *height = found->box.height;
    return YX_OK;
}
