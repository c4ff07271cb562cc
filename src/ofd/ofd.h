/* SPDX-License-Identifier: Apache-2.0 */
/* ofd/ofd.h - the door to ofd/: OFD packages, their model, and what they say of their signatures.
 * Sealing is ofdsign/, judging ofdverify/. */
#ifndef OFD_OFD_H
#define OFD_OFD_H

#include <yinxin/ofd.h>

#include "seal/seal.h"
#include "xml/xml.h"
#include "zip/zip.h"

YX_DEFINE_CLEAN(yx_ofd, struct yx_ofd *, yx_ofd_free);

/* All lines of all matches (text.c). */
yx_status yx_ofd_search_text(struct yx_ofd *ofd, uint32_t document, uint32_t page,
                             const char *keyword, const struct yx_letters_search *search,
                             struct yx_error *err);
/* The keyword search of struct yx_pages. */
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

/* An opened package. What it holds is for reading. */
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

/* --- The files of a package (parts.c) ------------------------------------------------------
 *
 * In the order of their names, each digested only once however many signatures protect it. Folders
 * are left out: no signature can protect one.
 */

struct yx_ofd_part {
    const struct yx_zip_entry *entry;
    const uint8_t *digests[YX_DIGEST_MD5 + 1]; /* NULL until asked for */
    const struct yx_error *unreadable;         /* why its content cannot be had, once known */
};

struct yx_ofd_parts {
    struct yx_ofd *ofd;
    struct yx_arena *arena;
    struct yx_ofd_part *items;
    size_t count;
    uint64_t size; /* of all together */
    const struct yx_progress *progress;
    uint64_t done, total; /* for `progress` */
    uint64_t extra;       /* bytes digested again: with a prefix, or by another algorithm */
};

#define YX_NO_PART SIZE_MAX

/* Ends a call with the error of another one that was looked at first. */
static inline yx_status yx_ofd_pass_on(struct yx_error *err, const struct yx_error *why)
{
    if (err != NULL)
        *err = *why;
    return why->status;
}

/* `ofd`, `arena` and `progress` must outlive it. `total` is the size of all parts. */
yx_status yx_ofd_parts_index(struct yx_ofd *ofd, struct yx_arena *arena,
                             const struct yx_progress *progress, struct yx_ofd_parts *out,
                             struct yx_error *err);
/* The index of a part, or YX_NO_PART. */
size_t yx_ofd_parts_find(const struct yx_ofd_parts *parts, struct yx_bytes path);
/* The digest of a part's content, valid as long as the arena. */
yx_status yx_ofd_parts_digest(struct yx_ofd_parts *parts, size_t index,
                              yx_digest_algorithm algorithm, const uint8_t **out,
                              struct yx_error *err);
/* SM3 of `prefix` and the content. YX_REFUSED when a package asks for more work than is sane. */
yx_status yx_ofd_parts_digest_prefixed(struct yx_ofd_parts *parts, size_t index,
                                       struct yx_bytes prefix, uint8_t out[32],
                                       struct yx_error *err);

/* --- Signatures that a package carries (signed.c, signed_lists.c) ---------------------------
 *
 * As their Signature.xml files tell. Sealing reads them in order not to break them, verifying in
 * order to judge them.
 */

/* A package with more signatures than this is hostile. */
#define YX_OFD_JUDGED_MAX 1000u
/* Stamps of all signatures of a package together; a seam over a thousand pages is a thousand. */
#define YX_OFD_STAMPS_MAX 20000u

struct yx_ofd_reference {
    const char *file_ref; /* as written; "" when it is missing */
    const char *check_value;
    struct yx_bytes path; /* empty when it is no path inside the package */
    size_t part;          /* YX_NO_PART when there is none */
};

struct yx_ofd_signed {
    uint32_t document; /* from 1 */
    size_t place;      /* in the list of its document, from 0 */
    const struct yx_ofd_signature *listed;
    struct yx_error error; /* why Signature.xml could not be read; status YX_OK: it could */
    size_t xml_part;
    struct yx_bytes xml;
    const struct yx_xml *info; /* SignedInfo */
    bool has_seal;             /* SignedInfo names a seal file */
    size_t seal_part;
    size_t value_part;
    const char *check_method; /* of the references; NULL when not written */
    struct yx_ofd_reference *references;
    size_t reference_count;
    size_t *covers; /* the parts that the references name, ascending */
    size_t cover_count;
};

struct yx_ofd_signed_list {
    struct yx_ofd_signed *items; /* document by document, each in the order of its list */
    size_t count;
};

/*
 * Reads every Signature.xml that the lists of the package name. What is wrong with one stands in
 * its `error`; the call fails with YX_REFUSED when there are too many, and when memory or reading
 * fails.
 */
yx_status yx_ofd_signed_read(struct yx_ofd_parts *parts, struct yx_ofd_signed_list *out,
                             struct yx_error *err);
/* Do its references name this part? */
bool yx_ofd_signed_covers(const struct yx_ofd_signed *signature, size_t part);

/*
 * Are the lists complete and free of contradictions? YX_DAMAGED names the first thing that is not:
 * a list that is missing or damaged, a signature listed twice, an ID used twice, a signature file
 * in the package (or protected by another signature) that no list names. Memory: YX_NO_MEMORY.
 */
yx_status yx_ofd_signed_check_lists(const struct yx_ofd_parts *parts,
                                    const struct yx_ofd_signed_list *list, struct yx_error *err);

#endif
