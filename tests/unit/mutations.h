/* Packages that are right in everything, one for each profile and version of E-ARK, and what they
 * become when one thing in them is changed. The METS files lie in data/package, with {size PATH}
 * and {sum PATH} where the facts of a file belong: those stay true when a file is changed, and only
 * a change of its own makes them false. */
#pragma once

#include "base/base.h"
#include "base/digest.h"
#include "containers.h"

enum profile {
#define PROFILE(name, url, kind, mets) PROFILE_##name,
#include "tests/unit/profiles.def"
#undef PROFILE
    PROFILES
};

static const struct {
    const char *name;
    const char *url;
    const char *kind; /* OAISPACKAGETYPE */
    const char *mets; /* the root METS in data/package */
} profiles[PROFILES] = {
#define PROFILE(name, url, kind, mets) {#name, url, kind, mets},
#include "tests/unit/profiles.def"
#undef PROFILE
};

enum how { CHANGED, CUT_OUT, REMOVED, RENAMED, ADDED, COMPRESSED };

struct mutation {
    enum profile profile;
    enum how how;
    const char
        *file; /* below the root folder; with a '/' in front, beside it; the beginning of many */
    const char *anchor; /* what is cut stands behind its first place */
    const char *cut;    /* CUT_OUT: what the last of it is */
    const char *put;
    const char *findings; /* "CSIP1.1 CSIP20.2": each rule that is broken once, as they are found */
};

enum { FILES_MOST = 16, TEST_PACKAGE_MAX = 1 << 20 };

struct package_file {
    const char *path;
    struct str name; /* in the container; absent: it is not there */
    struct str text;
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

MAKER struct str read_template(const char *name, struct arena *arena)
{
    char *bytes = arena_alloc(arena, TEST_PACKAGE_MAX, 1);
    FILE *file = fopen(arena_format(arena, "tests/unit/data/package/%s", name).ptr, "r");
    assert_non_null(file);
    size_t length = fread(bytes, 1, TEST_PACKAGE_MAX, file);
    assert_true(length > 0 && length < TEST_PACKAGE_MAX && fclose(file) == 0);
    return (struct str){bytes, length};
}

MAKER void put_file(struct package *p, const char *path, struct str text)
{
    assert_true(p->count < FILES_MOST);
    struct str name =
        path[0] == '/' ? str_from(path + 1) : arena_format(p->arena, "urn+p/%s", path);
    p->files[p->count++] = (struct package_file){path, name, text};
}

MAKER struct package_file *find_file(struct package *p, struct str path)
{
    for (size_t i = 0; i < p->count; i++)
        if (str_equal(str_from(p->files[i].path), path))
            return &p->files[i];
    return NULL;
}

MAKER void put_clean(struct package *p)
{
    const char *mets = profiles[p->profile].mets;
    for (size_t i = 0; i < COUNT(other_files); i++)
        put_file(p, other_files[i].path, str_from(other_files[i].text));
    if (strcmp(mets, "METS.xml") == 0)
        put_file(p, "representations/rep1/METS.xml", read_template("representation.xml", p->arena));
    put_file(p, "METS.xml", read_template(mets, p->arena));
}

/* --- the change
 * ------------------------------------------------------------------------------------------ */

MAKER void change(struct package *p, const struct mutation *m)
{
    struct package_file *file = find_file(p, str_from(m->file));
    assert_non_null(file);
    const char *text = arena_cstr(p->arena, file->text);
    const char *anchor = strstr(text, m->anchor);
    const char *from = anchor != NULL ? strstr(anchor, m->cut) : NULL;
    if (from == NULL)
        fail_msg("%s has no \"%s\" with \"%s\" behind", m->file, m->anchor, m->cut);
    const char *to = from + strlen(m->cut);
    from = m->how == CUT_OUT ? anchor : from;
    file->text = arena_format(p->arena, "%.*s%s%s", (int)(from - text), text,
                              m->put != NULL ? m->put : "", to);
}

MAKER void move(struct package *p, const struct mutation *m)
{
    size_t moved = 0;
    for (size_t i = 0; i < p->count; i++) {
        if (!str_starts(str_from(p->files[i].path), str_from(m->file)))
            continue;
        const char *rest = p->files[i].path + strlen(m->file);
        p->files[i].name = m->how == REMOVED ? (struct str){0}
                                             : arena_format(p->arena, "urn+p/%s%s", m->put, rest);
        moved++;
    }
    assert_true(moved > 0);
}

MAKER void mutate(struct package *p, const struct mutation *m)
{
    switch (m->how) {
    case CHANGED:
    case CUT_OUT:
        return change(p, m);
    case REMOVED:
    case RENAMED:
        return move(p, m);
    case ADDED:
        return put_file(p, m->file, str_from(m->put));
    case COMPRESSED: /* make_package does it */
        return;
    }
}

/* --- the bytes
 * ------------------------------------------------------------------------------------------- */

MAKER void put_token(struct package *p, struct str token, struct buf *out)
{
    struct str path = token;
    struct str word = {0};
    (void)str_cut(&path, ' ', &word);
    const struct package_file *file = find_file(p, path);
    if (str_equal(word, S("profile")))
        buf_put(out, str_from(profiles[p->profile].url));
    else if (str_equal(word, S("kind")))
        buf_put(out, str_from(profiles[p->profile].kind));
    else if (str_equal(word, S("size")))
        buf_format(out, "%zu", file->text.len);
    else
        buf_put(out, str_from(sha256_text(sha256_of(file->text)).text));
}

MAKER struct str fill_in(struct package *p, struct str text)
{
    autobuf struct buf out = buf_new(TEST_PACKAGE_MAX);
    struct str before;
    struct str token;
    while (str_cut(&text, '{', &before)) {
        buf_put(&out, before);
        if (text.len > 0 && str_cut(&text, '}', &token))
            put_token(p, token, &out);
    }
    return arena_str(p->arena, buf_str(&out));
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
    for (size_t i = 0; i < p.count; i++) {
        struct package_file *file = &p.files[i];
        if (str_ends(str_from(file->path), S("METS.xml")))
            file->text = fill_in(&p, file->text);
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
