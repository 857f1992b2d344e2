/* Packages that are right in everything, one for each profile and version of E-ARK, each content
 * information type and kind of file that is read, FGS and BagIt, and what they become when one
 * thing in them is changed. They lie in data/package, with {size PATH} and {sum PATH} in METS files
 * and manifests where the facts of a file belong: those stay true when a file is changed, and only
 * a change of its own makes them false. What lies in a folder *.siard is packed into one file. */
#pragma once

#include "base/base.h"
#include "base/digest.h"
#include "containers.h"

#include <dirent.h>

enum profile {
#define PROFILE(name, url, kind, from) PROFILE_##name,
#include "tests/unit/profiles.def"
#undef PROFILE
    PROFILES
};

static const struct {
    const char *name;
    const char *url;
    const char *kind; /* OAISPACKAGETYPE */
    const char *from; /* in data/package: a root METS around the letters, or a folder: all of it */
} profiles[PROFILES] = {
#define PROFILE(name, url, kind, from) {#name, url, kind, from},
#include "tests/unit/profiles.def"
#undef PROFILE
};

enum how { CHANGED, CUT_OUT, REMOVED, RENAMED, ADDED, DAMAGED, COMPRESSED };

struct mutation {
    enum profile profile;
    enum how how;
    const char
        *file; /* below the root folder; with a '/' in front, beside it; the beginning of many */
    const char *anchor; /* what is cut stands behind its first place */
    const char *cut;    /* CUT_OUT: what the last of it is */
    const char *put;
    const char *findings; /* "CSIP1.1 CSIP20.2": each rule that is broken once, as they are found */
    const char *renamed;  /* another file, that has another name in the container; NULL: none */
    const char *name;     /* this */
};

enum { FILES_MOST = 40, TEST_PACKAGE_MAX = 1 << 20 };

struct package_file {
    const char *path;
    struct str name; /* in the container; absent: it is not there */
    struct str text;
    bool filled;  /* its {size PATH} and so on are what they stand for */
    bool damaged; /* its checksum in a ZIP is another's */
};

#define DESCRIPTION "<dc xmlns='http://purl.org/dc/elements/1.1/'><title>Letters</title></dc>\n"
#define PRESERVATION                                                                               \
    "<premis xmlns='http://www.loc.gov/premis/v3' "                                                \
    "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' version='3.0'>"                         \
    "<object xsi:type='intellectualEntity'><objectIdentifier>"                                     \
    "<objectIdentifierType>local</objectIdentifierType>"                                           \
    "<objectIdentifierValue>letters</objectIdentifierValue></objectIdentifier></object>"           \
    "</premis>\n"

/* What is listed by another comes before it: the root METS is the last. A folder ends with '/'. */
static const struct {
    const char *path;
    const char *text;
} other_files[] = {
    {"metadata/descriptive/dc.xml", DESCRIPTION},
    {"metadata/preservation/premis.xml", PRESERVATION},
    {"metadata/other/rights.xml", "<rights/>\n"},
    {"metadata/other/technical.xml", "<technical/>\n"},
    {"documentation/read me.txt", "How to read the letters.\n"},
    {"schemas/letters.xsd", "<schema xmlns='http://www.w3.org/2001/XMLSchema'/>\n"},
    {"representations/", ""},
    {"representations/rep1/metadata/descriptive/dc.xml", DESCRIPTION},
    {"representations/rep1/metadata/preservation/premis.xml", PRESERVATION},
    {"representations/rep1/data/rows.csv", "a,b\n"},
};

struct package {
    enum profile profile;
    struct arena *arena;
    struct package_file files[FILES_MOST];
    size_t count;
};

/* Where a path lies in the container. */
MAKER struct str place_of(struct package *p, const char *path)
{
    return path[0] == '/' ? str_from(path + 1) : arena_format(p->arena, "urn+p/%s", path);
}

MAKER void put_file(struct package *p, const char *path, struct str text)
{
    assert_true(p->count < FILES_MOST);
    p->files[p->count++] =
        (struct package_file){.path = path, .name = place_of(p, path), .text = text};
}

MAKER struct package_file *find_file(struct package *p, struct str path)
{
    for (size_t i = 0; i < p->count; i++)
        if (str_equal(str_from(p->files[i].path), path))
            return &p->files[i];
    return NULL;
}

/* --- the clean package */

