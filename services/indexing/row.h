/* A row: one line of an index file, or one element of an XML file, as names and texts. Every reader
 * makes rows first, whatever it reads; rules (mapping.h) make records of them. */
#pragma once

#include <stdint.h>

#include "base/str.h"

/* A cell of a line, or an element or attribute inside an XML element. */
struct cell {
    struct str name; /* the column; the element's local name; "@name" for an attribute */
    struct str
        text; /* UTF-8, white space at the ends removed; an element's holds its children's too */
    const struct cell
        *up; /* XML: the element it stands in; NULL in lines and for the outermost element */
    uint64_t offset; /* XML: where the element stands in the file; 0 for attributes */
    uint64_t length;
};

struct row {
    int64_t number;  /* from 1, as a person counts in the file: its lines with the header, or its
                        elements */
    uint64_t offset; /* where its bytes stand in the file */
    uint64_t length;
    const struct cell *cells;
    size_t count;
    struct str namespace; /* XML: of the row's element */
    const struct cell
        *top; /* XML: the row's own element, below which names are looked for; NULL in lines */
    const char *unreadable; /* why it cannot be trusted; cells are then none */
    const char *doubtful;   /* what is odd with it although it can be read */
};

/* The text of the first cell with that name and a text; absent when there is none. In XML the name
 * is a path of local names below the row's element: "header/author/name", "person/@id",
 * "@id", and an element may be told by an attribute: "dates/date[@dateType=opened]". */
struct str row_text(const struct row *row, struct str name);
/* Does the cell stand at that path below `top`? */
bool cell_is(const struct cell *cell, const struct cell *top, struct str path);
