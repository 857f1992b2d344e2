/* The folders of a package, as its list of entries tells them: what the rules of the folder
 * structure (CSIPSTR) and the conditional rules of METS ask about. Memory grows with the number of
 * folders, not of files. */
#pragma once

#include "base/str.h"
#include "validate/finding.h"

struct shape;

struct shape *shape_new(void);
void shape_free(struct shape *s);
/* One entry as the container names it ("package/METS.xml"), the root folder's name in front;
 * folders with or without a last '/'. Each once, in any order, before any other question. */
void shape_see(struct shape *s, struct str path, bool folder);

/* The one folder that everything lies in, or that the shape is narrowed to; absent when there is
 * none or more than one (CSIPSTR1). Paths below and in METS are relative to it. */
struct str shape_root(const struct shape *s);
/* The root's METS file: METS.xml, or, where that is not there, one written in other letter case. */
struct str shape_mets(const struct shape *s);
/* Where something lies beside the folder of a package, or no folder is around it: an empty shape,
 * which sees what is in that folder and passes by the rest; its root is that folder, or empty.
 * CSIPSTR1 is told of it all the same. Such a folder has METS.xml or sip.xml, and no other has.
 * NULL: there is none, or everything lies in one folder. */
struct shape *shape_narrowed(const struct shape *s);
/* The file that FGS would name the description, when there is no METS.xml: its folder (empty: no
 * folder is around the package) and its name; both absent when there is none. */
struct shape_description {
    struct str root;
    struct str name;
};
struct shape_description shape_fgs(const struct shape *s);
/* Does the folder around everything, or with none around the container's top (an empty root), hold
 * bagit.txt and no METS.xml? */
bool shape_bag(const struct shape *s, struct str *out_root);
/* Is there a folder of this name, upper and lower case alike? */
bool shape_has_folder(const struct shape *s, struct str folder);
/* Does a file lie in it or below it? By its exact name. */
bool shape_has_files(const struct shape *s, struct str folder);
/* Is there a METS.xml in the folder of this name, upper and lower case alike? */
bool shape_has_mets(const struct shape *s, struct str folder);

/* Representations: the folders in "representations". At most SHAPE_REPRESENTATIONS are kept. */
enum { SHAPE_REPRESENTATIONS = 10000 };
struct shape_representation {
    struct str name;
    struct str folder; /* "representations/" and the name */
};
const struct shape_representation *shape_representations(const struct shape *s, size_t *out_count);

/* The rules of the folder structure: of E-ARK, and of an FGS package. */
void shape_judge(const struct shape *s, struct findings *findings);
void shape_judge_fgs(const struct shape *s, struct findings *findings);
