/* Presence, sizes and checksums as findings. */
#include "validate/fixity.h"
#include "base/base.h"
#include "text/composed.h"

enum fact { LOCATION, NAME, SIZE, CHECKSUM, FACTS };

struct place {
    enum requirement requirement;
    int rule;
};

/* Technical and source metadata have no requirement of CSIP; ours take their place. */
static const struct place ours[FACTS] = {
    {REQ_file_missing, 1}, {REQ_file_missing, 2}, {REQ_file_size, 1}, {REQ_file_checksum, 1}};

static const struct {
    enum mets_element element;
    enum said_by by;
    struct place of[FACTS];
} places[] = {
    {METS_DMD_REF,
     SAID_BY_METS,
     {{REQ_CSIP24, 2}, {REQ_CSIP24, 3}, {REQ_CSIP27, 2}, {REQ_CSIP29, 2}}},
    {METS_DIGIPROV_REF,
     SAID_BY_METS,
     {{REQ_CSIP38, 2}, {REQ_CSIP38, 3}, {REQ_CSIP41, 2}, {REQ_CSIP43, 2}}},
    {METS_RIGHTS_REF,
     SAID_BY_METS,
     {{REQ_CSIP51, 2}, {REQ_CSIP51, 3}, {REQ_CSIP54, 2}, {REQ_CSIP56, 2}}},
    {METS_LOCATION,
     SAID_BY_METS,
     {{REQ_CSIP79, 2}, {REQ_CSIP79, 3}, {REQ_CSIP69, 2}, {REQ_CSIP71, 2}}},
    {METS_MPTR,
     SAID_BY_METS,
     {{REQ_CSIP110, 2}, {REQ_CSIP110, 3}, {REQ_file_size, 1}, {REQ_file_checksum, 1}}},
    {METS_LOCATION, SAID_BY_FGS, {{REQ_FGS53, 2}, {REQ_FGS53, 3}, {REQ_FGS48, 2}, {REQ_FGS50, 2}}},
    {METS_NONE,
     SAID_BY_BAG,
     {{REQ_bag_missing, 1}, {REQ_bag_path, 4}, {REQ_file_size, 1}, {REQ_bag_checksum, 1}}},
};

static const struct rule *rule_of(const struct listed_file *listed, enum fact fact)
{
    const struct place *place = &ours[fact];
    for (size_t i = 0; i < COUNT(places); i++)
        if (places[i].element == listed->element && places[i].by == listed->by)
            place = &places[i].of[fact];
    return rule_find(place->requirement, place->rule);
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
    add(f, rule_of(listed, LOCATION), listed,
        fault == HREF_OK ? (struct str){0} : str_from(href_fault_word(fault)), listed->path);
}

struct str fixity_path_in_form(struct str path, struct arena *arena)
{
    return arena_format(arena, "%s: %.*s", name_form_word(path, arena), STR_ARG(path));
}

void fixity_misspelt(struct findings *f, const struct listed_file *listed,
                     const struct href_guess *there, struct arena *arena)
{
    if (there->fault == HREF_COMPOSED) {
        add(f, rule_of(listed, NAME), listed, fixity_path_in_form(there->path, arena),
            fixity_path_in_form(listed->path, arena));
        return;
    }
    autobuf struct buf found = buf_new(FINDING_TEXT);
    buf_format(&found, "%s: %.*s", href_fault_word(there->fault),
               STR_ARG(str_slice(there->path, 0, FINDING_TEXT / 2)));
    bool certain = there->fault == HREF_UNESCAPED;
    add(f, certain ? rule_find(REQ_href, 1) : rule_of(listed, LOCATION), listed, buf_str(&found),
        listed->path);
}

void fixity_size(struct findings *f, const struct listed_file *listed, struct str stated,
                 uint64_t found)
{
    autobuf struct buf text = buf_new(32);
    buf_format(&text, "%llu", (unsigned long long)found);
    add(f, rule_of(listed, SIZE), listed, buf_str(&text), stated);
}

void fixity_checksum(struct findings *f, const struct listed_file *listed, struct str stated,
                     struct str found)
{
    add(f, rule_of(listed, CHECKSUM), listed, found, stated);
}

void fixity_unsupported(struct findings *f, const struct listed_file *listed, struct str algorithm)
{
    add(f, rule_find(REQ_checksum_unsupported, 1), listed, algorithm, (struct str){0});
}

void fixity_unlisted(struct findings *f, struct str path, struct str twin, bool fgs,
                     struct arena *arena)
{
    enum { ALONE = 1, BESIDE_TWIN = 3, FGS = 1 }; /* each has its rule for FGS behind it */
    int number = (twin.len > 0 ? BESIDE_TWIN : ALONE) + (fgs ? FGS : 0);
    struct finding unlisted = {.rule = rule_find(REQ_file_unlisted, number), .path = path};
    if (twin.len > 0) {
        unlisted.found = fixity_path_in_form(path, arena);
        unlisted.expected = fixity_path_in_form(twin, arena);
    }
    findings_add(f, &unlisted);
}