MAKER struct str read_file(struct package *p, const char *path)
{
    char *bytes = arena_alloc(p->arena, TEST_PACKAGE_MAX, 1);
    FILE *file = fopen(arena_format(p->arena, "tests/unit/data/package/%s", path).ptr, "r");
    assert_non_null(file);
    size_t length = fread(bytes, 1, TEST_PACKAGE_MAX, file);
    assert_true(length < TEST_PACKAGE_MAX && fclose(file) == 0);
    return (struct str){bytes, length};
}

MAKER void put_letters(struct package *p, const char *mets)
{
    for (size_t i = 0; i < COUNT(other_files); i++)
        put_file(p, other_files[i].path, str_from(other_files[i].text));
    if (strcmp(mets, "METS.xml") == 0)
        put_file(p, "representations/rep1/METS.xml", read_file(p, "representation.xml"));
    put_file(p, "METS.xml", read_file(p, mets));
}

/* What lies in the folder `from` of data/package, below it in `folder`. An empty file .folder
 * stands for its folder, which a repository could not hold. */
MAKER void put_folder(struct package *p, const char *from, const char *folder)
{
    struct dirent **names = NULL;
    const char *root = arena_format(p->arena, "tests/unit/data/package/%s%s", from, folder).ptr;
    int count = scandir(root, &names, NULL, alphasort);
    assert_true(count > 2);
    for (int i = 0; i < count; i++) {
        const char *name = names[i]->d_name;
        const char *path = arena_format(p->arena, "%s%s", folder, name).ptr;
        if (strcmp(name, ".folder") == 0)
            put_file(p, folder, S(""));
        else if (names[i]->d_type == DT_DIR && name[0] != '.')
            put_folder(p, from, arena_format(p->arena, "%s/", path).ptr);
        else if (names[i]->d_type == DT_REG)
            put_file(p, path, read_file(p, arena_format(p->arena, "%s%s", from, path).ptr));
        free(names[i]);
    }
    free(names);
}

MAKER void put_clean(struct package *p)
{
    const char *from = profiles[p->profile].from;
    if (str_ends(str_from(from), S("/")))
        put_folder(p, from, "");
    else
        put_letters(p, from);
}

/* --- the change */

MAKER const char *find_text(const char *from, const char *end, const char *wanted)
{
    return from == NULL ? NULL : memmem(from, (size_t)(end - from), wanted, strlen(wanted));
}

MAKER void change(struct package *p, const struct mutation *m)
{
    struct package_file *file = find_file(p, str_from(m->file));
    struct str text = file != NULL ? file->text : (struct str){0};
    const char *end = text.ptr + text.len;
    const char *anchor = find_text(text.ptr, end, m->anchor);
    const char *from = find_text(anchor, end, m->cut);
    if (from == NULL)
        fail_msg("%s has no \"%s\" with \"%s\" behind", m->file, m->anchor, m->cut);
    autobuf struct buf out = buf_new(TEST_PACKAGE_MAX);
    const char *to = from + strlen(m->cut);
    from = m->how == CUT_OUT ? anchor : from;
    buf_put(&out, (struct str){text.ptr, (size_t)(from - text.ptr)});
    buf_put(&out, str_from(m->put));
    buf_put(&out, (struct str){to, (size_t)(end - to)});
    file->text = arena_str(p->arena, buf_str(&out));
}

/* REMOVED, RENAMED and DAMAGED: all files whose paths begin so. */
MAKER void treat(struct package *p, const struct mutation *m)
{
    size_t treated = 0;
    for (size_t i = 0; i < p->count; i++) {
        struct package_file *file = &p->files[i];
        if (!str_starts(str_from(file->path), str_from(m->file)))
            continue;
        const char *rest = file->path + strlen(m->file);
        file->damaged = m->how == DAMAGED;
        if (m->how == REMOVED)
            file->name = (struct str){0};
        if (m->how == RENAMED)
            file->name = place_of(p, arena_format(p->arena, "%s%s", m->put, rest).ptr);
        treated++;
    }
    assert_true(treated > 0);
}

MAKER void mutate(struct package *p, const struct mutation *m)
{
    if (m->renamed != NULL)
        find_file(p, str_from(m->renamed))->name = place_of(p, m->name);
    switch (m->how) {
    case CHANGED:
    case CUT_OUT:
        return change(p, m);
    case REMOVED:
    case RENAMED:
    case DAMAGED:
        return treat(p, m);
    case ADDED:
        return put_file(p, m->file, str_from(m->put));
    case COMPRESSED: /* make_package does it */
        return;
    }
}

