/* The files that the survey itself reads: METS, by which all others are judged, and the tag files
 * of a bag. None is read before it was scanned. */
#include "base/base.h"
#include "validate/survey_inside.h"

/* The whole file to the scanner. */
static struct err *send(struct surveying *y, struct entry_reader *reader, const struct entry *entry,
                        char *piece, struct scan_result *out)
{
    TRY(entry_open(reader, entry, 0));
    TRY(scanner_begin(y->scanner, entry->length));
    for (size_t got = SCAN_PIECE; got == SCAN_PIECE;) {
        TRY(entry_read(reader, piece, SCAN_PIECE, &got));
        TRY(scanner_add(y->scanner, (struct str){piece, got}));
    }
    return scanner_end(y->scanner, out);
}

static const struct survey_scan *scan_of(const struct surveying *y, uint64_t place)
{
    for (size_t i = 0; i < y->scan_count; i++)
        if (y->scans[i].place == place)
            return &y->scans[i];
    return NULL;
}

/* Scanned when it is opened first. What was found is told in the join, where the path in the
 * package is known. */
static struct err *scan(struct surveying *y, struct entry_reader *reader, const struct entry *entry,
                        uint64_t place, bool *out_safe)
{
    struct scan_result result = {0};
    const struct survey_scan *before = scan_of(y, place);
    if (y->scanner == NULL || before != NULL) {
        *out_safe = before == NULL || before->result.outcome != SCAN_FOUND;
        return NULL;
    }
    assert(y->scan_count < SCANS_MOST);
    char *piece = must_calloc(1, SCAN_PIECE);
    struct err *e = send(y, reader, entry, piece, &result);
    free(piece);
    TRY(e);
    result.words = arena_str(y->s->arena, result.words);
    GROW(y->scans, y->scan_count, y->scan_capacity);
    y->scans[y->scan_count++] = (struct survey_scan){place, result};
    *out_safe = result.outcome != SCAN_FOUND;
    y->withheld |= !*out_safe;
    return NULL;
}

struct err *survey_open_file(struct surveying *y, struct str path, struct entry_reader **out)
{
    struct entry entry;
    const struct entry_index *points = NULL;
    uint64_t place = 0;
    bool safe = false;
    *out = NULL;
    if (!lookup_find(y->lookup, path, &place))
        return NULL;
    arena_reset(y->walk);
    TRY(listing_at(y->s->listing, place, y->walk, &entry));
    if (y->s->container == CONTAINER_TAR_GZ)
        TRY(listing_points(y->s->listing, entry.offset, &points));
    autoreader struct entry_reader *reader =
        entry_reader_new(y->s->source, y->s->container, points);
    TRY(scan(y, reader, &entry, place, &safe));
    if (!safe)
        return NULL;
    TRY(entry_open(reader, &entry, 0));
    *out = reader;
    reader = NULL;
    return NULL;
}

static int by_place(const void *a, const void *b)
{
    const struct survey_scan *left = a;
    const struct survey_scan *right = b;
    return (left->place > right->place) - (left->place < right->place);
}

void survey_scans_sort(struct surveying *y)
{
    if (y->scan_count > 0)
        qsort(y->scans, y->scan_count, sizeof y->scans[0], by_place);
    y->scan_next = 0;
}

void survey_tell_scan(struct surveying *y, uint64_t place, struct str path,
                      struct manifest_row *row)
{
    if (y->scan_next == y->scan_count || y->scans[y->scan_next].place != place)
        return;
    const struct scan_result *result = &y->scans[y->scan_next++].result;
    row->scanned = true;
    row->infected = result->outcome == SCAN_FOUND;
    inspection_tell_scan(y->s->inspection, path, result, y->s->findings);
}
