/* Half of DROID's skeleton files, each made to match one signature of PRONOM: is every one
 * identified as its name says, but for those that DROID's own lists except? */
#include "signature_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#define PRONOM     "../shared/pronom/"
#define SIGNATURES PRONOM "DROID_SignatureFile_V122.xml"
#define CONTAINERS PRONOM "container-signature-20260119.xml"

enum { LIST_MAX = 1 << 20, FILES = 1102 };

/* The signature file gives these no priority over what their beginnings are as well. */
static const char *const ambiguous[] = {
    "fmt/fmt-2040-signature-id-3406.gml", "fmt/fmt-2081-signature-id-3444.xml",
    "fmt/fmt-2085-signature-id-3448.fwdata", "fmt/fmt-2090-signature-id-3453.tif"};

static struct format_signatures *signatures;
static struct arena *lists;

static struct str read_list(const char *path)
{
    autoclose int file = open(path, O_RDONLY | O_CLOEXEC);
    char *bytes = arena_alloc(lists, LIST_MAX, 1);
    ssize_t got = file >= 0 ? read(file, bytes, LIST_MAX) : -1;
    assert_true(got > 0 && got < LIST_MAX);
    return (struct str){bytes, (size_t)got};
}

/* What a list says behind a file's name: the PUID that DROID gives instead, or "" for none. */
static struct str excepted(struct str list, struct str name)
{
    struct str line;
    while (str_cut(&list, '\n', &line)) {
        struct str rest = str_slice(line, name.len, line.len);
        if (!str_starts(line, name) || (rest.len > 0 && strchr(" \t\r", rest.ptr[0]) == NULL))
            continue;
        rest = str_trim(rest);
        size_t end = 0;
        while (end < rest.len && strchr(" \t", rest.ptr[end]) == NULL)
            end++;
        return str_find(rest, '/') < end && rest.ptr[0] != '/' ? str_slice(rest, 0, end) : S("");
    }
    return (struct str){0};
}

static struct str expected(struct str file, struct str puid)
{
    static struct str different;
    static struct str unidentified;
    if (different.ptr == NULL) {
        different = read_list(PRONOM "droid-current-differently-identified-files.txt");
        unidentified = read_list(PRONOM "droid-current-unidentified-files.txt");
    }
    struct str name = str_slice(file, str_find(file, '/') + 1, file.len);
    struct str instead = excepted(different, name);
    if (instead.ptr == NULL)
        instead = excepted(unidentified, name);
    return instead.ptr != NULL ? instead : puid;
}

static bool is_ambiguous(struct str file)
{
    for (size_t i = 0; i < COUNT(ambiguous); i++)
        if (str_equal(file, str_from(ambiguous[i])))
            return true;
    return false;
}

static bool is_right(struct str file, struct str puid)
{
    const char *path = arena_format(arena, PRONOM "skeletons/%.*s", STR_ARG(file)).ptr;
    autoclose int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    struct format_result result;
    assert_true(descriptor >= 0 && fstat(descriptor, &about) == 0);
    struct source source = source_from_file(&descriptor, (uint64_t)about.st_size);
    assert_null(format_identify_source(signatures, &source, file, arena, &result));
    size_t count = puid.len == 0 ? 0 : is_ambiguous(file) ? 2 : 1;
    return result.count == count && (count == 0 || (result.basis == FORMAT_BY_SIGNATURE &&
                                                    str_equal(result.formats[0]->puid, puid)));
}

static void every_skeleton(void **state)
{
    (void)state;
    size_t right = 0;
    struct str line;
    if (signatures == NULL) {
        print_message("left out: " PRONOM " is not here, so no skeleton file was identified\n");
        return;
    }
    struct str rest = read_list(PRONOM "skeletons-expected.tsv");
    str_cut(&rest, '\n', &line); /* the names of the columns */
    while (str_cut(&rest, '\n', &line) && line.len > 0) {
        struct str file;
        struct str puid;
        str_cut(&line, '\t', &file);
        str_cut(&line, '\t', &puid);
        if (is_right(file, expected(file, puid)))
            right++;
        else
            print_message("wrong: %.*s\n", STR_ARG(file));
        arena_reset(arena);
    }
    assert_int_equal(right, FILES);
}

static int open_them(void **state)
{
    (void)state;
    lists = arena_new(8 * LIST_MAX);
    if (access(SIGNATURES, R_OK) != 0)
        return 0;
    return format_signatures_open(SIGNATURES, CONTAINERS, &signatures) != NULL;
}

static int close_them(void **state)
{
    (void)state;
    format_signatures_drop(&signatures);
    arena_drop(&lists);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_ARENA(every_skeleton)};
    return cmocka_run_group_tests(tests, open_them, close_them);
}
