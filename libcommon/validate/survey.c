/* Two walks over the listing, METS between them: what folders and paths there are; what METS says
 * of them; and the join, row by row (survey_join.c). */
#include "validate/survey.h"

#include "base/base.h"
#include "base/digest.h"
#include "content/package.h"
#include "domain/package_stated.h"
#include "text/composed.h"
#include "text/href.h"
#include "text/json.h"
#include "validate/fgs.h"
#include "validate/mets_rules.h"
#include "validate/survey_inside.h"

enum {
    SAID_BYTES = 64 * 1024 * 1024, /* of one file: the same schema may be listed by thousands */
    WALK_MEMORY = 1024 * 1024,
    SCRATCH = 64 * 1024 * 1024
};

/* --- the first walk
 * --------------------------------------------------------------------------------- */

struct err *survey_walk(struct surveying *y,
                        void see(struct surveying *y, const struct entry *entry, uint64_t place))
{
    struct listing_cursor cursor = {0};
    struct entry_index_item item;
    uint64_t place = 0;
    for (;;) {
        arena_reset(y->walk);
        TRY(listing_next(y->s->listing, &cursor, y->walk, &item, &place));
        if (item.step == ENTRIES_END)
            return NULL;
        if (item.step == ENTRIES_ENTRY)
            see(y, &item.entry, place);
    }
}

static void see_entry(struct surveying *y, const struct entry *entry, uint64_t place)
{
    shape_see(y->shape, entry->path, entry->kind == ENTRY_FOLDER);
    lookup_add(y->lookup, entry, place);
}

static struct err *read_entry(void *state, void *out, size_t capacity, size_t *out_length)
{
    return entry_read(state, out, capacity, out_length);
}

void survey_add_document(struct surveying *y, struct str path)
{
    if (y->document_count == METS_MOST || id_set_put(&y->known_documents, path, 1) != 0)
        return;
    GROW(y->documents, y->document_count, y->document_capacity);
    y->documents[y->document_count++] = arena_str(y->s->arena, path);
}

bool survey_is_root(const struct surveying *y, struct str mets)
{
    return str_equal(mets, y->documents[0]);
}

/* --- METS
 * ------------------------------------------------------------------------------------------- */

/* Where a reference that leads nowhere by the letter may have been meant to lead: exactly, then
 * with its letters composed otherwise, then without regard to case, or to both. */
static struct err *guess(struct surveying *y, const struct href_guess *guesses, size_t count,
                         struct arena *scratch, struct href_guess *out, uint64_t *out_place,
                         bool *out_found)
{
    for (size_t i = 0; i < count; i++)
        if (lookup_find(y->lookup, guesses[i].path, out_place)) {
            *out = guesses[i];
            *out_found = true;
            return NULL;
        }
    out->fault = HREF_COMPOSED;
    for (size_t i = 0; i < count && !*out_found; i++)
        *out_found =
            lookup_find_composed(y->lookup, guesses[i].path, scratch, &out->path, out_place);
    for (size_t i = 0; i < count && !*out_found; i++) {
        TRY(lookup_find_folded(y->lookup, guesses[i].path, scratch, &out->path, out_place,
                               out_found));
        bool same = *out_found && name_is_same(guesses[i].path, out->path, scratch);
        out->fault = same ? HREF_COMPOSED : HREF_CASE;
    }
    return NULL;
}

static struct err *follow_leniently(struct surveying *y, const struct mets_reference *r,
                                    struct str mets, const struct listed_file *listed,
                                    enum href_fault fault, struct arena *scratch,
                                    struct str *out_path, uint64_t *out_place, bool *out_found)
{
    struct href_guess guesses[HREF_GUESSES];
    struct href_guess there = {0};
    size_t count = href_guess(r->href, mets, scratch, guesses);
    TRY(guess(y, guesses, count, scratch, &there, out_place, out_found));
    if (!*out_found)
        return NULL;
    if (there.fault == HREF_COMPOSED && fault == HREF_UNESCAPED) /* both are so */
        fixity_misspelt(y->s->findings, listed, &(struct href_guess){there.path, fault}, scratch);
    fixity_misspelt(y->s->findings, listed, &there, scratch);
    *out_path = there.path;
    return NULL;
}

