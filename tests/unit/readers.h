/* What the tests of readers share: run a reader over bytes, look at each item. */
#pragma once

#include "services/indexing/reader.h"

#include "arena.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void is(struct str got, const char *want)
{
    assert_string_equal(arena_cstr(arena, got), want);
}

static void is_time(struct instant got, const char *want)
{
    char text[INSTANT_TEXT];
    instant_print(got, text);
    assert_string_equal(text, want);
}

/* Reads all of the input; an item's strings die with the next, so `look` sees each. Returns their
 * number. */
static size_t read_all(const struct reader_input *input, void (*look)(size_t, const struct item *))
{
    struct reader *reader = NULL;
    struct item item;
    bool more = true;
    size_t count = 0;
    assert_null(reader_open(input, &reader));
    for (;; count++) {
        struct err *e = reader_next(reader, &item, &more);
        if (e != NULL)
            fail_msg("row %zu: %s", count + 1, e->detail);
        if (!more)
            break;
        if (look != NULL)
            look(count, &item);
    }
    reader_close(reader);
    return count;
}

static inline struct err *first_error(const struct reader_input *input)
{
    struct reader *reader = NULL;
    struct item item;
    bool more = true;
    struct err *e = reader_open(input, &reader);
    while (e == NULL && more)
        e = reader_next(reader, &item, &more);
    reader_close(reader);
    return e;
}

/* The file's bytes; absent, with a line that says so, when it is not there. */
static inline struct str test_file(const char *path)
{
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (fd < 0 || fstat(fd, &about) != 0) {
        print_message("left out: %s is not here\n", path);
        return (struct str){0};
    }
    char *bytes = arena_alloc(arena, (size_t)about.st_size + 1, 1);
    assert_int_equal(read(fd, bytes, (size_t)about.st_size), about.st_size);
    return (struct str){bytes, (size_t)about.st_size};
}
