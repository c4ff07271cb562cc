/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ofd/model.h - an opened package as the files of this room see it: parts by path, documents,
 * pages, and the list of signatures. Only ofd/ includes it.
 */
#ifndef OFD_MODEL_H
#define OFD_MODEL_H

#include "ofd/ofd.h"
#include "xml/xml.h"
#include "zip/zip.h"

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

struct yx_ofd {
    const struct yx_source *source;
    struct yx_zip *zip;
    struct yx_arena *arena;
    struct yx_bytes ofd_xml; /* bytes of OFD.xml */
    const struct yx_xml *ofd_root;
    struct yx_ofd_document *documents;
    uint32_t document_count;
    uint64_t xml_read; /* bytes of XML parsed so far, against the limit for one package */
};

/* What is read of a package at most. */
#define YX_OFD_DOCUMENTS_MAX 1000u
#define YX_OFD_PAGES_MAX 100000u
#define YX_OFD_SIGNATURES_MAX 10000u
#define YX_OFD_TEMPLATES_MAX 1000u     /* of a document */
#define YX_OFD_PAGE_TEMPLATES_MAX 100u /* that one page uses */
/* All XML that is parsed between open and free, so that a part named a thousand times stops. */
#define YX_OFD_XML_TOTAL_MAX (UINT64_C(1) << 30)
/* Memory for the trees of one package, and for those of one page. */
#define YX_OFD_ARENA_MAX ((size_t)256 * 1024 * 1024)

/* Largest XML part that is parsed, and largest binary part of a signature (SignedValue.dat,
 * Seal.esl). */
#define YX_OFD_XML_MAX (64u * 1024 * 1024)
#define YX_OFD_SIGNED_VALUE_MAX (32u * 1024 * 1024)

/* For an arena that gave nothing: YX_NO_MEMORY, or YX_DAMAGED when its limit was reached. */
yx_status yx_ofd_fail_arena(const struct yx_arena *arena, struct yx_error *err);
/*
 * Resolves an ST_Loc: a leading '/' is the package root, otherwise relative to the folder of
 * `base` (a package path); '.' and '..' are worked out. The result is a package path in the
 * arena. YX_DAMAGED when it leaves the package or is no path.
 */
yx_status yx_ofd_resolve(struct yx_ofd *ofd, struct yx_bytes base, const char *location,
                         struct yx_bytes *out, struct yx_error *err);
/* The entry of a package path; YX_DAMAGED (naming it) when there is none. */
yx_status yx_ofd_part(struct yx_ofd *ofd, struct yx_bytes path, const struct yx_zip_entry **out,
                      struct yx_error *err);
/* Reads and parses an XML part into the package's arena; `bytes` may be NULL. */
yx_status yx_ofd_xml(struct yx_ofd *ofd, struct yx_bytes path, const struct yx_xml **root,
                     struct yx_bytes *bytes, struct yx_error *err);
/* The same into another arena, for what is not kept. */
yx_status yx_ofd_xml_into(struct yx_ofd *ofd, struct yx_bytes path, struct yx_arena *arena,
                          const struct yx_xml **root, struct yx_bytes *bytes, struct yx_error *err);
/* `document` counts from 1; loads its pages once. YX_REFUSED when there is no such document. */
yx_status yx_ofd_load_pages(struct yx_ofd *ofd, uint32_t document, struct yx_ofd_document **out,
                            struct yx_error *err);
/* The digest of a part's content, any size. */
yx_status yx_ofd_part_digest(struct yx_ofd *ofd, const struct yx_zip_entry *entry,
                             yx_digest_algorithm algorithm, struct yx_bytes prefix, uint8_t *out,
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

#endif
