/* Where a tile lies, on a server or in a folder (c2sp.org/tlog-tiles): tile/<L>/<N>[.p/<W>], and
 * tile/entries/<N>[.p/<W>] for the entries themselves. N is in groups of three digits, all but the
 * last with an x before: 1234067 is x001/x234/067. Ours beside it: tile/ids/<N>[.p/<W>], the 16
 * bytes of each row's id. */
#pragma once

#include "base/buf.h"
#include "base/str.h"

enum tile_kind { TILE_HASHES, TILE_ENTRIES, TILE_IDS };

struct tile_place {
    enum tile_kind kind;
    int level; /* of TILE_HASHES */
    int64_t number;
    int width; /* 256: whole */
};

/* "tile/0/x001/234.p/5". */
void tile_path_print(const struct tile_place *place, struct buf *out);
/* What follows "tile/": false for anything that tile_path_print would not write. */
bool tile_path_parse(struct str path, struct tile_place *out);
