/* Three passes over a container that never unpack it: list (what is there), judge METS (what should
 * be there), check (each file read once: hashed, compared, indexed). */
#include "services/validation/inspect.h"

#include "base/base.h"
#include "base/digest.h"
#include "services/validation/expect.h"
#include "services/validation/id_set.h"
#include "services/validation/mets_rules.h"
#include "services/validation/shape.h"
#include "text/href.h"
#include "vault/entries.h"

enum { PIECE = 256 * 1024, INDEX_FLUSH = 1024 * 1024, METS_MOST = 10001 };

struct pass {
    struct inspection *in;
    enum container container;
    struct shape *shape;
    struct id_set paths; /* of the files, relative to the root folder */
    struct expectations *expected;
    struct str documents[METS_MOST]; /* METS files to judge, relative to the root folder */
    size_t document_count;
    struct entry_reader *reader;
    struct digests *digests;
    struct entry_index_writer *index;
    struct buf index_bytes;
    char *piece;
};

/* "package/METS.xml" → "METS.xml"; absent for the folder itself and what lies outside it. */
static struct str below_root(const struct pass *p, struct str path)
{
    struct str root = p->in->root;
    bool inside = path.len > root.len + 1 && str_starts(path, root) && path.ptr[root.len] == '/';
    return inside ? str_slice(path, root.len + 1, path.len) : (struct str){0};
}

/* --- list
 * ------------------------------------------------------------------------------------------- */

static struct err *recognise(struct pass *p)
{
    char first[CONTAINER_FIRST_BYTES];
    size_t length = p->in->source->size < sizeof first ? (size_t)p->in->source->size : sizeof first;
    TRY(source_read(p->in->source, 0, first, length));
    return container_recognise((struct str){first, length}, &p->container);
}

static struct err *list(struct pass *p)
{
    autoentries struct entries *entries = NULL;
    struct entry entry;
    enum entries_step step = ENTRIES_ENTRY;
    TRY(entries_open(p->in->source, p->container, NULL, &entries));
    for (;;) {
        TRY(entries_next(entries, &entry, &step));
        if (step == ENTRIES_END)
            break;
        if (step == ENTRIES_ENTRY)
            shape_see(p->shape, entry.path, entry.kind == ENTRY_FOLDER);
    }
    p->in->root = arena_str(p->in->arena, shape_root(p->shape));
    shape_judge(p->shape, p->in->findings);
    return NULL;
}

/* The paths, once the root is known. */
static struct err *list_paths(struct pass *p)
{
    autoentries struct entries *entries = NULL;
    struct entry entry;
    enum entries_step step = ENTRIES_ENTRY;
    TRY(entries_open(p->in->source, p->container, NULL, &entries));
    for (;;) {
        TRY(entries_next(entries, &entry, &step));
        if (step == ENTRIES_END)
            return NULL;
        struct str path = step == ENTRIES_ENTRY && entry.kind == ENTRY_FILE
                              ? below_root(p, entry.path)
                              : (struct str){0};
        if (path.len > 0)
            id_set_put(&p->paths, path, 1);
    }
}

/* --- METS
 * ------------------------------------------------------------------------------------------- */

static struct err *find_entry(const struct pass *p, struct str path, struct entry *out,
                              bool *out_found)
{
    autoentries struct entries *entries = NULL;
    enum entries_step step = ENTRIES_ENTRY;
    *out_found = false;
    TRY(entries_open(p->in->source, p->container, NULL, &entries));
    while (step != ENTRIES_END) {
        TRY(entries_next(entries, out, &step));
        if (step != ENTRIES_ENTRY || out->kind != ENTRY_FILE ||
            !str_equal(below_root(p, out->path), path))
            continue;
        *out_found = true;
        return NULL;
    }
    return NULL;
}

static struct err *read_entry(void *state, void *out, size_t capacity, size_t *out_length)
{
    return entry_read(state, out, capacity, out_length);
}

/* Where a reference that leads nowhere by the letter may have been meant to lead. */
static bool follow_leniently(struct pass *p, const struct mets_reference *r, struct str mets,
                             const struct listed_file *listed, struct str *out_path)
{
    struct href_guess guesses[HREF_GUESSES];
    size_t count = href_guess(r->href, mets, p->in->arena, guesses);
    for (size_t i = 0; i < count; i++) {
        if (id_set_get(&p->paths, guesses[i].path) == 0)
            continue;
        fixity_misspelt(p->in->findings, listed, &guesses[i]);
        *out_path = guesses[i].path;
        return true;
    }
    return false;
}

