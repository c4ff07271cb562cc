/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle.h - the corpus: a file NAME.page shows one feature of OFD drawing on a page of 60 x 40 mm.
 * It says in its first lines what is to be seen; then come sections, each of which begins with a
 * line [name]:
 *
 *     [layer]        objects of the page, in one body layer
 *     [page]         all of the page but its area, in place of [layer]
 *     [resources]    of the document
 *     [common]       of CommonData: templates
 *     [document]     of Document.xml, behind the pages: annotations
 *     [body]         of DocBody in OFD.xml: signatures
 *     [findings]     a piece of each sentence about what is not drawn, one a line
 *     [apart]        how far SVG and PDF may be from the PNG, near and wide, where that is far
 *     [hex NAME]     a file in hexadecimal digits
 *     [NAME]         a file as it stands
 *
 * Files lie in Doc_0/. Pictures, fonts and profiles of media.h are put in when a section names
 * them.
 */
#ifndef RENDER_BUNDLE_H
#define RENDER_BUNDLE_H

#include "hex.h"
#include "media.h"
#include "zip/zip.h"

#define BUNDLE_PARTS 24

struct bundle_part {
    char name[64]; /* of the section, later of the file */
    struct yx_buf content;
};

struct bundle {
    struct bundle_part parts[BUNDLE_PARTS];
    size_t count;
};

static inline void bundle_free(struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->count; i++)
        yx_buf_free(&bundle->parts[i].content);
}
YX_DEFINE_CLEAN_VALUE(bundle, struct bundle, bundle_free);

static inline struct bundle_part *bundle_add(struct bundle *bundle, const char *name, size_t len)
{
    struct bundle_part *part = &bundle->parts[bundle->count++];

    assert_true(bundle->count <= BUNDLE_PARTS && len < sizeof part->name);
    memcpy(part->name, name, len);
    return part;
}

static inline void bundle_append(struct bundle_part *part, const char *text, size_t len)
{
    if (strncmp(part->name, "hex ", 4) == 0) {
        char line[400];

        assert_true(len < sizeof line);
        memcpy(line, text, len);
        line[len] = '\0';
        line[strcspn(line, "\n")] = '\0';
        append_hex(&part->content, line);
        return;
    }
    assert_int_equal(yx_buf_append(&part->content, YX_BYTES(text, len)), YX_OK);
}

/* Takes a page apart. Every section is followed by a NUL byte. */
static inline void bundle_read(struct bundle *bundle, const struct yx_buf *page)
{
    const char *text = (const char *)page->data, *end = text + page->len;
    struct bundle_part *part = NULL;

    while (text < end) {
        const char *line_end = memchr(text, '\n', (size_t)(end - text));
        size_t len = (size_t)((line_end == NULL ? end : line_end + 1) - text);

        if (text[0] == '[')
            part = bundle_add(bundle, text + 1, strcspn(text + 1, "]"));
        else if (part != NULL)
            bundle_append(part, text, len);
        text += len;
    }
    for (size_t i = 0; i < bundle->count; i++) {
        assert_int_equal(yx_buf_append(&bundle->parts[i].content, YX_BYTES("", 1)), YX_OK);
        bundle->parts[i].content.len--;
    }
}

/* What a section holds; "" when there is none. */
static inline const char *bundle_text(const struct bundle *bundle, const char *name)
{
    for (size_t i = 0; i < bundle->count; i++)
        if (strcmp(bundle->parts[i].name, name) == 0)
            return (const char *)bundle->parts[i].content.data;
    return "";
}

/* Puts the files that every document has around what the sections say. */
static inline void bundle_wrap(struct bundle *bundle)
{
#define NS " xmlns=\"http://www.ofdspec.org/2016\""
    static const struct {
        const char *name, *before, *section, *between, *other, *after;
    } files[] = {
        {"/OFD.xml",
         "<OFD" NS " Version=\"1.0\" DocType=\"OFD\"><DocBody><DocInfo/><DocRoot>"
         "Doc_0/Document.xml</DocRoot>",
         "body", "", "", "</DocBody></OFD>"},
        {"/Document.xml",
         "<Document" NS "><CommonData><MaxUnitID>1000</MaxUnitID><PageArea>"
         "<PhysicalBox>0 0 60 40</PhysicalBox></PageArea>"
         "<DocumentRes>Res.xml</DocumentRes>",
         "common", "</CommonData><Pages><Page ID=\"1\" BaseLoc=\"Content.xml\"/></Pages>",
         "document", "</Document>"},
        {"/Res.xml", "<Res" NS " BaseLoc=\".\">", "resources", "", "", "</Res>"},
        {"/Content.xml", "<Page" NS ">", "page", "<Content><Layer ID=\"2\">", "layer",
         "</Layer></Content></Page>"},
    };
    bool is_whole = bundle_text(bundle, "page")[0] != '\0';

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct bundle_part *part = bundle_add(bundle, files[i].name, strlen(files[i].name));
        bool is_page = is_whole && strcmp(files[i].section, "page") == 0;

        assert_int_equal(yx_buf_printf(&part->content, "%s%s%s%s%s", files[i].before,
                                       bundle_text(bundle, files[i].section),
                                       is_page ? "" : files[i].between,
                                       bundle_text(bundle, files[i].other),
                                       is_page ? "</Page>" : files[i].after),
                         YX_OK);
    }
#undef NS
}

/* Is the name written anywhere? */
static inline bool bundle_names(const struct bundle *bundle, const char *name)
{
    for (size_t i = 0; i < bundle->count; i++) {
        const struct yx_buf *content = &bundle->parts[i].content;

        if (memmem(content->data, content->len, name, strlen(name)) != NULL)
            return true;
    }
    return false;
}

static inline void bundle_media(struct bundle *bundle)
{
    for (size_t i = 0; i < sizeof media / sizeof media[0]; i++)
        if (bundle_names(bundle, media[i].name)) {
            struct bundle_part *part = bundle_add(bundle, media[i].name, strlen(media[i].name));

            part->content = media[i].make();
        }
}

/* Whether a section is a file, and its name in the package. */
static inline bool bundle_path(const struct bundle_part *part, char path[96])
{
    static const char *const words[] = {"layer",    "page", "resources", "common",
                                        "document", "body", "findings",  "apart"};
    const char *name = part->name;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(name, words[i]) == 0)
            return false;
    name += strncmp(name, "hex ", 4) == 0 ? 4 : 0;
    if (strcmp(name, "/OFD.xml") == 0)
        strcpy(path, "OFD.xml");
    else
        snprintf(path, 96, "Doc_0/%s", name + (name[0] == '/'));
    return true;
}

/* The package that a file of the corpus stands for. */
static inline struct yx_buf bundle_pack(const struct yx_buf *page)
{
    YX_CLEAN(bundle) struct bundle bundle = {0};
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    struct yx_zip_part parts[BUNDLE_PARTS];
    char paths[BUNDLE_PARTS][96];
    struct yx_buf out = {0};
    struct yx_error err;
    size_t count = 0;

    bundle_read(&bundle, page);
    bundle_wrap(&bundle);
    bundle_media(&bundle);
    for (size_t i = 0; i < bundle.count; i++)
        if (bundle_path(&bundle.parts[i], paths[count])) {
            parts[count] =
                (struct yx_zip_part){YX_TEXT(paths[count]), yx_buf_bytes(&bundle.parts[i].content)};
            count++;
        }
    expect_ok(yx_sink_memory(&out, &sink, &err), &err);
    expect_ok(yx_zip_write(NULL, parts, count, 0, NULL, sink, &err), &err);
    return out;
}

#endif
