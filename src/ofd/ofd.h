/* SPDX-License-Identifier: Apache-2.0 */
/* ofd/ofd.h - the door to ofd/: OFD packages read, sealed, verified. The room's own files share
 * model.h. */
#ifndef OFD_OFD_H
#define OFD_OFD_H

#include <yinxin/ofd.h>

#include "seal/seal.h"
#include "xml/xml.h"

YX_DEFINE_CLEAN(yx_ofd, struct yx_ofd *, yx_ofd_free);

/* The keyword search of struct yx_pages (text.c). */
yx_status yx_ofd_find_text(struct yx_ofd *ofd, uint32_t document, uint32_t page,
                           const char *keyword,
                           bool (*found)(void *context, const struct yx_box *box), void *context,
                           struct yx_error *err);

/* --- Packages, for whoever reads more of them --------------------------------------------- */

/* More templates on one page are refused. */
#define YX_OFD_PAGE_TEMPLATES_MAX 100u
/* Largest binary part of a signature that is read (SignedValue.dat, Seal.esl). */
#define YX_OFD_SIGNED_VALUE_MAX (32u * 1024 * 1024)

/* One signature as listed in Signatures.xml. Paths are package paths without a leading '/'. */
struct yx_ofd_signature {
    const char *id;   /* as written */
    const char *type; /* "Seal" (also when absent) or "Sign" */
    struct yx_bytes
        path; /* of Signature.xml; empty when BaseLoc is missing or leaves the package */
    struct yx_ofd_signature *next;
};

struct yx_ofd_page {
    const char *id; /* the object ID that StampAnnot's PageRef names */
    struct yx_bytes path;
    bool id_is_shared; /* another page has the same ID: a stamp would stand on either */
    bool has_box;      /* `box` has been looked up */
    struct yx_box box; /* PhysicalBox: its corner is where a page's coordinates start */
};

/* One DocBody. */
struct yx_ofd_document {
    const struct yx_xml *body; /* the DocBody element in OFD.xml */
    struct yx_bytes root_path; /* Document.xml */
    struct yx_bytes folder;    /* of Document.xml, ends with '/' unless empty */
    struct yx_bytes
        signatures_path; /* Signatures.xml as OFD.xml names it; empty when it names none */
    bool has_signatures; /* ... and the part exists and could be read */
    /* Why a list that OFD.xml names could not be read; status YX_OK otherwise. The document opens
     * all the same: whoever seals or verifies must look here. */
    struct yx_error signatures_error;
    const struct yx_xml *signatures_root;
    struct yx_bytes signatures_xml; /* its bytes */
    struct yx_ofd_signature *signatures;
    struct yx_ofd_page *pages; /* filled by yx_ofd_load_pages */
    uint32_t page_count;
    bool pages_loaded;
    const struct yx_xml *root; /* Document.xml, with the pages */
};

/* For an arena that gave nothing: YX_NO_MEMORY, or YX_DAMAGED when its limit was reached. */
yx_status yx_ofd_fail_arena(const struct yx_arena *arena, struct yx_error *err);
/*
 * Resolves an ST_Loc: a leading '/' is the package root, otherwise relative to the folder of
 * `base` (a package path); '.' and '..' are worked out. The result is a package path in the
 * arena. YX_DAMAGED when it leaves the package or is no path.
 */
yx_status yx_ofd_resolve(struct yx_arena *arena, struct yx_bytes base, const char *location,
                         struct yx_bytes *out, struct yx_error *err);
/* Reads and parses an XML part; `bytes` may be NULL. YX_DAMAGED (naming it) when there is none. */
yx_status yx_ofd_xml_into(struct yx_ofd *ofd, struct yx_bytes path, struct yx_arena *arena,
                          const struct yx_xml **root, struct yx_bytes *bytes, struct yx_error *err);
/* Appends the content of a part. YX_DAMAGED when there is none, or it is larger than `limit`. */
yx_status yx_ofd_read(struct yx_ofd *ofd, struct yx_bytes path, size_t limit, struct yx_buf *out,
                      struct yx_error *err);
/* Is there such a part? */
bool yx_ofd_has(const struct yx_ofd *ofd, struct yx_bytes path);
/* `document` counts from 1; loads its pages once. YX_REFUSED when there is no such document. */
yx_status yx_ofd_load_pages(struct yx_ofd *ofd, uint32_t document, struct yx_ofd_document **out,
                            struct yx_error *err);
/* A page of a loaded document, from 1. YX_REFUSED when there is no such page. */
yx_status yx_ofd_page(struct yx_ofd_document *document, uint32_t number, struct yx_ofd_page **out,
                      struct yx_error *err);
/* The template page with this ID in Document.xml, or NULL. */
const struct yx_xml *yx_ofd_template(const struct yx_ofd_document *document, const char *id);
/* Finds the PhysicalBox of a page, once. `root` is the page's Content.xml when it is at hand, or
 * NULL. */
yx_status yx_ofd_page_box(struct yx_ofd *ofd, const struct yx_ofd_document *document,
                          struct yx_ofd_page *page, const struct yx_xml *root,
                          struct yx_error *err);
/* Reads "x y w h" (ST_Box); false when it is not four finite numbers. */
bool yx_ofd_box(const char *text, struct yx_box *out);

/*
 * Reads a decimal number, such as -12.50 or 1.5E-3, from the start of *text, spaces before it
 * passed over, and moves *text behind it; independent of the locale. false, and *text stays, when
 * there is none or it is absurd (beyond 1e15).
 */
bool yx_ofd_number(const char **text, double *out);
/* Reads exactly `count` numbers, with nothing behind them (ST_Array, ST_Box). */
bool yx_ofd_numbers(const char *text, double *out, size_t count);

/* DeltaX or DeltaY: numbers, and groups "g 4 2.5" for four times 2.5. Starts with the attribute's
 * text in `at`, NULL when it is absent. */
struct yx_ofd_offsets {
    const char *at;
    double value;
    double repeat; /* how often `value` is still to be given */
    bool ended;
};
/* The next offset; false when no more are told. */
bool yx_ofd_next_offset(struct yx_ofd_offsets *offsets, double *out);

#endif
