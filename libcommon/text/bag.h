/* The tag files of a bag: BagIt 1.0 (RFC 8493) and 0.93 to 0.97 before it. Pure: lines in, words
 * out. Texts are UTF-8. */
#pragma once

#include "base/arena.h"
#include "base/str.h"

/* bagit.txt (RFC 8493 §2.1.1). */
struct bag_declaration {
    int major;
    int minor;
    bool latin;         /* tag files are in ISO-8859-1 … */
    bool wide;          /* … or in UTF-16, not in UTF-8 */
    bool little_endian; /* of UTF-16, where its name says so */
};
/* NULL, or what is wrong with it. From 1.0 on not a space may be otherwise. */
const char *bag_declaration_parse(struct str text, struct bag_declaration *out);
bool bag_is_1_0(const struct bag_declaration *declaration); /* or later */

/* "manifest-sha256.txt", "tagmanifest-md5.txt": a manifest's algorithm is in its name (§2.1.3). */
struct bag_manifest {
    struct str algorithm;
    bool of_tags;
};
bool bag_manifest_parse(struct str name, struct bag_manifest *out);

/* The next line without its end (LF, CR or CR LF); false when none is left. Empty lines are lines.
 */
bool bag_line_next(struct str *rest, struct str *out_line);

struct bag_listed {
    struct str checksum; /* a manifest's; absent in fetch.txt */
    struct str path;     /* below the bag's folder, decoded, without "./" in front */
    bool dotted;         /* it had that */
    bool measured;       /* fetch.txt says how long the file is: */
    uint64_t length;     /* in bytes */
};
/* A line of a manifest, and of fetch.txt (URL, length, path; §2.2.3): false when it is none. */
bool bag_listed_parse(struct str line, const struct bag_declaration *declaration,
                      struct arena *arena, struct bag_listed *out);
bool bag_fetch_parse(struct str line, const struct bag_declaration *declaration,
                     struct arena *arena, struct bag_listed *out);
/* Is it relative, with no "..", no "~" in front and no backslash (§5.2)? */
bool bag_path_is_safe(struct str path);

/* bag-info.txt: the next label and its value, lines that go on joined by a space (§2.2.2). False
 * when none is left; a line that is neither is an element with no label. */
struct bag_element {
    struct str label;
    struct str value;
};
bool bag_info_next(struct str *rest, struct arena *arena, struct bag_element *out);
/* Payload-Oxum: "BYTES.FILES". */
bool bag_oxum_parse(struct str value, uint64_t *out_bytes, uint64_t *out_files);