static struct err *follow(struct surveying *y, const struct mets_reference *said, struct str mets,
                          struct arena *scratch)
{
    struct str path = {0};
    uint64_t place = 0;
    struct mets_reference meant = *said;
    const struct mets_reference *r = &meant;
    if (y->by == SAID_BY_FGS)
        meant.href = fgs_href(said->href);
    if (r->href.len == 0)
        return NULL;
    enum href_fault fault = href_resolve(r->href, mets, scratch, &path);
    bool found = fault == HREF_OK && lookup_find(y->lookup, path, &place);
    const struct listed_file listed = {
        r->element, mets, r->line, r->id, fault == HREF_OK ? path : r->href, y->by};
    if (!found)
        TRY(follow_leniently(y, r, mets, &listed, fault, scratch, &path, &place, &found));
    if (!found) {
        fixity_missing(y->s->findings, &listed, fault);
        return NULL;
    }
    if (r->element == METS_MPTR && survey_is_root(y, mets))
        survey_add_document(y, path);
    return expectations_add(y->expected, place, r, mets, y->by);
}

/* No name of a kind of content is longer; what is, is not kept. */
static struct str stated_word(const struct mets_node *root, enum mets_attribute attribute)
{
    enum { WORD_MAX = 1024 };
    struct str word = root->at[attribute];
    return word.len > 0 && word.len <= WORD_MAX ? word : (struct str){0};
}

static struct str stated_of(const struct mets_node *root, bool fgs, struct arena *arena)
{
    autobuf struct buf json = buf_new(SCRATCH);
    const struct package_stated by_fgs = fgs_stated(stated_word(root, METS_AT_TYPE));
    const struct package_stated by_csip = {
        .content_category = stated_word(root, METS_AT_TYPE),
        .other_content_category = stated_word(root, METS_AT_CSIP_OTHERTYPE),
        .content_information_type = stated_word(root, METS_AT_CSIP_CONTENT),
        .other_content_information_type = stated_word(root, METS_AT_CSIP_OTHERCONTENT)};
    json_write(package_stated_fields, fgs ? &by_fgs : &by_csip, &json);
    return arena_str(arena, buf_str(&json));
}

static void note_root(struct surveying *y, const struct mets_event *event)
{
    const struct mets_node *node = event->node;
    if (node == NULL || event->closes)
        return;
    if (node->element == METS_ROOT) {
        struct str objid = node->at[METS_AT_OBJID];
        y->s->objid =
            arena_str(y->s->arena, y->by == SAID_BY_FGS ? fgs_objid(objid, y->s->arena) : objid);
        y->s->stated = stated_of(node, y->by == SAID_BY_FGS, y->s->arena);
        terms_judge_root(y->terms, node, y->s->findings);
    }
    if (node->element == METS_HEADER && node->at[METS_AT_RECORDSTATUS].len > 0)
        y->s->record_status = arena_str(y->s->arena, node->at[METS_AT_RECORDSTATUS]);
}

static struct err *judge_events(struct surveying *y, struct mets *document,
                                struct mets_rules *judging, struct str mets)
{
    autoarena struct arena *scratch = arena_new(SCRATCH);
    struct mets_event event = {0};
    struct mets_reference reference;
    bool root = survey_is_root(y, mets);
    do {
        struct err *refusal = mets_next(document, &event);
        y->unread |= refusal != NULL;
        if (refusal != NULL) /* a fault of the document is a finding, a read that failed is not */
            return findings_add_refusal(y->s->findings, mets, refusal) ? NULL : refusal;
        mets_rules_see(judging, &event);
        if (event.node != NULL)
            content_package_see(y->content, &event, mets);
        if (event.node != NULL && !event.closes)
            content_types_see(y->types, event.node, mets);
        if (root)
            note_root(y, &event);
        if (mets_reference(&event, &reference))
            TRY(follow(y, &reference, mets, scratch));
        if (arena_used(scratch) > 1 << 20)
            arena_reset(scratch);
    } while (event.node != NULL);
    return NULL;
}

