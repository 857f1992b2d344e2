/* Two locations of a vault, and a package that is staged in them and not yet an object: for the
 * tests of what makes it one. */
#pragma once

#include "base/base.h"
#include "unit.h"
#include "vault/ocfl.h"
#include "vault/staging.h"

#include <unistd.h>

static char path[] = "/tmp/r7-ocfl-XXXXXX";
static char *validator; /* tests/tools/ocfl_validate.py, by its whole path */
static struct vault vault;
static const struct str tenant = {"region-a", 8};
static struct uuid package;
static struct age_identity identity;

enum { DELIVERED = 3, AIP = 1 };
static struct segment delivered[DELIVERED];
static struct segment aip[AIP];
static struct ocfl_part parts[2]; /* of `object`: delivered, aip */
static struct ocfl_object object;

static inline bool run(const char *format, ...)
{
    char command[1000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    autobuf struct buf line = buf_new(1200);
    buf_format(&line, "cd %s && { %s; }", path, command);
    return system(line.ptr) == 0;
}

/* One sealed segment with `index`, as if it were cut from a larger package. */
static inline void stage(struct uuid staging, uint32_t index, size_t bytes, struct segment *out)
{
    autoclose int folder = -1;
    autobuf struct buf header = buf_new(AGE_HEADER_MAX);
    struct age_recipient recipient = age_identity_recipient(&identity);
    struct file_key key;
    struct segment_total total;
    static char content[100000];
    file_key_random(&key);
    assert_null(age_header_write(&recipient, 1, &key, &header));
    struct segment_key with = {uuid_random(), &key, buf_str(&header)};
    assert_null(staging_open(vault.locations[0], tenant, staging, true, &folder));
    struct segment_writer *writer = segment_writer_new(folder, &with, 1, out);
    assert_null(segment_writer_add(writer, (struct str){content, bytes}));
    assert_null(segment_writer_end(writer, &total));
    segment_writer_free(writer);
    out->index = index;
}

static inline int make_vault(void **state)
{
    (void)state;
    age_identity_random(&identity);
    validator = realpath("tests/tools/ocfl_validate.py", NULL);
    if (validator == NULL || mkdtemp(path) == NULL || !run("mkdir first second"))
        return 1;
    char first[64];
    char second[64];
    snprintf(first, sizeof first, "%s/first", path);
    snprintf(second, sizeof second, "%s/second", path);
    return vault_open((const char *const[]){first, second}, 2, &vault) != NULL;
}

static inline int remove_vault(void **state)
{
    (void)state;
    vault_close(&vault);
    free(validator);
    return run("rm -rf -- first second *.tree") && rmdir(path) == 0 ? 0 : 1;
}

static inline struct ocfl_object new_object(void)
{
    struct uuid upload = uuid_random();
    struct uuid sealed = uuid_random();
    package = uuid_random();
    for (uint32_t i = 0; i < DELIVERED; i++)
        stage(upload, i, 70000 + i, &delivered[i]);
    stage(sealed, 0, 5000, &aip[0]);
    parts[0] = (struct ocfl_part){OCFL_DELIVERED, upload, delivered, DELIVERED, false};
    parts[1] = (struct ocfl_part){OCFL_AIP, sealed, aip, AIP, false};
    struct ocfl_object made = {.tenant = tenant,
                               .package = package,
                               .parts = parts,
                               .part_count = COUNT(parts),
                               .note = {.message = S("received by \"preservation\"\n\\ å"),
                                        .user_name = S("R7e preservation"),
                                        .user_address = S("urn:r7e:preservation")}};
    assert_true(instant_parse(S("2026-01-31T12:00:00.25Z"), &made.note.created));
    return made;
}

static inline void forget_all(void)
{
    assert_true(run("rm -rf first/* second/*"));
}

/* The vault as it is now, for restore_vault. */
static inline void keep_vault(void)
{
    assert_true(run("rm -rf kept.tree && mkdir kept.tree && cp -a first second kept.tree/"));
}

static inline void restore_vault(void)
{
    assert_true(run("rm -rf first/* second/* && cp -a kept.tree/first/. first/ && "
                    "cp -a kept.tree/second/. second/"));
}

/* Both roots, judged by ocfl-py. */
static inline void validate(void)
{
    if (!run("${OCFL_PYTHON:-python3} -c 'import ocfl' 2>/dev/null")) {
        print_message("left out: no ocfl-py (PyPI) to judge the storage roots; OCFL_PYTHON names "
                      "its python\n");
        return;
    }
    assert_true(run(
        "${OCFL_PYTHON:-python3} %s first/ocfl/region-a second/ocfl/region-a > said.tree 2>&1 || "
        "{ cat said.tree; false; }",
        validator));
}

/* A run of the delivered segments, placed as one unit of work does it. */
static inline struct err *place_run(size_t first, size_t count)
{
    enum read_back how;
    const struct ocfl_part run_of = {OCFL_DELIVERED, parts[0].staging, delivered + first, count,
                                     false};
    struct ocfl_object with = object;
    with.parts = &run_of;
    with.part_count = 1;
    return ocfl_place(&vault, &with, &how);
}