static struct err *follow(struct pass *p, const struct mets_reference *r, struct str mets,
                          struct arena *scratch)
{
    struct str path = {0};
    if (r->href.len == 0)
        return NULL;
    enum href_fault fault = href_resolve(r->href, mets, scratch, &path);
    const struct listed_file listed = {r->element, mets, r->line, r->id,
                                       fault == HREF_OK ? path : r->href};
    if ((fault != HREF_OK || id_set_get(&p->paths, path) == 0) &&
        !follow_leniently(p, r, mets, &listed, &path)) {
        fixity_missing(p->in->findings, &listed, fault);
        return NULL;
    }
    if (r->element == METS_MPTR && p->document_count < METS_MOST && str_equal(mets, S("METS.xml")))
        p->documents[p->document_count++] = arena_str(p->in->arena, path);
    return expectations_add(p->expected, path, r, mets);
}

static void note_root(struct pass *p, const struct mets_event *event)
{
    const struct mets_node *node = event->node;
    if (node == NULL || event->closes)
        return;
    if (node->element == METS_ROOT)
        p->in->objid = arena_str(p->in->arena, node->at[METS_AT_OBJID]);
    if (node->element == METS_HEADER && node->at[METS_AT_RECORDSTATUS].len > 0)
        p->in->record_status = arena_str(p->in->arena, node->at[METS_AT_RECORDSTATUS]);
}

static struct err *judge_events(struct pass *p, struct mets *document, struct mets_rules *judging,
                                struct str mets)
{
    autoarena struct arena *scratch = arena_new((size_t)64 << 20);
    struct mets_event event = {0};
    struct mets_reference reference;
    bool root = str_equal(mets, S("METS.xml"));
    do {
        struct err *refusal = mets_next(document, &event);
        if (refusal != NULL) /* a fault of the document is a finding, a read that failed is not */
            return findings_add_refusal(p->in->findings, mets, refusal) ? NULL : refusal;
        mets_rules_see(judging, &event);
        if (root)
            note_root(p, &event);
        if (mets_reference(&event, &reference))
            TRY(follow(p, &reference, mets, scratch));
        if (arena_used(scratch) > 1 << 20)
            arena_reset(scratch);
    } while (event.node != NULL);
    return NULL;
}

static struct err *judge_mets(struct pass *p, struct str path)
{
    struct entry entry;
    bool found = false;
    TRY(find_entry(p, path, &entry, &found));
    if (!found)
        return NULL; /* told by the rules of the folders, or as a missing file */
    TRY(entry_open(p->reader, &entry, 0));
    automets struct mets *document =
        mets_open((struct xml_input){read_entry, p->reader}, p->in->schema);
    const struct mets_rules_about about = {path, !str_equal(path, S("METS.xml")), p->shape,
                                           p->in->now};
    struct mets_rules *judging = mets_rules_new(&about, p->in->findings);
    struct err *e = judge_events(p, document, judging, path);
    findings_add_problems(p->in->findings, path, document);
    mets_rules_free(judging);
    return e;
}

static struct err *judge(struct pass *p)
{
    p->documents[p->document_count++] = S("METS.xml");
    for (size_t i = 0; i < p->document_count; i++)
        TRY(judge_mets(p, p->documents[i]));
    expectations_sort(p->expected);
    return NULL;
}

/* --- check
 * ------------------------------------------------------------------------------------------ */

static struct err *flush_index(struct pass *p, bool all)
{
    if (p->index_bytes.len < (all ? 1 : INDEX_FLUSH))
        return NULL;
    TRY(buf_done(&p->index_bytes, "the entry index"));
    TRY(segment_writer_add(p->in->index, buf_str(&p->index_bytes)));
    buf_clear(&p->index_bytes);
    return NULL;
}

/* Reads the file once, through every digest that is asked for. */
static struct err *hash_file(struct pass *p, const struct entry *entry, unsigned wanted)
{
    digests_reset(p->digests, wanted | 1U << DIGEST_SHA256);
    TRY(entry_open(p->reader, entry, 0));
    for (size_t got = PIECE; got == PIECE;) {
        TRY(entry_read(p->reader, p->piece, PIECE, &got));
        digests_add(p->digests, (struct str){p->piece, got});
        const struct restart_point *point =
            p->container == CONTAINER_ZIP ? entry_point(p->reader) : NULL;
        if (point != NULL)
            entry_index_add_point(p->index, point, &p->index_bytes);
    }
    digests_end(p->digests);
    return NULL;
}

