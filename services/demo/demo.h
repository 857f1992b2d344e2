/* r7-demo makes what the archive is shown and measured with: folders as retired systems deliver
 * them, and packages of them (by r7 pack, which must lie beside this program). Everything is
 * invented: names, texts, HSA-ids (SE0000000001-… as in RIV-TA's own examples) and systems.
 *
 * Personal numbers are only those that Skatteverket publishes for tests. Volumes use reserve
 * numbers of the form 990000NNNNNN, which no personal number has: month 00, read with twelve digits
 * or with ten. Their type is below the OID arc 2.999, which is set aside for examples.
 *
 * The same arguments give the same bytes. */
#pragma once

#include "base/base.h"

/* Where care is given, and who answers for it. */
struct unit {
    const char *code; /* the retired system's own */
    const char *hsa_id;
    const char *name;
    const char *provider; /* HSA-id of the care provider */
};

struct person {
    const char *number; /* 12 characters */
    const char *type;   /* OID */
    const char *brief;  /* as old systems write it: "121212-1212" */
    bool protected;     /* skyddade personuppgifter */
};

enum note_kind { NOTE_TEXT, NOTE_DIAGNOSIS, NOTE_CONTACT };
enum paper { PAPER_TEXT, PAPER_PDF, PAPER_TIFF, PAPER_JPEG };
enum note_status { NOTE_SIGNED, NOTE_UNSIGNED, NOTE_NULLIFIED };

/* One entry of a medical record, whichever system keeps it. Times are YYYYMMDDhhmmss, Swedish. */
struct note {
    const char *id;
    const struct person *person;
    const struct unit *unit;
    enum note_kind kind;
    enum note_status status;
    enum paper paper; /* what it is kept as, where records are files */
    const char *at;
    const char *author;
    const char *role;
    const char *title; /* of a diagnosis: its name, of a contact: its reason */
    const char *code;  /* of a diagnosis: ICD-10-SE */
    const char *text;
};

/* Reader `files`: an index in Windows-1252 whose rows point at files beside it. */
struct index_file;
MUST_USE struct err *index_open(const char *folder, struct index_file **out);
MUST_USE struct err *index_add(struct index_file *index, const struct note *note);
MUST_USE struct err *index_close(struct index_file *index);
/* What its columns mean (services/indexing/mapping.h), for records of this system: one object of
 * JSON. */
void index_mapping(const char *source_system, const char *creator, FILE *out);

/* Reader `rivta`: what the person's notes look like in the national service contracts
 * GetCareDocumentation 3.0, GetDiagnosis 2.0 and GetCareContacts 3.0, a file for each. A nullified
 * note is left out: the contracts do not tell of it. `folder` is made. */
MUST_USE struct err *rivta_write(const char *folder, const char *source_system,
                                 const struct note *notes, size_t count);

/* A case file by CITS ERMS 2.1.2 (FGS Ärendehantering 2.0) and its documents. */
MUST_USE struct err *case_write(const char *folder);

/* A page with these lines (UTF-8 that Windows-1252 can hold) in its format. */
void paper_pdf(const char *text, struct buf *out);
void paper_tiff(struct buf *out); /* a bilevel page of ruled lines */
void paper_jpeg(struct buf *out); /* a grey picture */
/* UTF-8 to Windows-1252; the text is ours and fits. */
void utf8_to_windows_1252(struct str text, struct buf *out);

/* One package of one system. */
struct delivery {
    const char *tenant;
    const char *system; /* in topic names */
    const char *agreement;
    const char *objid;
    const char *title;
    const char *creator;
    const char *system_name;
    const char *system_hsa_id;
    const char *from;
    const char *to;
    const char *content_type; /* "care" in words of our own, or one of CSIP's */
    void (*mappings)(const struct delivery *delivery, FILE *out); /* a list in JSON; NULL: none */
};

/* OUT/TENANT/OBJID.zip from OUT/work, which is removed, and a line in OUT/deliveries.tsv: tenant,
 * system, agreement, package (below OUT), parted by tabs. */
MUST_USE struct err *delivery_pack(const struct delivery *delivery, const char *out);
/* The folder that the next delivery_pack packs; it is made empty. Lives until the next call. */
MUST_USE struct err *delivery_folder(const char *out, const char **out_folder);

/* The commands. */
MUST_USE struct err *story_make(const char *out);

enum { VOLUME_PATIENTS_MAX = 1000000 };

struct volume {
    int64_t seed;
    int64_t patients;
    int64_t records; /* half of them as files, half as rivta */
    int64_t pdfs;    /* among the files */
    int64_t packages;
};
MUST_USE struct err *volume_make(const struct volume *volume, const char *out);
/* One package of so many files, one of them the index of the others. */
MUST_USE struct err *many_make(int64_t files, const char *out);

MUST_USE struct err *demo_make_folder(const char *path); /* one that is there is fine */
MUST_USE struct err *demo_write_file(const char *path, struct str content);
