/* SPDX-License-Identifier: Apache-2.0 */
/*
 * splice.c - changes OFD.xml and Signatures.xml by inserting bytes, so that prefix, encoding,
 * white space and whatever else a maker wrote stay as they are. What is inserted is ASCII: it
 * fits into every encoding but UTF-16, which is refused.
 *
 *   OFD.xml         DocBody: ..., DocRoot, Versions?, Signatures (ST_Loc)
 *   Signatures.xml  Signatures: MaxSignId, Signature* (@ID, @Type, @BaseLoc)
 */
#include "ofdsign/sealing.h"
#include "zip/zip.h"

#define RULE "GB/T 33190-2016, signatures"
#define NAMESPACE "http://www.ofdspec.org/2016"

/* Bytes on their way from `source` to `out`, copied up to `at` so far. */
struct splice {
    struct yx_bytes source;
    size_t at;
    struct yx_buf out;
};

static void splice_free(struct splice *splice)
{
    yx_buf_free(&splice->out);
}
YX_DEFINE_CLEAN_VALUE(splice, struct splice, splice_free);

/* Copies what stands before `until`, and goes on behind `resume`. */
static yx_status splice_copy(struct splice *splice, size_t until, size_t resume)
{
    struct yx_bytes piece = YX_BYTES(splice->source.data + splice->at, until - splice->at);
    splice->at = resume;
    return yx_buf_append(&splice->out, piece);
}

static yx_status splice_end(struct splice *splice, struct yx_ofd_work *work, struct yx_bytes name,
                            struct yx_error *err)
{
    if (splice_copy(splice, splice->source.len, splice->source.len) != YX_OK)
        return yx_fail_memory(err);
    return yx_ofd_add_part(work, name, yx_buf_bytes(&splice->out), err);
}

static yx_status check_encoding(struct yx_bytes xml, const char *name, struct yx_error *err)
{
    YX_REQUIRE(!yx_xml_is_wide(xml), err, YX_REFUSED, RULE,
               N_("{1} is written in UTF-16 and cannot be changed in place; have the document "
                  "written anew in UTF-8"),
               name);
    return YX_OK;
}

/* --- OFD.xml ----------------------------------------------------------------------------- */