static struct err *judge_document(struct surveying *y, struct entry_reader *reader, struct str path)
{
    automets struct mets *document =
        mets_open((struct xml_input){read_entry, reader}, y->s->schema);
    const struct mets_rules_about about = {.mets = path,
                                           .folder = y->folder,
                                           .representation = !survey_is_root(y, path),
                                           .fgs = y->by == SAID_BY_FGS,
                                           .shape = y->shape,
                                           .compressed = y->s->container == CONTAINER_TAR_GZ,
                                           .now = y->s->now};
    struct mets_rules *judging = mets_rules_new(&about, y->s->findings);
    struct err *e = judge_events(y, document, judging, path);
    findings_add_problems(y->s->findings, path, document);
    mets_rules_free(judging);
    return e;
}

static struct err *judge_mets(struct surveying *y, struct str path)
{
    autoreader struct entry_reader *reader = NULL;
    TRY(survey_open_file(y, path, &reader));
    y->unread |= reader == NULL && survey_is_root(y, path);
    return reader != NULL ? judge_document(y, reader, path) : NULL; /* missing or infected: told */
}

/* What the agreement asks for. */
static void look_for_descriptions(struct surveying *y)
{
    uint64_t place = 0;
    for (size_t i = 0; y->terms != NULL && i < y->terms->descriptions.count; i++)
        if (!lookup_find(y->lookup, y->terms->descriptions.at[i], &place))
            terms_miss(y->terms->descriptions.at[i], y->s->findings);
}

static struct err *judge(struct surveying *y)
{
    TRY(survey_recognise(y));
    for (size_t i = 0; i < y->document_count; i++)
        TRY(judge_mets(y, y->documents[i]));
    content_types_end(y->types);
    look_for_descriptions(y);
    return expectations_sort(y->expected);
}

static struct err *run(struct surveying *y)
{
    TRY(survey_walk(y, see_entry));
    TRY(lookup_end(y->lookup));
    TRY(judge(y));
    TRY(survey_patients(y));
    TRY(survey_join(y));
    if (y->withheld)
        return NULL; /* what the unread ones say is missing from both */
    if (!y->unread)
        content_package_end(y->content);
    survey_bag_end(y);
    return NULL;
}

struct err *survey(struct survey *s)
{
    struct surveying *y = must_calloc(1, sizeof *y);
    *y = (struct surveying){.s = s,
                            .terms = s->inspection != NULL ? s->inspection->terms : NULL,
                            .shape = shape_new(),
                            .lookup = lookup_new(s->listing),
                            .expected = expectations_new(s->folder),
                            .types = content_types_new(s->arena),
                            .walk = arena_new(WALK_MEMORY),
                            .around = buf_new(ENTRY_PATH_MAX),
                            .said = buf_new(SAID_BYTES),
                            .rows = buf_new(2 * SAID_BYTES)};
    y->telling = (struct inside_telling){.findings = s->findings};
    y->content = content_package_new(s->arena, &(struct content_report){inside_tell, &y->telling});
    if (s->inspection != NULL && s->inspection->scan != NULL)
        y->scanner = scanner_new(s->inspection->scan);
    s->record_status = S("NEW");
    struct err *e = run(y);
    scanner_free(y->scanner);
    expectations_free(y->expected);
    content_types_free(y->types);
    content_package_free(y->content);
    lookup_free(y->lookup);
    shape_free(y->shape);
    id_set_free(&y->known_documents);
    arena_free(y->walk);
    id_set_free(&y->both);
    buf_free(&y->around);
    buf_free(&y->said);
    buf_free(&y->rows);
    free(y->documents);
    free(y->lists.names);
    free(y->scans);
    free(y);
    return e;
}
