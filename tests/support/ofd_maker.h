/* SPDX-License-Identifier: Apache-2.0 */
/* ofd_maker.h - small OFD packages put together from strings. */
#ifndef OFD_PACKAGE_MAKER_H
#define OFD_PACKAGE_MAKER_H

#include "support.h"

#include "ofd/model.h"

struct file {
    const char *name;
    const char *content;
};

/* A package in memory and what reads it; `ofd` is NULL when it did not open. */
struct package {
    struct yx_buf bytes;
    struct yx_source *source;
    struct yx_ofd *ofd;
};

static inline void package_free(struct package *package)
{
    yx_ofd_free(package->ofd);
    yx_source_free(package->source);
    yx_buf_free(&package->bytes);
}
YX_DEFINE_CLEAN_VALUE(package, struct package, package_free);

/* Writes the files, up to one without a name. */
static inline struct yx_buf package_bytes(const struct file *files)
{
    struct yx_buf out = {0};
    struct yx_error err = {0};
    struct yx_zip_part parts[32];
    size_t count = 0;
    for (; files[count].name != NULL; count++) {
        assert_true(count < sizeof parts / sizeof parts[0]);
        parts[count] =
            (struct yx_zip_part){YX_TEXT(files[count].name), YX_TEXT(files[count].content)};
    }
    YX_CLEAN(yx_sink) struct yx_sink *sink = NULL;
    expect_ok(yx_sink_memory(&out, &sink, &err), &err);
    expect_ok(yx_zip_write(NULL, parts, count, 0, NULL, sink, &err), &err);
    return out;
}

static inline yx_status package_open(const struct file *files, struct package *out,
                                     struct yx_error *err)
{
    *out = (struct package){.bytes = package_bytes(files)};
    YX_TRY(yx_source_borrow(yx_buf_bytes(&out->bytes), &out->source, err));
    return yx_ofd_open(out->source, &out->ofd, err);
}

static inline struct package package_good(const struct file *files)
{
    struct package out;
    struct yx_error err = {0};
    expect_ok(package_open(files, &out, &err), &err);
    return out;
}

/* The error must be YX_DAMAGED, or `status`, with a sentence that holds `sentence`. */
static inline void expect_sentence(const struct yx_error *err, yx_status status,
                                   const char *sentence)
{
    char text[600];
    yx_message_render(&err->message, NULL, text, sizeof text);
    assert_int_equal(err->status, status);
    if (strstr(text, sentence) == NULL)
        fail_msg("the sentence is \"%s\", not \"%s\"", text, sentence);
}

/* A package of one document: OFD.xml around `body`, Document.xml around `document`, one page. */
#define OFD_XML(body) "<ofd:OFD xmlns:ofd='http://www.ofdspec.org/2016'>" body "</ofd:OFD>"
#define ONE_BODY OFD_XML("<ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody>")
#define AREA(box) "<Area><PhysicalBox>" box "</PhysicalBox></Area>"
#define A4 "<PageArea><PhysicalBox>0 0 210 297</PhysicalBox></PageArea>"
#define DOCUMENT(common, pages) \
    "<Document><CommonData>" common "</CommonData><Pages>" pages "</Pages></Document>"
#define ONE_PAGE "<Page ID='1' BaseLoc='Pages/Page_0/Content.xml'/>"

#endif