/* Behind the last element of a DocBody, where the schema wants it. */
static yx_status name_list(struct splice *splice, const struct yx_xml *body, struct yx_bytes list,
                           struct yx_error *err)
{
    size_t end = body->content_start;
    for (const struct yx_xml *child = body->first; child != NULL; child = child->next)
        end = child->end;
    if (splice_copy(splice, end, end) != YX_OK ||
        yx_buf_printf(&splice->out, "<%sSignatures>/", body->prefix) != YX_OK ||
        yx_xml_escape(&splice->out, (const char *)list.data) != YX_OK ||
        yx_buf_printf(&splice->out, "</%sSignatures>", body->prefix) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

/*
 * The first signature names a list in OFD.xml, and from then on OFD.xml is protected. So every
 * document of the package gets its list now, and can still be signed later.
 */
static yx_status splice_ofd_xml(struct yx_ofd_work *work, struct yx_error *err)
{
    const struct yx_ofd *ofd = work->ofd;
    YX_CLEAN(splice) struct splice splice = {.source = ofd->ofd_xml};
    YX_TRY(check_encoding(ofd->ofd_xml, "OFD.xml", err));
    for (uint32_t i = 0; i < ofd->document_count; i++) {
        const struct yx_ofd_document *document = &ofd->documents[i];
        if (document->signatures_path.len > 0)
            continue;
        YX_REQUIRE(yx_xml_child(document->body, "Signatures") == NULL, err, YX_DAMAGED, RULE,
                   N_("OFD.xml has a Signatures element that names no list"));
        YX_TRY(name_list(&splice, document->body, work->lists[i], err));
    }
    return splice_end(&splice, work, YX_TEXT("OFD.xml"), err);
}

/* --- Signatures.xml ---------------------------------------------------------------------- */

static yx_status put_entry(struct yx_ofd_work *work, const char *prefix, struct yx_buf *out,
                           struct yx_error *err)
{
    const char *type = work->seal == NULL ? "Sign" : "Seal";
    if (yx_buf_printf(out, "<%sSignature ID=\"%u\" Type=\"%s\" BaseLoc=\"/", prefix, work->first_id,
                      type) != YX_OK ||
        yx_xml_escape(out, (const char *)work->xml_path.data) != YX_OK ||
        yx_buf_append_text(out, "\"/>") != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

static yx_status put_max_id(uint32_t id, const char *prefix, struct yx_buf *out,
                            struct yx_error *err)
{
    if (yx_buf_printf(out, "<%sMaxSignId>%u</%sMaxSignId>", prefix, id, prefix) != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

/* A list that did not exist; with the new signature when it is the document's own. */
static yx_status new_list(struct yx_ofd_work *work, uint32_t index, uint32_t max_id,
                          struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf xml = {0};
    bool own = index + 1 == work->number;
    if (yx_buf_append_text(&xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                                 "<ofd:Signatures xmlns:ofd=\"" NAMESPACE "\">") != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(put_max_id(own ? max_id : 0, "ofd:", &xml, err));
    if (own)
        YX_TRY(put_entry(work, "ofd:", &xml, err));
    if (yx_buf_append_text(&xml, "</ofd:Signatures>\n") != YX_OK)
        return yx_fail_memory(err);
    return yx_ofd_add_part(work, work->lists[index], yx_buf_bytes(&xml), err);
}

/* Every MaxSignId gets the new value: some lists of the field have two. */
static yx_status splice_max_ids(struct splice *splice, const struct yx_xml *root, uint32_t max_id,
                                struct yx_error *err)
{
    const struct yx_xml *old = yx_xml_child(root, "MaxSignId");
    if (old == NULL) {
        if (splice_copy(splice, root->content_start, root->content_start) != YX_OK)
            return yx_fail_memory(err);
        return put_max_id(max_id, root->prefix, &splice->out, err);
    }
    for (; old != NULL; old = yx_xml_next(old)) {
        if (splice_copy(splice, old->start, old->end) != YX_OK)
            return yx_fail_memory(err);
        YX_TRY(put_max_id(max_id, old->prefix, &splice->out, err));
    }
    return YX_OK;
}

/* `<Signatures/>` has nothing inside to stand behind: its start tag is opened, and an end added. */
static yx_status splice_empty_list(struct splice *splice, struct yx_ofd_work *work, uint32_t max_id,
                                   struct yx_error *err)
{
    const struct yx_xml *root = work->document->signatures_root;
    const uint8_t *name = splice->source.data + root->start + 1;
    size_t len = 0;
    while (strchr(" \t\r\n/>", name[len]) == NULL)
        len++;
    if (splice_copy(splice, root->end - 2, root->end) != YX_OK ||
        yx_buf_append_text(&splice->out, ">") != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(put_max_id(max_id, root->prefix, &splice->out, err));
    YX_TRY(put_entry(work, root->prefix, &splice->out, err));
    if (yx_buf_append_text(&splice->out, "</") != YX_OK ||
        yx_buf_append(&splice->out, YX_BYTES(name, len)) != YX_OK ||
        yx_buf_append_text(&splice->out, ">") != YX_OK)
        return yx_fail_memory(err);
    return YX_OK;
}

static const struct yx_xml *last_element(const struct yx_xml *parent)
{
    const struct yx_xml *last = NULL;
    for (const struct yx_xml *child = parent->first; child != NULL; child = child->next)
        last = child;
    return last;
}

/* The new signature stands behind all that are there: the order of the list is the order in time.
 */
static yx_status splice_list(struct yx_ofd_work *work, uint32_t max_id, struct yx_error *err)
{
    const struct yx_ofd_document *document = work->document;
    const struct yx_xml *root = document->signatures_root;
    YX_CLEAN(splice) struct splice splice = {.source = document->signatures_xml};
    YX_TRY(check_encoding(document->signatures_xml, YX_ZIP_NAME(document->signatures_path), err));
    if (root->is_empty) {
        YX_TRY(splice_empty_list(&splice, work, max_id, err));
        return splice_end(&splice, work, document->signatures_path, err);
    }
    YX_TRY(splice_max_ids(&splice, root, max_id, err));
    const struct yx_xml *last = last_element(root);
    size_t end = last == NULL ? root->content_start : last->end;
    if (splice_copy(&splice, end, end) != YX_OK)
        return yx_fail_memory(err);
    YX_TRY(put_entry(work, root->prefix, &splice.out, err));
    return splice_end(&splice, work, document->signatures_path, err);
}

yx_status yx_ofd_splice(struct yx_ofd_work *work, struct yx_error *err)
{
    const struct yx_ofd *ofd = work->ofd;
    uint32_t max_id = work->first_id + (uint32_t)work->stamps.count;
    if (work->document->signatures_path.len > 0)
        return splice_list(work, max_id, err);
    YX_TRY(splice_ofd_xml(work, err));
    for (uint32_t i = 0; i < ofd->document_count; i++)
        if (ofd->documents[i].signatures_path.len == 0)
            YX_TRY(new_list(work, i, max_id, err));
    return YX_OK;
}