static unsigned wanted_digests(const struct pass *p, size_t first, size_t count)
{
    unsigned wanted = 0;
    for (size_t i = 0; i < count; i++) {
        const struct expectation e = expectations_get(p->expected, first + i);
        enum digest_algorithm algorithm = DIGEST_SHA256;
        if (e.checksum.len > 0 && digest_algorithm_parse(e.checksum_type, &algorithm))
            wanted |= 1U << algorithm;
    }
    return wanted;
}

static void compare(struct pass *p, const struct entry *entry, const struct expectation *e)
{
    uint64_t size = 0;
    enum digest_algorithm algorithm = DIGEST_SHA256;
    if (str_to_u64(e->size, UINT64_MAX, &size) && size != entry->length)
        fixity_size(p->in->findings, &e->listed, e->size, entry->length);
    if (e->checksum.len == 0 || e->checksum_type.len == 0)
        return; /* the rules of METS have asked for them */
    if (!digest_algorithm_parse(e->checksum_type, &algorithm)) {
        fixity_unsupported(p->in->findings, &e->listed, e->checksum_type);
        return;
    }
    char hex[2 * DIGEST_LARGEST];
    struct str digest = digests_get(p->digests, algorithm);
    hex_encode((const uint8_t *)digest.ptr, digest.len, hex);
    struct str found = {hex, 2 * digest.len};
    if (!str_equal_nocase(found, str_trim(e->checksum)))
        fixity_checksum(p->in->findings, &e->listed, e->checksum, found);
}

static struct err *check_file(struct pass *p, struct entry *entry)
{
    struct str path = below_root(p, entry->path);
    size_t first = 0;
    size_t count = path.len > 0 ? expectations_find(p->expected, path, &first) : 0;
    TRY(hash_file(p, entry, wanted_digests(p, first, count)));
    for (size_t i = 0; i < count; i++) {
        const struct expectation e = expectations_get(p->expected, first + i);
        compare(p, entry, &e);
    }
    if (count == 0 && !str_equal(path, S("METS.xml")))
        fixity_unlisted(p->in->findings, path.len > 0 ? path : entry->path);
    memcpy(entry->sha256.bytes, digests_get(p->digests, DIGEST_SHA256).ptr,
           sizeof entry->sha256.bytes);
    p->in->files++;
    p->in->bytes += entry->length;
    return NULL;
}

static struct err *check(struct pass *p)
{
    autoentries struct entries *entries = NULL;
    struct entry entry;
    enum entries_step step = ENTRIES_ENTRY;
    TRY(entries_open(p->in->source, p->container, NULL, &entries));
    for (;;) {
        TRY(entries_next(entries, &entry, &step));
        if (step == ENTRIES_END)
            break;
        if (step == ENTRIES_POINT) {
            entry_index_add_point(p->index, entries_point(entries), &p->index_bytes);
            continue;
        }
        if (entry.kind == ENTRY_FILE)
            TRY(check_file(p, &entry));
        entry_index_add(p->index, &entry, &p->index_bytes);
        TRY(flush_index(p, false));
    }
    TRY(entry_index_end(p->index, &p->index_bytes));
    return flush_index(p, true);
}

/* --- all
 * -------------------------------------------------------------------------------------------- */

static struct err *run(struct pass *p)
{
    TRY(recognise(p));
    TRY(list(p));
    TRY(list_paths(p));
    p->reader = entry_reader_new(p->in->source, p->container, NULL);
    p->index = entry_index_writer_new(p->container, &p->index_bytes);
    TRY(judge(p));
    return check(p);
}

struct err *inspect(struct inspection *in)
{
    struct pass *p = must_calloc(1, sizeof *p);
    *p = (struct pass){.in = in,
                       .shape = shape_new(),
                       .expected = expectations_new(),
                       .digests = digests_new(1U << DIGEST_SHA256),
                       .index_bytes = buf_new((size_t)1 << 30),
                       .piece = must_calloc(1, PIECE)};
    in->record_status = S("NEW");
    struct err *e = run(p);
    entry_index_writer_free(p->index);
    entry_reader_free(p->reader);
    digests_free(p->digests);
    expectations_free(p->expected);
    id_set_free(&p->paths);
    shape_free(p->shape);
    buf_free(&p->index_bytes);
    free(p->piece);
    free(p);
    return e;
}
