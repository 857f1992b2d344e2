/* What the files of the METS rules share. */
#pragma once

#include "validate/id_set.h"
#include "validate/mets_rules.h"

/* The parts of the structural map that CSIP names, and the file groups that belong in them. */
enum part {
    PART_NONE,
    PART_METADATA,
    PART_DOCUMENTATION,
    PART_SCHEMAS,
    PART_CONTENT,        /* "Representations" */
    PART_REPRESENTATION, /* "Representations/<name>" */
    PARTS
};

/* Names for a report: the first few; what is asked of them is answered by the sets, for all. */
enum { NAMES_SHOWN = 100 };
struct names {
    struct str at[NAMES_SHOWN];
    size_t count;
};

/* What the SIP specification takes an agent for. */
enum agent_kind {
    AGENT_ELSE, /* software, or none that it names */
    AGENT_ARCHIVIST,
    AGENT_SUBMITTER, /* an organisation */
    AGENT_CONTACT,   /* a person */
    AGENT_UNTYPED,   /* submits, but is neither */
    AGENT_PRESERVATION,
    AGENT_KINDS
};

struct agent_seen {
    int likeness; /* to CREATOR, OTHER, SOFTWARE; the agent most like it is taken for it */
    enum agent_kind kind;
    int64_t line;
    struct str role;
    struct str other_role;
    struct str type;
    struct str other_type;
    struct str name;
    struct str note; /* the first, or the one of type SOFTWARE VERSION, and its type */
    struct str note_type;
    uint32_t notes;
    uint32_t identified; /* notes that are an IDENTIFICATIONCODE */
    bool coded;          /* a note of it is an identification code of FGS */
};

struct part_seen {
    uint32_t count;
    int64_t line;
    struct str admid_wrong; /* the first that does not belong there */
    struct str dmdid_wrong;
    struct str points_wrong; /* the first file group of another use */
    int64_t points_wrong_line;
    uint32_t groups; /* file groups that belong in it */
};

struct mets_rules {
    struct mets_rules_about about;
    struct findings *findings;
    struct arena *arena; /* of what is kept of the document; bounded by the limits of names */
    struct eark_profile profile; /* of FGS: its version alone */
    struct rule_list {
        const struct rule **at;
        size_t count;
    } lists[METS_ELEMENTS][2]; /* [0]: when it opens, [1]: when it closes */

    struct id_set ids;    /* every ID, and what refers to one: ID_* */
    struct names pending; /* references that led nowhere when they were met */
    int64_t pending_lines[NAMES_SHOWN];
    struct id_set sections; /* dmdSec, amdSec, digiprovMD, rightsMD: SECTION_* */
    struct names section_names;
    uint32_t wholes_listed; /* amdSecs that the structural map lists */
    struct id_set groups;   /* file groups: GROUP_* */
    struct names group_names;

    struct str objid;
    struct agent_seen software;
    struct agent_seen agent; /* the one that is open, or was last */
    uint32_t agents[AGENT_KINDS];
    unsigned fgs_agents;     /* set of 1 << those that FGS asks for, in the order of fgs_checks.c */
    bool fgs_coded;          /* the archival creator's code is there */
    uint32_t alt_records[4]; /* of each kind (mets_agents.c) */
    uint32_t digiprovs;
    bool some_file;
    uint64_t file_attributes; /* set of 1 << attribute that some file had with a value */
    uint32_t maps;            /* labelled CSIP */
    struct part_seen parts[PARTS];
    struct id_set division_labels; /* of representations, folded */

    uint32_t descriptions_current;
    uint32_t provenance_references;
    uint32_t premis_references;
    struct id_set mets_files;     /* of an AIP: METS files, each by its file's ID and path */
    struct arena *division_arena; /* of the representation's division that is open */
    struct str division_mets;     /* the METS file that it points at */
    bool division_fits;           /* and at the entry of that file */
};

enum { DIVISION_MEMORY = 256 * 1024, DIVISION_NAMES = DIVISION_MEMORY / 2 };
enum { ID_AMD = 1, ID_DMD = 2, ID_OTHER = 3, ID_GROUP = 4, ID_DEFINED = 7, ID_REFERRED = 8 };
enum { SECTION_AMD = 1, SECTION_DMD = 2, SECTION_LISTED = 4, SECTION_WHOLE = 8 /* an amdSec */ };
enum {
    GROUP_DOCUMENTATION = 1,
    GROUP_SCHEMAS = 2,
    GROUP_ELSE = 3,
    GROUP_CONTENT = 4,
    GROUP_KIND = 7,
    GROUP_POINTED = 8
};

/* The rule is broken here. `found` and `expected` may be absent. */
void rule_broken(struct mets_rules *r, const struct rule *rule, const struct mets_node *node,
                 struct str found, struct str expected);
/* The rule's values in a row: "'a', 'b'". Lives until the next call with the same arena reset. */
struct str rule_values(const struct rule *rule, struct arena *arena);
/* Broken, because `found` is none of the rule's values. */
void broken_values(struct mets_rules *r, const struct rule *rule, const struct mets_node *node,
                   struct str found);
bool is_among(struct str value, const char *const *values);
bool is_blank(struct str value); /* absent, empty or white space */
bool starts_with_nocase(struct str value, struct str prefix);
/* The next name of a list of names; false when none is left. */
bool next_name(struct str *rest, struct str *out_name);
/* Keeps a copy for a report while there is room. */
void names_add(struct mets_rules *r, struct names *names, struct str name);
/* A folder of the package, seen from the document. */
struct str folder_from(const struct mets_rules *r, struct str folder, struct arena *arena);

bool is_csip_map(const struct mets_node *map);
enum part part_of(
    const struct mets_node *div); /* of a div of the second level of CSIP's map; else PART_NONE */

enum part part_of_rule(const struct rule *rule); /* which its first value names */
/* The tag of the groups that belong in the part; 0: none does. */
unsigned tag_of_part(enum part part);

/* What later rules ask about is noted from each event before its rules are judged. */
void note_header(struct mets_rules *r, const struct mets_event *event);
void note_structure(struct mets_rules *r, const struct mets_event *event);
void note_pointers(struct mets_rules *r, const struct mets_event *event);
void note_metadata(struct mets_rules *r, const struct mets_event *event);
void note_fgs_agent(struct mets_rules *r, const struct agent_seen *agent); /* when it closes */
bool is_fgs_code(struct str note);                                         /* "ORG:…" */

/* The functions of checks.def; what is RAISED has none. */
#define DECLARE_OPENS(name)                                                                        \
    void check_##name(struct mets_rules *r, const struct rule *rule, const struct mets_node *node);
#define DECLARE_CLOSES(name) DECLARE_OPENS(name)
#define DECLARE_RAISED(name)
#define CHECK(name, moment, en, sv, mend_en, mend_sv) DECLARE_##moment(name)
#include "validate/checks.def"
#include "validate/fgs_checks.def"
#undef CHECK