/* --- the bytes */

#define DATABASE ".siard"

/* The files below a folder *.siard become one in its place: a ZIP. */
/* "a/b.siard" of "a/b.siard/c"; absent when there is none. */
MAKER struct str database_of(struct str path)
{
    const char *at =
        path.ptr == NULL ? NULL : memmem(path.ptr, path.len, DATABASE "/", strlen(DATABASE "/"));
    return at == NULL ? (struct str){0}
                      : str_slice(path, 0, (size_t)(at - path.ptr) + strlen(DATABASE));
}

MAKER void pack_database(struct package *p)
{
    struct zip_member members[FILES_MOST] = {{.name = {0}}};
    autobuf struct buf zip = buf_new(TEST_PACKAGE_MAX);
    struct str path = {0};
    struct str name = {0};
    size_t count = 0;
    for (size_t i = 0; i < p->count; i++) {
        struct package_file *file = &p->files[i];
        struct str database = database_of(file->name);
        if (database.ptr == NULL)
            continue;
        path = database_of(str_from(file->path));
        name = database;
        members[count++] =
            (struct zip_member){.name = str_slice(file->name, name.len + 1, file->name.len),
                                .content = file->text,
                                .crc_error = file->damaged};
        file->name = (struct str){0};
    }
    if (count == 0)
        return;
    put_zip(&zip, members, count);
    put_file(p, arena_cstr(p->arena, path), arena_str(p->arena, buf_str(&zip)));
    p->files[p->count - 1].name = name;
}

MAKER void fill_in(struct package *p, struct package_file *file);

MAKER void put_token(struct package *p, struct str token, struct buf *out)
{
    struct str path = token;
    struct str word = {0};
    (void)str_cut(&path, ' ', &word);
    struct package_file *file = find_file(p, path);
    if (file != NULL)
        fill_in(p, file);
    if (str_equal(word, S("profile")))
        buf_put(out, str_from(profiles[p->profile].url));
    else if (str_equal(word, S("kind")))
        buf_put(out, str_from(profiles[p->profile].kind));
    else if (str_equal(word, S("size")))
        buf_format(out, "%zu", file->text.len);
    else
        buf_put(out, str_from(sha256_text(sha256_of(file->text)).text));
}

/* Of what lists files; what is listed comes first. */
MAKER void fill_in(struct package *p, struct package_file *file)
{
    struct str path = str_from(file->path);
    bool lists = str_ends(path, S("METS.xml")) || str_ends(path, S("sip.xml")) ||
                 str_starts(path, S("manifest"));
    if (file->filled || !lists)
        return;
    file->filled = true;
    autobuf struct buf out = buf_new(TEST_PACKAGE_MAX);
    struct str text = file->text;
    struct str before;
    struct str token;
    while (str_cut(&text, '{', &before)) {
        buf_put(&out, before);
        if (text.len > 0 && str_cut(&text, '}', &token))
            put_token(p, token, &out);
    }
    file->text = arena_str(p->arena, buf_str(&out));
}

/* The package of the profile as a TAR; `m` may be NULL. */
MAKER struct str make_package(enum profile profile, const struct mutation *m, struct arena *arena)
{
    struct package p = {.profile = profile, .arena = arena};
    struct tar_member members[FILES_MOST] = {{.name = {0}}};
    size_t count = 0;
    put_clean(&p);
    if (m != NULL)
        mutate(&p, m);
    pack_database(&p);
    for (size_t i = 0; i < p.count; i++) {
        struct package_file *file = &p.files[i];
        fill_in(&p, file);
        if (file->name.ptr != NULL)
            members[count++] = (struct tar_member){.name = file->name,
                                                   .content = file->text,
                                                   .type = str_ends(file->name, S("/")) ? '5' : 0};
    }
    autobuf struct buf tar = buf_new(TEST_PACKAGE_MAX);
    autobuf struct buf packed = buf_new(TEST_PACKAGE_MAX);
    put_tar(&tar, members, count);
    if (m == NULL || m->how != COMPRESSED)
        return arena_str(arena, buf_str(&tar));
    put_deflated(&packed, buf_str(&tar), 31);
    return arena_str(arena, buf_str(&packed));
}
