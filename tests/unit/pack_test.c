/* Does r7 pack keep its headers' promises? Packages are opened with zlib alone, by the rules of the
 * format. */
#include "services/cli/cli.h"
#include "services/cli/container.h"
#include "services/cli/pack.h"
#include "services/cli/walk.h"
#include "text/media_type.h"
#include "unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static char folder[64];

static const char *in_folder(const char *name)
{
    static char paths[4][128];
    static size_t next;
    char *path = paths[next++ % COUNT(paths)];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void write_file(const char *path, struct str text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text.ptr, 1, text.len, file), text.len);
    assert_int_equal(fclose(file), 0);
}

static struct str read_file(const char *path, struct arena *arena)
{
    struct stat stat_now;
    int descriptor = open(path, O_RDONLY);
    assert_true(descriptor >= 0);
    assert_int_equal(fstat(descriptor, &stat_now), 0);
    char *text = arena_alloc(arena, (size_t)stat_now.st_size + 1, 1);
    assert_int_equal(read(descriptor, text, (size_t)stat_now.st_size), stat_now.st_size);
    close(descriptor);
    return (struct str){text, (size_t)stat_now.st_size};
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *where)
{
    (void)s;
    (void)type;
    (void)where;
    return remove(path);
}

static int make_folder(void **state)
{
    (void)state;
    setenv("R7_SCHEMAS", "schemas", 1);
    snprintf(folder, sizeof folder, "/tmp/pack_test.XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    err_reset();
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static uint64_t little(const char *at, size_t width)
{
    uint64_t value = 0;
    for (size_t i = width; i-- > 0;)
        value = value << 8 | (uint8_t)at[i];
    return value;
}

/* The content of the entry whose name ends so; found by the central directory, checked with the
 * local header. Absent when there is none. */
static struct str zip_entry(struct str zip, const char *ending, struct arena *arena)
{
    const char *end = zip.ptr + zip.len - 22;
    assert_int_equal(little(end, 4), 0x06054b50);
    const char *at = zip.ptr + little(end + 16, 4);
    for (uint64_t left = little(end + 10, 2); left > 0; left--) {
        assert_int_equal(little(at, 4), 0x02014b50);
        struct str name = {at + 46, little(at + 28, 2)};
        const char *local = zip.ptr + little(at + 42, 4);
        assert_int_equal(little(local, 4), 0x04034b50);
        assert_memory_equal(local + 4, at + 6, 24); /* version to name length: the same in both */
        assert_memory_equal(local + 30, name.ptr, name.len);
        if (str_ends(name, str_from(ending))) {
            size_t size = little(at + 24, 4);
            z_stream z = {.next_in =
                              (Bytef *)(uintptr_t)(local + 30 + name.len + little(local + 28, 2)),
                          .avail_in = (uInt)little(at + 20, 4)};
            char *content = arena_alloc(arena, size + 1, 1);
            if (little(at + 10, 2) == 0)
                return (struct str){memcpy(content, z.next_in, size), size};
            z.next_out = (Bytef *)content;
            z.avail_out = (uInt)size;
            assert_int_equal(inflateInit2(&z, -MAX_WBITS), Z_OK);
            assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
            inflateEnd(&z);
            assert_int_equal(crc32(0, (const Bytef *)content, (uInt)size), little(at + 16, 4));
            return (struct str){content, size};
        }
        at += 46 + name.len + little(at + 30, 2) + little(at + 32, 2);
    }
    return (struct str){0};
}

#define PARTIES                                                                                    \
    "\"archive_creator\":{\"name\":\"Region A\"},\"submitting_organisation\":{\"name\":\"B & C\"}"
static const char DESCRIPTION[] =
    "{\"objid\":\"uuid-1\",\"title\":\"Journal <1998>\",\"created\":\"2026-01-31T12:00:00Z\","
    "\"content_category\":\"Mixed\",\"content_information_type\":\"MIXED\"," PARTIES
    ",\"mappings\":[{\"driver\":\"x\"}]}";

static struct err *pack(const char *out, const char *format)
{
    char *arguments[] = {(char[]){"pack"},  (char[]){"--description"}, strdup(in_folder("d.json")),
                         (char[]){"--out"}, strdup(in_folder(out)),    (char[]){"--format"},
                         strdup(format),    strdup(in_folder("data"))};
    struct err *e = pack_command(COUNT(arguments), arguments);
    for (size_t i = 2; i < 7; i += 2)
        free(arguments[i]);
    free(arguments[7]);
    return e;
}

static void make_data(void)
{
    write_file(in_folder("d.json"), str_from(DESCRIPTION));
    mkdir(in_folder("data"), 0755);
    mkdir(in_folder("data/b"), 0755);
    write_file(in_folder("data/b/å 1.txt"), S("hej hej hej hej hej hej"));
    write_file(in_folder("data/a.jpg"), S("\xff\xd8\xff\xe0 not squeezed again"));
    write_file(in_folder("data/empty"), S(""));
}

static void package_holds_what_mets_says(void **state)
{
    (void)state;
    autoarena struct arena *arena = arena_new(1 << 20);
    make_data();
    assert_null(pack("p.zip", "zip"));
    struct str zip = read_file(in_folder("p.zip"), arena);
    struct str note = zip_entry(zip, "uuid-1/representations/rep1/data/b/å 1.txt", arena);
    assert_true(str_equal(note, S("hej hej hej hej hej hej")));
    assert_true(str_starts(zip_entry(zip, "data/a.jpg", arena), S("\xff\xd8\xff")));
    assert_int_equal(zip_entry(zip, "data/empty", arena).len, 0);
    assert_true(str_equal(zip_entry(zip, "uuid-1/documentation/mapping.json", arena),
                          S("{\"mappings\": [{\"driver\":\"x\"}]}\n")));
    struct str mets = zip_entry(zip, "uuid-1/METS.xml", arena);
    struct str premis = zip_entry(zip, "metadata/preservation/premis.xml", arena);
    struct str digest = str_from(sha256_text(sha256_of(note)).text);
    const char *digest_text = arena_cstr(arena, digest);
    assert_non_null(memmem(mets.ptr, mets.len, digest_text, 64));
    assert_non_null(memmem(premis.ptr, premis.len, digest_text, 64));
    digest_text = arena_cstr(arena, str_from(sha256_text(sha256_of(premis)).text));
    assert_non_null(memmem(mets.ptr, mets.len, digest_text, 64));
    assert_non_null(strstr(mets.ptr, "xlink:href=\"representations/rep1/data/b/%C3%A5%201.txt\""));
    assert_non_null(strstr(mets.ptr, "LABEL=\"Journal &lt;1998&gt;\""));
    assert_null(strstr(mets.ptr, "Schemas"));
}

static void same_input_gives_same_bytes(void **state)
{
    (void)state;
    autoarena struct arena *arena = arena_new(1 << 20);
    make_data();
    for (int tar = 0; tar < 2; tar++) {
        assert_null(pack("1", tar ? "tar" : "zip"));
        const struct timespec other[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
        assert_int_equal(utimensat(AT_FDCWD, in_folder("data/empty"), other, 0), 0);
        assert_null(pack("2", tar ? "tar" : "zip"));
        assert_true(str_equal(read_file(in_folder("1"), arena), read_file(in_folder("2"), arena)));
    }
}

static void what_cannot_be_packed_leaves_nothing(void **state)
{
    (void)state;
    make_data();
    assert_int_equal(symlink("/etc/passwd", in_folder("data/b/link")), 0);
    struct err *e = pack("p.zip", "zip");
    assert_non_null(e);
    assert_int_equal(e->code, ERR_UNSAFE);
    assert_string_equal(e->field, "representations/rep1/data/b/link");
    assert_int_equal(access(in_folder("p.zip"), F_OK), -1);
    assert_int_equal(access(in_folder("p.zip.partial"), F_OK), -1);
    assert_int_equal(unlink(in_folder("data/b/link")), 0);
    write_file(in_folder("data/back\\slash"), S("x"));
    e = pack("p.zip", "zip");
    assert_non_null(e);
    assert_int_equal(e->code, ERR_UNSAFE);
}

/* The description with one change, and the field that is refused then. */
static void refuses(const char *json, const char *field)
{
    autoarena struct arena *arena = arena_new(4 << 20);
    struct sip_description d;
    write_file(in_folder("d.json"), str_from(json));
    struct err *e = description_read(in_folder("d.json"), arena, &d);
    assert_non_null(e);
    assert_string_equal(e->field, field);
}

#define PLAIN_TYPES "\"content_category\":\"Mixed\",\"content_information_type\":\"MIXED\","
static void descriptions_are_checked(void **state)
{
    (void)state;
    refuses("{\"title\":\"t\"," PLAIN_TYPES PARTIES ",\"objid\":\"../x\"}", "objid");
    refuses("{\"title\":\"t\"," PLAIN_TYPES PARTIES ",\"objid\":\"j-191212121212\"}", "objid");
    refuses("{" PLAIN_TYPES PARTIES "}", "title");
    refuses("{\"title\":\"t\\n\"," PLAIN_TYPES PARTIES "}", "title");
    refuses("{\"title\":\"t\"," PLAIN_TYPES PARTIES ",\"from\":\"98\",\"to\":\"99\"}", "from");
    refuses("{\"title\":\"t\"," PLAIN_TYPES PARTIES ",\"from\":\"1998\"}", "to");
    refuses("{\"title\":\"t\"," PLAIN_TYPES PARTIES ",\"colour\":\"red\"}", "colour");
    refuses("{\"title\":\"t\",\"content_category\":\"Databases\","
            "\"content_information_type\":\"citssiard_v1_0\"," PARTIES "}",
            "content_information_type");
    refuses("{\"title\":\"t\",\"content_category\":\"Other\",\"other_content_category\":"
            "\"Patient Medical Records\",\"content_information_type\":\"citsehpj_v2_0\"," PARTIES
            "}",
            "content_information_type");
    refuses("{\"title\":\"t\",\"content_category\":\"Other\",\"content_information_type\":"
            "\"MIXED\"," PARTIES "}",
            "other_content_category");
}

static void default_objid_is_a_folder_name(void **state)
{
    (void)state;
    autoarena struct arena *arena = arena_new(4 << 20);
    struct sip_description d;
    write_file(in_folder("d.json"), S("{\"title\":\"t\"," PLAIN_TYPES PARTIES "}"));
    assert_null(description_read(in_folder("d.json"), arena, &d));
    assert_true(str_starts(d.objid, S("uuid-")));
    assert_true(str_equal(d.objid, d.root));
    assert_true(str_equal(d.record_status, S("NEW")));
    write_file(in_folder("d.json"),
               S("{\"objid\":\"urn:x:1\",\"title\":\"t\"," PLAIN_TYPES PARTIES "}"));
    assert_null(description_read(in_folder("d.json"), arena, &d));
    assert_true(str_equal(d.root, S("urn+x+1")));
}

static void promised_sizes_are_kept(void **state)
{
    (void)state;
    struct container *c = NULL;
    const struct instant at = {0, true};
    assert_null(container_create(CONTAINER_ZIP, in_folder("c"), &c));
    assert_null(container_begin(c, S("x"), 2, at, true));
    assert_null(container_add(c, S("12")));
    assert_non_null(container_add(c, S("3")));
    container_drop(&c);
    assert_null(container_create(CONTAINER_TAR, in_folder("c"), &c));
    assert_null(container_begin(c, S("x"), 2, at, false));
    struct err *e = container_end(c);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_CORRUPT);
    container_drop(&c);
}

static void tar_tells_long_names_in_pax(void **state)
{
    (void)state;
    autoarena struct arena *arena = arena_new(1 << 20);
    struct container *c = NULL;
    char name[200];
    memset(name, 'n', sizeof name);
    assert_null(container_create(CONTAINER_TAR, in_folder("c"), &c));
    assert_null(
        container_begin(c, (struct str){name, sizeof name}, 3, (struct instant){0, true}, false));
    assert_null(container_add(c, S("abc")));
    assert_null(container_end(c));
    assert_null(container_finish(c));
    assert_null(container_publish(c));
    container_drop(&c);
    struct str tar = read_file(in_folder("c"), arena);
    assert_int_equal(tar.len, 6 * 512); /* pax header and body, header, body, end */
    assert_int_equal(tar.ptr[156], 'x');
    assert_memory_equal(tar.ptr + 257, "ustar\00000", 8);
    assert_memory_equal(tar.ptr + 512, "210 path=nnn", 12);
    assert_memory_equal(tar.ptr + 3 * 512, "abc\0", 4);
}

static void arguments_are_read(void **state)
{
    (void)state;
    const char *out = NULL;
    const char *operand = NULL;
    const struct cli_option options[] = {{"--out", &out, true}, CLI_OPTIONS_END};
    char *good[] = {(char[]){"x"}, (char[]){"f"}, (char[]){"--out"}, (char[]){"o"}};
    assert_null(cli_arguments(4, good, options, 1, &operand));
    assert_string_equal(out, "o");
    assert_string_equal(operand, "f");
    char *unknown[] = {(char[]){"x"}, (char[]){"f"}, (char[]){"--in"}};
    assert_true(cli_is_usage_error(cli_arguments(3, unknown, options, 1, &operand)));
    assert_true(cli_is_usage_error(cli_arguments(3, good, options, 1, &operand)));
    out = NULL;
    assert_true(cli_is_usage_error(cli_arguments(2, good, options, 1, &operand)));
    assert_true(cli_is_usage_error(cli_arguments(1, good, options, 1, &operand)));
}

static void media_types(void **state)
{
    (void)state;
    assert_string_equal(media_of(S("x"), S("%PDF-1.4")).type, "application/pdf");
    assert_string_equal(media_of(S("x.DOCX"), S("PK\3\4")).type,
                        "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
    assert_string_equal(media_of(S("x.csv"), S("a;b")).type, "text/csv");
    assert_string_equal(media_of(S("x"), S("")).type, "application/octet-stream");
    assert_true(media_of(S("x"), S("\xff\xd8\xff")).compressed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
        IN_FOLDER(package_holds_what_mets_says),
        IN_FOLDER(same_input_gives_same_bytes),
        IN_FOLDER(what_cannot_be_packed_leaves_nothing),
        IN_FOLDER(descriptions_are_checked),
        IN_FOLDER(default_objid_is_a_folder_name),
        IN_FOLDER(promised_sizes_are_kept),
        IN_FOLDER(tar_tells_long_names_in_pax),
        cmocka_unit_test(arguments_are_read),
        cmocka_unit_test(media_types),
    };
    return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
