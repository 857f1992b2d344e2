/* The second walk over the listing: what METS and the manifests of a bag say of each file is joined
 * with what there is, into the manifest. */
#include "base/base.h"
#include "base/digest.h"
#include "content/package.h"
#include "text/href.h"
#include "validate/survey_inside.h"

enum { WRITE_BYTES = 1024 * 1024 };

static struct err *flush_rows(struct surveying *y, size_t least)
{
    if (y->rows.len < least)
        return NULL;
    TRY(buf_done(&y->rows, "the manifest"));
    TRY(spool_add(y->s->manifest, buf_str(&y->rows)));
    y->written += y->rows.len;
    buf_clear(&y->rows);
    return NULL;
}

/* All that is said of the entry, packed into y->said. */
struct said {
    uint32_t by_bag;    /* of the row's expectations */
    uint32_t manifests; /* of the payload that list it */
    bool twice;         /* by one of them */
};

static void count_manifest(struct surveying *y, const struct expectation *e, struct str *last,
                           struct said *out)
{
    struct bag_manifest manifest;
    if (e->by != SAID_BY_BAG)
        return;
    bool same = str_equal(e->mets, *last);
    out->by_bag++;
    out->twice |= same;
    out->manifests += bag_manifest_parse(e->mets, &manifest) && !manifest.of_tags && !same;
    *last = arena_str(y->walk, e->mets);
}

static struct err *gather(struct surveying *y, uint64_t place, struct manifest_row *row,
                          struct said *out)
{
    struct str last = {0};
    buf_clear(&y->said);
    for (bool found = true;;) {
        struct expectation said;
        enum digest_algorithm algorithm = DIGEST_SHA256;
        TRY(expectations_next(y->expected, place, &said, &found));
        if (!found)
            return NULL;
        size_t at = packed_begin(&y->said);
        expectation_put(&said, &y->said);
        packed_end(&y->said, at);
        if (y->said.failed)
            return err_rule(ERR_TOO_LARGE, "mets_references",
                            "METS lists the same file too many times");
        if (said.checksum.len > 0 && digest_algorithm_parse(said.checksum_type, &algorithm))
            row->digests |= 1U << algorithm;
        row->expectations++;
        count_manifest(y, &said, &last, out);
    }
}

/* METS must list every file but itself; in a bag, those that lie in the package. One that could not
 * be read may list any. */
static bool should_be_listed(const struct surveying *y, const struct manifest_row *row,
                             struct str path)
{
    bool inside = row->below > 0 || y->bare;
    return y->document_count > 0 && !y->withheld && !y->unread &&
           !(inside && survey_is_root(y, path)) && (inside || !y->bag.there);
}

static void tell_unlisted(struct surveying *y, struct str path)
{
    struct str twin = {0};
    uint64_t place = 0;
    (void)lookup_find_composed(y->lookup, path, y->walk, &twin, &place);
    fixity_unlisted(y->s->findings, path, twin, y->by == SAID_BY_FGS, y->walk);
}

/* Is it the folder, or one around it? */
static bool is_around(struct str folder, struct str at)
{
    return str_starts(folder, at) && (folder.len == at.len || folder.ptr[at.len] == '/');
}

/* Of the folders around the entry those that are files, too. What is in one folder mostly stands
 * together, so it costs a look for each folder. */
static void tell_both(struct surveying *y, struct str path)
{
    struct str seen = buf_str(&y->around);
    struct str folder = href_folder(path);
    for (struct str at = folder; at.len > 0 && !is_around(seen, at); at = href_folder(at)) {
        size_t below = lookup_below(y->lookup, at);
        if (lookup_is_file(y->lookup, at) && id_set_put(&y->both, at, 1) == 0)
            findings_add(y->s->findings,
                         &(struct finding){.rule = rule_find(REQ_file_and_folder, 1),
                                           .path = str_slice(at, below, at.len),
                                           .found = str_slice(path, below, path.len)});
    }
    buf_clear(&y->around);
    buf_put(&y->around, folder);
}

static struct err *join_entry(struct surveying *y, const struct entry *entry, uint64_t place)
{
    struct manifest_row row = {.entry = *entry, .below = lookup_below(y->lookup, entry->path)};
    struct str path = str_slice(entry->path, row.below, entry->path.len);
    struct said said = {0};
    TRY(gather(y, place, &row, &said));
    tell_both(y, entry->path);
    if (entry->kind == ENTRY_FILE) {
        survey_tell_scan(y, place, path, &row);
        if (row.expectations == said.by_bag && should_be_listed(y, &row, path))
            tell_unlisted(y, path);
        if (y->bag.there && !y->withheld)
            survey_bag_file(y, entry, said.manifests, said.twice);
        row.content = content_types_kind(y->types, path);
        terms_judge_file(y->terms, path, entry->length, y->s->findings);
        if (row.below > 0 || y->bare)
            content_package_file(y->content, path);
        y->s->files++;
        y->s->bytes += (int64_t)entry->length;
    }
    manifest_put(&row, &y->rows);
    buf_put(&y->rows, buf_str(&y->said));
    TRY(manifest_cut_row(&y->s->cut, entry, y->written + y->rows.len));
    return flush_rows(y, WRITE_BYTES);
}

struct err *survey_join(struct surveying *y)
{
    struct listing_cursor cursor = {0};
    struct entry_index_item item;
    uint64_t place = 0;
    survey_scans_sort(y);
    manifest_cut_begin(&y->s->cut, y->s->arena, y->s->container, y->s->source->size, &y->s->limits);
    for (;;) {
        arena_reset(y->walk);
        TRY(listing_next(y->s->listing, &cursor, y->walk, &item, &place));
        if (item.step == ENTRIES_END)
            break;
        if (item.step == ENTRIES_POINT)
            manifest_cut_point(&y->s->cut, (int32_t)cursor.piece, item.output, item.input);
        else
            TRY(join_entry(y, &item.entry, place));
    }
    TRY(manifest_cut_end(&y->s->cut));
    terms_judge_count(y->terms, y->s->files, y->s->findings);
    return flush_rows(y, 1);
}
