/* Cuts an XML file into the elements that are rows (careDocumentation, aggregation, post …), each
 * with the bytes where it stands, so that it can be read back by range. It looks at tags only,
 * streaming; each piece is then read as a document of its own by text/xml.h (xml_row.h), so one bad
 * element does not spoil its neighbours.
 *
 * UTF-8 and the single-byte encodings are read. A DOCTYPE is refused (UNSAFE), as text/xml.h does.
 */
#pragma once

#include "base/field.h"
#include "window.h"

enum { XML_PIECE_MAX = 32 * 1024 * 1024, XML_ANCESTORS_MAX = 64 };

/* A tag, or what else begins with '<'. */
struct xml_tag {
    enum { XML_TAG_OPENS, XML_TAG_CLOSES, XML_TAG_EMPTY, XML_TAG_OTHER } kind;
    struct str text; /* all of it, from '<' to '>' */
    struct str name; /* with its prefix */
};
/* The tag that begins `bytes`; *out_whole is false when more bytes are needed to see its end. */
struct err *xml_tag_read(struct str bytes, struct xml_tag *out, bool *out_whole) MUST_USE;
struct str xml_local_name(struct str name);

struct xml_piece {
    int64_t number; /* from 1 in the file */
    uint64_t offset;
    struct str name;  /* local name */
    struct str head;  /* the XML declaration and the start tags around it, with namespaces only: */
    struct str bytes; /* head + bytes + tail is a document */
    struct str tail;
    size_t ancestors; /* how many elements stand around it */
};

struct xml_cut {
    struct window window;
    struct strs names;  /* local names of the elements that are pieces; the outermost ones are */
    struct strs except; /* a start tag that holds one of these texts begins no piece after all */
    struct buf head;
    struct buf tail;
    size_t starts[XML_ANCESTORS_MAX]; /* of the ancestors' tags in head */
    size_t ancestors;
    struct buf first; /* the head of the file's first piece: what stands around each part */
    size_t taken;     /* length of the piece that the last call gave */
    int64_t next_number;
};

/* Opens [from, to) of the file. A part from the middle begins and ends where a piece does; what
 * stands around its pieces is taken from the file's beginning. `number` is that of the first piece,
 * not looked at when from is 0. Close with xml_cut_close, also after an error. `names` and `except`
 * outlive the cut. */
struct err *xml_cut_open(struct xml_cut *cut, const struct source *source, uint64_t from,
                         uint64_t to, int64_t number, struct strs names,
                         struct strs except) MUST_USE;
void xml_cut_close(struct xml_cut *cut);
/* The next piece; its strings live until the next call. */
struct err *xml_cut_next(struct xml_cut *cut, struct xml_piece *out, bool *out_more) MUST_USE;
/* Passes whole pieces until `target` bytes are passed, and on to a piece that has elements of the
 * same names and namespaces around it as the file's first: only behind such a one may the next part
 * begin. Says where it stands. At the end that is the end of the file, whatever follows the last
 * piece. */
struct err *xml_cut_skip(struct xml_cut *cut, uint64_t target, uint64_t *out_at,
                         int64_t *out_next_number) MUST_USE;
