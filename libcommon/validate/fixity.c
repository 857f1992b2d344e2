/* Presence, sizes and checksums as findings. */
#include "validate/fixity.h"
#include "base/base.h"

/* Technical and source metadata have no requirement of CSIP; ours take their place. */
static const struct {
    enum mets_element element;
    enum requirement location;
    enum requirement size;
    enum requirement checksum;
} requirements[] = {
    {METS_DMD_REF, REQ_CSIP24, REQ_CSIP27, REQ_CSIP29},
    {METS_DIGIPROV_REF, REQ_CSIP38, REQ_CSIP41, REQ_CSIP43},
    {METS_RIGHTS_REF, REQ_CSIP51, REQ_CSIP54, REQ_CSIP56},
    {METS_LOCATION, REQ_CSIP79, REQ_CSIP69, REQ_CSIP71},
    {METS_MPTR, REQ_CSIP110, REQ_file_size, REQ_file_checksum},
};

enum fact { LOCATION, SIZE, CHECKSUM };

static const struct rule *rule_of(enum mets_element element, enum fact fact)
{
    for (size_t i = 0; i < COUNT(requirements); i++) {
        enum requirement requirement = fact == LOCATION ? requirements[i].location
                                       : fact == SIZE   ? requirements[i].size
                                                        : requirements[i].checksum;
        if (requirements[i].element == element)
            return rule_find(requirement, requirement < REQ_xml_wellformed ? 2 : 1);
    }
    return rule_find(fact == LOCATION ? REQ_file_missing
                     : fact == SIZE   ? REQ_file_size
                                      : REQ_file_checksum,
                     1);
}

static void add(struct findings *f, const struct rule *rule, const struct listed_file *listed,
                struct str found, struct str expected)
{
    findings_add(f, &(struct finding){.rule = rule,
                                      .mets = listed->mets,
                                      .line = listed->line,
                                      .element_id = listed->id,
                                      .path = listed->path,
                                      .found = found,
                                      .expected = expected});
}

void fixity_missing(struct findings *f, const struct listed_file *listed, enum href_fault fault)
{
    add(f, rule_of(listed->element, LOCATION), listed,
        fault == HREF_OK ? (struct str){0} : str_from(href_fault_word(fault)), listed->path);
}

void fixity_misspelt(struct findings *f, const struct listed_file *listed,
                     const struct href_guess *there)
{
    autobuf struct buf found = buf_new(FINDING_TEXT);
    buf_format(&found, "%s: %.*s", href_fault_word(there->fault),
               STR_ARG(str_slice(there->path, 0, FINDING_TEXT / 2)));
    bool certain = there->fault == HREF_UNESCAPED;
    add(f, certain ? rule_find(REQ_href, 1) : rule_of(listed->element, LOCATION), listed,
        buf_str(&found), listed->path);
}

void fixity_size(struct findings *f, const struct listed_file *listed, struct str stated,
                 uint64_t found)
{
    autobuf struct buf text = buf_new(32);
    buf_format(&text, "%llu", (unsigned long long)found);
    add(f, rule_of(listed->element, SIZE), listed, buf_str(&text), stated);
}

void fixity_checksum(struct findings *f, const struct listed_file *listed, struct str stated,
                     struct str found)
{
    add(f, rule_of(listed->element, CHECKSUM), listed, found, stated);
}

void fixity_unsupported(struct findings *f, const struct listed_file *listed, struct str algorithm)
{
    add(f, rule_find(REQ_checksum_unsupported, 1), listed, algorithm, (struct str){0});
}

void fixity_unlisted(struct findings *f, struct str path)
{
    findings_add(f, &(struct finding){.rule = rule_find(REQ_file_unlisted, 1), .path = path});
}
