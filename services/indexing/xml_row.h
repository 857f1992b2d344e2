/* A piece of XML as a row: every element and attribute in it is a cell with its place in the file.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "row.h"
#include "xml_cut.h"

enum {
    XML_CELLS_MAX = 500 * 1000,
    XML_TEXT_MAX = 1024 * 1024,
    XML_ROW_TEXT_MAX = 4 * XML_PIECE_MAX
};

/* Reads the piece. cells[0] is its own element; the others follow in document order, attributes
 * right after their element. A text longer than XML_TEXT_MAX is left out: nothing that long is
 * searched or listed. `text` holds the texts and is emptied first; row, arena and text live
 * together. A piece that is no well-formed XML or larger than the limits gives a row that is
 * unreadable. */
struct row xml_row_read(const struct xml_piece *piece, struct arena *arena, struct buf *text);
