/* Is a file found by its path below the root folder, exactly and without case, and nothing else? */
#include "base/base.h"
#include "unit.h"
#include "validate/lookup.h"

struct listed {
    struct buf index;
    struct str bytes;
    struct source source;
    struct listing *listing;
    struct lookup *lookup;
};

/* A listing of these paths; one with '/' behind is a folder. */
static struct listed list(const char *const *paths, size_t count)
{
    struct listed l = {.index = buf_new(1 << 20)};
    struct entry_index_writer *writer = entry_index_writer_new(CONTAINER_TAR, &l.index);
    for (size_t i = 0; i < count; i++) {
        struct str path = str_from(paths[i]);
        bool folder = str_ends(path, S("/"));
        const struct entry entry = {.path = str_slice(path, 0, path.len - folder),
                                    .kind = folder ? ENTRY_FOLDER : ENTRY_FILE};
        entry_index_add(writer, &entry, &l.index);
    }
    assert_null(entry_index_end(writer, &l.index));
    entry_index_writer_free(writer);
    return l;
}

static void look_up(struct listed *l, struct str root)
{
    struct listing_cursor cursor = {0};
    struct entry_index_item item;
    uint64_t place = 0;
    autoarena struct arena *arena = arena_new(1 << 16);
    l->bytes = buf_str(&l->index);
    l->source = source_from_str(&l->bytes);
    assert_null(listing_open(&l->source, 1, &l->listing));
    l->lookup = lookup_new(l->listing);
    for (;;) {
        assert_null(listing_next(l->listing, &cursor, arena, &item, &place));
        if (item.step == ENTRIES_END)
            break;
        lookup_add(l->lookup, &item.entry, place);
    }
    assert_null(lookup_end(l->lookup));
    lookup_below_root(l->lookup, root);
}

static void forget(struct listed *l)
{
    lookup_free(l->lookup);
    listing_free(l->listing);
    buf_free(&l->index);
}

static const char *const paths[] = {"p/", "p/Data/", "p/Data/a.txt", "p/data/A.TXT",
                                    "q/data/b.txt"};

static void exactly(void **state)
{
    (void)state;
    uint64_t place = 0;
    uint64_t other = 0;
    struct listed l = list(paths, COUNT(paths));
    look_up(&l, S("p"));
    assert_true(lookup_find(l.lookup, S("Data/a.txt"), &place));
    assert_true(lookup_find(l.lookup, S("data/A.TXT"), &other));
    assert_true(other > place);
    assert_false(lookup_find(l.lookup, S("data/a.txt"), &place));
    assert_false(lookup_find(l.lookup, S("Data"), &place)); /* a folder */
    assert_false(lookup_find(l.lookup, S("data/b.txt"), &place));
    assert_false(lookup_find(l.lookup, S(""), &place));
    assert_int_equal(2, lookup_below(l.lookup, S("p/Data/a.txt")));
    assert_int_equal(0, lookup_below(l.lookup, S("p")));
    assert_int_equal(0, lookup_below(l.lookup, S("q/data/b.txt")));
    forget(&l);
}

static void without_case(void **state)
{
    (void)state;
    uint64_t first = 0;
    uint64_t place = 0;
    bool found = false;
    struct str path = {0};
    struct listed l = list(paths, COUNT(paths));
    look_up(&l, S("p"));
    autoarena struct arena *arena = arena_new(1 << 16);
    assert_null(lookup_find_folded(l.lookup, S("DATA/a.TXT"), arena, &path, &place, &found));
    assert_true(found && lookup_find(l.lookup, S("Data/a.txt"), &first));
    assert_true(str_equal(path, S("Data/a.txt"))); /* of two the first */
    assert_int_equal(first, place);
    assert_null(lookup_find_folded(l.lookup, S("data/none"), arena, &path, &place, &found));
    assert_false(found);
    assert_null(lookup_find_folded(l.lookup, S("DATA"), arena, &path, &place, &found));
    assert_false(found);
    forget(&l);
}

static void without_a_root_nothing_is_found(void **state)
{
    (void)state;
    uint64_t place = 0;
    bool found = false;
    struct str path = {0};
    struct listed l = list(paths, COUNT(paths));
    look_up(&l, (struct str){0});
    autoarena struct arena *arena = arena_new(1 << 16);
    assert_false(lookup_find(l.lookup, S("Data/a.txt"), &place));
    assert_null(lookup_find_folded(l.lookup, S("Data/a.txt"), arena, &path, &place, &found));
    assert_false(found);
    forget(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(exactly), cmocka_unit_test(without_case),
                                       cmocka_unit_test(without_a_root_nothing_is_found)};
    int failed = cmocka_run_group_tests_name("lookup", tests, NULL, NULL);
    err_reset();
    return failed;
}
